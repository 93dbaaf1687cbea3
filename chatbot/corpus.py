"""Folders of corpus/ -> checked documents, answers with their questions, and topics that are not covered.

Every fault names its file and the next step. Nothing here writes.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from chatbot.errors import CorpusError
from chatbot.splitting import find_headings, split_passages
from chatbot.texts import Caution, Document, LeftOut, Span

Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BankQuestion:
    """A question as families put it, and the language it is written in."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Stretches of one document that answer the questions of the bank listed with them.

    ``units`` are the sentences and list items of the stretches; ``ask`` is the question as the page offers it, by
    language, empty when the page should not offer it.
    """

    name: str
    document: Document
    stretches: tuple[Span, ...]
    units: tuple[Span, ...]
    ask: Mapping[str, str]
    questions: tuple[BankQuestion, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """Something families ask about that no article here answers."""

    name: str
    questions: tuple[BankQuestion, ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """All that may be shown and how families ask for it. ``files`` maps relative paths to their sha256."""

    documents: tuple[Document, ...]
    answers: tuple[Answer, ...]
    topics: tuple[Topic, ...]
    files: Mapping[str, str]

    @property
    def unbanked(self) -> frozenset[int]:
        """Numbers of the documents without a question bank: their sentences are searched instead."""
        with_bank = {answer.document.name for answer in self.answers}
        return frozenset(number for number, document in enumerate(self.documents) if document.name not in with_bank)


def load_corpus(folder: Path) -> Corpus:
    """Read and check everything under ``folder``; CorpusError on the first fault."""
    articles = sorted(path.parent for path in folder.glob("*/about.toml"))
    if not articles:
        raise CorpusError(
            "There is no article here.",
            where=folder,
            next_step="add a folder with article.txt and about.toml; README.md in this folder tells how.",
        )
    documents = tuple(load_document(article) for article in articles)
    answers = tuple(
        answer
        for article, document in zip(articles, documents, strict=True)
        for answer in load_answers(article / "questions.toml", document)
    )
    return Corpus(documents, answers, load_topics(folder / "not-covered.toml"), file_hashes(folder))


def file_hashes(folder: Path) -> dict[str, str]:
    """Sha256 of every file that the index is made from, by its path relative to ``folder``.

    The wording is none of them: it is read at each start, and a new phone number must not wait for a build.
    """
    articles = [path.parent for path in folder.glob("*/about.toml")]
    own = [path for article in articles for path in (*article.glob("*.toml"), article / "article.txt")]
    paths = sorted([*folder.glob("*.toml"), *own])
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def read_toml(path: Path) -> Table:
    """The table in a TOML file; CorpusError when it is missing or malformed."""
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError as error:
        raise CorpusError("The file is missing.", where=path, next_step="see corpus/README.md.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CorpusError(f"Not readable as TOML: {error}.", where=path, next_step="mend it.") from error


def load_document(folder: Path) -> Document:
    """One article with its passages, from ``article.txt`` and ``about.toml``."""
    about = read_toml(folder / "about.toml")
    path = folder / "article.txt"
    text = _article_text(path, expected=str(about.get("sha256", "")))
    for key in ("title", "language"):
        if not about.get(key):
            raise CorpusError(f"`{key}` is not filled in.", where=folder / "about.toml", next_step="fill it in.")
    left_out = tuple(
        LeftOut(find_once(text, _field(entry, "text", path), where=path), _field(entry, "reason", path))
        for entry in about.get("leave_out", [])
    )
    cautions = tuple(
        Caution(find_once(text, _field(entry, "text", path), where=path), _field(entry, "notice", path))
        for entry in about.get("cautions", [])
    )
    try:
        headings = find_headings(text, about.get("headings", []))
    except re.error as error:
        raise CorpusError(
            f"`headings`: {error}.", where=folder / "about.toml", next_step="mend the pattern."
        ) from error
    holes = [entry.span for entry in left_out]
    refuse_overlap([*headings, *holes], where=folder / "about.toml")
    passages = split_passages(text, language=about["language"], headings=headings, left_out=holes)
    if not passages:
        raise CorpusError("There is nothing to quote.", where=path, next_step="leave less out, or remove the folder.")
    return Document(
        name=folder.name,
        title=about["title"],
        publisher=about.get("publisher", ""),
        language=about["language"],
        text=text,
        headings=headings,
        left_out=left_out,
        cautions=cautions,
        passages=passages,
        starters=tuple(about.get("starters", [])),
        who_decides=about.get("who_decides", ""),
    )


def refuse_overlap(spans: Iterable[Span], *, where: Path) -> None:
    """CorpusError when two of the headings and left-out stretches share a place."""
    for one, other in pairwise(sorted(spans)):
        if one.overlap(other):
            raise CorpusError(
                f"Headings and left-out stretches overlap at {other.start}-{one.end}.",
                where=where,
                next_step="make them apart.",
            )


def _field(entry: Table, key: str, path: Path) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value:
        raise CorpusError(f"An entry has no `{key}`: {dict(entry)}.", where=path.parent, next_step="fill it in.")
    return value


def _article_text(path: Path, *, expected: str) -> str:
    # Bytes, not text mode: text mode rewrites line ends, and every offset behind them would be wrong.
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise CorpusError("The file is missing.", where=path, next_step="put the article there.") from error
    actual = hashlib.sha256(raw).hexdigest()
    if actual != expected:
        raise CorpusError(
            f"Its sha256 is {actual}, but about.toml says {expected or 'nothing'}.",
            where=path,
            next_step="restore the file, or review the new text and write its sha256 into about.toml.",
        )
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CorpusError(f"Not UTF-8: {error}.", where=path, next_step="save it as UTF-8.") from error


def find_once(text: str, words: str, *, where: Path) -> Span:
    """The place of ``words``, which must occur exactly once."""
    start = text.find(words)
    shown = words if len(words) <= 60 else words[:60] + "…"
    if start < 0:
        raise CorpusError(f"Not found in the article: “{shown}”.", where=where, next_step="copy it exactly.")
    if text.find(words, start + 1) >= 0:
        raise CorpusError(f"Found more than once in the article: “{shown}”.", where=where, next_step="use more words.")
    return Span(start, start + len(words))


def load_answers(path: Path, document: Document) -> tuple[Answer, ...]:
    """The question bank of an article; empty when there is none, for an article works without one."""
    if not path.exists():
        return ()
    answers = tuple(_answer(entry, document, path) for entry in read_toml(path).get("answers", []))
    refuse_twice((answer.name for answer in answers), what="answer", where=path)
    named = {*document.starters, document.who_decides} - {""}
    unknown = named - {answer.name for answer in answers}
    if unknown:
        raise CorpusError(
            f"`starters` or `who_decides` names an unknown answer: {min(unknown)}.",
            where=path.parent / "about.toml",
            next_step="mend it.",
        )
    return answers


def _answer(entry: Table, document: Document, path: Path) -> Answer:
    stretches = tuple(resolve_stretch(document, stretch, path) for stretch in entry.get("stretches", []))
    units = [unit for passage in document.passages for unit in passage.units]
    if not stretches:
        raise CorpusError(f"An entry has no stretch: {entry.get('name')}.", where=path, next_step="add one.")
    return Answer(
        name=_field(entry, "name", path),
        document=document,
        stretches=stretches,
        units=tuple(unit for stretch in stretches for unit in units if stretch.covers(unit)),
        ask=entry.get("ask", {}),
        questions=load_questions(entry.get("questions", {}), path),
    )


def resolve_stretch(document: Document, stretch: Table, path: Path) -> Span:
    """From the sentence that holds the first words to the sentence that holds the last words."""
    first = find_once(document.text, _field(stretch, "first", path), where=path)
    last = find_once(document.text, _field(stretch, "last", path), where=path)
    units = [unit for passage in document.passages for unit in passage.units]
    touched = [unit for unit in units if unit.end > first.start and unit.start < last.end]
    holes = [*document.headings, *(entry.span for entry in document.left_out)]
    in_order = first.start < last.end
    if not touched or not in_order or not Span(touched[0].start, touched[-1].end).covers(Span(first.start, last.end)):
        raise CorpusError(
            f"“{stretch['first']}” to “{stretch['last']}” is not a stretch that may be quoted.",
            where=path,
            next_step="name the first and last words of whole sentences, in this order.",
        )
    span = Span(touched[0].start, touched[-1].end)
    if any(span.overlap(hole) for hole in holes):
        raise CorpusError(
            f"“{stretch['first']}” to “{stretch['last']}” runs over a heading or a left-out stretch.",
            where=path,
            next_step="name two stretches instead.",
        )
    return span


def load_questions(table: Table, path: Path) -> tuple[BankQuestion, ...]:
    """Questions by language code, as ``{en = [...], es = [...]}``."""
    return tuple(BankQuestion(text, language) for language, texts in table.items() for text in _texts(texts, path))


def _texts(value: Any, path: Path) -> list[str]:  # noqa: ANN401  (what a TOML file holds is not known before)
    if not isinstance(value, list) or not all(isinstance(text, str) and text.strip() for text in value):
        raise CorpusError(f"Expected a list of texts, got {value!r:.80}.", where=path, next_step="mend it.")
    return value


def load_topics(path: Path) -> tuple[Topic, ...]:
    """Topics that no article answers; empty when the file is missing."""
    if not path.exists():
        return ()
    entries = read_toml(path).get("topics", [])
    topics = tuple(
        Topic(_field(entry, "name", path), load_questions(entry.get("questions", {}), path)) for entry in entries
    )
    refuse_twice((topic.name for topic in topics), what="topic", where=path)
    return topics


def refuse_twice(names: Iterable[str], *, what: str, where: Path) -> None:
    """CorpusError when a name occurs twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise CorpusError(f"Two entries for {what} `{name}`.", where=where, next_step="merge them.")
        seen.add(name)
