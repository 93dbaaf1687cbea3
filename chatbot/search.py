"""Question -> ranked candidates. Every candidate is a place; similarity and probability: higher is better.

Two ways meet here. Where an article has a question bank, the classifier says which answer fits and whether any does.
Where it has none, sentences are found by meaning (embedding) and by words (BM25), each read with its passage.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chatbot.classifier import Probabilities
from chatbot.conversation import Readings, dependence
from chatbot.corpus import Answer, Corpus
from chatbot.embedder import Vectors
from chatbot.index import Index
from chatbot.texts import Document, Span

ANSWERS = "answers"  # name of the classifier over answers and topics
TOPIC = "not-covered/"  # labels of topics begin with this, labels of answers with their document's name


@dataclass(frozen=True, slots=True)
class Candidate:
    """Stretches of one document that may answer, with the deciding unit and the probability that they do."""

    document: Document
    stretches: tuple[Span, ...]
    key: Span
    score: float
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """Candidates, best first, and the probability that any answer fits; ``topic`` is the likeliest one not covered."""

    covered: float
    candidates: tuple[Candidate, ...]
    topic: str


def answer_label(answer: Answer) -> str:
    """The class of an answer: unique over all documents.

    >>> TOPIC + "cost"
    'not-covered/cost'
    """
    return f"{answer.document.name}/{answer.name}"


def training_examples(corpus: Corpus) -> list[tuple[str, str]]:
    """(question, class) for every question of the bank and of the topics."""
    answers = [(question.text, answer_label(answer)) for answer in corpus.answers for question in answer.questions]
    topics = [(question.text, TOPIC + topic.name) for topic in corpus.topics for question in topic.questions]
    return [*answers, *topics]


def search_bank(corpus: Corpus, index: Index, readings: Readings, vectors: Vectors) -> Findings:
    """Candidates of the classifier. ``vectors`` embeds ``readings.all``, shape (readings, dimension)."""
    classifier = index.classifiers[ANSWERS]
    probabilities = classifier.probabilities(readings.all, vectors)
    by_label = dict(zip(classifier.labels, _combined(readings, probabilities).tolist(), strict=True))
    scored = [(answer, by_label.get(answer_label(answer), 0.0)) for answer in corpus.answers]
    ranked = sorted(scored, key=lambda pair: pair[1], reverse=True)[:8]
    units = _unit_scores(scored)
    candidates = tuple(
        Candidate(answer.document, answer.stretches, _deciding(answer, units), score, answer)
        for answer, score in ranked
    )
    topics = {label: score for label, score in by_label.items() if label.startswith(TOPIC)}
    topic = max(topics, key=lambda label: topics[label], default="")
    return Findings(sum(score for _, score in scored), candidates, topic.removeprefix(TOPIC))


def _combined(readings: Readings, probabilities: Probabilities) -> Probabilities:
    """One row from the rows of all readings."""
    whole: Probabilities = probabilities[0]
    if not readings.glued:
        return whole
    share = dependence(readings.whole)
    glued = probabilities[1 + len(readings.parts)]
    combined: Probabilities = (1 - share) * whole + share * glued
    return combined


def _unit_scores(scored: Sequence[tuple[Answer, float]]) -> dict[tuple[str, Span], float]:
    """For each sentence or list item, the probability that an answer holding it fits: many answers share units."""
    scores: dict[tuple[str, Span], float] = {}
    for answer, score in scored:
        for unit in answer.units:
            key = (answer.document.name, unit)
            scores[key] = scores.get(key, 0.0) + score
    return scores


def _deciding(answer: Answer, units: Mapping[tuple[str, Span], float]) -> Span:
    return max(answer.units, key=lambda unit: units[answer.document.name, unit])
