"""Signs that begin a list item, typed by hand or printed: bullets, dingbats, numbers and letters."""

import re
from dataclasses import dataclass

# Letters of symbol fonts (private use) are bullets as well. "o", "n", "q", "l" and "u" are how these bullets read when
# the font is lost. Crosses are no bullets but words: "✗ leave the person alone" says not to.
BULLETS = "•◦▪▫‣·●○■□▶►▸▹▷➢➤➔➜→✓✔☑☐❖◆◇★☆⁃∙⋅§¤◾◽⚫⚪\uf0a7\uf0b7\uf0d8\uf0fc\uf0a8\uf076\uf06e\uf0e8\uf0a4\uf0be\uf02d"
CROSSES = "✗✘✕✖❌🚫×"
_SIGN = re.compile(
    rf"(?:(?P<bullet>[{BULLETS}]|\(cid:\d+\))[ \t]*|(?P<dash>[-–—*+])[ \t]+)(?=\S)(?P<text>.*)", re.DOTALL
)
_COUNTED = re.compile(r"(?P<sign>\(?(?:\d{1,2}|[a-h]|[ivx]{1,4})[.)])[ \t]+(?=\S)(?P<text>.*)", re.DOTALL)
_LETTER = re.compile(r"[onqlu§][ \t]+(?=\S)(?P<text>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Item:
    """An item: "•" or its number as written, and its words."""

    sign: str
    text: str


def item_of(line: str) -> Item | None:
    """The item that a line begins, if it begins one.

    >>> item_of("⁃ Keep calm"), item_of("2) Call"), item_of("-5 degrees"), item_of("- ")
    (Item(sign='•', text='Keep calm'), Item(sign='2)', text='Call'), None, None)
    """
    if found := _SIGN.match(line):
        return Item("•", found["text"])
    if re.match(rf"[{CROSSES}]\s*\S", line):
        return Item("•", line)
    found = _COUNTED.match(line)
    return Item(found["sign"], found["text"]) if found else None


def lettered_item_of(line: str) -> Item | None:
    """The same for a sign that reads as a letter, as "o" does: only neighbours that begin alike are a list."""
    found = _LETTER.match(line)
    return Item("•", found["text"]) if found else None


def is_bare_sign(text: str) -> bool:
    """Whether a line holds nothing but a sign."""
    return re.fullmatch(rf"(?:[{BULLETS}*–—-]|\(cid:\d+\)|\d{{1,2}}[.)])", text.strip()) is not None


def level_of(indent: float, indents: list[float]) -> int:
    """The level of an item by its indent; ``indents`` are those of the items around it, and are brought up to date."""
    while indents and indent < indents[-1] - 1:
        indents.pop()
    if not indents or indent > indents[-1] + 1:
        indents.append(indent)
    return len(indents) - 1
