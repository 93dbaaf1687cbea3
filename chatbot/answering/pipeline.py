"""The pipeline of one question: triage, query variants, retrieval, decision, Reply. Keeps nothing between questions."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from chatbot.answering.decision import choices_between, near_candidates, offered, sure_candidates, unreadable, why_not
from chatbot.answering.emergency import EmergencyNotices
from chatbot.answering.quoting import make_quotes, nearest_sections
from chatbot.answering.reading import read_candidates, read_runs
from chatbot.answering.reply import CHOICE, FAILED, Abstention, Quote, Reason, Reply
from chatbot.answering.suggestions import MOST_SUGGESTIONS, near_questions, starters, suggested, who_decides
from chatbot.corpus.corpus import Corpus
from chatbot.corpus.documents import Span
from chatbot.corpus.notices import Notice, Wording, in_language
from chatbot.corpus.places import CallingPlace
from chatbot.models.adapter import EncoderForm
from chatbot.models.classifier import ClassifierOutput, features_of
from chatbot.models.encoder import Embedder
from chatbot.models.reader import Reader
from chatbot.query.glossary import Glossary
from chatbot.query.language import SPANISH
from chatbot.query.message_form import asks
from chatbot.query.question import Question
from chatbot.query.rewriting import Query, QueryVariants, variants
from chatbot.retrieval.bank_search import search_bank
from chatbot.retrieval.candidates import ANSWERS, Bank, Candidate, DocumentSpan, SearchResult
from chatbot.retrieval.index import Index
from chatbot.retrieval.text_search import read_as, search_texts, weighted_queries
from chatbot.settings import Settings
from chatbot.triage.assessment import (
    EMERGENCIES,
    Assessment,
    ReadOnce,
    assess_by_classifiers,
    assess_by_rules,
    variant_flags,
)
from chatbot.triage.examples import Examples
from chatbot.triage.severity import MOST_NOTICES, is_alarm, shown
from chatbot.triage.signs import Grammar

MOST_POINTED = 3  # places shown before, of which "the second one" may be one
MOST_SECTIONS = 1  # that are pointed at when nothing is quoted
_NOTHING = SearchResult(0.0, (), "")
_logger = logging.getLogger("chatbot")


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A reply and what each step of the pipeline gave, for editors; fields of steps that were not reached are empty.

    ``outputs`` is what the triage classifiers made of ``variants``. ``sure`` are the candidates, of those that ``bank``
    and ``texts`` found, that were good enough to be quoted.
    """

    reply: Reply
    assessment: Assessment = field(default_factory=Assessment)
    variants: QueryVariants | None = None
    outputs: Mapping[str, ClassifierOutput] = field(default_factory=dict)
    bank: SearchResult = _NOTHING
    texts: SearchResult = _NOTHING
    sure: tuple[Candidate, ...] = ()


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
        places: Sequence[CallingPlace] = (),
        reader: Reader | None = None,
    ) -> None:
        self.settings = settings
        self.corpus = corpus
        self.wordings = wordings
        self._grammar = examples.grammar
        self.glossary = glossary
        self.index = index
        self._bank = Bank(corpus, index.ranker.labels) if index.ranker else None
        self._embedder = embedder
        self._reader = reader
        self.emergencies = EmergencyNotices(wordings, places)
        self._said_of_topics = {topic.name: topic.notice for topic in corpus.topics if topic.notice}

    def reply(self, question: Question) -> Reply:
        """The answer to a question. Never raises: a failure is a notice of its own, never an abstention."""
        return self.trace(question).reply

    def urgent(self, question: Question) -> Reply | None:
        """What ``reply`` gives when the rules see an emergency: at once, with neither model nor index. Else None."""
        return self._alone(assess_by_rules(self._grammar, Query(question, self.glossary), self.settings), question)

    def is_urgent(self, question: Question) -> bool:
        """Whether the rules see an emergency; see ``urgent``."""
        return self.urgent(question) is not None

    def trace(self, question: Question) -> Trace:
        """The same answer with what each step gave. Never raises either."""
        question = question.readable
        query, grammar = Query(question, self.glossary), ReadOnce(self._grammar)
        by_rules = assess_by_rules(grammar, query, self.settings)
        try:
            return self._checked(query, by_rules, grammar)
        except Exception as error:
            return Trace(self._failed(error, by_rules, question), by_rules)

    def _checked(self, query: Query, by_rules: Assessment, grammar: Grammar) -> Trace:
        """Refuse what cannot be a question, then assess and answer it."""
        urgent = self._alone(by_rules, query.question)
        if urgent:
            return Trace(urgent, by_rules)
        if reason := unreadable(query, self.settings):
            return Trace(self._abstain(reason, by_rules, query.question), by_rules)
        shown = self._shown(query.question)
        texts = variants(query, longest=self.settings.longest_message, shown=_shown_texts(shown))
        vectors = self._embedder.encode(self._embedder.shortened(texts.all), form=EncoderForm.BANK)
        features = features_of(texts.all, vectors, self.index.learned.space)
        flagged = replace(features, vectors=np.hstack([features.vectors, variant_flags(grammar, query, texts)]))
        seen = {EMERGENCIES: flagged}
        outputs = {
            name: ClassifierOutput(classifier.labels, texts.all, classifier.probabilities(seen.get(name, features)))
            for name, classifier in self.index.classifiers.items()
            if name != ANSWERS
        }
        assessment = assess_by_classifiers(by_rules, query, texts, outputs, self.settings)
        trace = Trace(self._notices_alone(assessment, query.question), assessment, texts, outputs)
        if (assessment.is_crisis and not query.question.anyway) or assessment.ends:
            return trace
        try:
            bank = search_bank(self._bank, self.index, texts, features, shown=shown) if self._bank else _NOTHING
            return self._answered(trace, query, bank, self._search_texts(texts, bank))
        except Exception as error:  # what triage raised must be shown, whatever the search needed and did not get
            return replace(trace, reply=self._failed(error, assessment, query.question))

    def _search_texts(self, texts: QueryVariants, bank: SearchResult) -> SearchResult:
        """Candidates in articles without a bank, read by the reader."""
        if not self.corpus.unbanked:
            return _NOTHING
        queries = weighted_queries(texts, self._embedder)
        found = search_texts(self.corpus, self.index, queries, width=self.settings.quote_width)
        if self._reader is None or not found.candidates:
            return found
        known = bank.nearest if self._bank else None
        read = read_candidates(self._reader, read_as(texts), found.candidates, gloss=self.in_english, known=known)
        return replace(found, covered=read[0].score, candidates=read)

    def _trimmed(self, candidates: Sequence[Candidate], texts: QueryVariants | None) -> tuple[Candidate, ...]:
        """The candidates, those windows that may be quoted cut to what answers.

        Answers of a bank are what editors made of them; behind the first ``most_quotes`` nothing is quoted.
        """
        if self._reader is None or texts is None:
            return tuple(candidates)
        trimmed = list(candidates)
        for number, candidate in enumerate(candidates[: self.settings.most_quotes]):
            cut = candidate.cut
            if candidate.answer is None and cut is None:
                cut, _ = read_runs(self._reader, read_as(texts), candidate, gloss=self.in_english)
            trimmed[number] = replace(candidate, stretches=(cut,)) if cut else candidate
        return tuple(trimmed)

    def in_english(self, text: str) -> str:
        """A Spanish text glossed in English."""
        return self.glossary.standard(text, language=SPANISH)

    def _shown(self, question: Question) -> tuple[DocumentSpan, ...]:
        """The places that were quoted before; one that the articles do not have any more is left out."""
        documents = {document.name: document for document in self.corpus.documents}
        return tuple(
            DocumentSpan(documents[place.document], Span(place.start, place.end))
            for place in question.quoted
            if place.document in documents and 0 <= place.start < place.end <= len(documents[place.document].text)
        )

    def _answered(self, trace: Trace, query: Query, bank: SearchResult, texts: SearchResult) -> Trace:
        """With quotes, or with an abstention."""
        safe = query.question.anyway  # who is safe by their own word asks the article
        feared, told = trace.assessment.fears and not safe, trace.assessment.tells and not safe
        found = sure_candidates(bank, texts, query, self.settings, feared=feared, told=told)
        sure = self._trimmed(found, trace.variants)
        choices = () if sure or feared or told else choices_between(bank, query, self.settings)
        if sure:
            reply = self._quote(sure, trace.assessment, query.question)
        elif choices:
            notices = self._notices([CHOICE], trace.assessment, query.question)
            reply = Reply(notices=notices, choices=choices)
        elif trace.assessment.comforts or (feared and not asks(query.question.text)):
            reply = self._notices_alone(trace.assessment, query.question)
        else:
            reason = Reason.TOLD if told else why_not(query, bank, texts, self.settings)
            known = self._said_of_topics.get(bank.topic, "")
            near_by = None if reason in (Reason.TOLD, Reason.VAGUE) or known else offered(bank, texts, self.settings)
            maybe = next(iter(self._trimmed([near_by] if near_by else [], trace.variants)), None)
            near = () if told else near_candidates(bank, texts)
            reply = self._abstain(reason, trace.assessment, query.question, near, known=known, maybe=maybe)
        return replace(trace, reply=reply, bank=bank, texts=texts, sure=sure)

    def _quote(self, sure: Sequence[Candidate], assessment: Assessment, question: Question) -> Reply:
        advised = who_decides(self.corpus, sure[0]) if assessment.asks_for_advice else ()
        quotes = make_quotes(
            [*sure[: self.settings.most_quotes - len(advised)], *advised],
            most_quotes=self.settings.most_quotes,
            most_characters=self.settings.most_characters,
        )
        notices = self._notices((), assessment, question)
        return Reply(
            notices=notices,
            quotes=quotes,
            companions=self._companions(quotes, question)[: MOST_NOTICES - len(notices)],
            suggestions=suggested(self.corpus, sure[0], quotes, question.language, self._shown(question)),
        )

    def _abstain(
        self,
        reason: Reason,
        assessment: Assessment,
        question: Question,
        near: Sequence[Candidate] = (),
        *,
        known: str = "",
        maybe: Candidate | None = None,
    ) -> Reply:
        """Why nothing is quoted; ``known`` is the id of what a notice can say about the topic.

        ``maybe`` is a place that comes near and may be no answer.
        """
        if maybe:
            (place, *_) = make_quotes([maybe], most_quotes=1, most_characters=self.settings.most_characters)
            return Reply(
                notices=self._notices([Reason.MAYBE.value], assessment, question),
                abstention=Abstention(Reason.MAYBE, maybe=place),
            )
        if reason is Reason.VAGUE:
            further = starters(self.corpus, question.language, most=MOST_SUGGESTIONS)
        else:
            further = near_questions(near, question.language) if reason is Reason.NEAR else ()
        return Reply(
            notices=self._notices([*([known] if known else []), reason.value], assessment, question),
            abstention=Abstention(reason, nearest_sections(near, most=MOST_SECTIONS)),
            suggestions=further,
        )

    def _alone(self, assessment: Assessment, question: Question) -> Reply | None:
        """The emergency notice that stands alone, when one was raised; None when not."""
        if question.anyway or not assessment.is_crisis:
            return None
        return self._notices_alone(assessment, question)

    def _notices_alone(self, assessment: Assessment, question: Question) -> Reply:
        return Reply(notices=self._notices((), assessment, question))

    def _failed(self, error: Exception, assessment: Assessment, question: Question) -> Reply:
        # The class only: a message may hold what was typed.
        _logger.error("a reply failed: %s", type(error).__name__)
        return Reply(notices=self._notices([FAILED], assessment, question))

    def _notices(self, ids: Iterable[str], assessment: Assessment, question: Question) -> tuple[Notice, ...]:
        """The wording for what was assessed, and for these ids besides; see ``severity.shown``."""
        wording = in_language(self.wordings, question.language)
        return tuple(
            self.emergencies.notice(notice_id, question, assessment)
            if is_alarm(notice_id)
            else wording.notice(notice_id)
            for notice_id in shown((*assessment.ids, *ids), calm=question.anyway)
        )

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


def _shown_texts(shown: Sequence[DocumentSpan]) -> list[str]:
    """The texts that a message may point at: the items of a list that was shown last, or the last places."""
    if not shown:
        return []
    last = shown[-1]
    passage = last.document.passage_at(last.span.end - 1)
    if passage and passage.is_list and last.span.covers(passage.span):
        return [last.document.slice(unit) for unit in passage.units[1:]]  # the first is the lead-in
    return [place.document.slice(place.span) for place in shown[-MOST_POINTED:]]
