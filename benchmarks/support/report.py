"""Tables in Markdown files: each script owns a section, between two marks, and writes nothing else."""

import importlib.metadata
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent  # the reports lie in benchmarks/
PACKAGES = ("torch", "sentence-transformers", "scikit-learn", "faiss-cpu", "numpy")


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; numbers are shown with three digits behind the point.

    >>> print(table(["what", "share"], [["ours", 0.5]]))
    | what | share |
    |---|---|
    | ours | 0.500 |
    """
    lines = [head, ["---"] * len(head), *rows]
    rule = [f"| {' | '.join(map(_shown, line))} |" for line in lines]
    rule[1] = "|" + "---|" * len(head)
    return "\n".join(rule)


def _shown(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def write_section(path: Path, name: str, text: str) -> None:
    """Put ``text`` between the marks of section ``name``, or at the end of the file when it has none yet."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    section = f"{begin}\n{text.strip()}\n{end}"
    if begin in old:
        before, rest = old.split(begin, 1)
        new = before + section + rest.split(end, 1)[1]
    else:
        new = f"{old.rstrip()}\n\n{section}\n".lstrip()
    path.write_text(new, encoding="utf-8")


def circumstances(command: str) -> str:
    """One line: how, when and on what a table was made."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    day = datetime.now(tz=UTC).date().isoformat()
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    return f"`{command}`, {day}, {machine}, {versions}"
