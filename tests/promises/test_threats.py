"""The threat model and the lists of packages say what is so."""

import ast
import re

from chatbot.settings import ROOT


def test_every_test_named_exists() -> None:
    """Every test that the threat model names exists, and every row names one."""
    text = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)\.(test_\w+)`", text))
    known = {
        (path.stem, node.name)
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    assert sorted(named - known) == []
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| who")]
    assert [row for row in rows if "`test_" not in row] == []


def required() -> dict[str, str]:
    """Name and version of every requirement."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w-]+)==(\S+)", text, re.MULTILINE))


def test_lock_holds_every_requirement() -> None:
    """The lock has each requirement but torch in its version, each with hashes, and names no host."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = re.findall(r"^([\w.-]+)==(\S+)[^\n]*\\\n +--hash=sha256:", text, re.MULTILINE)
    assert required().items() - set(locked) == {("torch", required()["torch"])}
    assert len(locked) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE))
    assert "://" not in text


def test_every_requirement_has_its_licence() -> None:
    """The table of licences has every requirement in its version, and no licence is unknown."""
    text = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\S+) +\| (\S+) +\| (.+?) +\|$", text, re.MULTILINE)
    listed = {name.lower().replace("_", "-"): version.partition("+")[0] for name, version, _ in rows}
    assert required().items() <= listed.items()
    assert [name for name, _, licence in rows if licence == "UNKNOWN"] == []
