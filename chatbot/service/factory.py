"""Puts the parts together: corpus + encoder -> index on disk; corpus + encoder + index -> Chatbot."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chatbot.answering import pipeline
from chatbot.answering.reply import Reply
from chatbot.corpus.corpus import Corpus, load_corpus
from chatbot.corpus.notices import Wording, load_wordings
from chatbot.errors import CorpusError, IndexDamaged, IndexMissing, IndexStale
from chatbot.indexing.embedding_cache import FILE, KeepingEmbedder
from chatbot.indexing.ray_encoder import ParallelEmbedder
from chatbot.models.adapter import is_unseen
from chatbot.models.batching import BatchingEmbedder
from chatbot.models.classifier import Classifier, fit_space, train
from chatbot.models.encoder import Embedder, load_embedder
from chatbot.query.glossary import Glossary, load_phrases
from chatbot.query.rewriting import Question
from chatbot.retrieval import bank_search
from chatbot.retrieval.faiss_store import FAISS, VectorEngine
from chatbot.retrieval.index import Index, Row, build_index, load_index, make_rows, save_index
from chatbot.retrieval.milvus_store import MilvusEngine
from chatbot.settings import Settings
from chatbot.triage import rules
from chatbot.triage.rules import Example, Examples, load_examples

Progress = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything read from corpus/ that building and answering share."""

    corpus: Corpus
    examples: Examples
    glossary: Glossary


class Chatbot(pipeline.Chatbot):
    """The whole of it, ready to be asked: ``from chatbot import Chatbot``."""

    @classmethod
    def open(cls, settings: Settings | None = None) -> "Chatbot":
        """A chatbot over the corpus and the index in place; settings come from the environment unless given.

        Raises:
            CorpusError: a file of the corpus cannot be used.
            IndexMissing, IndexStale, IndexDamaged: there is no index that fits; the message names the command.
            ModelError: the encoder cannot be loaded.
            SettingsError: a variable of the environment is no setting, or has no value that can be used.

        """
        settings = settings or Settings.from_environment(os.environ)
        return load_chatbot(settings, load_embedder(settings))

    def ask(self, question: str, history: Sequence[str] = (), *, language: str = "en") -> Reply:
        """The reply to what a person typed, after what they typed before (oldest first). Never raises, keeps nothing.

        ``language`` is that of the notices. Of a longer history the latest messages count.
        """
        kept = tuple(history)[max(0, len(history) - self.settings.longest_history) :]
        return self.reply(Question(question, kept, language))


def load_sources(settings: Settings) -> Sources:
    """Read and check the corpus; CorpusError on the first fault."""
    corpus, examples = load_corpus(settings.corpus), load_examples(settings.corpus)
    refuse_unworded(corpus, examples, load_words(settings, corpus), folder=settings.corpus)
    bank = [text for text, _ in bank_search.training_examples(corpus)]
    articles = [document.text for document in corpus.documents]
    glossary = Glossary(phrases=load_phrases(settings.corpus / "glossary.toml"), bank=bank, articles=articles)
    return Sources(corpus, examples, glossary)


def load_words(settings: Settings, corpus: Corpus) -> dict[str, Wording]:
    """The wording in the languages that are set, with the helplines that are set, for as many articles as there are."""
    contacts = Path(settings.contacts) if settings.contacts else None
    read = load_wordings(settings.corpus / "notices", contacts=contacts, languages=settings.languages.split())
    return {language: wording.for_articles(len(corpus.documents)) for language, wording in read.items()}


def refuse_unworded(corpus: Corpus, examples: Examples, wordings: Mapping[str, Wording], *, folder: Path) -> None:
    """CorpusError when something names a notice that a language does not have: it would fail when it is needed."""
    cautions = [(document.name, caution.notice) for document in corpus.documents for caution in document.cautions]
    named = [
        *((folder / "emergencies.toml", rule.notice) for rule in examples.rules),
        *((folder / "emergencies.toml", example.notice) for example in examples.emergencies),
        *((folder / "requests.toml", example.notice) for example in examples.requests),
        *((folder / name / "about.toml", notice) for name, notice in cautions),
    ]
    for where, notice_id in dict.fromkeys(named):
        for language, wording in wordings.items():
            for missing in _shown_for(notice_id) - wording.notices.keys():
                raise CorpusError(
                    f"Names the notice `{notice_id}`, but {language}.toml has no `{missing}`.",
                    where=where,
                    next_step="mend the id, or add the notice in every language.",
                )


def _shown_for(notice_id: str) -> set[str]:
    """The notices that can be shown for an id: of an emergency the one for now and the softer one."""
    strength, _, kind = notice_id.partition(".")
    if strength == rules.NONE:
        return set()
    return {f"crisis.{kind}", f"watch.{kind}"} if rules.is_alarm(notice_id) else {notice_id}


def vector_engine(settings: Settings) -> VectorEngine:
    """What keeps the vectors: FAISS, unless Milvus is named."""
    return MilvusEngine(settings.milvus, settings.milvus_token) if settings.milvus else FAISS


def texts_to_embed(sources: Sources) -> list[str]:
    """Every text that building embeds; twice those that are searched and learned from, once bent and once not."""
    rows = dict.fromkeys(text for _, text in _rows(sources))
    return [*rows, *_examples(training_sets(sources))]


def build(settings: Settings, sources: Sources, embedder: Embedder, *, progress: Progress | None = None) -> Index:
    """Make the index of the corpus and put it in place of the old one."""
    settings.index.mkdir(parents=True, exist_ok=True)
    workers = ParallelEmbedder(embedder, settings) if settings.build_on else None
    keeping = KeepingEmbedder(workers or embedder, settings.index / FILE)
    rows = _rows(sources)
    texts = list(dict.fromkeys(text for _, text in rows))
    numbers = {text: number for number, text in enumerate(texts)}
    vectors = keeping.encode(texts, progress=progress)
    classifiers = train_classifiers(sources, keeping, progress=progress)
    ordered = vectors[[numbers[text] for _, text in rows]]
    index = build_index(rows, ordered, classifiers=classifiers, engine=vector_engine(settings))
    save_index(index, settings.index, corpus=sources.corpus, embedder=embedder)
    keeping.save()
    if workers:
        workers.clear()
    return index


def train_classifiers(
    sources: Sources, embedder: Embedder, *, progress: Progress | None = None
) -> dict[str, Classifier]:
    """The classifiers by name. What the adapter has seen is learned from, but calibrates nothing."""
    sets = training_sets(sources)
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


def index_in_place(settings: Settings, sources: Sources, embedder: Embedder) -> Index:
    """The index in place, with its vectors where the settings say; the errors are those of ``load_index``."""
    return load_index(settings.index, files=sources.corpus.files, embedder=embedder, engine=vector_engine(settings))


def load_or_build(
    settings: Settings, sources: Sources, embedder: Embedder, *, progress: Progress | None = None
) -> Index:
    """The index in place if it fits, a new one if it is missing, stale or damaged."""
    try:
        return index_in_place(settings, sources, embedder)
    except (IndexMissing, IndexStale, IndexDamaged):
        return build(settings, sources, embedder, progress=progress)


def make_chatbot(
    settings: Settings,
    sources: Sources,
    index: Index,
    embedder: Embedder,
    *,
    batch: Callable[[Embedder], Embedder] = BatchingEmbedder,
) -> Chatbot:
    """A chatbot that can reply. The model is loaded with the first message; see ``warm_up``.

    ``batch`` brings together what several threads want encoded.
    """
    return Chatbot(
        settings=settings,
        corpus=sources.corpus,
        wordings=load_words(settings, sources.corpus),
        examples=sources.examples,
        glossary=sources.glossary,
        index=index,
        embedder=batch(embedder),
    )


def load_chatbot(
    settings: Settings, embedder: Embedder, *, batch: Callable[[Embedder], Embedder] = BatchingEmbedder
) -> Chatbot:
    """A chatbot over the corpus and the index in place; an index that does not fit is refused, none is built."""
    sources = load_sources(settings)
    return make_chatbot(settings, sources, index_in_place(settings, sources, embedder), embedder, batch=batch)


def warm_up(corpus: Corpus, embedder: Embedder) -> None:
    """Load what answering needs of the model, so that the first person to ask does not wait for it."""
    embedder.encode(["ready"], adapted=True)
    if corpus.unbanked:
        embedder.encode(["ready"])


def _examples(sets: Mapping[str, Sequence[tuple[str, str]]]) -> list[str]:
    return list(dict.fromkeys(text for pairs in sets.values() for text, _ in pairs))


def _rows(sources: Sources) -> list[tuple[Row, str]]:
    """Searchable rows; questions in standard words, as messages will be, the article's text as it is."""
    standard = sources.glossary.standard
    return [(row, standard(text) if row.kind == "question" else text) for row, text in make_rows(sources.corpus)]


def training_sets(sources: Sources) -> dict[str, list[tuple[str, str]]]:
    """(text, class) for each classifier.

    What is no emergency to the one triage classifier are ordinary questions and requests; what is no request to the
    other are ordinary questions and look-alikes of emergencies.
    """
    standard = sources.glossary.standard
    bank = [(standard(text), label) for text, label in bank_search.training_examples(sources.corpus)]
    calm = [text for text, _ in bank]
    emergencies, requests = (
        [Example(example.notice, standard(example.text)) for example in examples]
        for examples in (sources.examples.emergencies, sources.examples.requests)
    )
    return {
        bank_search.ANSWERS: bank,
        rules.EMERGENCIES: rules.training_examples(emergencies, [*calm, *(example.text for example in requests)]),
        rules.REQUESTS: rules.training_examples(
            requests, [*calm, *(example.text for example in emergencies if example.notice == rules.NONE)]
        ),
    }
