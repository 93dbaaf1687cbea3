"""Segmentation of an article into headings, passages, sentences and list items, all as spans.

A block is a run of lines between blank lines. A heading is a block of one line that matches a pattern. A list is one
passage with the paragraph before it, so that no item is quoted without the words that give it its meaning. An item that
is set further in than the one before stands one level below it.
"""

import re
from collections.abc import Iterator, Sequence

import sentencex

from chatbot.corpus.documents import Passage, Span, language_at

_BLOCK = re.compile(r"\S[^\r\n]*(?:(?:\r\n|\r|\n)[ \t]*\S[^\r\n]*)*")
_LINE = re.compile(r"[^\r\n]+")
_BULLET = re.compile(r"[ \t]*(?:[•◦▪‣·*–-]|\(?(?:\d{1,2}|[a-h]|[ivx]{1,4})[.)])[ \t]+(?=\S)")
_FIRST = ("1", "a", "i")  # signs with which a list begins


def trimmed(text: str, start: int, end: int) -> Span | None:
    """The range without white space at its ends; None when nothing is left.

    >>> trimmed("  ab ", 0, 5)
    Span(start=2, end=4)
    """
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return Span(start, end) if start < end else None


def find_headings(text: str, patterns: Sequence[str]) -> tuple[Span, ...]:
    """Blocks of one line that match one of the patterns as a whole."""
    compiled = [re.compile(pattern) for pattern in patterns]
    spans = (trimmed(text, *match.span()) for match in _BLOCK.finditer(text))
    return tuple(
        span for span in spans if span and any(pattern.fullmatch(text, span.start, span.end) for pattern in compiled)
    )


def split_passages(
    text: str,
    *,
    language: str,
    headings: Sequence[Span],
    left_out: Sequence[Span],
    languages: Sequence[tuple[int, str]] = (),
) -> tuple[Passage, ...]:
    """The quotable rest of a text: passages in order, which touch no heading and no left-out stretch.

    Every character of the text that is not white space lies in exactly one heading, left-out stretch or passage.
    """
    taken = sorted([*headings, *left_out])
    passages: list[Passage] = []
    for match in _BLOCK.finditer(text):
        for piece in _without(text, match.start(), match.end(), taken):
            section = sum(heading.start < piece.start for heading in headings) - 1
            units, levels = _units(text, piece, language_at(piece.start, languages, language))
            is_list = bool(_bullets(text, piece))
            starts_as_list = _BULLET.match(text, piece.start) is not None
            if starts_as_list and passages and _leads_in(text, passages[-1], piece, taken):
                lead_in = passages.pop()
                piece, units = Span(lead_in.span.start, piece.end), (*lead_in.units, *units)
                levels = (*lead_in.levels, *levels)
            passages.append(Passage(piece, section, units, is_list, levels))
    return tuple(passages)


def sentences(text: str, *, language: str, start: int = 0, end: int | None = None) -> list[Span]:
    """The sentences of a range, without the white space around them (by the library sentencex)."""
    window = text[start:end]
    found = (
        trimmed(text, start + piece["start_index"], start + piece["end_index"])
        for piece in sentencex.get_sentence_boundaries(language, window)
    )
    return [span for span in found if span]


def _without(text: str, start: int, end: int, taken: Sequence[Span]) -> Iterator[Span]:
    """What is left of a block when headings and left-out stretches are taken from it."""
    position = start
    for hole in [*(span for span in taken if span.end > start and span.start < end), None]:
        piece = trimmed(text, position, min(hole.start, end) if hole else end)
        if piece and piece.start >= position:
            yield piece
        position = max(position, hole.end) if hole else end


def _leads_in(text: str, before: Passage, piece: Span, taken: Sequence[Span]) -> bool:
    gap_is_free = not any(before.span.end <= span.start < piece.start for span in taken)
    return gap_is_free and (_goes_on(text, before, piece) if before.is_list else text[before.span.end - 1] == ":")


def _goes_on(text: str, before: Passage, piece: Span) -> bool:
    """Whether the items of a piece belong to the list before it: one that counts from one again is another list."""
    first = _BULLET.match(text, piece.start, piece.end)
    sign = first[0].strip(" \t().") if first else ""
    if sign.isalnum():
        return sign not in _FIRST
    own = _LINE.match(text, piece.start, piece.end)
    last = text[: before.units[-1].start].rstrip(" \t") if before.units else ""
    return not last.endswith((".", ")")) or bool(own and text[text.rfind("\n", 0, piece.start) + 1 : piece.start])


def _bullets(text: str, piece: Span) -> list[re.Match[str]]:
    """The bullets of a piece: one match a list item, from the start of its line to the start of its words."""
    lines = _LINE.finditer(text, piece.start, piece.end)
    return [bullet for line in lines if (bullet := _BULLET.match(text, line.start(), piece.end))]


def _units(text: str, piece: Span, language: str) -> tuple[tuple[Span, ...], tuple[int, ...]]:
    """Sentences of the running text, then list items without their bullet; with the level of each."""
    items = list(_items(text, piece))
    ends = [line for line, _, _ in items[1:]] + [piece.end]
    spans = [(trimmed(text, words, end), level) for (_, words, level), end in zip(items, ends, strict=False)]
    running_end = items[0][0] if items else piece.end
    running = sentences(text, language=language, start=piece.start, end=running_end)
    placed = [(span, level) for span, level in spans if span]
    return (*running, *(span for span, _ in placed)), (*(0 for _ in running), *(level for _, level in placed))


def _items(text: str, piece: Span) -> Iterator[tuple[int, int, int]]:
    """Each item as (start of its line, start of its words, level); the level, 1 and up, is how far it is set in.

    A line without a bullet goes on with its item. Behind a nested list, set in less than the items of that, it goes on
    with an outer item: it is a unit of its own, since it would turn round what it says as a part of the inner one.
    """
    bullets = {bullet.start(): bullet for bullet in _bullets(text, piece)}
    indents: list[int] = []
    for line in _LINE.finditer(text, piece.start, piece.end):
        bullet = bullets.get(line.start())
        shown = (bullet[0] if bullet else line[0]).expandtabs(4)
        indent = len(shown) - len(shown.lstrip())
        if bullet:
            while indents and indent < indents[-1]:
                indents.pop()
            if not indents or indent > indents[-1]:
                indents.append(indent)
            yield line.start(), bullet.end(), len(indents)
        elif len(indents) > 1 and indents[0] < indent <= indents[-1]:
            while indent <= indents[-1]:
                indents.pop()
            yield line.start(), line.start(), len(indents)
