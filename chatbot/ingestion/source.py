"""A source is what a reader made of a file: headings, paragraphs and list items in order, with remarks between them.

Every reader ends here, so what is dangerous in a text (note marks behind numbers, struck words) is mended once for all
kinds of files, in ``mending.py``. A remark stands at the place in the order where the editor has to look.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

# A number that a phone can call: three digits of a helpline, or seven and more in groups.
_SHORT_NUMBERS = r"\b(?:911|988|211|311|711|112)\b"
_LONG_NUMBER = r"(?<![\d.,])(?:\+?\d{1,3}[ .-])?(?:\(\d{2,4}\)[ ]?|\d{2,4}[ .‑–-])\d{2,4}(?:[ .‑–-]\d{2,4})*(?![\d%])"
_WORD_NUMBER = r"\b1?[ -]?8\d\d-[\dA-Z][\dA-Z-]{5,}\b"
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u202a-\u202e]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_LIGATURES = re.compile("[\ufb00-\ufb06]")  # one sign for "fi": nobody who searches types it
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_FEWEST_DIGITS = 7  # of a number to call that is none of the short ones
_MOST_DIGITS = 13


class Kind(StrEnum):
    """What a block is in the file."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"


class Mark(StrEnum):
    """How letters are printed, as far as it changes what they say."""

    BOLD = "bold"
    STRUCK = "struck"
    HIDDEN = "hidden"
    RAISED = "raised"
    LOWERED = "lowered"
    NOTE = "note"  # a link to a note


@dataclass(frozen=True, slots=True)
class Run:
    """Letters that are printed alike. ``page`` is that on which they begin, where it is another than their block's."""

    text: str
    marks: frozenset[Mark] = frozenset()
    page: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a paragraph, a list item or a row of a table.

    ``level`` is 1 to 6 for a heading and 0 upwards for an item. ``indent`` is how far a block is set in, in points,
    where the file says so: typed signs have no other level. ``sign`` is what stands before an item, "•" or its
    number as written; an item without one is a further paragraph of the item before. ``page`` counts from 1; 0: none.
    """

    kind: Kind
    runs: tuple[Run, ...]
    level: int = 0
    sign: str = ""
    page: int = 0
    boxed: bool = False
    indent: float = 0.0

    @property
    def text(self) -> str:
        """The letters of all runs; a line end is a line end of the file that was set by hand."""
        return "".join(run.text for run in self.runs)

    @property
    def is_bold(self) -> bool:
        """Whether every letter is bold."""
        return all(Mark.BOLD in run.marks for run in self.runs if run.text.strip())


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that the editor has to look at: what happened, the words whole, and where ("" until it is known)."""

    what: str
    words: str = ""
    place: str = ""
    page: int = 0

    def __str__(self) -> str:
        where = f" ({self.place})" if self.place else ""
        return f"{self.what}{where}: {self.words}" if self.words else f"{self.what}{where}."


Part = Block | Remark


@dataclass(frozen=True, slots=True)
class ReadFile:
    """The parts of a file in reading order. ``title`` is what the file itself calls itself; empty when it does not."""

    title: str
    parts: tuple[Part, ...]


def cleaned(text: str) -> str:
    r"""The text without signs that nobody sees; accents as one sign, special spaces as spaces, line ends as ``\n``.

    >>> cleaned("de\u00adtox\u00a0is \ufb01ne\r\n")
    'detox is fine\n'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n").replace("\u2028", "\n")
    text = _CONTROL.sub("", _INVISIBLE.sub("", text))
    text = _LIGATURES.sub(lambda sign: unicodedata.normalize("NFKC", sign[0]), text)
    return unicodedata.normalize("NFC", _SPACES.sub(" ", text))


def one_line(text: str) -> str:
    """The words with single spaces between them."""
    return " ".join(text.split())


def plain(text: str, marks: Iterable[Mark] = ()) -> tuple[Run, ...]:
    """One run of these letters."""
    return (Run(text, frozenset(marks)),)


def with_text(block: Block, text: str) -> Block:
    """The block with other letters; marks are lost."""
    return replace(block, runs=plain(text, [Mark.BOLD] if block.is_bold else []))


def has_number_to_call(text: str) -> bool:
    """Whether a line holds a number that a phone can call; such a line is never dropped and never proposed for it.

    >>> [has_number_to_call(line) for line in ("Call 988", "800-555-0143", "1-800-NO-PILLS", "In 2024", "10-20 mg")]
    [True, True, True, False, False]
    """
    if re.search(_SHORT_NUMBERS, text) or re.search(_WORD_NUMBER, text):
        return True
    return any(
        _FEWEST_DIGITS <= sum(sign.isdigit() for sign in found[0]) <= _MOST_DIGITS
        for found in re.finditer(_LONG_NUMBER, text)
    )


def words_shown(runs: Iterable[Run]) -> str:
    """The words for a report: raised and lowered letters in square brackets, so that nobody reads them into a number.

    >>> words_shown([Run("Wait 3"), *plain("1", [Mark.RAISED]), Run(" days"), *plain(" 8", [Mark.STRUCK])])
    'Wait 3[1] days [struck: 8]'
    """
    words = ""
    for run in runs:
        if run.marks & {Mark.STRUCK, Mark.HIDDEN} and run.text.strip():
            words += f" [{Mark.STRUCK if Mark.STRUCK in run.marks else Mark.HIDDEN}: {run.text.strip()}] "
        elif run.marks & {Mark.RAISED, Mark.LOWERED, Mark.NOTE}:
            words += f"[{run.text.strip(' []')}]"
        else:
            words += f" {run.text}" if words.endswith("]") and run.text[:1].isalnum() else run.text
    return one_line(words)


def blocks_of(parts: Sequence[Part]) -> list[Block]:
    """The blocks without the remarks."""
    return [part for part in parts if isinstance(part, Block)]


def with_places(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The parts, with the place of each remark: its page, and the heading above it."""
    placed: list[Part] = []
    heading, page = "", 0
    for part in parts:
        if isinstance(part, Block):
            page = part.page or page
            heading = one_line(part.text) if part.kind == Kind.HEADING else heading
            placed.append(part)
        elif part.place:
            placed.append(part)
        else:
            own = part.page or page
            where = ", ".join([*([f"page {own}"] if own else []), *([f"below “{heading}”"] if heading else [])])
            placed.append(replace(part, place=where))
    return tuple(placed)
