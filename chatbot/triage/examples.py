"""Reads what an editor reviews about triage: signs.toml, and the example messages of the classifiers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from chatbot.corpus.question_bank import BankQuestion, load_questions
from chatbot.corpus.toml_reader import TomlTable, read_toml
from chatbot.triage.severity import KINDS, NONE
from chatbot.triage.sign_file import load_grammar
from chatbot.triage.signs import Grammar

# What an entry of each list may name; anything else would never be shown, or would teach the wrong classifier.
_IN_EMERGENCIES = (*(f"{strength}.{kind}" for strength in ("crisis", "watch") for kind in KINDS), NONE)
_IN_REQUESTS = ("advice.*", "harm.*", "comfort.*", "chitchat.*", NONE, f"{NONE}.*")
_EXAMPLE = ("notice", "group", "by", "messages")


@dataclass(frozen=True, slots=True)
class Example:
    """A message and the notice that it should raise; ``none`` for a hard negative.

    ``group`` is the editor's name for it; ``by`` is the independent writer, empty for the bank's own authors.
    """

    notice: str
    text: str
    language: str = ""
    group: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Examples:
    """What an editor reviews about triage: the signs of danger, and example messages by notice id."""

    grammar: Grammar
    emergencies: tuple[Example, ...]
    requests: tuple[Example, ...]


def load_examples(folder: Path, *, real: Mapping[str, Iterable[str]] | None = None) -> Examples:
    """``signs.toml``, ``emergencies.toml`` and ``requests.toml``; CorpusError when an entry lacks something.

    ``real`` are words by language that are no slip of a word of the signs.
    """
    return Examples(
        grammar=load_grammar(folder / "signs.toml", real=real or {}),
        emergencies=_examples(read_toml(folder / "emergencies.toml", ("examples",)), _IN_EMERGENCIES),
        requests=_examples(read_toml(folder / "requests.toml", ("examples",)), _IN_REQUESTS),
    )


def _examples(form: TomlTable, allowed: Sequence[str]) -> tuple[Example, ...]:
    return tuple(
        Example(_notice(entry, allowed), message.text, message.language, entry.text("group", ""), entry.text("by", ""))
        for entry in form.entries("examples", "example", _EXAMPLE)
        for message in _messages(entry)
    )


def _notice(entry: TomlTable, allowed: Sequence[str]) -> str:
    notice = entry.text("notice", "")
    if not any(fnmatchcase(notice, form) for form in allowed):
        raise entry.fault(
            "notice",
            f"is {notice!r:.60}, which cannot be named here",
            next_step=f"write one of: {', '.join(allowed)}.",
        )
    return notice


def _messages(entry: TomlTable) -> tuple[BankQuestion, ...]:
    messages = load_questions(entry, "messages")
    if not messages:
        raise entry.fault("messages", "has no message", next_step="add some, by language.")
    return messages
