"""Tables of a Word file: which only lay out a page, and the cells of the others."""

from dataclasses import replace

from lxml import etree

from chatbot.ingestion.readers.tables import LONGEST_HEAD, Cell, runs_on_one_line
from chatbot.ingestion.readers.word.package import W, value_of
from chatbot.ingestion.source import Block, Mark, Part, blocks_of

_GONE = {"del": Mark.STRUCK, "hidden": Mark.HIDDEN}  # of a row, by what its properties say


def is_layout_table(rows: list[list[etree._Element]], inner: list[list[list[Part]]]) -> bool:
    """Whether a table only puts things side by side: one row or column, or cells of several paragraphs."""
    if len(rows) == 1 or all(len(row) == 1 for row in rows):
        return True
    cells = [blocks_of(parts) for row in inner for parts in row]
    nested = [cell.find(f"{W}tbl") is not None for row in rows for cell in row]
    if len(inner[0]) > 1 and all(_names_a_column(blocks_of(parts)) for parts in inner[0]):
        return False
    rich = sum(len(blocks) > 2 or holds for blocks, holds in zip(cells, nested, strict=True))
    return rich > 0.3 * len(cells)


def _names_a_column(blocks: list[Block]) -> bool:
    """Whether a cell of the first row names its column: one short bold line."""
    return len(blocks) == 1 and blocks[0].is_bold and len(blocks[0].text) <= LONGEST_HEAD


def word_cell(cell: etree._Element, parts: list[Part]) -> Cell:
    """A cell with the letters of its blocks; of a row that was deleted under review they are struck."""
    row = cell.getparent()
    gone = {mark for name, mark in _GONE.items() if row is not None and row.find(f"{W}trPr/{W}{name}") is not None}
    runs = (replace(run, marks=run.marks | gone) for run in runs_on_one_line(blocks_of(parts)))
    span = value_of(cell.find(f"{W}tcPr/{W}gridSpan"))
    return Cell(tuple(runs), columns=min(int(span), 100) if span.isdigit() else 1)


def merged_down(rows: list[list[etree._Element]], grid: list[list[Cell]]) -> list[list[Cell]]:
    """The cells with the text of the one above where a cell only goes on with it."""
    for number, row in enumerate(rows[1:], 1):
        for column, cell in enumerate(row):
            merge = cell.find(f"{W}tcPr/{W}vMerge")
            if merge is not None and value_of(merge) != "restart" and column < len(grid[number - 1]):
                grid[number][column] = grid[number - 1][column]
    return grid
