"""English, Spanish or another language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.query.language import ENGLISH, OTHER, SPANISH, detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("what can we do for our daughter", ENGLISH),
        ("rehab??", ENGLISH),
        ("", ENGLISH),
        ("¿cuáles son las señales?", SPANISH),
        ("mi hija no quiere hablar con nosotros y no sé qué hacer", SPANISH),
        ("mon fils prend de l'héroïne et je ne sais pas quoi faire", OTHER),
        ("мой сын употребляет наркотики", OTHER),
        ("我儿子在吸毒", OTHER),
    ],
)
def test_language_is_told(text: str, language: str) -> None:
    """A message is put down to its language."""
    assert detect(text) == language


def test_our_own_questions_are_in_our_languages(real_questions: list[tuple[str, str]]) -> None:
    """Of the questions of the bank, longer than a few words, next to none is taken for a third language."""
    longer = [text for text, _ in real_questions if len(text.split()) > 4]
    lost = [text for text in longer if detect(text) == OTHER]

    assert len(lost) <= len(longer) * 0.002, lost


@given(st.text(max_size=80))
def test_any_text_has_a_language(text: str) -> None:
    """No text breaks the detection."""
    assert detect(text) in {ENGLISH, SPANISH, OTHER}
