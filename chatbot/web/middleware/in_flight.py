"""Requests that are open, so that the server can end without cutting an answer off, and what became of them."""

import asyncio
import re
import time
from collections.abc import Callable
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

QUIET = 1.0  # seconds without an open request after which nobody waits: a phone far away takes half of one to come back
_IDLE = re.compile(r".*/heartbeat/\w+")  # open as long as a tab is
_KINDS = {
    "question": re.compile(r".*/queue/join|/v1/ask"),
    "answer": re.compile(r".*/queue/data"),
    "page": re.compile(r"/"),
    "article": re.compile(r"/article/.*"),
    "file": re.compile(r"/shell/.*|.*/(?:assets|static)/.*|.*\.css|/robots\.txt"),
}

Seen = Callable[[str, int], object]


class InFlight:
    """How many requests are open. ``ending`` is set when the server is to end: then no question is let in any more."""

    def __init__(self, *, seen: Seen = lambda kind, status: None, clock: Callable[[], float] = time.monotonic) -> None:
        self.ending = False
        self._seen = seen
        self._clock = clock
        self._open = 0
        self._quiet_since = clock()
        self._idle = set[asyncio.Task[object]]()

    def watched(self, app: ASGIApp) -> ASGIApp:
        """``app``, with its requests counted."""

        async def watching(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
            elif _IDLE.fullmatch(scope["path"]):
                await self._idly(app, scope, receive, send)
            else:
                await self._counted(app, scope, receive, send)

        return watching

    @property
    def quiet(self) -> bool:
        """Whether nobody waits for anything."""
        return self._open == 0 and self._clock() - self._quiet_since >= QUIET

    def end_idle(self) -> None:
        """Close what only says that a tab is open."""
        for task in self._idle:
            task.cancel()

    async def _counted(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        turned_away = False

        async def noting(message: Message) -> None:
            nonlocal turned_away
            if message["type"] == "http.response.start":
                turned_away = self.ending and message["status"] == HTTPStatus.SERVICE_UNAVAILABLE
                self._seen(kind_of(scope["path"]), message["status"])
            await send(message)

        self._open += 1
        try:
            await app(scope, receive, noting)
        finally:
            self._open -= 1
            if not turned_away:  # whoever is turned away again and again must not keep the server from its end
                self._quiet_since = self._clock()

    async def _idly(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        assert task is not None  # a request is served in one
        self._idle.add(task)
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            if not self.ending:
                raise
        finally:
            self._idle.discard(task)


def kind_of(path: str) -> str:
    """What a path asks for, in one word that says nothing about the person.

    >>> kind_of("/es/gradio_api/queue/join"), kind_of("/article/1"), kind_of("/wp-login.php")
    ('question', 'article', 'other')
    """
    return next((kind for kind, pattern in _KINDS.items() if pattern.fullmatch(path)), "other")
