"""Tables with rules, and boxes: lines that are drawn part the page into cells, or frame a part of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chatbot.ingestion.readers.pdf.letters import Box
from chatbot.ingestion.readers.pdf.lines import Segment

_NEAR = 3.0  # points within which two rules stand at one place
_THIN = 3.0
_FEWEST = 3  # rules of each direction around a table of two rows and two columns


@dataclass(frozen=True, slots=True)
class Ruled:
    """A grid of rules: the places of its level rules from above, and of its upright rules from the left.

    ``level`` are the level rules themselves: a cell over several rows has none within it.
    """

    heights: tuple[float, ...]
    places: tuple[float, ...]
    level: tuple[Box, ...] = ()

    def goes_on_below(self, row: int, column: int) -> bool:
        """Whether a cell has no rule at its lower end, so that it goes on in the next row."""
        height, middle = self.heights[row + 1], (self.places[column] + self.places[column + 1]) / 2
        return not any(
            abs((rule.bottom + rule.top) / 2 - height) <= _NEAR and rule.left <= middle <= rule.right
            for rule in self.level
        )

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
    yield from (found for found in _found(rules) if min(len(found.heights), len(found.places)) >= _FEWEST)


def frames(rules: Sequence[Box]) -> list[Box]:
    """The boxes that rules make, without those that hold another, and without cells: boxes side by side."""
    found = [found for found in _found(rules) if len(found.heights) == 2 == len(found.places)]
    boxes = [Box(one.places[0], one.heights[1], one.places[1], one.heights[0]) for one in found]
    return [box for box in boxes if not any(_holds(box, one) or _beside(box, one) for one in boxes if one is not box)]


def _holds(box: Box, other: Box) -> bool:
    return (
        box.left - _NEAR <= other.left
        and other.right <= box.right + _NEAR
        and box.bottom - _NEAR <= other.bottom
        and other.top <= box.top + _NEAR
    )


def _beside(box: Box, other: Box) -> bool:
    return abs(box.top - other.top) <= _NEAR and abs(box.bottom - other.bottom) <= _NEAR


def _found(rules: Sequence[Box]) -> Iterator[Ruled]:
    """The places of rules that touch each other."""
    level = [rule for rule in rules if rule.top - rule.bottom <= _THIN < rule.right - rule.left]
    upright = [rule for rule in rules if rule.right - rule.left <= _THIN < rule.top - rule.bottom]
    for group in _touching([*level, *upright]):
        own = tuple(rule for rule in level if rule in group)
        heights = _places((rule.bottom + rule.top) / 2 for rule in own)
        places = _places((rule.left + rule.right) / 2 for rule in upright if rule in group)
        yield Ruled(tuple(reversed(heights)), tuple(places), own)


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
