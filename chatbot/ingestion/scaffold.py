"""The about.toml and questions.toml that a new article starts with, for the editor to fill in."""

import json
import re
import textwrap
import unicodedata
from collections.abc import Iterator, Sequence

from chatbot.corpus.documents import Document, Span
from chatbot.corpus.question_bank import FEWEST_FIRST_WORDS, stretch_words
from chatbot.ingestion.boilerplate import Suspect, suspicious
from chatbot.ingestion.source import Kind, one_line
from chatbot.ingestion.writing import Converted

LONGEST_NAME = 60


def name_from(title: str) -> str:
    """A name made of a title; empty when it has no plain letter.

    >>> name_from("¿Qué es la naloxona? (Guía)")
    'que-es-la-naloxona-guia'
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", re.sub(r"[’']", "", plain)).strip("-")
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME + 1].rpartition("-")[0]


def about_toml(
    converted: Converted, *, title: str, language: str, digest: str, changes: Sequence[tuple[int, str]] = ()
) -> str:
    """The text of about.toml for a converted file; ``changes`` are the positions from which the language is another."""
    once = converted.text.count(title) == 1
    headings = [line for line in _headings(converted) if not (once and line == title)]
    lines = [
        "# What we know about this article. The article itself is never edited: see ../README.md.",
        'status = "draft" # until: python -m chatbot approve NAME --by "name, role"',
        f"title = {_quoted(title)}",
        'publisher = "" # as the text itself names it',
        f"language = {_quoted(language)}",
        'source = "" # the address, when one is known',
        'published = "" # the date, when the text gives one',
        f"sha256 = {_quoted(digest)}",
        'rights = "" # who allows that it is quoted here',
        "",
        "# A line that matches one of these patterns (regular expressions, the whole line) starts a section.",
        "headings = [",
        *(f"  {_quoted(_pattern(line))}," for line in headings),
        "]",
        "",
        *_pages(converted),
        *_changes(converted.text, changes),
        "# Stretches that are never quoted, word for word. Each must be found once; `every = true` takes all places.",
    ]
    if once:
        lines += ["[[leave_out]]", f"text = {_quoted(title)}", 'reason = "title"', ""]
    lines += ["# Proposals: take the “# ” away from those that are no part of the article, and delete the others.", ""]
    return "\n".join(lines)


def _headings(converted: Converted) -> list[str]:
    """The headings, without those of the site; "Home" or "Help" with a sentence below is one of the article."""
    found: list[str] = []
    for block, after in zip(converted.blocks, [*converted.blocks[1:], None], strict=True):
        line = one_line(block.text)
        headed = after is not None and re.search(r"[.!?:]$", after.text.strip()) is not None
        reason = suspicious(line)
        own = not reason or (headed and reason == "note of the site")
        if block.kind == Kind.HEADING and line not in found and own:
            found.append(line)
    return found


def _pages(converted: Converted) -> list[str]:
    """The positions of the pages of a PDF, for citations."""
    if not converted.pages:
        return []
    starts = dict(converted.pages)
    last, listed = 0, list[int]()
    for page in range(1, max(starts) + 1):  # a page without text begins where the one before does
        last = starts.get(page, last)
        listed.append(last)
    return ["# Where the pages of the original begin in article.txt, for citations.", f"pages = {listed}", ""]


def _changes(text: str, changes: Sequence[tuple[int, str]]) -> list[str]:
    lines: list[str] = []
    for number, (start, language) in enumerate(changes):
        end = changes[number + 1][0] if number + 1 < len(changes) else len(text)
        ends = stretch_words(text, Span(start, end))
        if ends:
            lines += ["[[languages]]", f"from = {_quoted(ends[0])}", f"language = {_quoted(language)}", ""]
    return ["# From these words on the text is in another language.", *lines] if lines else []


def _pattern(line: str) -> str:
    """A pattern that matches this line only; unlike ``re.escape`` it leaves alone what needs no backslash."""
    return re.sub(r"[\\.^$*+?{}\[\]|()]", r"\\\g<0>", line)


def _quoted(text: str) -> str:
    """A text as TOML writes it: the same as JSON for what ``paragraphs.cleaned`` lets pass."""
    return json.dumps(text, ensure_ascii=False)


def left_out_proposal(document: Document, suspect: Suspect) -> str:
    """A commented entry of about.toml that would leave a suspect stretch out."""
    words = document.slice(suspect.span)
    every = "# every = true\n" if document.text.count(words) > 1 else ""
    return f"\n# [[leave_out]]\n# text = {_quoted(words)}\n# reason = {_quoted(suspect.reason)}\n{every}"


def questions_toml(document: Document, suspects: Sequence[Suspect]) -> str:
    """Every passage as an answer without questions yet."""
    parts = [
        "# The question bank: what this article answers, and how families ask for it. See ../README.md.\n"
        "# Each passage is laid out. Write the questions that it answers; split, merge or delete entries as you like.\n"
        "# Until half of the sentences have eight questions, the article is searched by its own words as well.\n"
    ]
    names: set[str] = set()
    section = None
    for run, number in _runs(document, [suspect.span for suspect in suspects]):
        if number != section:
            parts.append(f"\n# ---- {document.section_title(number)} ----\n")
            section = number
        parts.append(_entry(document, run, names))
    return "".join(parts)


def _runs(document: Document, holes: Sequence[Span]) -> Iterator[tuple[Span, int]]:
    """What is left of each passage without suspicious stretches, with its section."""
    for passage in document.passages:
        run: list[Span] = []
        for unit in passage.units:
            if any(hole.covers(unit) for hole in holes):
                if run:
                    yield Span(run[0].start, run[-1].end), passage.section
                run = []
            else:
                run.append(unit)
        if run:
            yield Span(run[0].start, run[-1].end), passage.section


def _entry(document: Document, span: Span, names: set[str]) -> str:
    shown = textwrap.indent(textwrap.fill(" ".join(document.slice(span).split()), 110), "# ")
    ends = stretch_words(document.text, span)
    if ends is None:
        return f"\n# Not laid out, since the same words stand elsewhere in the article as well:\n{shown}\n"
    first, last = ends
    name = base = name_from(" ".join(document.slice(span).split()[:FEWEST_FIRST_WORDS])) or "passage"
    number = 1
    while name in names:
        number += 1
        name = f"{base}-{number}"
    names.add(name)
    return (
        f"\n{shown}\n[[answers]]\nname = {_quoted(name)}\n"
        f"stretches = [{{ first = {_quoted(first)}, last = {_quoted(last)} }}]\n"
        '# ask = { en = "", es = "" }\n[answers.questions]\nen = []\nes = []\n'
    )
