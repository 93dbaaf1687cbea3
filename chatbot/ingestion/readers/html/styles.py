"""What the style sheets within a page say of its elements: some letters are struck or raised by a class alone."""

import re
from collections.abc import Mapping

import tinycss2
from cssselect import SelectorError
from lxml import html
from lxml.cssselect import CSSSelector

Declared = Mapping[str, str]  # values by property, in small letters

_FORCED = "!important"


class Styles:
    """The declarations that hold for each element: those of the style sheets in their order, then its own.

    Rules for some screens only are not read, and no rule weighs more than another: pages hide and strike by plain ones.
    """

    def __init__(self, page: html.HtmlElement) -> None:
        self._of_sheets: dict[html.HtmlElement, dict[str, str]] = {}
        for sheet in page.iter("style"):
            for rule in tinycss2.parse_stylesheet(sheet.text or "", skip_comments=True, skip_whitespace=True):
                if rule.type == "qualified-rule":
                    style = _declared(tinycss2.serialize(rule.content))
                    for element in _selected(page, tinycss2.serialize(rule.prelude)):
                        self._add(element, style)

    def _add(self, element: html.HtmlElement, style: Declared) -> None:
        known = self._of_sheets.setdefault(element, {})
        for name, value in style.items():
            if not known.get(name, "").endswith(_FORCED) or value.endswith(_FORCED):
                known[name] = value

    def of(self, element: html.HtmlElement) -> Declared:
        """What holds for an element itself; what it inherits is not in there."""
        own, sheet = _declared(element.get("style", "")), self._of_sheets.get(element, {})
        forced = {name: value for name, value in sheet.items() if value.endswith(_FORCED)}
        return {name: value.removesuffix(_FORCED).strip() for name, value in (sheet | own | forced).items()}


def _declared(text: str) -> dict[str, str]:
    found = (part.partition(":") for part in re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).lower().split(";"))
    return {name.strip(): value.strip() for name, colon, value in found if colon}


def _selected(page: html.HtmlElement, selector: str) -> set[html.HtmlElement]:
    try:
        return set(CSSSelector(selector, translator="html")(page))
    except (SelectorError, ValueError, NotImplementedError):
        return set()  # a selector of states or of a newer standard: it says nothing for sure
