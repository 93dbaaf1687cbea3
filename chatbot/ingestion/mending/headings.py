"""Headings that the file does not name as such: questions before their answer, bold lines, short lines alone."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from chatbot.ingestion.readers.signs import item_of
from chatbot.ingestion.source import Block, Kind, Part, blocks_of, has_number_to_call, one_line, with_text

_QUESTION = re.compile(r"(?:Q|P|Question|Pregunta)\s*\d{0,2}\s*[:.)]\s*(?=[\w¿])", re.IGNORECASE)
_BOTH = re.compile(r"((?:Q|P)\s*\d{0,2}\s*[:.)]\s.+?\?)\s+((?:A|R)\s*\d{0,2}\s*[:.)]\s.+)", re.DOTALL)
_ANSWER = re.compile(
    r"(?:(?:A|R|Answer|Respuesta)\s*\d{0,2}\s*[:.)]\s|(?:yes|no|sí|not|only|never|maybe|it depends|depende|solo)\b)",
    re.IGNORECASE,
)
_STEP = re.compile(r"(?:step|part|chapter|section|paso|parte|capítulo|sección|fase) \d{1,2}\b.{0,100}", re.IGNORECASE)
_LONGEST_QUESTION = 120
_LONGEST_HEADING = 90
_LONGEST_TITLE = 150


def with_questions(parts: Sequence[Part]) -> Iterator[Part]:
    """A question that stands before its answer is a heading: one behind "Q:", a bold one, a numbered one."""
    parts = [piece for part in parts for piece in _question_and_answer(part)]
    for number, part in enumerate(parts):
        if not isinstance(part, Block) or part.kind == Kind.ROW:
            yield part
            continue
        text = one_line(part.text)
        after = next((one for one in parts[number + 1 :] if isinstance(one, Block)), None)
        asked = text.endswith("?") and len(text) <= _LONGEST_QUESTION and text.count("?") == 1 and ". " not in text[4:]
        marked = _QUESTION.match(text) or part.is_bold or item_of(text)
        answered = after is not None and after.kind == Kind.PARAGRAPH and not after.text.rstrip().endswith("?")
        if part.kind == Kind.PARAGRAPH and asked and answered and (marked or after is None or _answers(after)):
            yield replace(with_text(part, text), kind=Kind.HEADING, level=4)
        elif part.kind == Kind.ITEM and asked and answered and part.sign not in ("", "•") and part.level == 0:
            yield replace(with_text(part, f"{part.sign} {text}"), kind=Kind.HEADING, level=4, sign="")
        else:
            yield part


def _question_and_answer(part: Part) -> Iterator[Part]:
    """A paragraph "Q: ...? A: ..." as two."""
    found = _BOTH.match(part.text.strip()) if isinstance(part, Block) and part.kind == Kind.PARAGRAPH else None
    if found is None or not isinstance(part, Block):
        yield part
        return
    yield with_text(part, found[1])
    yield with_text(part, found[2])


def _answers(block: Block | None) -> bool:
    """Whether a block says nothing without the question before it."""
    return block is not None and _ANSWER.match(block.text) is not None


def with_guessed_headings(parts: Sequence[Part]) -> Iterator[Part]:
    """Short bold paragraphs head what follows; where there is no other heading, so do short lines that stand alone.

    A question before its answer is no other heading: one among many headings may begin a text with "Yes".
    """
    blocks = blocks_of(parts)
    named = [_bold_heading(block) for block in blocks]
    blocks = [
        replace(block, kind=Kind.HEADING, level=3) if own else block for block, own in zip(blocks, named, strict=True)
    ]
    if not any(block.kind == Kind.HEADING and not block.text.rstrip().endswith("?") for block in blocks[1:]):
        blocks = [
            replace(block, kind=Kind.HEADING, level=2) if _stands_alone(blocks, number) else block
            for number, block in enumerate(blocks)
        ]
    rest = iter(blocks)
    yield from (next(rest) if isinstance(part, Block) else part for part in parts)


def _bold_heading(block: Block) -> bool:
    text = one_line(block.text)
    short = 0 < len(text) <= _LONGEST_HEADING and text[-1:] not in ".:;,!"
    return block.kind == Kind.PARAGRAPH and block.is_bold and short


def _stands_alone(blocks: Sequence[Block], number: int) -> bool:
    """Whether a block could head the next: a short line before a text that is none."""
    block, after = blocks[number], blocks[number + 1] if number + 1 < len(blocks) else None
    if block.kind == Kind.HEADING:
        return True
    return (
        block.kind == Kind.PARAGRAPH
        and looks_like_heading(one_line(block.text), longest=_LONGEST_HEADING if number else _LONGEST_TITLE)
        and after is not None
        and (after.kind != Kind.PARAGRAPH or not looks_like_heading(one_line(after.text)) or number == 0)
    )


def looks_like_heading(line: str, *, longest: int = _LONGEST_HEADING) -> bool:
    """Whether a line that stands alone could be a heading: short, without a full stop, begun with a capital.

    >>> [looks_like_heading(line) for line in ("What to do", "Step 2: Call.", "It helps.", "call 911", "A: Yes")]
    [True, True, False, False, False]
    """
    if _STEP.fullmatch(line):
        return True
    words = re.sub(r"^\d{1,2}[.)]\s+", "", line).lstrip("¿¡“\"'")
    sentences = re.search(r"\w{3,}[.!]\s+[A-ZÁÉÍÓÚÑ¿¡]", words) is not None
    answers = sentences or re.match(r"[AR]:\s", line) is not None or "; " in line or has_number_to_call(line)
    return len(line) <= longest and words[:1].isupper() and line.rstrip()[-1:] not in ".!:;,”\"'" and not answers
