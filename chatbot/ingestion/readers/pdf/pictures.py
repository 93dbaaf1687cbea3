"""The picture of a page, made ready for a machine that reads letters: set straight, and without the lines of tables.

Beside a line of a table a machine reads "120 mg" for "20 mg", and of a page that lies aslant it loses lines.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from chatbot.ingestion.readers.pdf.letters import Box

RESOLUTION = 300  # dots an inch, which Tesseract asks for
_POINT = RESOLUTION / 72  # dots
_DARK = 128  # of 255, below which a dot is ink
_LONGEST_LETTER = 120  # dots; what is longer was drawn
_SMALLEST_FRAME = 50  # dots of the shorter side of a cell
_MOST_INK = 0.2  # share of its area that a frame fills; a picture fills more
_THICKEST = 12  # dots of a line that is drawn, across
_SHORTEST_RULE = 40  # dots; a line of a frame is longer than its corners
_AROUND = 5  # dots around a line that go with it: its grey edge
_STEEPEST = 3.0  # degrees by which a page may lie aslant
_STEP = 0.25  # degrees
_COARSE = 6  # dots that are one when the page is set straight
_FEWEST_DEGREES = 0.2


Dots = NDArray[np.uint8]  # (height, width); 0 is black


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A page as dots, and the places of the lines that were drawn on it, in points from below left."""

    dots: Dots
    rules: tuple[Box, ...]

    def as_pgm(self) -> bytes:
        """The picture as a file that Tesseract reads."""
        height, width = self.dots.shape
        return f"P5 {width} {height} 255\n".encode() + self.dots.tobytes()


def made_readable(dots: Dots) -> Picture:
    """The picture of a page, straight and without lines."""
    dots = _straight(dots)
    drawn = _drawn((dots < _DARK).astype(np.uint8))
    clean = np.where(ndimage.maximum_filter(drawn, _AROUND) > 0, np.uint8(255), dots)
    return Picture(clean, tuple(rule for axis in (0, 1) for rule in _boxes(_opened(drawn, _SHORTEST_RULE, axis))))


def _drawn(ink: Dots) -> Dots:
    """The dots of lines and frames: connected ink that is larger than a letter and mostly empty, or long and thin."""
    labels, count = ndimage.label(ink, structure=np.ones((3, 3)))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    kept = np.zeros(count + 1, dtype=bool)
    for number, (y, x) in enumerate(ndimage.find_objects(labels), 1):
        short, long = sorted((y.stop - y.start, x.stop - x.start))
        frame = short >= _SMALLEST_FRAME and long >= _LONGEST_LETTER and sizes[number] < _MOST_INK * short * long
        kept[number] = frame or (short <= _THICKEST and long >= _LONGEST_LETTER)
    drawn: Dots = kept[labels].astype(np.uint8)
    return drawn


def _straight(dots: Dots) -> Dots:
    """The picture turned so that its lines lie level: then dark and light rows differ most."""
    coarse = (dots[::_COARSE, ::_COARSE] < _DARK).astype(np.float32)

    def contrast(degrees: float) -> float:
        rows = ndimage.rotate(coarse, degrees, reshape=False, order=1).sum(axis=1)
        return float(np.var(np.diff(rows)))

    degrees = max(
        np.arange(-_STEEPEST, _STEEPEST + _STEP, _STEP).tolist(), key=lambda turn: (contrast(turn), -abs(turn))
    )
    if abs(degrees) < _FEWEST_DEGREES:
        return dots
    turned: Dots = ndimage.rotate(dots, degrees, reshape=False, order=1, cval=255)
    return turned


def _opened(ink: Dots, length: int, axis: int) -> Dots:
    """The dots that stand in a row of so many dots along an axis."""
    size = length + 1 - length % 2
    opened: Dots = ndimage.maximum_filter1d(ndimage.minimum_filter1d(ink, size, axis=axis), size, axis=axis)
    return opened


def _boxes(strokes: Dots) -> list[Box]:
    height = strokes.shape[0]
    found = ndimage.find_objects(ndimage.label(strokes)[0])
    return [
        Box(x.start / _POINT, (height - y.stop) / _POINT, x.stop / _POINT, (height - y.start) / _POINT)
        for y, x in found
    ]
