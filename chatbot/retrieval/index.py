"""The search index in memory: rows (sentences, passages, bank questions), vectors, BM25 weights and classifiers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from chatbot.corpus.corpus import Corpus
from chatbot.corpus.documents import Span
from chatbot.corpus.fragments import answering_units
from chatbot.models.classifier import Classifier
from chatbot.models.encoder import Vectors
from chatbot.models.ngrams import NO_NGRAMS, NgramSpace
from chatbot.retrieval.bm25 import BM25Index
from chatbot.retrieval.candidates import answer_label, bank_examples, topic_label
from chatbot.retrieval.faiss_store import FAISS
from chatbot.retrieval.ranking import Ranker
from chatbot.retrieval.vector_store import VectorEngine, VectorStore

ROW_KINDS = ("sentence", "passage", "question", "topic")
TEXT_KINDS = ROW_KINDS[:2]
NO_DOCUMENT = -1


@dataclass(frozen=True, slots=True)
class Row:
    """One searchable line: a place in a document, and the bank answer that it belongs to (-1: none).

    A row of kind ``topic`` is a question that no document answers: it has ``NO_DOCUMENT`` and ``place`` is None, and
    ``answer`` is the number of the topic.
    """

    document: int
    place: Span | None
    kind: str
    answer: int

    @property
    def span(self) -> Span:
        """The place; ValueError for a topic, which has none."""
        if self.place is None:
            raise ValueError("a topic has no place")
        return self.place


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What was learned from examples: classifiers by name, the ranker of a bank, the space of all their n-grams."""

    classifiers: Mapping[str, Classifier]
    ranker: Ranker | None
    space: NgramSpace


NOTHING_LEARNED = Learned({}, None, NO_NGRAMS)


@dataclass(frozen=True)  # no slots: what follows from the rows is worked out once
class Index:
    """Everything that answering needs besides the corpus and the encoder.

    Text rows (sentences and passages) come before question rows (questions of the bank and of topics). Question rows
    hold adapted vectors, text rows plain ones.
    """

    rows: tuple[Row, ...]
    text_rows: int
    vectors: VectorStore
    bm25: BM25Index
    learned: Learned = NOTHING_LEARNED
    trained_on: str = ""  # fingerprint of the examples

    @property
    def classifiers(self) -> Mapping[str, Classifier]:
        """By name."""
        return self.learned.classifiers

    @property
    def ranker(self) -> Ranker | None:
        """The ranker; None without a question bank."""
        return self.learned.ranker

    def nearest_texts(self, vector: NDArray[np.float32], *, count: int) -> list[tuple[int, float]]:
        """Row numbers and cosine similarities of the text rows most like ``vector``, shape (dimension,), best first."""
        return self.vectors.nearest(vector[np.newaxis], count=count, rows=range(self.text_rows))[0]

    def nearest_questions(self, vectors: Vectors, *, count: int) -> list[list[tuple[int, float]]]:
        """The same of the question rows for each of ``vectors``, adapted ones of shape (n, dimension)."""
        return self.vectors.nearest(vectors, count=count, rows=range(self.text_rows, len(self.rows)))

    @cached_property
    def passage_rows(self) -> NDArray[np.intp]:
        """For each text row the row of its passage (a passage follows its sentences), shape (text_rows,)."""
        own = np.arange(self.text_rows)
        kinds = np.array([row.kind == "passage" for row in self.rows[: self.text_rows]])
        passages = np.flatnonzero(kinds)
        rows: NDArray[np.intp] = passages[np.searchsorted(passages, own)]
        return rows

    @cached_property
    def passages(self) -> Mapping[int, NDArray[np.intp]]:
        """The rows of the passages of each document that has any."""
        rows = np.unique(self.passage_rows)
        documents = np.array([self.rows[row].document for row in rows])
        return {int(document): rows[documents == document] for document in np.unique(documents)}

    def similarities(self, numbers: NDArray[np.intp], vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cosine similarity of each of these rows to ``vector`` (shape (dimension,)), float32 of shape (numbers,)."""
        return self.vectors.similarities(numbers, vector)


def make_rows(corpus: Corpus) -> list[tuple[Row, str]]:
    """Rows with the text that stands for each in the search: sentences and passages with their heading, questions.

    Question rows have the order of ``bank_examples``.
    """
    return [*_text_rows(corpus), *_question_rows(corpus)]


def _text_rows(corpus: Corpus) -> Iterator[tuple[Row, str]]:
    for number, document in enumerate(corpus.documents):
        for passage in document.passages:
            heading = document.section_title(passage.section)
            units = answering_units(document, passage)
            if not units:
                continue
            for unit in units:
                yield Row(number, unit, "sentence", -1), f"{heading} {document.slice(unit)}"
            yield Row(number, passage.span, "passage", -1), f"{heading} {document.slice(passage.span)}"


def _question_rows(corpus: Corpus) -> Iterator[tuple[Row, str]]:
    answers = {answer_label(answer): number for number, answer in enumerate(corpus.answers)}
    topics = {topic_label(topic): number for number, topic in enumerate(corpus.topics)}
    for example in bank_examples(corpus):
        if example.label in topics:
            yield Row(NO_DOCUMENT, None, "topic", topics[example.label]), example.text
        else:
            number = answers[example.label]
            answer = corpus.answers[number]
            yield Row(corpus.documents.index(answer.document), answer.stretches[0], "question", number), example.text


def build_index(
    pairs: Sequence[tuple[Row, str]],
    vectors: Vectors,
    *,
    learned: Learned = NOTHING_LEARNED,
    engine: VectorEngine = FAISS,
) -> Index:
    """Put rows (from ``make_rows``) and their embeddings, shape (rows, dimension), into a searchable form.

    Embeddings are rounded to half precision here, so that every engine holds the same digits.
    """
    rows = tuple(row for row, _ in pairs)
    text_rows = sum(row.kind in TEXT_KINDS for row in rows)
    bm25 = BM25Index.from_texts([text for _, text in pairs[:text_rows]])
    return Index(rows, text_rows, engine.make(vectors.astype(np.float16).astype(np.float32)), bm25, learned)
