"""What of an HTML page is shown: hidden text, panels that fold out, and the furniture of a site.

A page hides two things in the same way: what nobody should read, and panels of an accordion that a tap opens. A panel
is known by the control that names it, or by its class.
"""

import re
from collections.abc import Iterator

import tinycss2
from cssselect import SelectorError
from lxml import html
from lxml.cssselect import CSSSelector

from chatbot.ingestion.source import has_number_to_call, one_line

_HIDES = {"display": {"none"}, "visibility": {"hidden", "collapse"}, "opacity": {"0", "0.0", "0%"}, "font-size": {"0"}}
_PANEL = re.compile(
    r"(^|[-_])(accordions?|collaps\w*|panels?|tabs?|tabpanel|toggle\w*|expand\w*|faqs?|answers?|details?|pane)([-_]|$)",
    re.IGNORECASE,
)
_FOR_SCREEN_READERS = re.compile(
    r"^(sr-only|visually-?hidden|screen-?reader(-text|-only)?|element-invisible|u-hidden-visually|assistive-text)$",
    re.I,
)
# Classes and ids of what sites put around an article. Only whole words of a name, and only little text.
_FURNITURE = re.compile(
    r"^(?:[a-z]*-)?(cookies?|consent|gdpr|breadcrumbs?|crumbs|share|sharing|social|skip|pagination|pager|navbar|sitemap)"
    r"(?:[-_](?:\w|-)*)?$",
    re.IGNORECASE,
)
_MOST_FURNITURE = 600  # characters of an element that its class alone makes furniture
_MOSTLY_LINKS = 0.7  # share of letters in links from which an aside, a list or a form is a menu
_NO_ARTICLE = ("nav", "footer", "dialog", "menu")
_NO_ARTICLE_ROLES = {"navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "menu", "menubar"}
_CONTROLS = ("aria-controls", "data-target", "data-bs-target", "data-toggle-target", "href")


class Visibility:
    """Which elements of a page are hidden, which are panels, which are furniture."""

    def __init__(self, page: html.HtmlElement) -> None:
        self._hidden = _hidden_by_styles(page)
        self._controlled = set(_controlled(page))

    def is_unseen(self, element: html.HtmlElement) -> bool:
        """Whether an element is not shown when the page is opened."""
        style = _style(element.get("style", ""))
        shown = style.get("display", "none" if element in self._hidden else "") != "none" and not (
            element in self._hidden and "display" not in style
        )
        hides = any(style.get(name, "") in values for name, values in _HIDES.items())
        return "hidden" in element.attrib or hides or not shown or any(map(_for_screen_readers, _names(element)))

    def is_panel(self, element: html.HtmlElement) -> bool:
        """Whether an element is shown by a tap: a control names it, or its class says so."""
        if element.get("hidden", "") == "until-found" or element.get("id", "") in self._controlled:
            return True
        return element.get("role") in ("tabpanel", "region") or any(_PANEL.search(name) for name in _names(element))


def is_furniture(element: html.HtmlElement) -> bool:
    """Whether an element belongs to the site and not to the article."""
    tag, role = element.tag, element.get("role")
    if tag in ("body", "html", "main", "article") or element.getparent() is None:
        return False
    within = any(parent.tag in ("article", "main") for parent in element.iterancestors())
    if tag in _NO_ARTICLE or role in _NO_ARTICLE_ROLES:
        return not (role in ("banner", "contentinfo") and within)
    if tag == "header" and not within and element.find(".//h1") is None:
        return True
    if tag in ("aside", "section", "div", "ul", "form") or role == "complementary":
        text = one_line(element.text_content())
        if any(_FURNITURE.match(name) for name in _names(element)):
            return len(text) <= _MOST_FURNITURE and element.find(".//h1") is None
        return tag in ("aside", "form") and bool(text) and _share_in_links(element, text) >= _MOSTLY_LINKS
    return False


def keeps_number(element: html.HtmlElement) -> bool:
    """Whether an element holds a number to call."""
    return has_number_to_call(one_line(element.text_content()))


def _share_in_links(element: html.HtmlElement, text: str) -> float:
    linked = sum(len(one_line(part.text_content())) for part in element.iter("a", "button", "label"))
    headings = sum(len(one_line(part.text_content())) for part in element.iter("h2", "h3", "h4", "h5", "h6"))
    return linked / max(1, len(text) - headings)


def _names(element: html.HtmlElement) -> list[str]:
    return [*element.get("class", "").split(), *element.get("id", "").split()]


def _for_screen_readers(name: str) -> bool:
    return _FOR_SCREEN_READERS.match(name) is not None


def _style(text: str) -> dict[str, str]:
    """The declarations of a style, in small letters and without what forces them."""
    found = (part.partition(":") for part in text.lower().split(";") if ":" in part)
    return {name.strip(): value.replace("!important", "").strip() for name, _, value in found}


def _controlled(page: html.HtmlElement) -> Iterator[str]:
    """The ids that a button or a link of the page opens."""
    for element in page.iter():
        if not isinstance(element.tag, str):
            continue
        toggles = element.tag == "button" or element.get("role") in ("button", "tab") or "data-toggle" in element.attrib
        toggles = toggles or "data-bs-toggle" in element.attrib or "aria-expanded" in element.attrib
        for name in _CONTROLS:
            value = element.get(name, "")
            if value and (toggles or name not in ("href",)):
                yield from (part.lstrip("#") for part in value.split())


def _hidden_by_styles(page: html.HtmlElement) -> set[html.HtmlElement]:
    """The elements that the page's own style sheet hides on every screen; rules for some screens are not read."""
    hidden: set[html.HtmlElement] = set()
    for sheet in page.iter("style"):
        for rule in tinycss2.parse_stylesheet(sheet.text or "", skip_comments=True, skip_whitespace=True):
            if rule.type != "qualified-rule":
                continue
            style = _style(tinycss2.serialize(rule.content))
            hides = any(style.get(name, "") in values for name, values in _HIDES.items())
            if not hides and "display" not in style and "visibility" not in style:
                continue
            found = _selected(page, tinycss2.serialize(rule.prelude))
            hidden = hidden | found if hides else hidden - found
    return hidden


def _selected(page: html.HtmlElement, selector: str) -> set[html.HtmlElement]:
    try:
        return set(CSSSelector(selector, translator="html")(page))
    except (SelectorError, ValueError, NotImplementedError):
        return set()  # a selector of states or of a newer standard: it hides nothing for sure
