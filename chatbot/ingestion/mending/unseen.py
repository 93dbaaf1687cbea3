"""Struck and hidden words go."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chatbot.ingestion.source import Mark, Part, Remark, Run, one_line

_STOPS = (",", ".", ";", ":", "!", "?", ")")  # signs before which no space stands


def without_unseen(parts: Sequence[Part]) -> Iterator[Part]:
    """Struck and hidden letters go; a paragraph that only had such goes whole."""
    for part in parts:
        if isinstance(part, Remark):
            yield part
            continue
        for mark, what in ((Mark.STRUCK, "struck out"), (Mark.HIDDEN, "hidden in the file")):
            yield from (
                Remark(f"Left behind, {what}", words, page=part.page)
                for words in _stretches(part.runs, mark)
                if words.strip()
            )
        kept = [run for run in part.runs if not run.marks & {Mark.STRUCK, Mark.HIDDEN}]
        if len(kept) == len(part.runs):
            yield part
        elif any(run.text.strip() for run in kept):
            yield replace(part, runs=tuple(_apart(part.runs)))


def _stretches(runs: Sequence[Run], mark: Mark) -> list[str]:
    """The words of each stretch with a mark, whole; neighbouring runs of the same mark are one."""
    found: list[str] = []
    marked = False
    for run in runs:
        if mark not in run.marks:
            marked = False
        elif marked:
            found[-1] += run.text
        else:
            found.append(run.text)
            marked = True
    return [one_line(words) for words in found]


def _apart(runs: Sequence[Run]) -> list[Run]:
    """The runs that stay; where words went, those beside them do not grow together, and no double space stays."""
    kept: list[Run] = []
    gone = False
    for run in runs:
        if run.marks & {Mark.STRUCK, Mark.HIDDEN}:
            gone = True
            continue
        text, before = run.text, kept[-1].text if kept else ""
        if gone and (not before or before[-1:].isspace()):
            text = text.lstrip(" ")
        elif gone and text[:1].isalnum() and before[-1].isalnum():
            text = " " + text
        if gone and before and text[:1] in _STOPS:
            kept[-1] = replace(kept[-1], text=before.rstrip(" "))
        if text:
            kept.append(replace(run, text=text))
            gone = False
    return kept
