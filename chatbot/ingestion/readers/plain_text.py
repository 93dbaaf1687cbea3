"""Plain text -> parts of a source: paragraphs from lines that were broken to be printed, headings, lists by indent."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from chatbot.ingestion.readers.decoding import decoded
from chatbot.ingestion.readers.signs import item_of, lettered_item_of, level_of
from chatbot.ingestion.readers.tables import Cell, rows_of
from chatbot.ingestion.readers.wrapping import joined, words_of
from chatbot.ingestion.source import Block, Kind, Part, ReadFile, cleaned, has_number_to_call, one_line, plain

RULE = re.compile(r"[ \t]*([=\-_*~#+.•─━–—])(?:[ \t]*\1){2,}[ \t]*")
_UNDERLINES = "=-~*#^─━"  # a rule of these below a line makes it a heading; others part what stands above and below
_WIDEST_PRINTED = 132  # characters; text whose longest line is shorter may have been broken to be printed
_ROOM = 16  # characters by which a broken line may be shorter than the longest
_FEWEST_WIDE = 0.15  # share of lines that come near the longest in text that was broken
_FEWEST_BROKEN = 36  # characters of a line that was broken, where lines have no common width
_LONGEST_HEADING = 90
_COLUMN = "\x1f"  # stands for tabs between words, which part the cells of a table
_TAB = re.compile(r"(?<=\S)\t+(?=\S)")
_CELL = re.compile(r"[^\s\x1f]+(?: [^\s\x1f]+)*")


def read_text(path: Path) -> ReadFile:
    """The article of a text file."""
    text, remarks = decoded(path)
    lines = [_TAB.sub(_COLUMN, line).expandtabs(4).rstrip() for line in cleaned(text).split("\n")]
    return ReadFile("", (*remarks, *parts_of_lines(lines)))


def parts_of_lines(lines: Sequence[str]) -> list[Part]:
    """The blocks of printed lines."""
    words, width = words_of("\n".join(lines)), _width(lines)
    parts: list[Part] = []
    for group in _groups(lines):
        underlined = group[-1] is None
        own = [line for line in group if line is not None]
        if cells := _cells(own):
            parts += rows_of([[Cell(plain(cell)) for cell in row] for row in cells])
            continue
        own = [line.replace(_COLUMN, " ") for line in own]
        if len(own) == 1 and (underlined or _is_capitals(own[0])) and not has_number_to_call(own[0]):
            parts.append(Block(Kind.HEADING, plain(one_line(own[0])), level=2))
        elif own:
            parts += _paragraphs(own, width, words)
    return parts


def _cells(lines: Sequence[str]) -> list[list[str]]:
    """The cells of a table that is set with tabs or spaces; empty when the lines are none.

    Each line has the same number of cells, and with spaces each column begins at one place.
    """
    found = [list(_CELL.finditer(line)) for line in lines]
    starts = [[cell.start() for cell in row] for row in found]
    same = len(lines) > 1 and len({len(row) for row in found}) == 1 and len(found[0]) > 1
    aligned = all(_COLUMN in line for line in lines) or all(row == starts[0] for row in starts)
    signed = any(item_of(line.strip()) for line in lines)
    return [[cell[0] for cell in row] for row in found] if same and aligned and not signed else []


def _width(lines: Sequence[str]) -> int:
    """Characters from which a line was broken; 0 when each line is a paragraph."""
    text = [line for line in lines if line.strip() and not RULE.fullmatch(line)]
    widest = max((len(line) for line in text), default=0)
    near = sum(len(line) > widest - _ROOM for line in text)
    return widest if widest <= _WIDEST_PRINTED and near >= max(2, _FEWEST_WIDE * len(text)) else 0


def _groups(lines: Sequence[str]) -> Iterator[list[str | None]]:
    """Lines between blank lines; a rule ends a group, and is None when it underlines a single line."""
    group: list[str | None] = []
    for line in [*lines, ""]:
        if RULE.fullmatch(line):
            if len(group) == 1 and line.strip()[0] in _UNDERLINES:
                yield [*group, None]
            elif group:  # the last line above a rule is its heading only when it stands alone
                yield group
            group = []
        elif line.strip():
            group.append(line)
        elif group:
            yield group
            group = []


def _is_capitals(line: str) -> bool:
    letters = [sign for sign in line if sign.isalpha()]
    return (
        len(letters) > 2
        and all(sign.isupper() for sign in letters)
        and len(line) <= _LONGEST_HEADING
        and line.rstrip()[-1] not in ".!;,:"
    )


def _paragraphs(lines: Sequence[str], width: int, words: frozenset[str]) -> Iterator[Block]:
    """Paragraphs and items of the lines between two blank lines."""
    starts = [0, *(number for number, pair in enumerate(pairwise(lines), 1) if not _goes_on(*pair, width)), len(lines)]
    signed = any(item_of(line.strip()) or lettered_item_of(line.strip()) for line in lines)
    if (
        not signed
        and len(starts) > 3
        and starts[1:] == list(range(1, len(lines) + 1))
        and lines[0].rstrip().endswith(":")
    ):
        yield Block(Kind.PARAGRAPH, plain("\n".join(line.strip() for line in lines)))  # items without signs
        return
    indents: list[float] = []
    for start, end in pairwise(starts):
        text = lines[start].strip()
        for line in lines[start + 1 : end]:
            text = joined(text, line.strip(), words)
        item = item_of(text)
        if item:
            level = level_of(len(lines[start]) - len(lines[start].lstrip()), indents)
            yield Block(Kind.ITEM, plain(one_line(item.text)), level=level, sign=item.sign)
        else:
            indents.clear()
            yield Block(Kind.PARAGRAPH, plain(one_line(text)))


def _goes_on(before: str, line: str, width: int) -> bool:
    """Whether a line goes on from the one before."""
    if item_of(line.strip()) or re.match(r"\s*[QAPR][:.]\s", line):
        return False
    if re.search(r"\w[-–]$", before) and re.match(r"\s*[\da-záéíóúñ]", line):
        return True  # within a word or between two numbers
    if width and len(before) + 1 + len(line.split()[0]) > width - _ROOM:
        return True
    indented = len(line) - len(line.lstrip()) > len(before) - len(before.lstrip())
    in_item = item_of(before.strip()) or lettered_item_of(before.strip()) or before.startswith("  ")
    if in_item and (indented or before.startswith("  ")):
        return True
    broken = line.lstrip()[:1].islower() and before.rstrip()[-1] not in ".:;!?"
    return broken and (bool(width) or len(before) >= _FEWEST_BROKEN)
