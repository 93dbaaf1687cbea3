"""Candidates for quotes: spans of a document with their scores; and the class labels of the answer classifier."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from chatbot.corpus.corpus import Corpus
from chatbot.corpus.documents import Document, Span
from chatbot.corpus.question_bank import Answer, BankQuestion, Topic
from chatbot.models.classifier import ClassifierOutput

ANSWERS = "answers"  # name of the classifier over answers and topics
TOPIC = "not-covered/"  # labels of topics begin with this, labels of answers with their document's name


@dataclass(frozen=True, slots=True)
class Place:
    """A span of a document."""

    document: Document
    span: Span


@dataclass(frozen=True, slots=True)
class Match:
    """How like a question a sentence is, and its passage: by meaning from -1 to 1, by words up to 1 for the best."""

    sentence: float
    passage: float
    sentence_words: float
    passage_words: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """Stretches of one document that may answer, with the deciding unit and the probability that they do.

    ``answer`` is of the bank; the score is then the probability of all answers that these stretches hold. Without a
    bank ``match`` says what the score was made of.
    """

    document: Document
    stretches: tuple[Span, ...]
    key: Span
    score: float
    answer: Answer | None = None
    match: Match | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Candidates, best first, and the probability that any answer fits; ``topic`` is the likeliest one not covered.

    ``asked`` are the candidates for single questions within the message: two questions in one get a quote each.
    ``outputs`` is what the classifier made of each variant of the question, before they were combined.
    """

    covered: float
    candidates: tuple[Candidate, ...]
    topic: str
    asked: tuple[Candidate, ...] = ()
    outputs: ClassifierOutput | None = field(default=None, compare=False, repr=False)


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
