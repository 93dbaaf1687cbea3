"""What a person asked -> HTML, and the buttons that ask: each works without JavaScript."""

from chatbot.corpus.notices import Wording
from chatbot.web.notice_html import render_heading
from chatbot.web.reply_text import escaped

FORM = "first"  # id of the plain form
ASKS = f'type="submit" form="{FORM}"'  # of a button that asks


def render_question(text: str, wording: Wording, *, key: str, longest: int, number: int | None = None) -> str:
    """What the person typed, as text; a message that is too long is shown in part.

    The newest question has the ``number`` of its exchange, and a button that takes it back to be changed.
    """
    shown = text if len(text) <= longest else f"{text[:200]}…"
    edit = "" if number is None else render_button(wording.label("edit"), name="withdraw", number=number, kind="edit")
    return (
        f'<div class="asked" id="asked-{key}" lang="{wording.language}">'
        f"{render_heading('you_asked', wording)}<p>{escaped(shown)}</p>{edit}</div>"
    )


def render_button(label: str, *, name: str, number: int, kind: str) -> str:
    """A button about an exchange, by its number; it works without JavaScript."""
    return (
        f'<button {ASKS} name="{name}" value="{number}" class="{kind}" id="{kind}-{number}">{escaped(label)}</button>'
    )
