"""Segments -> regions in reading order: columns are parted at gutters, tables are told from columns.

A gutter is a strip without letters between neighbouring lines. Lines that reach across it end the columns.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from chatbot.ingestion.readers.pdf.letters import Box
from chatbot.ingestion.readers.pdf.lines import Segment
from chatbot.ingestion.readers.pdf.ruled import Ruled, frames, ruled_grids
from chatbot.ingestion.readers.signs import item_of

_NARROWEST = 9.0  # points; a gutter is wider
_FEWEST_ROWS = 2
_FEWEST_CELLS = 4
_FEWEST_WORDS = 4  # within a frame that is a box; around fewer it is an ornament or a cell
_SAME_LEFT = 3.0  # points within which lines begin at one place
_FULL = 0.7  # share of its column that a line of prose fills
_SAME_ROW = 0.45  # times the size, within which segments stand on one height


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of one column, from top to bottom; ``boxed``: within a frame."""

    segments: tuple[Segment, ...]
    boxed: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: its rows of cells, each cell with its segments from top to bottom."""

    rows: tuple[tuple[tuple[Segment, ...], ...], ...]
    page: int


Region = Lines | Grid


def regions_of(segments: Sequence[Segment], rules: Sequence[Box] = ()) -> list[Region]:
    """The regions of a page in reading order; ``rules`` are the lines that are drawn on it."""
    regions: list[Region] = []
    aside: list[Region] = []
    rest = sorted(segments, key=lambda segment: -segment.base)
    drawn: list[Ruled | Box] = [*ruled_grids(rules), *frames(rules)]
    for part in sorted(drawn, key=lambda part: -_top(part)):
        held = [segment for segment in rest if _is_in(segment, part)]
        if isinstance(part, Ruled) and len({part.cell(segment) for segment in held}) < _FEWEST_CELLS:
            continue
        if isinstance(part, Box) and not sum(len(one.text.split()) for one in held) >= _FEWEST_WORDS:
            continue
        own = [_ruled(part, held)] if isinstance(part, Ruled) else _boxed(held)
        rest = [segment for segment in rest if segment not in held]
        if isinstance(part, Box) and any(part.bottom < segment.base < part.top - 1 for segment in rest):
            aside += own  # beside the text: it must not stand in the middle of a sentence
            continue
        above = [segment for segment in rest if segment.base > _top(part) - 1]
        regions += [*_regions(rows_of_segments(above)), *own]
        rest = [segment for segment in rest if segment not in above]
    return [*regions, *_regions(rows_of_segments(rest)), *aside]


def _top(part: Ruled | Box) -> float:
    return part.heights[0] if isinstance(part, Ruled) else part.top


def _is_in(segment: Segment, part: Ruled | Box) -> bool:
    if isinstance(part, Ruled):
        return part.holds(segment)
    middle = segment.base + 0.3 * segment.size
    return part.left - 1 <= segment.left and segment.right <= part.right + 1 and part.bottom < middle < part.top


def _boxed(segments: Sequence[Segment]) -> list[Region]:
    """The regions within a frame."""
    regions = _regions(rows_of_segments(segments))
    return [replace(region, boxed=True) if isinstance(region, Lines) else region for region in regions]


def _ruled(grid: Ruled, segments: Sequence[Segment]) -> Grid:
    """A table whose cells are drawn; a cell over several rows stands in each of them."""
    rows: list[list[list[Segment]]] = [[[] for _ in grid.places[1:]] for _ in grid.heights[1:]]
    for segment in segments:
        row, column = grid.cell(segment)
        rows[min(row, len(rows) - 1)][min(column, len(rows[0]) - 1)].append(segment)
    for row in range(len(rows) - 1):
        for column in range(len(rows[0])):
            if grid.goes_on_below(row, column):
                rows[row][column] += rows[row + 1][column]
                rows[row + 1][column] = rows[row][column]
    return Grid(tuple(tuple(tuple(cell) for cell in row) for row in rows), segments[0].page)


def rows_of_segments(segments: Sequence[Segment]) -> list[list[Segment]]:
    """Segments on one height together, from top to bottom, each row from left to right."""
    rows: list[list[Segment]] = []
    for segment in sorted(segments, key=lambda segment: -segment.base):
        if rows and abs(rows[-1][0].base - segment.base) < _SAME_ROW * min(rows[-1][0].size, segment.size):
            rows[-1].append(segment)
        else:
            rows.append([segment])
    return [sorted(row, key=lambda segment: segment.left) for row in rows]


def _regions(rows: list[list[Segment]]) -> Iterator[Region]:
    """Bands of rows that share a gutter become columns or a table; the rows between them are lines."""
    start, plain = 0, list[Segment]()
    while start < len(rows):
        end, gutters = _band(rows, start)
        if end is None:
            plain += rows[start]
            start += 1
            continue
        if plain:
            yield Lines(tuple(plain))
            plain = []
        end = _without_headings(rows, start, end, gutters)
        band, tail = _without_tail(rows[start:end], rows[end] if end < len(rows) else [], gutters)
        yield from _columns_or_table(band, gutters)
        plain = tail
        start = end
    if plain:
        yield Lines(tuple(plain))


def _band(rows: list[list[Segment]], start: int) -> tuple[int | None, list[tuple[float, float]]]:
    """Where a band that begins here ends, and its gutters; None when no gutter goes through two rows."""
    gutters: list[tuple[float, float]] = []
    best: tuple[int | None, list[tuple[float, float]]] = (None, [])
    left, right = min(s.left for s in rows[start]), max(s.right for s in rows[start])
    for end in range(start + 1, len(rows) + 1):
        row = rows[end - 1]
        left, right = min(left, *(s.left for s in row)), max(right, *(s.right for s in row))
        band = rows[start:end]
        gutters = _gutters([segment for row in band for segment in row])
        if not gutters:
            if end - start > 1:
                break
            continue
        # Apart at a wide empty strip across: what follows is another part of the page.
        both = sum(_reaches_both(row, gutters[0]) for row in band)
        sides = _heights(band, gutters[0])
        if (both >= _FEWEST_ROWS or min(sides) >= _FEWEST_ROWS) and _reach(band, gutters[0]):
            best = (end, gutters)
    return best


def _without_headings(rows: list[list[Segment]], start: int, end: int, gutters: list[tuple[float, float]]) -> int:
    """The end of a band without headings at its end on one side: they head what stands below."""
    body = median(segment.size for row in rows for segment in row)
    left, right = gutters[0]
    while end - start > _FEWEST_ROWS:
        row = rows[end - 1]
        one_sided = all(one.right <= left + 1 for one in row) or all(one.left >= right - 1 for one in row)
        if not one_sided or not all(one.is_bold or one.size > 1.12 * body for one in row):
            break
        end -= 1
    return end


def _without_tail(
    band: list[list[Segment]], after: Sequence[Segment], gutters: list[tuple[float, float]]
) -> tuple[list[list[Segment]], list[Segment]]:
    """A band without the last lines of its left column that go on below it, across the page; and those lines."""
    left = [segment for row in band for segment in row if segment.right <= gutters[0][0] + 1]
    if not after or not left:
        return band, []
    below, tail = after[0], list[Segment]()
    for segment in reversed(left):
        near = abs(segment.left - below.left) < _SAME_LEFT and segment.base - below.base < 1.7 * segment.size
        if not near or (not tail and segment.text[-1] in ".!?:;"):
            break
        tail.append(segment)
        below = segment
    kept = [[segment for segment in row if segment not in tail] for row in band]
    kept = [row for row in kept if row]
    return (kept, tail[::-1]) if tail and min(_heights(kept, gutters[0])) >= _FEWEST_ROWS else (band, [])


def _gutters(segments: Sequence[Segment]) -> list[tuple[float, float]]:
    """Empty strips between all segments, as (left, right) from left to right."""
    edges = sorted((segment.left, segment.right) for segment in segments)
    found: list[tuple[float, float]] = []
    reach = edges[0][1]
    for left, right in edges[1:]:
        if left - reach > _NARROWEST:
            found.append((reach, left))
        reach = max(reach, right)
    return found


def _reaches_both(row: Sequence[Segment], gutter: tuple[float, float]) -> bool:
    return any(s.right <= gutter[0] + 1 for s in row) and any(s.left >= gutter[1] - 1 for s in row)


def _heights(band: Sequence[Sequence[Segment]], gutter: tuple[float, float]) -> tuple[int, int]:
    """How many lines stand on each side of a gutter."""
    return (
        sum(any(s.right <= gutter[0] + 1 for s in row) for row in band),
        sum(any(s.left >= gutter[1] - 1 for s in row) for row in band),
    )


def _reach(band: Sequence[Sequence[Segment]], gutter: tuple[float, float]) -> bool:
    """Whether the two sides of a gutter stand beside each other and not one below the other."""
    left = [s.base for row in band for s in row if s.right <= gutter[0] + 1]
    right = [s.base for row in band for s in row if s.left >= gutter[1] - 1]
    return bool(left and right) and min(max(left), max(right)) >= max(min(left), min(right)) - 1


def _columns_or_table(band: list[list[Segment]], gutters: list[tuple[float, float]]) -> Iterator[Region]:
    page = band[0][0].page
    columns = [_within(band, low, high) for low, high in _bounds(gutters)]
    if _is_table(band, gutters, columns):
        yield Grid(tuple(_table_rows(band, gutters)), page)
        return
    for column in columns:
        rows = rows_of_segments(column)
        if len(gutters) > 0 and len(rows) < sum(map(len, rows)):
            yield from _regions(rows)  # columns within a column
        else:
            yield Lines(tuple(segment for row in rows for segment in row))


def _bounds(gutters: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    starts = [float("-inf"), *(right - 1 for _, right in gutters)]
    ends = [*(left + 1 for left, _ in gutters), float("inf")]
    return zip(starts, ends, strict=True)


def _within(band: Sequence[Sequence[Segment]], low: float, high: float) -> list[Segment]:
    return [segment for row in band for segment in row if segment.left >= low and segment.right <= high]


def _is_table(
    band: list[list[Segment]], gutters: list[tuple[float, float]], columns: Sequence[Sequence[Segment]]
) -> bool:
    """Whether rows belong together across the gutters: most have several cells, and cells do not fill their column."""
    shared = sum(len({_column(segment, gutters) for segment in row}) > 1 for row in band)
    if shared < _FEWEST_ROWS or shared < 0.5 * len(band):
        return False
    if any(item_of(segment.text) and item_of(segment.text).sign == "•" for column in columns[1:] for segment in column):  # type: ignore[union-attr]  # asked for right before
        return False
    filled = [_filled(column) for column in columns if len(column) > 1]
    prose = [share for share in filled if share >= _FULL]
    words = median(len(segment.text.split()) for row in band for segment in row)
    return len(prose) < 2 or (words <= 2 and len(gutters) > 1)


def _column(segment: Segment, gutters: Sequence[tuple[float, float]]) -> int:
    return sum(segment.left >= right - 1 for _, right in gutters)


def _filled(column: Sequence[Segment]) -> float:
    """The usual share of its column that a line fills, the last lines of paragraphs aside."""
    left, right = min(segment.left for segment in column), max(segment.right for segment in column)
    shares = sorted((segment.right - segment.left) / max(1.0, right - left) for segment in column)
    long = sum(len(segment.text.split()) >= 4 for segment in column) / len(column)
    return median(shares) if long >= 0.5 else 0.0


def _table_rows(
    band: list[list[Segment]], gutters: list[tuple[float, float]]
) -> Iterator[tuple[tuple[Segment, ...], ...]]:
    """The rows of a table: a line that has no first cell, or stands close below, goes on with the row above."""
    gaps = [above[0].base - below[0].base for above, below in pairwise(band)]
    close = 1.35 * min(gaps) if gaps else 0.0
    even = bool(gaps) and max(gaps) <= close
    width = len(gutters) + 1
    rows: list[list[list[Segment]]] = []
    for number, line in enumerate(band):
        cells: list[list[Segment]] = [[] for _ in range(width)]
        for segment in line:
            cells[_column(segment, gutters)].append(segment)
        first = bool(cells[0])
        goes_on = bool(rows) and (not first or (not even and gaps[number - 1] <= close)) and number > 0
        if goes_on and (not first or not even):
            for own, more in zip(rows[-1], cells, strict=True):
                own += more
        else:
            rows.append(cells)
    yield from (tuple(tuple(cell) for cell in row) for row in rows)
