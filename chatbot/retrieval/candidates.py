"""Candidates for quotes: spans of a document with their scores; and the class labels of the answer classifier."""

from dataclasses import dataclass, field

from chatbot.corpus.corpus import Corpus
from chatbot.corpus.documents import Document, Span
from chatbot.corpus.question_bank import Answer
from chatbot.models.classifier import ClassifierOutput

ANSWERS = "answers"  # name of the classifier over answers and topics
TOPIC = "not-covered/"  # labels of topics begin with this, labels of answers with their document's name


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

    ``answer`` is of the bank; without a bank ``match`` says what the score was made of.
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


def bank_examples(corpus: Corpus) -> list[tuple[str, str]]:
    """(question, class) for every question of the bank and of the topics."""
    answers = [(question.text, answer_label(answer)) for answer in corpus.answers for question in answer.questions]
    topics = [(question.text, TOPIC + topic.name) for topic in corpus.topics for question in topic.questions]
    return [*answers, *topics]
