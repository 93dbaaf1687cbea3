"""Reads a PDF page by page: text, pictures of text, form fields; what it could not read is a remark."""

import ctypes
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from chatbot.errors import CorpusError
from chatbot.ingestion.readers.pdf.layout import Region, regions_of
from chatbot.ingestion.readers.pdf.letters import Page, page_of
from chatbot.ingestion.readers.pdf.lines import Segment
from chatbot.ingestion.readers.pdf.openings import segments_of
from chatbot.ingestion.readers.pdf.paragraphs import body_size, parts_of
from chatbot.ingestion.readers.pdf.running import without_running
from chatbot.ingestion.readers.pdf.scans import WARNING, can_read_scans, read_page
from chatbot.ingestion.readers.wrapping import words_of
from chatbot.ingestion.source import Part, ReadFile, Remark, blocks_of, one_line

_LARGER = 1.12
_FEWEST_LETTERS = 12  # on a page with a picture; fewer are a number or a stamp beside a scan
_LONGEST_TITLE = 150


def read_pdf(path: Path) -> ReadFile:
    """The text of a PDF; CorpusError when it is locked, damaged, or only holds pictures that nothing here can read."""
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        raise _refusal(path, error) from error
    try:
        return _read(document, path)
    except pdfium.PdfiumError as error:
        raise _refusal(path, error) from error
    finally:
        document.close()


def _refusal(path: Path, error: Exception) -> CorpusError:
    if raw.FPDF_GetLastError() == raw.FPDF_ERR_PASSWORD or "password" in str(error).lower():
        return CorpusError(
            "The PDF is locked with a password.", where=path, next_step="save it without a password, then add that."
        )
    return CorpusError(
        f"The PDF cannot be read ({type(error).__name__}).", where=path, next_step="open it, and save it anew."
    )


def _read(document: pdfium.PdfDocument, path: Path) -> ReadFile:
    pages = [page_of(document, number) for number in range(1, len(document) + 1)]
    scans = [page.number for page in pages if _is_scan(page)]
    if scans and not can_read_scans() and len(scans) == len(pages):
        raise CorpusError(
            "The PDF holds pictures of pages and no text.",
            where=path,
            next_step="install the program tesseract (apt install tesseract-ocr tesseract-ocr-spa, or "
            "brew install tesseract tesseract-lang) and add it again; or save it with its text recognised (OCR).",
        )
    pages = [read_page(document, page) if page.number in scans and can_read_scans() else page for page in pages]
    segments, running = without_running([segments_of(page) for page in pages], [page.height for page in pages])
    whole = [segment for own in segments for segment in own]
    body, words = body_size(whole), words_of("\n".join(segment.text for segment in whole))
    parts: list[Part] = [*_of_whole(document), *(part for part in running if isinstance(part, Remark))]
    waiting: list[Region] = []
    for page, own in zip(pages, segments, strict=True):
        parts += _of_page(page)
        waiting += regions_of(own, page.rules)
    parts += parts_of(waiting, body=body, words=words)
    parts += blocks_of(running)
    return ReadFile(_title(document, segments[0] if segments else [], body), tuple(parts))


def _is_scan(page: Page) -> bool:
    letters = sum(not letter.text.isspace() for letter in page.letters)
    return letters == 0 or (letters < _FEWEST_LETTERS and page.pictures > 0)


def _of_page(page: Page) -> Iterator[Remark]:
    place = f"page {page.number}"
    if page.is_read:
        words = one_line("".join(letter.text for letter in page.letters))
        yield Remark(WARNING if words else "A picture of a page in which the machine found no text", words, place=place)
    elif not any(letter.text.strip() for letter in page.letters):
        what = "A page without text, perhaps a picture, was not read. With the program tesseract installed it would be"
        yield Remark(what, place=place)
    if page.aslant:
        yield Remark("Left behind, letters at another angle", one_line(page.aslant), place=place)
    if page.unseen:
        yield Remark("Left behind, letters that are not painted", one_line(page.unseen), place=place)


def _of_whole(document: pdfium.PdfDocument) -> Iterator[Remark]:
    """Values of form fields, and notes that readers stuck on."""
    if document.get_formtype() == raw.FORMTYPE_NONE and not any(
        raw.FPDFPage_GetAnnotCount(document[number]) for number in range(len(document))
    ):
        return
    form = document.init_forms()
    for number in range(len(document)):
        page = document[number]
        for place in range(raw.FPDFPage_GetAnnotCount(page)):
            note = raw.FPDFPage_GetAnnot(page, place)
            kind = raw.FPDFAnnot_GetSubtype(note)
            if kind == raw.FPDF_ANNOT_WIDGET and form:
                value = _string(partial(raw.FPDFAnnot_GetFormFieldValue, form, note))
                if value and value != "Off":
                    yield Remark("Left behind, the value of a form field", value, place=f"page {number + 1}")
            elif kind in (raw.FPDF_ANNOT_TEXT, raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_POPUP):
                words = _string(partial(raw.FPDFAnnot_GetStringValue, note, b"Contents"))
                if words:
                    yield Remark("Left behind, a note stuck on the page", words, place=f"page {number + 1}")
            raw.FPDFPage_CloseAnnot(note)


def _string(ask: Callable[..., int]) -> str:
    """A string of PDFium: it is asked for its length in bytes first, and given as UTF-16 with a zero at its end."""
    size = ask(None, 0)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    ask(buffer, size)
    return one_line(bytes(buffer)[: size - 2].decode("utf-16-le", "ignore"))


def _title(document: pdfium.PdfDocument, first: list[Segment], body: float) -> str:
    """The lines of the first page in the largest letters, if these are clearly larger; else what the file names."""
    size = max((segment.size for segment in first), default=0.0)
    lines = [segment.text for segment in first if segment.size > size - 0.5]
    large = one_line(" ".join(lines))
    named = one_line(document.get_metadata_dict().get("Title", ""))
    return large if size >= _LARGER * body and len(large) <= _LONGEST_TITLE and any(map(str.isalpha, large)) else named
