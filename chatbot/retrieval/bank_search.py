"""Question -> ranked candidates. Every candidate is a place; similarity and probability: higher is better.

Two ways meet here. Where an article has a question bank, the classifier says which answer fits and whether any does.
Where it has none, sentences are found by meaning (embedding) and by words (BM25), each read with its passage.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from chatbot.corpus.corpus import Answer, Corpus
from chatbot.corpus.documents import Document, Span
from chatbot.models.classifier import Features, Judged, Probabilities
from chatbot.models.encoder import Vectors
from chatbot.query.rewriting import Readings, asks, asks_for_more, dependence
from chatbot.retrieval.index import Index

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
class Findings:
    """Candidates, best first, and the probability that any answer fits; ``topic`` is the likeliest one not covered.

    ``asked`` are the candidates for single questions within the message: two questions in one get a quote each.
    ``judged`` is what the classifier made of each reading, before they were put together.
    """

    covered: float
    candidates: tuple[Candidate, ...]
    topic: str
    asked: tuple[Candidate, ...] = ()
    judged: Judged | None = field(default=None, compare=False, repr=False)


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


def search_bank(corpus: Corpus, index: Index, readings: Readings, features: Features) -> Findings:
    """Candidates of the classifier. ``features`` are those of ``readings.all``."""
    classifier = index.classifiers.get(ANSWERS)
    if classifier is None:
        return Findings(0.0, (), "")
    probabilities = classifier.probabilities(features)
    judged = Judged(classifier.labels, readings.all, probabilities)
    if readings.earlier and asks_for_more(readings.whole):
        return _next_findings(corpus, judged)
    by_label = dict(zip(classifier.labels, _combined(readings, probabilities).tolist(), strict=True))
    scored = [(answer, by_label.get(answer_label(answer), 0.0)) for answer in corpus.answers]
    units = _unit_scores(scored)

    def candidate(answer: Answer, score: float) -> Candidate:
        return Candidate(answer.document, answer.stretches, _deciding(answer, units), score, answer)

    ranked = sorted(scored, key=lambda pair: pair[1], reverse=True)[:8]
    asked = [
        candidate(*_likeliest(corpus, classifier.labels, row))
        for part, row in zip(readings.parts, probabilities[1:], strict=False)
        if asks(part) and _covered(classifier.labels, row) >= SURE
    ]
    topics = {label: score for label, score in by_label.items() if label.startswith(TOPIC)}
    topic = max(topics, key=lambda label: topics[label], default="")
    covered = sum(score for _, score in scored)
    found = tuple(candidate(*pair) for pair in ranked)
    return Findings(covered, found, topic.removeprefix(TOPIC), tuple(asked), judged)


SURE = 0.6  # probability that some answer fits one question of several


def _likeliest(corpus: Corpus, labels: Sequence[str], row: Probabilities) -> tuple[Answer, float]:
    scores = dict(zip(labels, row.tolist(), strict=True))
    best = max(corpus.answers, key=lambda answer: scores.get(answer_label(answer), 0.0))
    return best, scores.get(answer_label(best), 0.0)


def _covered(labels: Sequence[str], row: Probabilities) -> float:
    return float(sum(row[number] for number, label in enumerate(labels) if not label.startswith(TOPIC)))


def _next_findings(corpus: Corpus, judged: Judged) -> Findings:
    """For "tell me more": the answer that starts next after the one to the message before, in the same document."""
    before = dict(zip(judged.labels, judged.probabilities[-3].tolist(), strict=True))
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
    return Findings(covered, candidates, "", judged=judged)


def _combined(readings: Readings, probabilities: Probabilities) -> Probabilities:
    """One row from the rows of all readings.

    The more the form of a message leans on what was said before, the more the reading with its subject counts; and
    what the earlier message asked for has been answered, so it counts less (both measured in benchmarks/quality.md).
    """
    whole = _with_parts(readings, probabilities)
    if not readings.earlier:
        return whole
    before, _, pointed = probabilities[-3:]
    share = min(1.0, LEANING * dependence(readings.whole))
    mixed = ((1 - share) * whole + share * pointed) * (1 - ANSWERED * share * before)
    combined: Probabilities = (mixed / mixed.sum()).astype(np.float32)
    return combined


def _with_parts(readings: Readings, probabilities: Probabilities) -> Probabilities:
    """The row of the whole message mixed with those of its parts: the question may be buried in a story.

    A reading counts by its certainty, for small talk around a question is like nothing in the bank; the whole counts
    more than a part, and a part more if it asks. On made-up stories the first quote is right for 66 % instead of 36 %
    (benchmarks/quality.md).
    """
    own: Probabilities = probabilities[: 1 + len(readings.parts)]
    weights = own.max(axis=1) ** 3 * np.array([WHOLE, *(ASKING if asks(part) else 1.0 for part in readings.parts)])
    mixed: Probabilities = ((weights / weights.sum()) @ own).astype(np.float32)
    return mixed


WHOLE = 6.0  # how much more than a part the whole message counts
ASKING = 3.0  # how much more a part counts that is a question
LEANING = 2.0  # how fast the form of a message turns it into a follow-up
ANSWERED = 0.9  # how much less the answer to the message before counts


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


@dataclass(frozen=True, slots=True)
class View:
    """One way to read a message: its text, its embedding, shape (dimension,), and how much it counts."""

    text: str
    vector: NDArray[np.float32]
    share: float


def views(readings: Readings, encode: Callable[[Sequence[str]], Vectors]) -> list[View]:
    """The message alone, and a follow-up also glued to the message before it, which counts less.

    On Doc2Dial alone finds 51.5 % of follow-ups, glued 40.7 %, both together 52.7 % (benchmarks/quality.md).
    """
    if not readings.earlier:
        return [View(readings.whole, encode([readings.whole])[0], 1.0)]
    alone, glued = encode([readings.whole, readings.glued])
    share = GLUED * dependence(readings.whole)
    return [View(readings.whole, alone, 1 - share), View(readings.glued, glued, share)]


GLUED = 0.5  # share of the glued reading when a message cannot be read alone


def search_texts(corpus: Corpus, index: Index, seen_as: Sequence[View], *, width: int) -> Findings:
    """Candidates among the sentences of articles without a question bank.

    A sentence is ranked by its own similarity and word match and, half as much, by those of its passage; its
    ``score`` is the similarity part alone, a number between -1 and 1 that is comparable between questions
    (benchmarks/quality.md). A candidate is the sentence with its neighbours, up to ``width`` characters.
    """
    word_scores = [index.lexical.scores(view.text) for view in seen_as]
    numbers = list(
        dict.fromkeys(
            number
            for view, worded in zip(seen_as, word_scores, strict=True)
            for number in _shortlist(index, view.vector, worded, documents=corpus.unbanked)
        )
    )
    if not numbers:
        return Findings(0.0, (), "")
    rows = np.array(numbers)
    passages = index.passage_rows[rows]
    matches = np.zeros((4, len(rows)), dtype=np.float32)  # as the fields of Match
    for view, worded in zip(seen_as, word_scores, strict=True):
        meant = [index.similarities(rows, view.vector), index.similarities(passages, view.vector)]
        matches += view.share * np.stack([*meant, _relative(worded[rows]), _relative(worded[passages])])
    similar, wordy = _mixed(*matches[:2]), _mixed(*matches[2:])
    order = np.argsort(-(similar + 0.5 * wordy), kind="stable")[:8]
    candidates = tuple(
        _window(
            corpus.documents[index.rows[rows[place]].document],
            index.rows[rows[place]].span,
            width,
            score=float(similar[place]),
            match=Match(*matches[:, place].tolist()),
        )
        for place in order
    )
    return Findings(candidates[0].score, candidates, "")


SHORTLIST = 200  # rows by meaning, and as many by words, that are looked at closely


def _shortlist(
    index: Index, vector: NDArray[np.float32], word_scores: NDArray[np.float32], *, documents: frozenset[int]
) -> list[int]:
    """Sentence rows of these documents that are near in meaning or share words with the question."""
    near = [number for number, _ in index.nearest(vector, count=SHORTLIST, text_only=True)]
    worded = np.argsort(-word_scores, kind="stable")[:SHORTLIST].tolist()
    return [
        number
        for number in dict.fromkeys([*near, *worded])
        if index.rows[number].kind == "sentence" and index.rows[number].document in documents
    ]


def _mixed(own: NDArray[np.float32], passage: NDArray[np.float32]) -> NDArray[np.float32]:
    return ((own + 0.5 * passage) / 1.5).astype(np.float32)


def _relative(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    return (scores / max(float(scores.max()), 1e-6)).astype(np.float32)


def _window(document: Document, unit: Span, width: int, *, score: float, match: Match) -> Candidate:
    """A sentence with the sentences around it in its passage, as many as fit into ``width`` characters."""
    passage = document.passage_at(unit.start)
    units = passage.units if passage else (unit,)
    first = last = units.index(unit)
    grown = True
    while grown:
        grown = False
        if last + 1 < len(units) and units[last + 1].end - units[first].start <= width:
            last, grown = last + 1, True
        if first > 0 and units[last].end - units[first - 1].start <= width:
            first, grown = first - 1, True
    return Candidate(document, (Span(units[first].start, units[last].end),), unit, score, match=match)
