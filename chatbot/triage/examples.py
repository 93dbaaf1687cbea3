"""Reads emergencies.toml and requests.toml: the rules of triage, and the example messages of its classifiers."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from chatbot.corpus.question_bank import BankQuestion, load_questions
from chatbot.corpus.toml_reader import TomlTable, read_toml
from chatbot.triage.rules import Rule, normalised
from chatbot.triage.severity import KINDS, NONE

# What an entry of each list may name; anything else would never be shown, or would teach the wrong classifier.
_IN_RULES = ("crisis.*", "watch.*", "advice.*", "harm.*", "caution.*")
_IN_EMERGENCIES = (*(f"{strength}.{kind}" for strength in ("crisis", "watch") for kind in KINDS), NONE)
_IN_REQUESTS = ("advice.*", "harm.*", "chitchat.*", NONE, f"{NONE}.*")
_RULE = ("notice", "all_of", "none_of")
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
    """What an editor reviews about triage: rules, and example messages by notice id."""

    rules: tuple[Rule, ...]
    emergencies: tuple[Example, ...]
    requests: tuple[Example, ...]


def load_examples(folder: Path) -> Examples:
    """``emergencies.toml`` and ``requests.toml``; CorpusError when an entry lacks something or names a wrong notice."""
    emergencies = read_toml(folder / "emergencies.toml", ("rules", "examples"))
    requests = read_toml(folder / "requests.toml", ("examples",))
    return Examples(
        rules=tuple(_rule(entry) for entry in emergencies.entries("rules", "rule", _RULE)),
        emergencies=_examples(emergencies, _IN_EMERGENCIES),
        requests=_examples(requests, _IN_REQUESTS),
    )


def _rule(entry: TomlTable) -> Rule:
    groups = entry.items("all_of")
    if not groups or not all(groups):
        raise entry.fault("all_of", "has an empty group", next_step="fill it in.")
    return Rule(
        _notice(entry, _IN_RULES),
        tuple(_phrases(entry, "all_of", group) for group in groups),
        _phrases(entry, "none_of", entry.items("none_of")),
    )


def _phrases(entry: TomlTable, key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) and normalised(text) for text in value):
        raise entry.fault(key, f"has {value!r:.60}", next_step="write a list of phrases.")
    return tuple(" ".join(normalised(text)) for text in value)


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
