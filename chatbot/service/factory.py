"""Factory: makes a chatbot from settings; loads the index, or has ``indexing.build`` build it when there is none."""

import os
from collections.abc import Callable, Sequence

from chatbot.answering.pipeline import AnswerPipeline
from chatbot.answering.reply import Reply
from chatbot.corpus.corpus import Corpus
from chatbot.errors import IndexDamaged, IndexMissing, IndexStale
from chatbot.indexing.build import Progress, build
from chatbot.indexing.sources import Sources, load_sources, load_words
from chatbot.models.adapter import EncoderForm
from chatbot.models.batching import BatchingEmbedder
from chatbot.models.encoder import Embedder, load_embedder
from chatbot.models.reader import Reader, load_reader
from chatbot.query.question import Question
from chatbot.retrieval.index import Index
from chatbot.retrieval.index_files import load_index
from chatbot.retrieval.vector_store import vector_engine
from chatbot.settings import Settings


class Chatbot(AnswerPipeline):
    """The whole of it, ready to be asked: ``from chatbot import Chatbot``."""

    @classmethod
    def open(cls, settings: Settings | None = None, *, drafts: bool = False) -> "Chatbot":
        """A chatbot over the corpus and the index in place; settings come from the environment unless given.

        With ``drafts`` it quotes articles that nobody has approved as well: for an editor to try, never for families.

        Raises:
            CorpusError: a file of the corpus cannot be used.
            IndexMissing, IndexStale, IndexDamaged: there is no index that fits; the message names the command.
            ModelError: the encoder cannot be loaded.
            SettingsError: a variable of the environment is no setting, or has no value that can be used.

        """
        settings = settings or Settings.from_environment(os.environ)
        return load_chatbot(settings, load_embedder(settings), drafts=drafts)

    def ask(self, question: str, history: Sequence[str] = (), *, language: str = "en") -> Reply:
        """The reply to what a person typed, after what they typed before (oldest first). Never raises, keeps nothing.

        ``language`` is that of the notices. Of a longer history the latest messages count.
        """
        kept = tuple(history)[max(0, len(history) - self.settings.longest_history) :]
        return self.reply(Question(question, kept, language))


def index_in_place(settings: Settings, sources: Sources, embedder: Embedder) -> Index:
    """The index in place, with its vectors where the settings say; the errors are those of ``load_index``."""
    return load_index(settings.index, files=sources.corpus.files, embedder=embedder, engine=vector_engine(settings))


def load_or_build(
    settings: Settings,
    sources: Sources,
    embedder: Embedder,
    *,
    progress: Progress | None = None,
    quick: bool = False,
) -> Index:
    """The index in place if it fits, else a new one; ``quick`` and the errors are those of ``build``.

    When another process is building it, that one's index is waited for and taken.
    """

    def fitting() -> Index | None:
        try:
            return index_in_place(settings, sources, embedder)
        except (IndexMissing, IndexStale, IndexDamaged):
            return None

    return fitting() or build(settings, sources, embedder, progress=progress, unless=fitting, quick=quick)


def make_chatbot(
    settings: Settings,
    sources: Sources,
    index: Index,
    embedder: Embedder,
    *,
    batch: Callable[[Embedder], Embedder] = BatchingEmbedder,
    reader: Reader | None = None,
) -> Chatbot:
    """A chatbot that can reply. The model is loaded with the first message; see ``warm_up``.

    ``batch`` brings together what several threads want encoded. Without a ``reader`` it is that of the settings, where
    an article has no bank.
    """
    return Chatbot(
        settings=settings,
        corpus=sources.corpus,
        wordings=load_words(settings, sources.corpus),
        examples=sources.examples,
        glossary=sources.glossary,
        index=index,
        embedder=batch(embedder),
        places=sources.places,
        reader=reader or (load_reader(settings) if sources.corpus.unbanked else None),
    )


def load_chatbot(
    settings: Settings,
    embedder: Embedder,
    *,
    batch: Callable[[Embedder], Embedder] = BatchingEmbedder,
    drafts: bool = False,
) -> Chatbot:
    """A chatbot over the corpus and the index in place; an index that does not fit is refused, none is built."""
    settings = settings.for_drafts() if drafts else settings
    sources = load_sources(settings, drafts=drafts)
    return make_chatbot(settings, sources, index_in_place(settings, sources, embedder), embedder, batch=batch)


def warm_up(corpus: Corpus, embedder: Embedder) -> None:
    """Load what answering needs of the model, so that the first person to ask does not wait for it."""
    embedder.encode(["ready"], form=EncoderForm.BANK)
    if corpus.unbanked:
        embedder.encode(["ready"], form=EncoderForm.SEARCH)
