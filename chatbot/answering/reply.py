"""The reply to one question, as data: notices, and at most one of quotes, a choice of questions, or an abstention.

An emergency, small talk and a request for harm give notices alone. A request for advice gives its notice, and may give
quotes, a choice or an abstention besides.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from chatbot.corpus.documents import Document, Span
from chatbot.corpus.notices import Notice
from chatbot.corpus.question_bank import Answer

CHOICE = "choice.which"  # the notice above a choice
FAILED = "trouble.failed"  # the notice of a reply that could not be made
Outcome = Literal["answer", "choice", "not_covered", "notice"]


@dataclass(frozen=True, slots=True)
class Quote:
    """A place that may be shown as an answer. Its text is computed by slicing and cannot be given.

    ``key`` is the deciding part within ``span``; ``score`` is between 0 and 1, higher is better. ``also`` are places in
    other documents where the deciding words stand as well: they are cited, and not shown again.
    """

    document: Document
    span: Span
    key: Span
    score: float
    also: tuple["Quote", ...] = ()

    def __post_init__(self) -> None:
        if any(place.document == self.document or place.also for place in self.also):
            raise ValueError("the other places of a quote stand in other documents")
        if not self.span.covers(self.key):
            raise ValueError("the deciding part of a quote must lie within it")

    @property
    def text(self) -> str:
        """The words of the article at this place."""
        return self.document.slice(self.span)

    @property
    def language(self) -> str:
        """The language of its words."""
        return self.document.language_at(self.key.start)

    @property
    def page(self) -> int:
        """The page of the original that it stands on; 0 when the original has none."""
        return self.document.page_at(self.key.start)

    @property
    def section(self) -> str:
        """The heading under which the quote stands."""
        return self.document.section_title(self.document.section_at(self.span.start))


class Reason(Enum):
    """Why nothing is quoted as an answer; the value is the id of the notice that says so."""

    TOPIC = "not_covered.topic"
    NEAR = "not_covered.near"
    MAYBE = "not_covered.maybe"
    TOLD = "not_covered.told"
    VAGUE = "not_covered.vague"
    EMPTY = "not_covered.empty"
    TOO_LONG = "not_covered.too_long"
    LANGUAGE = "language.other"


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a document, to point at: it may touch the subject without answering."""

    document: Document
    number: int

    @property
    def title(self) -> str:
        """Its heading, word for word."""
        return self.document.section_title(self.number)

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.document.section_span(self.number)


@dataclass(frozen=True, slots=True)
class Abstention:
    """A proper answer: the articles do not say, for this reason; some sections may be near.

    ``maybe`` is one place that comes near and may be no answer; only with the reason MAYBE.
    """

    reason: Reason
    related: tuple[Section, ...] = ()
    maybe: Quote | None = None

    def __post_init__(self) -> None:
        if (self.maybe is None) is (self.reason is Reason.MAYBE):
            raise ValueError("a place that may be no answer comes with the reason that says so, and with no other")


@dataclass(frozen=True, slots=True)
class Reply:
    """What may be said, as data: reviewed notices, and either quotes, a choice or an abstention, or a notice alone.

    ``choices`` are answers of the bank of which one was probably meant: their questions are offered, and nothing is
    quoted.
    ``companions`` are notices that belong to a quote (their ids are tied to stretches in about.toml); ``suggestions``
    are answers of the bank that could be asked for next. There is no field for free text.
    """

    notices: tuple[Notice, ...] = ()
    quotes: tuple[Quote, ...] = ()
    companions: tuple[Notice, ...] = ()
    abstention: Abstention | None = None
    suggestions: tuple[Answer, ...] = ()
    choices: tuple[Answer, ...] = ()

    def __post_init__(self) -> None:
        if sum(map(bool, (self.quotes, self.choices, self.abstention))) > 1:
            raise ValueError("a reply quotes, offers a choice or abstains, never two of them")
        beside = (*self.notices[1:], *self.quotes, *self.choices, *([self.abstention] if self.abstention else []))
        if beside and any(notice.kind == "crisis" for notice in self.notices):
            raise ValueError("an emergency notice stands alone")

    @property
    def outcome(self) -> Outcome:
        """``answer`` with quotes, ``choice`` with choices, ``not_covered`` with an abstention, else ``notice``."""
        if self.quotes:
            return "answer"
        if self.choices:
            return "choice"
        return "not_covered" if self.abstention else "notice"

    @property
    def failed(self) -> bool:
        """Whether it says that it could not be made."""
        return any(notice.id == FAILED for notice in self.notices)

    @property
    def maybe(self) -> Quote | None:
        """A place that comes near and may be no answer."""
        return self.abstention.maybe if self.abstention else None

    @property
    def related(self) -> tuple[Section, ...]:
        """Sections that may be near when nothing is quoted."""
        return self.abstention.related if self.abstention else ()
