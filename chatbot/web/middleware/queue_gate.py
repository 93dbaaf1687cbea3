"""ASGI middleware in front of Gradio's queue: who is let in, who overtakes, and how a tab names its conversation.

The page's script names the conversation in a header, for addresses stand in the logs of proxies; Gradio wants it in the
address. A question in which the rules see an emergency goes to a handler of its own, past the others and past the
bound.
"""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.query.question import Question
from chatbot.web.paths import DATA, HEARTBEAT, JOIN, SESSION
from chatbot.web.rules_first import RulesFirst

HEADER = "x-session"  # in which the page's script names the conversation
UNNAMED = "own"  # stands in the address in its place
MOST_UNREAD = 24  # messages that wait for a tab that reads none: about eight replies
_SESSION = re.compile(SESSION)


class Queue(Protocol):
    """What the gate asks of the pages."""

    def question(self, language: str, entry: Mapping[str, Any]) -> Question | None:
        """The typed question that a request asks; None when it presses something else."""
        ...

    def overtaking(self, entry: Mapping[str, Any]) -> Mapping[str, Any]:
        """The same request to the handler that nobody waits for."""
        ...

    def unread(self, language: str, session: str) -> int | None:
        """How many messages wait to be read by a tab; None when it has asked nothing."""
        ...

    @property
    def is_full(self) -> bool:
        """Whether as many wait as may."""
        ...


class QueueGate:
    """ASGI: ``app``, with what goes to its queue checked. ``reading`` counts the open lines of each conversation."""

    def __init__(self, app: ASGIApp, queue: Queue, rules: RulesFirst) -> None:
        self._app = app
        self._queue = queue
        self._rules = rules
        self._one_by_one = asyncio.Lock()
        self.reading = Counter[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        path = scope.get("path", "")
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["method"] == "POST" and path.endswith(JOIN):
            await self._join(scope, receive, send)
        elif path.endswith(DATA):
            await self._read(scope, receive, send)
        elif path.endswith(HEARTBEAT + UNNAMED):
            await self._beat(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _join(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent = json.loads(await Request(scope, receive).body())
        # What the page sends, and nothing else that Gradio would understand.
        entry: Mapping[str, Any] = {name: sent.get(name) for name in ("data", "fn_index", "session_hash", "trigger_id")}
        language = language_of_queue(scope["path"])
        if (self._queue.unread(language, entry["session_hash"]) or 0) > MOST_UNREAD:
            await Response(status_code=429)(scope, receive, send)  # the guard makes the page of it, as of all below
            return
        question = self._queue.question(language, entry)
        if question and await self._rules.sees_emergency(question):
            body = _receiving(json.dumps(self._queue.overtaking(entry)).encode(), receive)
            await self._app(scope, body, send)
        else:
            await self._queue_up(scope, _receiving(json.dumps(entry).encode(), receive), send)

    async def _queue_up(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request after the other is weighed and let in, so that a burst cannot pass the bound together."""
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        async with self._one_by_one:
            app = Response(status_code=503) if self._queue.is_full else self._app
            await app(scope, receive, keep)
        for message in answer:  # a client that does not read holds nobody up
            await send(message)

    async def _read(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The line over which replies come. One for a conversation that is not known would break off with an error."""
        session = _named(scope) or parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[0]
        if self._queue.unread(language_of_queue(scope["path"]), session) is None:
            await Response(status_code=404)(scope, receive, send)
            return
        self.reading[session] += 1
        try:
            await self._app({**scope, "query_string": f"session_hash={session}".encode()}, receive, send)
        finally:
            self.reading[session] -= 1
            if not self.reading[session]:
                del self.reading[session]

    async def _beat(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The line that says that a tab is open."""
        session = _named(scope)
        if not session:
            await Response(status_code=404)(scope, receive, send)
            return
        path = scope["path"].removesuffix(UNNAMED) + session
        await self._app({**scope, "path": path, "raw_path": path.encode()}, receive, send)


def language_of_queue(path: str) -> str:
    """The language of the page whose queue a path belongs to.

    >>> language_of_queue("/gradio_api/queue/join"), language_of_queue("/es/gradio_api/queue/join")
    ('en', 'es')
    """
    first = path.split("/")[1]
    return first if len(first) == 2 else "en"


def _named(scope: Scope) -> str:
    """The name of a conversation in the header; empty when there is none."""
    name = Headers(scope=scope).get(HEADER, "")
    return name if _SESSION.fullmatch(name) else ""


def _receiving(body: bytes, receive: Receive) -> Receive:
    """``receive``, after this body."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
