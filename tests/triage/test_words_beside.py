"""What people in panic say beside a sign of danger takes nothing from it."""

import tomllib
from pathlib import Path

import pytest

from chatbot.triage.signs import Grammar

BESIDE = tomllib.loads((Path(__file__).parent.parent / "data" / "words_of_panic.toml").read_text(encoding="utf-8"))
LOST = 0.02  # share that may be lost: "I am so scared she will not wake up" may be said of tomorrow


def is_alarm(grammar: Grammar, text: str) -> bool:
    """Whether a message raises an emergency now."""
    return any(notice.startswith("crisis.") for notice in grammar.raised(text))


@pytest.mark.parametrize("language", sorted(BESIDE))
def test_words_of_panic_take_nothing(shipped: Grammar, language: str) -> None:
    """A sentence that a sign knows raises its emergency before and after other words of panic, without a full stop."""
    known = [text for sign in shipped.signs for text in sign.knows[language] if is_alarm(shipped, text)]
    said = [
        (f"{known[(number + step) % len(known)]} {words}", f"{words} {known[(number + step) % len(known)]}")
        for number, words in enumerate(BESIDE[language])
        for step in range(0, len(known), 3)
    ]
    lost = [text for pair in said for text in pair if not is_alarm(shipped, text)]
    assert len(lost) <= LOST * 2 * len(said), lost
