"""Tables -> rows "column: value", so that no cell is quoted without its column.

Every table is a remark as well, whole: a row that is read wrongly says something wrong.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chatbot.ingestion.source import Block, Kind, Mark, Part, Remark, Run, one_line, words_shown

LONGEST_HEAD = 60  # characters of a cell that names a column


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: its letters, whether it names a row or column, and how many of both it takes."""

    runs: tuple[Run, ...]
    is_head: bool = False
    columns: int = 1
    rows: int = 1

    @property
    def text(self) -> str:
        """The letters on one line."""
        return one_line("".join(run.text for run in self.runs))

    @property
    def seen(self) -> str:
        """The same without what is struck out or hidden."""
        gone = {Mark.STRUCK, Mark.HIDDEN}
        return one_line("".join(run.text for run in self.runs if not run.marks & gone))

    @property
    def is_bold(self) -> bool:
        """Whether all its letters are bold."""
        return bool(self.text) and all(Mark.BOLD in run.marks for run in self.runs if run.text.strip())


def rows_of(table: Sequence[Sequence[Cell]], *, page: int = 0) -> list[Part]:
    """The rows of a table below a remark that shows it whole."""
    grid = [row for row in _laid_out(table) if any(cell.text for cell in row)]
    if not grid:
        return []
    words = " / ".join(" | ".join(words_shown(cell.runs) for cell in row) for row in grid)
    remark = Remark("A table; hold its rows against the original", words, page=page)
    heads = _heads(grid)
    names = _names(grid[:heads])
    rows, names = (grid[heads:], names) if grid[heads:] else (grid, [""] * len(grid[0]))  # or a table of heads only
    return [remark, *(_part(row, names, page) for row in rows)]


def _part(row: Sequence[Cell], names: Sequence[str], page: int) -> Part:
    """A row as a block; one that is struck out or hidden as a whole is left behind, with the names of its columns."""
    if not any(cell.seen for cell in row):
        words = " | ".join(cell.text for cell in row)
        return Remark("Left behind, a row that is struck out or hidden", words, page=page)
    return Block(Kind.ROW, _row(row, names), page=page)


def runs_on_one_line(blocks: Sequence[Block]) -> tuple[Run, ...]:
    """The letters of the blocks of a cell, with spaces between them."""
    runs: list[Run] = []
    for block in blocks:
        runs += [*([Run(" ")] if runs else []), *block.runs]
    return tuple(runs)


def _laid_out(rows: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    """The cells in a grid: one that takes several rows or columns stands in each of them."""
    grid: dict[tuple[int, int], Cell] = {}
    for number, row in enumerate(rows):
        column = 0
        for cell in row:
            while (number, column) in grid:
                column += 1
            for down in range(min(cell.rows, len(rows) - number)):
                for right in range(cell.columns):
                    grid[number + down, column + right] = replace(cell, rows=1, columns=1)
            column += cell.columns
    width = max((column for _, column in grid), default=-1) + 1
    return [[grid.get((number, column), Cell(())) for column in range(width)] for number in range(len(rows))]


def _heads(grid: Sequence[Sequence[Cell]]) -> int:
    """How many rows at the top name the columns."""
    heads = 0
    for row in grid[:3]:
        named = [cell for cell in row if cell.text]
        if all(cell.is_head for cell in named):
            heads += 1
        else:
            break
    if heads or len(grid) < 2:
        return heads
    first, width = [cell for cell in grid[0] if cell.text], len(grid[0])
    short = all(len(cell.text) <= LONGEST_HEAD and not re.search(r"[.!?]$", cell.text) for cell in first)
    bold = all(cell.is_bold for cell in first) and not all(
        cell.is_bold for row in grid[1:] for cell in row if cell.text
    )
    figures = any(re.match(r"[\d$€£]", cell.text) for cell in first)
    return int(short and (bold or (width > 2 and len(first) >= width - 1 and not figures)))


def _names(heads: Sequence[Sequence[Cell]]) -> list[str]:
    if not heads:
        return []
    columns = ([row[number].text for row in heads] for number in range(len(heads[0])))
    return [", ".join(dict.fromkeys(name.rstrip(":") for name in column if name)) for column in columns]


def _row(row: Sequence[Cell], names: Sequence[str]) -> tuple[Run, ...]:
    """One row on one line: "Medicine: Methadone; How often: every day"."""
    pairs = [(names[number] if number < len(names) else "", cell) for number, cell in enumerate(row) if cell.seen]
    if not names and len(pairs) == 2:
        (_, first), (_, second) = pairs
        joint = " " if re.search(r"[:.!?]$", first.text) else ": "
        return (*_plain(first), Run(joint), *second.runs)
    runs: list[Run] = []
    told: list[tuple[str, str]] = []
    for name, cell in pairs:
        if (name, cell.text) in told:
            continue  # a cell over several columns of one name
        told.append((name, cell.text))
        runs += [*([Run("; ")] if runs else []), *([Run(f"{name}: ")] if name else []), *_plain(cell)]
    return tuple(runs)


def _plain(cell: Cell) -> tuple[Run, ...]:
    """The letters of a cell, without the stop at its end that the next sign replaces."""
    runs = [replace(run, text=run.text.replace("\n", " ")) for run in cell.runs]
    if runs:
        runs[-1] = replace(runs[-1], text=runs[-1].text.rstrip())
    return tuple(runs)
