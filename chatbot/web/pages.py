"""HTML pages without Gradio: article, error pages, help page of the kill switch, start-up page, privacy notice."""

import html

from chatbot.corpus.documents import Document, Span
from chatbot.corpus.notices import Notice, Wording
from chatbot.web.article_html import Frame, render_article
from chatbot.web.layout import Layout
from chatbot.web.reply_html import escaped, render_notice

KIND = "privacy"  # of the notices that the page is made of


def privacy_page(shell: Layout) -> str:
    """Every section of the notice in the order of the wording file, each a heading and its sentences."""
    sections = "".join(_section(notice) for notice in privacy_notices(shell.wording))
    return plain_page(shell, f"{shell.way_back()}<h1>{shell.label('privacy_notice')}</h1>{sections}{shell.contacts()}")


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


def plain_page(shell: Layout, main: str) -> str:
    """A page without Gradio, the same without JavaScript: the bar, and below it this and nothing else."""
    return (
        f'<!doctype html><html lang="{shell.wording.language}"><head>{shell.head()}</head><body class="plain">'
        f"{shell.bar(skip_to='#text')}{shell._live_regions()}"
        f'<main id="text" {shell._words()}>{main}</main></body></html>'
    )


def article_page(shell: Layout, document: Document, *, quoted: Span | None) -> str:
    """A plain page with one article, with a stretch marked."""
    return plain_page(shell, f"{shell.way_back()}{render_article(document, Frame(shell.wording, quoted=quoted))}")


def refusal_page(shell: Layout, status: int) -> str:
    """What somebody sees instead of a page: why, and the numbers."""
    wording = shell.wording
    why = (
        render_notice(wording.notice(REFUSALS[status]), wording)
        if status in REFUSALS
        else f"<p>{shell.label('not_found')}</p>"
    )
    return plain_page(shell, f"<h1>{shell.label('heading')}</h1>{why}{shell.contacts()}{shell.way_back()}")


def help_page(shell: Layout) -> str:
    """What is left when no question is answered: the numbers, why, the articles, the other languages."""
    return _without_chat(shell, render_notice(shell.wording.notice("trouble.closed"), shell.wording))


def starting_page(shell: Layout) -> str:
    """The page of the first seconds; its script opens the whole one when that is there."""
    said = f'<p role="status">{shell.label("getting_ready")}</p>{shell.contacts()}'
    source = html.escape(f"{shell.settings.base_path}/shell/startup.js")
    return _without_chat(shell, f'{said}<script type="module" src="{source}"></script>')


def _without_chat(shell: Layout, said: str) -> str:
    articles = "".join(
        f'<li><a href="{html.escape(address)}" lang="{html.escape(document.language)}">'
        f"{escaped(document.title)}</a></li>"
        for document, address in zip(shell.corpus.documents, shell.articles().values(), strict=True)
    )
    return plain_page(
        shell,
        f"{shell._languages()}<h1>{shell.label('heading')}</h1>{said}"
        f"<h2>{shell.label('open_article')}</h2><ul>{articles}</ul>",
    )
