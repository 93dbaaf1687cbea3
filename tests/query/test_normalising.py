"""The one form in which words are compared."""

from hypothesis import given
from hypothesis import strategies as st

from chatbot.query.normalising import folded, plain_sentences


@given(st.text(max_size=300))
def test_sentences_are_plain(text: str) -> None:
    """Whatever is typed, a sentence is words of small letters and digits with one space between."""
    for sentence in plain_sentences(text):
        assert sentence == " ".join(sentence.split()) != ""
        assert sentence.isascii()
        assert sentence == folded(sentence)


def test_answered_no_is_left_out() -> None:
    """An answering "no" is no word of the sentence after it; one that denies stays."""
    assert list(plain_sentences("No, respira mal")) == ["respira mal"]
    assert list(plain_sentences("no respira")) == ["no respira"]


@given(st.text(st.characters(codec="latin-1"), max_size=300), st.integers(min_value=1, max_value=40))
def test_the_end_of_a_long_text_is_read(text: str, longest: int) -> None:
    """Of a long text no more than the last characters are read, whatever one of them stands for."""
    assert sum(map(len, plain_sentences(f"{text}\ufdfa" * 3, longest=longest))) <= longest
