"""PDF -> blocks of plain text, by the library pdfminer.six: columns and paragraphs in reading order.

A PDF has letters and positions, but no paragraphs. The code guesses which lines belong together, which are headings
and which repeat on every page. An editor reads the result before anything is quoted.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pdfminer.high_level import extract_pages
from pdfminer.layout import LAParams, LTChar, LTCurve, LTPage, LTTextContainer, LTTextLine
from pdfminer.pdfdocument import PDFDocument, PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfexceptions import PDFException
from pdfminer.pdfparser import PDFParser
from pdfminer.psexceptions import PSException

from chatbot.errors import CorpusError
from chatbot.ingestion.blocks import Block, Converted, block_of, cleaned, is_item, unwrapped, words_of

_LARGER = 1.12  # times the size of most letters, from which a line can be a heading
_LONGEST_HEADING = 120
_MARGIN = 2  # lines at the top and at the bottom of a page that can be a running title or a page number
_LARGEST_DOT, _FURTHEST_DOT = 8, 24  # points: dots of lists are often drawn, not written
_ENDS = '.!?:”"'
_ROOM = 0.82  # share of the width of its column, below which a line ends a paragraph if more would have fitted


@dataclass(frozen=True, slots=True)
class _Line:
    """A printed line: its text, the size of its letters in points, whether it is bold, and where it lies."""

    text: str
    size: float
    bold: bool
    left: float
    right: float
    top: float
    page: int


def convert_pdf(path: Path) -> Converted:
    """The text of a PDF; CorpusError when it is locked, damaged, or only holds pictures."""
    try:
        pages = [list(_boxes(page)) for page in extract_pages(path, laparams=LAParams())]
        named = _title(path)
    except (PDFPasswordIncorrect, PDFEncryptionError) as error:
        raise CorpusError(
            "The PDF is locked with a password.", where=path, next_step="save it without a password, then add that."
        ) from error
    # Damaged files fail in many ways, some with plain errors of Python.
    except (PDFException, PSException, ValueError, TypeError, KeyError, IndexError, AssertionError) as error:
        raise CorpusError(
            f"The PDF cannot be read ({type(error).__name__}).", where=path, next_step="open it, and save it anew."
        ) from error
    if not any(pages):
        raise CorpusError(
            "The PDF holds pictures of pages and no text.",
            where=path,
            next_step="let a program recognise its text (OCR), read the result, and add that.",
        )
    empty = [str(number) for number, boxes in enumerate(pages, 1) if not boxes]
    repeated = _repeated(pages)
    kept = [[line for line in box if _key(line) not in repeated] for boxes in pages for box in boxes]
    boxes = _continued([box for box in kept if box])
    blocks = tuple(_blocks(boxes))
    largest = _largest(boxes)
    remarks = [f"Page {', '.join(empty)} holds no text, perhaps a picture."] if empty else []
    remarks += [f"Left behind, as it repeats on the pages: {example}" for example in repeated.values()]
    return Converted(largest or named, blocks, tuple(remarks))


def _title(path: Path) -> str:
    """The title that the file names; empty when it names none."""
    with path.open("rb") as file:
        for info in PDFDocument(PDFParser(file)).info:
            raw = info.get("Title")
            if isinstance(raw, bytes):
                return raw.decode("utf-16" if raw[:2] in (b"\xfe\xff", b"\xff\xfe") else "latin-1", "ignore").strip()
    return ""


def _boxes(page: LTPage) -> Iterator[list[_Line]]:
    """The boxes of a page in reading order, each with its lines."""
    dots = [shape for shape in page if isinstance(shape, LTCurve) and max(shape.width, shape.height) <= _LARGEST_DOT]
    for box in page:
        if isinstance(box, LTTextContainer):
            lines = [_line(line, page.pageid, dots) for line in box if isinstance(line, LTTextLine)]
            if any(line.text for line in lines):
                yield [line for line in lines if line.text]


def _line(line: LTTextLine, page: int, dots: Sequence[LTCurve]) -> _Line:
    """A line; one with a dot drawn before it gets the sign of a list item, for it looks like one."""
    letters = [letter for letter in line if isinstance(letter, LTChar) and not letter.get_text().isspace()]
    # Letters of a font without a table are given as (cid:12); that they are no text is seen later.
    text = cleaned(line.get_text()).strip()
    dot = next((dot for dot in dots if _belongs(dot, line)), None) if text else None
    size = Counter(round(letter.size, 1) for letter in letters).most_common(1)[0][0] if letters else 0.0
    bold = sum("bold" in letter.fontname.lower() or "black" in letter.fontname.lower() for letter in letters)
    is_bold = bool(letters) and bold > 0.9 * len(letters)
    left = dot.x0 if dot else line.x0
    return _Line(f"• {text}" if dot else text, size, is_bold, left, line.x1, line.y1, page)


def _belongs(dot: LTCurve, line: LTTextLine) -> bool:
    return line.x0 - _FURTHEST_DOT < dot.x1 < line.x0 + 1 and line.y0 < (dot.y0 + dot.y1) / 2 < line.y1


def _key(line: _Line) -> tuple[str, int]:
    """What is the same of a running title on every page: its words and, roughly, its height."""
    return re.sub(r"\d+", "#", line.text.lower()), round(line.top / 8)


def _repeated(pages: Sequence[Sequence[Sequence[_Line]]]) -> dict[tuple[str, int], str]:
    """Lines at the upper or lower end of most pages, each with an example; none in a file of one page."""
    counts: Counter[tuple[str, int]] = Counter()
    examples: dict[tuple[str, int], str] = {}
    for boxes in pages:
        lines = sorted((line for box in boxes for line in box), key=lambda line: -line.top)
        edge = [*lines[:_MARGIN], *lines[max(_MARGIN, len(lines) - _MARGIN) :]]
        for line in edge:
            examples.setdefault(_key(line), line.text)
        counts.update({_key(line) for line in edge})
    least = max(2, (len(pages) + 1) // 2)
    return {key: examples[key] for key, count in counts.items() if count >= least}


def _continued(boxes: Sequence[list[_Line]]) -> list[list[_Line]]:
    """Boxes, where one that breaks off at the end of a page or column goes on with the next."""
    result: list[list[_Line]] = []
    for box in boxes:
        before = result[-1][-1] if result else None
        goes_on = (
            before is not None
            and before.text[-1] not in '.!?:;”"'
            and box[0].text[:1].islower()
            and (before.page, round(before.size)) != (box[0].page, 0)
            and abs(before.size - box[0].size) < 0.5
        )
        if goes_on:
            result[-1] = [*result[-1], *box]
        else:
            result.append(box)
    return result


def _body_size(boxes: Sequence[Sequence[_Line]]) -> float:
    sizes: Counter[float] = Counter()
    for box in boxes:
        for line in box:
            sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0]


def _largest(boxes: Sequence[Sequence[_Line]]) -> str:
    """The lines of the first page in the largest letters, if these are clearly larger than the rest: the title."""
    first = [line for box in boxes for line in box if line.page == boxes[0][0].page]
    size = max((line.size for line in first), default=0.0)
    lines = [line.text for line in first if line.size > size - 0.5]
    return " ".join(lines) if size >= _LARGER * _body_size(boxes) and len(" ".join(lines)) <= _LONGEST_HEADING else ""


def _blocks(boxes: Sequence[Sequence[_Line]]) -> Iterator[Block]:
    words = words_of("\n".join(line.text for box in boxes for line in box))
    body = _body_size(boxes)
    for box in boxes:
        for is_heading, lines in _runs(box, body):
            if is_heading:
                heading = block_of([" ".join(line.text for line in lines)], is_heading=True)
                if heading:
                    yield heading
                continue
            yield from unwrapped([line.text for line in lines], _goes_on(lines), words=words)


def _runs(box: Sequence[_Line], body: float) -> Iterator[tuple[bool, list[_Line]]]:
    """Neighbouring lines of one kind and size: headings, or running text."""
    runs: list[tuple[bool, list[_Line]]] = []
    for line in box:
        large = line.size >= _LARGER * body
        is_heading = (large or (line.bold and line.size >= 0.95 * body)) and not is_item(line.text)
        last = runs[-1] if runs else None
        if last and last[0] == is_heading and (not is_heading or abs(last[1][-1].size - line.size) < 0.5):
            last[1].append(line)
        else:
            runs.append((is_heading, [line]))
    for is_heading, lines in runs:
        length = sum(len(line.text) for line in lines)
        ends = lines[-1].text[-1] in ".;," and lines[0].size < _LARGER * body
        yield is_heading and length <= _LONGEST_HEADING and not ends, lines


def _goes_on(lines: Sequence[_Line]) -> list[bool]:
    """Of each line whether it goes on from the one before.

    It does not when that one ended a sentence early although the next word had room, nor when it stands further to the
    left than the list item before it.
    """
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    result, item = [False], lines[0] if is_item(lines[0].text) else None
    for before, line in pairwise(lines):
        letter = (before.right - before.left) / max(1, len(before.text))
        room = right - before.right - letter * (1 + len(line.text.split()[0]))
        ended = room > 0 and before.right - left < _ROOM * (right - left) and before.text[-1] in _ENDS
        result.append(not ended and (item is None or line.left > item.left + 1))
        item = line if is_item(line.text) else item if result[-1] else None
    return result
