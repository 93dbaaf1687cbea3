"""Puts the parts together: corpus + encoder -> index on disk; corpus + encoder + index -> Chatbot."""

from collections.abc import Callable
from dataclasses import dataclass

from chatbot import search, triage
from chatbot.bot import Chatbot
from chatbot.classifier import train
from chatbot.corpus import Corpus, load_corpus
from chatbot.embedder import Embedder
from chatbot.errors import IndexDamaged, IndexMissing, IndexStale
from chatbot.index import Index, build_index, load_index, make_rows, save_index
from chatbot.notices import load_wordings
from chatbot.settings import Settings
from chatbot.triage import Examples, load_examples

Progress = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything read from corpus/ that building and answering share."""

    corpus: Corpus
    examples: Examples


def load_sources(settings: Settings) -> Sources:
    """Read and check the corpus; CorpusError on the first fault."""
    return Sources(load_corpus(settings.corpus), load_examples(settings.corpus))


def texts_to_embed(sources: Sources) -> list[str]:
    """Every text that building embeds, each once."""
    rows = [text for _, text in make_rows(sources.corpus)]
    examples = [text for pairs in _training_sets(sources).values() for text, _ in pairs]
    return list(dict.fromkeys([*rows, *examples]))


def build(settings: Settings, sources: Sources, embedder: Embedder, *, progress: Progress | None = None) -> Index:
    """Make the index of the corpus and put it in place of the old one."""
    texts = texts_to_embed(sources)
    numbers = {text: number for number, text in enumerate(texts)}
    vectors = embedder.encode(texts, progress=progress)
    classifiers = {
        name: train(
            [text for text, _ in pairs],
            vectors[[numbers[text] for text, _ in pairs]],
            [label for _, label in pairs],
        )
        for name, pairs in _training_sets(sources).items()
        if len({label for _, label in pairs}) > 1  # nothing to tell apart otherwise
    }
    pairs = make_rows(sources.corpus)
    index = build_index(pairs, vectors[[numbers[text] for _, text in pairs]], classifiers=classifiers)
    save_index(index, settings.index, corpus=sources.corpus, embedder=embedder)
    return index


def load_or_build(
    settings: Settings, sources: Sources, embedder: Embedder, *, progress: Progress | None = None
) -> Index:
    """The index in place if it fits, a new one if it is missing, stale or damaged."""
    try:
        return load_index(settings.index, files=sources.corpus.files, embedder=embedder)
    except (IndexMissing, IndexStale, IndexDamaged):
        return build(settings, sources, embedder, progress=progress)


def make_chatbot(settings: Settings, sources: Sources, index: Index, embedder: Embedder) -> Chatbot:
    """A chatbot that is ready to reply."""
    return Chatbot(
        settings=settings,
        corpus=sources.corpus,
        wordings=load_wordings(settings.corpus / "notices"),
        examples=sources.examples,
        index=index,
        embedder=embedder,
    )


def _training_sets(sources: Sources) -> dict[str, list[tuple[str, str]]]:
    """(text, class) for each classifier. Ordinary questions are the ``none`` of both triage classifiers."""
    bank = search.training_examples(sources.corpus)
    calm = [text for text, _ in bank]
    examples = sources.examples
    return {
        search.ANSWERS: bank,
        triage.EMERGENCIES: triage.training_examples(examples.emergencies, calm),
        triage.REQUESTS: triage.training_examples(examples.requests, calm),
    }
