"""The letters of a page with their places, sizes and fonts, by the library pypdfium2 (PDFium).

Positions are in points from below left, with the page turned so that most of its letters stand upright.
"""

import ctypes
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from chatbot.ingestion.source import Mark, cleaned

_LINE_HYPHEN = 2  # PDFium gives a hyphen at the end of a printed line so
_THINNEST = 3.0  # points; a thinner path is a line, perhaps through letters
_LARGEST_DOT = 9.0  # points; dots of lists are often drawn, not written
_SIDES = 6  # parts of a path that is a rectangle, at most
_MOST_PATHS = 4000  # of a page; a drawing beyond that is a picture
_BOLD = re.compile(r"bold|black|heavy|semibold|demi", re.IGNORECASE)
_SYMBOLS = re.compile(r"wingding|webding|dingbat|symbol", re.IGNORECASE)
_CROSSES = {0xFB, 0xF0FB, 0x78, 0xF078, 0x4F, 0xF04F}  # in Wingdings: crosses, which say "do not"
_NO_SIGN = re.compile("[\u2717\u2718\u2715\u2716\u274c\u00d7]")


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter: where it stands, its size in points, and how it is printed."""

    text: str
    left: float
    right: float
    base: float
    size: float
    marks: frozenset[Mark] = frozenset()
    is_symbol: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: the bounds of something that is drawn."""

    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True)
class Page:
    """The letters of a page in the order of the file, and its size.

    ``dots`` are small and drawn, ``strokes`` are thin level lines; ``rules`` are lines of both directions, also as the
    sides of boxes.
    """

    number: int
    letters: tuple[Letter, ...]
    dots: tuple[Box, ...]
    strokes: tuple[Box, ...]
    rules: tuple[Box, ...]
    width: float
    height: float
    pictures: int
    aslant: str  # letters at another angle than most: they are left behind
    unseen: str  # letters that are not painted
    is_read: bool = False  # none is painted, behind a picture: a machine has read them


def page_of(document: pdfium.PdfDocument, number: int) -> Page:
    """A page of a document; ``number`` counts from 1."""
    page = document[number - 1]
    text = page.get_textpage()
    width, height = page.get_size()
    found = [(letter, angle, seen) for letter, angle, seen in _letters(text) if letter.text]
    angles = Counter(angle for letter, angle, _ in found if not letter.text.isspace())
    angle = angles.most_common(1)[0][0] if angles else 0
    painted = any(seen for letter, _, seen in found if not letter.text.isspace())
    kept = [letter for letter, own, seen in found if own == angle and (seen or not painted)]
    dots, rules, pictures = _drawn(page)
    strokes = [rule for rule in rules if rule.right - rule.left > rule.top - rule.bottom]
    turn = math.radians(angle)
    return Page(
        number=number,
        letters=tuple(kept),
        dots=tuple(_turned_box(dot, turn) for dot in dots),
        strokes=tuple(_turned_box(stroke, turn) for stroke in (*strokes, *_struck(page))),
        rules=tuple(_turned_box(rule, turn) for rule in rules),
        width=width,
        height=height,
        pictures=pictures,
        aslant="".join(letter.text for letter, own, seen in found if own != angle and seen).strip(),
        unseen="".join(letter.text for letter, own, seen in found if painted and own == angle and not seen).strip(),
        is_read=bool(kept) and not painted and pictures > 0,
    )


def _letters(page: pdfium.PdfTextPage) -> Iterator[tuple[Letter, int, bool]]:
    """Each letter with its angle in degrees, and whether it is painted."""
    x, y, matrix = ctypes.c_double(), ctypes.c_double(), raw.FS_MATRIX()
    box, name, flags = raw.FS_RECTF(), ctypes.create_string_buffer(128), ctypes.c_int()
    for place in range(page.count_chars()):
        if raw.FPDFText_IsGenerated(page, place) == 1:
            continue
        code = raw.FPDFText_GetUnicode(page, place)
        raw.FPDFText_GetCharOrigin(page, place, x, y)
        raw.FPDFText_GetLooseCharBox(page, place, box)
        raw.FPDFText_GetMatrix(page, place, matrix)
        raw.FPDFText_GetFontInfo(page, place, name, 128, flags)
        scale = math.hypot(matrix.c, matrix.d) or 1.0
        size = raw.FPDFText_GetFontSize(page, place) * scale
        angle = round(math.degrees(math.atan2(matrix.b, matrix.a))) % 360
        font = name.value.decode("latin-1")
        bold = raw.FPDFText_GetFontWeight(page, place) >= 600 or _BOLD.search(font) is not None
        sign, is_symbol = _sign(code, font)
        seen = _is_painted(page, place)
        marks = frozenset({Mark.BOLD} if bold else ())
        edges = _edges(box, angle, x.value, y.value)
        yield Letter(sign, *edges, size, marks, is_symbol), angle, seen


def _edges(box: raw.FS_RECTF, angle: int, x: float, y: float) -> tuple[float, float, float]:
    """Left edge, right edge and base of a letter, as they are before the page is turned upright."""
    if angle == 0:
        return box.left, box.right, y
    turn = math.radians(angle)
    corners = [(box.left, box.bottom), (box.right, box.top), (box.left, box.top), (box.right, box.bottom)]
    along = [cx * math.cos(turn) + cy * math.sin(turn) for cx, cy in corners]
    return min(along), max(along), -x * math.sin(turn) + y * math.cos(turn)


def _turned_box(box: Box, turn: float) -> Box:
    if not turn:
        return box
    corners = [(box.left, box.bottom), (box.right, box.top), (box.left, box.top), (box.right, box.bottom)]
    along = [x * math.cos(turn) + y * math.sin(turn) for x, y in corners]
    across = [-x * math.sin(turn) + y * math.cos(turn) for x, y in corners]
    return Box(min(along), min(across), max(along), max(across))


def _sign(code: int, font: str) -> tuple[str, bool]:
    """The letter of a code, and whether it is a sign of a symbol font: a bullet, or a cross that says "do not"."""
    if code == _LINE_HYPHEN:
        return "-", False
    letter = chr(code) if 0 < code < 0x110000 else ""
    if _SYMBOLS.search(font) and not letter.isspace():
        if "symbol" in font.lower() and not 0xE000 <= code <= 0xF8FF and code not in (0xB7, 0xA7):
            return cleaned(letter), False
        if code in _CROSSES or _NO_SIGN.match(letter):
            return "✗", True
        return "•", True
    return cleaned(letter), False


def _is_painted(page: pdfium.PdfTextPage, place: int) -> bool:
    item = raw.FPDFText_GetTextObject(page, place)
    return not item or raw.FPDFTextObj_GetTextRenderMode(item) != raw.FPDF_TEXTRENDERMODE_INVISIBLE


def _drawn(page: pdfium.PdfPage) -> tuple[list[Box], list[Box], int]:
    """Small dots, thin lines and the sides of boxes, and the number of pictures."""
    dots: list[Box] = []
    rules: list[Box] = []
    pictures = 0
    for number, item in enumerate(page.get_objects(max_depth=6)):
        if number > _MOST_PATHS:
            break
        pictures += item.type == raw.FPDF_PAGEOBJ_IMAGE
        if item.type != raw.FPDF_PAGEOBJ_PATH:
            continue
        try:
            box = Box(*item.get_bounds())
        except pdfium.PdfiumError:
            continue
        short, long = sorted((box.right - box.left, box.top - box.bottom))
        if short <= _THINNEST and long > 2 * _THINNEST:
            rules.append(box)
        elif short > _LARGEST_DOT and raw.FPDFPath_CountSegments(item) <= _SIDES:
            rules += _sides(box)
        elif short > 1 and long <= _LARGEST_DOT:
            dots.append(box)
    return dots, rules, pictures


def _sides(box: Box) -> list[Box]:
    return [
        Box(box.left, box.bottom, box.right, box.bottom),
        Box(box.left, box.top, box.right, box.top),
        Box(box.left, box.bottom, box.left, box.top),
        Box(box.right, box.bottom, box.right, box.top),
    ]


def _struck(page: pdfium.PdfPage) -> Iterator[Box]:
    """Places that a reader's program has struck out, as thin lines through the middle of the letters."""
    for number in range(raw.FPDFPage_GetAnnotCount(page)):
        note = raw.FPDFPage_GetAnnot(page, number)
        if raw.FPDFAnnot_GetSubtype(note) == raw.FPDF_ANNOT_STRIKEOUT:
            for place in range(raw.FPDFAnnot_CountAttachmentPoints(note)):
                quad = raw.FS_QUADPOINTSF()
                if raw.FPDFAnnot_GetAttachmentPoints(note, place, quad):
                    low, high = min(quad.y1, quad.y3), max(quad.y1, quad.y3)
                    middle = low + 0.45 * (high - low)
                    yield Box(min(quad.x1, quad.x3), middle, max(quad.x2, quad.x4), middle)
        raw.FPDFPage_CloseAnnot(note)


def with_strokes(letters: Sequence[Letter], strokes: Sequence[Box]) -> list[Letter]:
    """The letters; those with a line through their middle are struck out."""
    return [
        replace(letter, marks=letter.marks | {Mark.STRUCK}) if _is_through(letter, strokes) else letter
        for letter in letters
    ]


def _is_through(letter: Letter, strokes: Sequence[Box]) -> bool:
    middle = (letter.left + letter.right) / 2
    low, high = letter.base + 0.14 * letter.size, letter.base + 0.5 * letter.size
    return any(
        stroke.left - 1 <= middle <= stroke.right + 1 and low <= (stroke.bottom + stroke.top) / 2 <= high
        for stroke in strokes
    )
