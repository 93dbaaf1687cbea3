"""Opens the page: ``python app.py``. The page is up at once; the index is loaded, or built, meanwhile."""

import logging
import os
import sys
from typing import NoReturn

import uvicorn
from tqdm import tqdm

from chatbot import assembly
from chatbot.bot import Chatbot
from chatbot.embedder import load_embedder
from chatbot.errors import ChatbotError
from chatbot.notices import load_wordings
from chatbot.opening import Opening
from chatbot.server import build_server
from chatbot.settings import Settings


class BuildBar:
    """Shows how far the building of an index is, from its first step: an index that fits is loaded without a word."""

    def __init__(self, sources: assembly.Sources) -> None:
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
        self._missing = len(assembly.texts_to_embed(self._sources))
        bar = tqdm(total=self._missing, desc="embedding", unit=" texts")
        self._bar = bar
        return bar


def open_page(settings: Settings) -> Opening:
    """A chatbot that begins to open; CorpusError when the corpus cannot be used."""
    sources = assembly.load_sources(settings)

    def open_chatbot() -> Chatbot:
        embedder = load_embedder(settings)
        index = assembly.load_or_build(settings, sources, embedder, progress=BuildBar(sources))
        assembly.warm_up(sources.corpus, embedder)
        chatbot = assembly.make_chatbot(settings, sources, index, embedder)
        print("Ready: questions are answered now.", flush=True)
        return chatbot

    opening = Opening(
        settings=settings,
        sources=sources,
        wordings=load_wordings(settings.corpus / "notices"),
        open_chatbot=open_chatbot,
    )
    opening.start()
    return opening


def log_warnings_only() -> None:
    """Show warnings and errors, whatever level a library has set for itself: what it tells beside them is noise."""
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s", handlers=[handler])


def main() -> int:
    """Serve until interrupted; 2 when something must be mended first."""
    log_warnings_only()
    try:
        settings = Settings.from_environment(os.environ)
        opening = open_page(settings)
        server = build_server(opening, ready=lambda: opening.ready)
    except ChatbotError as error:
        print(error, file=sys.stderr)
        return 2
    print(
        f"Open http://{settings.host}:{settings.port} in a browser. Getting ready meanwhile. Stop with Ctrl+C.",
        flush=True,
    )
    # No access log: addresses and query strings of visitors are nobody's business.
    uvicorn.run(
        server,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
