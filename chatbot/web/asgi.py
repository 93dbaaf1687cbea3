"""The ASGI application: the Gradio page within our layout, article pages, the API, and the middleware around all."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from fastapi import FastAPI
from starlette.types import ASGIApp

from chatbot.service.interface import ChatbotProtocol
from chatbot.web.api import with_api
from chatbot.web.gradio_embed import GradioInLayout
from chatbot.web.gradio_page import Pages
from chatbot.web.layout import Layout, make_layouts
from chatbot.web.middleware.base_path import AddBasePath, StripBasePath
from chatbot.web.middleware.guard import Guard, page_policy
from chatbot.web.middleware.in_flight import InFlight
from chatbot.web.middleware.kill_switch import KillSwitch
from chatbot.web.pages import refusal_page
from chatbot.web.plain_form import add_form_route
from chatbot.web.routes import add_plain_routes, in_language_of


def build_server(
    chatbot: ChatbotProtocol,
    *,
    ready: Callable[[], bool] = lambda: True,
    clock: Callable[[], float] = time.monotonic,
    pages: Pages | None = None,
    traffic: InFlight | None = None,
) -> ASGIApp:
    """Everything that is served; SettingsError when something that must be off is on.

    Articles and wording are asked of ``chatbot`` anew with each request: they may be reloaded.
    """
    settings, pages, traffic = chatbot.settings, pages or Pages(chatbot), traffic or InFlight()

    def layouts() -> dict[str, Layout]:
        return make_layouts(chatbot)

    @contextlib.asynccontextmanager
    async def sweeping(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(_sweep(pages, minutes=settings.idle_minutes))
        yield
        task.cancel()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=sweeping)
    add_plain_routes(app, layouts, lambda: {"ready": ready(), "page": True})
    add_form_route(app, chatbot, layouts, ending=lambda: traffic.ending)
    pages.mount(app)
    rules = page_policy(
        settings, lambda status, language: refusal_page(in_language_of(layouts(), language), status), clock=clock
    )
    dressed = GradioInLayout(AddBasePath(app, settings.base_path), layouts)
    closable = KillSwitch(dressed, layouts, settings=settings, ending=lambda: traffic.ending)
    page = Guard(closable, replace(rules, inputs=pages.inputs()))
    answering = with_api(page, chatbot, clock=clock, ending=lambda: traffic.ending) if settings.api_key else page
    return StripBasePath(traffic.watched(answering), settings.base_path)


async def _sweep(pages: Pages, *, minutes: float) -> None:
    """Drop forgotten conversations, as long as the server runs."""
    while True:
        await asyncio.sleep(min(60.0, minutes * 20))
        pages.forget_idle(longer_than_minutes=minutes)
