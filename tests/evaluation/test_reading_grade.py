"""Reading grades: by a formula for each language, hard texts refused, and what is shipped is easy."""

from dataclasses import replace
from pathlib import Path

import pytest

from chatbot.corpus.notices import load_wordings
from chatbot.corpus.places import load_places
from chatbot.errors import CorpusError
from chatbot.evaluation.reading_grade import HARDEST, Graded, grade_all, grade_of, lines_of_grades, refuse_hard
from tests.conftest import REAL_CORPUS

NOTICES = REAL_CORPUS / "notices"
EASY = {"en": ["Stay with them. Call for help."], "es": ["Quédese con ella. Pida ayuda."]}
HARD = {
    "en": ["Administration of an opioid antagonist necessitates subsequent observation in an appropriate facility."],
    "es": ["La administración de un antagonista necesita observación posterior en una institución especializada."],
}


@pytest.mark.parametrize("language", ["en", "es"])
def test_long_words_and_sentences_are_hard(language: str) -> None:
    """The same in plain words has a lower grade, in each language, on both sides of the bound."""
    easy, hard = grade_of(EASY[language], language), grade_of(HARD[language], language)
    assert easy is not None
    assert hard is not None
    assert easy < HARDEST < hard


def test_formulas_as_they_were_published() -> None:
    """Words of one syllable, by hand: what Flesch, Kincaid and Crawford would reckon."""
    assert grade_of(["You can stay at home and eat. " * 2], "en") == pytest.approx(0.39 * 7 + 11.8 - 15.59)
    assert grade_of(["Yo sé que tú no vas. " * 2], "es") == pytest.approx(-20.5 / 6 + 4.9 - 3.407)


@pytest.mark.parametrize(
    ("word", "syllables"),
    [("día", 2), ("línea", 3), ("ayuda", 3), ("agua", 2), ("ciudad", 2), ("guía", 2), ("quien", 1), ("muy", 1)],
)
def test_spanish_syllables(word: str, syllables: int) -> None:
    """A syllable of Spanish is a strong vowel or a group of weak ones; the u of que is none."""
    assert grade_of([word], "es") == pytest.approx(-20.5 + 4.9 * syllables - 3.407)


def test_numbers_and_unknown_languages() -> None:
    """A telephone number makes no text harder, and a language without a formula has no grade."""
    assert grade_of(["Call 1-800-662-4357."], "en") == grade_of(["Call."], "en")
    assert grade_of(["911"], "en") is None
    assert grade_of(["Appelez maintenant."], "fr") is None


def test_hard_text_needs_a_reason() -> None:
    """A text above the bound is refused with its file, unless it says why; an easy one may not say so."""
    hard = Graded("crisis.overdose", "es", HARDEST + 0.1)
    refuse_hard([replace(hard, reason="a law's name")], NOTICES)
    refuse_hard([replace(hard, grade=HARDEST)], NOTICES)
    with pytest.raises(CorpusError, match=r"es\.toml.*crisis\.overdose.*7\.1") as refused:
        refuse_hard([hard], NOTICES)
    assert refused.value.next_step
    with pytest.raises(CorpusError, match="easy enough"):
        refuse_hard([replace(hard, grade=3.0, reason="a law's name")], NOTICES)


def test_every_text_is_graded() -> None:
    """Each notice of each language is printed with its grade, those for several articles, labels and places as well."""
    wordings = load_wordings(NOTICES)
    graded = grade_all(wordings, load_places(NOTICES / "places.toml"))
    printed = "\n".join(lines_of_grades(graded))
    for language, wording in wordings.items():
        named = {one.name for one in graded if one.language == language}
        assert wording.notices.keys() <= named
        assert {"about.promise (several articles)", "label question_hint", "place mexico"} <= named
        assert f"({language}): " in printed
    assert all(one.name in printed for one in graded)


def test_shipped_texts_are_easy() -> None:
    """No text that is shipped is refused, and those that are marked are the two that speak the other language."""
    graded = grade_all(load_wordings(NOTICES), load_places(NOTICES / "places.toml"))
    refuse_hard(graded, Path("corpus"))
    assert {one.name for one in graded if one.reason} == {"language.other", "language.suggest"}
