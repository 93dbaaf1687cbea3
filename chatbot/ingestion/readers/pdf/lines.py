"""Letters -> segments: stretches of a printed line without a wide gap; raised letters are marked, drop caps joined."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from chatbot.ingestion.readers.pdf.letters import Box, Letter, Page, with_strokes
from chatbot.ingestion.source import Mark, Run, one_line

_SPACE = 0.16  # times the size of a letter, from which a gap is a space
_GAP = 1.6  # times the size, from which a gap parts columns or cells
_SMALLER = 0.88  # times the size of the line, below which a letter that stands higher is raised
_RAISED = 0.18  # times the size of the line, by which a raised letter stands higher at the least
_SMALLEST = 0.4  # times the size of the line, below which a letter beside it is no part of it
_MOST_RAISED = 8  # letters of a mark
_SAME_PLACE = 0.12  # times the size, within which the same letter is printed twice to look bold


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a printed line: its runs, and where it lies in points."""

    runs: tuple[Run, ...]
    left: float
    right: float
    base: float
    size: float
    page: int

    @property
    def text(self) -> str:
        """The letters with single spaces."""
        return one_line("".join(run.text for run in self.runs))

    @property
    def is_bold(self) -> bool:
        """Whether nearly every letter is bold."""
        letters = sum(len(run.text.strip()) for run in self.runs)
        return 0 < 0.9 * letters < sum(len(run.text.strip()) for run in self.runs if Mark.BOLD in run.marks) + 0.01

    @property
    def top(self) -> float:
        """The height that its tall letters reach."""
        return self.base + 0.75 * self.size


def printed_segments(page: Page) -> list[Segment]:
    """The segments of a page from top to bottom, and from left to right on one height, as they are printed."""
    letters = with_strokes(_printed_once(page.letters), page.strokes)
    rows = _with_raised(_rows([letter for letter in letters if letter.text.strip() or letter.text == " "]))
    upright = [rule for rule in page.rules if rule.right - rule.left < rule.top - rule.bottom]
    found: list[Segment] = []
    for row in rows:
        found += [segment for group in _groups(row, upright) if (segment := _segment(group, page.number)).text]
    found.sort(key=lambda segment: (-segment.base, segment.left))
    return found


def _printed_once(letters: Sequence[Letter]) -> list[Letter]:
    """Letters without copies at nearly the same place, which are printed to look bold; the one that stays is bold."""
    kept: list[Letter] = []
    near: dict[tuple[str, int], list[int]] = {}
    for letter in letters:
        if letter.text.isspace():
            kept.append(letter)
            continue
        reach = _SAME_PLACE * letter.size
        rows = (round(letter.base) - 1, round(letter.base), round(letter.base) + 1)
        twins = (place for row in rows for place in near.get((letter.text, row), ()))
        twin = next(
            (
                place
                for place in twins
                if abs(kept[place].left - letter.left) < reach and abs(kept[place].base - letter.base) < reach
            ),
            None,
        )
        if twin is None:
            near.setdefault((letter.text, round(letter.base)), []).append(len(kept))
            kept.append(letter)
        else:
            kept[twin] = replace(kept[twin], marks=kept[twin].marks | {Mark.BOLD})
    return kept


def _rows(letters: Sequence[Letter]) -> list[list[Letter]]:
    """Letters of one size class on one base line, from top to bottom, each row from left to right."""
    rows: list[list[Letter]] = []
    for letter in sorted(letters, key=lambda letter: -letter.base):
        row = next(
            (
                row
                for row in reversed(rows[-6:])
                if abs(row[0].base - letter.base) < 0.12 * min(row[0].size, letter.size) + 0.3
                and 0.6 < letter.size / row[0].size < 1.7
            ),
            None,
        )
        if row is None:
            rows.append([letter])
        else:
            row.append(letter)
    return [sorted(row, key=lambda letter: letter.left) for row in rows]


def _with_raised(rows: list[list[Letter]]) -> list[list[Letter]]:
    """Rows where a few small letters above or below the base line of a larger one stand in it, raised or lowered."""
    groups = [list(_close(row)) for row in rows]
    grown: dict[int, list[Letter]] = {number: [] for number in range(len(rows))}
    for number, own in enumerate(groups):
        for group in own:
            target = _line_beside(rows, number, group)
            if target is None:
                grown[number] += group
                continue
            base = rows[target][0].base
            mark = Mark.RAISED if group[0].base > base else Mark.LOWERED
            grown[target] += [replace(letter, marks=letter.marks | {mark}, base=base) for letter in group]
    return [_with_small(sorted(row, key=lambda letter: letter.left)) for row in grown.values() if row]


def _close(row: Sequence[Letter]) -> Iterator[list[Letter]]:
    """The letters of a row, parted where they do not touch."""
    group: list[Letter] = []
    for letter in row:
        if group and (letter.text.isspace() or letter.left - group[-1].right > 0.6 * letter.size):
            yield group
            group = []
        group.append(letter)
    if group:
        yield group


def _line_beside(rows: list[list[Letter]], number: int, group: Sequence[Letter]) -> int | None:
    """The row that a few small letters are raised or lowered in: a larger letter ends right before them."""
    letter = next((one for one in group if not one.text.isspace()), None)
    if letter is None or len(group) > _MOST_RAISED:
        return None
    for target in range(max(0, number - 6), min(len(rows), number + 7)):
        for other in rows[target] if target != number else ():
            up = letter.base - other.base
            if (
                _SMALLEST * other.size < letter.size <= _SMALLER * other.size
                and -0.35 * other.size < up < 0.75 * other.size
                and abs(up) > (_RAISED if up > 0 else 0.08) * other.size
                and not other.text.isspace()
                and _touch(group, other)
            ):
                return target
    return None


def _touch(group: Sequence[Letter], other: Letter) -> bool:
    """Whether a few letters stand right behind another, or right before it."""
    size = 0.15 * other.size
    return -size < group[0].left - other.right < 1.2 * group[0].size or -size < other.left - group[-1].right < 2 * size


def _with_small(row: list[Letter]) -> list[Letter]:
    """A row where digits much smaller than the letters around them, on the same base line, are raised as well."""
    sizes = Counter(round(letter.size, 1) for letter in row if not letter.text.isspace())
    size = sizes.most_common(1)[0][0] if sizes else 0.0
    return [
        replace(letter, marks=letter.marks | {Mark.RAISED})
        if letter.text.isdigit() and letter.size < 0.75 * size and Mark.LOWERED not in letter.marks
        else letter
        for letter in row
    ]


def _groups(row: Sequence[Letter], upright: Sequence[Box]) -> Iterator[list[Letter]]:
    """The letters of a row between wide gaps and upright rules; written spaces do not bridge a gap."""
    group: list[Letter] = []
    for letter in row:
        if letter.text.isspace():
            if group:
                group.append(letter)
            continue
        before = next((one for one in reversed(group) if not one.text.isspace()), None)
        if before and (
            letter.left - before.right > _GAP * max(before.size, letter.size)
            or any(
                before.right - 1 <= rule.left <= letter.left + 1 and rule.bottom <= letter.base <= rule.top
                for rule in upright
            )
        ):
            yield group
            group = []
        group.append(letter)
    if group:
        yield group


def _segment(letters: Sequence[Letter], page: int) -> Segment:
    runs: list[Run] = []
    before: Letter | None = None
    space = False
    for letter in letters:
        if letter.text.isspace():
            space = True
            continue
        wide = before is not None and letter.left - before.right > _SPACE * min(before.size, letter.size)
        gap = (
            " " if before is not None and (wide or (space and letter.left - before.right > -0.1 * letter.size)) else ""
        )
        if runs and gap:
            runs[-1] = replace(runs[-1], text=runs[-1].text + gap)
        if runs and runs[-1].marks == letter.marks:
            runs[-1] = replace(runs[-1], text=runs[-1].text + letter.text)
        else:
            runs.append(Run(letter.text, letter.marks))
        before, space = letter, False
    shown = [letter for letter in letters if not letter.text.isspace()]
    plain = [letter for letter in shown if not letter.marks & {Mark.RAISED, Mark.LOWERED}] or shown or list(letters)
    return Segment(
        runs=tuple(runs),
        left=min(letter.left for letter in plain),
        right=max(letter.right for letter in plain),
        base=plain[0].base,
        size=Counter(round(letter.size, 1) for letter in plain).most_common(1)[0][0],
        page=page,
    )
