"""The door before everything: what is let through, how much of it, how often, and under which headers.

Gradio opens routes that store uploads, write transcripts to disk and fetch other hosts, and checks no sizes. So only
what the page itself uses is let through, and everything else is 404.
"""

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.settings import Settings
from chatbot.web.middleware.rate_limit import RateLimit
from chatbot.web.middleware.security_headers import _KEPT_FOR_EVER, _LEAVING, HEADERS

_logger = logging.getLogger("chatbot")
_OWN = r"/|/ready|/privacy|/robots\.txt|/article/\d{1,4}|/shell/[a-z]{1,20}\.js"
_GRADIO_FILES = r"/(?:assets|static)/(?:[\w-]+/)*[\w.-]+|/theme\.css|/config"
_GRADIO_CALLS = r"/gradio_api/(?:info|queue/data|heartbeat/\w{1,64}|startup-events|app_id)"
_ASK = r"/gradio_api/(?:queue/join|cancel)"
_GET = re.compile(rf"{_OWN}|(?:/[a-z][a-z])?(?:{_GRADIO_FILES}|{_GRADIO_CALLS})")
_POST = re.compile(rf"(?:/[a-z][a-z])?(?:{_ASK})")
_JOIN = "/gradio_api/queue/join"
_ASKING = re.compile(rf"(?:/[a-z][a-z])?{_JOIN}")
_HINTS = {405: {"allow": "POST"}, 429: {"retry-after": "10"}, 503: {"retry-after": "5"}}
_SESSION = re.compile(r"\w{1,64}")


@dataclass(frozen=True, slots=True)
class RequestPolicy:
    """What the guard goes by: ``refusal`` makes the page for a status, ``inputs`` counts the inputs of each handler.

    A refusal that is no text is sent as JSON. Only paths of ``gets`` and ``posts`` exist; a POST to one of ``asking``
    counts as a question.
    """

    limit: RateLimit
    longest_body: int
    frame_ancestors: str
    trusted_proxy: str
    refusal: Callable[[int], str | Mapping[str, object]]
    inputs: Mapping[int, int] = field(default_factory=dict)
    gets: re.Pattern[str] = _GET
    posts: re.Pattern[str] = _POST
    asking: re.Pattern[str] = _ASKING


def page_policy(settings: Settings, refusal: Callable[[int], str], *, clock: Callable[[], float]) -> RequestPolicy:
    """The rules for pages under these settings; ``dataclasses.replace`` adds what is special to one."""
    return RequestPolicy(
        limit=RateLimit(per_minute=settings.questions_per_minute, burst=settings.question_burst, clock=clock),
        longest_body=settings.longest_body,
        frame_ancestors=settings.frame_ancestors,
        trusted_proxy=settings.trusted_proxy,
        refusal=refusal,
    )


class Guard:
    """ASGI: lets allowed requests through to ``app`` and keeps what it answers within the rules."""

    def __init__(self, app: ASGIApp, rules: RequestPolicy) -> None:
        self._app = app
        self._rules = rules

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
                self._set_headers(scope["path"], message)
            await send(message)

        from_app = self._unless_full(scope, receive, safe_send)
        try:
            status, body = await self._checked(scope, receive)
            if status:
                await self._refusal(scope, status)(scope, receive, safe_send)
            else:
                await self._app(_stripped(scope, self._rules.trusted_proxy), _replayed(body, receive), from_app)
        except Exception as error:
            # The class only: the text of an exception may hold what was typed.
            _logger.error("a request failed: %s", type(error).__name__)
            if not begun:
                await self._refusal(scope, 500)(scope, receive, safe_send)

    def _unless_full(self, scope: Scope, receive: Receive, send: Send) -> Send:
        """``send``, with a page of ours in place of Gradio's when its queue is full: its own names no number."""
        full = False

        async def send_or_refuse(message: Message) -> None:
            nonlocal full
            if message["type"] == "http.response.start" and message["status"] == 503:
                full = True
                await self._refusal(scope, 503)(scope, receive, send)
            elif not full:
                await send(message)

        return send_or_refuse

    async def _checked(self, scope: Scope, receive: Receive) -> tuple[int, bytes | None]:
        """The status to refuse with, 0 for none; and the body of a question."""
        path, method = scope["path"], scope["method"]
        if method in ("GET", "HEAD") and self._rules.gets.fullmatch(path):
            return 0, None
        if not self._rules.posts.fullmatch(path):
            return 404, None
        if method != "POST":
            return 405, None
        body = await _read(receive, self._rules.longest_body)
        if body is None:
            return 413, None
        refused = self._refused(scope, body) if self._rules.asking.fullmatch(path) else 0
        return refused, (None if refused else body)

    def _refused(self, scope: Scope, body: bytes) -> int:
        """The status to refuse a question with, 0 for none."""
        if not self._rules.limit.allows(_client(scope, self._rules.trusted_proxy)):
            return 429
        return 400 if scope["path"].endswith(_JOIN) and not self._well_formed(body) else 0

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
            and self._rules.inputs.get(number) == len(data)
            and all(value is None or isinstance(value, str) for value in data)
            and isinstance(session, str)
            and _SESSION.fullmatch(session) is not None
        )

    def _refusal(self, scope: Scope, status: int) -> Response:
        """A page for people, an object for the page's script, the numbers in both."""
        said, headers = self._rules.refusal(status), _HINTS.get(status)
        if not isinstance(said, str):
            return JSONResponse(said, status_code=status, headers=headers)
        if scope["method"] == "POST":
            return JSONResponse({"detail": said}, status_code=status, headers=headers)
        return HTMLResponse(said, status_code=status, headers=headers)

    def _set_headers(self, path: str, message: Message) -> None:
        headers = MutableHeaders(raw=message["headers"])
        for name in [name for name in headers if name.startswith("access-control-")]:
            del headers[name]
        for name, value in HEADERS.items():
            headers[name] = value
        if path == _LEAVING:
            headers["cross-origin-resource-policy"] = "cross-origin"
        headers["cache-control"] = (
            "public, max-age=31536000, immutable"
            if _KEPT_FOR_EVER.fullmatch(path) and message["status"] == 200
            else "no-store"
        )
        scripts = headers.get("x-inline-scripts", "")
        if "x-inline-scripts" in headers:
            del headers["x-inline-scripts"]
        headers["content-security-policy"] = self._policy(scripts)
        message["headers"] = headers.raw

    def _policy(self, inline_scripts: str) -> str:
        ancestors = f"'self' {self._rules.frame_ancestors}".strip()
        scripts = f"'self' {inline_scripts}".strip()
        return (
            f"default-src 'self'; script-src {scripts}; "
            # Gradio sets styles on elements and adds style sheets of its theme.
            "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
            f"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
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
