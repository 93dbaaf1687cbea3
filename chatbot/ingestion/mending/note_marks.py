"""Marks of notes go, so that a "3" with a small "1" behind it never reads "31"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from chatbot.ingestion.source import Block, Kind, Mark, Part, Remark, Run, has_number_to_call, one_line, words_shown
from chatbot.query.language import SPANISH, detect

_SMALL_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_RAISED_DIGITS = str.maketrans("0123456789-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")
_RAISED_SIGNS = re.compile("[⁰¹²³⁴-⁹]+(?:[,⁻–⁺]?[⁰¹²³⁴-⁹]+)*")
_ORDINAL = re.compile(
    r"(?:st|nd|rd|th|er|o|a|º|ª|os|as|r[ao]s?|d[ao]s?|t[ao]s?|v[ao]s?|n[ao]s?|m[ao]s?|TM|SM|®|™|℠|e|re|me)\.?",
    re.IGNORECASE,
)
_SPANISH_SIGNS = {"a": "ª", "o": "º"}
_DEGREE = ("o", "0", "º", "°")
_TEN = re.compile(r"[x×·*]\s?10$")  # of a power of ten
_UNIT = re.compile(r"(?:\b|\d)(?:m|cm|km|mm|ft|in|yd|mi)$")
_POWERS = {"2": "²", "3": "³"}
_NOTE = re.compile(r"[\[(]?\s*(?:\d{1,3}|[a-z*†‡§¶#]|[ivx]{1,4})(?:\s*[,;–-]\s*(?:\d{1,3}|[a-z*†‡§]))*\s*[\])]?")
# Marks of notes in full size: "[1]" and "[^1]" anywhere behind a word, "(1)" and "*" only right behind one.
_TYPED_NOTE = re.compile(
    r"[ ]?\[\^?\d{1,3}(?:\s*[,–-]\s*\^?\d{1,3})*\](?!\()"
    r"|(?<=[\w.,;%])\((?:\d{1,2}|\*)\)"
    r"|(?<=[\w.,;%)])[*†‡§¶]{1,3}(?![\w*])"
    r"|[ ]?\[(?:note|nota|ref|citation needed)\s*\d{0,3}\]",
    re.IGNORECASE,
)


_NOTE_TEXT = re.compile(r"(?:\[\^?\d{1,3}\]:?|[¹²³⁴-⁹]{1,3})\s*\S")


def without_note_marks(parts: Sequence[Part]) -> Iterator[Part]:
    """The parts without marks of notes; ordinals, powers and fractions stay, set apart from the number before."""
    for part in parts:
        if isinstance(part, Remark):
            yield part
            continue
        if _is_note(part):
            yield Remark("Left behind, a note", one_line(part.text), page=part.page)
            continue
        found: list[tuple[str, str]] = []
        runs = tuple(_without_typed(_without_raised(_with_raised_signs(part.runs), found), found))
        text = "".join(run.text for run in runs)
        for what, mark in found:
            yield Remark(what, f"{mark} in: {words_shown(_with_raised_signs(part.runs))}", page=part.page)
        if text.strip():
            yield replace(part, runs=runs)


def _is_note(block: Block) -> bool:
    """Whether a paragraph or item is the text of a note: it begins with a mark, and has no number to call."""
    if block.kind not in (Kind.PARAGRAPH, Kind.ITEM) or has_number_to_call(block.text):
        return False
    first = next((run for run in block.runs if run.text.strip()), None)
    raised = first is not None and Mark.RAISED in first.marks and _NOTE.fullmatch(first.text.strip())
    return bool(raised) or _NOTE_TEXT.match(block.text.strip()) is not None


def _with_raised_signs(runs: Sequence[Run]) -> list[Run]:
    """Small digits that are letters of their own ("¹") as raised runs; squares and cubes of units stay."""
    result: list[Run] = []
    for run in runs:
        position = 0
        for found in _RAISED_SIGNS.finditer(run.text):
            before = "".join(one.text for one in result) + run.text[position : found.start()]
            if found[0] in _POWERS.values() and _UNIT.search(before):
                continue
            result.append(replace(run, text=run.text[position : found.start()]))
            result.append(Run(found[0].translate(_SMALL_DIGITS), run.marks | {Mark.RAISED}))
            position = found.end()
        result.append(replace(run, text=run.text[position:]))
    merged: list[Run] = []
    for run in result:
        if run.text and merged and run.marks == merged[-1].marks and Mark.RAISED in run.marks:
            merged[-1] = replace(merged[-1], text=merged[-1].text + run.text)
        elif run.text:
            merged.append(run)
    return merged


def _without_raised(runs: Sequence[Run], found: list[tuple[str, str]]) -> Iterator[Run]:
    before = ""
    for number, run in enumerate(runs):
        after = "".join(one.text for one in runs[number + 1 :])
        if not run.marks & {Mark.RAISED, Mark.LOWERED, Mark.NOTE}:
            text = run.text
        elif Mark.LOWERED in run.marks:
            text = _lowered(run.text, before, found)
        else:
            text = _raised(run.text, before, after, found)
        if text:
            before += text
            yield replace(run, text=text, marks=run.marks - {Mark.RAISED, Mark.LOWERED, Mark.NOTE})


def _raised(text: str, before: str, after: str, found: list[tuple[str, str]]) -> str:
    """What stays of a raised run: an ordinal or a power, or a fraction's upper number; a note mark does not."""
    mark = text.strip()
    if not mark:
        return text
    if meant := _meant(mark, before, after):
        if meant != "°":
            found.append(("A small raised sign is taken for a part of its number; look at it", mark))
        return meant
    lone = mark in ("a", "e", "o") and before[-1:].isdigit()  # "2a": rather the mark of a note than an ordinal
    if _ORDINAL.fullmatch(mark) and before[-1:].isalnum() and not lone:
        return text
    if mark in _POWERS and _UNIT.search(before):
        found.append(("A small raised number is taken for a power; look whether it is the mark of a note", mark))
        return _POWERS[mark]
    if mark.isdigit() and re.match(r"\s*[⁄/]\s*\d", after):
        found.append(("A fraction; look at its numbers", mark))
        return f" {mark}" if before[-1:].isdigit() else mark
    if _NOTE.fullmatch(mark):
        found.append(("Left out, the mark of a note", mark))
        joins = before[-1:].isalnum() and after[:1].isalnum()  # two numbers or words never grow together
        return " " if joins or (text[-1:].isspace() and not after[:1].isspace()) else ""
    found.append(("Small raised letters are set apart", mark))
    gap_before = " " if before[-1:].isalnum() and mark[:1].isalnum() else ""
    gap_after = " " if after[:1].isalnum() and mark[-1:].isalnum() else ""
    return f"{gap_before}{text}{gap_after}"


def _meant(mark: str, before: str, after: str) -> str:
    """The sign that raised letters behind a number stand for: degrees, powers of ten, ordinals of Spanish; or ""."""
    if mark in _DEGREE and re.search(r"\d\s?$", before) and re.match(r"\s*[CF]\b", after):
        return "°"
    if _TEN.search(before) and re.fullmatch(r"[-−]?\d{1,2}", mark):
        return mark.translate(_RAISED_DIGITS)
    ordinal = _SPANISH_SIGNS.get(mark.lower(), "")
    if ordinal and re.search(r"(?:\d|\b[Nn])\.?$", before) and detect(before + after) == SPANISH:
        return ordinal
    return ""


def _lowered(text: str, before: str, found: list[tuple[str, str]]) -> str:
    """Lowered letters belong to a formula (CO2) or a fraction; right behind a number they are set apart."""
    if before[-1:].isdigit() and text[:1].isdigit():
        found.append(("Small lowered letters are set apart", text.strip()))
        return f" {text}"
    return text


def _without_typed(runs: Iterator[Run], found: list[tuple[str, str]]) -> Iterator[Run]:
    """The runs without note marks in full size; one whose text begins with such a mark is left for the editor."""
    before = ""
    for run in runs:
        text = run.text
        whole = before + text

        text = _TYPED_NOTE.sub(partial(_gone, offset=len(before), found=found), whole)[len(before) :]
        before = whole if text == run.text else before + text
        if text:
            yield replace(run, text=text)


def _gone(match: re.Match[str], *, offset: int, found: list[tuple[str, str]]) -> str:
    """What stays of a note mark; one before ``offset`` was seen already, one at the beginning heads a note."""
    before = match.string[: match.start()]
    if match.start() < offset or not before.strip():
        return match[0]
    found.append(("Left out, the mark of a note", match[0].strip()))
    after = match.string[match.end() : match.end() + 1]
    return " " if before[-1:].isalnum() and after.isalnum() else ""
