"""ASGI middleware in front of every page: lets only known paths of ``web/paths.py`` through, and small bodies.

It applies the rate limit and adds the security headers. Gradio opens more routes than the page uses and checks no
sizes.
"""

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.settings import Settings
from chatbot.web.middleware.rate_limit import RateLimit
from chatbot.web.middleware.security_headers import set_headers
from chatbot.web.paths import FORM_PATH, JOIN, PAGE, ServedPath, find_path

_logger = logging.getLogger("chatbot")
_HINTS = {405: {"allow": "POST"}, 429: {"retry-after": "10"}, 503: {"retry-after": "5"}}
_SESSION = re.compile(r"\w{1,64}")


Refuse = Callable[[int, Scope], Response]  # status and request -> what is sent instead


@dataclass(frozen=True, slots=True)
class RequestPolicy:
    """What the guard lets through. Only ``paths`` exist; without a ``limit`` no request is counted as a question.

    ``inputs`` counts the inputs of each Gradio handler, by its number.
    """

    paths: Sequence[ServedPath]
    refuse: Refuse
    limit: RateLimit | None
    longest_body: int
    frame_ancestors: str
    trusted_proxy: str
    inputs: Mapping[int, int] = field(default_factory=dict)


def page_policy(settings: Settings, refusal: Callable[[int, str], str], *, clock: Callable[[], float]) -> RequestPolicy:
    """The policy for pages under these settings; ``refusal`` makes the page for a status and a language."""
    return RequestPolicy(
        paths=PAGE,
        refuse=refuse_with_page(refusal),
        limit=RateLimit(per_minute=settings.questions_per_minute, burst=settings.question_burst, clock=clock),
        longest_body=settings.longest_body,
        frame_ancestors=settings.frame_ancestors,
        trusted_proxy=settings.trusted_proxy,
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

        from_app = self._unless_full(scope, receive, safe_send)
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

    def _unless_full(self, scope: Scope, receive: Receive, send: Send) -> Send:
        """``send``, with a page of ours in place of Gradio's when its queue is full: its own names no number."""
        full = False

        async def send_or_refuse(message: Message) -> None:
            nonlocal full
            if message["type"] == "http.response.start" and message["status"] == 503 and scope["path"] != FORM_PATH:
                full = True
                await self._policy.refuse(503, scope)(scope, receive, send)
            elif not full:
                await send(message)

        return send_or_refuse

    async def _checked(self, scope: Scope, receive: Receive) -> tuple[int, bytes | None]:
        """The status to refuse with, 0 for none; and the body of a question."""
        paths, method = self._policy.paths, scope["method"]
        if method in ("GET", "HEAD") and find_path(paths, scope["path"], method):
            return 0, None
        posted = find_path(paths, scope["path"], "POST")
        if not posted:
            return 404, None
        if method != "POST":
            return 405, None
        body = await _read(receive, self._policy.longest_body)
        if body is None:
            return 413, None
        refused = self._refused(self._policy.limit, scope, body) if posted.asks and self._policy.limit else 0
        return refused, (None if refused else body)

    def _refused(self, limit: RateLimit, scope: Scope, body: bytes) -> int:
        """The status to refuse a question with, 0 for none."""
        if not limit.allows(_client(scope, self._policy.trusted_proxy)):
            return 429
        return 400 if scope["path"].endswith(JOIN) and not self._well_formed(body) else 0

    def _well_formed(self, body: bytes) -> bool:
        """Whether this is what the page sends: Gradio would print the rest of it in an error."""
        try:
            entry = json.loads(body)
        except ValueError:
            return False
        if not isinstance(entry, dict):
            return False
        data, number, session = entry.get("data"), entry.get("fn_index"), entry.get("session_hash")
        return (
            isinstance(number, int)
            and isinstance(data, list)
            and self._policy.inputs.get(number) == len(data)
            and all(value is None or isinstance(value, str) for value in data)
            and isinstance(session, str)
            and _SESSION.fullmatch(session) is not None
        )


def _client(scope: Scope, trusted_proxy: str) -> str:
    address = scope["client"][0] if scope.get("client") else ""
    if trusted_proxy and address == trusted_proxy:
        # The last entry is the one that the trusted proxy itself wrote.
        return Headers(scope=scope).get("x-forwarded-for", address).rsplit(",", 1)[-1].strip()
    return str(address)


def _stripped(scope: Scope, trusted_proxy: str) -> Scope:
    """The request without what a client must not claim."""
    address = scope["client"][0] if scope.get("client") else ""
    # The second names the server that Gradio's own proxies speak for: there is none here.
    claims = (b"x-gradio-",) if trusted_proxy and address == trusted_proxy else (b"x-forwarded-", b"x-gradio-")
    headers = [(name, value) for name, value in scope["headers"] if not name.startswith(claims)]
    return {**scope, "headers": headers}


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
