"""Answers the plain HTML form of the page (``POST /ask``): without JavaScript, and while Gradio is still on its way.

The reply is a whole page with the conversation so far and the form below it. Nothing is kept on the server: the earlier
questions stand in a hidden field of the form.
"""

from collections.abc import Callable, Mapping
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.types import Scope

from chatbot.query.question import Question
from chatbot.service.interface import ChatbotProtocol
from chatbot.web.answer_desk import AnswerDesk, Full
from chatbot.web.clients import client_of
from chatbot.web.earlier import read_earlier, write_earlier
from chatbot.web.handlers import KEPT, PageHandlers, PageUpdate
from chatbot.web.layout import Layout
from chatbot.web.middleware.rate_limit import RateLimit
from chatbot.web.pages import asked_page, refusal_page
from chatbot.web.paths import FORM_PATH
from chatbot.web.routes import in_language_of
from chatbot.web.rules_first import RulesFirst
from chatbot.web.transcript import Transcript

_STATUS = {"closed": 403, "starting": 503, "failed": 500}
_MOST_FIELDS = 8  # the form has five


def add_form_route(
    app: FastAPI,
    chatbot: ChatbotProtocol,
    layouts: Callable[[], Mapping[str, Layout]],
    rules: RulesFirst,
    limit: RateLimit | None,
    *,
    ending: Callable[[], bool] = lambda: False,
) -> None:
    """Answer the form; as many at once, and as many waiting, as the settings allow."""
    desk = _FormDesk(chatbot, rules, limit, ending)

    @app.post(FORM_PATH)
    async def ask(request: Request, lang: str = "en") -> HTMLResponse:
        layout = in_language_of(layouts(), lang)
        try:
            fields = read_fields(await request.body())
            update = await desk.answer(fields, layout.wording.language, request.scope)
        except ValueError:
            return HTMLResponse(refusal_page(layout, 400), status_code=400)
        except _TooMany:
            return HTMLResponse(refusal_page(layout, 429), status_code=429, headers={"retry-after": "10"})
        except Full:
            return HTMLResponse(refusal_page(layout, 503, trouble="full"), status_code=503)
        trouble = update.told.partition(":")[0]
        if trouble in _STATUS:
            return HTMLResponse(refusal_page(layout, _STATUS[trouble], trouble=trouble), status_code=_STATUS[trouble])
        return HTMLResponse(_page(layout, update, fields))


class _TooMany(Exception):
    """A client has asked too much in a short time."""


class _FormDesk:
    """Who is answered now: an emergency that the rules see waits for nobody, and comes alone.

    Anything else counts against ``limit`` also for the earlier questions, which are answered again; the guard has
    counted the question itself.
    """

    def __init__(
        self, chatbot: ChatbotProtocol, rules: RulesFirst, limit: RateLimit | None, ending: Callable[[], bool]
    ) -> None:
        self._handlers = PageHandlers(chatbot)
        self._proxy = chatbot.settings.trusted_proxy
        self._desk = AnswerDesk(chatbot.settings, name="form", ending=ending)
        self._rules = rules
        self._limit = limit

    async def answer(self, fields: Mapping[str, str], language: str, scope: Scope) -> PageUpdate:
        """What the page shows for these fields; Full or _TooMany when nothing is answered now."""
        typed, carried = _typed(self._handlers, fields, language), fields.get("earlier", "")
        if typed and not self._desk.ending and await self._rules.sees_emergency(typed):
            return await self._rules.answer(typed, lambda: self._handlers.alone(typed, carried))
        again = len(read_earlier(carried))
        if self._limit and again and not self._limit.allows(client_of(scope, self._proxy), count=again):
            raise _TooMany
        return await self._desk.run(lambda: answer_form(self._handlers, fields, language))


def _typed(handlers: PageHandlers, fields: Mapping[str, str], language: str) -> Question | None:
    """The question that is typed in the form; None when something was tapped."""
    if any(fields.get(name) for name in ("tapped", "anyway", "withdraw")):
        return None
    return handlers.question(fields.get("question", ""), None, language, fields.get("earlier", ""))


def read_fields(body: bytes) -> dict[str, str]:
    """The fields of a form by name, the last of each; ValueError when there are more than the page has."""
    fields = parse_qs(body.decode("utf-8", "replace"), errors="replace", max_num_fields=_MOST_FIELDS)
    return {name: values[-1].replace("\r\n", "\n") for name, values in fields.items()}


def answer_form(handlers: PageHandlers, fields: Mapping[str, str], language: str) -> PageUpdate:
    """What the page shows for these fields: a tapped question, one asked again by somebody safe, or a typed one."""
    carried = fields.get("earlier", "")
    if fields.get("tapped"):
        return handlers.tap(fields["tapped"], None, language, carried)
    if fields.get("withdraw"):
        return handlers.withdraw(fields["withdraw"], None, language, carried, fields.get("question", ""))
    if fields.get("anyway"):
        return handlers.anyway(fields["anyway"], None, language, carried)
    return handlers.ask(fields.get("question", ""), None, language, carried)


def _page(layout: Layout, update: PageUpdate, fields: Mapping[str, str]) -> str:
    transcript = update.transcript if isinstance(update.transcript, Transcript) else Transcript()
    log = [] if update.log is KEPT else update.log
    return asked_page(
        layout,
        [message["content"][0]["text"] for message in log],
        earlier=write_earlier(transcript),
        text=fields.get("question", "") if update.box is KEPT else update.box,
    )
