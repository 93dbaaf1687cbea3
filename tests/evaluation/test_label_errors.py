"""The bank held against itself: wrong labels are found, and honest probabilities are called honest."""

import numpy as np
import pytest

from chatbot.evaluation.label_errors import BankReview, review_bank
from tests.support.fakes import HashEmbedder

COLOURS = ["red", "blue", "green"]
PLACES = ["kitchen", "garden", "street", "school", "office", "shop", "park", "bus"]
PAIRS = [(f"{colour} {colour} {place}", colour) for colour in COLOURS for place in PLACES]
WRONG = ("red red everywhere", "blue")


@pytest.fixture(scope="module")
def review() -> BankReview:
    """Questions that say their label, and one that says another."""
    pairs = [*PAIRS, WRONG]
    return review_bank(pairs, HashEmbedder().encode([text for text, _ in pairs]))


def test_wrong_label_is_listed_first(review: BankReview) -> None:
    """A question under the wrong answer is the surest disagreement."""
    first = review.label_errors[0]

    assert (first.text, first.label, first.predicted) == (*WRONG, "red")
    assert first.probability > first.own


def test_right_labels_are_not_listed(review: BankReview) -> None:
    """Questions that are filed right are counted, and not listed."""
    assert review.of == len(PAIRS) + 1
    assert review.right == pytest.approx(1 - len(review.label_errors) / review.of)
    assert len(review.label_errors) < 4


def test_bins_hold_every_question_once(review: BankReview) -> None:
    """The bins of the reliability table add up, and each mean lies within its bin."""
    assert sum(part.of for part in review.reliability) == review.of
    assert all(part.low < part.mean <= part.high for part in review.reliability)
    right = sum(part.right * part.of for part in review.reliability)
    assert right == pytest.approx(review.right * review.of)


def test_only_unseen_labels_are_counted() -> None:
    """Where the encoder has seen labels, only the other questions count; disagreements are listed for all."""
    pairs = [*PAIRS, WRONG]
    trusted = [number % 2 == 1 for number in range(len(pairs))]
    review = review_bank(pairs, HashEmbedder().encode([text for text, _ in pairs]), trusted=trusted)

    assert review.of == sum(trusted)
    assert WRONG[0] in [entry.text for entry in review.label_errors]


def test_the_only_question_of_a_class_is_no_disagreement() -> None:
    """A class of one question cannot be held out: it is neither counted nor listed."""
    pairs = [*PAIRS, ("a lonely question", "lonely")]
    review = review_bank(pairs, HashEmbedder().encode([text for text, _ in pairs]))

    assert review.of == len(PAIRS)
    assert "a lonely question" not in [entry.text for entry in review.label_errors]
    assert np.isfinite([part.mean for part in review.reliability]).all()
