"""Word (.docx) -> parts of a source: one walk over the XML of the document, by the library lxml.

Lists come from the numbering, boxes from where they are anchored, titles from the properties. What is struck, hidden or
deleted under review is marked. Headers, footers and notes are remarks.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from lxml import etree

from chatbot.errors import CorpusError
from chatbot.ingestion.readers.signs import item_of, level_of
from chatbot.ingestion.readers.tables import rows_of
from chatbot.ingestion.readers.word.marks import marked
from chatbot.ingestion.readers.word.package import ListFormat, Package, W, opened, value_of, words_of_paragraphs
from chatbot.ingestion.readers.word.symbols import M, formula_runs, sign_of, symbol_of
from chatbot.ingestion.readers.word.tables import is_layout_table, merged_down, word_cell
from chatbot.ingestion.source import (
    Block,
    Kind,
    Mark,
    Part,
    ReadFile,
    Remark,
    Run,
    blocks_of,
    cleaned,
    has_number_to_call,
    one_line,
)

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_LARGEST_UNPACKED = 200_000_000  # bytes; a file that grows more than so is no article
_LEVEL = 18.0  # points that a level of a list is set in, where the file does not say
_BULLET_FORMATS = ("bullet", "none", "")
_NUMBERED = ("decimal", "lowerLetter", "upperLetter", "lowerRoman", "upperRoman")
_LETTERS = "abcdefgh"
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv", "xvi")


def read_word(path: Path) -> ReadFile:
    """The article of a Word file."""
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > _LARGEST_UNPACKED:
                raise CorpusError(
                    "Unpacked, the file is far too large.", where=path, next_step="save it without its pictures."
                )
            package = opened(packed)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, NotImplementedError, etree.XMLSyntaxError) as error:
        raise CorpusError(
            "This is no Word file, or it is locked or damaged.",
            where=path,
            next_step="open it, and save it anew as .docx, without a password.",
        ) from error
    walk = _Walk(package)
    parts = walk.parts_of(package.document)
    return ReadFile(package.title or walk.title, tuple([*parts, *_asides(package)]))


def _asides(package: Package) -> Iterator[Part]:
    """Headers, footers and notes: left behind whole, but a line with a number to call stays."""
    for what, words in dict.fromkeys(package.asides):
        if has_number_to_call(words) and what != "a comment":
            yield Remark(f"Kept at the end, {what}, for its number to call", words)
            yield Block(Kind.PARAGRAPH, (Run(words),))
        else:
            yield Remark(f"Left behind, {what}", words)


class _Walk:
    """One walk over a document: parts so far, and how far each list has counted."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._counts: dict[tuple[str, int], int] = {}
        self._indents: list[float] = []  # of the items around
        self.title = ""

    def parts_of(self, document: etree._Element) -> list[Part]:
        body = document.find(f"{W}body")
        return list(self._within(body if body is not None else document))

    def _within(self, element: etree._Element, *, boxed: bool = False) -> Iterator[Part]:
        for child in element:
            if child.tag == f"{W}p" and self._is_of_contents(child):
                yield Remark("Left behind, a line of a table of contents", words_of_paragraphs(child))
            elif child.tag == f"{W}p":
                yield from self._paragraph(child, boxed=boxed)
            elif child.tag == f"{W}tbl":
                yield from self._table(child, boxed=boxed)
            elif child.tag == f"{W}sdt" and (what := _is_no_text(child)):
                yield Remark(f"Left behind, {what}", words_of_paragraphs(child))
            elif child.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}customXml", f"{W}ins", f"{W}moveTo"):
                yield from self._within(child, boxed=boxed)
            elif child.tag == f"{W}altChunk":
                yield Remark("A part of another file is set in here and could not be read")

    def _paragraph(self, paragraph: etree._Element, *, boxed: bool) -> Iterator[Part]:
        yield from self._boxes(paragraph)
        for drawing in paragraph.iter("{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"):
            if words := one_line(drawing.get("descr") or ""):
                yield Remark("A picture; it may say something", words)
        properties = paragraph.find(f"{W}pPr")
        style = value_of(properties.find(f"{W}pStyle")) if properties is not None else ""
        runs = tuple(run for run in self._runs(paragraph, self._marks_of_style(style)) if run.text)
        if not any(run.text.strip() for run in runs):
            return
        level = self._heading(style, properties)
        sign, indent = self._item(style, properties)
        if not sign and indent <= 0 and not item_of("".join(run.text for run in runs).strip()):
            self._indents.clear()
        if level:
            if level == 1 and not self.title and "title" in self._names(style):
                self.title = one_line("".join(run.text for run in runs))
            yield Block(Kind.HEADING, runs, level=level, boxed=boxed)
        elif sign:
            yield Block(Kind.ITEM, runs, level=level_of(indent, self._indents), sign=sign, boxed=boxed, indent=indent)
        else:
            yield Block(Kind.PARAGRAPH, runs, boxed=boxed, indent=indent)

    def _is_of_contents(self, paragraph: etree._Element) -> bool:
        """Whether a paragraph is a line of a table of contents."""
        style = value_of(paragraph.find(f"{W}pPr/{W}pStyle"))
        return re.match(r"(?:toc|tdc|índice) ?\d", self._names(style)[0]) is not None

    def _boxes(self, paragraph: etree._Element) -> Iterator[Part]:
        """Text boxes, at the paragraph that they are anchored to; a fallback for old programs says the same again."""
        for box in paragraph.iter(f"{W}txbxContent"):
            around = list(box.iterancestors())
            if any(one.tag == f"{_MC}Fallback" for one in around):
                continue
            own = next((one for one in around if one.tag in (f"{W}p", f"{W}txbxContent")), None)
            if own is not paragraph:
                continue
            inner = list(self._within(box, boxed=True))
            if words := one_line(" ".join(block.text for block in blocks_of(inner))):
                yield Remark("A text box; its text is kept at its anchor", words)
            yield from inner

    def _names(self, style: str) -> list[str]:
        """The names of a style and of those it rests on."""
        names: list[str] = []
        while style in self._package.styles and len(names) < 20:
            names.append(self._package.styles[style].name)
            style = self._package.styles[style].base
        return names or [style.lower()]

    def _property(self, style: str, name: str) -> etree._Element | None:
        """A property of a style, or of the nearest one that it rests on."""
        for _ in range(20):
            if style not in self._package.styles:
                return None
            found = self._package.styles[style].properties.find(f".//{W}{name}")
            if found is not None:
                return found
            style = self._package.styles[style].base
        return None

    def _heading(self, style: str, properties: etree._Element | None) -> int:
        """The level of a heading; 0 for other paragraphs."""
        for name in self._names(style):
            if found := re.match(r"(?:heading|título|titulo|überschrift|encabezado)\s*(\d)", name):
                return int(found[1])
            if name in ("title", "título", "titulo", "puesto"):
                return 1
        outline = properties.find(f"{W}outlineLvl") if properties is not None else None
        outline = outline if outline is not None else self._property(style, "outlineLvl")
        value = value_of(outline)
        return int(value) + 1 if value.isdigit() and int(value) < 6 else 0

    def _item(self, style: str, properties: etree._Element | None) -> tuple[str, float]:
        """The sign of a list item and how far it is set in, in points; an empty sign for other paragraphs."""
        inherited = self._property(style, "numPr")
        own = properties.find(f"{W}numPr") if properties is not None else None
        numbering = own if own is not None else inherited
        if numbering is None:
            named = re.match(r"list (bullet|number)\s*(\d?)", self._names(style)[0])
            indent = self._indent(style, properties, 0.0)
            return ("•", indent or _LEVEL * int(named[2] or 1)) if named else ("", indent)
        number = value_of(numbering.find(f"{W}numId")) or value_of(
            inherited.find(f"{W}numId") if inherited is not None else None
        )
        if number in ("", "0"):
            return "", self._indent(style, properties, 0.0)
        depth = int(value_of(numbering.find(f"{W}ilvl")) or 0)
        form = self._package.formats.get((number, depth), ListFormat("bullet", 1, 0.0))
        count = self._counts[number, depth] = self._counts.get((number, depth), form.start - 1) + 1
        for deeper in [key for key in self._counts if key[0] == number and key[1] > depth]:
            del self._counts[deeper]
        sign = "•" if form.kind in _BULLET_FORMATS or form.kind not in _NUMBERED else f"{_counted(count, form.kind)}."
        return sign, self._indent(style, properties, form.indent) + 0.01 * depth

    def _indent(self, style: str, properties: etree._Element | None, default: float) -> float:
        """How far a paragraph is set in, in points: its own value, that of its list, that of its style."""
        own = properties.find(f"{W}ind") if properties is not None else None
        for found in (own, None if default else self._property(style, "ind")):
            value = value_of(found, "left") or value_of(found, "start")
            if re.fullmatch(r"-?\d+", value):
                return int(value) / 20
        return default

    def _marks_of_style(self, style: str) -> frozenset[Mark]:
        marks: frozenset[Mark] = frozenset()
        chain: list[str] = []
        while style in self._package.styles and style not in chain:
            chain.append(style)
            style = self._package.styles[style].base
        for name in reversed(chain):
            marks = marked(self._package.styles[name].properties.find(f"{W}rPr"), marks)
        return marks

    def _runs(self, element: etree._Element, marks: frozenset[Mark]) -> Iterator[Run]:
        for child in element:
            tag = child.tag
            if tag in (f"{W}del", f"{W}moveFrom"):
                words = "".join(text.text or "" for text in child.iter(f"{W}delText", f"{W}t"))
                yield Run(cleaned(words), marks | {Mark.STRUCK})
            elif tag == f"{W}r":
                yield from self._letters(child, marks)
            elif tag == f"{M}oMath":
                yield from formula_runs(child, marks)
            elif tag == f"{W}sdt" and child.find(f"{W}sdtPr/{W}showingPlcHdr") is not None:
                yield from self._runs(child, marks | {Mark.HIDDEN})  # the words that ask to fill in a form
            elif isinstance(tag, str) and tag not in (f"{W}pPr", f"{_MC}AlternateContent", f"{W}txbxContent"):
                yield from self._runs(child, marks)

    def _letters(self, run: etree._Element, marks: frozenset[Mark]) -> Iterator[Run]:
        properties = run.find(f"{W}rPr")
        style = value_of(properties.find(f"{W}rStyle")) if properties is not None else ""
        marks = marked(properties, marks | self._marks_of_style(style))
        font = value_of(properties.find(f"{W}rFonts"), "ascii") if properties is not None else ""
        for child in run:
            tag = child.tag
            if tag == f"{W}t":
                yield Run(cleaned("".join(sign_of(ord(sign), font) for sign in child.text or "")), marks)
            elif tag in (f"{W}br", f"{W}cr"):
                yield Run("\n", marks)
            elif tag in (f"{W}tab", f"{W}ptab"):
                yield Run(" ", marks)
            elif tag == f"{W}noBreakHyphen":
                yield Run("-", marks)
            elif tag == f"{W}sym":
                yield Run(symbol_of(child), marks)
            elif tag in (f"{W}footnoteReference", f"{W}endnoteReference"):
                yield Run(value_of(child, "id") or "*", marks | {Mark.RAISED, Mark.NOTE})

    def _table(self, table: etree._Element, *, boxed: bool) -> Iterator[Part]:
        rows = [row.findall(f"{W}tc") for row in table.iter(f"{W}tr") if next(row.iterancestors(f"{W}tbl")) is table]
        inner = [[list(self._within(cell, boxed=boxed)) for cell in row] for row in rows]
        if is_layout_table(rows, inner):
            single = len(rows) == 1 and len(rows[0]) == 1
            for parts in (parts for row in inner for parts in row):
                if single and (words := one_line(" ".join(block.text for block in blocks_of(parts)))):
                    yield Remark("A box; its text is kept here", words)
                yield from (replace(part, boxed=single or boxed) if isinstance(part, Block) else part for part in parts)
            return
        grid = [
            [word_cell(cell, parts) for cell, parts in zip(*pair, strict=True)]
            for pair in zip(rows, inner, strict=True)
        ]
        yield from (part for row in inner for parts in row for part in parts if isinstance(part, Remark))
        yield from rows_of(merged_down(rows, grid))


def _is_no_text(control: etree._Element) -> str:
    """What a content control is besides text: a table of contents, or the words that ask to fill it in."""
    properties = control.find(f"{W}sdtPr")
    if properties is None:
        return ""
    if "contents" in value_of(properties.find(f"{W}docPartObj/{W}docPartGallery")).lower():
        return "a table of contents"
    return "what asks to fill in a form" if properties.find(f"{W}showingPlcHdr") is not None else ""


def _counted(count: int, kind: str) -> str:
    """The sign of an item as an article writes it: capitals as small letters, which are read as signs of lists."""
    if kind in ("lowerLetter", "upperLetter") and count <= len(_LETTERS):
        return _LETTERS[count - 1]
    return _ROMAN[count - 1] if kind in ("lowerRoman", "upperRoman") and count <= len(_ROMAN) else str(count)
