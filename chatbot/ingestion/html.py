"""HTML -> blocks of plain text, by the library inscriptis. Navigation and similar elements are left out."""

import re
from collections.abc import Iterator, Sequence

from inscriptis import Inscriptis
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.html_properties import Display
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_element import HtmlElement
from lxml import etree, html

from chatbot.ingestion.blocks import Block, Converted, block_of, cleaned, is_item

# What no browser shows as text, and what HTML itself names as something else than the article.
_NEVER_TEXT = (
    "script style template noscript svg math iframe object video audio canvas head select textarea button input"
)
_NO_ARTICLE = "nav footer aside form dialog menu"
_NO_ARTICLE_ROLES = {"navigation", "banner", "contentinfo", "complementary", "search", "dialog", "alertdialog"}
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LONGEST_BOLD_HEADING = 90
_APART = "p div section article main header blockquote figure figcaption address details summary dl dt dd caption"


def convert_markup(source: str) -> Converted:
    """The article of an HTML page: its title, blocks, and remarks on what stayed behind."""
    page = html.document_fromstring(source) if source.strip() else html.document_fromstring("<p></p>")
    named = " ".join((page.findtext(".//title") or "").split())
    remarks = tuple(_without_furniture(page))
    root = _article(page)
    for table in list(root.iter("table")):
        _flatten(table)
    _name_bold_headings(root)
    first = root.find(".//h1")
    title = " ".join("".join(first.itertext()).split()) if first is not None else named
    return Converted(cleaned(title).strip(), tuple(_blocks(root)), remarks)


def _without_furniture(page: html.HtmlElement) -> Iterator[str]:
    """Take out what is not the article; a remark for each part that a reader could have seen."""
    for element in [*page.iter(*_NEVER_TEXT.split())]:
        if element.tag != "head":
            element.drop_tree()
    for element in [*page.iter(etree.Comment, etree.ProcessingInstruction)]:
        element.drop_tree()
    for element in [element for element in page.iter() if isinstance(element.tag, str) and _is_furniture(element)]:
        if element.getparent() is None:
            continue
        words = " ".join(element.text_content().split())
        element.drop_tree()
        if words:
            yield f"Left behind as no part of the article ({element.tag}): {words[:60]}"


def _is_furniture(element: html.HtmlElement) -> bool:
    hidden = "hidden" in element.attrib or re.search(r"display\s*:\s*none", element.get("style", ""))
    within = any(parent.tag in ("article", "main") for parent in element.iterancestors())
    return bool(
        element.tag in _NO_ARTICLE.split()
        or element.get("role") in _NO_ARTICLE_ROLES
        or hidden
        or (element.tag == "header" and not within and element.find(".//h1") is None)
    )


def _article(page: html.HtmlElement) -> html.HtmlElement:
    """The only ``main`` or else the only ``article`` of the page, if there is one; the whole page otherwise."""
    for tag in ("main", "article"):
        found = page.findall(f".//{tag}")
        if len(found) == 1 and found[0].text_content().strip():
            return found[0]
    return page


def _flatten(table: html.HtmlElement) -> None:
    """Rows one below the other. Side by side, cells of several lines would be read across."""
    for cell in [*table.iter("td", "th")]:
        before = cell.getprevious()
        if before is not None and before.tag == "span":
            before.tail = " | "
        if len(cell) == 1 and cell[0].tag == "p":
            cell[0].drop_tag()
        cell.tag = "div" if any(part.tag in ("p", "div", "ul", "ol") for part in cell) else "span"
        cell.tail = None
    for row in [*table.iter("tr")]:
        row.tag, row.tail = "span", None
        row.append(etree.Element("br"))
    for part in [*table.iter("thead", "tbody", "tfoot", "colgroup")]:
        part.drop_tag()
    table.tag = "div"


def _name_bold_headings(root: html.HtmlElement) -> None:
    """A short paragraph that is bold as a whole is a heading: word processors are often used so."""
    for paragraph in root.iter("p"):
        bold = [child for child in paragraph if child.tag in ("strong", "b")]
        words, rest = " ".join(paragraph.text_content().split()), (paragraph.text or "").strip()
        if len(bold) != 1 or len(paragraph) != 1 or rest or (bold[0].tail or "").strip():
            continue
        if words and len(words) <= _LONGEST_BOLD_HEADING and words[-1] not in ".:;,":
            paragraph.tag = "h6"


def _css() -> dict[str, HtmlElement]:
    """Every block apart from its neighbours; list items under each other."""
    css = dict(CSS_PROFILES["strict"])
    for tag in (*_APART.split(), *_HEADINGS, "pre"):
        css[tag] = HtmlElement(display=Display.block, margin_before=1, margin_after=1)
    return css


def _blocks(root: html.HtmlElement) -> Iterator[Block]:
    parser = Inscriptis(root, ParserConfig(css=_css(), annotation_rules={tag: ["heading"] for tag in _HEADINGS}))
    text = parser.get_text()
    headings = {" ".join(text[note.start : note.end].split()) for note in parser.get_annotations()}
    for run in re.split(r"\n[ \t]*\n", text):
        lines = [cleaned(line) for line in run.split("\n") if line.strip()]
        whole = " ".join(" ".join(lines).split())
        if whole in {cleaned(heading) for heading in headings}:
            lines = [whole]
        for group in _grouped(lines):
            block = block_of(group, is_heading=whole in headings)
            if block:
                yield block


def _grouped(lines: Sequence[str]) -> Iterator[list[str]]:
    """Lines before a list that do not lead in to it stand apart from it."""
    first = next((number for number, line in enumerate(lines) if is_item(line)), 0)
    if first and not lines[first - 1].rstrip().endswith(":"):
        yield list(lines[:first])
        lines = lines[first:]
    yield list(lines)
