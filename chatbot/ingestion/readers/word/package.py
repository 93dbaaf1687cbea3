"""The parts of a Word file that are needed: document, styles, numbering, heads, feet and notes."""

import re
import zipfile
from dataclasses import dataclass, field

from lxml import etree

from chatbot.ingestion.source import cleaned, one_line

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"


@dataclass(slots=True)
class Style:
    """A style: its name, what it rests on, and its own marks, list and heading level."""

    name: str
    base: str
    properties: etree._Element


@dataclass(frozen=True, slots=True)
class ListFormat:
    """A level of a list: what it counts with, from which number, and how far it is set in, in points."""

    kind: str
    start: int
    indent: float


@dataclass(slots=True)
class Package:
    """The parts of the file that are needed, parsed."""

    document: etree._Element
    styles: dict[str, Style] = field(default_factory=dict)
    formats: dict[tuple[str, int], "ListFormat"] = field(default_factory=dict)  # by list and level
    asides: list[tuple[str, str]] = field(default_factory=list)  # (what, words) of headers, footers and notes
    title: str = ""


def opened(packed: zipfile.ZipFile) -> Package:
    """The parts of a packed file; KeyError when it has no document."""
    package = Package(_parsed(packed, "word/document.xml"))
    names = sorted(packed.namelist())
    if "word/styles.xml" in names:
        for style in _parsed(packed, "word/styles.xml").iter(f"{W}style"):
            name, base = value_of(style.find(f"{W}name")), value_of(style.find(f"{W}basedOn"))
            package.styles[value_of(style, "styleId")] = Style(name.lower(), base, style)
    if "word/numbering.xml" in names:
        package.formats = _formats(_parsed(packed, "word/numbering.xml"))
    for name in names:
        package.asides += _asides(packed, name)
    if "docProps/core.xml" in names:
        title = _parsed(packed, "docProps/core.xml").find("{http://purl.org/dc/elements/1.1/}title")
        package.title = one_line(title.text or "") if title is not None else ""
    return package


def _parsed(packed: zipfile.ZipFile, name: str) -> etree._Element:
    # No entities and no network: the file comes from outside.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    return etree.fromstring(packed.read(name).replace(_STRICT, W[1:-1].encode()), parser)


def _asides(packed: zipfile.ZipFile, name: str) -> list[tuple[str, str]]:
    """What a part of the file says beside the text, as (what, words)."""
    if found := re.fullmatch(r"word/(header|footer)\d*\.xml", name):
        words = words_of_paragraphs(_parsed(packed, name))
        what = "the head of the pages" if found[1] == "header" else "the foot of the pages"
        return [(what, words)] if words else []
    if re.fullmatch(r"word/(?:diagrams/data|charts/chart)\d*\.xml", name):
        words = words_of_paragraphs(_parsed(packed, name))
        return [("the words of a drawing; look whether they are a part of the text", words)] if words else []
    if name in ("word/footnotes.xml", "word/endnotes.xml", "word/comments.xml"):
        what = "a comment" if "comments" in name else "a note"
        return [(what, words) for note in _parsed(packed, name) if (words := words_of_paragraphs(note))]
    return []


def words_of_paragraphs(part: etree._Element) -> str:
    """The words of a part, paragraph by paragraph; page numbers alone are none."""
    lines = ("".join(text.text or "" for text in line.iter(f"{W}t", f"{_A}t")) for line in part.iter(f"{W}p", f"{_A}p"))
    words = one_line(cleaned(" ".join(lines)))
    return words if re.search(r"[^\W\d_]", words) else ""


def _formats(numbering: etree._Element) -> dict[tuple[str, int], ListFormat]:
    abstract = {value_of(one, "abstractNumId"): one for one in numbering.iter(f"{W}abstractNum")}
    formats: dict[tuple[str, int], ListFormat] = {}
    for one in numbering.iter(f"{W}num"):
        levels = abstract.get(value_of(one.find(f"{W}abstractNumId")))
        for level in levels.iter(f"{W}lvl") if levels is not None else ():
            start = value_of(level.find(f"{W}start"))
            place = level.find(f"{W}pPr/{W}ind")
            indent = value_of(place, "left") or value_of(place, "start")
            formats[value_of(one, "numId"), int(value_of(level, "ilvl") or 0)] = ListFormat(
                kind=value_of(level.find(f"{W}numFmt")),
                start=int(start) if start.isdigit() else 1,
                indent=int(indent) / 20 if re.fullmatch(r"-?\d+", indent) else 0.0,
            )
    return formats


def value_of(element: etree._Element | None, name: str = "val") -> str:
    """An attribute of an element of Word; empty without one."""
    return "" if element is None else str(element.get(f"{W}{name}") or "")
