"""Tables with rules: lines that are drawn part the page into cells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chatbot.ingestion.readers.pdf.letters import Box
from chatbot.ingestion.readers.pdf.lines import Segment

_NEAR = 3.0  # points within which two rules stand at one place
_THIN = 3.0
_FEWEST = 3  # rules of each direction around a table of two rows and two columns


@dataclass(frozen=True, slots=True)
class Ruled:
    """A grid of rules: the places of its level rules from above, and of its upright rules from the left."""

    heights: tuple[float, ...]
    places: tuple[float, ...]

    def holds(self, segment: Segment) -> bool:
        """Whether a segment lies within the rules."""
        middle = segment.base + 0.3 * segment.size
        inside = self.places[0] - _NEAR < segment.left and segment.right < self.places[-1] + _NEAR
        return inside and self.heights[-1] < middle < self.heights[0]

    def cell(self, segment: Segment) -> tuple[int, int]:
        """The row and column of a segment, from above and from the left."""
        middle, side = segment.base + 0.3 * segment.size, (segment.left + segment.right) / 2
        row = sum(height > middle for height in self.heights) - 1
        return row, max(0, sum(place < side for place in self.places) - 1)


def ruled_grids(rules: Sequence[Box]) -> Iterator[Ruled]:
    """The grids that the rules of a page make."""
    level = [rule for rule in rules if rule.top - rule.bottom <= _THIN < rule.right - rule.left]
    upright = [rule for rule in rules if rule.right - rule.left <= _THIN < rule.top - rule.bottom]
    for group in _touching([*level, *upright]):
        heights = _places((rule.bottom + rule.top) / 2 for rule in level if rule in group)
        places = _places((rule.left + rule.right) / 2 for rule in upright if rule in group)
        if len(heights) >= _FEWEST and len(places) >= _FEWEST:
            yield Ruled(tuple(reversed(heights)), tuple(places))


def _touching(rules: Sequence[Box]) -> Iterator[list[Box]]:
    """Rules that cross or meet, directly or through others."""
    waiting = list(dict.fromkeys(rules))
    while waiting:
        group, edge = [], [waiting.pop()]
        while edge:
            rule = edge.pop()
            group.append(rule)
            near = [other for other in waiting if _meet(rule, other)]
            waiting = [other for other in waiting if other not in near]
            edge += near
        yield group


def _meet(one: Box, other: Box) -> bool:
    return (
        one.left - _NEAR <= other.right
        and other.left - _NEAR <= one.right
        and one.bottom - _NEAR <= other.top
        and other.bottom - _NEAR <= one.top
    )


def _places(values: Iterator[float]) -> list[float]:
    """Rising places, those that are nearly the same once."""
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > _NEAR:
            found.append(value)
    return found
