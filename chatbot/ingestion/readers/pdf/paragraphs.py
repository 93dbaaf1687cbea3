"""Regions -> blocks: which lines belong together, which are headings, which are items.

A PDF has letters and positions, but no paragraphs: the rules here guess, and an editor reads the result.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from chatbot.ingestion.readers.pdf.layout import Grid, Lines, Region
from chatbot.ingestion.readers.pdf.lines import Segment
from chatbot.ingestion.readers.signs import item_of, lettered_item_of, level_of
from chatbot.ingestion.readers.tables import Cell, rows_of
from chatbot.ingestion.readers.wrapping import joined
from chatbot.ingestion.source import Block, Kind, Mark, Part, Remark, Run, blocks_of, one_line

_LARGER = 1.12  # times the size of most letters, from which a line can be a heading
_SMALL = 0.88  # times the size of most letters, below which a text that begins with a mark is a note
_NOTE = re.compile(r"([\d*†‡§]{1,3})\s*[A-ZÁÉÍÓÚÑ¿¡“\"]")
_LONGEST_HEADING = 160
_WIDE_GAP = 1.45  # times the usual distance of lines, from which a paragraph ends
_ROOM = 0.86  # share of the width of its column, below which a line may end a paragraph
_HALF = 0.6  # share of the width, below which a line ends by itself when the next begins like a sentence
_ENDS = re.compile(r"[.!?:;…][”\"’')\]]*$")
_QUESTION_ENDS = re.compile(r"\?[”\"’')\]]*$")


def body_size(segments: Sequence[Segment]) -> float:
    """The size of most letters, in points."""
    sizes: Counter[float] = Counter()
    for segment in segments:
        sizes[segment.size] += len(segment.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def parts_of(regions: Sequence[Region], *, body: float, words: frozenset[str]) -> list[Part]:
    """The blocks of all pages in reading order; what breaks off at the end of a column or page goes on."""
    parts: list[Part] = []
    for region in regions:
        own = list(_grid(region) if isinstance(region, Grid) else _lines(region, body, words))
        if isinstance(region, Lines) and region.boxed:
            told = one_line(" ".join(block.text for block in blocks_of(own)))
            parts.append(Remark("A box; its text is kept", told, page=region.segments[0].page))
            parts += [replace(part, boxed=True) if isinstance(part, Block) else part for part in own]
            continue
        if own and isinstance(own[0], Block) and parts:
            last = blocks_of(parts)[-1:] if parts else []
            if last and last[0] is parts[-1] and not last[0].boxed and _continues(last[0], own[0]):
                runs = own[0].runs
                runs = (replace(runs[0], page=own[0].page), *runs[1:])
                parts[-1] = replace(last[0], runs=_joined(last[0].runs, runs, words))
                own = own[1:]
        parts += own
    return parts


def _grid(grid: Grid) -> list[Part]:
    rows = [[Cell(_cell(cell)) for cell in row] for row in grid.rows]
    return rows_of(rows, page=grid.page)


def _cell(segments: Sequence[Segment]) -> tuple[Run, ...]:
    runs: list[Run] = []
    for segment in segments:
        runs += [*([Run(" ")] if runs else []), *segment.runs]
    return tuple(runs)


def _lines(region: Lines, body: float, words: frozenset[str]) -> Iterator[Part]:
    indents: list[float] = []
    for group in _paragraphs(region.segments, body):
        first = group[0]
        runs = group[0].runs
        for segment in group[1:]:
            runs = _joined(runs, segment.runs, words)
        text = one_line("".join(run.text for run in runs))
        if first.size < _SMALL * body and (mark := _NOTE.match(text)):
            runs = (Run(mark[1], frozenset({Mark.RAISED})), Run(text[mark.end(1) :]))
        item = item_of(text)
        if _is_heading(group, text, body):
            yield Block(Kind.HEADING, runs, level=1 if first.size > 1.4 * body else 2, page=first.page)
            indents = []
        elif item:
            yield Block(
                Kind.ITEM,
                _without_sign(runs, item.text),
                level=level_of(first.left, indents),
                sign=item.sign,
                page=first.page,
            )
        else:
            yield Block(Kind.PARAGRAPH, runs, page=first.page)
            indents = []


def _without_sign(runs: Sequence[Run], text: str) -> tuple[Run, ...]:
    whole = "".join(run.text for run in runs)
    gone = len(whole) - len(whole[whole.find(text[:12]) :]) if text[:12] in whole else 0
    result: list[Run] = []
    for run in runs:
        taken = min(gone, len(run.text))
        gone -= taken
        if run.text[taken:]:
            result.append(replace(run, text=run.text[taken:]))
    return tuple(result)


def _paragraphs(segments: Sequence[Segment], body: float) -> Iterator[list[Segment]]:
    """Neighbouring lines that belong together."""
    if not segments:
        return
    left = min(segment.left for segment in segments)
    right = max(segment.right for segment in segments)
    gaps = [above.base - below.base for above, below in pairwise(segments)]
    usual = _usual(gaps, segments)
    group: list[Segment] = [segments[0]]
    for number, segment in enumerate(segments[1:]):
        if _breaks(group, segment, gaps[number], usual=usual, left=left, right=right, body=body):
            yield group
            group = [segment]
        else:
            group.append(segment)
    yield group


def _usual(gaps: Sequence[float], segments: Sequence[Segment]) -> float:
    """The usual distance of lines: the least one that stands more than once, in times of the size."""
    shares = sorted(
        round(gap / max(below.size, 1.0), 1) for gap, below in zip(gaps, segments[1:], strict=False) if gap > 0
    )
    counted = Counter(shares)
    often = [share for share in shares if 0.9 <= share <= 2.2 and counted[share] > 1]
    return often[0] if often else next((share for share in shares if 0.9 <= share <= 2.2), 1.2)


def _breaks(
    group: Sequence[Segment], line: Segment, gap: float, *, usual: float, left: float, right: float, body: float
) -> bool:
    """Whether a line begins a paragraph of its own."""
    before, first = group[-1], group[0]
    if item_of(line.text) or lettered_item_of(line.text):
        return True
    if gap <= 0 or abs(line.size - before.size) > 0.08 * before.size + 0.2:
        return True
    if _is_loud(line, body) != _is_loud(before, body):
        # A bold beginning of a line belongs to its paragraph; a line that is bold as a whole heads or ends one.
        return True
    if gap > _WIDE_GAP * usual * line.size:
        return True
    item = item_of(first.text)
    if item:
        return (line.left <= first.left + 1 and _ENDS.search(before.text) is not None) or line.left < first.left - 2
    if _is_loud(line, body):
        return _QUESTION_ENDS.search(before.text) is not None
    ended = _ENDS.search(before.text) is not None
    letter = (before.right - before.left) / max(1, len(before.text))
    room = right - before.right - letter * (1 + len(line.text.split()[0]))
    short = room > 0 and before.right - left < _ROOM * (right - left)
    indented = line.left > left + 0.8 * line.size and line.left > before.left + 0.5 * line.size and len(group) > 0
    listed = (
        room > 0
        and before.right - left < _HALF * (right - left)
        and re.match(r"[A-ZÁÉÍÓÚÑ¿¡\d(]", line.text) is not None
    )
    return (ended and (short or indented)) or (listed and before.text[-1] not in ",-")


def _is_loud(line: Segment, body: float) -> bool:
    """Whether a line is bold or larger than the text."""
    return line.is_bold or line.size >= _LARGER * body


def _is_heading(group: Sequence[Segment], text: str, body: float) -> bool:
    large = group[0].size >= _LARGER * body
    bold = all(segment.is_bold for segment in group) and group[0].size >= 0.95 * body
    if not (large or bold) or len(text) > _LONGEST_HEADING:
        return False
    item = item_of(text)
    if item and item.sign == "•":
        return False
    if large and group[0].size >= 1.3 * body:
        return not re.search(r"[.;,]$", text) or len(text) < 60
    return re.search(r"[.;,:!]$", text) is None


def _continues(before: Block, after: Block) -> bool:
    """Whether a block goes on with the one before it, at the end of a column or a page."""
    if after.kind != Kind.PARAGRAPH or before.kind not in (Kind.PARAGRAPH, Kind.ITEM):
        return False
    if _ENDS.search(before.text.strip()):
        return False
    starts = after.text.lstrip()[:1]
    return starts.islower() or (starts.isalnum() and len(before.text) > 60 and before.kind == Kind.PARAGRAPH)


def _joined(before: tuple[Run, ...], after: tuple[Run, ...], words: frozenset[str]) -> tuple[Run, ...]:
    """The runs of two lines as one; the hyphen at the end of the first goes when it only broke a word."""
    first, last = "".join(run.text for run in before).rstrip(), "".join(run.text for run in after).lstrip()
    whole = joined(first, last, words)
    runs = [*before[:-1], replace(before[-1], text=before[-1].text.rstrip())]
    if len(whole) < len(first) + len(last):
        runs[-1] = replace(runs[-1], text=runs[-1].text[:-1])
    elif len(whole) > len(first) + len(last):
        runs[-1] = replace(runs[-1], text=runs[-1].text + " ")
    return (*runs, *after)
