"""Lists of an HTML page: the signs of their items, terms with their definitions, and lists that only link."""

import re
from collections.abc import Iterator

from lxml import html

from chatbot.ingestion.readers.html.elements import text_of


def signs_of(element: html.HtmlElement) -> Iterator[tuple[html.HtmlElement, str]]:
    """The items of a list with their signs: numbers as a browser counts them, or dots."""
    start = element.get("start", "1")
    number = int(start) if re.fullmatch(r"\d{1,6}", start) else 1
    lettered = element.get("type", "") in ("a", "A")
    for item in element.findall("li"):
        own = item.get("value", "")
        number = int(own) if re.fullmatch(r"\d{1,6}", own) and element.tag == "ol" else number
        counted = "abcdefgh"[number - 1] if lettered and 0 < number <= 8 else str(number)
        yield item, f"{counted}." if element.tag == "ol" else "•"
        number += 1


def definitions_of(element: html.HtmlElement) -> Iterator[tuple[list[html.HtmlElement], list[html.HtmlElement]]]:
    """Terms with what is said of them: several may share it."""
    terms: list[html.HtmlElement] = []
    said: list[html.HtmlElement] = []
    for child in (child for child in element.iter("dt", "dd") if next(child.iterancestors("dl")) is element):
        if child.tag == "dt" and said:
            yield terms, said
            terms, said = [], []
        (terms if child.tag == "dt" else said).append(child)
    if terms or said:
        yield terms, said


def is_links(element: html.HtmlElement) -> bool:
    """Whether every item of a list is a link and nothing else."""
    items = element.findall("li")
    return len(items) > 1 and all(
        (link := item.find(".//a")) is not None
        and text_of(link) == text_of(item)
        and link.get("href", "")[:4] != "tel:"
        for item in items
    )
