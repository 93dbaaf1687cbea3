"""The question bank: answers, their stretches of the article, and their questions."""

from pathlib import Path

import pytest

from chatbot.corpus.corpus import Corpus, load_corpus
from chatbot.errors import CorpusError
from tests.support.fakes import ABOUT, ARTICLE, QUESTIONS, write_article


def test_every_sentence_belongs_to_an_answer(real_corpus: Corpus) -> None:
    """No sentence of the article is in no answer."""
    units = {unit for document in real_corpus.documents for passage in document.passages for unit in passage.units}
    answered = {unit for answer in real_corpus.answers for unit in answer.units}

    assert sorted(real_corpus.documents[0].slice(unit) for unit in units - answered) == []


@pytest.mark.parametrize(
    ("stretch", "words"),
    [
        ('{ first = "nowhere", last = "A doctor can help." }', "not found"),
        ('{ first = "A", last = "A doctor can help." }', "more than once"),
        ('{ first = "Track marks", last = "A doctor can help." }', "heading or a left-out"),
        ('{ first = "Two medicines", last = "Track marks" }', "not a stretch"),
        ('{ first = "hide it well.", last = "Some people" }', "not a stretch"),
        ('{ first = "Buy our", last = "product today!" }', "not a stretch"),
        ('{ first = "Two medicines" }', "`last` of stretch 1 is missing"),
    ],
)
def test_faults_of_stretches_are_named(tmp_path: Path, stretch: str, words: str) -> None:
    """An answer whose words are not a stretch of the article is refused."""
    questions = f'[[answers]]\nname = "x"\nstretches = [{stretch}]\n'
    write_article(tmp_path / "corpus" / "small", ARTICLE, about=ABOUT, questions=questions)

    with pytest.raises(CorpusError, match=words):
        load_corpus(tmp_path / "corpus")


def test_answer_without_a_stretch_is_refused(tmp_path: Path) -> None:
    """An answer that shows nothing is refused."""
    write_article(tmp_path / "corpus" / "small", ARTICLE, about=ABOUT, questions='[[answers]]\nname = "empty"\n')

    with pytest.raises(CorpusError, match="the answer `empty` has no entry"):
        load_corpus(tmp_path / "corpus")


def test_questions_must_be_texts(tmp_path: Path) -> None:
    """A question that is empty or no text is refused with its file."""
    for questions in ('en = ["", "x"]', "en = [1]", 'en = "one"'):
        bank = QUESTIONS.partition("[answers.questions]")[0] + f"[answers.questions]\n{questions}\n"
        write_article(
            tmp_path / questions[5:8] / "small", ARTICLE, about=ABOUT.replace(', "signs"', ""), questions=bank
        )
        with pytest.raises(CorpusError, match=r"questions\.toml: `en` of `questions` of the answer `hidden` is"):
            load_corpus(tmp_path / questions[5:8])


def test_units_of_an_answer_are_those_of_its_stretches(real_corpus: Corpus) -> None:
    """Every answer that is shipped has sentences or list items, each within one of its stretches."""
    for answer in real_corpus.answers:
        assert answer.units, answer.name
        assert all(any(stretch.covers(unit) for stretch in answer.stretches) for unit in answer.units), answer.name


def test_no_question_stands_in_two_places(real_questions: list[tuple[str, str]]) -> None:
    """The same question under two answers or topics would teach nothing."""
    places: dict[str, set[str]] = {}
    for text, label in real_questions:
        places.setdefault(" ".join(text.casefold().split()), set()).add(label)

    assert {text: sorted(labels) for text, labels in places.items() if len(labels) > 1} == {}
