"""The classifier: probabilities, round trip, and its weighting against scikit-learn's own arithmetic."""

import numpy as np
import pytest
from numpy.typing import NDArray

from chatbot.indexing.classifier_training import NETWORK_FROM, fit, fit_reduced, train
from chatbot.models.classifier import Classifier, Features, Layers, features_of
from chatbot.models.ngrams import NgramSpace
from tests.support.fakes import HashEmbedder

EXAMPLES = [
    (f"{word} {number} {tail}", word)
    for word in ("signs", "cost", "medicine")
    for number, tail in enumerate(["of it", "please", "for my son", "now", "again", "tell me", "in words", "asap"])
]


TEXTS, LABELS = [text for text, _ in EXAMPLES], [label for _, label in EXAMPLES]


def _trained(texts: list[str], labels: list[str]) -> tuple[Classifier, NgramSpace]:
    space, reduced = fit_reduced(texts)
    return train(HashEmbedder().encode(texts), reduced, labels).classifier, space


SPACE = _trained(TEXTS, LABELS)[1]


def _features(texts: list[str], space: NgramSpace = SPACE) -> Features:
    return features_of(texts, HashEmbedder().encode(texts), space)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    """Trained on three easy classes."""
    return _trained(TEXTS, LABELS)[0]


def test_probabilities_sum_to_one(classifier: Classifier) -> None:
    """Each row is a distribution over the classes."""
    texts = ["signs", "", "something else entirely"]
    probabilities = classifier.probabilities(_features(texts))

    assert probabilities.shape == (3, 3)
    np.testing.assert_allclose(1, probabilities.sum(axis=1), rtol=1e-5)


def test_learns_its_examples(classifier: Classifier) -> None:
    """A message made of the words of a class is put into it."""
    for word in ("signs", "cost", "medicine"):
        row = classifier.probabilities(_features([f"the {word}"]))[0]
        assert word == classifier.labels[int(row.argmax())]


def test_misspelling_is_close_to_the_word(classifier: Classifier) -> None:
    """Character n-grams see the word behind a misspelling that the embedder does not know."""
    row = classifier.probabilities(_features(["medecine"]))[0]

    assert classifier.labels[int(row.argmax())] == "medicine"


def test_round_trip(classifier: Classifier) -> None:
    """Arrays give back the same classifier."""
    loaded = Classifier.from_arrays(classifier.arrays("own"), "own")
    features = _features(["cost of it"])

    np.testing.assert_array_equal(classifier.probabilities(features), loaded.probabilities(features))


def _rings(count: int) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Points within a ring and on it, shape (count, 2), and which of both: no line parts them."""
    chance = np.random.default_rng(7)
    outer = (np.arange(count) % 2).astype(np.intp)
    angle, away = chance.uniform(0, 2 * np.pi, count), np.where(outer, 2.0, 0.7) + chance.normal(0, 0.1, count)
    return np.stack([away * np.cos(angle), away * np.sin(angle)], axis=1).astype(np.float32), outer


def _right(layers: Layers, count: int = 300) -> float:
    points, outer = _rings(count)
    return float((layers.scores(points).argmax(axis=1) == outer).mean())


def test_of_many_examples_it_is_a_network() -> None:
    """Many examples teach what no line can part; of few a line is drawn, for they would not fill a network."""
    many, few = fit(*_rings(NETWORK_FROM)), fit(*_rings(NETWORK_FROM - 1))

    assert many.top is not None
    assert few.top is None
    assert _right(many) > 0.95
    assert _right(few) < 0.8


def test_a_network_is_taken_over_for_the_same_classes_only() -> None:
    """What was found for the same classes is what is begun with; for others nothing is."""
    fitted = Classifier(("inner", "outer"), fit(*_rings(NETWORK_FROM)), 1.0, NETWORK_FROM)

    assert fitted.begun(("inner", "outer"), 2) is fitted.layers
    assert fitted.begun(("inner", "outer", "away"), 2) is None
    assert fitted.begun(("inner", "outer"), 3) is None


def test_a_network_goes_through_files_and_comes_back() -> None:
    """A classifier with a hidden layer gives the same scores after its arrays were read."""
    points, outer = _rings(NETWORK_FROM)
    fitted = Classifier(("inner", "outer"), fit(points, outer), 1.5, NETWORK_FROM)
    read = Classifier.from_arrays(fitted.arrays("rings"), "rings")

    assert (read.labels, read.temperature, read.texts) == (fitted.labels, 1.5, NETWORK_FROM)
    np.testing.assert_array_equal(fitted.layers.scores(points), read.layers.scores(points))


@pytest.mark.parametrize("counts", [(1, 1), (1, 2, 3), (1, 9), (4, 4, 4), (2, 1, 1, 7)], ids=str)
def test_small_banks_can_be_learned(counts: tuple[int, ...]) -> None:
    """An answer may have a single question: building works, and the question finds it."""
    pairs = [(f"word{kind} number{number}", f"class{kind}") for kind, n in enumerate(counts) for number in range(n)]
    texts = [text for text, _ in pairs]
    trained, space = _trained(texts, [label for _, label in pairs])
    rows = trained.probabilities(_features(texts, space))

    assert np.isfinite(rows).all()
    assert [trained.labels[number] for number in rows.argmax(axis=1)] == [label for _, label in pairs]


def test_calibration_lowers_what_is_not_learned() -> None:
    """Where labels are tossed, nothing can be learned: held-out texts say so, and the classifier is unsure."""
    texts = [f"{number} {number * 7} {number * 13}" for number in range(200)]
    tossed, space = _trained(texts, [str(number % 2) for number in np.random.default_rng(0).permutation(200)])
    new = [f"{number} {number * 5}" for number in range(300, 400)]

    assert tossed.temperature > 1
    assert tossed.probabilities(_features(new, space)).max(axis=1).mean() < 0.8


def test_training_is_repeatable(classifier: Classifier) -> None:
    """The same examples give the same classifier."""
    again = _trained(TEXTS, LABELS)[0]

    for name, array in classifier.arrays("own").items():
        np.testing.assert_array_equal(array, again.arrays("own")[name])


def test_arrays_hold_no_objects(classifier: Classifier) -> None:
    """What goes to disk can be read without running code."""
    assert not any(array.dtype.hasobject for array in classifier.arrays("own").values())


def test_rows_do_not_depend_on_their_batch(classifier: Classifier) -> None:
    """A message gets the same probabilities alone and among others."""
    texts = ["cost of it", "signs now", "x" * 500]
    together = classifier.probabilities(_features(texts))
    for text, row in zip(texts, together, strict=True):
        np.testing.assert_allclose(row, classifier.probabilities(_features([text]))[0], rtol=1e-4)
