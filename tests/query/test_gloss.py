"""The gloss: Spanish words in English, for search only."""

from hypothesis import given
from hypothesis import strategies as st

from chatbot.query.gloss import Gloss, folded, load_gloss
from chatbot.query.glossary import Glossary
from chatbot.settings import ROOT

GLOSS = Gloss({"mi": "my", "hijo": "son", "consume": "uses", "heroina": "heroin", "se": "", "enganchado": "hooked"})


def test_words_are_read_with_and_without_accents() -> None:
    """A word is found however its accents and capitals are typed."""
    assert GLOSS.english("¿Mi HIJO consume heroína?") == GLOSS.english("mi hijo consume heroina?")
    assert GLOSS.english("mi hijo consume heroína") == "my son uses heroin"


def test_an_unknown_form_is_read_by_its_stem() -> None:
    """A form that is not listed has the English of the one with the same stem; one that is like none stays."""
    assert GLOSS.english("enganchados, xyz") == "hooked, xyz"


def test_without_words_nothing_changes() -> None:
    """A corpus without a gloss searches Spanish as it is."""
    assert Gloss({}).english("¿Qué?") == "¿Qué?"


@given(st.text(max_size=80))
def test_folding_twice_is_folding_once(text: str) -> None:
    """Folded text has no accent left to fold."""
    assert folded(folded(text)) == folded(text)


def test_the_shipped_gloss_is_folded_and_glosses_only_spanish() -> None:
    """Every form of the file can be found, and an English message never meets the gloss."""
    gloss = load_gloss(ROOT / "corpus" / "gloss-es.toml")
    glossary = Glossary(phrases={}, bank=["my son uses heroin"], articles=["heroin"], gloss=gloss)

    assert gloss.english("mi hija no duerme") != "mi hija no duerme"
    assert glossary.standard("come home", language="en") == "come home"
