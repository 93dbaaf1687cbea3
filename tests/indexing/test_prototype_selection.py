"""Prototype selection: what is left out of the index decides about no held-out question."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chatbot.indexing.runs.prototype_selection import (
    MATTER,
    indexed_questions,
    question_key,
    superfluous_questions,
)
from chatbot.retrieval.ranking import nearest_among

QUESTIONS, CLASSES = 60, 4
WRITERS = ["", "aunt", "nurse"] * (QUESTIONS // 3)


@given(st.integers(0, 2**32 - 1))
def test_without_them_the_classes_that_matter_look_the_same(seed: int) -> None:
    """For a held-out question, the features of its class and of the likeliest are those of the whole bank."""
    chance = np.random.default_rng(seed)
    vectors = chance.normal(size=(QUESTIONS, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    targets, held_out = np.arange(QUESTIONS) // 3 % CLASSES, chance.random(QUESTIONS) < 0.1
    names = np.array(WRITERS)

    kept = ~superfluous_questions(vectors, targets, WRITERS, held_out.tolist())

    for number in np.flatnonzero(held_out).tolist():
        others = names != names[number] if names[number] else ~held_out
        whole, less = (
            nearest_among(vectors[known], targets[known], vectors[number], classes=CLASSES)
            for known in (others, others & kept)
        )
        likeliest = np.argsort(-whole[:, 1], kind="stable")[:MATTER].tolist()
        for column in {int(targets[number]), *likeliest}:
            np.testing.assert_allclose(less[column], whole[column], rtol=1e-5)


def test_a_question_that_nothing_meets_is_left_out() -> None:
    """Of many questions of one class that point the same way only the three nearest are needed."""
    vectors = np.stack([np.ones(20), np.linspace(0.0, 1.0, 20)], axis=1).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    held_out = [number == 0 for number in range(20)]

    found = superfluous_questions(vectors, np.zeros(20, dtype=np.intp), [""] * 20, held_out)

    assert np.flatnonzero(~found).tolist() == [1, 2, 3]


def test_a_question_that_moved_to_another_answer_is_held() -> None:
    """What is left out is left out of its class: an editor who moves a question finds it in the index."""
    pairs = [("is there hope", "hope"), ("is there hope", "steps")]

    assert indexed_questions(pairs, {question_key("is there hope", "hope")}).tolist() == [1]


def test_a_bank_without_a_held_out_question_or_writer() -> None:
    """Nothing to ask, or nobody to ask: all is superfluous, and nothing fails."""
    vectors = np.eye(3, dtype=np.float32)
    targets = np.arange(3)

    assert superfluous_questions(vectors, targets, ["a"] * 3, [True] * 3).all()
    assert superfluous_questions(vectors[:0], targets[:0], [], []).tolist() == []
