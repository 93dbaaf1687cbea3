"""Segments with what belongs before their first word: dots that are drawn, signs apart from their item, drop caps."""

import re
from collections.abc import Sequence
from dataclasses import replace

from chatbot.ingestion.readers.pdf.letters import Box, Page
from chatbot.ingestion.readers.pdf.lines import Segment, printed_segments
from chatbot.ingestion.readers.signs import is_bare_sign
from chatbot.ingestion.source import Run

_DROP_CAP = 1.7  # times the size of the text beside it
_FURTHEST_DOT = 26.0  # points between a dot and the words of its item
_SHORT_WORDS = {"A", "I", "O", "Y"}  # words of one letter: a drop cap that may be one


def segments_of(page: Page) -> list[Segment]:
    """The segments of a page from top to bottom, whole with their signs and first letters."""
    return _with_drop_caps(_with_signs(_with_dots(printed_segments(page), page.dots)))


def _with_dots(segments: list[Segment], dots: Sequence[Box]) -> list[Segment]:
    """Segments with the sign of an item where a dot is drawn right before them."""
    result: list[Segment] = []
    for segment in segments:
        dot = next((dot for dot in dots if _belongs(dot, segment)), None)
        if dot and not is_bare_sign(segment.text[:1]):
            segment = replace(segment, runs=(Run("• "), *segment.runs), left=dot.left)
        result.append(segment)
    return result


def _belongs(dot: Box, segment: Segment) -> bool:
    middle = (dot.bottom + dot.top) / 2
    near = segment.left - _FURTHEST_DOT < dot.right < segment.left + 1
    return near and segment.base - 0.1 * segment.size < middle < segment.base + 0.8 * segment.size


def _with_signs(segments: list[Segment]) -> list[Segment]:
    """A sign that stands alone goes before the words to the right of it."""
    result = list(segments)
    counted = _counted(segments)
    for sign in segments:
        if not is_bare_sign(sign.text) and sign not in counted:
            continue
        beside = [
            one
            for one in result
            if one is not sign
            and one.left > sign.left
            and one.left - sign.right < 6 * max(sign.size, one.size)
            and abs(one.base - sign.base) < (0.9 if sign in counted else 0.5) * max(one.size, sign.size)
        ]
        if beside:
            words = min(beside, key=lambda one: one.left)
            shown = f"{sign.text}. " if sign in counted else f"{sign.text} "
            whole = replace(words, runs=(Run(shown), *words.runs), left=sign.left)
            result = [whole if one is words else one for one in result if one is not sign]
    return result


def _counted(segments: Sequence[Segment]) -> list[Segment]:
    """Bare numbers below each other that count 1, 2, 3: the signs of steps."""
    numbers = [segment for segment in segments if re.fullmatch(r"\d{1,2}", segment.text)]
    for first in (segment for segment in numbers if segment.text == "1"):
        below = [one for one in numbers if abs(one.left - first.left) < first.size and one.base <= first.base]
        below.sort(key=lambda one: -one.base)
        if len(below) > 1 and [int(one.text) for one in below] == list(range(1, len(below) + 1)):
            return below
    return []


def _with_drop_caps(segments: list[Segment]) -> list[Segment]:
    """A large first letter beside several lines is put before the upper one."""
    result = list(segments)
    for cap in segments:
        if len(cap.text) > 2 or not cap.text[:1].isupper():
            continue
        beside = [
            one
            for one in result
            if one is not cap
            and cap.size > _DROP_CAP * one.size
            and cap.base - 0.3 * cap.size <= one.base <= cap.base + 0.9 * cap.size
            and -0.3 * cap.size < one.left - cap.right < 0.6 * cap.size
        ]
        if not beside:
            continue
        first = max(beside, key=lambda one: one.base)
        word = first.text.split(" ", 1)[0].strip(".,;:")
        apart = cap.text in _SHORT_WORDS and (
            not word[:1].islower() or any(word in other.text.split() for other in result if other is not first)
        )
        gap = " " if apart else ""
        whole = replace(first, runs=(Run(cap.text + gap, first.runs[0].marks), *first.runs))
        result = [whole if one is first else one for one in result if one is not cap]
    return result
