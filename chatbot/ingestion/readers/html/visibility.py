"""What of an HTML page is shown: hidden text, panels that fold out, and the furniture of a site.

A page hides two things in the same way: what nobody should read, and panels of an accordion that a tap opens. A panel
is known by the control that names it, or by its class.
"""

import re
from collections.abc import Iterator

from lxml import html

from chatbot.ingestion.readers.html.styles import Declared, Styles
from chatbot.ingestion.source import has_number_to_call, one_line

_HIDES = {
    "display": "none",
    "visibility": "hidden|collapse",
    "opacity": r"0*\.?0+%?",
    "font-size": r"0(px|em|rem|pt|%)?",
}
_FAR = re.compile(r"-\d{3,}(?:\.\d+)?(?:px|em|rem|%)?|-\d{2,}(?:em|rem)")  # off the page
_ASIDE = ("left", "top", "right", "text-indent", "margin-left")  # by which text is pushed off the page
_CLIPPED = {"clip": r"rect\((?:0|1px)\D.*\)", "clip-path": r"(?:inset\((?:50|100)%\)|circle\(0.*)"}
_SHUT = r"0(?:px|em|rem|%)?"  # a height of nothing: a panel that is shut
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
    r"^(?:[a-z]*-)?(cookies?|consent|gdpr|breadcrumbs?|crumbs|share|sharing|sharedaddy|social|skip|pagination|pager|"
    r"navbar|sitemap|related|relatedposts|recommended|newsletter|subscribe|adverts?|advertisement|byline|entry-meta|"
    r"post-meta)(?:[-_](?:\w|-)*)?$",
    re.IGNORECASE,
)
# What readers of a site wrote below its article, however long: nobody reviewed it.
_COMMENTS = re.compile(
    r"^(comments?(?:[-_]?(?:area|list|section|wrapper|thread|form|respond))?|respond|disqus(?:[-_]\w+)?|reviews)$",
    re.IGNORECASE,
)
_MOST_FURNITURE = 600  # characters of an element that its class alone makes furniture
_MOSTLY_LINKS = 0.7  # share of letters in links from which an aside, a list or a form is a menu
_NO_ARTICLE = ("nav", "footer", "dialog", "menu")
_NO_ARTICLE_ROLES = {"navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "menu", "menubar"}
_CONTROLS = ("aria-controls", "data-target", "data-bs-target", "data-toggle-target", "href")


class Visibility:
    """Which elements of a page are hidden, which are panels, which are furniture."""

    def __init__(self, page: html.HtmlElement, styles: Styles) -> None:
        self._styles = styles
        self._controlled = set(_controlled(page))

    def is_unseen(self, element: html.HtmlElement) -> bool:
        """Whether an element is not shown when the page is opened."""
        style = self._styles.of(element)
        hides = "hidden" in element.attrib or _hides(style) or _is_shut(style)
        return hides or any(map(_for_screen_readers, _names(element)))

    def is_panel(self, element: html.HtmlElement) -> bool:
        """Whether an element is shown by a tap: a control names it, its class says so, or it is shut."""
        if element.get("hidden", "") == "until-found" or element.get("id", "") in self._controlled:
            return True
        style = self._styles.of(element)
        if _is_shut(style) and not _hides(style):
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
    if tag in ("section", "div", "ul", "ol", "form", "aside", "li") and any(map(_COMMENTS.match, _names(element))):
        return element.find(".//h1") is None
    if tag in ("aside", "section", "div", "ul", "form") or role == "complementary":
        text = one_line(element.text_content())
        if any(_FURNITURE.match(name) for name in _names(element)):
            return len(text) <= _MOST_FURNITURE and element.find(".//h1") is None
        return tag in ("aside", "form") and bool(text) and _share_in_links(element, text) >= _MOSTLY_LINKS
    return False


def keeps_number(element: html.HtmlElement) -> bool:
    """Whether an element holds a number to call."""
    return has_number_to_call(one_line(element.text_content()))


def _hides(style: Declared) -> bool:
    """Whether letters of this style are nowhere to be seen."""
    if any(re.fullmatch(values, style.get(name, "")) for name, values in (_HIDES | _CLIPPED).items()):
        return True
    return any(_FAR.fullmatch(style.get(name, "")) for name in _ASIDE)


def _is_shut(style: Declared) -> bool:
    """Whether a box of this style has no height, so that nothing of it shows."""
    heights = (style.get(name, "") for name in ("height", "max-height"))
    shut = style.get("overflow", style.get("overflow-y", "")) == "hidden"
    return shut and any(re.fullmatch(_SHUT, height) for height in heights)


def _share_in_links(element: html.HtmlElement, text: str) -> float:
    linked = sum(len(one_line(part.text_content())) for part in element.iter("a", "button", "label"))
    headings = sum(len(one_line(part.text_content())) for part in element.iter("h2", "h3", "h4", "h5", "h6"))
    return linked / max(1, len(text) - headings)


def _names(element: html.HtmlElement) -> list[str]:
    return [*element.get("class", "").split(), *element.get("id", "").split()]


def _for_screen_readers(name: str) -> bool:
    return _FOR_SCREEN_READERS.match(name) is not None


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
