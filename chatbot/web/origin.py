"""Where an article comes from, in one line of HTML: publisher, what it sells, date, who approved it for this page."""

import html

from chatbot.corpus.documents import Document
from chatbot.corpus.notices import Wording
from chatbot.web.reply_text import escaped


def render_origin(document: Document, wording: Wording) -> str:
    """The line, in the language of the page; what nobody has said of the article is said to be missing."""
    return f'<span class="origin" lang="{wording.language}">{" · ".join(_facts(document, wording))}</span>'


def _facts(document: Document, wording: Wording) -> list[str]:
    label = wording.label
    publisher = (
        f'<span lang="{html.escape(document.language)}">{escaped(document.publisher)}</span>'
        if document.publisher
        else escaped(label("no_publisher"))
    )
    sells = f" ({escaped(label('sells_treatment'))})" if document.sells_treatment else ""
    date = f"{label('published_on')} {document.published}" if document.published else label("no_date")
    return [f"{publisher}{sells}", escaped(date), _approval(document, wording)]


def _approval(document: Document, wording: Wording) -> str:
    return approval_line(document, wording) if document.approval else escaped(wording.label("not_approved"))


def approval_line(document: Document, wording: Wording) -> str:
    """HTML of who approved the article for this page, and when; that nobody did, when nobody did."""
    approval = document.approval
    if approval is None:
        return escaped(wording.label("approved_by_nobody"))
    return f"{escaped(wording.label('approved_by'))} {escaped(approval.by)}, <time>{approval.on}</time>"
