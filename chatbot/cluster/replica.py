"""A replica of the answer pipeline on a Ray cluster: answers questions for web processes on other machines.

``serve deploy deploy/serve.yaml`` runs ``app``; see docs/scaling.md. It runs the same chatbot without the web page: it
reads its settings from the environment, reloads when the corpus changes, and stores no question. No other module
imports Ray Serve.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from ray import serve
from starlette.requests import Request
from starlette.responses import JSONResponse

from chatbot.answering.reply import Reply
from chatbot.cluster.codec import Packed, pack, unpack_question
from chatbot.errors import ChatbotError, RequestError
from chatbot.indexing.sources import load_sources, load_words
from chatbot.models.adapter import EncoderForm
from chatbot.models.batching import encode_together
from chatbot.models.encoder import Embedder, EmbedderWrapper, Vectors, load_embedder
from chatbot.query.question import Question
from chatbot.service import factory
from chatbot.service.interface import ChatbotProtocol
from chatbot.service.reload import Reloader, corpus_state, index_state
from chatbot.service.startup import StartingChatbot
from chatbot.settings import Settings

MOST_AT_ONCE = 16  # questions that one replica works on, and whose texts it may encode in one pass


class Replica:
    """One replica. ``load`` makes its encoder."""

    def __init__(self, load: Callable[[Settings], Embedder] = load_embedder) -> None:
        settings = Settings.from_environment(os.environ)
        self._embedder = load(settings)
        self._replying = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="reply")
        self._encoding = ThreadPoolExecutor(1, thread_name_prefix="encode")
        self._loop: asyncio.AbstractEventLoop | None = None
        known = corpus_state(settings) | index_state(settings)
        sources = load_sources(settings)
        self._chatbot = StartingChatbot(
            settings=settings,
            sources=sources,
            wordings=load_words(settings, sources.corpus),
        )
        self._chatbot.start(self._load).join()
        if self._chatbot.failure:
            raise self._chatbot.failure
        if settings.reload_seconds:
            Reloader(self._chatbot, load=self._load, known=known).start()

    async def __call__(self, request: Request) -> JSONResponse:
        """The reply to one question, as ids and places."""
        self._loop = asyncio.get_running_loop()
        try:
            question = unpack_question(await request.json())
        except (RequestError, ValueError) as error:
            return JSONResponse({"error": type(error).__name__}, 400)
        return JSONResponse(await self._loop.run_in_executor(self._replying, self._packed, question))

    async def check_health(self) -> None:
        """Asked by Serve: a question is answered, or this replica is replaced."""
        loop = asyncio.get_running_loop()
        reply: Reply = await loop.run_in_executor(self._replying, self._chatbot.reply, Question("What is methadone?"))
        if reply.failed:
            raise ChatbotError("A reply failed.")

    def _packed(self, question: Question) -> Packed:
        # Taken once: the reply goes with the articles that it was made of, also in the middle of a change.
        chatbot = self._chatbot.current
        return pack(chatbot.reply(question), chatbot.corpus)

    def _load(self) -> ChatbotProtocol:
        chatbot = factory.load_chatbot(self._chatbot.settings, self._embedder, batch=self._batching)
        factory.warm_up(chatbot.corpus, self._embedder)
        return chatbot

    def _batching(self, embedder: Embedder) -> Embedder:
        return _Batched(embedder, self._encoded)

    def _encoded(self, texts: Sequence[str], form: EncoderForm) -> Vectors:
        """Called in a thread of a reply: waits for the pass that takes these texts along."""
        if self._loop is None:
            return self._embedder.encode(texts, form=form)
        waiting: Future[Vectors] = asyncio.run_coroutine_threadsafe(self._together((texts, form)), self._loop)
        return waiting.result()

    # What waits while one pass is under way goes with the next: nobody waits for company.
    @serve.batch(max_batch_size=MOST_AT_ONCE, batch_wait_timeout_s=0)  # type: ignore[untyped-decorator]  # Ray is not there when types are checked
    async def _together(self, jobs: list[tuple[Sequence[str], EncoderForm]]) -> list[Vectors]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._encoding, encode_together, self._embedder, jobs)


class _Batched(EmbedderWrapper):
    """An embedder whose calls Serve brings together."""

    def __init__(self, embedder: Embedder, encode: Callable[[Sequence[str], EncoderForm], Vectors]) -> None:
        super().__init__(embedder)
        self._encode = encode

    def encode(
        self,
        texts: Sequence[str],
        *,
        form: EncoderForm = EncoderForm.PLAIN,
        progress: Callable[[int], object] | None = None,
    ) -> Vectors:
        """See ``Embedder``."""
        vectors = self._encode(texts, form)
        if progress:
            progress(len(texts))
        return vectors


def make_app(load: Callable[[Settings], Embedder] = load_embedder, **options: object) -> serve.Application:
    """The application; ``options`` are those of a Serve deployment. Requests are not logged, not even by number."""
    logs = {"enable_access_log": False, "log_level": "WARNING"}
    deployment = serve.deployment(Replica).options(
        name="Replica", max_ongoing_requests=MOST_AT_ONCE, logging_config=logs, **options
    )
    return deployment.bind(load)


app = make_app()
