"""The privacy notice as a page of its own, from the wording: works without Gradio and without JavaScript."""

from chatbot.corpus.notices import Notice, Wording
from chatbot.web.layout import Shell, plain_page
from chatbot.web.reply_html import escaped

KIND = "privacy"  # of the notices that the page is made of


def privacy_page(shell: Shell) -> str:
    """Every section of the notice in the order of the wording file, each a heading and its sentences."""
    sections = "".join(_section(notice) for notice in privacy_notices(shell.wording))
    return plain_page(shell, f"{shell.way_back()}<h1>{shell.label('privacy_notice')}</h1>{sections}{shell.contacts()}")


def privacy_notices(wording: Wording) -> tuple[Notice, ...]:
    """The sections of the notice."""
    return tuple(notice for notice in wording.notices.values() if notice.kind == KIND)


def _section(notice: Notice) -> str:
    sentences = "".join(f"<li>{escaped(line)}</li>" for line in notice.lines)
    return f"<h2>{escaped(notice.title)}</h2><ul>{sentences}</ul>"
