"""Folders of corpus/ -> checked documents, answers with their questions, and topics that are not covered.

Every fault names its file and the next step. Nothing here writes.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from chatbot.corpus.documents import Caution, Document, LeftOut, Span
from chatbot.corpus.segmentation import find_headings, split_passages
from chatbot.corpus.toml_reader import Form, read_form, refuse_twice
from chatbot.errors import CorpusError

# What an editor may write, by file and entry.
_ABOUT = (
    *("title", "publisher", "language", "source", "published", "sha256", "rights", "headings"),
    *("starters", "who_decides", "leave_out", "cautions"),
)
_LEFT_OUT = ("text", "reason", "every")
_CAUTION = ("text", "notice")
_ANSWER = ("name", "stretches", "ask", "questions")
_STRETCH = ("first", "last")
_TOPIC = ("name", "questions")


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


@dataclass(frozen=True)  # no slots: ``unbanked`` is asked for with every message and is worked out once
class Corpus:
    """All that may be shown and how families ask for it. ``files`` maps relative paths to their sha256."""

    documents: tuple[Document, ...]
    answers: tuple[Answer, ...]
    topics: tuple[Topic, ...]
    files: Mapping[str, str]

    @cached_property
    def fingerprint(self) -> str:
        """sha256 over every file: a place means the same words to all who have the same."""
        return hashlib.sha256(json.dumps(sorted(self.files.items())).encode()).hexdigest()

    @cached_property
    def unbanked(self) -> frozenset[int]:
        """Numbers of the documents whose bank has questions for fewer than half of the sentences, or none.

        Their sentences are searched as well, so that a bank can be written passage by passage.
        """
        asked = {(answer.document.name, unit) for answer in self.answers if answer.questions for unit in answer.units}
        counts = Counter(name for name, _ in asked)
        return frozenset(
            number for number, document in enumerate(self.documents) if 2 * counts[document.name] < len(document.units)
        )


def load_corpus(folder: Path) -> Corpus:
    """Read and check everything under ``folder``; CorpusError on the first fault."""
    articles = article_folders(folder)
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


def article_folders(folder: Path) -> list[Path]:
    """The folders of the articles under ``folder``, in order; hidden ones hold drafts and what was removed."""
    return sorted(path.parent for path in folder.glob("[!.]*/about.toml"))


def file_hashes(folder: Path) -> dict[str, str]:
    """Sha256 of every file that the index is made from, by its path relative to ``folder``.

    The wording is none of them: it is read at each start, and a new phone number must not wait for a build.
    """
    own = [path for article in article_folders(folder) for path in (*article.glob("*.toml"), article / "article.txt")]
    paths = sorted([*folder.glob("*.toml"), *own])
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def load_document(folder: Path) -> Document:
    """One article with its passages, from ``article.txt`` and ``about.toml``."""
    about, path = read_form(folder / "about.toml", _ABOUT), folder / "article.txt"
    text = _article_text(path, expected=about.text("sha256", ""))
    language = _language(about)
    left_out = tuple(
        LeftOut(span, entry.text("reason"))
        for entry in about.entries("leave_out", "left-out stretch", _LEFT_OUT)
        for span in _places(text, entry)
    )
    cautions = tuple(
        Caution(find_once(text, entry, "text"), entry.text("notice"))
        for entry in about.entries("cautions", "caution", _CAUTION)
    )
    headings = _headings(text, about)
    holes = [entry.span for entry in left_out]
    refuse_overlap([*headings, *holes], where=about.where)
    passages = split_passages(text, language=language, headings=headings, left_out=holes)
    if not passages:
        raise CorpusError("There is nothing to quote.", where=path, next_step="leave less out, or remove the folder.")
    return Document(
        name=folder.name,
        title=about.text("title"),
        publisher=about.text("publisher", ""),
        language=language,
        text=text,
        headings=headings,
        left_out=left_out,
        cautions=cautions,
        passages=passages,
        starters=about.texts("starters"),
        who_decides=about.text("who_decides", ""),
    )


def _language(about: Form) -> str:
    language = about.text("language")
    if not re.fullmatch(r"[a-z]{2}", language):
        raise about.fault("language", f"is {language!r:.60}", next_step="write two small letters, as en or es.")
    return language


def _headings(text: str, about: Form) -> tuple[Span, ...]:
    try:
        return find_headings(text, about.texts("headings"))
    except (re.error, OverflowError, RecursionError) as error:
        raise about.fault("headings", f"cannot be used: {error}", next_step="mend the pattern.") from error


def refuse_overlap(spans: Iterable[Span], *, where: Path) -> None:
    """CorpusError when two of the headings and left-out stretches share a place."""
    for one, other in pairwise(sorted(spans)):
        if one.overlap(other):
            raise CorpusError(
                f"Headings and left-out stretches overlap at {other.start}-{one.end}.",
                where=where,
                next_step="make them apart.",
            )


def _article_text(path: Path, *, expected: str) -> str:
    # Bytes, not text mode: text mode rewrites line ends, and every offset behind them would be wrong.
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise CorpusError("The file is missing.", where=path, next_step="put the article there.") from error
    except OSError as error:
        raise CorpusError(
            f"The file cannot be read: {error.strerror}.", where=path, next_step="make it a file that may be read."
        ) from error
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


def find_once(text: str, entry: Form, key: str) -> Span:
    """The place of the words in a field, which must occur exactly once."""
    words = entry.text(key)
    start = text.find(words)
    shown = words if len(words) <= 60 else words[:60] + "…"
    if start < 0:
        raise entry.fault(key, f"is not found in the article: “{shown}”", next_step="copy it exactly.")
    if text.find(words, start + 1) >= 0:
        raise entry.fault(key, f"is found more than once in the article: “{shown}”", next_step="use more words.")
    return Span(start, start + len(words))


def _places(text: str, entry: Form) -> list[Span]:
    """Where the words of a left-out stretch stand: once, or with ``every`` anywhere."""
    found = [Span(*match.span()) for match in re.finditer(re.escape(entry.text("text")), text)]
    return found if found and entry.flag("every") else [find_once(text, entry, "text")]


def load_answers(path: Path, document: Document) -> tuple[Answer, ...]:
    """The question bank of an article; empty when there is none, for an article works without one."""
    if not path.exists():
        return ()
    entries = read_form(path, ("answers",)).entries("answers", "answer", _ANSWER)
    answers = tuple(_answer(entry, document) for entry in entries)
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


def _answer(entry: Form, document: Document) -> Answer:
    stretches = tuple(resolve_stretch(document, one) for one in entry.entries("stretches", "stretch", _STRETCH))
    if not stretches:
        raise entry.fault("stretches", "has no entry", next_step="add one.")
    ask = entry.by_language("ask")
    return Answer(
        name=entry.text("name"),
        document=document,
        stretches=stretches,
        units=tuple(unit for stretch in stretches for unit in document.units if stretch.covers(unit)),
        ask={language: ask.text(language) for language in ask.table},
        questions=load_questions(entry, "questions"),
    )


def resolve_stretch(document: Document, stretch: Form) -> Span:
    """From the sentence that holds the first words to the sentence that holds the last words."""
    first, last = (find_once(document.text, stretch, key) for key in _STRETCH)
    touched = [unit for unit in document.units if unit.end > first.start and unit.start < last.end]
    holes = [*document.headings, *(entry.span for entry in document.left_out)]
    named = f"“{stretch.text('first'):.60}” to “{stretch.text('last'):.60}”"
    in_order = first.start < last.end
    if not touched or not in_order or not Span(touched[0].start, touched[-1].end).covers(Span(first.start, last.end)):
        raise CorpusError(
            f"{named} is not a stretch that may be quoted.",
            where=stretch.where,
            next_step="name the first and last words of whole sentences, in this order.",
        )
    span = Span(touched[0].start, touched[-1].end)
    if any(span.overlap(hole) for hole in holes):
        raise CorpusError(
            f"{named} runs over a heading or a left-out stretch.",
            where=stretch.where,
            next_step="name two stretches instead.",
        )
    return span


def load_questions(entry: Form, key: str) -> tuple[BankQuestion, ...]:
    """Questions by language code, as ``{en = [...], es = [...]}``."""
    asked = entry.by_language(key)
    return tuple(BankQuestion(text, language) for language in asked.table for text in asked.texts(language))


def load_topics(path: Path) -> tuple[Topic, ...]:
    """Topics that no article answers; empty when the file is missing."""
    if not path.exists():
        return ()
    entries = read_form(path, ("topics",)).entries("topics", "topic", _TOPIC)
    topics = tuple(Topic(entry.text("name"), load_questions(entry, "questions")) for entry in entries)
    refuse_twice((topic.name for topic in topics), what="topic", where=path)
    return topics
