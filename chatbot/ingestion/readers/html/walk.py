"""One walk over the tree of an HTML page: elements -> parts of a file.

Nothing is left behind silently: what is no part of the article becomes a remark, whole, at its place.
"""

import re
from dataclasses import replace

from lxml import html

from chatbot.ingestion.readers.html.elements import (
    BLOCKS,
    HEADINGS,
    LISTS,
    NO_TEXT,
    Inherited,
    cell_of,
    is_box,
    is_layout,
    is_notes,
    is_outside,
    lines_with_numbers,
    main_of,
    marks_of,
    opens,
    rows_in,
    tabs_of,
    text_of,
    tidied,
    value_in,
)
from chatbot.ingestion.readers.html.lists import definitions_of, is_links, signs_of
from chatbot.ingestion.readers.html.styles import Styles
from chatbot.ingestion.readers.html.visibility import Visibility, is_furniture, keeps_number
from chatbot.ingestion.readers.tables import rows_of, runs_on_one_line
from chatbot.ingestion.source import Block, Kind, Part, Remark, Run, blocks_of, cleaned, has_number_to_call, one_line

_ENDS = re.compile(r"[.!?]\W*$")  # of a sentence
_SUMMARY = 4  # level of a heading that folds text out
_FIELDS = ("input", "select", "textarea")


class HtmlWalk:
    """One walk over a page: parts so far, and the letters of the block that is not yet ended."""

    def __init__(self, page: html.HtmlElement) -> None:
        self._styles = Styles(page)
        self._seen = Visibility(page, self._styles)
        self._tabs = tabs_of(page)
        self._main = main_of(page)
        self._parts: list[Part] = []
        self._runs: list[Run] = []
        self._signs: list[str] = []  # of the items around; the first block of an item takes its sign

    def parts_of(self, page: html.HtmlElement) -> list[Part]:
        """The blocks of a page in order, and remarks on what stayed behind."""
        body = page.find("body")
        self._element(page if body is None else body, Inherited())
        self._flush(Inherited())
        return self._parts

    def _flush(self, place: Inherited) -> None:
        """End a block."""
        runs, self._runs = tuple(tidied(self._runs, keeps_lines=place.keeps_lines)), []
        if not any(run.text.strip() for run in runs):
            return
        kind, level, sign = place.kind, place.level, ""
        if place.depth >= 0 and kind == Kind.PARAGRAPH:
            kind, level = Kind.ITEM, place.depth
            sign, self._signs[-1] = self._signs[-1], ""
        self._parts.append(Block(kind, runs, level=level, sign=sign, boxed=place.boxed))

    def _head(self, words: str, place: Inherited) -> None:
        """A heading of these words."""
        self._flush(place)
        self._parts.append(Block(Kind.HEADING, (Run(words),), level=_SUMMARY))

    def _remark(self, what: str, words: str = "") -> None:
        self._parts.append(Remark(what, one_line(cleaned(words))))

    def _leave(self, element: html.HtmlElement, what: str) -> None:
        """Leave an element behind, with a remark."""
        if words := text_of(element):
            self._remark(f"Left behind, {what}", words)

    def _element(self, element: html.HtmlElement, place: Inherited) -> None:
        """One element with all that is in it, but without its tail."""
        tag = element.tag
        if not isinstance(tag, str) or tag in NO_TEXT or element in self._tabs.values():
            return
        if not self._is_kept(element, place):
            return
        if self._opened(element, place):
            return
        place = self._marked(element, place)
        if tag in ("br", "q"):
            self._quoted(element, place)
        elif tag in ("img", "iframe", "video", "audio"):
            self._picture(element)
        elif tag in _FIELDS or tag == "button" or (tag == "label" and place.in_form):
            self._field(element, place)
        elif tag in BLOCKS or tag in HEADINGS or tag in LISTS or tag in ("li", "hr"):
            self._flush(place)
            self._block(element, place)
        else:
            self._children(element, place)

    def _marked(self, element: html.HtmlElement, place: Inherited) -> Inherited:
        return replace(place, marks=place.marks | marks_of(element, self._styles.of(element)))

    def _opened(self, element: html.HtmlElement, place: Inherited) -> bool:
        """Head a panel by its tab; whether an element is nothing but what opens a panel, and heads it."""
        if (tab := self._tabs.get(element.get("id", ""))) is not None:
            self._head(text_of(tab), place)
        like_button = element.tag not in ("button", "summary", "a", *HEADINGS) and element.get("role") == "button"
        heads = like_button and opens(element) and bool(text_of(element))
        if heads:
            self._head(text_of(element), place)
        return heads

    def _quoted(self, element: html.HtmlElement, place: Inherited) -> None:
        """What a browser prints that stands in no text: a line end, and the signs around a quotation."""
        if element.tag == "br":
            self._runs.append(Run("\n", place.marks))
            return
        self._runs.append(Run("“", place.marks))
        self._children(element, place)
        self._runs.append(Run("”", place.marks))

    def _block(self, element: html.HtmlElement, place: Inherited) -> None:
        """An element that stands apart from what is around it."""
        tag = element.tag
        if tag == "table":
            self._table(element, place)
        elif tag in LISTS:
            self._list(element, place)
        elif tag == "dl":
            self._definitions(element, place)
        elif tag in HEADINGS or tag == "summary":
            heading = replace(place, kind=Kind.HEADING, level=HEADINGS.get(tag, _SUMMARY), depth=-1)
            self._children(element, heading)
            self._flush(heading)
        elif tag != "hr":
            self._container(element, place)

    def _container(self, element: html.HtmlElement, place: Inherited) -> None:
        self._flush(place)
        boxed = place.boxed or is_box(element)
        inner = replace(
            place,
            boxed=boxed,
            keeps_lines=place.keeps_lines or element.tag == "pre",
            in_form=place.in_form or element.tag == "form",
        )
        if boxed and not place.boxed:
            self._remark("A box; its text is kept here", text_of(element))
        self._children(element, inner)
        self._flush(inner)

    def _children(self, element: html.HtmlElement, place: Inherited) -> None:
        if element.text:
            self._runs.append(Run(element.text, place.marks))
        for child in element:
            self._element(child, place)
            if child.tail:
                self._runs.append(Run(child.tail, place.marks))

    def _is_kept(self, element: html.HtmlElement, place: Inherited) -> bool:
        """Whether an element is part of the article; if it is not, a remark says what was left behind."""
        if self._seen.is_unseen(element):
            if not self._seen.is_panel(element):
                self._leave(element, "hidden on the page")
                return False
            if words := text_of(element):
                self._remark("A panel that is closed at first; its text is kept", words)
        if element.tag == "noscript":
            self._leave(element, "shown only without scripts")
            return False
        if is_notes(element):
            self._flush(place)
            return self._only_numbers(element, "notes")
        outside = self._main is not None and is_outside(element, self._main)
        if not outside and not is_furniture(element):
            return True
        self._flush(place)
        what = "outside the main part of the page" if outside else f"furniture of the site ({element.tag})"
        if not keeps_number(element):
            self._leave(element, what)
            return False
        return self._only_numbers(element, what)

    def _only_numbers(self, element: html.HtmlElement, what: str) -> bool:
        """Of furniture with a number to call, keep the lines that have one."""
        kept, left = lines_with_numbers(element)
        if left:
            self._remark(f"Left behind, {what}", left)
        for line in kept:
            self._remark(f"Kept from what else is left behind, {what}, for its number to call", line)
            self._parts.append(Block(Kind.PARAGRAPH, (Run(line),)))
        return False

    def _picture(self, element: html.HtmlElement) -> None:
        words = element.get("alt", "") or element.get("title", "")
        if element.tag != "img" or words.strip():
            self._remark(f"Left behind, what is no text ({element.tag}); it may say something", words)

    def _field(self, element: html.HtmlElement, place: Inherited) -> None:
        """A control: the label of one that opens a panel is text, all else is a remark."""
        words = text_of(element)
        if element.tag == "button" and place.kind == Kind.HEADING:
            self._children(element, place)
            return
        if element.tag == "button" and opens(element):
            self._head(words, place)
            return
        if value := value_in(element):
            self._remark(f"Left behind, a field or button of a form ({element.tag})", value)

    def _links(self, element: html.HtmlElement) -> bool:
        """Whether a list only links to other pages; it is left behind with its heading."""
        words = text_of(element)
        if not is_links(element) or has_number_to_call(words):
            return False
        last = self._parts[-1] if self._parts else None
        if isinstance(last, Block) and last.kind == Kind.HEADING and last.level > 1:
            self._parts.pop()
            words = f"{one_line(last.text)} {words}"
        self._remark("Left behind, a list of links to other pages", words)
        return True

    def _list(self, element: html.HtmlElement, place: Inherited) -> None:
        if self._links(element):
            return
        inner = replace(place, kind=Kind.PARAGRAPH, depth=place.depth + 1)
        signs = dict(signs_of(element))
        if element.text and element.text.strip():
            self._runs.append(Run(element.text, place.marks))
            self._flush(place)
        for child in element:
            if child.tag == "li" and self._is_kept(child, place):
                self._signs.append(signs[child])
                self._container(child, self._marked(child, inner))
                self._signs.pop()
            elif child.tag in LISTS:  # a list that stands wrongly between items belongs to the item before
                self._list(child, self._marked(child, inner))
            elif isinstance(child.tag, str) and child.tag != "li":
                self._element(child, place)
            if child.tail and child.tail.strip():
                self._runs.append(Run(child.tail, place.marks))
                self._flush(place)

    def _definitions(self, element: html.HtmlElement, place: Inherited) -> None:
        """Terms head what is said of them; those with a few words behind them stay on one line with them."""
        for terms, said in definitions_of(element):
            kept = [child for child in said if self._is_kept(child, place)]
            lead: list[Run] = []
            for term in (term for term in terms if self._is_kept(term, place)):
                lead += [*([Run(", ")] if lead else []), *self._inline(term, place)]
            words = "".join(run.text for run in lead).rstrip()
            short = bool(kept) and words[-1:] not in ("", "?") and not any(_ENDS.search(text_of(one)) for one in kept)
            listed = any(child.find(".//li") is not None for child in kept)
            self._runs += [*lead, *([Run(": ")] if short else [])]
            if short and not listed:
                for number, child in enumerate(kept):
                    self._runs += [*([Run("; ")] if number else []), *self._inline(child, place)]
                kept = []
            self._flush(place if short else replace(place, kind=Kind.HEADING, level=5, depth=-1))
            for child in kept:
                self._children(child, self._marked(child, place))
                self._flush(place)

    def _table(self, element: html.HtmlElement, place: Inherited) -> None:
        """A table of figures becomes rows; one that only lays out a page is read cell by cell."""
        rows = list(rows_in(element, lambda part: self._is_kept(part, place)))
        cells = [[cell for cell in row if cell.tag in ("td", "th") and self._is_kept(cell, place)] for row in rows]
        cells = [row for row in cells if row]
        caption = element.find("caption")
        if caption is not None and text_of(caption):
            self._container(caption, place)
        if is_layout(element, cells):
            for cell in (cell for row in cells for cell in row):
                self._container(cell, place)
            return
        grid = [
            [cell_of(cell, self._inline(cell, self._marked(row[0].getparent(), place))) for cell in row]
            for row in cells
        ]
        self._parts += rows_of(grid)

    def _inline(self, cell: html.HtmlElement, place: Inherited) -> tuple[Run, ...]:
        """The runs of a cell, on one line."""
        outer, self._runs = (self._runs, self._parts), []
        self._parts = []
        self._children(cell, replace(self._marked(cell, place), depth=-1))
        self._flush(replace(place, depth=-1))
        inner = self._parts
        self._runs, self._parts = outer
        self._parts += [part for part in inner if isinstance(part, Remark)]
        return runs_on_one_line(blocks_of(inner))
