"""What a file says twice in the same order, as for phones and for desks, is kept once."""

from collections.abc import Iterator, Sequence

from chatbot.ingestion.source import Block, Kind, Part, Remark, blocks_of, one_line

_FEWEST_SAME = 80  # characters of neighbouring blocks that are dropped when the same stood before


def once(parts: Sequence[Part]) -> Iterator[Part]:
    """What a file says twice in the same order, as for phones and for desks, is kept once.

    A single sentence that is repeated stays: a warning may well stand in two places.
    """
    blocks = blocks_of(parts)
    texts = [one_line(block.text).casefold() for block in blocks]
    dropped: dict[int, int] = {}  # numbers of blocks that are said before, with the length of their run
    number = 0
    while number < len(blocks):
        length = _repeats(blocks, texts, number, dropped)
        if length:
            dropped.update(dict.fromkeys(range(number, number + length), length))
        number += length or 1
    position, words = -1, list[str]()
    for part in parts:
        position += isinstance(part, Block)
        if isinstance(part, Block) and position in dropped:
            words.append(part.text)
            continue
        if words:
            yield Remark("Left behind, as the same stands above", one_line(" ".join(words)))
            words = []
        yield part
    if words:
        yield Remark("Left behind, as the same stands above", one_line(" ".join(words)))


def _repeats(blocks: Sequence[Block], texts: Sequence[str], start: int, dropped: dict[int, int]) -> int:
    """How many blocks from here say the same as earlier ones in a row; 0 when it is too little to be a copy."""
    best = 0
    for earlier in range(start):
        length = 0
        while (
            start + length < len(texts)
            and earlier + length < start
            and texts[start + length] == texts[earlier + length]
            and earlier + length not in dropped
        ):
            length += 1
        best = max(best, length)
    if not best:
        return 0
    while best and blocks[start + best - 1].kind == Kind.HEADING:
        best -= 1  # a heading whose text differs
    run = blocks[start : start + best]
    headed = best > 1 and run[0].kind == Kind.HEADING
    text = sum(len(block.text) for block in run if block.kind in (Kind.PARAGRAPH, Kind.ROW))
    listed = sum(len(block.text) for block in run)
    follows = blocks[start + best].kind if start + best < len(blocks) else Kind.HEADING
    complete = follows == Kind.HEADING
    enough = listed >= _FEWEST_SAME and ((headed and complete) or (best > 1 and text >= _FEWEST_SAME))
    return best if enough else 0
