"""The shell around the Gradio page: fixed HTML before its script arrives, article pages, and the guard before all."""

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping

from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp

from chatbot.api import with_api
from chatbot.closing import Closable
from chatbot.dressing import Dressed
from chatbot.guard import Guard, Rules
from chatbot.limit import Limit
from chatbot.opening import Answering
from chatbot.page import Pages
from chatbot.prefix import Placed, Prefixed
from chatbot.privacy import privacy_page
from chatbot.render import seal
from chatbot.shell import HERE, SCRIPTS, Shell, article_page, refusal_page
from chatbot.texts import Document, Span
from chatbot.traffic import Traffic


def build_server(
    chatbot: Answering,
    *,
    ready: Callable[[], bool] = lambda: True,
    clock: Callable[[], float] = time.monotonic,
    pages: Pages | None = None,
    traffic: Traffic | None = None,
) -> ASGIApp:
    """Everything that is served; SettingsError when something that must be off is on.

    Articles and wording are asked of ``chatbot`` anew with each request: it may be turned over to others.
    """
    settings, pages, traffic = chatbot.settings, pages or Pages(chatbot), traffic or Traffic()

    def shells() -> dict[str, Shell]:
        return make_shells(chatbot)

    @contextlib.asynccontextmanager
    async def sweeping(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(_sweep(pages, minutes=settings.idle_minutes))
        yield
        task.cancel()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=sweeping)
    _add_own_routes(app, shells, ready)
    pages.mount(app)
    rules = Rules(
        limit=Limit(per_minute=settings.questions_per_minute, burst=settings.question_burst, clock=clock),
        longest_body=settings.longest_body,
        frame_ancestors=settings.frame_ancestors,
        trusted_proxy=settings.trusted_proxy,
        refusal=lambda status: refusal_page(shells()["en"], status),
        inputs=pages.inputs(),
    )
    dressed = Dressed(Placed(app, settings.base_path), shells)
    closable = Closable(dressed, shells, stop_file=settings.stop_file, ending=lambda: traffic.ending)
    page = Guard(closable, rules)
    answering = with_api(page, chatbot, clock=clock, ending=lambda: traffic.ending) if settings.api_key else page
    return Prefixed(traffic.watched(answering), settings.base_path)


def make_shells(chatbot: Answering) -> dict[str, Shell]:
    """The fixed part of the page in every language."""
    corpus, wordings = chatbot.corpus, chatbot.wordings
    return {
        language: Shell(
            chatbot.settings,
            corpus,
            wording,
            tuple(other for other in wordings.values() if other.language != language),
        )
        for language, wording in wordings.items()
    }


async def _sweep(pages: Pages, *, minutes: float) -> None:
    """Drop forgotten conversations, as long as the server runs."""
    while True:
        await asyncio.sleep(min(60.0, minutes * 20))
        pages.forget_idle(longer_than_minutes=minutes)


def _add_own_routes(app: FastAPI, shells: Callable[[], Mapping[str, Shell]], ready: Callable[[], bool]) -> None:
    """The routes that are not Gradio's."""

    @app.get("/ready")
    def is_ready() -> dict[str, bool]:
        return {"ready": ready()}

    @app.get("/robots.txt")
    def robots() -> PlainTextResponse:
        return PlainTextResponse("User-agent: *\nDisallow: /\n")

    @app.get("/shell/{name}")
    def script(name: str) -> Response:
        if name not in SCRIPTS:
            return HTMLResponse(refusal_page(shells()["en"], 404), status_code=404)
        return FileResponse(HERE / name, media_type="text/javascript")

    @app.get("/privacy")
    def privacy(lang: str = "en") -> HTMLResponse:
        return HTMLResponse(privacy_page(_worded(shells(), lang)))

    @app.get("/article/{number}")
    def article(number: int, quote: str = "", lang: str = "en") -> Response:
        shell = _worded(shells(), lang)
        documents = shell.corpus.documents
        if not 1 <= number <= len(documents):
            return HTMLResponse(refusal_page(shell, 404), status_code=404)
        document = documents[number - 1]
        return HTMLResponse(article_page(shell, document, quoted=read_stretch(document, quote)))


def _worded(shells: Mapping[str, Shell], language: str) -> Shell:
    """The shell in a language; English when there is none."""
    return shells.get(language, shells["en"])


_STRETCH = re.compile(r"(?P<start>[0-9]{1,9})-(?P<end>[0-9]{1,9})(?:-(?P<seal>[0-9a-f]{8}))?")


def read_stretch(document: Document, text: str) -> Span | None:
    """The span that a link names as ``start-end`` or ``start-end-seal``.

    None when it names none within the document, or when the stretch no longer has the text that it was sealed for.
    """
    named = _STRETCH.fullmatch(text)
    if not named or not int(named["start"]) < int(named["end"]) <= len(document.text):
        return None
    span = Span(int(named["start"]), int(named["end"]))
    return span if named["seal"] in (None, seal(document.slice(span))) else None
