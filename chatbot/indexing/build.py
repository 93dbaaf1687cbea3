"""Builds the index: embeds every text, trains the classifiers, saves all of it."""

from collections.abc import Callable, Mapping, Sequence

from chatbot.indexing.classifier_training import fit_space, train
from chatbot.indexing.embedding_cache import CACHE_FILE, CachingEmbedder
from chatbot.indexing.ray_encoder import RayEmbedder
from chatbot.indexing.sources import Sources
from chatbot.indexing.training_sets import make_training_sets
from chatbot.models.adapter import is_unseen
from chatbot.models.classifier import Classifier
from chatbot.models.encoder import Embedder
from chatbot.retrieval.index import Index, Row, build_index, make_rows
from chatbot.retrieval.index_files import save_index
from chatbot.retrieval.vector_store import vector_engine
from chatbot.settings import Settings

Progress = Callable[[int], object]


def texts_to_embed(sources: Sources) -> list[str]:
    """Every text that building encodes. A text that is searched and learned from counts twice: plain and adapted."""
    rows = dict.fromkeys(text for _, text in _rows(sources))
    return [*rows, *_examples(make_training_sets(sources))]


def build(settings: Settings, sources: Sources, embedder: Embedder, *, progress: Progress | None = None) -> Index:
    """Make the index of the corpus and put it in place of the old one."""
    settings.index.mkdir(parents=True, exist_ok=True)
    workers = RayEmbedder(embedder, settings) if settings.build_on else None
    keeping = CachingEmbedder(workers or embedder, settings.index / CACHE_FILE)
    rows = _rows(sources)
    texts = list(dict.fromkeys(text for _, text in rows))
    numbers = {text: number for number, text in enumerate(texts)}
    vectors = keeping.encode(texts, progress=progress)
    classifiers = train_classifiers(sources, keeping, progress=progress)
    ordered = vectors[[numbers[text] for _, text in rows]]
    engine = vector_engine(settings)
    index = build_index(rows, ordered, classifiers=classifiers, engine=engine)
    save_index(index, settings.index, corpus=sources.corpus, embedder=embedder, engine=engine)
    keeping.save()
    if workers:
        workers.clear()
    return index


def train_classifiers(
    sources: Sources, embedder: Embedder, *, progress: Progress | None = None
) -> dict[str, Classifier]:
    """The classifiers by name.

    Texts that trained the adapter train the classifiers too, but are left out of temperature calibration.
    """
    sets = make_training_sets(sources)
    texts = _examples(sets)
    numbers = {text: number for number, text in enumerate(texts)}
    vectors = embedder.encode(texts, adapted=True, progress=progress)
    space = fit_space(texts)
    return {
        name: train(
            [text for text, _ in pairs],
            vectors[[numbers[text] for text, _ in pairs]],
            [label for _, label in pairs],
            space=space,
            trusted=[is_unseen(text) for text, _ in pairs] if embedder.has_adapter else (),
        )
        for name, pairs in sets.items()
        if len({label for _, label in pairs}) > 1  # nothing to tell apart otherwise
    }


def _examples(sets: Mapping[str, Sequence[tuple[str, str]]]) -> list[str]:
    return list(dict.fromkeys(text for pairs in sets.values() for text, _ in pairs))


def _rows(sources: Sources) -> list[tuple[Row, str]]:
    """Searchable rows; questions in standard words, as messages will be, the article's text as it is."""
    standard = sources.glossary.standard
    return [(row, standard(text) if row.kind == "question" else text) for row, text in make_rows(sources.corpus)]
