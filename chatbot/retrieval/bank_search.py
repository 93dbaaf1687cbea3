"""Search in articles with a question bank: nearest bank questions and a classifier, weighed by the ranker.

Every candidate is a place. Probabilities: higher is better.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from chatbot.corpus.corpus import Corpus
from chatbot.corpus.documents import Span
from chatbot.corpus.question_bank import Answer
from chatbot.models.classifier import ClassifierOutput, Features, Probabilities
from chatbot.query.message_form import asks, asks_for_more
from chatbot.query.rewriting import QueryVariants
from chatbot.retrieval.candidates import ANSWERS, TOPIC, Candidate, SearchResult, answer_label
from chatbot.retrieval.index import Index
from chatbot.retrieval.ranking import NEIGHBOURS, Ranker, nearest_by_class

MOST_CANDIDATES = 8
SURE = 0.6  # probability that some answer fits one question of several
WHOLE = 6.0  # how much more than a part the whole message counts
ASKING = 3.0  # how much more a part counts that is a question
FOLLOWING = 2.0  # how fast the form of a message turns it into a follow-up
ANSWERED = 0.9  # how much less the answer to the message before counts


def search_bank(corpus: Corpus, index: Index, variants: QueryVariants, features: Features) -> SearchResult:
    """Candidates of the ranker. ``features`` are those of ``variants.all``."""
    if index.ranker is None:
        return SearchResult(0.0, (), "")
    labels = index.ranker.labels
    probabilities = rank(index, index.ranker, features)
    outputs = ClassifierOutput(labels, variants.all, probabilities)
    if variants.earlier and asks_for_more(variants.whole):
        return _next_answer(corpus, outputs, row=variants.last_earlier_row)
    by_label = dict(zip(labels, _combined(variants, probabilities).tolist(), strict=True))
    scored = [(answer, by_label.get(answer_label(answer), 0.0)) for answer in corpus.answers]
    units = _unit_scores(scored)

    def candidate(answer: Answer, score: float) -> Candidate:
        return Candidate(answer.document, answer.stretches, _deciding(answer, units), score, answer)

    ranked = sorted(scored, key=lambda pair: pair[1], reverse=True)[:MOST_CANDIDATES]
    asked = [
        candidate(*_likeliest(corpus, labels, row))
        for part, row in zip(variants.parts, probabilities[variants.part_rows], strict=True)
        if asks(part) and _covered(labels, row) >= SURE
    ]
    topics = {label: score for label, score in by_label.items() if label.startswith(TOPIC)}
    topic = max(topics, key=lambda label: topics[label], default="")
    covered = sum(score for _, score in scored)
    found = tuple(candidate(*pair) for pair in ranked)
    return SearchResult(covered, found, topic.removeprefix(TOPIC), tuple(asked), outputs)


def rank(index: Index, ranker: Ranker, features: Features) -> Probabilities:
    """The probability of each class of the ranker for each text, shape (texts, classes)."""
    sizes = ranker.sizes
    near = np.stack([_nearest(index, ranker, vector, sizes) for vector in features.vectors])
    return ranker.probabilities(index.classifiers[ANSWERS].probabilities(features), near)


def _nearest(index: Index, ranker: Ranker, vector: NDArray[np.float32], sizes: NDArray[np.intp]) -> NDArray[np.float32]:
    found = index.nearest_questions(vector, count=NEIGHBOURS)
    columns = ranker.columns[[number - index.text_rows for number, _ in found]]
    return nearest_by_class(columns, np.array([similarity for _, similarity in found], dtype=np.float32), sizes)


def _likeliest(corpus: Corpus, labels: Sequence[str], row: Probabilities) -> tuple[Answer, float]:
    scores = dict(zip(labels, row.tolist(), strict=True))
    best = max(corpus.answers, key=lambda answer: scores.get(answer_label(answer), 0.0))
    return best, scores.get(answer_label(best), 0.0)


def _covered(labels: Sequence[str], row: Probabilities) -> float:
    return float(sum(row[number] for number, label in enumerate(labels) if not label.startswith(TOPIC)))


def _next_answer(corpus: Corpus, outputs: ClassifierOutput, *, row: int) -> SearchResult:
    """For "tell me more": the answer that starts next after the one to the message before, in the same document."""
    before = dict(zip(outputs.labels, outputs.probabilities[row].tolist(), strict=True))
    shown = max(corpus.answers, key=lambda answer: before.get(answer_label(answer), 0.0))
    score = before.get(answer_label(shown), 0.0)
    after = [
        answer
        for answer in corpus.answers
        if answer.document == shown.document and answer.stretches[0].start >= shown.stretches[-1].end
    ]
    following = sorted(after, key=lambda answer: (answer.stretches[0].start, -len(answer.units)))[:1]
    covered = sum(before.get(answer_label(answer), 0.0) for answer in corpus.answers) if following else 0.0
    candidates = tuple(
        Candidate(answer.document, answer.stretches, answer.units[0], score, answer) for answer in following
    )
    return SearchResult(covered, candidates, "", outputs=outputs)


def _combined(variants: QueryVariants, probabilities: Probabilities) -> Probabilities:
    """The probabilities of one question from those of all its variants.

    The more the form of a message depends on earlier ones, the more the variant with the subject counts. The answer to
    the message before has been given, so it counts less (both measured in benchmarks/quality.md).
    """
    whole = _with_parts(variants, probabilities)
    if not variants.earlier:
        return whole
    before, pointed = probabilities[variants.last_earlier_row], probabilities[variants.pointed_row]
    share = min(1.0, FOLLOWING * variants.dependence)
    mixed = ((1 - share) * whole + share * pointed) * (1 - ANSWERED * share * before)
    combined: Probabilities = (mixed / mixed.sum()).astype(np.float32)
    return combined


def _with_parts(variants: QueryVariants, probabilities: Probabilities) -> Probabilities:
    """The row of the whole message mixed with those of its parts: the question may be buried in a story.

    A variant counts by its certainty, for small talk around a question is like nothing in the bank; the whole counts
    more than a part, and a part more if it asks. On made-up stories the first quote is right for 66 % instead of 36 %
    (benchmarks/quality.md).
    """
    own: Probabilities = probabilities[variants.own_rows]
    weights = own.max(axis=1) ** 3 * np.array([WHOLE, *(ASKING if asks(part) else 1.0 for part in variants.parts)])
    mixed: Probabilities = ((weights / weights.sum()) @ own).astype(np.float32)
    return mixed


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
