"""The page is up at once: what needs no heavy library is served while the rest is loaded beside it."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Starting:
    """ASGI: ``meanwhile``, until ``make`` has made the whole app; then that one.

    ``make`` runs within the server's loop. ``failed`` is called with what it raises, and ``meanwhile`` goes on.
    """

    def __init__(
        self, meanwhile: ASGIApp, make: Callable[[], Awaitable[ASGIApp]], *, failed: Callable[[Exception], object]
    ) -> None:
        self._app = meanwhile
        self._make = make
        self._failed = failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """From the server's start to its end: the whole app starts later than the server, and ends with it."""
        await receive()
        ending = asyncio.Event()
        whole = asyncio.create_task(self._live_whole(ending))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        ending.set()
        await whole
        await send({"type": "lifespan.shutdown.complete"})

    async def _live_whole(self, ending: asyncio.Event) -> None:
        try:
            app = await self._make()
        except Exception as error:
            self._failed(error)
            return
        told, started = asyncio.Queue[Message](), asyncio.Event()

        async def hear(message: Message) -> None:
            started.set()

        async def live() -> None:
            await app({"type": "lifespan", "asgi": {"version": "3.0"}}, told.get, hear)

        life = asyncio.create_task(live())
        await told.put({"type": "lifespan.startup"})
        await started.wait()
        self._app = app
        await ending.wait()
        await told.put({"type": "lifespan.shutdown"})
        await life
