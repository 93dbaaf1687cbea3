"""Elements of an HTML page: their marks, their text, and what they are to the article."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml import etree, html

from chatbot.ingestion.readers.html.styles import Declared
from chatbot.ingestion.readers.tables import Cell
from chatbot.ingestion.source import Kind, Mark, Run, cleaned, has_number_to_call, one_line

NO_TEXT = {"script", "style", "template", "svg", "math", "canvas", "head", "object", "embed", "rp", "rt", "datalist"}
HEADINGS = {f"h{number}": number for number in range(1, 7)}
BLOCKS = frozenset(
    (
        *("p", "div", "section", "article", "main", "header", "blockquote", "figure", "figcaption", "address", "body"),
        *("details", "summary", "dl", "dt", "dd", "fieldset", "legend", "form", "center", "html", "hgroup", "aside"),
        *("nav", "footer", "menu", "dialog", "pre", "caption", "noscript", "search", "optgroup", "table"),
    )
)
LISTS = {"ul", "ol", "menu", "dir"}
_MARKED = {
    **dict.fromkeys(("b", "strong"), Mark.BOLD),
    **dict.fromkeys(("s", "del", "strike"), Mark.STRUCK),
    "sup": Mark.RAISED,
    "sub": Mark.LOWERED,
}
_BOX = re.compile(
    r"(^|[-_])(alert|callout|warning|danger|caution|notice|infobox|admonition|panel-(?:warning|danger))([-_]|$)"
)
_NOTE = re.compile(r"\s*[\[(]?\s*(?:\d{1,3}|[a-z*†‡§¶]|[ivx]{1,4})\s*[\])]?\s*")
_STRUCK_CLASS = re.compile(r"^(?:strike|strike-?through|line-through|struck(?:-?out)?|text-strike)$", re.IGNORECASE)
_RAISED_CLASS = re.compile(
    r"^(?:sup|super|superscript|fn-?ref|(?:foot|end)-?note(?:-?(?:ref|mark|number|marker|reference))?|note-?ref)$",
    re.IGNORECASE,
)
_OPENS = ("aria-controls", "aria-expanded", "data-target", "data-bs-target")
_NOTES = re.compile(r"^(?:(?:foot|end)-?notes?|notes|references|citations)(?:[-_]?(?:list|section))?$", re.IGNORECASE)
_NOTE_ID = re.compile(r"^(fn|n|ref|cite_note|footnote|note|endnote|_ftn|_edn)[-_:]?\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Inherited:
    """What holds for the letters at a place of the tree."""

    kind: Kind = Kind.PARAGRAPH
    level: int = 0
    marks: frozenset[Mark] = frozenset()
    boxed: bool = False
    depth: int = -1  # of the list around it; -1 outside
    keeps_lines: bool = False
    in_form: bool = False


def is_layout(table: html.HtmlElement, rows: list[list[html.HtmlElement]]) -> bool:
    """Whether a table only puts things side by side: one row or column, or cells with headings, lists or tables."""
    if table.get("role") in ("presentation", "none") or not rows:
        return True
    if all(len(row) == 1 for row in rows) or (len(rows) == 1 and table.find(".//th") is None):
        return True
    cells = [cell for row in rows for cell in row]
    rich = sum(cell.find(".//h2") is not None or cell.find(".//h3") is not None for cell in cells)
    nested = any(cell.find(".//table") is not None for cell in cells)
    return nested or rich > 0 or sum(len(cell.findall(".//p")) > 1 for cell in cells) > 0.5 * len(cells)


def marks_of(element: html.HtmlElement, style: Declared) -> frozenset[Mark]:
    """How the letters of an element are printed, by its tag, its style, and what its class is called."""
    found = {_MARKED[element.tag]} if element.tag in _MARKED else set()
    names = element.get("class", "").split()
    lines = f"{style.get('text-decoration', '')} {style.get('text-decoration-line', '')}"
    if "line-through" in lines or any(map(_STRUCK_CLASS.match, names)):
        found.add(Mark.STRUCK)
    if _is_raised(element, style) or (any(map(_RAISED_CLASS.match, names)) and _NOTE.fullmatch(text_of(element))):
        found.add(Mark.RAISED)
    if style.get("vertical-align", "") == "sub":
        found.add(Mark.LOWERED)
    if re.fullmatch(r"bold|bolder|[6-9]00", style.get("font-weight", "")) or "admonition-title" in names:
        found.add(Mark.BOLD)
    href = element.get("href", "") if element.tag == "a" else ""
    if "#" in href and _NOTE.fullmatch(element.text_content()):
        found.add(Mark.NOTE)
    return frozenset(found)


def _is_raised(element: html.HtmlElement, style: Declared) -> bool:
    """Whether the letters stand higher than those beside them; cells and pictures are only set to the top."""
    place = style.get("vertical-align", "")
    up = re.fullmatch(r"(?:\+?0?\.[2-9]\d*e[mx]|\+?[3-9]\d%|\+?[3-9](?:\.\d+)?p[xt])", place) is not None
    return element.tag not in ("td", "th", "img", "tr", "tbody", "div") and (place in ("super", "top") or up)


def is_notes(element: html.HtmlElement) -> bool:
    """Whether an element is the list of notes below a text."""
    if element.tag not in ("ol", "ul", "section", "div", "aside", "dl", "p", "li"):
        return False
    if element.get("role") in ("doc-endnotes", "doc-footnote", "doc-endnote"):
        return True
    names = [*element.get("class", "").split(), element.get("id", "")]
    if element.tag in ("ol", "ul", "section", "div", "aside", "dl") and any(map(_NOTES.match, names)):
        return element.find(".//h1") is None
    return element.tag in ("p", "li") and _NOTE_ID.match(element.get("id", "")) is not None


def main_of(page: html.HtmlElement) -> html.HtmlElement | None:
    """The only ``main`` or else the only ``article`` of the page, when it holds most of the text."""
    for found in (page.xpath("//main|//*[@role='main']"), page.findall(".//article")):
        if len(found) == 1 and len(one_line(found[0].text_content())) > 100:
            return found[0]
    return None


def is_outside(element: html.HtmlElement, main: html.HtmlElement) -> bool:
    """Whether an element stands outside the main part."""
    if element is main or element.tag in ("html", "body"):
        return False
    return main not in element.iterancestors() and element not in main.iterancestors()


def text_of(element: html.HtmlElement) -> str:
    """The text of an element on one line."""
    return one_line(cleaned(" ".join(block_lines(element))))


def block_lines(element: html.HtmlElement) -> Iterator[str]:
    """The text of an element, a line for each block in it; scripts and styles are no text."""
    line = ""
    for event, part in etree.iterwalk(element, events=("start", "end")):
        if not isinstance(part.tag, str):
            continue
        ends = (
            part.tag in BLOCKS or part.tag in HEADINGS or part.tag in ("li", "br", "tr", "td", "th", "option", *LISTS)
        )
        if ends and line.strip():
            yield line
            line = ""
        inner = not any(parent.tag in NO_TEXT for parent in (part, *part.iterancestors()))
        if event == "start" and inner:
            line += part.text or ""
        elif event == "end" and part is not element:
            line += part.tail or "" if not any(parent.tag in NO_TEXT for parent in part.iterancestors()) else ""
    if line.strip():
        yield line


def lines_with_numbers(element: html.HtmlElement) -> tuple[list[str], str]:
    """The lines of an element that have a number to call, and the words of all others."""
    lines = [one_line(cleaned(line)) for line in block_lines(element)]
    kept = [line for line in lines if has_number_to_call(line)]
    return kept, " ".join(line for line in lines if line not in kept)


def tidied(runs: list[Run], *, keeps_lines: bool) -> Iterator[Run]:
    """Runs with the white space that a browser shows: single spaces, and line ends where ``br`` stands."""
    ends_in_space = True
    for run in runs:
        text = cleaned(run.text)
        if run.text != "\n" and not keeps_lines:
            text = re.sub(r"\s+", " ", text)
        if ends_in_space and not keeps_lines:
            text = text.lstrip(" ")
        if text:
            ends_in_space = text[-1] in " \n"
            yield Run(text, run.marks)


def tabs_of(page: html.HtmlElement) -> dict[str, html.HtmlElement]:
    """By the id of each panel the tab that opens it, where tabs stand in a row apart from their panels."""
    found: dict[str, html.HtmlElement] = {}
    for element in page.iter("button", "a"):
        target = next(
            (element.get(name, "") for name in ("aria-controls", "data-bs-target", "data-target") if element.get(name)),
            "",
        )
        target = target or (element.get("href", "") if element.get("role") == "tab" else "")
        in_row = element.get("role") == "tab" or (element.getparent() is not None and element.getparent().tag == "li")
        if in_row and target.lstrip("#") and text_of(element):
            found[target.lstrip("#")] = element
    return found


def opens(element: html.HtmlElement) -> bool:
    """Whether a tap on an element folds text out."""
    return any(name in element.attrib for name in _OPENS)


def value_in(field: html.HtmlElement) -> str:
    """The words of a field or button of a form that somebody may read; empty for those that only send it."""
    if field.tag != "input":
        return text_of(field)
    silent = ("hidden", "submit", "button", "image", "reset", "checkbox", "radio")
    return "" if field.get("type", "text") in silent else field.get("value", "").strip()


def is_box(element: html.HtmlElement) -> bool:
    """Whether an element is set apart, as a warning is."""
    names = f"{element.get('class', '')} {element.get('role', '')}".lower().split()
    return element.tag == "aside" or any(_BOX.search(name) for name in names)


def rows_in(table: html.HtmlElement, is_kept: Callable[[html.HtmlElement], bool]) -> Iterator[html.HtmlElement]:
    """The rows of a table that are kept, themselves and as the part of the table that they stand in."""
    for part in table:
        if part.tag in ("caption", "colgroup", "table") or not isinstance(part.tag, str) or not is_kept(part):
            continue
        yield from [part] if part.tag == "tr" else rows_in(part, is_kept)


def cell_of(element: html.HtmlElement, runs: tuple[Run, ...]) -> Cell:
    """A cell of a table with these letters."""

    def span(name: str) -> int:
        value = element.get(name, "1")
        return min(int(value), 100) if value.isdigit() and int(value) else 1

    return Cell(runs, is_head=element.tag == "th", columns=span("colspan"), rows=span("rowspan"))
