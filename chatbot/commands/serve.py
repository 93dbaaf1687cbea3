"""Starts the web server, for ``python app.py``. It answers requests at once, while the index is loaded or built."""

import asyncio
import contextlib
import importlib
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from starlette.types import ASGIApp

from chatbot.answering.pipeline import AnswerPipeline
from chatbot.commands.articles import name_drafts
from chatbot.commands.build_process import BuildProcess
from chatbot.errors import ChatbotError, IndexDamaged, IndexMissing, IndexStale, SettingsError
from chatbot.indexing.sources import load_sources, load_words
from chatbot.models.encoder import Embedder, load_embedder
from chatbot.service.factory import index_in_place, load_chatbot, make_chatbot, warm_up
from chatbot.service.interface import ChatbotProtocol
from chatbot.service.kill_switch import StoppableChatbot
from chatbot.service.logs import set_up_logs
from chatbot.service.memory import refuse_small_memory, settle
from chatbot.service.metrics import Metrics
from chatbot.service.reload import Reloader, corpus_state, index_state
from chatbot.service.startup import StartingChatbot
from chatbot.service.topic_counts import CountingChatbot, TopicCounts
from chatbot.settings import Settings
from chatbot.web.health import build_monitor
from chatbot.web.middleware.in_flight import InFlight
from chatbot.web.server import Listening, monitor_server, page_server, run
from chatbot.web.startup import StartingApp, build_starting_app

Wrap = Callable[[AnswerPipeline], ChatbotProtocol]


class Build(Protocol):
    """A build that has begun."""

    def wait(self) -> None:
        """Return when the index is in place; ChatbotError when it could not be made."""
        ...


BuildStarter = Callable[[Settings], Build]


class ChatbotLoader:
    """Opens the chatbot of the page in a thread, and follows changes of its files. ``chatbot`` answers meanwhile.

    CorpusError when the corpus cannot be used. ``tally`` counts topics, where that is wanted.
    """

    def __init__(self, settings: Settings, metrics: Metrics, *, build: BuildStarter = BuildProcess) -> None:
        self._settings = settings
        self._build = build
        self._metrics = metrics
        self._corpus_read = corpus_state(settings)
        self.tally = open_tally(settings)
        self._wrap = wrapper(settings, metrics, self.tally)
        self._sources = load_sources(settings)
        wordings = load_words(settings, self._sources.corpus)
        self.chatbot = StartingChatbot(settings=settings, sources=self._sources, wordings=wordings)
        self._reloader: Reloader | None = None

    def start(self) -> threading.Thread:
        """Begin; the thread ends when the chatbot is open or has failed."""
        return self.chatbot.start(self._open)

    def trouble(self) -> str:
        """The class of the error for which changed articles cannot be looked for now; empty when they can."""
        return self._reloader.trouble if self._reloader else ""

    def _open(self) -> ChatbotProtocol:
        refuse_small_memory()
        embedder = load_embedder(self._settings)
        try:
            index = index_in_place(self._settings, self._sources, embedder)
        except (IndexMissing, IndexStale, IndexDamaged):
            wait = self._build(self._settings).wait
            warm_up(self._sources.corpus, embedder)  # meanwhile
            wait()
            index = index_in_place(self._settings, self._sources, embedder)
        known = self._corpus_read | index_state(self._settings)
        warm_up(self._sources.corpus, embedder)
        chatbot = self._wrap(make_chatbot(self._settings, self._sources, index, embedder))
        if self._settings.reload_seconds:
            self._reloader = Reloader(
                self.chatbot,
                load=lambda: self._load_again(embedder),
                known=known,
                on_reload=self._after_reload,
                on_look=self._metrics.looked,
            )
            self._reloader.start()
        settle()
        print("Ready: questions are answered now.", flush=True)
        return chatbot

    def _after_reload(self, taken: bool) -> None:
        self._metrics.reloaded(taken)
        settle()

    def _load_again(self, embedder: Embedder) -> ChatbotProtocol:
        """A chatbot over the files as they are now, beside the one that answers; the loaded model serves both."""
        chatbot = load_chatbot(self._settings, embedder)
        warm_up(chatbot.corpus, embedder)
        return self._wrap(chatbot)


def open_tally(settings: Settings) -> TopicCounts | None:
    """The topic counts, where the settings want them; SettingsError when replies are made elsewhere."""
    if settings.cluster and settings.topic_counts:
        raise SettingsError(
            "CHATBOT_TOPIC_COUNTS counts replies of this process, but CHATBOT_CLUSTER has them made elsewhere.",
            next_step="leave one of them empty.",
        )
    return TopicCounts(Path(settings.topic_counts)) if settings.topic_counts else None


def wrapper(settings: Settings, metrics: Metrics, tally: TopicCounts | None) -> Wrap:
    """What stands around a chatbot: topic counts, or a cluster that is asked first."""
    if tally:
        return lambda pipeline: CountingChatbot(pipeline, tally)
    if settings.cluster:
        from chatbot.cluster.client import RemoteChatbot, open_client  # an HTTP client, needed with a cluster only

        client = open_client(settings)
        return lambda pipeline: RemoteChatbot(pipeline, client, on_result=metrics.elsewhere)
    return lambda pipeline: pipeline


def serve(settings: Settings, loader: ChatbotLoader, metrics: Metrics, listening: Listening) -> ChatbotError | None:
    """Serve the page, and the monitor if it has a port, until told to end; the error that ended it, if any."""
    starting, traffic, faults = loader.chatbot, InFlight(seen=metrics.request), list[ChatbotError]()
    chatbot = metrics.measured(StoppableChatbot(starting))

    async def whole() -> ASGIApp:
        # Gradio takes seconds to load: beside the first page, not before it. The model comes after it.
        await asyncio.to_thread(importlib.import_module, "chatbot.web.asgi")
        from chatbot.web.asgi import build_server
        from chatbot.web.gradio_page import Pages

        tally = loader.tally
        count_miss = (lambda reply: tally.count_miss(reply, chatbot.corpus)) if tally else None
        pages = Pages(chatbot, count_miss=count_miss)
        metrics.measure(waiting=lambda: pages.sessions.waiting, ready=lambda: starting.ready)
        built = build_server(
            chatbot,
            ready=lambda: starting.ready,
            failed=lambda: starting.failure is not None and not starting.ready,
            pages=pages,
            traffic=traffic,
        )
        loader.start()
        return built

    def not_ready() -> str:
        if traffic.ending:
            return "ending"
        return "" if starting.ready else str(starting.failure or "getting ready")

    app = StartingApp(build_starting_app(chatbot), whole)
    page = page_server(settings, app, traffic)

    def failed(error: Exception) -> None:
        faults.append(error if isinstance(error, ChatbotError) else ChatbotError(type(error).__name__))
        page.should_exit = True

    app.on_failure(failed)
    monitor = build_monitor(
        figures=metrics.figures, not_ready=not_ready, trouble=loader.trouble, stuck_for=page.stuck_for
    )
    run(page, monitor_server(settings, monitor) if settings.monitor_port else None, listening)
    return faults[0] if faults else None


def serve_command() -> int:
    """Serve until interrupted; 2 when something must be mended first."""
    # Threads of torch that wait for each other sleep: spinning, they take the cores from all others. On a busy machine
    # a question took 5 times as long and 6 times the processor time. It is read when torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Threads of replies hand the interpreter on ten times sooner than by default: beside eight busy ones, what takes
    # five turns, as the way of an emergency does, took 65 ms instead of 630.
    sys.setswitchinterval(0.0005)
    try:
        settings = Settings.from_environment(os.environ)
        set_up_logs(as_json=settings.log_format == "json")
        with contextlib.closing(Listening.open(settings)) as listening:
            metrics = Metrics()
            loader = ChatbotLoader(settings, metrics)
            name_drafts(loader.chatbot.corpus)
            address = f"http://{settings.host}:{settings.port}{settings.base_path}"
            print(f"Open {address} in a browser. Getting ready meanwhile. Stop with Ctrl+C.", flush=True)
            fault = serve(settings, loader, metrics, listening)
        if fault:
            raise fault
    except ChatbotError as error:
        print(error, file=sys.stderr)
        return 2
    return 0
