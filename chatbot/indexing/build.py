"""Builds and saves the index: embeddings of every text, classifiers, ranker. The adapter is trained apart."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from chatbot.corpus.documents import Document
from chatbot.indexing.classifier_training import Training, fit_reduced, train
from chatbot.indexing.embedding_cache import CACHE_FILE, CachingEmbedder, text_key
from chatbot.indexing.folder_lock import held_folder, said_when_unwritable
from chatbot.indexing.ranker_training import train_ranker
from chatbot.indexing.ray_encoder import RayEmbedder
from chatbot.indexing.ready_made import (
    NOTHING_READY,
    READY,
    Fitted,
    ReadyMade,
    load_ready,
    save_vectors,
    save_weights,
)
from chatbot.indexing.sources import Sources
from chatbot.indexing.training_sets import emergency_messages, make_training_sets
from chatbot.models.adapter import is_unseen
from chatbot.models.classifier import Classifier
from chatbot.models.encoder import Embedder, Vectors
from chatbot.query.language import SPANISH
from chatbot.retrieval.candidates import ANSWERS, bank_examples
from chatbot.retrieval.index import TEXT_KINDS, Index, Row, build_index, make_rows
from chatbot.retrieval.index_files import load_trained, save_index
from chatbot.retrieval.ranking import Ranker
from chatbot.retrieval.vector_store import vector_engine
from chatbot.settings import DRAFTS, Settings
from chatbot.triage.assessment import EMERGENCIES, sign_flags

TRAINING = 2  # raised when training changes, so that what was trained before is not kept


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
    return [*rows, *_examples(make_training_sets(sources))]


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
) -> Index:
    """Make the index of the corpus and put it in place of the old one.

    One build at a time works in an index folder. ``unless`` is called when it is this one's turn: the index that it
    returns, which another build has just made, is taken instead. ``ready`` is the folder of ready-made vectors.

    Raises:
        IndexUnwritable: nothing can be written in the index folder, or too little; said before texts are embedded
            where it is known by then. An index that was there stays.
        IndexBusy: another build has not come to its end.
        EngineError: an engine or a cluster of the settings cannot be reached.

    """
    with held_folder(settings.index):
        return unless() or _build(settings, sources, embedder, progress=progress, ready=ready)


def _build(
    settings: Settings, sources: Sources, embedder: Embedder, *, progress: Progress | None, ready: Path
) -> Index:
    workers = RayEmbedder(embedder, settings) if settings.build_on else None
    made = load_ready(ready, embedder.fingerprint)
    also = _other_index(settings.index) / CACHE_FILE
    keeping = CachingEmbedder(workers or embedder, settings.index / CACHE_FILE, also=also, ready=made)
    rows = searched_rows(sources)
    texts = [text for row, text in rows if row.kind in TEXT_KINDS]
    taught = make_training_sets(sources)
    if progress:
        progress.expect(len(texts) + len(_examples(taught)))
    plain = keeping.encode(texts, progress=progress)
    trained_on = training_fingerprint(sources, taught, embedder)
    kept = load_trained(settings.index, trained_on) or load_trained(_other_index(settings.index), trained_on)
    trained = (
        Trained(*kept, _questions(taught, keeping, progress=progress), {})
        if kept
        else train_all(sources, keeping, sets=taught, progress=progress, ready=made, trained_on=trained_on)
    )
    engine = vector_engine(settings)
    index = build_index(
        rows,
        np.vstack([plain, trained.questions]),
        classifiers=trained.classifiers,
        ranker=trained.ranker,
        engine=engine,
    )
    index = replace(index, trained_on=trained_on)
    with said_when_unwritable(settings.index):
        save_index(index, settings.index, corpus=sources.corpus, embedder=embedder, engine=engine)
        keeping.save()
    if workers:
        workers.clear()
    return index


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
        adapted: [text for text in texts if made.vector(text_key(text, adapted=adapted)) is None]
        for adapted, texts in ((False, list(plain)), (True, _examples(sets)))
    }
    if progress:
        progress.expect(sum(map(len, lacking.values())))
    added = {
        text_key(text, adapted=adapted): vector
        for adapted, texts in lacking.items()
        if texts
        for text, vector in zip(texts, embedder.encode(texts, adapted=adapted, progress=progress), strict=True)
    }
    save_vectors(folder, embedder.fingerprint, added)
    trained = train_all(sources, embedder, sets=sets)
    ranker = trained.ranker.weights if trained.ranker else None
    save_weights(folder, trained.fitted, ranker, trained_on=training_fingerprint(sources, sets, embedder))
    return len(added)


def training_fingerprint(sources: Sources, sets: Mapping[str, Sequence[tuple[str, str]]], embedder: Embedder) -> str:
    """The sha256 of all that classifiers and ranker are trained on: an article without a bank changes none of it."""
    grammar = sources.examples.grammar
    digest = hashlib.sha256(f"{TRAINING} {embedder.fingerprint} {embedder.has_adapter}".encode())
    writers = [example.by for example in bank_examples(sources.corpus)]
    messages = [(message.text, message.notice, message.by) for message in emergency_messages(sources)]
    for part in (sorted(sets.items()), writers, messages, grammar.fingerprint):
        digest.update(repr(part).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _questions(
    sets: Mapping[str, Sequence[tuple[str, str]]], embedder: Embedder, *, progress: Progress | None
) -> Vectors:
    """The embeddings of the bank questions, shape (questions, dimension)."""
    texts = [text for text, _ in sets[ANSWERS]] or [""]  # an empty batch would not tell the dimension
    return embedder.encode(texts, adapted=True, progress=progress)[: len(sets[ANSWERS])]


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What is trained at a build, and the embeddings of the bank questions, shape (questions, dimension).

    ``fitted`` are the trainings of the classifiers by name, for later ones to begin with.
    """

    classifiers: Mapping[str, Classifier]
    ranker: Ranker | None
    questions: Vectors
    fitted: Mapping[str, Fitted]


def train_all(
    sources: Sources,
    embedder: Embedder,
    *,
    sets: Mapping[str, Sequence[tuple[str, str]]],
    progress: Callable[[int], object] | None = None,
    ready: ReadyMade = NOTHING_READY,
    trained_on: str = "",
) -> Trained:
    """The classifiers by name, and the ranker of answers and topics; ``sets`` are those of ``make_training_sets``.

    Texts that trained the adapter train the classifiers too, but are left out of calibration. Calibration and the
    weights of the ranker are those of ``ready`` where its training was on nearly the same texts, and all weights where
    it was on the very same: ``trained_on`` is the fingerprint of what is trained on now.
    """
    texts = _examples(sets)
    numbers = {text: number for number, text in enumerate(texts)}
    vectors = embedder.encode(texts, adapted=True, progress=progress)
    space, reduced = fit_reduced(texts)
    trained: dict[str, Training] = {}
    places = {name: [numbers[text] for text, _ in pairs] for name, pairs in sets.items()}
    own = {name: vectors[numbers] for name, numbers in places.items()}
    messages = emergency_messages(sources)
    flags = np.array([sign_flags(sources.examples.grammar, [message.text]) for message in messages])
    own[EMERGENCIES] = np.hstack([own[EMERGENCIES], flags])
    writers = {
        ANSWERS: [example.by for example in bank_examples(sources.corpus)],
        EMERGENCIES: [message.by for message in messages],
    }
    for name, pairs in sets.items():
        if len({label for _, label in pairs}) > 1:  # nothing to tell apart otherwise
            alike = ready.fits(name, [text_key(text, adapted=True) for text, _ in pairs])
            trained[name] = train(
                [text for text, _ in pairs],
                own[name],
                [label for _, label in pairs],
                space=(space, reduced[places[name]]),
                trusted=_trusted(pairs, embedder),
                writers=writers.get(name, ()),
                before=ready.trainings[name] if alike else None,
                settled=ready.trained_on == trained_on,
            )
    bank = trained.get(ANSWERS)
    return Trained(
        {name: training.classifier for name, training in trained.items()},
        _train_ranker(bank, own[ANSWERS], _trusted(sets[ANSWERS], embedder), ready) if bank else None,
        own[ANSWERS],
        {name: training.fitted for name, training in trained.items()},
    )


def _train_ranker(bank: Training, vectors: Vectors, trusted: Sequence[bool], ready: ReadyMade) -> Ranker:
    classifier = bank.classifier
    if not len(bank.folds) and ready.ranker is not None:
        return Ranker(classifier.labels, bank.targets.astype(np.intp), ready.ranker)
    return train_ranker(
        classifier.labels,
        vectors,
        bank.targets,
        bank.scores,
        temperature=classifier.temperature,
        folds=bank.folds,
        trusted=trusted,
    )


def _trusted(pairs: Sequence[tuple[str, str]], embedder: Embedder) -> Sequence[bool]:
    """Of which texts the adapter has not seen the class; nothing without an adapter."""
    return [is_unseen(text) for text, _ in pairs] if embedder.has_adapter else ()


def _examples(sets: Mapping[str, Sequence[tuple[str, str]]]) -> list[str]:
    return list(dict.fromkeys(text for pairs in sets.values() for text, _ in pairs))
