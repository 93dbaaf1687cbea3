"""Blocks -> the text of an article: paragraphs and headings between empty lines, lists with their levels by indent.

``corpus/segmentation.py`` reads the same marks. No word is added, dropped or moved.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from chatbot.ingestion.source import Block, Kind, Remark, one_line

_SIGNS = ("•", "◦", "▪")  # of items by level
_INDENT = 2  # spaces a level


@dataclass(frozen=True, slots=True)
class Converted:
    """What was read from a file. ``remarks`` say what a person should look at in the text."""

    title: str
    blocks: tuple[Block, ...]
    remarks: tuple[Remark, ...] = ()

    @property
    def text(self) -> str:
        """All blocks with an empty line between them: the article from now on."""
        return "\n\n".join(written(self.blocks)) + "\n"

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings in order, each once."""
        return tuple(dict.fromkeys(one_line(block.text) for block in self.blocks if block.kind == Kind.HEADING))

    @property
    def pages(self) -> tuple[tuple[int, int], ...]:
        """Where each page of the file begins in the text, as (page, position); empty for files without pages."""
        text, found, position = self.text, list[tuple[int, int]](), 0
        for block in self.blocks:
            line = _line(block)
            position = text.index(line, position)
            for page, offset in _pages_of(block, line):
                if page and (not found or page > found[-1][0]):
                    found.append((page, position + offset))
            position += len(line)
        return tuple(found)


def _pages_of(block: Block, line: str) -> Iterator[tuple[int, int]]:
    """The pages that begin in a block, each with its place in the line of the block."""
    yield block.page, 0
    before = ""
    for run in block.runs:
        if run.page:
            yield run.page, len(line) - len(one_line(block.text)) + len(one_line(before)) + 1
        before += run.text


def written(blocks: Sequence[Block]) -> Iterator[str]:
    """The text of each paragraph, heading or list with its lead-in."""
    lines: list[str] = []
    before: Block | None = None
    for block in blocks:
        if lines and not _belongs(block, before):
            yield "\n".join(lines)
            lines = []
        lines.append(_line(block))
        before = block
    if lines:
        yield "\n".join(lines)


def _belongs(block: Block, before: Block | None) -> bool:
    """Whether a block stands right below the one before: an item below an item or below its lead-in."""
    if block.kind != Kind.ITEM or before is None:
        return False
    if before.kind == Kind.ITEM:
        return not starts_anew(block, before)
    return before.kind == Kind.PARAGRAPH and before.text.rstrip().endswith(":")


def starts_anew(block: Block, before: Block) -> bool:
    """Whether an item begins another list than the item before: it counts from one again, or has another sign."""
    if block.level != before.level or block.level > 0 or not block.sign or not before.sign:
        return False
    return (block.sign == "•") != (before.sign == "•") or block.sign.strip("().") in ("1", "a", "i", "A")


def _line(block: Block) -> str:
    text = one_line(block.text)
    if block.kind != Kind.ITEM:
        return text
    indent = " " * (_INDENT * block.level)
    sign = _SIGNS[min(block.level, len(_SIGNS) - 1)] if block.sign == "•" else block.sign
    return f"{indent}{sign} {text}" if sign else f"{indent}{' ' * _INDENT}{text}"


def levelled(blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks, with no item more than one level below the item before, and none that goes on from nothing."""
    depth = -1
    for block in blocks:
        if block.kind != Kind.ITEM:
            depth = -1
            yield block
        elif not block.sign and depth < 0:
            yield replace(block, kind=Kind.PARAGRAPH, level=0)
        else:
            depth = min(block.level, depth + 1)
            yield replace(block, level=depth)
