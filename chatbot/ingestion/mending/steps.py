"""Runs every step of mending over the parts of a source. Whatever goes is a remark, whole, at its place."""

from collections.abc import Callable, Iterator, Sequence

from chatbot.ingestion.mending.copies import once
from chatbot.ingestion.mending.headings import with_guessed_headings, with_questions
from chatbot.ingestion.mending.lists import with_continuations, with_lists, without_rules
from chatbot.ingestion.mending.note_marks import without_note_marks
from chatbot.ingestion.mending.unseen import without_unseen
from chatbot.ingestion.source import Part

_STEPS: tuple[Callable[[Sequence[Part]], Iterator[Part]], ...] = (
    without_unseen,
    without_note_marks,
    with_lists,
    with_continuations,
    without_rules,
    with_questions,
    once,
    with_guessed_headings,
)


def mended(parts: Sequence[Part]) -> list[Part]:
    """The parts without what must not be quoted, with lists whole and headings named."""
    for step in _STEPS:
        parts = list(step(parts))
    return list(parts)
