"""Who may open the workshop: requests from this machine alone, under an address that nobody can guess.

Its token is the first part of every path. A page of another site does not know it, so that no form of such a page can
reach the workshop; where a browser says that a form comes from elsewhere, it is refused as well.
"""

import hmac
import ipaddress

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_OWN = ("", "same-origin", "none")  # values of Sec-Fetch-Site for what was tapped here or typed by hand


class LocalAccess:
    """ASGI middleware: takes the token off the path of what may pass, and answers 404 to anything else."""

    def __init__(self, app: ASGIApp, *, token: str) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            path = self._path(scope)
            if path is None:
                await PlainTextResponse("Not found", status_code=404)(scope, receive, send)
            else:
                await self._app({**scope, "path": path, "raw_path": path.encode()}, receive, send)
        # A websocket is not used: silence closes it.

    def _path(self, scope: Scope) -> str | None:
        """The path behind the token; None for what may not pass."""
        given, _, rest = scope["path"].removeprefix("/").partition("/")
        known = hmac.compare_digest(given.encode(), self._token.encode())
        if not (known and _is_local(scope)):
            return None
        if scope["method"] == "POST" and Headers(scope=scope).get("sec-fetch-site", "") not in _OWN:
            return None
        return f"/{rest}"


def _is_local(scope: Scope) -> bool:
    client = scope.get("client")
    try:
        return client is not None and ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return False
