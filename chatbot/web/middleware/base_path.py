"""ASGI middleware for a page under a base path (/family-support): strips it from requests, adds it to links."""

from starlette.types import ASGIApp, Receive, Scope, Send


class StripBasePath:
    """ASGI: ``app``, below ``base_path``. A proxy may pass the path on as it is, or without the base path."""

    def __init__(self, app: ASGIApp, base_path: str) -> None:
        self._app = app
        self._base = base_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        path = scope.get("path", "")
        if self._base and (path == self._base or path.startswith(f"{self._base}/")):
            inner = path[len(self._base) :] or "/"
            scope = {**scope, "path": inner, "raw_path": inner.encode()}
        await self._app(scope, receive, send)


class AddBasePath:
    """ASGI: ``app``, told below which base path it stands (``root_path``): the addresses it writes need it."""

    def __init__(self, app: ASGIApp, base_path: str) -> None:
        self._app = app
        self._base = base_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if self._base and scope["type"] == "http":
            path = f"{self._base}{scope['path']}"
            scope = {**scope, "path": path, "raw_path": path.encode(), "root_path": self._base}
        await self._app(scope, receive, send)
