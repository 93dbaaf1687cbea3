"""Running heads, feet and page numbers: lines at the edge of pages that repeat.

One with a number to call stays, once.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from chatbot.ingestion.readers.pdf.layout import rows_of_segments
from chatbot.ingestion.readers.pdf.lines import Segment
from chatbot.ingestion.source import Block, Kind, Part, Remark, Run, has_number_to_call

_APART = 1.8  # times the size of the text, from which a line at the edge stands apart from it
_COUNTED = re.compile(
    r"\W*(?:page|página|pág\.?|p\.)?\s*\d{1,3}(?:\s*(?:/|of|de)\s*\d{1,3})?$|^\d{1,3}\s+(?=\D)", re.IGNORECASE
)
_PAGE = re.compile(r"(?:page|página|pág\.?|p\.)\s*\d{1,3}(?:\s*(?:/|of|de)\s*\d{1,3})?\s*[·|•–—-]?\s*", re.IGNORECASE)
_EDGE = 3  # lines at the top and at the bottom of a page that can be a running head or foot
_MARGIN = 0.13  # share of the height of a page at its upper and lower end
_NUMBER = re.compile(
    r"(?:page|página|pág\.?|p\.?|seite|-|–)?\s*(?:\d{1,3}|[ivxl]{1,6})(?:\s*(?:/|of|de|-|–)\s*\d{0,3})?", re.I
)


def without_running(
    pages: Sequence[Sequence[Segment]], heights: Sequence[float]
) -> tuple[list[list[Segment]], list[Part]]:
    """The segments of each page without what repeats at its edge, and a remark for each line that went.

    A line with a number to call goes from the pages too, and is given once, as a paragraph.
    """
    sizes = Counter(segment.size for segments in pages for segment in segments).most_common(1)
    body = sizes[0][0] if sizes else 0.0
    edges = [_edge(segments, height, body) for segments, height in zip(pages, heights, strict=True)]
    counts = Counter(key for edge in edges for key in {_key(segment) for segment in edge})
    # Where heads and feet stand: what else stands there is one of another chapter or side.
    slots = {(round(segment.base), segment.size) for edge in edges for segment in edge if counts[_key(segment)] > 1}
    kept: list[list[Segment]] = []
    gone: dict[tuple[str, int], list[Segment]] = {}
    for segments, edge in zip(pages, edges, strict=True):
        running = [one for one in edge if counts[_key(one)] > 1 or _NUMBER.fullmatch(one.text.strip())]
        running += [one for one in edge if (round(one.base), one.size) in slots and one.size != body]
        kept.append([segment for segment in segments if segment not in running])
        for segment in segments:
            if segment in running:
                gone.setdefault(_key(segment), []).append(segment)
    return kept, [part for found in gone.values() for part in _told(found)]


def _told(found: Sequence[Segment]) -> Iterator[Part]:
    """The remark on a running line, and the line once where it has a number to call."""
    text = found[0].text
    place = f"page {', '.join(str(number) for number in sorted({segment.page for segment in found}))}"
    if has_number_to_call(text):
        yield Remark("A line at the edge of the pages is kept once, for its number to call", text, place=place)
        yield Block(Kind.PARAGRAPH, (Run(_uncounted(text)),), page=found[0].page)
    else:
        yield Remark("Left behind, a line at the edge that repeats or counts the pages", text, place=place)


def _edge(segments: Sequence[Segment], height: float, body: float) -> list[Segment]:
    """The segments at the upper and lower end of a page that stand apart from its text."""
    rows = rows_of_segments(segments)
    found: list[Segment] = []
    for ordered in (rows, rows[::-1]):
        for number, row in enumerate(ordered[:_EDGE]):
            inner = ordered[number + 1][0] if number + 1 < len(ordered) else None
            far = abs(row[0].base - ordered[0][0].base) < _MARGIN * height
            apart = inner is None or abs(row[0].base - inner.base) > _APART * inner.size or row[0].size != body
            if far and apart:
                found += [segment for one in ordered[: number + 1] for segment in one]
    return list(dict.fromkeys(found))


def _key(segment: Segment) -> tuple[str, int]:
    """What is the same of a running head on every page: its words and, roughly, its height."""
    words = _uncounted(segment.text)
    return words if has_number_to_call(words) else re.sub(r"\d+", "#", words), round(segment.base / 8)


def _uncounted(text: str) -> str:
    """A running line without the number of its page, wherever that stands."""
    return _PAGE.sub("", _COUNTED.sub("", text)).strip(" ,;·|•–—-")
