"""Inserts the static HTML of ``web/layout.py`` into Gradio's page, so that it shows before any script runs."""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.errors import ChatbotError
from chatbot.web.layout import FIRST, HERE, Layout
from chatbot.web.page_language import language_of
from chatbot.web.routes import compressed

_CONFIG = re.compile(r"<script>window\.gradio_config = .*?</script>", re.DOTALL)
_MODULE = re.compile(r'<script type="module"[^>]*src="\./([^"]+)"></script>')
_STYLE = re.compile(r'<link rel="stylesheet"[^>]*href="\./([^"]+)">')
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


FIRST_SCRIPT = (HERE / FIRST).read_text(encoding="utf-8")


class GradioInLayout:
    """ASGI: the page at ``/``, in the language asked for, dressed; everything else goes to ``app`` as it is."""

    def __init__(self, app: ASGIApp, layouts: Callable[[], Mapping[str, Layout]]) -> None:
        self._app = app
        self._layouts = layouts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or scope["path"] != "/":
            await self._app(scope, receive, send)
            return
        layouts = self._layouts()
        layout = layouts[language_of(scope, layouts)]
        page = put_in_layout(await self._gradio_page(scope, receive, layout.wording.language), layout)
        await _response(page, Headers(scope=scope))(scope, receive, send)

    async def _gradio_page(self, scope: Scope, receive: Receive, language: str) -> str:
        """What Gradio sends for its page, not compressed, and without the query, which could name a stored session."""
        path = "/" if language == "en" else f"/{language}/"
        headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        inner = {
            **scope,
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": headers,
        }
        parts: list[bytes] = []

        async def keep(message: Message) -> None:
            parts.append(message.get("body", b""))

        await self._app(inner, receive, keep)
        return b"".join(parts).decode("utf-8")


def put_in_layout(gradio_page: str, layout: Layout) -> str:
    """Our layout around the scripts of Gradio's page; ChatbotError when that page is not as expected."""
    config, module, style = (pattern.search(gradio_page) for pattern in (_CONFIG, _MODULE, _STYLE))
    if not (config and module and style):
        raise ChatbotError("Gradio's page has another form.", next_step="install the Gradio of requirements.txt.")
    base = layout.settings.base_path
    return (
        f'<!doctype html><html lang="{layout.wording.language}"><head>{layout.head()}'
        # Neither as a style sheet nor as a script: on a slow line what we have and what was asked would wait for them.
        # The page's script adds both.
        f'<meta name="gradio-style" content="{base}/{style.group(1)}">'
        f'{config.group()}<script>window.__gradio_mode__ = "app";</script>'
        f'<meta name="gradio-module" content="{base}/{module.group(1)}"></head><body>'
        f'{layout.before_chat()}<div id="chat" tabindex="-1"><div id="early"></div>{layout.form()}'
        f"<script>{FIRST_SCRIPT}</script>"
        f'<gradio-app control_page_title="true" embed="false" eager="true">'
        f"</gradio-app></div>{layout.after_chat()}</body></html>"
    )


def _response(page: str, headers: Headers) -> Response:
    """The page, compressed where the browser takes it, with the hashes of the scripts written into it."""
    hashes = " ".join(f"'sha256-{_sha256(script)}'" for script in _INLINE.findall(page))
    extra = {"x-inline-scripts": hashes, "content-type": "text/html; charset=utf-8"}
    return compressed(page.encode("utf-8"), headers, extra)


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
