"""Asks an app without a browser, as somebody on another machine would; and a clock that stands still."""

import asyncio

import httpx
from starlette.types import ASGIApp


class Clock:
    """A clock that goes only when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now


class Client:
    """Asks an app as a browser on another machine would."""

    def __init__(self, app: ASGIApp, *, address: str = "203.0.113.5") -> None:
        self._app = app
        self._address = address

    def ask(self, method: str, path: str, **options: object) -> httpx.Response:
        """Send a request and wait for the answer."""
        return asyncio.run(self.send(method, path, **options))

    async def send(self, method: str, path: str, **options: object) -> httpx.Response:
        """The same within a loop, beside other requests."""
        transport = httpx.ASGITransport(app=self._app, client=(self._address, 1), raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://families.example.org") as client:
            return await client.request(method, path, **options)  # type: ignore[arg-type]

    def get(self, path: str, **options: object) -> httpx.Response:
        """Ask for a page."""
        return self.ask("GET", path, **options)

    def join(
        self, *, data: object = ("signs", None, "en", ""), number: object = 0, **options: object
    ) -> httpx.Response:
        """Send a question as the page does."""
        body = {"data": data, "fn_index": number, "session_hash": "abc"}
        return self.ask("POST", "/gradio_api/queue/join", json=body, **options)
