"""Search in articles that have no question bank: sentences by embedding and BM25, each with its passage.

A score is a cosine similarity, up to 1: it cannot be compared with the probabilities of ``bank_search``.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chatbot.corpus.corpus import Corpus
from chatbot.corpus.documents import Document, Span
from chatbot.models.adapter import EncoderForm
from chatbot.models.encoder import Embedder
from chatbot.query.rewriting import QueryVariants
from chatbot.retrieval.candidates import Candidate, Match, SearchResult
from chatbot.retrieval.index import Index

MOST_CANDIDATES_OF_TEXTS = 12  # windows of a question, all of which the reader reads
GLUED = 0.5  # weight of the variant with the message before, when a message cannot be read alone
READ_WITH_SUBJECT = 0.5  # dependence from which a message is read with its subject
SHORTLIST = 200  # rows by similarity, and as many by words, that are compared closely
PASSAGE = 0.5  # weight of a passage beside its sentence
OF_A_DOCUMENT = 3  # of its passages that say how near a question is to it
WORDS = 0.5  # weight of the word match beside the similarity, in the order of candidates


@dataclass(frozen=True, slots=True)
class WeightedQuery:
    """One variant of a message: its text, its embedding, shape (dimension,), and its weight."""

    text: str
    vector: NDArray[np.float32]
    weight: float


def read_as(variants: QueryVariants) -> str:
    """The text that the reader gets of a question: one that cannot be read alone with its subject added."""
    return variants.pointed if variants.earlier and variants.dependence >= READ_WITH_SUBJECT else variants.whole


def weighted_queries(variants: QueryVariants, embedder: Embedder) -> list[WeightedQuery]:
    """The message alone, and a follow-up also glued to the message before it, which counts less.

    On Doc2Dial alone finds 50.5 % of follow-ups, glued 40.0 %, both together 51.5 % (benchmarks/quality.md).
    """
    read = [variants.whole, *([variants.glued] if variants.earlier else [])]
    vectors = embedder.encode(embedder.shortened(read), form=EncoderForm.SEARCH)
    if not variants.earlier:
        return [WeightedQuery(variants.whole, vectors[0], 1.0)]
    alone, glued = vectors
    weight = GLUED * variants.dependence
    return [WeightedQuery(variants.whole, alone, 1 - weight), WeightedQuery(variants.glued, glued, weight)]


def search_texts(corpus: Corpus, index: Index, queries: Sequence[WeightedQuery], *, width: int) -> SearchResult:
    """Candidates among the sentences of articles without a question bank.

    A sentence is ranked by its own similarity and word match and, half as much, by those of its passage; its
    ``score`` is the similarity part alone, a number between -1 and 1 that is comparable between questions
    (benchmarks/quality.md). A candidate is the sentence with its neighbours, up to ``width`` characters.
    """
    word_scores = [index.bm25.scores(query.text) for query in queries]
    numbers = list(
        dict.fromkeys(
            number
            for query, worded in zip(queries, word_scores, strict=True)
            for number in _shortlist(index, query.vector, worded, documents=corpus.unbanked)
        )
    )
    if not numbers:
        return SearchResult(0.0, (), "")
    rows = np.array(numbers)
    passages = index.passage_rows[rows]
    matches = np.zeros((4, len(rows)), dtype=np.float32)  # as the fields of Match
    for query, worded in zip(queries, word_scores, strict=True):
        meant = [index.similarities(rows, query.vector), index.similarities(passages, query.vector)]
        matches += query.weight * np.stack([*meant, _relative(worded[rows]), _relative(worded[passages])])
    similar, wordy = _mixed(*matches[:2]), _mixed(*matches[2:])
    documents = {index.rows[number].document for number in numbers}
    near = _near_articles(corpus, index, queries, documents)
    best: dict[tuple[object, ...], Candidate] = {}  # the best sentence of each window, by document and stretches
    for place in np.argsort(-(similar + WORDS * wordy), kind="stable").tolist():
        row = index.rows[rows[place]]
        match = replace(Match(*matches[:, place].tolist()), article=near[row.document])
        window = _window(corpus.documents[row.document], row.span, width, score=float(similar[place]), match=match)
        best.setdefault((row.document, *window.stretches), window)
        if len(best) == MOST_CANDIDATES_OF_TEXTS:
            break
    candidates = tuple(best.values())
    return SearchResult(candidates[0].score, candidates, "", leaning=_leaning(near, documents))


def _near_articles(corpus: Corpus, index: Index, queries: Sequence[WeightedQuery], found: Set[int]) -> dict[int, float]:
    """How near a message is to each document that was found, and to each with a bank, by its number.

    It is the mean similarity of the nearest passages: collection selection by what is nearest in each, as in federated
    search (Shokouhi and Si, 2011, section 3.2).
    """
    asked = [*found, *(number for number in index.passages if number not in corpus.unbanked)]
    rows = [index.passages[document] for document in asked]
    all_rows = np.concatenate(rows)  # asked for at once: a vector store may be on another machine
    similar = sum(query.weight * index.similarities(all_rows, query.vector) for query in queries)
    parts = np.split(similar, np.cumsum([len(own) for own in rows])[:-1])
    means = (float(np.sort(own)[-OF_A_DOCUMENT:].mean()) for own in parts)
    return dict(zip(asked, means, strict=True))


def _leaning(near: Mapping[int, float], found: Set[int]) -> float:
    """How much nearer a message is to a document with a bank than to those that were found; 0 without a bank."""
    banked = [nearness for document, nearness in near.items() if document not in found]
    return max(banked) - max(near[document] for document in found) if banked else 0.0


def _shortlist(
    index: Index, vector: NDArray[np.float32], word_scores: NDArray[np.float32], *, documents: frozenset[int]
) -> list[int]:
    """Sentence rows of these documents that are near in meaning or share words with the question."""
    near = [number for number, _ in index.nearest_texts(vector, count=SHORTLIST)]
    worded = np.argsort(-word_scores, kind="stable")[:SHORTLIST].tolist()
    return [
        number
        for number in dict.fromkeys([*near, *worded])
        if index.rows[number].kind == "sentence" and index.rows[number].document in documents
    ]


def _mixed(own: NDArray[np.float32], passage: NDArray[np.float32]) -> NDArray[np.float32]:
    return ((own + PASSAGE * passage) / (1 + PASSAGE)).astype(np.float32)


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
