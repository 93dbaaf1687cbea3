"""The question bank: answers (spans of a document) and topics that no document covers, with their example questions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chatbot.corpus.articles import find_once
from chatbot.corpus.documents import Document, Span
from chatbot.corpus.toml_reader import TomlTable, read_toml, refuse_twice
from chatbot.errors import CorpusError

FEWEST_FIRST_WORDS = 4  # by which a stretch is named
_ANSWER = ("name", "stretches", "ask", "next", "questions", "by")
_STRETCH = ("first", "last")
_TOPIC = ("name", "notice", "questions", "by")


@dataclass(frozen=True, slots=True)
class BankQuestion:
    """A question as families put it, and the language it is written in.

    ``by`` is the independent writer who wrote it without having seen the bank; empty for the bank's own authors.
    """

    text: str
    language: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Stretches of one document that answer the questions of the bank listed with them.

    ``units`` are the sentences, list items and headings of the stretches. ``ask`` is the question as the page offers
    it, by language, empty when the page should not offer it. ``next`` names answers that an editor would suggest next.
    """

    name: str
    document: Document
    stretches: tuple[Span, ...]
    units: tuple[Span, ...]
    ask: Mapping[str, str]
    questions: tuple[BankQuestion, ...]
    next: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """Something families ask about that no article here answers.

    ``notice`` is the id of what our own notices say about it; empty for nothing.
    """

    name: str
    questions: tuple[BankQuestion, ...]
    notice: str = ""


def load_answers(path: Path, document: Document) -> tuple[Answer, ...]:
    """The question bank of an article; empty when there is none, for an article works without one."""
    if not path.exists():
        return ()
    entries = read_toml(path, ("answers",)).entries("answers", "answer", _ANSWER)
    answers = tuple(_answer(entry, document) for entry in entries)
    refuse_twice((answer.name for answer in answers), what="answer", where=path)
    names = {answer.name for answer in answers}
    listed = {*document.starters, document.who_decides} - {""}
    following = {name for answer in answers for name in answer.next}
    for where, keys, named in (
        (path.parent / "about.toml", "`starters` or `who_decides`", listed),
        (path, "`next`", following),
    ):
        if named - names:
            raise CorpusError(
                f"{keys} names an unknown answer: {min(named - names)}.", where=where, next_step="mend it."
            )
    return answers


def _answer(entry: TomlTable, document: Document) -> Answer:
    stretches = tuple(resolve_stretch(document, one) for one in entry.entries("stretches", "stretch", _STRETCH))
    if not stretches:
        raise entry.fault("stretches", "has no entry", next_step="add one.")
    ask = entry.by_language("ask")
    return Answer(
        name=entry.text("name"),
        document=document,
        stretches=stretches,
        units=tuple(
            unit for stretch in stretches for unit in (*document.units, *document.headings) if stretch.covers(unit)
        ),
        ask={language: ask.text(language) for language in ask.table},
        questions=_questions_of(entry),
        next=entry.texts("next"),
    )


def resolve_stretch(document: Document, stretch: TomlTable) -> Span:
    """From the sentence that holds the first words to the sentence that holds the last words; or a heading, whole."""
    first, last = (find_once(document.text, stretch, key) for key in _STRETCH)
    heading = next((one for one in document.headings if one.covers(first) and one.covers(last)), None)
    if heading:
        return heading
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


def stretch_words(text: str, span: Span) -> tuple[str, str] | None:
    """The fewest first and last words of a stretch that stand nowhere else; None when even all of them do."""
    words = [
        Span(span.start + word.start(), span.start + word.end())
        for word in re.finditer(r"\S+", text[span.start : span.end])
    ]
    heads = (text[span.start : word.end] for word in words[min(FEWEST_FIRST_WORDS, len(words)) - 1 :])
    tails = (text[word.start : span.end] for word in words[max(0, len(words) - FEWEST_FIRST_WORDS) :: -1])
    first = next((head for head in heads if text.find(head) == text.rfind(head)), None)
    last = next((tail for tail in tails if text.find(tail) == text.rfind(tail)), None)
    return (first, last) if first is not None and last is not None else None


def _questions_of(entry: TomlTable) -> tuple[BankQuestion, ...]:
    """The questions of the bank's authors, then those of each independent writer."""
    written = entry.within("by")
    others = (question for writer in written.table for question in load_questions(written, writer, by=writer))
    return (*load_questions(entry, "questions"), *others)


def load_questions(entry: TomlTable, key: str, *, by: str = "") -> tuple[BankQuestion, ...]:
    """Questions by language code, as ``{en = [...], es = [...]}``."""
    asked = entry.by_language(key)
    return tuple(BankQuestion(text, language, by) for language in asked.table for text in asked.texts(language))


def load_topics(path: Path) -> tuple[Topic, ...]:
    """Topics that no article answers; empty when the file is missing."""
    if not path.exists():
        return ()
    entries = read_toml(path, ("topics",)).entries("topics", "topic", _TOPIC)
    topics = tuple(Topic(entry.text("name"), _questions_of(entry), entry.text("notice", "")) for entry in entries)
    refuse_twice((topic.name for topic in topics), what="topic", where=path)
    return topics
