"""Explains a reply to an editor: runs one question, keeps the pipeline's trace, and finds similar corpus entries."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chatbot.answering.pipeline import Trace
from chatbot.indexing.build import Progress
from chatbot.indexing.sources import Sources, load_sources
from chatbot.models.adapter import EncoderForm
from chatbot.models.encoder import Embedder, Vectors
from chatbot.models.reader import load_reader
from chatbot.query.question import Question
from chatbot.retrieval.candidates import BankExample, bank_examples
from chatbot.retrieval.index import NO_DOCUMENT, ROW_KINDS, Index
from chatbot.service.factory import index_in_place, load_or_build, make_chatbot, warm_up
from chatbot.settings import DRAFTS, Settings
from chatbot.triage import severity
from chatbot.triage.examples import Example

BY_WORDS = "words"  # beside the kinds of rows, which are found by meaning
NEAREST = 4  # rows of each kind, and examples of each notice, that are shown


@dataclass(frozen=True, slots=True)
class SignMatch:
    """A sign of signs.toml that a message shows: the words of it, and what cancels it, if anything does."""

    notice: str
    sign: str
    message: str
    words: str
    cancelled_by: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A row of the index, or an example message, that is like the question.

    ``kind`` is sentence, passage, question or topic (by meaning: cosine), words (BM25), or the notice of an example.
    ``belongs_to`` names the article and answer, or the notice.
    """

    kind: str
    text: str
    belongs_to: str
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """A question with everything that explains its reply."""

    question: Question
    trace: Trace
    signs: tuple[SignMatch, ...]
    rows: tuple[Neighbour, ...]
    examples: tuple[Neighbour, ...]


class Explainer:
    """The chatbot and the parts that it is made of, to try questions on. Keeps no question."""

    def __init__(self, settings: Settings, sources: Sources, index: Index, embedder: Embedder) -> None:
        self.reader = load_reader(settings)
        self.chatbot = make_chatbot(settings, sources, index, embedder, reader=self.reader)
        self.sources = sources
        self._index = index
        self._embedder = embedder
        examples = bank_examples(sources.corpus)
        numbers = index.ranker.questions.tolist() if index.ranker else range(len(examples))
        self._questions = [examples[number] for number in numbers]  # in the order of the question rows
        self._taught: dict[str, tuple[list[Example], Vectors]] = {}  # by notice, made when one is raised

    @classmethod
    def open(
        cls, settings: Settings, embedder: Embedder, *, drafts: bool = True, progress: Progress | None = None
    ) -> "Explainer":
        """Over the corpus with its drafts, and their index, which is built when none fits."""
        settings = settings.for_drafts() if drafts else settings
        sources = load_sources(settings, drafts=drafts)
        index = load_or_build(settings, sources, embedder, progress=progress, quick=drafts)
        warm_up(sources.corpus, embedder)
        return cls(settings, sources, index, embedder)

    def reopened(self) -> "Explainer":
        """The same over the files as they are now, with the model that is loaded."""
        settings = self.chatbot.settings
        sources = load_sources(settings, drafts=settings.index.name == DRAFTS)
        return Explainer(settings, sources, index_in_place(settings, sources, self._embedder), self._embedder)

    def near_examples(self, texts: Sequence[str], *, count: int) -> Iterator[tuple[BankExample, float]]:
        """The questions of bank and topics that are like each of these texts, with their similarity."""
        words = [self.in_words(text) for text in texts]
        if not words:
            return
        for found in self._index.nearest_questions(self._embedder.encode(words, form=EncoderForm.BANK), count=count):
            for number, score in found:
                yield self._question(number), score

    def _question(self, row: int) -> BankExample:
        """The bank question of a question row of the index."""
        return self._questions[row - self._index.text_rows]

    def in_words(self, text: str) -> str:
        """A question as it is read: in standard words, Spanish in English."""
        return self.sources.glossary.standard(text)

    def in_english(self, text: str) -> str:
        """A Spanish text glossed in English."""
        return self.chatbot.in_english(text)

    def try_out(self, question: Question) -> Explanation:
        """Ask, and collect what explains the reply, which is the one that the page gives."""
        trace = self.chatbot.trace(question)
        raised = [*trace.assessment.emergencies, *trace.assessment.requests]
        whole = trace.variants.whole if trace.variants else ""
        return Explanation(
            question,
            trace,
            tuple(self._signs([question.text, *question.recent])),
            tuple(self._rows(whole)) if whole else (),
            tuple(self._examples(raised, whole)) if whole else (),
        )

    def _signs(self, messages: Sequence[str]) -> Iterable[SignMatch]:
        for message in messages:
            for found in self.sources.examples.grammar.read([message]):
                yield SignMatch(found.notice, found.sign.name, message, found.words, found.cancelled_by)

    def _rows(self, text: str) -> Iterable[Neighbour]:
        """The nearest rows of each kind, then those that share the most words."""
        index = self._index
        searched = self._embedder.encode([text], form=EncoderForm.SEARCH)[0]
        banked = self._embedder.encode([text], form=EncoderForm.BANK)
        near = [
            *index.nearest_texts(searched, count=index.text_rows),
            *index.nearest_questions(banked, count=len(index.rows) - index.text_rows)[0],
        ]
        for kind in ROW_KINDS:
            own = [(number, score) for number, score in near if self._index.rows[number].kind == kind]
            yield from (self._like(kind, *pair) for pair in own[:NEAREST])
        worded = self._index.bm25.scores(text)
        best = np.argsort(-worded, kind="stable")[:NEAREST].tolist()
        yield from (self._like(BY_WORDS, number, float(worded[number])) for number in best if worded[number] > 0)

    def _like(self, kind: str, number: int, score: float) -> Neighbour:
        row, corpus = self._index.rows[number], self.sources.corpus
        if row.document == NO_DOCUMENT:
            return Neighbour(kind, self._question(number).text, corpus.topics[row.answer].name, score)
        document = corpus.documents[row.document]
        name = f"{document.name}/{corpus.answers[row.answer].name}" if row.answer >= 0 else document.name
        text = self._question(number).text if kind == "question" else document.slice(row.span)
        return Neighbour(kind, text, name, score)

    def _examples(self, raised: Iterable[str], text: str) -> Iterable[Neighbour]:
        """The example messages nearest to the question, of each notice that a classifier raised."""
        vector: NDArray[np.float32] = self._embedder.encode([text], form=EncoderForm.BANK)[0]
        for notice in dict.fromkeys(raised):
            examples, vectors = self._of_notice(notice)
            similar = vectors @ vector
            for number in np.argsort(-similar, kind="stable")[:NEAREST].tolist():
                example = examples[number]
                yield Neighbour(notice, example.text, example.notice, float(similar[number]))

    def _of_notice(self, notice: str) -> tuple[list[Example], Vectors]:
        """The examples that teach a notice, a softer or harder one of the same kind as well, with embeddings."""
        if notice not in self._taught:
            known = [*self.sources.examples.emergencies, *self.sources.examples.requests]
            examples = [one for one in known if severity.softened(one.notice) == severity.softened(notice)]
            texts = [self.sources.glossary.standard(example.text) for example in examples]
            self._taught[notice] = examples, self._embedder.encode(texts, form=EncoderForm.BANK)
        return self._taught[notice]
