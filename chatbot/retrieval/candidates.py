"""Candidates for quotes: spans of a document with their scores; class labels, and the answers behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from chatbot.corpus.corpus import Corpus
from chatbot.corpus.documents import Document, Span
from chatbot.corpus.question_bank import Answer, BankQuestion, Topic
from chatbot.models.classifier import ClassifierOutput, Probabilities

ANSWERS = "answers"  # name of the classifier over answers and topics
MOST_CANDIDATES = 8
HOLDS = 0.8  # share of a stretch that a quote must hold to answer what the stretch answers
TOPIC = "not-covered/"  # labels of topics begin with this, labels of answers with their document's name


@dataclass(frozen=True, slots=True)
class DocumentSpan:
    """A span of a document."""

    document: Document
    span: Span


@dataclass(frozen=True, slots=True)
class Match:
    """How like a question a sentence is, and its passage: by meaning from -1 to 1, by words up to 1 for the best.

    ``article`` is how near its article is: the mean similarity of the nearest passages of that.
    """

    sentence: float
    passage: float
    sentence_words: float
    passage_words: float
    article: float = 0.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """Stretches of one document that may answer, with the deciding unit and the probability that they do.

    ``answer`` is of the bank; the score is then the probability of all answers that these stretches hold. Without a
    bank ``match`` says how like the question it is, and ``reading`` what the reader said (None: it was not read).
    ``cut`` is what is quoted of a window whose sentences were read, too.
    """

    document: Document
    stretches: tuple[Span, ...]
    key: Span
    score: float
    answer: Answer | None = None
    match: Match | None = None
    reading: float | None = None
    cut: Span | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Candidates, best first, and the probability that any answer fits; ``topic`` is the likeliest one not covered.

    ``nearest`` is how like the message the most similar question of the bank and its topics is. ``asked`` are the
    candidates for single questions within the message: two questions in one get a quote each. Of a search in texts
    ``leaning`` says how much nearer the message is to a document with a bank than to those that were searched.
    ``outputs`` is what the classifier made of each variant of the question, before they were combined.
    """

    covered: float
    candidates: tuple[Candidate, ...]
    topic: str
    nearest: float = 0.0
    asked: tuple[Candidate, ...] = ()
    outputs: ClassifierOutput | None = field(default=None, compare=False, repr=False)
    leaning: float = 0.0


def answer_label(answer: Answer) -> str:
    """The class of an answer: unique over all documents.

    >>> TOPIC + "cost"
    'not-covered/cost'
    """
    return f"{answer.document.name}/{answer.name}"


def topic_label(topic: Topic) -> str:
    """The class of a topic that is not covered."""
    return TOPIC + topic.name


@dataclass(frozen=True, slots=True)
class BankExample:
    """A question of the bank or of a topic, its class, and the independent writer of it (empty: the bank's authors)."""

    text: str
    label: str
    by: str = ""


def bank_examples(corpus: Corpus) -> list[BankExample]:
    """Every question of the bank and of the topics, and each question that the page itself offers."""
    answers = [
        example for answer in corpus.answers for example in _examples_of(answer.questions, answer_label(answer), answer)
    ]
    topics = [example for topic in corpus.topics for example in _examples_of(topic.questions, topic_label(topic))]
    return [*answers, *topics]


def _examples_of(questions: Sequence[BankQuestion], label: str, answer: Answer | None = None) -> list[BankExample]:
    asked = {question.text: question.by for question in questions}
    offered = answer.ask.values() if answer and questions else ()  # an answer without a bank question is no class
    return [BankExample(text, label, by) for text, by in (dict.fromkeys(offered, "") | asked).items()]


@dataclass(frozen=True)  # no slots: what follows from labels and answers is worked out once
class Bank:
    """The answers of a corpus, beside the probabilities of their classes."""

    corpus: Corpus
    labels: tuple[str, ...]

    @cached_property
    def columns(self) -> NDArray[np.intp]:
        """The column of each answer; answers without a class have none, and are not in ``answers``."""
        numbers = {label: number for number, label in enumerate(self.labels)}
        return np.array([numbers[answer_label(answer)] for answer in self.answers], dtype=np.intp)

    @cached_property
    def answers(self) -> tuple[Answer, ...]:
        """The answers that are classes."""
        known = set(self.labels)
        return tuple(answer for answer in self.corpus.answers if answer_label(answer) in known)

    @cached_property
    def held(self) -> NDArray[np.float32]:
        """1 where quoting the answer of a row answers what the answer of a column answers, shape (answers, answers)."""
        return np.array([[_holds(one, other) for other in self.answers] for one in self.answers], dtype=np.float32)

    @cached_property
    def beside(self) -> NDArray[np.float32]:
        """1 where two answers stand in the same section of one document, shape (answers, answers)."""
        places = [
            (answer.document.name, answer.document.section_at(answer.stretches[0].start)) for answer in self.answers
        ]
        return np.array([[one == other for other in places] for one in places], dtype=np.float32)

    def covered(self, row: Probabilities) -> float:
        """The probability that any answer fits."""
        return float(row[self.columns].sum()) if self.answers else 0.0

    def likeliest(self, row: Probabilities) -> Candidate:
        """The best candidate."""
        return self.candidates(row, most=1)[0]

    def candidates(self, row: Probabilities, *, most: int = MOST_CANDIDATES) -> tuple[Candidate, ...]:
        """The likeliest answers, best first."""
        if not self.answers:
            return ()
        likely = row[self.columns]
        scores = self.held @ likely
        units = _unit_scores(self.answers, likely)
        order = np.argsort(-likely, kind="stable")[:most].tolist()
        return tuple(
            Candidate(answer.document, answer.stretches, _deciding(answer, units), float(scores[number]), answer)
            for number, answer in ((number, self.answers[number]) for number in order)
        )

    def likeliest_topic(self, row: Probabilities) -> str:
        """The name of the likeliest topic that is not covered; empty without topics."""
        topics = [number for number, label in enumerate(self.labels) if label.startswith(TOPIC)]
        best = max(topics, key=lambda number: row[number], default=None)
        return self.labels[best].removeprefix(TOPIC) if best is not None else ""

    def given(self, shown: Sequence[DocumentSpan]) -> NDArray[np.bool_]:
        """Which answers the places that were shown hold, shape (answers,)."""
        return np.array([any(shows(place, answer) for place in shown) for answer in self.answers], dtype=bool)


def _holds(one: Answer, other: Answer) -> bool:
    return any(shows(DocumentSpan(one.document, own), other) for own in one.stretches)


def shows(place: DocumentSpan, answer: Answer) -> bool:
    """Whether a place holds most of a stretch of an answer."""
    return place.document == answer.document and any(
        place.span.overlap(stretch) >= HOLDS * len(stretch) for stretch in answer.stretches
    )


def _unit_scores(answers: Sequence[Answer], likely: Probabilities) -> dict[tuple[str, Span], float]:
    """For each sentence or list item, the probability that an answer holding it fits: many answers share units."""
    scores: dict[tuple[str, Span], float] = {}
    for answer, score in zip(answers, likely.tolist(), strict=True):
        for unit in answer.units:
            key = (answer.document.name, unit)
            scores[key] = scores.get(key, 0.0) + score
    return scores


def _deciding(answer: Answer, units: Mapping[tuple[str, Span], float]) -> Span:
    return max(answer.units, key=lambda unit: units[answer.document.name, unit])
