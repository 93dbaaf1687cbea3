"""Route handlers that do not need Gradio: articles, scripts, readiness, privacy notice (from ``web/pages.py``)."""

import gzip
import re
from collections.abc import Callable, Mapping

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from starlette.datastructures import Headers

from chatbot.corpus.documents import Document, Span
from chatbot.web.layout import HERE, SCRIPTS, Layout
from chatbot.web.pages import article_page, privacy_page, refusal_page
from chatbot.web.reply_html import seal


def add_plain_routes(
    app: FastAPI, layouts: Callable[[], Mapping[str, Layout]], ready: Callable[[], dict[str, bool]]
) -> None:
    """The routes that are not Gradio's; articles and wording are asked for anew with each request."""

    @app.get("/ready")
    def is_ready() -> dict[str, bool]:
        return ready()

    @app.get("/robots.txt")
    def robots() -> PlainTextResponse:
        return PlainTextResponse("User-agent: *\nDisallow: /\n")

    @app.get("/shell/{name}")
    def script(name: str, request: Request) -> Response:
        if name not in SCRIPTS:
            return HTMLResponse(refusal_page(layouts()["en"], 404), status_code=404)
        return compressed((HERE / name).read_bytes(), request.headers, {"content-type": "text/javascript"})

    @app.get("/privacy")
    def privacy(lang: str = "en") -> HTMLResponse:
        return HTMLResponse(privacy_page(in_language_of(layouts(), lang)))

    @app.get("/article/{number}")
    def article(number: int, quote: str = "", lang: str = "en") -> Response:
        layout = in_language_of(layouts(), lang)
        documents = layout.corpus.documents
        if not 1 <= number <= len(documents):
            return HTMLResponse(refusal_page(layout, 404), status_code=404)
        document = documents[number - 1]
        return HTMLResponse(article_page(layout, document, quoted=read_stretch(document, quote)))


def compressed(body: bytes, asked: Headers, headers: Mapping[str, str]) -> Response:
    """The response with these headers, compressed where the browser takes it: on a slow line each kilobyte counts."""
    headers = {**headers, "vary": "accept-encoding, accept-language"}
    if "gzip" in asked.get("accept-encoding", ""):
        return Response(gzip.compress(body, 6), headers={**headers, "content-encoding": "gzip"})
    return Response(body, headers=headers)


def in_language_of(layouts: Mapping[str, Layout], language: str) -> Layout:
    """The layout in a language; English when there is none."""
    return layouts.get(language, layouts["en"])


_STRETCH = re.compile(r"(?P<start>[0-9]{1,9})-(?P<end>[0-9]{1,9})(?:-(?P<seal>[0-9a-f]{8}))?")


def read_stretch(document: Document, text: str) -> Span | None:
    """The span that a link names as ``start-end`` or ``start-end-seal``.

    None when it names none within the document, or when the stretch no longer has the text that it was sealed for.
    """
    named = _STRETCH.fullmatch(text)
    if not named or not int(named["start"]) < int(named["end"]) <= len(document.text):
        return None
    span = Span(int(named["start"]), int(named["end"]))
    return span if named["seal"] in (None, seal(document.slice(span))) else None
