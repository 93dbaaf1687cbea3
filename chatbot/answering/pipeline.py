"""The road of one question: triage, conversation, search, quoting, Reply. Keeps nothing between questions."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from chatbot.answering import quoting
from chatbot.answering.reply import FAILED, Abstention, Quote, Reason, Reply
from chatbot.corpus.corpus import Corpus
from chatbot.corpus.notices import Notice, Wording, in_language
from chatbot.corpus.question_bank import Answer
from chatbot.models.classifier import ClassifierOutput, Probabilities, features_of
from chatbot.models.encoder import Embedder
from chatbot.query import language, rewriting
from chatbot.query.glossary import Glossary
from chatbot.query.question import Question
from chatbot.query.rewriting import QueryVariants
from chatbot.retrieval import bank_search, text_search
from chatbot.retrieval.candidates import ANSWERS, Candidate, SearchResult
from chatbot.retrieval.index import Index
from chatbot.settings import Settings
from chatbot.triage import assessment, rules, severity
from chatbot.triage.assessment import EMERGENCIES, REQUESTS, Thresholds
from chatbot.triage.examples import Examples


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A reply and what the road saw on its way to it, for whoever reviews the corpus; empty past the road's end.

    ``rules``, ``emergencies`` and ``requests`` are the ids of notices that each of them raised, ``outputs`` what these
    classifiers made of ``variants``. ``fitting`` are the candidates, of those that ``bank`` and ``texts`` found, that
    were good enough to be quoted.
    """

    reply: Reply
    rules: tuple[str, ...] = ()
    emergencies: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    variants: QueryVariants | None = None
    outputs: Mapping[str, ClassifierOutput] = field(default_factory=dict)
    bank: SearchResult | None = None
    texts: SearchResult | None = None
    fitting: tuple[Candidate, ...] = ()


_logger = logging.getLogger("chatbot")


class AnswerPipeline:
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
        return self.trace(question).reply

    def urgent(self, question: Question) -> Reply | None:
        """What ``reply`` gives when the rules see an emergency: at once, with neither model nor index. Else None."""
        return self._alone(self._by_rules(question), question)

    def trace(self, question: Question) -> Trace:
        """The same answer with what led to it. Never raises either."""
        ids = self._by_rules(question)
        try:
            return self._checked(question, ids)
        except Exception as error:
            return Trace(self._failed(error, ids, question), ids)

    def _checked(self, question: Question, by_rules: tuple[str, ...]) -> Trace:
        """Refuse what cannot be a question, then go the road."""
        urgent = self._alone(by_rules, question)
        if urgent:
            return Trace(urgent, by_rules)
        reason = self._unreadable(question)
        if reason:
            return Trace(self._abstain(reason, by_rules, question), by_rules)
        return self._road(question, by_rules)

    def _alone(self, by_rules: Sequence[str], question: Question) -> Reply | None:
        """The emergency that stands alone, when the rules have raised one; None when they have not."""
        if question.anyway or not _emergency(by_rules):
            return None
        return Reply(notices=self._notices(by_rules, question))

    def _by_rules(self, question: Question) -> tuple[str, ...]:
        return rules.raised_by_rules(
            self._examples.rules, question.text, question.recent, depends=self._leans(question)
        )

    def _unreadable(self, question: Question) -> Reason | None:
        """Why a message cannot be read as a question; None when it can."""
        if len(question.text) > self.settings.longest_message:
            return Reason.TOO_LONG
        if not rewriting.words(question.text):
            return Reason.EMPTY
        return Reason.LANGUAGE if language.detect(question.text) == language.OTHER else None

    def _road(self, question: Question, by_rules: tuple[str, ...]) -> Trace:
        variants = rewriting.variants(question, self._glossary, longest=self.settings.longest_message)
        features = features_of(variants.all, self._embedder.encode(variants.all, adapted=True))
        outputs = {
            name: ClassifierOutput(classifier.labels, variants.all, classifier.probabilities(features))
            for name, classifier in self._index.classifiers.items()
            if name != ANSWERS
        }
        emergencies, requests = self._by_emergencies(question, variants, outputs), self._by_requests(outputs)
        ids = [*by_rules, *emergencies, *requests]
        alone = Reply(notices=self._notices(ids, question))
        trace = Trace(alone, by_rules, emergencies, requests, variants, outputs)
        if (_emergency(ids) and not question.anyway) or any(name.startswith(("harm.", "chitchat.")) for name in ids):
            return trace
        try:
            bank = bank_search.search_bank(self.corpus, self._index, variants, features)
            return self._answered(trace, ids, question, bank, self._search_texts(variants))
        except Exception as error:  # what was raised so far must be shown, whatever the search needed and did not get
            return replace(trace, reply=self._failed(error, ids, question))

    def _answered(
        self, trace: Trace, ids: Sequence[str], question: Question, bank: SearchResult, texts: SearchResult
    ) -> Trace:
        """With quotes, or an abstention."""
        wanted = language.wanted(question.text, page=question.language)
        fitting = quoting.language_first(self._fitting(bank, texts), wanted)
        reply = (
            self._quote(fitting, ids, question)
            if fitting
            else self._abstain(self._reason(question, bank), ids, question, bank if bank.candidates else texts)
        )
        return replace(trace, reply=reply, bank=bank, texts=texts, fitting=fitting)

    def _failed(self, error: Exception, ids: Sequence[str], question: Question) -> Reply:
        # The class only: a message may hold what was typed.
        _logger.error("a reply failed: %s", type(error).__name__)
        return Reply(notices=self._notices([*ids, FAILED], question))

    def _search_texts(self, variants: QueryVariants) -> SearchResult:
        """What articles without a bank have to say; their sentences are compared with the model as it is."""
        if not self.corpus.unbanked:
            return SearchResult(0.0, (), "")
        seen_as = text_search.views(variants, self._embedder.encode)
        return text_search.search_texts(self.corpus, self._index, seen_as, width=self.settings.quote_width)

    def _fitting(self, bank: SearchResult, texts: SearchResult) -> tuple[Candidate, ...]:
        """The candidates that are good enough to quote; those without a bank must be better beside others."""
        banked = self._of_bank(bank)
        least = self.settings.similarity_threshold_beside_bank if banked else self.settings.similarity_threshold
        return (*banked, *(candidate for candidate in texts.candidates if candidate.score >= least))

    def _of_bank(self, findings: SearchResult) -> list[Candidate]:
        """Candidates of the bank that are good enough to quote: the best, others asked for, others that come near."""
        if findings.covered < self.settings.answer_threshold:
            return []
        best, *others = findings.candidates
        least = max(self.settings.second_quote_threshold, best.score * 0.5)
        return [best, *findings.asked, *(other for other in others if other.score >= least)]

    def _reason(self, question: Question, findings: SearchResult) -> Reason:
        """Why nothing is quoted: too little was said, the article comes near, or it does not speak of this."""
        vague = rewriting.dependence(question.text) >= self.settings.vague_threshold and not question.history
        if vague and not self._glossary.subjects(self._glossary.standard(question.text)):
            return Reason.VAGUE
        return Reason.NEAR if findings.covered >= self.settings.near_threshold else Reason.TOPIC

    def _leans(self, question: Question) -> bool:
        """Whether a message names no subject of its own, so that an earlier emergency may still be what it is about."""
        leans = rewriting.dependence(question.text) >= self.settings.follow_up_threshold
        return leans and not self._glossary.subjects(question.text)

    def _by_emergencies(
        self, question: Question, variants: QueryVariants, outputs: Mapping[str, ClassifierOutput]
    ) -> tuple[str, ...]:
        """Emergencies that the classifier sees: the second net behind the rules, and like them it looks back."""
        classifier = self._index.classifiers.get(EMERGENCIES)
        if classifier is None:
            return ()
        settings, recent = self.settings, len(question.recent)
        now = Thresholds(settings.crisis_threshold, settings.crisis_part_threshold)
        watch = Thresholds(settings.watch_threshold, settings.watch_part_threshold)

        def raised(rows: Probabilities) -> tuple[str, ...]:
            return assessment.raised_by_emergencies(classifier, rows, now=now, watch=watch)

        probabilities = outputs[EMERGENCIES].probabilities
        own = 1 + len(variants.parts)
        before = probabilities[own : own + len(variants.earlier)][len(variants.earlier) - recent :]
        alarms = [notice_id for row in before for notice_id in raised(row[np.newaxis, :]) if _emergency([notice_id])]
        with_before = [0, *range(1, own), -2] if recent and not alarms else list(range(own))
        return (
            *raised(probabilities[with_before]),
            *(severity.still_raised(notice_id, depends=self._leans(question)) for notice_id in alarms),
        )

    def _by_requests(self, outputs: Mapping[str, ClassifierOutput]) -> tuple[str, ...]:
        """Requests for advice or harm, and small talk, that the classifier sees."""
        classifier = self._index.classifiers.get(REQUESTS)
        if classifier is None:
            return ()
        thresholds = {
            "advice": self.settings.advice_threshold,
            "harm": self.settings.harm_threshold,
            "chitchat": self.settings.chitchat_threshold,
        }
        probabilities = outputs[REQUESTS].probabilities[:1]  # the whole message; a part of one is no request
        return assessment.raised_by_requests(classifier, probabilities, thresholds=thresholds)

    def _quote(self, fitting: Sequence[Candidate], ids: Sequence[str], question: Question) -> Reply:
        advised = self._who_decides(fitting[0]) if any(name.startswith("advice.") for name in ids) else ()
        quotes = quoting.make_quotes(
            [*fitting[: self.settings.most_quotes - len(advised)], *advised],
            most_quotes=self.settings.most_quotes,
            most_characters=self.settings.most_characters,
        )
        return Reply(
            notices=self._notices(ids, question),
            quotes=quotes,
            companions=self._companions(quotes, question),
            follow_ups=self._follow_ups(quotes),
        )

    def _who_decides(self, best: Candidate) -> tuple[Candidate, ...]:
        """For a request for advice: the article's own words on who decides, if the best quote stands beside them."""
        section = best.document.section_at(best.key.start)
        return tuple(
            Candidate(answer.document, answer.stretches, answer.units[0], best.score, answer)
            for answer in self.corpus.answers
            if answer.document == best.document
            and answer.name == best.document.who_decides
            and best.document.section_at(answer.units[0].start) == section
        )

    def _abstain(
        self, reason: Reason, ids: Sequence[str], question: Question, findings: SearchResult | None = None
    ) -> Reply:
        related = quoting.nearest_sections(findings.candidates if findings else (), most=3)
        return Reply(
            notices=self._notices([*ids, reason.value], question),
            abstention=Abstention(reason, related),
            follow_ups=self._starters() if reason is Reason.VAGUE else (),
        )

    def _notices(self, ids: Iterable[str], question: Question) -> tuple[Notice, ...]:
        """The wording for these ids; see ``triage.shown``."""
        wording = in_language(self.wordings, question.language)
        return tuple(wording.notice(notice_id) for notice_id in severity.shown(ids, calm=question.anyway))

    def _companions(self, quotes: Iterable[Quote], question: Question) -> tuple[Notice, ...]:
        """The notices that about.toml ties to stretches that are quoted."""
        wording = in_language(self.wordings, question.language)
        ids = (
            caution.notice
            for quote in quotes
            for place in (quote, *quote.also)
            for caution in place.document.cautions
            if place.span.overlap(caution.span)
        )
        return tuple(wording.notice(notice_id) for notice_id in dict.fromkeys(ids))

    def _starters(self) -> tuple[Answer, ...]:
        """Three questions of the first view, for somebody who has not said what they want to know."""
        return tuple(answer for answer in self.corpus.answers if answer.name in answer.document.starters)[:3]

    def _follow_ups(self, quotes: Sequence[Quote]) -> tuple[Answer, ...]:
        """Up to three answers that stand next in the article after what is quoted."""
        after = [
            answer
            for answer in self.corpus.answers
            if answer.ask and answer.document == quotes[0].document and answer.stretches[0].start >= quotes[0].span.end
        ]
        return tuple(sorted(after, key=lambda answer: answer.stretches[0].start)[:3])


def _emergency(ids: Iterable[str]) -> bool:
    return any(notice_id.startswith("crisis.") for notice_id in ids)
