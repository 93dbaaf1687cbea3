"""Serves the editors' pages on this machine: the answers of each article, what is never quoted, and replies explained.

Plain HTML from the server: it works without scripts. Nothing that is tried is kept or logged.
"""

from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp

from chatbot.preview.corpus_pages import article_sheet, overview_sheet, sheet, topics_sheet
from chatbot.preview.explain import Explainer
from chatbot.preview.explain_page import trial_sheet
from chatbot.query.question import Question
from chatbot.web.middleware.guard import Guard, RequestPolicy, refuse_with_page
from chatbot.web.paths import PREVIEW

HOST = "127.0.0.1"  # and no other: these pages have no key


def build_preview(bench: Explainer) -> ASGIApp:
    """Everything that is served to an editor."""
    settings = bench.chatbot.settings
    policy = RequestPolicy(
        paths=PREVIEW,
        refuse=refuse_with_page(lambda status: sheet(f"Not done: {status}", "<p>Go back and try again.</p>")),
        limit=None,  # an editor may ask on and on
        longest_body=settings.longest_body,
        frame_ancestors="",
        trusted_proxy="",
    )
    # Another site's name that leads to this machine must not open these pages.
    return TrustedHostMiddleware(Guard(_pages(bench), policy), allowed_hosts=[HOST, "localhost"])


def _pages(bench: Explainer) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, default_response_class=HTMLResponse)
    corpus, settings, wordings = bench.chatbot.corpus, bench.chatbot.settings, bench.chatbot.wordings
    languages = sorted(wordings)

    @app.get("/")
    def overview() -> str:
        return overview_sheet(corpus)

    @app.get("/topics")
    def topics() -> str:
        return topics_sheet(corpus)

    @app.get("/article/{number}")
    def article(number: int) -> HTMLResponse:
        if not 1 <= number <= len(corpus.documents):
            return HTMLResponse(sheet("There is no such article", ""), status_code=404)
        return HTMLResponse(article_sheet(corpus, corpus.documents[number - 1], wordings["en"]))

    @app.get("/try")
    def box() -> str:
        return trial_sheet(None, settings, languages)

    # A form that is posted, so that no question stands in an address, where a browser would keep it.
    @app.post("/try")
    async def tried(request: Request) -> HTMLResponse:
        question = question_from_form(await request.body(), longest_history=settings.longest_history)
        return HTMLResponse(trial_sheet(bench.try_out(question), settings, languages))

    return app


def question_from_form(body: bytes, *, longest_history: int) -> Question:
    """The question that a form sends; what it lacks is empty."""
    fields = parse_qs(body.decode("utf-8", errors="replace"), errors="replace")

    def field(name: str) -> str:
        return fields.get(name, [""])[0].replace("\r\n", "\n")

    history = tuple(line for line in field("history").splitlines() if line.strip())
    kept = history[max(0, len(history) - longest_history) :]
    return Question(field("question"), kept, field("language") or "en", anyway=field("anyway") == "1")
