"""What the workshop's forms do: each is read, checked, and written by the desk; then its change is shown.

A form that is refused comes back with the reason and with everything that was typed.
"""

from pathlib import Path
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from chatbot.corpus.documents import Document, Span
from chatbot.editing.changes import Change
from chatbot.errors import ChatbotError, CorpusError, RequestError
from chatbot.preview.corpus_pages import sheet
from chatbot.web.templating import make_templates
from chatbot.workshop.desk import Desk
from chatbot.workshop.forms import Form, by_language
from chatbot.workshop.workshop import Workshop

_TEMPLATES = make_templates(Path(__file__).resolve().parent / "templates")


def add_edits(app: FastAPI, workshop: Workshop) -> None:
    """The routes that change files or start a build."""
    _add_answers(app, workshop)
    _add_questions(app, workshop)
    desk = workshop.desk

    @app.post("/approve")
    async def approve(request: Request) -> RedirectResponse:
        form = Form.read(await request.body())
        return _done(desk.approve(form.text("article"), form.text("by")))

    @app.post("/undo")
    async def undo(request: Request) -> RedirectResponse:
        await request.body()
        return _to("changes", said=desk.undo().title)

    @app.post("/build")
    async def build(request: Request) -> RedirectResponse:
        workshop.builds.start(drafts=Form.read(await request.body()).text("drafts") == "1")
        return _to("build")


def _languages(workshop: Workshop) -> list[str]:
    """The languages of the page, as an editor writes questions in them."""
    return sorted(workshop.bench.chatbot.wordings)


def _add_answers(app: FastAPI, workshop: Workshop) -> None:
    desk = workshop.desk

    @app.post("/answer")
    async def answer(request: Request) -> RedirectResponse:
        form = Form.read(await request.body())
        asked = form.questions(_languages(workshop))
        return _done(desk.write_answer(form.text("label"), ask=form.asks(_languages(workshop)), questions=asked))

    @app.post("/passage")
    async def passage(request: Request) -> RedirectResponse:
        form = Form.read(await request.body())
        document, span = stretch_named(desk, form.text("article"), form.number("start"), form.number("end"))
        ask, asked = form.asks(_languages(workshop)), form.questions(_languages(workshop))
        return _done(desk.make_answer(document, span, name=form.text("name"), ask=ask, questions=asked))


def _add_questions(app: FastAPI, workshop: Workshop) -> None:
    desk = workshop.desk

    @app.post("/question")
    async def question(request: Request) -> RedirectResponse:
        form = Form.read(await request.body())
        language = form.text("language")
        asked = {language if language in _languages(workshop) else "en": [form.text("question")]}
        if form.text("topic").strip():
            return _done(desk.add_topic(form.text("topic"), asked))
        label = form.text("to") or form.text("label")
        if not label:
            raise RequestError("No answer and no topic is chosen.", next_step="choose one.")
        return _done(desk.add_questions(label, asked))

    @app.post("/take")
    async def take(request: Request) -> RedirectResponse:
        form = Form.read(await request.body())
        texts = form.texts("all") if form.text("take") == "all" else form.texts("question")
        return _done(desk.add_questions(form.text("label"), by_language(texts, _languages(workshop))))

    @app.post("/take-away")
    async def take_away(request: Request) -> RedirectResponse:
        form = Form.read(await request.body())
        return _done(desk.remove_question(form.text("label"), form.text("question")))


async def refused_form(request: Request, error: ChatbotError) -> HTMLResponse:
    """Why a page or a form was refused; a form with everything that was typed in it."""
    try:
        form = Form.read(await request.body() if request.method == "POST" else b"")
    except RequestError:
        form = Form({})
    fields = [(name, value) for name, values in form.fields.items() for value in values]
    action = request.url.path.rpartition("/")[2]
    page = _TEMPLATES.get_template("refused.html").render(error=str(error), fields=fields, action=action)
    return HTMLResponse(sheet("Refused", page), status_code=422)


def stretch_named(desk: Desk, article: str, start: int, end: int) -> tuple[Document, Span]:
    """The stretch of an article that a form or an address names; CorpusError when there is none."""
    document = desk.document(article)
    if not 0 <= start < end <= len(document.text):
        raise CorpusError(f"No text at {start}-{end}.", where=article, next_step="go back, and look at the page again.")
    return document, Span(start, end)


def _done(change: Change | None) -> RedirectResponse:
    return _to("changes", said=f"Done: {change.title}" if change else "There was nothing new in it.")


def _to(page: str, **values: str) -> RedirectResponse:
    """To the next page of the workshop, by GET: nothing is sent twice."""
    return RedirectResponse(f"{page}?{urlencode(values)}" if values else page, status_code=303)
