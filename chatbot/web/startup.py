"""The web application of the first seconds: serves helplines and articles, until ``web/asgi.py`` takes over."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.service.interface import ChatbotProtocol
from chatbot.web.layout import make_layouts
from chatbot.web.middleware.base_path import StripBasePath
from chatbot.web.middleware.guard import Guard, page_policy
from chatbot.web.page_language import language_of
from chatbot.web.pages import refusal_page, starting_page
from chatbot.web.routes import add_plain_routes, in_language_of


def build_starting_app(chatbot: ChatbotProtocol) -> ASGIApp:
    """What is served until the whole page is there: numbers, articles, and no question yet."""
    settings, layouts = chatbot.settings, make_layouts(chatbot)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    add_plain_routes(app, lambda: layouts, lambda: {"ready": False, "failed": False, "page": False})

    @app.get("/")
    def starting(request: Request) -> HTMLResponse:
        return HTMLResponse(starting_page(layouts[language_of(request.scope, layouts)]))

    @app.post("/{path:path}")
    def nothing_yet(path: str) -> Response:
        return Response(status_code=503)  # the guard makes the page of it

    policy = page_policy(
        settings, lambda status, language: refusal_page(in_language_of(layouts, language), status), clock=time.monotonic
    )
    # No question is answered yet, so none is counted.
    return StripBasePath(Guard(app, replace(policy, limit=None)), settings.base_path)


class StartingApp:
    """ASGI: ``meanwhile``, until ``make`` has made the whole app; then that one.

    ``make`` runs within the server's loop. When it raises, ``meanwhile`` goes on; see ``on_failure``.
    """

    def __init__(self, meanwhile: ASGIApp, make: Callable[[], Awaitable[ASGIApp]]) -> None:
        self._app = meanwhile
        self._make = make
        self._on_failure: Callable[[Exception], object] | None = None

    def on_failure(self, call: Callable[[Exception], object]) -> None:
        """Call this with what ``make`` raises."""
        self._on_failure = call

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """From the server's start to its end: the whole app starts later than the server, and ends with it."""
        await receive()
        ending = asyncio.Event()
        whole = asyncio.create_task(self._live_whole(ending))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        ending.set()
        await whole
        await send({"type": "lifespan.shutdown.complete"})

    async def _live_whole(self, ending: asyncio.Event) -> None:
        try:
            app = await self._make()
        except Exception as error:
            if self._on_failure:
                self._on_failure(error)
            return
        told, started = asyncio.Queue[Message](), asyncio.Event()

        async def hear(message: Message) -> None:
            started.set()

        async def live() -> None:
            await app({"type": "lifespan", "asgi": {"version": "3.0"}}, told.get, hear)

        life = asyncio.create_task(live())
        await told.put({"type": "lifespan.startup"})
        await started.wait()
        self._app = app
        await ending.wait()
        await told.put({"type": "lifespan.shutdown"})
        await life
