"""HTML pages without Gradio: article, error pages, help page of the kill switch, start-up page, privacy notice."""

import html

from chatbot.corpus.documents import Document, Span
from chatbot.corpus.notices import Notice, Wording
from chatbot.web.article_html import Frame, render_article
from chatbot.web.layout import Layout
from chatbot.web.reply_html import escaped, render_notice

KIND = "privacy"  # of the notices that the page is made of


def privacy_page(layout: Layout) -> str:
    """Every section of the notice in the order of the wording file, each a heading and its sentences."""
    sections = "".join(_section(notice) for notice in privacy_notices(layout.wording))
    return plain_page(
        layout, f"{layout.way_back()}<h1>{layout.label('privacy_notice')}</h1>{sections}{layout.contacts()}"
    )


def privacy_notices(wording: Wording) -> tuple[Notice, ...]:
    """The sections of the notice."""
    return tuple(notice for notice in wording.notices.values() if notice.kind == KIND)


def _section(notice: Notice) -> str:
    sentences = "".join(f"<li>{escaped(line)}</li>" for line in notice.lines)
    return f"<h2>{escaped(notice.title)}</h2><ul>{sentences}</ul>"


REFUSALS = {
    400: "trouble.failed",
    413: "not_covered.too_long",
    429: "trouble.rate",
    500: "trouble.failed",
    503: "trouble.busy",
}


def plain_page(layout: Layout, main: str) -> str:
    """A page without Gradio, the same without JavaScript: the bar, and below it this and nothing else."""
    return (
        f'<!doctype html><html lang="{layout.wording.language}"><head>{layout.head()}</head><body class="plain">'
        f"{layout.bar(skip_to='#text')}{layout.live_regions()}"
        f'<main id="text" {layout.data_words()}>{main}</main></body></html>'
    )


def article_page(layout: Layout, document: Document, *, quoted: Span | None) -> str:
    """A plain page with one article, with a stretch marked."""
    return plain_page(layout, f"{layout.way_back()}{render_article(document, Frame(layout.wording, quoted=quoted))}")


def refusal_page(layout: Layout, status: int) -> str:
    """What somebody sees instead of a page: why, and the numbers."""
    wording = layout.wording
    why = (
        render_notice(wording.notice(REFUSALS[status]), wording)
        if status in REFUSALS
        else f"<p>{layout.label('not_found')}</p>"
    )
    return plain_page(layout, f"<h1>{layout.label('heading')}</h1>{why}{layout.contacts()}{layout.way_back()}")


def help_page(layout: Layout) -> str:
    """What is left when no question is answered: the numbers, why, the articles, the other languages."""
    return _without_chat(layout, render_notice(layout.wording.notice("trouble.closed"), layout.wording))


def starting_page(layout: Layout) -> str:
    """The page of the first seconds; its script opens the whole one when that is there."""
    said = f'<p role="status">{layout.label("getting_ready")}</p>{layout.contacts()}'
    source = html.escape(f"{layout.settings.base_path}/shell/startup.js")
    return _without_chat(layout, f'{said}<script type="module" src="{source}"></script>')


def _without_chat(layout: Layout, said: str) -> str:
    articles = "".join(
        f'<li><a href="{html.escape(address)}" lang="{html.escape(document.language)}">'
        f"{escaped(document.title)}</a></li>"
        for document, address in zip(layout.corpus.documents, layout.articles().values(), strict=True)
    )
    return plain_page(
        layout,
        f"{layout.language_links()}<h1>{layout.label('heading')}</h1>{said}"
        f"<h2>{layout.label('open_article')}</h2><ul>{articles}</ul>",
    )
