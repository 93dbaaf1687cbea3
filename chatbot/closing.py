"""The kill switch: as long as the operator's file is there, only the numbers and the articles are shown."""

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse, JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from chatbot.shell import Shell, help_page


class Closable:
    """ASGI: ``app``; while ``stop_file`` exists the static help page in its place, and no question gets in.

    Asked of the file system with every request, so that it works at once and without a restart.
    """

    def __init__(self, app: ASGIApp, shells: Callable[[], Mapping[str, Shell]], *, stop_file: Path) -> None:
        self._app = app
        self._shells = shells
        self._stop_file = stop_file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or not self._stop_file.exists():
            await self._app(scope, receive, send)
            return
        language = parse_qs(scope["query_string"].decode("latin-1")).get("lang", ["en"])[-1]
        shells = self._shells()
        shell = shells.get(language, shells["en"])
        if scope["method"] == "POST":
            # Plain text: the page has the notice already, and Gradio would put markup beside it.
            detail = shell.wording.notice("trouble.closed").text
            await JSONResponse({"detail": detail}, status_code=403)(scope, receive, send)
        elif scope["path"] == "/":
            await HTMLResponse(help_page(shell))(scope, receive, send)
        else:
            await self._app(scope, receive, send)
