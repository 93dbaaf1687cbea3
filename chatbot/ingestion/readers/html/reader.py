"""HTML pages and web archives -> parts of a file."""

from pathlib import Path

from lxml import html

from chatbot.ingestion.readers.decoding import decode, refuse_other_kinds, unpacked_archive
from chatbot.ingestion.readers.html.walk import HtmlWalk
from chatbot.ingestion.source import Kind, ReadFile, blocks_of, cleaned, one_line


def read_html(path: Path) -> ReadFile:
    """The article of an HTML page or a web archive."""
    raw = path.read_bytes()
    unpacked = unpacked_archive(raw, where=path)
    if unpacked is None:
        refuse_other_kinds(raw, path)
        unpacked = decode(raw, where=path)
    text, remarks = unpacked
    source = read_markup(text)
    return ReadFile(source.title, (*remarks, *source.parts))


def read_markup(text: str) -> ReadFile:
    """The article of a page whose letters are known."""
    # An encoding that the text itself declares is worth nothing any more: lxml gets the bytes in one code.
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    source = text.strip() or "<p></p>"
    page = html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    named = one_line(page.findtext(".//title") or "")
    walk = HtmlWalk(page)
    parts = walk.parts_of(page)
    first = next((block.text for block in blocks_of(parts) if block.kind == Kind.HEADING and block.level == 1), "")
    return ReadFile(cleaned(one_line(first) or named), tuple(parts))
