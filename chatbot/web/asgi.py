"""The shell around the Gradio page: fixed HTML before its script arrives, article pages, and the guard before all."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from fastapi import FastAPI
from starlette.types import ASGIApp

from chatbot.service.interface import Answering
from chatbot.web.api import with_api
from chatbot.web.gradio_embed import Dressed
from chatbot.web.gradio_page import Pages
from chatbot.web.layout import Shell, make_shells
from chatbot.web.middleware.base_path import Placed, Prefixed
from chatbot.web.middleware.guard import Guard, page_rules
from chatbot.web.middleware.in_flight import Traffic
from chatbot.web.middleware.kill_switch import Closable
from chatbot.web.pages import refusal_page
from chatbot.web.routes import add_fixed_routes


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
    add_fixed_routes(app, shells, lambda: {"ready": ready(), "page": True})
    pages.mount(app)
    rules = page_rules(settings, lambda status: refusal_page(shells()["en"], status), clock=clock)
    dressed = Dressed(Placed(app, settings.base_path), shells)
    closable = Closable(dressed, shells, stop_file=settings.stop_file, ending=lambda: traffic.ending)
    page = Guard(closable, replace(rules, inputs=pages.inputs()))
    answering = with_api(page, chatbot, clock=clock, ending=lambda: traffic.ending) if settings.api_key else page
    return Prefixed(traffic.watched(answering), settings.base_path)


async def _sweep(pages: Pages, *, minutes: float) -> None:
    """Drop forgotten conversations, as long as the server runs."""
    while True:
        await asyncio.sleep(min(60.0, minutes * 20))
        pages.forget_idle(longer_than_minutes=minutes)
