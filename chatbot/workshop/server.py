"""Serves the editor's workshop on this machine: the pages to look at. ``edit_routes`` has what changes something.

Plain HTML from the server: it works without scripts. Nothing that is tried is kept or logged. All pages lie side by
side behind the token of the address, and their links name no more than the next page.
"""

from pathlib import Path
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp

from chatbot.errors import ChatbotError
from chatbot.preview.corpus_pages import article_sheet, overview_sheet, sheet, topics_sheet
from chatbot.preview.explain_page import trial_sheet
from chatbot.preview.takeable import takeable_for
from chatbot.query.question import Question
from chatbot.web.middleware.guard import Guard, RequestPolicy, refuse_with_page
from chatbot.web.paths import PREVIEW
from chatbot.web.templating import make_templates
from chatbot.workshop.access import LocalAccess
from chatbot.workshop.edit_routes import add_edits, refused_form, stretch_named
from chatbot.workshop.teach_page import teaching
from chatbot.workshop.workshop import Workshop

HOST = "127.0.0.1"  # and no other
LONGEST_FORM = 1_000_000  # bytes: a form with the questions of a whole topic
MOST_FOUND = 200  # questions that a search shows
_TEMPLATES = make_templates(Path(__file__).resolve().parent / "templates")


def build_preview(workshop: Workshop, *, token: str) -> ASGIApp:
    """Everything that is served to an editor, at the address ``/TOKEN/``."""
    policy = RequestPolicy(
        paths=PREVIEW,
        refuse=refuse_with_page(lambda status, _: sheet(f"Not done: {status}", "<p>Go back and try again.</p>")),
        limit=None,  # an editor may ask on and on
        longest_body=LONGEST_FORM,
        frame_ancestors="",
        trusted_proxy="",
    )
    pages = LocalAccess(Guard(_pages(workshop), policy), token=token)
    # Another site's name that leads to this machine must not open these pages.
    return TrustedHostMiddleware(pages, allowed_hosts=[HOST, "localhost"])


def _pages(workshop: Workshop) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, default_response_class=HTMLResponse)
    _add_looks(app, workshop)
    _add_lists(app, workshop)
    _add_trial(app, workshop)
    add_edits(app, workshop)

    @app.exception_handler(ChatbotError)
    async def failed(request: Request, error: ChatbotError) -> HTMLResponse:
        return await refused_form(request, error)

    return app


def _add_looks(app: FastAPI, workshop: Workshop) -> None:
    """The pages that show an article, an answer, a passage."""
    desk = workshop.desk

    def languages() -> list[str]:
        return sorted(workshop.bench.chatbot.wordings)

    @app.get("/")
    def overview() -> str:
        return overview_sheet(desk.corpus)

    @app.get("/topics")
    def topics() -> str:
        return topics_sheet(desk.corpus)

    @app.get("/article")
    def article(number: int = 0) -> HTMLResponse:
        documents = desk.corpus.documents
        if not 1 <= number <= len(documents):
            return HTMLResponse(sheet("There is no such article", ""), status_code=404)
        document = documents[number - 1]
        return HTMLResponse(article_sheet(desk.corpus, document, workshop.bench.chatbot.wordings["en"]))

    @app.get("/answer")
    def answer(of: str = "", near: str = "") -> str:
        found = desk.answer(of)
        proposals = takeable_for(found, workshop.bench) if near else None
        return _page("An answer", "answer.html", answer=found, label=of, proposals=proposals, languages=languages())

    @app.get("/passage")
    def passage(article: str = "", start: int = 0, end: int = 0) -> str:
        document, span = stretch_named(desk, article, start, end)
        return _page(
            "An answer of this passage", "passage.html", document=document, span=span, texts={}, languages=languages()
        )


def _add_lists(app: FastAPI, workshop: Workshop) -> None:
    """The pages that list questions, gaps, notices and changes."""
    desk = workshop.desk

    def languages() -> list[str]:
        return sorted(workshop.bench.chatbot.wordings)

    @app.get("/questions")
    def questions(find: str = "", label: str = "", language: str = "") -> str:
        found = workshop.found(find, label=label, language=language)
        return _page(
            "Every question",
            "questions.html",
            **{"find": find, "label": label, "language": language, "found": found, "shown": MOST_FOUND},
            **{"labels": workshop.labels(), "languages": languages()},
        )

    @app.get("/missing")
    def missing() -> str:
        return _page("What is missing", "missing.html", gaps=workshop.gaps(), counts=workshop.counts())

    @app.get("/notices")
    def notices() -> str:
        wordings = workshop.bench.chatbot.wordings
        listed = [[wordings[code].notices[name] for code in languages()] for name in wordings["en"].notices]
        return _page("Notices, and who signed them", "notices.html", notices=listed, languages=languages())

    @app.get("/changes")
    def changes(said: str = "") -> str:
        return _page("Changes", "changes.html", changes=desk.done[::-1], said=said)

    @app.get("/build")
    def build() -> HTMLResponse:
        state = workshop.builds.state
        again = {"refresh": "2"} if state is not None and state.code is None else None
        return HTMLResponse(_page("The build", "build.html", state=state), headers=again)


def _add_trial(app: FastAPI, workshop: Workshop) -> None:
    """The box to try a question in, and what becomes of it."""

    def languages() -> list[str]:
        return sorted(workshop.bench.chatbot.wordings)

    @app.get("/try")
    def box() -> str:
        return trial_sheet(None, workshop.bench.chatbot.settings, languages())

    # A form that is posted, so that no question stands in an address, where a browser would keep it.
    @app.post("/try")
    async def tried(request: Request) -> HTMLResponse:
        bench = workshop.bench
        settings = bench.chatbot.settings
        typed = question_from_form(await request.body(), longest_history=settings.longest_history)
        asked, before = workshop.conversation(typed)
        trial = bench.try_out(asked)
        more = teaching(trial, before, workshop, _TEMPLATES)
        return HTMLResponse(trial_sheet(trial, settings, languages(), more=more, said=typed))


def _page(title: str, template: str, **values: object) -> str:
    return sheet(title, _rendered(template, **values))


def _rendered(template: str, **values: object) -> str:
    return _TEMPLATES.get_template(template).render(**values)


def question_from_form(body: bytes, *, longest_history: int) -> Question:
    """The question that a form sends; what it lacks is empty."""
    fields = parse_qs(body.decode("utf-8", errors="replace"), errors="replace")

    def field(name: str) -> str:
        return fields.get(name, [""])[0].replace("\r\n", "\n")

    history = tuple(line for line in field("history").splitlines() if line.strip())
    kept = history[max(0, len(history) - longest_history) :]
    return Question(field("question"), kept, field("language") or "en", anyway=field("anyway") == "1")
