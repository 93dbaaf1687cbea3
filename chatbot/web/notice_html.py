"""A reviewed notice -> HTML: its title, its lines, and its contacts as things to tap."""

import html
import re
from collections.abc import Iterable, Sequence

from chatbot.corpus.notices import Contact, Notice, Wording
from chatbot.web.reply_text import escaped

_WITH_CALLS = ("crisis", "watch", "comfort")  # kinds of notices that also say what happens when one calls


def render_notice(notice: Notice, wording: Wording, *, above: Sequence[Contact] = ()) -> str:
    """A reviewed text, labelled as ours, with its contacts as things to tap, but for those right above it."""
    title = f"<h3>{_line(notice.title, wording)}</h3>" if notice.title else ""
    lines = (
        _steps(notice, wording)
        if notice.kind == "crisis"
        else "".join(_paragraph(line, wording) for line in notice.lines)
    )
    contacts = render_contacts((contact for contact in notice.contacts if contact not in above), wording)
    return (
        f'<div class="notice {notice.kind}" lang="{html.escape(notice.language)}">'
        f"{render_heading('from_us', wording)}{title}{_urgent_first(notice, lines, contacts)}"
        f"{_calls(notice, wording)}</div>"
    )


def render_lines(notice: Notice, wording: Wording) -> str:
    """The lines and the contacts of a notice, without its title."""
    lines = "".join(_paragraph(line, wording) for line in notice.lines)
    return lines + render_contacts(notice.contacts, wording)


def _steps(notice: Notice, wording: Wording) -> str:
    """What to do in an emergency as a numbered list; before it what was added for this message, below it background."""
    last = len(notice.lines) - notice.background
    before, steps, rest = notice.lines[: len(notice.added)], notice.lines[len(notice.added) : last], notice.lines[last:]
    items = "".join(f"<li>{_line(line, wording)}</li>" for line in steps)
    more = _folded(wording.label("more_about_this"), rest, wording) if rest else ""
    return "".join(_paragraph(line, wording) for line in before) + f'<ol class="steps">{items}</ol>{more}'


def _folded(title: str, lines: Sequence[str], wording: Wording) -> str:
    """Lines under a title that opens them."""
    paragraphs = "".join(_paragraph(line, wording) for line in lines)
    return f'<details class="more"><summary>{_line(title, wording)}</summary>{paragraphs}</details>'


def _calls(notice: Notice, wording: Wording) -> str:
    """What happens when one calls the helplines of a notice, where there is a text on it."""
    if notice.kind not in _WITH_CALLS:
        return ""
    told = (wording.notices.get(f"call.{contact.id}") for contact in notice.contacts)
    return "".join(_folded(call.title, call.lines, wording) for call in told if call)


def _paragraph(line: str, wording: Wording) -> str:
    return f"<p>{_line(line, wording)}</p>"


def _line(text: str, wording: Wording) -> str:
    """A line of ours as HTML, with each telephone number in an element that no line end may break."""
    numbers = {contact.shown for contact in wording.contacts.values() if "-" in contact.shown}
    # The longest first, where one number begins with another.
    pieces = re.split(f"({'|'.join(map(re.escape, sorted(numbers, reverse=True)))})", text)
    return "".join(
        f'<span class="phone">{escaped(piece)}</span>' if piece in numbers else escaped(piece) for piece in pieces
    )


def _urgent_first(notice: Notice, lines: str, contacts: str) -> str:
    """The numbers stand before the reasons in an emergency, after them otherwise."""
    return contacts + lines if notice.kind == "crisis" else lines + contacts


def render_contacts(contacts: Iterable[Contact], wording: Wording) -> str:
    """Contacts as a list; each can be called, texted or opened by a tap."""
    items = "".join(f"<li>{_contact(contact, wording)}</li>" for contact in contacts)
    return f'<ul class="contacts">{items}</ul>' if items else ""


def _contact(contact: Contact, wording: Wording) -> str:
    shown, links = _line(contact.shown, wording), []
    if contact.tel:
        links.append(_link(f"tel:{contact.tel}", f"{escaped(wording.label('call'))} {shown}", "call"))
    if contact.sms:
        links.append(_link(f"sms:{contact.sms}", f"{escaped(wording.label('text_message'))} {shown}", "text"))
    if contact.url and not links:
        links.append(_link(contact.url, shown, "open"))
    return f'{"".join(links)}<span class="whom">{escaped(contact.name)}</span>'


def _link(address: str, content: str, kind: str) -> str:
    return f'<a class="{kind}" href="{html.escape(address)}" rel="noreferrer">{content}</a>'


def render_heading(label_id: str, wording: Wording) -> str:
    """The heading above a part of a reply."""
    return f"<h2>{escaped(wording.label(label_id))}</h2>"
