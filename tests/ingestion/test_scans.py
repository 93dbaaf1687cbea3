"""Pictures of pages, read by the real program Tesseract where it is installed; how they are made ready for it."""

import shutil
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest

from chatbot.ingestion.convert import convert
from chatbot.ingestion.readers.pdf.pictures import made_readable
from chatbot.ingestion.readers.pdf.scans import WARNING
from tests.support.file_fakes import Printed, write_pdf

NEEDS = pytest.mark.skipif(shutil.which("tesseract") is None, reason="the program tesseract is not installed")
LINES: list[Printed] = [
    (72, 760, 22, True, "Family evenings"),
    (72, 720, 12, False, "Wait 2 to 3 minutes before you give another dose of 4 mg to her, and call 911."),
    (72, 690, 12, False, "Bring these things:"),
    (90, 670, 12, False, "•  the card of the health plan"),
    (90, 654, 12, False, "•  the letter of the clinic"),
    (72, 620, 12, False, "It is free for every family, and nobody has to speak there or give a name."),
]


def scanned(path: Path, *, degrees: float = 0.0) -> Path:
    """The lines as a PDF that holds a picture of their page and no letter."""
    image = pdfium.PdfDocument(write_pdf(path.with_suffix(".drawn.pdf"), [LINES]))[0].render(scale=3).to_pil()
    image.convert("L").rotate(degrees, fillcolor=255, expand=degrees % 90 == 0).save(path, resolution=216)
    return path


@NEEDS
@pytest.mark.parametrize("degrees", [0.0, 1.5, 90.0])
def test_a_picture_of_a_page_is_read(tmp_path: Path, degrees: float) -> None:
    """Heading, numbers and list of a scan are read, also when it lies aslant or on its side, and are to be checked."""
    converted = convert(scanned(tmp_path / "scan.pdf", degrees=degrees))

    assert converted.headings == ("Family evenings",)
    assert "Wait 2 to 3 minutes before you give another dose of 4 mg to her, and call 911." in converted.text
    assert "things:\n• the card of the health plan\n• the letter of the clinic\n" in converted.text
    assert [remark.what for remark in converted.remarks] == [WARNING]


def test_lines_that_are_drawn_go_from_the_picture() -> None:
    """The frame of a cell goes and is known as rules; letters in it and dark areas stay."""
    dots = np.full((800, 900), 255, dtype=np.uint8)
    dots[100:103, 100:700] = dots[300:303, 100:700] = dots[100:303, 100:103] = dots[100:303, 697:700] = 0
    dots[180:220, 300:306] = 0  # a letter
    dots[500:700, 200:600] = 0  # a picture
    picture = made_readable(dots)

    assert (picture.dots[100:103, 100:700] == 255).all()
    assert (picture.dots[180:220, 300:306] == 0).all()
    assert (picture.dots[500:700, 200:600] == 0).all()
    assert len(picture.rules) == 4
