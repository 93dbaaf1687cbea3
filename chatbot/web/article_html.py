"""A document -> HTML to read: every character of it, left-out stretches folded under their reason, quotes marked."""

import html
from collections.abc import Iterator
from dataclasses import dataclass

from chatbot.corpus.documents import Document, LeftOut, Passage, Span
from chatbot.corpus.notices import Wording
from chatbot.web.origin import render_origin
from chatbot.web.reply_html import section_id
from chatbot.web.reply_text import escaped


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
    """The whole article with its title, origin, contents and text."""
    level = frame.level
    return (
        f'<h{level} lang="{html.escape(document.language)}">{escaped(document.title)}</h{level}>'
        f'<p class="publisher">{render_origin(document, frame.wording)}</p>{_contents(document, frame)}'
        f'<div class="text" lang="{html.escape(document.language)}">{"".join(_blocks(document, frame))}</div>'
    )


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
        (entry.span.start, _left_out(document, entry, frame))
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


def _left_out(document: Document, entry: LeftOut, frame: Frame) -> str:
    """A stretch that no answer uses, folded away under its reason, which is for readers and not for editors."""
    wording = frame.wording
    reason = entry.for_readers.get(wording.language, "")
    why = f"{wording.label('never_quoted')}: {reason}" if reason else wording.label("never_quoted")
    return (
        f'<details class="left-out"><summary lang="{wording.language}">{escaped(why)}</summary>'
        f"<p>{escaped(document.slice(entry.span))}</p></details>"
    )
