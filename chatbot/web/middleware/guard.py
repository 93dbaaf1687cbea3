"""ASGI middleware in front of every page: lets only known paths of ``web/paths.py`` through, and small bodies.

It applies the rate limit and adds the security headers. Gradio opens more routes than the page uses and checks no
sizes.
"""

import hmac
import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.settings import Settings
from chatbot.web.clients import CROWDED, client_of, is_trusted
from chatbot.web.middleware.rate_limit import RateLimit
from chatbot.web.middleware.security_headers import set_headers
from chatbot.web.paths import FORM_PATH, JOIN, PAGE, SESSION, ServedPath, find_path

_logger = logging.getLogger("chatbot")
_HINTS = {405: {"allow": "POST"}, 429: {"retry-after": "10"}, 503: {"retry-after": "5"}}
_SESSION = re.compile(SESSION)


Refuse = Callable[[int, Scope], Response]  # status and request -> what is sent instead
Weigh = Callable[[str, Mapping[str, Any]], int]  # path and body of a question of the page -> how many it counts for


@dataclass(frozen=True, slots=True)
class RequestPolicy:
    """What the guard lets through. Only ``paths`` exist; without a ``limit`` no request is counted as a question.

    ``inputs`` counts the inputs of each Gradio handler, by its number; ``weigh`` tells for how many questions a request
    counts. Who sends ``key`` is counted apart, so that nobody else uses up what they may ask.

    A response of the app with an error is replaced by a refusal, unless it is a page, or its status one of ``worded``,
    which the app words itself in answer to a POST.
    """

    paths: Sequence[ServedPath]
    refuse: Refuse
    limit: RateLimit | None
    longest_body: int
    frame_ancestors: str
    trusted_proxy: str
    inputs: Mapping[int, int] = field(default_factory=dict)
    weigh: Weigh | None = None
    key: str = field(default="", repr=False)
    worded: frozenset[int] = frozenset()


def page_policy(settings: Settings, refusal: Callable[[int, str], str], *, clock: Callable[[], float]) -> RequestPolicy:
    """The policy for pages under these settings; ``refusal`` makes the page for a status and a language."""
    return RequestPolicy(
        paths=PAGE,
        refuse=refuse_with_page(refusal),
        limit=RateLimit(per_minute=settings.questions_per_minute, burst=settings.question_burst, clock=clock),
        longest_body=settings.longest_body,
        frame_ancestors=settings.frame_ancestors,
        trusted_proxy=settings.trusted_proxy,
        worded=frozenset({403}),  # the kill switch
    )


def refuse_with_page(page: Callable[[int, str], str]) -> Refuse:
    """Refusals for people: a page for a browser, the same in an object for Gradio's script."""

    def refuse(status: int, scope: Scope) -> Response:
        headers = _HINTS.get(status)
        language = parse_qs(scope["query_string"].decode("latin-1")).get("lang", ["en"])[-1]
        if scope["method"] == "POST" and scope["path"] != FORM_PATH:
            return JSONResponse({"detail": page(status, language)}, status_code=status, headers=headers)
        return HTMLResponse(page(status, language), status_code=status, headers=headers)

    return refuse


def refuse_with_object(made: Callable[[int], Mapping[str, object]]) -> Refuse:
    """Refusals for programs: an object of the data contract."""

    def refuse(status: int, scope: Scope) -> Response:
        return JSONResponse(made(status), status_code=status, headers=_HINTS.get(status))

    return refuse


class Guard:
    """ASGI middleware: lets allowed requests through to ``app``, and sets the headers of every response."""

    def __init__(self, app: ASGIApp, policy: RequestPolicy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._guarded(scope, receive, send)
        # A websocket is not used by the page: silence closes it.

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def safe_send(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                set_headers(scope["path"], message, frame_ancestors=self._policy.frame_ancestors)
            await send(message)

        from_app = self._in_our_words(scope, receive, safe_send)
        try:
            status, body = await self._checked(scope, receive)
            if status:
                await self._policy.refuse(status, scope)(scope, receive, safe_send)
            else:
                await self._app(_stripped(scope, self._policy.trusted_proxy), _replayed(body, receive), from_app)
        except Exception as error:
            # The class only: the text of an exception may hold what was typed.
            _logger.error("a request failed: %s", type(error).__name__)
            if not begun:
                await self._policy.refuse(500, scope)(scope, receive, safe_send)

    def _in_our_words(self, scope: Scope, receive: Receive, send: Send) -> Send:
        """``send``, with a refusal of ours in place of Gradio's and FastAPI's: their own name no number."""
        replaced = False

        async def send_or_refuse(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and self._is_foreign(message, scope):
                replaced = True
                await self._policy.refuse(message["status"], scope)(scope, receive, send)
            elif not replaced:
                await send(message)

        return send_or_refuse

    def _is_foreign(self, message: Message, scope: Scope) -> bool:
        status = message["status"]
        if status < 400 or (scope["method"] == "POST" and status in self._policy.worded):
            return False
        is_page = Headers(raw=message["headers"]).get("content-type", "").startswith("text/html")
        return not is_page or (status == 503 and scope["path"] != FORM_PATH)  # a full queue is told by Gradio's page

    async def _checked(self, scope: Scope, receive: Receive) -> tuple[int, bytes | None]:
        """The status to refuse with, 0 for none; and the body of a question."""
        paths, method = self._policy.paths, scope["method"]
        if scope.get("state", {}).get(CROWDED):
            return 503, None
        if method in ("GET", "HEAD") and find_path(paths, scope["path"], method):
            return 0, None
        posted = find_path(paths, scope["path"], "POST")
        if not posted:
            return 404, None
        if method != "POST":
            return 405, None
        if _announced(scope) > self._policy.longest_body:
            return 413, None
        body = await _read(receive, self._policy.longest_body)
        if body is None:
            return 413, None
        refused = self._refused(self._policy.limit, scope, body) if posted.asks and self._policy.limit else 0
        return refused, (None if refused else body)

    def _refused(self, limit: RateLimit, scope: Scope, body: bytes) -> int:
        """The status to refuse a question with, 0 for none."""
        of_page = scope["path"].endswith(JOIN)
        entry = self._entry(body) if of_page else None
        count = self._policy.weigh(scope["path"], entry) if entry and self._policy.weigh else 1
        if count and not limit.allows(self._client(scope), count=count):
            return 429
        return 400 if of_page and entry is None else 0

    def _client(self, scope: Scope) -> str:
        client = client_of(scope, self._policy.trusted_proxy)
        has_key = self._policy.key and is_bearer(Headers(scope=scope).get("authorization", ""), self._policy.key)
        return f"with the key {client}" if has_key else client

    def _entry(self, body: bytes) -> Mapping[str, Any] | None:
        """What the page sends; None when it is anything else: Gradio would print the rest of it in an error."""
        try:
            entry = json.loads(body, parse_constant=_no_number)
        except (ValueError, RecursionError):
            return None
        if not isinstance(entry, dict):
            return None
        data, number, session = entry.get("data"), entry.get("fn_index"), entry.get("session_hash")
        well_formed = (
            isinstance(number, int)
            and isinstance(data, list)
            and self._policy.inputs.get(number) == len(data)
            and all(value is None or isinstance(value, str) for value in data)
            and isinstance(session, str)
            and _SESSION.fullmatch(session) is not None
        )
        return entry if well_formed else None


def is_bearer(authorization: str, key: str) -> bool:
    """Whether a header brings this key; in a time that tells nothing of it."""
    scheme, _, given = authorization.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), key.encode())


def _stripped(scope: Scope, trusted_proxy: str) -> Scope:
    """The request without what a client must not claim."""
    # The first names the server that Gradio's own proxies speak for: there is none here.
    claims = (b"x-gradio-",) if is_trusted(scope, trusted_proxy) else (b"x-gradio-", b"x-forwarded-")
    headers = [(name, value) for name, value in scope["headers"] if not name.startswith(claims)]
    return {**scope, "headers": headers}


def _no_number(name: str) -> float:
    """NaN and its like are read by Python's parser, but are no JSON."""
    raise ValueError(name)


def _announced(scope: Scope) -> int:
    """The length of the body as the request tells it; 0 when it tells none."""
    told = Headers(scope=scope).get("content-length", "")
    return int(told) if told.isdecimal() and len(told) < 20 else 0


async def _read(receive: Receive, longest: int) -> bytes | None:
    """The whole body; None when it is longer than allowed, however it was announced."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return body
        part: bytes = message.get("body", b"")
        body += part
        if len(body) > longest:
            return None
        if not message.get("more_body"):
            return body


def _replayed(body: bytes | None, receive: Receive) -> Receive:
    """``receive`` as it was before the body was read."""
    if body is None:
        return receive
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
