"""Counts requests in flight, for a graceful shutdown and for the metrics."""

import asyncio
import time
from collections.abc import Callable
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.web.paths import is_idle, kind_of

QUIET = 1.0  # seconds without an open request after which nobody waits: a phone far away takes half of one to come back
Seen = Callable[[str, int], object]


class InFlight:
    """Counts the open requests. ``ending`` is set when the server is told to end: then questions are refused."""

    def __init__(self, *, seen: Seen | None = None, clock: Callable[[], float] = time.monotonic) -> None:
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
            elif is_idle(scope["path"]):
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
                if self._seen:
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
