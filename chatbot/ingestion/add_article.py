"""A converted text -> a folder of the corpus: checked as answering checks it, then put in place in one step.

Everything is written in a hidden folder beside the articles first, where nothing looks for one. What fails or is cut
off there changes nothing.
"""

import hashlib
import json
import re
import shutil
import tempfile
import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from chatbot.corpus.corpus import article_folders, load_answers, load_document
from chatbot.corpus.documents import Document, Span
from chatbot.errors import CorpusError
from chatbot.ingestion.blocks import Converted
from chatbot.ingestion.boilerplate import Suspect, find_suspects, suspicious
from chatbot.query.language import ENGLISH, OTHER, SPANISH, detect

REMOVED = ".removed"  # within the corpus; no article is looked for in there
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_NAME = 60
_FEWEST_FIRST_WORDS = 4
_LANGUAGES = {ENGLISH: "English", SPANISH: "Spanish"}
_SAMPLE = 4000  # characters that are enough to tell the language


@dataclass(frozen=True, slots=True)
class Added:
    """An article that was put in place, and what a person should look at."""

    folder: Path
    document: Document
    answers: int
    suspects: tuple[Suspect, ...]


def add_article(converted: Converted, original: Path, *, corpus: Path, name: str = "") -> Added:
    """Make the folder of an article. ``original`` is kept in it.

    Raises:
        CorpusError: the name or the text is there already, the language is none of the page, or nothing can be quoted.

    """
    title = converted.title or original.stem
    name = name or name_from(title)
    refuse_name(name, corpus)
    raw = converted.text.encode()
    language = detect(converted.text[:_SAMPLE])
    if language == OTHER:
        raise CorpusError(
            "The text seems to be neither English nor Spanish.",
            where=original,
            next_step="add a translation: the page answers in these two languages.",
        )
    digest = hashlib.sha256(raw).hexdigest()
    refuse_text(digest, corpus)
    corpus.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=corpus))
    try:
        folder = draft / name
        folder.mkdir()
        (folder / "article.txt").write_bytes(raw)
        shutil.copyfile(original, folder / f"original{original.suffix.lower()}")
        about = _about(converted, title=title, language=language, digest=digest)
        added = _write_tables(folder, about)
        return Added(folder.rename(corpus / name), *added)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write_tables(folder: Path, about: str) -> tuple[Document, int, tuple[Suspect, ...]]:
    """about.toml and questions.toml, read back as answering reads them."""
    (folder / "about.toml").write_text(about, encoding="utf-8")
    document = load_document(folder)
    suspects = tuple(find_suspects(document))
    proposals = "".join(dict.fromkeys(_proposal(document, suspect) for suspect in suspects))
    (folder / "about.toml").write_text(about + proposals, encoding="utf-8")
    (folder / "questions.toml").write_text(_bank(document, suspects), encoding="utf-8")
    return load_document(folder), len(load_answers(folder / "questions.toml", document)), suspects


def name_from(title: str) -> str:
    """A name made of a title; empty when it has no plain letter.

    >>> name_from("¿Qué es la naloxona? (Guía)")
    'que-es-la-naloxona-guia'
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", re.sub(r"[’']", "", plain)).strip("-")
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME + 1].rpartition("-")[0]


def refuse_name(name: str, corpus: Path) -> None:
    """CorpusError when a name cannot be used, or is taken by anything in the corpus."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise CorpusError(
            f"“{name}” is no name for an article.",
            where=corpus,
            next_step=f"give one with --name: small letters, digits and hyphens, {_LONGEST_NAME} at most.",
        )
    if (corpus / name).exists():
        raise CorpusError(
            "The name is taken.",
            where=corpus / name,
            next_step=f"give another with --name, or first: python -m chatbot remove {name}",
        )


def refuse_text(digest: str, corpus: Path) -> None:
    """CorpusError when the same text is an article already."""
    for folder in article_folders(corpus):
        path = folder / "article.txt"
        if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == digest:
            raise CorpusError("This text is an article already.", where=folder, next_step="nothing is to be added.")


def remove_article(name: str, *, corpus: Path) -> Path:
    """Put the folder of an article aside, where it is not read; the new place is returned."""
    names = [folder.name for folder in article_folders(corpus)]
    if name not in names:
        raise CorpusError(
            f"There is no article “{name}”.", where=corpus, next_step=f"name one of: {', '.join(names) or 'none'}."
        )
    if len(names) == 1:
        raise CorpusError(
            "It is the only article, and the page needs one.", where=corpus / name, next_step="add another first."
        )
    aside = corpus / REMOVED
    aside.mkdir(exist_ok=True)
    number, target = 2, aside / name
    while target.exists():
        number, target = number + 1, aside / f"{name}-{number}"
    return (corpus / name).rename(target)


def to_review(added: Added, original: Path, remarks: Sequence[str]) -> Iterator[str]:
    """Line by line what was made, what a person should look at, and the next commands."""
    document, folder = added.document, added.folder
    yield f"{folder}: “{document.title}”, {_LANGUAGES[document.language]}, {len(document.passages)} passages\n"
    yield "Review, in this order:"
    yield f"  {folder / 'article.txt'}: is it the text of {original.name}, whole?"
    yield from (f"    {remark}" for remark in remarks)
    yield f"  {folder / 'about.toml'}: title, publisher (empty), {len(document.headings)} guessed headings"
    for suspect in added.suspects:
        yield f"    to leave out? {suspect.reason}: {' '.join(document.slice(suspect.span).split())[:70]}"
    yield f"  {folder / 'questions.toml'}: {added.answers} passages wait for questions"
    yield "\nThen:\n  python -m chatbot check\n  python -m chatbot build"
    yield f"To undo: python -m chatbot remove {document.name}"


def _about(converted: Converted, *, title: str, language: str, digest: str) -> str:
    once = converted.text.count(title) == 1
    headings = [line for line in converted.headings if not suspicious(line) and not (once and line == title)]
    lines = [
        "# What we know about this article. The article itself is never edited: see ../README.md.",
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
        "# Stretches that are never quoted, word for word. Each must be found once; `every = true` takes all places.",
    ]
    if once:
        lines += ["[[leave_out]]", f"text = {_quoted(title)}", 'reason = "title"', ""]
    lines += ["# Proposals: take the “# ” away from those that are no part of the article, and delete the others.", ""]
    return "\n".join(lines)


def _pattern(line: str) -> str:
    """A pattern that matches this line only; unlike ``re.escape`` it leaves alone what needs no backslash."""
    return re.sub(r"[\\.^$*+?{}\[\]|()]", r"\\\g<0>", line)


def _quoted(text: str) -> str:
    """A text as TOML writes it: the same as JSON for what ``paragraphs.cleaned`` lets pass."""
    return json.dumps(text, ensure_ascii=False)


def _proposal(document: Document, suspect: Suspect) -> str:
    words = document.slice(suspect.span)
    every = "# every = true\n" if document.text.count(words) > 1 else ""
    return f"\n# [[leave_out]]\n# text = {_quoted(words)}\n# reason = {_quoted(suspect.reason)}\n{every}"


def _bank(document: Document, suspects: Sequence[Suspect]) -> str:
    """Every passage as an answer without questions yet."""
    parts = [
        "# The question bank: what this article answers, and how families ask for it. See ../README.md.\n"
        "# Each passage is laid out. Write the questions that it answers; split, merge or delete entries as you like.\n"
        "# While fewer than half of the sentences have a question, the article is searched by its own words as well.\n"
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
    ends = _ends(document.text, span)
    if ends is None:
        return f"\n# Not laid out, since the same words stand elsewhere in the article as well:\n{shown}\n"
    first, last = ends
    name = base = name_from(" ".join(document.slice(span).split()[:_FEWEST_FIRST_WORDS])) or "passage"
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


def _ends(text: str, span: Span) -> tuple[str, str] | None:
    """The fewest first and last words of a stretch that stand nowhere else; None when even all of them do."""
    words = [
        Span(span.start + word.start(), span.start + word.end())
        for word in re.finditer(r"\S+", text[span.start : span.end])
    ]
    heads = (text[span.start : word.end] for word in words[min(_FEWEST_FIRST_WORDS, len(words)) - 1 :])
    tails = (text[word.start : span.end] for word in words[max(0, len(words) - _FEWEST_FIRST_WORDS) :: -1])
    first = next((head for head in heads if text.find(head) == text.rfind(head)), None)
    last = next((tail for tail in tails if text.find(tail) == text.rfind(tail)), None)
    return (first, last) if first is not None and last is not None else None
