"""Edits of questions.toml and not-covered.toml, text -> text: only the lines that an edit is about change.

The bank has hundreds of thousands of characters, and a round-trip parser takes seconds for them. So the file is cut at
its entries, one of them is parsed with its comments and its order, edited, and put back.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import tomlkit

from chatbot.errors import CorpusError

ANSWER_LIST, TOPIC_LIST = "answers", "topics"  # the lists of the two files
LONGEST_QUESTION = 2000
# Remarks and empty lines at the end of an entry: they are about what follows.
_TAIL = re.compile(r"(?m)(?:^[ \t]*(?:#[^\n]*)?\r?\n)*\Z")


def add_questions(text: str, kind: str, name: str, questions: Mapping[str, Iterable[str]]) -> str:
    """The file with these questions, by language, at the end of an entry's; those that it has are not added again."""

    def edit(entry: Any) -> None:  # noqa: ANN401  (a table of tomlkit)
        asked = entry.setdefault("questions", tomlkit.table())
        known = {one for language in asked for one in asked[language]}
        for language, texts in questions.items():
            for one in dict.fromkeys(_checked(text) for text in texts):
                if one not in known:
                    _append(asked, language, one)

    return _edited(text, kind, name, edit)


def remove_question(text: str, kind: str, name: str, question: str) -> str:
    """The file without one question of an entry; CorpusError when the entry does not have it among its own."""

    def edit(entry: Any) -> None:  # noqa: ANN401
        asked = entry.get("questions", {})
        found = [(language, list(asked[language]).index(question)) for language in asked if question in asked[language]]
        if not found:
            raise CorpusError(
                "The question is not among those of the bank's own authors.", where=name, next_step="edit the file."
            )
        language, at = found[0]
        del asked[language][at]

    return _edited(text, kind, name, edit)


def set_offered(text: str, name: str, ask: Mapping[str, str]) -> str:
    """The file with the question that the page offers for an answer, by language; an empty one is not offered."""

    def edit(entry: Any) -> None:  # noqa: ANN401
        offered = {language: " ".join(one.split()) for language, one in ask.items() if one.strip()}
        if not offered:
            entry.pop("ask", None)
        elif dict(entry.get("ask", {})) != offered:
            table = tomlkit.inline_table()
            table.update(offered)
            entry["ask"] = table

    return _edited(text, ANSWER_LIST, name, edit)


def add_answer(text: str, name: str, stretches: Sequence[tuple[str, str]]) -> str:
    """The file with a new answer at its end, of stretches by their first and last words, without a question yet."""
    shown = ", ".join(f"{{ first = {_quoted(first)}, last = {_quoted(last)} }}" for first, last in stretches)
    return _with_entry(text, ANSWER_LIST, name, f"stretches = [{shown}]\n")


def add_topic(text: str, name: str) -> str:
    """The file with a new topic at its end."""
    return _with_entry(text, TOPIC_LIST, name, "")


def _with_entry(text: str, kind: str, name: str, lines: str) -> str:
    head = text if not text or text.endswith("\n") else f"{text}\n"
    gap = "\n" if head else ""
    entry = f"{gap}[[{kind}]]\nname = {_quoted(name)}\n{lines}[{kind}.questions]\nen = []\nes = []\n"
    return head + (entry.replace("\n", "\r\n") if "\r\n" in text else entry)


def _edited(text: str, kind: str, name: str, edit: Callable[[Any], None]) -> str:
    start, end = _place(text, kind, name)
    part = text[start:end]
    tail = _TAIL.search(part)
    cut = tail.start() if tail else len(part)
    document = tomlkit.parse(part[:cut])
    edit(document[kind][0])  # type: ignore[index]
    return text[:start] + tomlkit.dumps(document) + part[cut:] + text[end:]


def _place(text: str, kind: str, name: str) -> tuple[int, int]:
    """Where the entry stands: from its header to the next header, or to the end."""
    names = [entry.get("name") for entry in tomllib.loads(text).get(kind, [])]
    starts = [match.start() for match in re.finditer(rf"(?m)^[ \t]*\[\[[ \t]*{kind}[ \t]*\]\]", text)]
    if name not in names:
        raise CorpusError(f"There is no entry `{name}`.", where=kind, next_step="look at the page again.")
    if len(starts) != len(names):  # a header within a text: rare, and not worth a guess
        raise CorpusError("The file cannot be cut at its entries.", where=name, next_step="edit it by hand.")
    number = names.index(name)
    return starts[number], starts[number + 1] if number + 1 < len(starts) else len(text)


def _append(asked: Any, language: str, question: str) -> None:  # noqa: ANN401
    if language not in asked:
        asked[language] = tomlkit.array()
    texts = asked[language]
    if not len(texts) and "\n" not in texts.as_string():
        asked[language] = texts = tomlkit.array().multiline(True)
    texts.append(question)


def _checked(question: str) -> str:
    """A question in one line; CorpusError when it is none."""
    one = " ".join(question.split())
    if (
        not one
        or len(one) > LONGEST_QUESTION
        or any(ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 for letter in one)
    ):
        raise CorpusError(
            f"“{one[:40]}” is no question.", next_step=f"write one in a line, of {LONGEST_QUESTION} characters at most."
        )
    return one


def _quoted(text: str) -> str:
    return tomlkit.string(text).as_string()
