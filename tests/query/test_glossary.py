"""Standard words for slang and misspellings."""

from hypothesis import given
from hypothesis import strategies as st

from chatbot.query.language import detect
from tests.support.glossary import GLOSSARY


def test_phrases_become_standard_words() -> None:
    """A phrase of the glossary is replaced wherever it stands as a whole word."""
    assert GLOSSARY.standard("Subs when dope sick? subscribe") == "suboxone when withdrawal? subscribe"


def test_letters_that_only_match_leave_the_text_alone() -> None:
    """A letter that a search takes for another, such as the long s, breaks nothing."""
    assert "ſub" in GLOSSARY.standard("ſubs and dope ſick")


def test_misspelled_words_become_the_nearest_word_of_the_bank() -> None:
    """A word that no dictionary knows becomes the word of the bank that it is nearest to."""
    assert GLOSSARY.standard("what medicatons for withdrawl") == "what medications for withdrawal"


def test_english_words_stay() -> None:
    """A correct word is never changed, however near another one is."""
    assert GLOSSARY.standard("dose the feal flue help") == "dose the feel flue help"


def test_other_languages_are_not_respelled() -> None:
    """Spanish words are no misspelled English ones."""
    text = "¿qué medicinas le dan en la desintoxicación a mi hijo?"

    assert text == GLOSSARY.standard(text)


def test_subjects_are_words_of_the_articles() -> None:
    """What a message is about are the telling words that it shares with the articles."""
    assert GLOSSARY.subjects("is suboxone like a medication for my nephew") == ("medication", "suboxone")


@given(st.text(max_size=300))
def test_any_text_has_standard_words(text: str) -> None:
    """No text breaks the glossary, and a text without letters stays as it is."""
    standard = GLOSSARY.standard(text)

    assert isinstance(standard, str)
    if not any(letter.isalpha() for letter in text):
        assert text == standard


def test_languages_are_told_apart() -> None:
    """English and Spanish are known, others are named other, fragments count as English."""
    assert detect("¿cómo sé si mi hija está usando?") == "es"
    assert detect("how do i know if shes using") == "en"
    assert detect("wie merke ich, ob mein Sohn Heroin nimmt?") == "other"
    assert detect("как понять что сын употребляет героин") == "other"
    assert detect("rehab types") == "en"


def test_a_flood_of_unknown_words_is_not_looked_up() -> None:
    """After so many different unknown words of one message further ones stay as they are typed."""
    flood = [f"medicaton{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(300)]
    mended = dict[str, str]()
    assert GLOSSARY.standard("medicatons", language="en", mended=mended) == "medications"
    GLOSSARY.standard(" ".join(flood), language="en", mended=mended)
    assert len(mended) == 100
    assert GLOSSARY.standard("medicatons withdrawl", language="en", mended=mended) == "medications withdrawl"
