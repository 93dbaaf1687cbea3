"""The training of the reader's adapter: what it draws, what it keeps apart, and that it teaches."""

import random

import numpy as np
import pytest

from benchmarks.support.open_articles import ELSEWHERE, FITTED_ON, asked_elsewhere, rows_in, rows_under
from benchmarks.support.reading_lessons import TRAINED_ON, ReadingLesson
from benchmarks.train_reader import PASSAGES, cut_pair, draw, trained
from chatbot.indexing.adapter_training import Pair, mean_pair
from chatbot.models.adapter import Adapter, delta
from chatbot.models.reader import READER_SHA256, OnnxReader, packaged_reader

WRONG = tuple(f"The clinic opens at {hour}." for hour in range(1, 10))


def test_a_question_is_drawn_with_right_and_wrong_passages() -> None:
    """A question that is answered has right passages and wrong ones, a near-miss wrong ones only."""
    answered = ReadingLesson("when", is_answerable=True, right=("At ten.",), wrong=WRONG, exact=("Ten.",))
    near = ReadingLesson("how much", is_answerable=False, right=(), wrong=WRONG)
    chance = random.Random(0)
    for _ in range(20):
        drawn = draw(answered, chance)
        assert drawn is not None
        question, right, wrong = drawn
        assert (question, len(right), len(right) + len(wrong)) == ("when", 1, PASSAGES)
        assert set(right) <= {"At ten.", "Ten."}
        nothing = draw(near, chance)
        assert nothing is not None
        assert (nothing[1], len(nothing[2])) == ([], PASSAGES - 1)


def test_what_no_passage_answers_is_not_drawn() -> None:
    """A question whose answer was not found teaches nothing: it is no near-miss."""
    assert draw(ReadingLesson("when", is_answerable=True, right=(), wrong=WRONG), random.Random(0)) is None


def test_the_mean_of_thin_matrices_is_that_of_their_products() -> None:
    """The mean of one is itself, and that of two which share what they read is exact: no other has a lower rank."""
    chance = np.random.default_rng(5)
    down, one, two = (chance.normal(size=size).astype(np.float16) for size in ((3, 20), (30, 3), (30, 3)))

    def mean(*pairs: Pair) -> Pair:
        return cut_pair(mean_pair(pairs), rank=3)

    assert np.allclose(delta(*mean((down, one))), delta(down, one), atol=0.02)
    assert np.allclose(delta(*mean((down, one), (down, two))), delta(down, (one + two) / 2), atol=0.02)
    weakened = cut_pair(mean_pair([(down, one)]), rank=3, strength=0.5)
    assert np.allclose(delta(*weakened), 0.5 * delta(down, one), atol=0.02)
    assert [half.shape for half in mean((down, one), (down, two))] == [down.shape, one.shape]


@pytest.mark.model
def test_training_teaches() -> None:
    """A passage that answers is liked better after it was taught, and for a near-miss no passage is."""
    right, near = "Visits are on Monday.", "Is there a fee?"
    lessons = [ReadingLesson("when may I come", is_answerable=True, right=(right,), wrong=WRONG)] * 96
    lessons += [ReadingLesson(near, is_answerable=False, right=(), wrong=(right, *WRONG))] * 96
    adapter = Adapter(READER_SHA256["model.onnx"], "", trained(lessons))
    before, after = OnnxReader(packaged_reader()), OnnxReader(packaged_reader(), adapter)

    def margin(reader: OnnxReader) -> float:
        return float(reader.read("when may I come", [right])[0] - reader.read(near, [right])[0])

    assert margin(after) > margin(before) + 1


def test_articles_that_are_fitted_on_are_not_trained_on() -> None:
    """The articles whose questions choose weights and thresholds are others than those the adapter has read."""
    trained_on, fitted_on = ({path.name for path in folder.iterdir()} for folder in (TRAINED_ON, FITTED_ON))
    assert not trained_on & fitted_on
    assert sum(len(rows_under(folder)) for folder in (TRAINED_ON, FITTED_ON)) > 4000


def test_questions_about_anything_else_are_dealt_out_once() -> None:
    """Each is asked of one article of its language; what weights are fitted on is by other writers than what trains."""
    dealt = [asked_elsewhere(sorted(TRAINED_ON.iterdir()), to_train=True)]
    dealt.append(asked_elsewhere(sorted(FITTED_ON.iterdir()), to_train=False))
    rows = [[row for own in each.values() for row in own] for each in dealt]
    assert sorted(row["id"] for each in rows for row in each) == sorted(row["id"] for row in rows_in(ELSEWHERE))
    assert not {row["by"] for row in rows[0]} & {row["by"] for row in rows[1]}
    for folder, each in ((TRAINED_ON, rows[0]), (FITTED_ON, rows[1])):
        for row in each:
            about = (folder / row["article"] / "about.toml").read_text(encoding="utf-8")
            assert f'language = "{row["language"]}"' in about
