"""Pages that are pictures are read by the program Tesseract, where it is installed.

A machine that reads a picture mistakes digits: every page that it read is a remark.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pypdfium2 as pdfium

from chatbot.ingestion.readers.plain_text import parts_of_lines
from chatbot.ingestion.source import Block, Part, Remark, blocks_of, cleaned, one_line

PROGRAM = "tesseract"
WARNING = "Read by a machine from a picture, check every number"
_RESOLUTION = 300  # dots an inch, which Tesseract asks for
_SECONDS = 120  # for a page
_LANGUAGES = ("eng", "spa")


def can_read_scans() -> bool:
    """Whether the program is installed."""
    return shutil.which(PROGRAM) is not None


def read_scan(document: pdfium.PdfDocument, number: int) -> list[Part]:
    """The blocks of a page that is a picture, with the warning; a remark alone when nothing could be read."""
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "page.png"
        document[number - 1].render(scale=_RESOLUTION / 72).to_pil().save(picture)
        text = _read(picture)
    if not text.strip():
        return [Remark("A picture of a page in which the machine found no text", place=f"page {number}")]
    parts = [
        Block(part.kind, part.runs, level=part.level, sign=part.sign, page=number) if isinstance(part, Block) else part
        for part in parts_of_lines(cleaned(text).split("\n"))
    ]
    words = one_line(" ".join(block.text for block in blocks_of(parts)))
    return [Remark(WARNING, words, place=f"page {number}"), *parts]


def _read(picture: Path) -> str:
    program = shutil.which(PROGRAM)
    if program is None:
        return ""
    known = _run([program, "--list-langs"]).split()
    languages = "+".join(name for name in _LANGUAGES if name in known)
    return _run([program, str(picture), "stdout", *(["-l", languages] if languages else [])])


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace")
