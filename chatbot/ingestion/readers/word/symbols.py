"""Signs that a Word file takes from symbol fonts, and formulas: both hold numbers and signs that change a dose."""

from collections.abc import Iterator

from lxml import etree

from chatbot.ingestion.readers.word.package import value_of
from chatbot.ingestion.source import Mark, Run, cleaned

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_PRIVATE = 0xF000  # symbol fonts put their codes behind this one
# What the signs mean that leaflets use, by the code in the font.
_SYMBOL = {
    **{0xB0: "°", 0xB1: "±", 0xB3: "≥", 0xA3: "≤", 0xB4: "×", 0xB7: "•", 0xAE: "→", 0xBE: "—", 0x2D: "−"},
    **{0x3E: ">", 0x3C: "<", 0x6D: "µ", 0xBB: "≈", 0xB9: "≠"},
}
_WINGDINGS = {
    **dict.fromkeys((0xFB, 0x4F, 0x78, 0xFD, 0x54), "✗"),  # crosses, which say "do not"
    **dict.fromkeys((0xFC, 0xFE, 0x52), "✓"),
    **dict.fromkeys((0xE0, 0xE8, 0xF0, 0xD8), "→"),
    **dict.fromkeys((0x28, 0x29), "☎"),
}


def symbol_of(element: etree._Element) -> str:
    """The sign of a ``w:sym``; one that is not known stays as its code, which the report shows as not read."""
    try:
        code = int(value_of(element, "char"), 16)
    except ValueError:
        return ""
    return sign_of(code, value_of(element, "font"))


def sign_of(code: int, font: str) -> str:
    """The sign of a code of a font.

    >>> sign_of(0xF0B0, "Symbol"), sign_of(0xF0FB, "Wingdings"), sign_of(0x41, "Arial")
    ('°', '✗', 'A')
    """
    known = _WINGDINGS if "wing" in font.lower() else _SYMBOL if font.lower().startswith("symbol") else {}
    own = code - _PRIVATE if code >= _PRIVATE else code
    return known.get(own, chr(code))


def formula_runs(element: etree._Element, marks: frozenset[Mark]) -> Iterator[Run]:
    """The letters of a formula on one line: "1/2" for a fraction, "10^6" for a power."""
    for child in element:
        if child.tag == f"{M}t":
            yield Run(cleaned(child.text or ""), marks)
        elif child.tag in (f"{M}den", f"{M}sup", f"{M}sub"):
            yield Run({f"{M}den": "/", f"{M}sup": "^"}.get(child.tag, "_"), marks)
            yield from formula_runs(child, marks)
        elif isinstance(child.tag, str):
            yield from formula_runs(child, marks)
