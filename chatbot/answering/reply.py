"""What one question gets, as data: notices, and either quotes or an abstention."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from chatbot.answering.quoting import Abstention, Section
from chatbot.corpus.corpus import Answer
from chatbot.corpus.documents import Quote
from chatbot.corpus.notices import Notice
from chatbot.models.classifier import Judged
from chatbot.query.rewriting import Readings
from chatbot.retrieval.bank_search import Candidate, Findings

FAILED = "trouble.failed"  # the notice of a reply that could not be made
Outcome = Literal["answer", "not_covered", "notice"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What may be said, as data: reviewed notices, and either quotes or an abstention, or neither for a notice alone.

    ``companions`` are notices that belong to a quote (their ids are tied to stretches in about.toml); ``follow_ups``
    are answers of the bank that could be asked for next. There is no field for free text.
    """

    notices: tuple[Notice, ...] = ()
    quotes: tuple[Quote, ...] = ()
    companions: tuple[Notice, ...] = ()
    abstention: Abstention | None = None
    follow_ups: tuple[Answer, ...] = ()

    def __post_init__(self) -> None:
        if self.quotes and self.abstention:
            raise ValueError("a reply quotes or abstains, never both")
        if self.quotes and any(notice.kind == "crisis" for notice in self.notices):
            raise ValueError("an emergency notice stands alone")

    @property
    def outcome(self) -> Outcome:
        """``answer`` with quotes, ``not_covered`` with an abstention, ``notice`` for a notice alone."""
        if self.quotes:
            return "answer"
        return "not_covered" if self.abstention else "notice"

    @property
    def failed(self) -> bool:
        """Whether it says that it could not be made."""
        return any(notice.id == FAILED for notice in self.notices)

    @property
    def related(self) -> tuple[Section, ...]:
        """Sections that may be near when nothing is quoted."""
        return self.abstention.related if self.abstention else ()


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """A reply and what the road saw on its way to it, for whoever reviews the corpus; empty past the road's end.

    ``rules``, ``emergencies`` and ``requests`` are the ids of notices that each of them raised, ``judged`` what these
    classifiers made of ``readings``. ``fitting`` are the candidates, of those that ``bank`` and ``texts`` found, that
    were good enough to be quoted.
    """

    reply: Reply
    rules: tuple[str, ...] = ()
    emergencies: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    readings: Readings | None = None
    judged: Mapping[str, Judged] = field(default_factory=dict)
    bank: Findings | None = None
    texts: Findings | None = None
    fitting: tuple[Candidate, ...] = ()
