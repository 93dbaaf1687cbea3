"""The JSON API of the chatbot: ``POST /v1/ask`` with a key. It is disabled when the settings have no key."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.types import ASGIApp, Receive, Scope, Send

from chatbot.answering.contract import Answered, Refused, answered, asked_schema, read_question, refused
from chatbot.answering.reply import Reply
from chatbot.errors import RequestError, SettingsError
from chatbot.query.question import Question
from chatbot.service.interface import ChatbotProtocol, Closed, NotReady
from chatbot.web.answer_desk import AnswerDesk, Full
from chatbot.web.api_docs import render_api_docs
from chatbot.web.middleware.guard import Guard, RequestPolicy, is_bearer, refuse_with_object
from chatbot.web.middleware.rate_limit import RateLimit
from chatbot.web.paths import API, ASK_PATH, is_api
from chatbot.web.rules_first import RulesFirst

SHORTEST_KEY = 20  # characters; 20 random letters cannot be guessed, least of all at the rate that is let through
_REASONS = {
    400: "The body is not a question in the form of the data contract.",
    401: "The key is missing or wrong: send `Authorization: Bearer …`.",
    403: "The operator has stopped the answers.",
    404: "There is nothing here.",
    405: "Ask with POST.",
    413: "The body is too long.",
    429: "Too many questions in a short time: wait, then ask again.",
    500: "Something went wrong here.",
    503: "Still getting ready, or too many ask at once: wait, then ask again.",
}
# What may be shown to the person who waits, where a fixed text fits.
_NOTICES = {
    403: "trouble.closed",
    413: "not_covered.too_long",
    429: "trouble.rate",
    500: "trouble.failed",
    503: "trouble.failed",
}


def with_api(
    page: ASGIApp,
    chatbot: ChatbotProtocol,
    rules: RulesFirst,
    *,
    clock: Callable[[], float] = time.monotonic,
    ending: Callable[[], bool] = lambda: False,
) -> ASGIApp:
    """The page, and beside it the API under guard; SettingsError when its key can be guessed."""
    settings = chatbot.settings
    if len(settings.api_key) < SHORTEST_KEY or not settings.api_key.isascii():
        raise SettingsError(
            f"CHATBOT_API_KEY is not a key: it needs {SHORTEST_KEY} plain characters or more.",
            next_step='make one: python -c "import secrets; print(secrets.token_urlsafe(32))"',
        )
    policy = RequestPolicy(
        paths=API,
        refuse=refuse_with_object(lambda status: _refusal(chatbot, status)),
        limit=RateLimit(per_minute=settings.api_questions_per_minute, burst=settings.api_question_burst, clock=clock),
        longest_body=settings.longest_body,
        frame_ancestors="",
        trusted_proxy=settings.trusted_proxy,
        worded=frozenset(_STATUSES) - {503},
        key=settings.api_key,
    )
    api = Guard(build_api(chatbot, rules, ending=ending), policy)

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        own = scope["type"] == "http" and is_api(scope["path"])
        await (api if own else page)(scope, receive, send)

    return either


def build_api(chatbot: ChatbotProtocol, rules: RulesFirst, *, ending: Callable[[], bool] = lambda: False) -> FastAPI:
    """The API alone: who asks needs the key, and waits for a free place."""
    app = FastAPI(title="Word for Word", version="1", docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    desk = AnswerDesk(chatbot.settings, name="api", ending=ending)
    bearer = HTTPBearer(auto_error=False, description="The key of the settings.")

    def has_key(given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> None:
        if given is None or not is_bearer(f"bearer {given.credentials}", chatbot.settings.api_key):
            raise HTTPException(401, headers={"www-authenticate": "Bearer"})

    @app.exception_handler(HTTPException)
    async def refuse(_: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse(_refusal(chatbot, error.status_code, error.detail), error.status_code, error.headers)

    @app.exception_handler(Exception)
    async def fail(_: Request, __: Exception) -> JSONResponse:
        return JSONResponse(_refusal(chatbot, 500), 500)

    @app.post(
        ASK_PATH,
        summary="Ask a question",
        dependencies=[Depends(has_key)],
        responses={status: {"model": Refused, "description": _REASONS[status]} for status in _STATUSES},
        openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": asked_schema()}}}},
    )
    async def ask(request: Request) -> Answered:
        """Quotes of reviewed articles, word for word; or an abstention; or an emergency notice, alone."""
        question_id, question = _read(await request.body(), longest_history=chatbot.settings.longest_history)
        return answered(question_id, await _reply(desk, rules, chatbot, question), language=question.language)

    manual = render_api_docs(ask.__doc__ or "", {status: _REASONS[status] for status in _STATUSES})

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(manual)

    return app


_STATUSES = (400, 401, 403, 413, 429, 500, 503)


async def _reply(desk: AnswerDesk, rules: RulesFirst, chatbot: ChatbotProtocol, question: Question) -> Reply:
    """The reply; HTTPException 503 when nobody can be answered now, 403 when the operator stopped the answers.

    An emergency that the rules see waits for nobody.
    """
    try:
        if not desk.ending and await rules.sees_emergency(question):
            return await rules.answer(question, lambda: chatbot.reply(question))
        return await desk.run(lambda: chatbot.reply(question))
    except Closed as error:
        raise HTTPException(403) from error
    except (NotReady, Full) as error:
        raise HTTPException(503) from error


def _read(body: bytes, *, longest_history: int) -> tuple[str, Question]:
    try:
        return read_question(json.loads(body), longest_history=longest_history)
    except RequestError as error:
        raise HTTPException(400, str(error)) from error
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "The body is not JSON.") from error


def _refusal(chatbot: ChatbotProtocol, status: int, detail: str = "") -> Mapping[str, object]:
    """Why nothing is answered, and whom to call. ``detail`` is used for what the client sent in a wrong form only."""
    said = detail if status == 400 and detail else _REASONS.get(status, _REASONS[500])
    return refused(said, chatbot.wordings, notice_id=_NOTICES.get(status, "")).model_dump()
