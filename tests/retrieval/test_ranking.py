"""The ranker of answers and topics: its features against plain arithmetic, and what training makes of it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chatbot.indexing.ranker_training import FEWEST, fit_weights, held_out_weights
from chatbot.retrieval.ranking import CLOSEST, WEIGHTS, Ranker, nearest_by_class, stack_features, topic_classes


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(-1, 1, width=32)), min_size=20, max_size=60))
def test_means_are_those_of_sorted_lists(pairs: list[tuple[int, float]]) -> None:
    """With every question among the nearest, both features are plain means of each class's best."""
    ordered = sorted(pairs, key=lambda pair: -pair[1])
    columns = np.array([column for column, _ in ordered])
    similarities = np.array([similarity for _, similarity in ordered], dtype=np.float32)
    sizes = np.bincount(columns, minlength=4)

    found = nearest_by_class(columns, similarities, sizes)

    for number in range(4):
        own = sorted(similarities[columns == number].tolist(), reverse=True)[:CLOSEST] or [similarities[-1]]
        np.testing.assert_allclose(found[number], [own[0], np.mean(own)], rtol=1e-5, atol=1e-6)


def test_a_class_of_one_question_is_not_held_against_it() -> None:
    """The mean of the nearest three is over as many as the class has."""
    found = nearest_by_class(np.array([0, 1]), np.array([0.9, 0.1], dtype=np.float32), np.array([1, 1]))

    np.testing.assert_allclose(found[0], [0.9, 0.9], rtol=1e-6)


def test_a_small_bank_keeps_the_weights_that_come_with_the_program() -> None:
    """With few honest questions no weights are fitted: they would say nothing."""
    few = FEWEST - 1
    targets = np.arange(few) % 3
    weights = held_out_weights(
        ["a", "b", "not-covered/c"],
        np.eye(few, dtype=np.float32),
        targets,
        np.zeros((few, 3), dtype=np.float32),
        temperature=1.0,
        folds=targets,
    )

    np.testing.assert_array_equal(weights, WEIGHTS)


def test_fitted_weights_follow_the_signal_that_is_right() -> None:
    """A feature that tells the class gains weight; one that is noise loses."""
    chance = np.random.default_rng(0)
    targets = chance.integers(3, size=400)
    near = chance.normal(size=(400, 3, 2)).astype(np.float32) * 0.1
    near[np.arange(400), targets, 0] += 1.0
    noise = np.full((400, 3), 1 / 3, dtype=np.float32)

    weights = fit_weights(stack_features(noise, near, np.zeros(3, dtype=np.float32)), targets)

    assert weights[1] > WEIGHTS[1]
    assert weights[2] < WEIGHTS[2]


def test_round_trip() -> None:
    """What arrays give back ranks as before, and tells topics from answers."""
    ranker = Ranker(("a/x", "not-covered/y"), np.array([0, 0, 1]), WEIGHTS, np.array([0, 2, 5]))
    again = Ranker.from_arrays(ranker.arrays())
    opinions, near = np.array([[0.5, 0.5]], dtype=np.float32), np.zeros((1, 2, 2), dtype=np.float32)

    np.testing.assert_array_equal(ranker.probabilities(opinions, near), again.probabilities(opinions, near))
    assert topic_classes(again.labels).tolist() == [0.0, 1.0]
    assert again.sizes.tolist() == [2, 1]
    assert again.questions.tolist() == [0, 2, 5]


def test_rows_keep_the_class_of_their_question() -> None:
    """Of a bank of which not every question is in the index, each row has the class of its own question."""
    ranker = Ranker.of_questions(("a", "b"), np.array([0, 1, 0, 1]), weights=WEIGHTS, questions=np.array([1, 2]))

    assert ranker.columns.tolist() == [1, 0]
    assert ranker.sizes.tolist() == [1, 1]
