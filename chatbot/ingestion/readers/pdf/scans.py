"""Pages that are pictures are read by the program Tesseract, where it is installed: letters with their places.

It gives a PDF with unseen letters, which is read as every other page is: columns, tables and lists alike. A machine
that reads a picture mistakes digits: every page that it read is a remark.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pypdfium2 as pdfium

from chatbot.ingestion.readers.pdf.letters import Letter, Page, page_of
from chatbot.ingestion.readers.pdf.pictures import RESOLUTION, made_readable

PROGRAM = "tesseract"
WARNING = "Read by a machine from a picture, check every number"
_SECONDS = 120  # for a page
_LANGUAGES = ("eng", "spa")
_READ_FOR_DOTS = frozenset("eo¢©®°*+«»~.-·")
_NARROW = 0.25  # times its size: a dot of a list that was read as a letter is narrower
_APART = 0.5  # times the size, between such a dot and the words of its item, at the least
_FURTHEST = 3.0  # at the most


def can_read_scans() -> bool:
    """Whether the program is installed."""
    return shutil.which(PROGRAM) is not None


def read_page(document: pdfium.PdfDocument, page: Page) -> Page:
    """A page that is a picture, with the letters that the machine found in it; without any when it found none."""
    dots = document[page.number - 1].render(scale=RESOLUTION / 72, grayscale=True).to_numpy()
    picture = made_readable(dots.reshape(dots.shape[0], -1))
    made = _recognised(picture.as_pgm())
    try:
        found = page_of(pdfium.PdfDocument(made), 1) if made else page
    except pdfium.PdfiumError:
        return page
    letters = tuple(_with_dots(found.letters))
    return replace(found, number=page.number, letters=letters, dots=(), strokes=(), rules=picture.rules, is_read=True)


def _with_dots(letters: Sequence[Letter]) -> list[Letter]:
    """The letters; what was read for the dot of an item, narrow and far before the words of its line, is a dot."""
    result = list(letters)
    for number, letter in enumerate(letters):
        after = next((one for one in letters[number + 1 : number + 4] if not one.text.isspace()), None)
        narrow = letter.text in _READ_FOR_DOTS and letter.right - letter.left < _NARROW * letter.size
        if narrow and after and _APART * letter.size < after.left - letter.right < _FURTHEST * letter.size:
            beside = letters[max(0, number - 3) : number]
            if not any(abs(one.base - letter.base) < 0.3 * letter.size and one.left < letter.left for one in beside):
                result[number] = replace(letter, text="•")
    return result


def _recognised(picture: bytes) -> bytes:
    """A PDF of one page with the letters of a picture; empty when the program found none or failed."""
    program = shutil.which(PROGRAM)
    if program is None:
        return b""
    known = _run([program, "--list-langs"]).decode("utf-8", "replace").split()
    languages = "+".join(name for name in _LANGUAGES if name in known)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.pgm"
        path.write_bytes(picture)
        # Mode 1 tells first which way up the page is, where the program has learned that.
        mode = ["--psm", "1"] if "osd" in known else []
        chosen = ["-l", languages] if languages else []
        return _run([program, str(path), "stdout", *chosen, "--dpi", str(RESOLUTION), *mode, "pdf"])


def _run(command: list[str]) -> bytes:
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout
