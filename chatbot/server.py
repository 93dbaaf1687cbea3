"""The shell around the Gradio page: fixed HTML before its script arrives, article pages, and the guard before all."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping

from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp

from chatbot.api import with_api
from chatbot.dressing import Dressed
from chatbot.guard import Guard, Rules
from chatbot.limit import Limit
from chatbot.opening import Answering
from chatbot.page import Pages
from chatbot.shell import HERE, SCRIPTS, Shell, article_page, refusal_page
from chatbot.texts import Document, Span


def build_server(
    chatbot: Answering,
    *,
    ready: Callable[[], bool] = lambda: True,
    clock: Callable[[], float] = time.monotonic,
    pages: Pages | None = None,
) -> ASGIApp:
    """Everything that is served; SettingsError when something that must be off is on."""
    settings, shells, pages = chatbot.settings, make_shells(chatbot), pages or Pages(chatbot)

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
        refusal=lambda status: refusal_page(shells["en"], status),
        inputs=pages.inputs(),
    )
    page = Guard(Dressed(app, shells), rules)
    return with_api(page, chatbot, clock=clock) if settings.api_key else page


def make_shells(chatbot: Answering) -> dict[str, Shell]:
    """The fixed part of the page in every language."""
    wordings = chatbot.wordings
    return {
        language: Shell(
            chatbot.settings,
            chatbot.corpus,
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


def _add_own_routes(app: FastAPI, shells: Mapping[str, Shell], ready: Callable[[], bool]) -> None:
    """The routes that are not Gradio's."""
    documents = shells["en"].corpus.documents

    @app.get("/ready")
    def is_ready() -> dict[str, bool]:
        return {"ready": ready()}

    @app.get("/robots.txt")
    def robots() -> PlainTextResponse:
        return PlainTextResponse("User-agent: *\nDisallow: /\n")

    @app.get("/shell/{name}")
    def script(name: str) -> Response:
        if name not in SCRIPTS:
            return HTMLResponse(refusal_page(shells["en"], 404), status_code=404)
        return FileResponse(HERE / name, media_type="text/javascript")

    @app.get("/article/{number}")
    def article(number: int, quote: str = "", lang: str = "en") -> Response:
        shell = shells.get(lang, shells["en"])
        if not 1 <= number <= len(documents):
            return HTMLResponse(refusal_page(shell, 404), status_code=404)
        document = documents[number - 1]
        return HTMLResponse(article_page(shell, document, quoted=read_stretch(document, quote)))


def read_stretch(document: Document, text: str) -> Span | None:
    """The span that a link names as ``start-end``; None when it names none within the document."""
    start, dash, end = text.partition("-")
    if not (dash and start.isdecimal() and end.isdecimal() and len(end) < 10):
        return None
    if not int(start) < int(end) <= len(document.text):
        return None
    return Span(int(start), int(end))
