"""Lines and paragraphs that begin with a sign typed by hand become items; rules and lone signs go."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from chatbot.ingestion.readers.signs import BULLETS, Item, is_bare_sign, item_of, lettered_item_of, level_of
from chatbot.ingestion.source import Block, Kind, Part, Remark, Run, has_number_to_call, one_line, plain

_CONTENTS = re.compile(r"\S.{1,90}?\s?(?:[.…·_]\s?){4,}\s*\d{1,3}")
_LONGEST_LINE = 60  # characters of a line that ends by itself
_NUMBER = re.compile(r"\W*\d{1,3}\W*")
_FIRST = ("1", "a", "i")  # signs with which another list begins
_RULE = re.compile(r"[\W_]*")


def with_lists(parts: Sequence[Part]) -> Iterator[Part]:
    """Lines and paragraphs that begin with a sign typed by hand become items."""
    waiting = [split for part in parts for split in _split_lines(part)]
    indents: list[float] = []
    for number, part in enumerate(waiting):
        if isinstance(part, Remark) or part.kind == Kind.ROW:
            yield part
            continue
        if part.kind != Kind.ITEM and not item_of(part.text):
            indents.clear()
        item = _typed_item(waiting, number)
        if item and part.kind == Kind.PARAGRAPH:
            level = level_of(part.indent, indents)
            yield replace(part, kind=Kind.ITEM, sign=item.sign, level=level, runs=_rest(part, item))
        elif item and part.kind == Kind.ITEM and part.sign and item.sign == "•":
            yield replace(part, runs=_rest(part, item))  # a sign beside the sign of the list
        else:
            yield part


def _rest(part: Block, item: Item) -> tuple[Run, ...]:
    """The runs of a block without the sign at its beginning."""
    runs, gone = list(part.runs), len(part.text) - len(item.text.lstrip()) if item.text else 0
    while gone and runs:
        taken = min(gone, len(runs[0].text))
        gone -= taken
        runs[0] = replace(runs[0], text=runs[0].text[taken:])
        if not runs[0].text:
            runs.pop(0)
    return tuple(runs) or plain(item.text)


def _typed_item(parts: Sequence[Part], number: int) -> Item | None:
    """The item that a block is by a sign in its text; a letter is a sign only beside another that begins so."""
    part = parts[number]
    if not isinstance(part, Block) or part.kind == Kind.HEADING:
        return None
    item = item_of(part.text)
    if item and item.sign != "•" and part.is_bold:
        return None  # "1. What to do" in bold letters heads what follows
    if item and item.sign != "•" and item.text.rstrip().endswith("?"):
        return None
    if item is None and (item := lettered_item_of(part.text)):
        beside = [parts[place] for place in (number - 1, number + 1) if 0 <= place < len(parts)]
        alike = any(isinstance(one, Block) and (lettered_item_of(one.text) or one.kind == Kind.ITEM) for one in beside)
        return item if alike else None
    return item


def _split_lines(part: Part) -> Iterator[Part]:
    """A block at its line ends: an empty line parts paragraphs, signs part items, and so do lines below a lead-in."""
    if isinstance(part, Remark) or "\n" not in part.text or part.kind in (Kind.HEADING, Kind.ROW):
        yield _on_one_line(part)
        return
    lines = [line for line in _lines(part.runs) if line is None or "".join(run.text for run in line).strip()]
    texts = [one_line("".join(run.text for run in line)) for line in lines if line is not None]
    signs = [item_of(text) or lettered_item_of(text) for text in texts]
    led_in = len(texts) > 2 and texts[0].endswith(":") and not any(re.search(r"[.!?]$", text) for text in texts[1:-1])
    by_signs = sum(sign is not None for sign in signs) > 1 or (len(signs) > 1 and signs[-1] is not None)
    first, apart = True, False
    group: list[Run] = []
    place = -1
    for line in lines:
        if line is None:
            apart = True
            continue
        place += 1
        starts = (
            apart
            or _stands_alone(texts, place)
            or (by_signs and (signs[place] is not None or (place and signs[place - 1] is None)))
            or led_in
        )
        if group and starts:
            yield _piece(part, group, first=first)
            group, first = [], False
        if led_in and place:
            yield replace(part, kind=Kind.ITEM, runs=tuple(line), sign="•", level=part.level + (part.kind == Kind.ITEM))
        else:
            group += [*([Run(" ")] if group else []), *line]
        apart = False
    if group:
        yield _piece(part, group, first=first)


def _stands_alone(texts: Sequence[str], place: int) -> bool:
    """Whether a line begins anew: the one before is short and ends no sentence, as in a list of numbers."""
    before = texts[place - 1] if place else ""
    ended = re.search(r"[.!?,;:…”\"-]$", before) is not None
    begins = re.match(r"[^\W_a-záéíóúñ]|[¿¡(+]", texts[place]) is not None
    return 0 < len(before) <= _LONGEST_LINE and not ended and begins


def _on_one_line(part: Part) -> Part:
    if isinstance(part, Remark):
        return part
    return replace(part, runs=tuple(replace(run, text=run.text.replace("\n", " ")) for run in part.runs))


def _piece(part: Block, runs: Sequence[Run], *, first: bool) -> Block:
    return replace(part, runs=tuple(runs), sign=part.sign if first else "")


def _lines(runs: Sequence[Run]) -> Iterator[list[Run] | None]:
    """The runs of each line; None for an empty line."""
    line: list[Run] = []
    for run in runs:
        pieces = run.text.split("\n")
        for number, piece in enumerate(pieces):
            if number:
                yield line if "".join(one.text for one in line).strip() else None
                line = []
            if piece:
                line.append(replace(run, text=piece))
    yield line if line else None


def with_continuations(parts: Sequence[Part]) -> Iterator[Part]:
    """A paragraph set in as far as the words of an item above, and further than what leads in, goes on with the item.

    Where a list goes on behind another paragraph, a remark says so: what led in to it stands far above.
    """
    indents: dict[float, int] = {}  # of the items of this list, with their levels
    base, led_in, broken = 0.0, "", False
    for part in parts:
        if isinstance(part, Remark):
            yield part
        elif part.kind == Kind.ITEM:
            if broken and led_in and not indents and part.sign.strip("().") not in _FIRST:
                yield Remark("A list goes on behind a paragraph; look whether its items belong to these words", led_in)
                led_in = ""
            indents[part.indent] = part.level
            yield part
        elif (
            part.kind == Kind.PARAGRAPH and part.indent > base and (level := _beside(part.indent, indents)) is not None
        ):
            yield replace(part, kind=Kind.ITEM, level=level)
        else:
            leads = part.kind == Kind.PARAGRAPH and part.text.rstrip().endswith(":")
            broken = bool(indents) and part.kind == Kind.PARAGRAPH and not leads
            led_in = one_line(part.text) if leads else led_in if broken else ""
            base, indents = part.indent, {}
            yield part


def _beside(indent: float, indents: dict[float, int]) -> int | None:
    """The level of the items whose words begin at an indent; None when there are none."""
    return next((level for own, level in reversed(indents.items()) if abs(own - indent) < 1), None)


def without_rules(parts: Sequence[Part]) -> Iterator[Part]:
    """Rules, lone signs and lines of a table of contents are no text."""
    for part in parts:
        if isinstance(part, Remark):
            yield part
        elif _CONTENTS.fullmatch(one_line(part.text)):
            yield Remark("Left behind, a line of a table of contents", one_line(part.text), page=part.page)
        elif _NUMBER.fullmatch(part.text.strip()) and not has_number_to_call(part.text):
            yield Remark("Left behind, a number that stands alone", one_line(part.text), page=part.page)
        elif is_bare_sign(part.text) or _RULE.fullmatch(part.text):
            if part.text.strip(f"{BULLETS}=-_*~ \t\n"):
                yield Remark("Left behind, a sign without words", one_line(part.text), page=part.page)
        else:
            yield part
