"""Opens the page: ``python app.py``. The page is up at once; the index is loaded, or built, meanwhile."""

import logging
import os
import sys

import uvicorn

from chatbot import assembly
from chatbot.bot import Chatbot
from chatbot.embedder import load_embedder
from chatbot.errors import ChatbotError
from chatbot.notices import load_wordings
from chatbot.opening import Opening
from chatbot.server import build_server
from chatbot.settings import Settings


def open_page(settings: Settings) -> Opening:
    """A chatbot that begins to open; CorpusError when the corpus cannot be used."""
    sources = assembly.load_sources(settings)

    def open_chatbot() -> Chatbot:
        embedder = load_embedder(settings)
        index = assembly.load_or_build(settings, sources, embedder)
        return assembly.make_chatbot(settings, sources, index, embedder)

    opening = Opening(
        settings=settings,
        sources=sources,
        wordings=load_wordings(settings.corpus / "notices"),
        open_chatbot=open_chatbot,
    )
    opening.start()
    return opening


def main() -> int:
    """Serve until interrupted; 2 when something must be mended first."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    try:
        settings = Settings.from_environment(os.environ)
        opening = open_page(settings)
        server = build_server(opening, ready=lambda: opening.ready)
    except ChatbotError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"Open http://{settings.host}:{settings.port} in a browser. Stop with Ctrl+C.", flush=True)
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
