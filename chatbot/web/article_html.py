"""A document -> HTML to read: every character of it, left-out stretches greyed with their reason, quotes marked."""

import html
from collections.abc import Iterator
from dataclasses import dataclass

from chatbot.corpus.documents import Document, Passage, Span
from chatbot.corpus.notices import Wording
from chatbot.web.reply_html import escaped, section_id


@dataclass(frozen=True, slots=True)
class Frame:
    """How an article is set into a page: under a heading of which level, and with which stretch marked.

    ``prefix`` keeps ids apart when several articles stand on one page.
    """

    wording: Wording
    level: int = 1
    prefix: str = ""
    quoted: Span | None = None


def render_article(document: Document, frame: Frame) -> str:
    """The whole article with its title, publisher, contents and text."""
    level, wording = frame.level, frame.wording
    publisher = (
        f'<p class="publisher">{escaped(wording.label("published_by"))} '
        f'<span lang="{html.escape(document.language)}">{escaped(document.publisher)}</span></p>'
        if document.publisher
        else ""
    )
    return (
        f'<h{level} lang="{html.escape(document.language)}">{escaped(document.title)}</h{level}>'
        f'{publisher}<p class="approval">{approval_line(document, wording)}</p>{_contents(document, frame)}'
        f'<div class="text" lang="{html.escape(document.language)}">{"".join(_blocks(document, frame))}</div>'
    )


def approval_line(document: Document, wording: Wording) -> str:
    """HTML of who approved the article for this page, and when; that nobody did, when nobody did."""
    approval = document.approval
    if approval is None:
        return escaped(wording.label("approved_by_nobody"))
    return f"{escaped(wording.label('approved_by'))} {escaped(approval.by)}, <time>{approval.on}</time>"


def _contents(document: Document, frame: Frame) -> str:
    items = "".join(
        f'<li><a href="#{frame.prefix}{section_id(number)}" lang="{html.escape(document.language)}">'
        f"{escaped(document.slice(heading))}</a></li>"
        for number, heading in enumerate(document.headings)
    )
    if not items:
        return ""
    label = escaped(frame.wording.label("contents"))
    return f'<details class="contents"><summary>{label}</summary><ol>{items}</ol></details>'


def _blocks(document: Document, frame: Frame) -> Iterator[str]:
    """Headings, passages and left-out stretches in the order of the article."""
    pieces: list[tuple[int, str]] = [
        (heading.start, _heading(document, number, frame)) for number, heading in enumerate(document.headings)
    ]
    pieces += [(passage.span.start, _passage(document, passage, frame)) for passage in document.passages]
    pieces += [
        (entry.span.start, _left_out(document, entry.span, entry.reason, frame))
        for entry in document.left_out
        if document.slice(entry.span) != document.title  # the title already stands above the text
    ]
    return (markup for _, markup in sorted(pieces, key=lambda piece: piece[0]))


def _heading(document: Document, number: int, frame: Frame) -> str:
    level, name = frame.level + 1, f"{frame.prefix}{section_id(number)}"
    return f'<h{level} id="{name}" tabindex="-1">{escaped(document.slice(document.headings[number]))}</h{level}>'


def _passage(document: Document, passage: Passage, frame: Frame) -> str:
    """A paragraph whose sentences and list items can be marked one by one; what stands between them stays."""
    parts, position = [], passage.span.start
    for unit in passage.units:
        if position < unit.start:
            parts.append(_between(document, Span(position, unit.start), frame))
        parts.append(_unit(document, unit, frame))
        position = unit.end
    if position < passage.span.end:
        parts.append(escaped(document.slice(Span(position, passage.span.end))))
    language = document.language_at(passage.span.start)
    other = f' lang="{html.escape(language)}"' if language != document.language else ""
    return f"<p{other}>{''.join(parts)}</p>"


def _unit(document: Document, unit: Span, frame: Frame) -> str:
    name = f"{frame.prefix}at-{unit.start}-{unit.end}"
    text = escaped(document.slice(unit))
    if frame.quoted and frame.quoted.covers(unit):
        first = ' id="quoted"' if frame.quoted.start == unit.start else ""
        return f"<mark{first}>{text}</mark>"
    return f'<span id="{name}" class="unit">{text}</span>'


def _between(document: Document, span: Span, frame: Frame) -> str:
    text = escaped(document.slice(span))
    return f"<mark>{text}</mark>" if frame.quoted and frame.quoted.covers(span) else text


def _left_out(document: Document, span: Span, reason: str, frame: Frame) -> str:
    label = escaped(frame.wording.label("never_quoted"))
    return (
        f'<p class="left-out"><span class="reason"><span lang="{frame.wording.language}">{label}</span>'
        f"{escaped(reason)}</span>{escaped(document.slice(span))}</p>"
    )
