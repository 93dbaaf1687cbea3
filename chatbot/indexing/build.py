"""Builds and saves the index: embeddings of every text, classifiers, ranker. The adapter is trained apart."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np

from chatbot.corpus.documents import Document
from chatbot.indexing.embedding_cache import CACHE_FILE, CachingEmbedder, text_key
from chatbot.indexing.folder_lock import held_folder, said_when_unwritable
from chatbot.indexing.ray_encoder import RayEmbedder
from chatbot.indexing.ready_made import READY, load_ready, save_vectors, save_weights
from chatbot.indexing.runs.prototype_selection import PRUNED_FROM, question_key, superfluous_questions
from chatbot.indexing.runs.quick import load_training, save_training, taught_by, trained_quickly
from chatbot.indexing.runs.whole import Sets, Trained, example_texts, train_all, training_fingerprint, training_model
from chatbot.indexing.sources import Sources
from chatbot.indexing.training_sets import make_training_sets
from chatbot.models.adapter import EncoderForm, is_unseen
from chatbot.models.encoder import Embedder, Vectors
from chatbot.query.language import SPANISH
from chatbot.retrieval.candidates import ANSWERS, bank_examples
from chatbot.retrieval.index import TEXT_KINDS, Index, Learned, Row, build_index, make_rows
from chatbot.retrieval.index_files import load_learned, save_index
from chatbot.retrieval.vector_store import vector_engine
from chatbot.settings import DRAFTS, Settings


class Progress(Protocol):
    """Told how many texts there are, and then of each few that have a vector."""

    def expect(self, texts: int) -> None:
        """So many texts will be counted."""
        ...

    def __call__(self, count: int) -> object:
        """So many more have a vector."""
        ...


def texts_to_embed(sources: Sources) -> list[str]:
    """Every text that building encodes: text rows by the plain model, all others by the adapted one."""
    rows = dict.fromkeys(text for row, text in searched_rows(sources) if row.kind in TEXT_KINDS)
    return [*rows, *example_texts(make_training_sets(sources))]


def searched_rows(sources: Sources) -> list[tuple[Row, str]]:
    """Rows with the text that they are found by: of an article in Spanish the English gloss, as of a question."""
    documents, standard = sources.corpus.documents, sources.glossary.standard
    return [
        (row, standard(text, language=SPANISH) if _is_spanish(row, documents) else text)
        for row, text in make_rows(sources.corpus)
    ]


def _is_spanish(row: Row, documents: Sequence[Document]) -> bool:
    return row.kind in TEXT_KINDS and documents[row.document].language_at(row.span.start) == SPANISH


def build(
    settings: Settings,
    sources: Sources,
    embedder: Embedder,
    *,
    progress: Progress | None = None,
    ready: Path = READY,
    unless: Callable[[], Index | None] = lambda: None,
    quick: bool = False,
) -> Index:
    """Make the index of the corpus and put it in place of the old one.

    One build at a time works in an index folder. ``unless`` is called when it is this one's turn: the index that it
    returns, which another build has just made, is taken instead. ``ready`` is the folder of ready-made vectors.
    ``quick``: train only what a few changed questions need (``runs/quick.py``), where a whole training came before.

    Raises:
        IndexUnwritable: nothing can be written in the index folder, or too little; said before texts are embedded
            where it is known by then. An index that was there stays.
        IndexBusy: another build has not come to its end.
        EngineError: an engine or a cluster of the settings cannot be reached.

    """
    with held_folder(settings.index):
        return unless() or _build(settings, sources, embedder, progress=progress, ready=ready, quick=quick)


def _build(
    settings: Settings, sources: Sources, embedder: Embedder, *, progress: Progress | None, ready: Path, quick: bool
) -> Index:
    workers = RayEmbedder(embedder, settings) if settings.build_on else None
    made = load_ready(ready, embedder.fingerprint)
    also = _other_index(settings.index) / CACHE_FILE
    keeping = CachingEmbedder(workers or embedder, settings.index / CACHE_FILE, also=also, ready=made)
    rows = searched_rows(sources)
    texts = [text for row, text in rows if row.kind in TEXT_KINDS]
    taught = make_training_sets(sources)
    if progress:
        progress.expect(len(texts) + len(example_texts(taught)))
    plain = keeping.encode(texts, progress=progress)
    trained_on = training_fingerprint(sources, taught, embedder)
    found = _kept(settings.index, trained_on)
    if found is None and quick:
        found, trained_on = _quick(settings, sources, keeping, taught, trained_on, made.superfluous)
    trained = (
        Trained(found, _questions(taught, keeping, progress=progress))
        if found
        else train_all(sources, keeping, sets=taught, progress=progress, ready=made, trained_on=trained_on)
    )
    engine = vector_engine(settings)
    ranker = trained.learned.ranker
    numbers = ranker.questions if ranker else np.arange(len(trained.questions))
    index = build_index(
        [*rows[: len(plain)], *(rows[len(plain) + number] for number in numbers.tolist())],
        np.vstack([plain, trained.questions[numbers]]),
        learned=trained.learned,
        engine=engine,
    )
    index = replace(index, trained_on=trained_on)
    with said_when_unwritable(settings.index):
        save_index(index, settings.index, corpus=sources.corpus, embedder=embedder, engine=engine)
        keeping.save()
        if trained.whole:
            save_training(settings.index, trained.whole, model=training_model(embedder))
    if workers:
        workers.clear()
    return index


def _kept(index: Path, trained_on: str) -> Learned | None:
    """What this index or the other one was trained to, on the very same."""
    return load_learned(index, trained_on) or load_learned(_other_index(index), trained_on)


def _quick(
    settings: Settings,
    sources: Sources,
    embedder: Embedder,
    sets: Sets,
    trained_on: str,
    superfluous: frozenset[bytes],
) -> tuple[Learned | None, str]:
    """What a quick training finds, or found before, and its name, which no whole build takes for its own.

    Without a whole training on nearly the same: None, and the name of the whole one.
    """
    name = f"quickly {trained_on}"
    if found := _kept(settings.index, name):
        return found, name
    for folder in (settings.index, _other_index(settings.index)):
        kept = load_training(folder, model=training_model(embedder))
        if kept and kept.fits([text for text, _ in sets[ANSWERS]], taught_by(sources)):
            vectors = _questions(sets, embedder, progress=None)
            return trained_quickly(kept, sets[ANSWERS], vectors, superfluous=superfluous), name
    return None, trained_on


def _other_index(index: Path) -> Path:
    """Of the two indexes, with drafts and without, the other one: what was computed for it is used again."""
    return index.parent if index.name == DRAFTS else index / DRAFTS


def make_ready(sources: Sources, embedder: Embedder, folder: Path, *, progress: Progress | None = None) -> int:
    """Write what every installation can begin with to ``folder``; how many vectors were added.

    Training is whole, with cross-validation, on vectors that are not rounded: where it ends depends on such trifles.
    """
    made, sets = load_ready(folder, embedder.fingerprint), make_training_sets(sources)
    plain = dict.fromkeys(text for row, text in searched_rows(sources) if row.kind in TEXT_KINDS)
    lacking = {
        form: [text for text in texts if made.vector(text_key(text, form=form)) is None]
        for form, texts in ((EncoderForm.PLAIN, list(plain)), (EncoderForm.BANK, example_texts(sets)))
    }
    if progress:
        progress.expect(sum(map(len, lacking.values())))
    added = {
        text_key(text, form=form): vector
        for form, texts in lacking.items()
        if texts
        for text, vector in zip(texts, embedder.encode(texts, form=form, progress=progress), strict=True)
    }
    save_vectors(folder, embedder.fingerprint, added)
    trained = train_all(sources, embedder, sets=sets)
    learned = trained.learned
    save_weights(
        folder,
        learned.classifiers,
        learned.ranker.weights if learned.ranker else None,
        trained_on=training_fingerprint(sources, sets, embedder),
        superfluous=_superfluous(sources, sets[ANSWERS], trained.questions),
    )
    return len(added)


def _superfluous(sources: Sources, pairs: Sequence[tuple[str, str]], vectors: Vectors) -> list[bytes]:
    """The keys of the bank questions that an index need not hold; none of a small bank, nor what the page offers."""
    if len(pairs) < PRUNED_FROM:
        return []
    _, targets = np.unique([label for _, label in pairs], return_inverse=True)
    writers = [example.by for example in bank_examples(sources.corpus)]
    found = superfluous_questions(vectors, targets, writers, [is_unseen(text) for text, _ in pairs])
    offered = {sources.glossary.standard(text) for answer in sources.corpus.answers for text in answer.ask.values()}
    return [question_key(*pair) for pair, drop in zip(pairs, found, strict=True) if drop and pair[0] not in offered]


def _questions(sets: Sets, embedder: Embedder, *, progress: Progress | None) -> Vectors:
    """The embeddings of the bank questions, shape (questions, dimension)."""
    texts = [text for text, _ in sets[ANSWERS]] or [""]  # an empty batch would not tell the dimension
    return embedder.encode(texts, form=EncoderForm.BANK, progress=progress)[: len(sets[ANSWERS])]
