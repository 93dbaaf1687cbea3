"""ASGI middleware of the kill switch: refuses questions while the stop file exists or the server is shutting down.

Helplines and articles stay available.
"""

from collections.abc import Callable, Mapping

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chatbot.service.kill_switch import is_stopped
from chatbot.settings import Settings
from chatbot.web.layout import Layout
from chatbot.web.page_language import language_of
from chatbot.web.pages import help_page
from chatbot.web.paths import FORM_PATH


class KillSwitch:
    """ASGI middleware: passes requests on to ``app``; while the stop file exists, serves the help page in its place.

    While ``ending``, questions are refused as they are when the queue is full: the page sends them again by itself.
    """

    def __init__(
        self,
        app: ASGIApp,
        layouts: Callable[[], Mapping[str, Layout]],
        *,
        settings: Settings,
        ending: Callable[[], bool],
    ) -> None:
        self._app = app
        self._layouts = layouts
        self._settings = settings
        self._ending = ending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] == "http" and is_stopped(self._settings):
            await self._stopped(scope, receive, send)
        elif scope["type"] == "http" and scope["method"] == "POST" and scope["path"] != FORM_PATH and self._ending():
            await Response(status_code=503)(scope, receive, send)  # the guard makes the page of it
        else:
            await self._app(scope, receive, send)

    async def _stopped(self, scope: Scope, receive: Receive, send: Send) -> None:
        layouts = self._layouts()
        layout = layouts[language_of(scope, layouts)]
        if scope["method"] == "POST" and scope["path"] == FORM_PATH:
            await HTMLResponse(help_page(layout), status_code=403)(scope, receive, send)
        elif scope["method"] == "POST":
            # Plain text: the page has the notice already, and Gradio would put markup beside it.
            detail = layout.wording.notice("trouble.closed").text
            await JSONResponse({"detail": detail}, status_code=403)(scope, receive, send)
        elif scope["path"] == "/":
            await HTMLResponse(help_page(layout))(scope, receive, send)
        else:
            await self._app(scope, receive, send)
