"""Documents, passages and spans. A document holds its text once; everything in it is a span, and its text a slice."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from chatbot.errors import CorpusError


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open range of code points, ``start`` included and ``end`` not.

    >>> Span(2, 5).covers(Span(3, 4))
    True
    >>> Span(5, 2)
    Traceback (most recent call last):
        ...
    ValueError: a span needs 0 <= start < end, got 5, 2
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span needs 0 <= start < end, got {self.start}, {self.end}")

    def __len__(self) -> int:
        return self.end - self.start

    def covers(self, other: "Span") -> bool:
        """Whether every position of ``other`` is a position of this span."""
        return self.start <= other.start and other.end <= self.end

    def overlap(self, other: "Span") -> int:
        """Number of positions that both spans have."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A stretch that is never quoted, the editor's reason, and the same in words for families, by language."""

    span: Span
    reason: str
    for_readers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Caution:
    """A stretch that must not stand alone, and the id of the notice that goes with it."""

    span: Span
    notice: str


@dataclass(frozen=True, slots=True)
class Approval:
    """Who read an article as it is now and lets it be quoted, as "name, role", and when."""

    by: str
    on: date


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph, or a list with its lead-in. ``units`` are its sentences and list items, in order.

    ``levels`` has one number a unit: 0 for a sentence of the lead-in, 1 for an item, 2 for one below an item.
    """

    span: Span
    section: int
    units: tuple[Span, ...]
    is_list: bool
    levels: tuple[int, ...] = ()


@dataclass(frozen=True)  # no slots: ``units`` is asked for in loops, and is worked out once
class Document:
    """One article: its text as it lies on disk, and where things are in it.

    ``headings`` start a section each; text before the first heading belongs to section -1. ``starters`` are names of
    answers that the first view offers; ``who_decides`` names the answer that a request for advice is shown as well.
    Without an ``approval`` it is a draft, or the operator shows it although nobody has approved it.
    ``pages`` are the positions at which the pages of the original begin. ``languages`` says from which position on the
    text is in which language; before the first it is ``language``.
    ``published`` is the date that the text gives, as it gives it; empty when it gives none.
    """

    name: str
    title: str
    publisher: str
    language: str
    text: str = field(repr=False)
    headings: tuple[Span, ...]
    left_out: tuple[LeftOut, ...]
    cautions: tuple[Caution, ...]
    passages: tuple[Passage, ...]
    starters: tuple[str, ...] = ()
    who_decides: str = ""
    draft: bool = False
    approval: Approval | None = None
    pages: tuple[int, ...] = ()
    languages: tuple[tuple[int, str], ...] = ()
    published: str = ""
    sells_treatment: bool = False

    def slice(self, span: Span) -> str:
        """The text at ``span``; CorpusError when it does not lie in the document."""
        if span.end > len(self.text):
            raise CorpusError(f"No text at {span.start}-{span.end}.", where=self.name)
        return self.text[span.start : span.end]

    @cached_property
    def units(self) -> tuple[Span, ...]:
        """Every sentence and list item that may be quoted, in order."""
        return tuple(unit for passage in self.passages for unit in passage.units)

    def section_at(self, position: int) -> int:
        """Number of the section that holds ``position``; -1 before the first heading."""
        return bisect_right([heading.start for heading in self.headings], position) - 1

    def section_title(self, section: int) -> str:
        """The heading of a section, word for word; the document's title before the first heading."""
        return self.title if section < 0 else self.slice(self.headings[section])

    def section_span(self, section: int) -> Span:
        """From the heading of a section to the next heading, or to the end."""
        start = self.headings[section].start if section >= 0 else 0
        after = section + 1
        return Span(start, self.headings[after].start if after < len(self.headings) else len(self.text))

    def page_at(self, position: int) -> int:
        """The page of the original that holds ``position``, from 1; 0 when it has none."""
        return bisect_right(self.pages, position)

    def language_at(self, position: int) -> str:
        """The language of the text at ``position``."""
        return language_at(position, self.languages, self.language)

    @property
    def spoken(self) -> tuple[str, ...]:
        """Every language of the text once, that of the article first."""
        return tuple(dict.fromkeys([self.language, *(language for _, language in self.languages)]))

    def passage_at(self, position: int) -> Passage | None:
        """The passage that holds ``position``; None in headings, white space and left-out stretches."""
        index = bisect_right([passage.span.start for passage in self.passages], position) - 1
        if index < 0 or self.passages[index].span.end <= position:
            return None
        return self.passages[index]


def language_at(position: int, changes: Sequence[tuple[int, str]], first: str) -> str:
    """The language at a position, when it changes at these positions (in order).

    >>> language_at(5, [(3, "es"), (9, "en")], "en")
    'es'
    """
    number = bisect_right([start for start, _ in changes], position) - 1
    return changes[number][1] if number >= 0 else first
