"""The road of one question: triage, conversation, search, quoting, Reply. Keeps nothing between questions."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from chatbot import conversation, quoting, search, triage
from chatbot.conversation import Question
from chatbot.corpus import Answer, Corpus
from chatbot.embedder import Embedder, Vectors
from chatbot.glossary import Glossary
from chatbot.index import Index
from chatbot.language import OTHER, detect
from chatbot.notices import Notice, Wording
from chatbot.quoting import Abstention, Reason, Section
from chatbot.search import Candidate, Findings
from chatbot.settings import Settings
from chatbot.texts import Quote
from chatbot.triage import Examples

Outcome = Literal["answer", "not_covered", "notice"]
logger = logging.getLogger("chatbot")


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
    def related(self) -> tuple[Section, ...]:
        """Sections that may be near when nothing is quoted."""
        return self.abstention.related if self.abstention else ()


class Chatbot:
    """Corpus, index, encoder and wording, wired once. ``reply`` keeps nothing and may be called from many threads."""

    def __init__(
        self,
        *,
        settings: Settings,
        corpus: Corpus,
        wordings: Mapping[str, Wording],
        examples: Examples,
        glossary: Glossary,
        index: Index,
        embedder: Embedder,
    ) -> None:
        self.settings = settings
        self.corpus = corpus
        self.wordings = wordings
        self._examples = examples
        self._glossary = glossary
        self._index = index
        self._embedder = embedder

    def reply(self, question: Question) -> Reply:
        """The answer to a question. Never raises: a failure is a notice of its own, never an abstention."""
        ids = triage.raised_by_rules(self._examples.rules, question.text[: self.settings.longest_message])
        try:
            return self._checked(question, ids)
        except Exception as error:
            logger.error(
                "a reply failed: %s", type(error).__name__
            )  # the class only: a message may hold what was typed
            return Reply(notices=self._notices([*ids, "trouble.failed"], question))

    def _checked(self, question: Question, by_rules: Sequence[str]) -> Reply:
        """Refuse what cannot be a question, then go the road."""
        if _emergency(by_rules) and not question.anyway:
            return Reply(notices=self._notices(by_rules, question))
        if len(question.text) > self.settings.longest_message:
            return self._abstain(Reason.TOO_LONG, by_rules, question)
        if not conversation.words(question.text):
            return self._abstain(Reason.EMPTY, by_rules, question)
        if detect(question.text) == OTHER:
            return self._abstain(Reason.LANGUAGE, by_rules, question)
        return self._road(question, by_rules)

    def _road(self, question: Question, by_rules: Sequence[str]) -> Reply:
        readings = conversation.readings(question, self._glossary)
        vectors = self._embedder.encode(readings.all)
        ids = [*by_rules, *self._by_classifiers(readings.all, vectors)]
        if _emergency(ids) and not question.anyway:
            return Reply(notices=self._notices(ids, question))
        if any(notice_id.startswith(("harm.", "chitchat.")) for notice_id in ids):
            return Reply(notices=self._notices(ids, question))
        findings = search.search_bank(self.corpus, self._index, readings, vectors)
        if findings.covered >= self.settings.covered:
            return self._quote(findings, ids, question)
        width = self.settings.width
        unbanked = search.search_texts(self.corpus, self._index, readings.whole, vectors[0], width=width)
        if unbanked.covered >= self.settings.similar:
            return self._quote(unbanked, ids, question)
        return self._abstain(
            self._reason(question, findings), ids, question, findings if findings.candidates else unbanked
        )

    def _reason(self, question: Question, findings: Findings) -> Reason:
        """Why nothing is quoted: too little was said, the article comes near, or it does not speak of this."""
        vague = conversation.dependence(question.text) >= self.settings.vague and not question.history
        if vague and not self._glossary.subjects(self._glossary.standard(question.text)):
            return Reason.VAGUE
        return Reason.NEAR if findings.covered >= self.settings.near else Reason.TOPIC

    def _by_classifiers(self, texts: Sequence[str], vectors: Vectors) -> list[str]:
        """Notices that the classifiers raise: the second net behind the rules."""
        settings, raised = self.settings, list[str]()
        emergencies = self._index.classifiers.get(triage.EMERGENCIES)
        if emergencies:
            raised += triage.raised_by_emergencies(
                emergencies,
                emergencies.probabilities(texts, vectors),
                now=settings.crisis_now,
                watch=settings.crisis_watch,
                part=settings.crisis_part,
            )
        requests = self._index.classifiers.get(triage.REQUESTS)
        if requests:
            thresholds = {"advice": settings.advice, "harm": settings.harm, "chitchat": settings.chitchat}
            probabilities = requests.probabilities(texts[:1], vectors[:1])
            raised += triage.raised_by_requests(requests, probabilities, thresholds=thresholds)
        return raised

    def _quote(self, findings: Findings, ids: Sequence[str], question: Question) -> Reply:
        fitting = [
            candidate
            for candidate in findings.candidates
            if candidate.score >= max(self.settings.second_quote, findings.candidates[0].score * 0.5)
        ]
        advised = self._who_decides(fitting, findings) if any(name.startswith("advice.") for name in ids) else ()
        quotes = quoting.make_quotes(
            [*(fitting or findings.candidates[:1])[: self.settings.most_quotes - len(advised)], *advised],
            most_quotes=self.settings.most_quotes,
            most_characters=self.settings.most_characters,
        )
        return Reply(
            notices=self._notices(ids, question),
            quotes=quotes,
            companions=self._companions(quotes, question),
            follow_ups=self._follow_ups(quotes),
        )

    def _who_decides(self, fitting: Sequence[Candidate], findings: Findings) -> tuple[Candidate, ...]:
        """For a request for advice: the article's own words on who decides, if the best quote stands beside them."""
        best = (fitting or findings.candidates)[0]
        section = best.document.section_at(best.key.start)
        return tuple(
            Candidate(answer.document, answer.stretches, answer.units[0], best.score, answer)
            for answer in self.corpus.answers
            if answer.document == best.document
            and answer.name == best.document.who_decides
            and best.document.section_at(answer.units[0].start) == section
        )

    def _abstain(
        self, reason: Reason, ids: Sequence[str], question: Question, findings: Findings | None = None
    ) -> Reply:
        related = quoting.nearest_sections(findings.candidates if findings else (), most=3)
        return Reply(notices=self._notices([*ids, reason.value], question), abstention=Abstention(reason, related))

    def _notices(self, ids: Iterable[str], question: Question) -> tuple[Notice, ...]:
        """The wording for these ids, each kind once, emergencies first; one emergency notice at most."""
        wording = self.wordings.get(question.language, self.wordings["en"])
        order = sorted(dict.fromkeys(ids), key=lambda notice_id: _URGENCY.index(notice_id.partition(".")[0]))
        alarms = [notice_id for notice_id in order if notice_id.startswith(("crisis.", "watch."))]
        others = [notice_id for notice_id in order if notice_id not in alarms]
        shown = [_softened(notice_id) if question.anyway else notice_id for notice_id in alarms[:1]]
        return tuple(wording.notice(notice_id) for notice_id in [*shown, *others])

    def _companions(self, quotes: Iterable[Quote], question: Question) -> tuple[Notice, ...]:
        """The notices that about.toml ties to stretches that are quoted."""
        wording = self.wordings.get(question.language, self.wordings["en"])
        ids = (
            caution.notice
            for quote in quotes
            for caution in quote.document.cautions
            if quote.span.overlap(caution.span)
        )
        return tuple(wording.notice(notice_id) for notice_id in dict.fromkeys(ids))

    def _follow_ups(self, quotes: Sequence[Quote]) -> tuple[Answer, ...]:
        """Up to three answers that stand next in the article after what is quoted."""
        after = [
            answer
            for answer in self.corpus.answers
            if answer.ask and answer.document == quotes[0].document and answer.stretches[0].start >= quotes[0].span.end
        ]
        return tuple(sorted(after, key=lambda answer: answer.stretches[0].start)[:3])


_URGENCY = ("crisis", "watch", "trouble", "harm", "advice", "caution", "language", "not_covered", "chitchat")


def _emergency(ids: Iterable[str]) -> bool:
    return any(notice_id.startswith("crisis.") for notice_id in ids)


def _softened(notice_id: str) -> str:
    """The notice before quotes for somebody who said that they are safe."""
    return notice_id.replace("crisis.", "watch.")
