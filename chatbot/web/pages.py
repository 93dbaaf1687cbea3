"""Renders the HTML pages without Gradio, each from a template: article, asked, errors, help, start-up, privacy.

They need no JavaScript; only the start-up page has a script, which opens the whole page once that is ready.
"""

from collections.abc import Sequence

from chatbot.corpus.documents import Document, Span
from chatbot.corpus.notices import Notice, Wording
from chatbot.web.article_html import Frame, render_article
from chatbot.web.layout import Layout
from chatbot.web.notice_html import render_notice
from chatbot.web.templating import TEMPLATES

KIND = "privacy"  # of the notices that the privacy page is made of

# The notice that a refused request gets, by its HTTP status.
REFUSALS = {
    400: "trouble.failed",
    403: "trouble.closed",
    413: "not_covered.too_long",
    429: "trouble.rate",
    500: "trouble.failed",
    503: "trouble.busy",
}
# The same for the plain form, which does not try again by itself; while the server gets ready it says that instead.
TROUBLES_OF_FORM = {"full": "trouble.failed"}


def privacy_page(layout: Layout) -> str:
    """Every section of the privacy notice in the order of the wording file, each a heading and its sentences."""
    return _render("privacy.html", layout, notices=privacy_notices(layout.wording))


def privacy_notices(wording: Wording) -> tuple[Notice, ...]:
    """The sections of the privacy notice."""
    return tuple(notice for notice in wording.notices.values() if notice.kind == KIND)


def article_page(layout: Layout, document: Document, *, quoted: Span | None) -> str:
    """One article, with a stretch marked."""
    return _render("article.html", layout, article=render_article(document, Frame(layout.wording, quoted=quoted)))


def refusal_page(layout: Layout, status: int, *, trouble: str = "") -> str:
    """The page for an HTTP error: why, and the numbers. ``trouble`` names the reason for the page's script."""
    notice_id = TROUBLES_OF_FORM.get(trouble) or REFUSALS.get(status, "")
    notice = _notice(layout, notice_id) if notice_id else ""
    return _render("refusal.html", layout, notice=notice, trouble=trouble)


def asked_page(layout: Layout, messages: Sequence[str], *, earlier: str, text: str) -> str:
    """The conversation so far, without JavaScript: rendered questions and replies, and the form to ask on.

    ``earlier`` is what the form carries (``web/earlier.py``), ``text`` what stays in its box.
    """
    return _render("asked.html", layout, messages=messages, earlier=earlier, text=text)


def help_page(layout: Layout) -> str:
    """The page while the kill switch is on: the numbers, why, the articles, the other languages."""
    return _render("help.html", layout, notice=_notice(layout, "trouble.closed"))


def starting_page(layout: Layout) -> str:
    """The page of the first seconds; its script opens the whole one when that is there."""
    return _render("starting.html", layout)


def _render(template: str, layout: Layout, **values: object) -> str:
    return TEMPLATES.get_template(template).render(layout=layout, **values)


def _notice(layout: Layout, notice_id: str) -> str:
    return render_notice(layout.wording.notice(notice_id), layout.wording)
