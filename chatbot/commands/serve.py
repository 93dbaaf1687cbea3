"""Opens the page: ``python app.py``. The page is up at once; the index is loaded, or built, meanwhile."""

import asyncio
import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from starlette.types import ASGIApp
from tqdm import tqdm

from chatbot.answering.pipeline import AnswerPipeline
from chatbot.errors import ChatbotError, SettingsError
from chatbot.indexing import build
from chatbot.indexing.sources import Sources, load_sources, load_words
from chatbot.models.encoder import Embedder, load_embedder
from chatbot.service import factory
from chatbot.service.interface import ChatbotProtocol
from chatbot.service.logs import set_up_logs
from chatbot.service.metrics import Metrics
from chatbot.service.reload import Reloader, corpus_state, index_state
from chatbot.service.startup import StartingChatbot
from chatbot.service.topic_counts import CountingChatbot, TopicCounts
from chatbot.settings import Settings
from chatbot.web.health import build_monitor
from chatbot.web.middleware.in_flight import InFlight
from chatbot.web.server import monitor_server, page_server, run
from chatbot.web.startup import StartingApp, build_starting_app


class BuildBar:
    """Shows how far the building of an index is, from its first step: an index that fits is loaded without a word."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._bar: tqdm[NoReturn] | None = None
        self._missing = 0  # texts that are not embedded yet

    def __call__(self, count: int) -> None:
        """So many more texts are embedded."""
        bar = self._bar or self._begun()
        bar.update(count)
        self._missing -= count
        if self._missing <= 0:
            bar.close()
            print("Training the classifiers: the last step.", flush=True)

    def _begun(self) -> "tqdm[NoReturn]":
        print("There is no index that fits the corpus: building it. This takes a few minutes, once.", flush=True)
        self._missing = len(build.texts_to_embed(self._sources))
        bar = tqdm(total=self._missing, desc="embedding", unit=" texts")
        self._bar = bar
        return bar


def open_page(settings: Settings, ledger: Metrics | None = None) -> StartingChatbot:
    """A chatbot that begins to open and follows what changes; CorpusError when the corpus cannot be used."""
    corpus_read, dressed = corpus_state(settings), dressing(settings, ledger)
    sources = load_sources(settings)

    def open_chatbot() -> ChatbotProtocol:
        embedder = load_embedder(settings)
        index = factory.load_or_build(settings, sources, embedder, progress=BuildBar(sources))
        known = corpus_read | index_state(settings)
        factory.warm_up(sources.corpus, embedder)
        chatbot = factory.make_chatbot(settings, sources, index, embedder)
        if settings.reload_seconds:
            told = ledger.renewal if ledger else lambda taken: None
            Reloader(opening, load=lambda: dressed(load_again(settings, embedder)), known=known, told=told).start()
        print("Ready: questions are answered now.", flush=True)
        return dressed(chatbot)

    words = load_words(settings, sources.corpus)
    opening = StartingChatbot(settings=settings, sources=sources, wordings=words, open_chatbot=open_chatbot)
    return opening


def dressing(settings: Settings, ledger: Metrics | None) -> Callable[[AnswerPipeline], ChatbotProtocol]:
    """Puts around a chatbot what the settings name: a tally, or a cluster that is asked first."""
    if settings.cluster and settings.topic_counts:
        raise SettingsError(
            "CHATBOT_TOPIC_COUNTS counts replies of this process, but CHATBOT_CLUSTER has them made elsewhere.",
            next_step="leave one of them empty.",
        )
    if settings.topic_counts:
        tally = TopicCounts(Path(settings.topic_counts))
        return lambda chatbot: CountingChatbot(chatbot, tally)
    return _asking_elsewhere(settings, ledger) if settings.cluster else lambda chatbot: chatbot


def _asking_elsewhere(settings: Settings, ledger: Metrics | None) -> Callable[[AnswerPipeline], ChatbotProtocol]:
    from chatbot.cluster.client import RemoteChatbot, open_client  # an HTTP client, for those who have a cluster

    client, told = open_client(settings), ledger.elsewhere if ledger else lambda result: None
    return lambda chatbot: RemoteChatbot(chatbot, client, told=told)


def load_again(settings: Settings, embedder: Embedder) -> AnswerPipeline:
    """A chatbot over what is on disk now, beside the one that answers; the loaded model serves both."""
    chatbot = factory.load_chatbot(settings, embedder)
    factory.warm_up(chatbot.corpus, embedder)
    return chatbot


def serve(settings: Settings, opening: StartingChatbot, ledger: Metrics) -> ChatbotError | None:
    """Serve the page, and the monitor if it has a port, until told to end; the error that ended it, if any."""
    traffic, chatbot, faults = InFlight(seen=ledger.request), ledger.measured(opening), list[ChatbotError]()

    async def whole() -> ASGIApp:
        # Gradio takes seconds to load: beside the first page, not before it. The model comes after it.
        await asyncio.to_thread(importlib.import_module, "chatbot.web.asgi")
        from chatbot.web.asgi import build_server
        from chatbot.web.gradio_page import Pages

        pages = Pages(chatbot)
        ledger.measure(waiting=pages.waiting, ready=lambda: opening.ready)
        app = build_server(chatbot, ready=lambda: opening.ready, pages=pages, traffic=traffic)
        opening.start()
        return app

    def failed(error: Exception) -> None:
        faults.append(error if isinstance(error, ChatbotError) else ChatbotError(type(error).__name__))
        page.should_exit = True

    page = page_server(settings, StartingApp(build_starting_app(chatbot), whole, failed=failed), traffic)

    def not_ready() -> str:
        if traffic.ending:
            return "ending"
        return "" if opening.ready else str(opening.failure or "getting ready")

    monitor = build_monitor(figures=ledger.figures, not_ready=not_ready, stuck_for=page.stuck_for)
    run(page, monitor_server(settings, monitor) if settings.monitor_port else None)
    return faults[0] if faults else None


def serve_command() -> int:
    """Serve until interrupted; 2 when something must be mended first."""
    try:
        settings = Settings.from_environment(os.environ)
        set_up_logs(as_json=settings.log_format == "json")
        ledger = Metrics()
        opening = open_page(settings, ledger)
        print(
            f"Open http://{settings.host}:{settings.port}{settings.base_path} in a browser. Getting ready meanwhile. "
            "Stop with Ctrl+C.",
            flush=True,
        )
        fault = serve(settings, opening, ledger)
        if fault:
            raise fault
    except ChatbotError as error:
        print(error, file=sys.stderr)
        return 2
    return 0
