"""Running heads, feet and page numbers: lines at the edge of pages that repeat.

One with a number to call stays, once.
"""

import re
from collections import Counter
from collections.abc import Sequence

from chatbot.ingestion.readers.pdf.lines import Segment
from chatbot.ingestion.source import Remark, has_number_to_call

_EDGE = 3  # lines at the top and at the bottom of a page that can be a running head or foot
_MARGIN = 0.13  # share of the height of a page at its upper and lower end
_NUMBER = re.compile(
    r"(?:page|página|pág\.?|p\.?|seite|-|–)?\s*(?:\d{1,3}|[ivxl]{1,6})(?:\s*(?:/|of|de|-|–)\s*\d{0,3})?", re.I
)


def without_running(
    pages: Sequence[Sequence[Segment]], heights: Sequence[float]
) -> tuple[list[list[Segment]], list[Remark]]:
    """The segments of each page without what repeats at its edge, and a remark for each line that went."""
    edges = [_edge(segments, height) for segments, height in zip(pages, heights, strict=True)]
    counts = Counter(key for edge in edges for key in {_key(segment) for segment in edge})
    body = Counter(segment.size for segments in pages for segment in segments).most_common(1)
    slots = {
        (round(segment.base), segment.size) for edge in edges for segment in edge if counts[_key(segment)] > 1
    }  # where heads and feet stand: what else stands there is one of another chapter or side
    kept: list[list[Segment]] = []
    gone: dict[tuple[str, int], tuple[str, list[int]]] = {}
    stayed: set[tuple[str, int]] = set()
    for segments, edge in zip(pages, edges, strict=True):
        own: list[Segment] = []
        for segment in segments:
            key = _key(segment)
            in_slot = (round(segment.base), segment.size) in slots and segment.size != body[0][0]
            repeats = segment in edge and (counts[key] > 1 or in_slot)
            counted = segment in edge and _NUMBER.fullmatch(segment.text.strip()) is not None
            calls = has_number_to_call(segment.text)
            if not (repeats or counted) or (calls and key not in stayed):
                own.append(segment)
                stayed.add(key)
            else:
                gone.setdefault(key, (segment.text, []))[1].append(segment.page)
        kept.append(own)
    remarks = [
        Remark(
            "Left behind, a line at the edge that repeats or counts the pages"
            + ("; its number to call is kept once" if has_number_to_call(text) else ""),
            text,
            place=f"page {', '.join(map(str, sorted(set(numbers))))}",
        )
        for text, numbers in gone.values()
    ]
    return kept, remarks


def _edge(segments: Sequence[Segment], height: float) -> list[Segment]:
    """The segments at the upper and lower end of a page."""
    heights = sorted({round(segment.base, 1) for segment in segments})
    lowest, highest = heights[:_EDGE], heights[-_EDGE:]
    top = max(heights, default=0.0)
    bottom = min(heights, default=0.0)
    return [
        segment
        for segment in segments
        if (round(segment.base, 1) in lowest and segment.base < bottom + _MARGIN * height)
        or (round(segment.base, 1) in highest and segment.base > top - _MARGIN * height)
    ]


def _key(segment: Segment) -> tuple[str, int]:
    """What is the same of a running head on every page: its words and, roughly, its height."""
    return re.sub(r"\d+", "#", segment.text.lower()) if not has_number_to_call(segment.text) else segment.text, round(
        segment.base / 8
    )
