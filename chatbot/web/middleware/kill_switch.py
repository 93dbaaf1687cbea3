"""When no question gets in: the operator's kill switch, which leaves numbers and articles, and the server's end."""

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chatbot.web.layout import Layout
from chatbot.web.pages import help_page


class KillSwitch:
    """ASGI: ``app``; while ``stop_file`` exists the static help page in its place, and no question gets in.

    Asked of the file system with every request, so that it works at once and without a restart. While ``ending``,
    questions are turned away as they are when the queue is full: the page asks again by itself.
    """

    def __init__(
        self,
        app: ASGIApp,
        shells: Callable[[], Mapping[str, Layout]],
        *,
        stop_file: Path,
        ending: Callable[[], bool],
    ) -> None:
        self._app = app
        self._shells = shells
        self._stop_file = stop_file
        self._ending = ending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] == "http" and self._stop_file.exists():
            await self._stopped(scope, receive, send)
        elif scope["type"] == "http" and scope["method"] == "POST" and self._ending():
            await Response(status_code=503)(scope, receive, send)  # the guard makes the page of it
        else:
            await self._app(scope, receive, send)

    async def _stopped(self, scope: Scope, receive: Receive, send: Send) -> None:
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
