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
from chatbot.web.gradio_sessions import GradioSessions
from chatbot.web.layout import Layout, make_layouts
from chatbot.web.middleware.base_path import AddBasePath, StripBasePath
from chatbot.web.middleware.guard import Guard, Weigh, page_policy
from chatbot.web.middleware.in_flight import InFlight
from chatbot.web.middleware.kill_switch import KillSwitch
from chatbot.web.middleware.queue_gate import QueueGate, language_of_queue
from chatbot.web.pages import refusal_page
from chatbot.web.plain_form import add_form_route
from chatbot.web.routes import add_plain_routes, in_language_of
from chatbot.web.rules_first import RulesFirst


def build_server(
    chatbot: ChatbotProtocol,
    *,
    ready: Callable[[], bool] = lambda: True,
    failed: Callable[[], bool] = lambda: False,
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
        task = asyncio.create_task(_sweep(pages.sessions, gate, minutes=settings.idle_minutes))
        yield
        task.cancel()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=sweeping)
    add_plain_routes(app, layouts, lambda: {"ready": ready(), "failed": failed(), "page": True})
    policy = page_policy(
        settings, lambda status, language: refusal_page(in_language_of(layouts(), language), status), clock=clock
    )
    rules = RulesFirst(chatbot)
    add_form_route(app, chatbot, layouts, rules, policy.limit, ending=lambda: traffic.ending)
    pages.mount(app)
    dressed = GradioInLayout(AddBasePath(app, settings.base_path), layouts)
    gate = QueueGate(dressed, pages.sessions, rules)
    closable = KillSwitch(gate, layouts, settings=settings, ending=lambda: traffic.ending)
    weigh: Weigh = lambda path, entry: pages.sessions.weigh(language_of_queue(path), entry)  # noqa: E731
    page = Guard(closable, replace(policy, inputs=pages.inputs(), weigh=weigh))
    answering = with_api(page, chatbot, rules, clock=clock, ending=lambda: traffic.ending) if settings.api_key else page
    return StripBasePath(traffic.watched(answering), settings.base_path)


async def _sweep(sessions: GradioSessions, gate: QueueGate, *, minutes: float) -> None:
    """Drop forgotten conversations and replies, as long as the server runs."""
    while True:
        await asyncio.sleep(min(20.0, minutes * 20))
        sessions.forget_idle(seconds=60 * minutes)
        sessions.forget_unread(gate.reading)
