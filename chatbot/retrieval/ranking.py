"""Ranker of answers and topics: one calibrated probability for each class of the bank, from several retrieval signals.

The signals are the classifier and the nearest bank questions in the vector index. Neither decides alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatbot.models.classifier import Probabilities, softmax
from chatbot.models.encoder import Vectors
from chatbot.retrieval.candidates import TOPIC

FEATURES = ("classifier", "nearest", "nearest_three", "topic")
# Weights of the features on the bank that comes with the program; a bank of a few questions cannot tell better.
WEIGHTS = np.array([0.48, 5.7, 8.3, 0.6], dtype=np.float32)
NEIGHBOURS = 100  # nearest bank questions that are looked at
CLOSEST = 3  # of each class, whose mean similarity is a feature
_FLOOR = 1e-8  # probability under which the classifier's opinion does not sink


@dataclass(frozen=True, slots=True, eq=False)
class Ranker:
    """Weights of a linear ranker, and the bank question and class of each question row.

    ``labels`` are the classes, ``columns`` (question rows,) the number of the class of each bank question in the index,
    ``weights`` (features,) in the order of ``FEATURES``. They were fitted on questions whose writer the classifier and
    the index did not know (see ``indexing/ranker_training.py``). ``questions`` (question rows,) are their numbers among
    all questions of the bank: the index lacks those that decide nothing (``indexing/runs/prototype_selection.py``).
    """

    labels: tuple[str, ...]
    columns: NDArray[np.intp]
    weights: NDArray[np.float32]
    questions: NDArray[np.intp]

    @property
    def sizes(self) -> NDArray[np.intp]:
        """How many question rows each class has, shape (classes,)."""
        return np.bincount(self.columns, minlength=len(self.labels))

    def probabilities(self, opinions: Probabilities, near: NDArray[np.float32]) -> Probabilities:
        """The probability of each class for each text; the arguments are those of ``stack_features``."""
        return softmax(stack_features(opinions, near, topic_classes(self.labels)) @ self.weights)

    @classmethod
    def of_questions(
        cls,
        labels: tuple[str, ...],
        targets: NDArray[np.intp],
        *,
        weights: NDArray[np.float32],
        questions: NDArray[np.intp],
    ) -> "Ranker":
        """The ranker of these questions of the bank; ``targets`` are the classes of all, shape (all questions,)."""
        return cls(labels, targets[questions].astype(np.intp), weights, questions)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything as plain arrays, for a file without pickle."""
        return {
            "labels": np.array(self.labels),
            "columns": self.columns,
            "weights": self.weights,
            "questions": self.questions,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Ranker":
        """What ``arrays`` gave."""
        return cls(tuple(arrays["labels"].tolist()), arrays["columns"], arrays["weights"], arrays["questions"])


def nearest_by_class(
    columns: NDArray[np.intp], similarities: NDArray[np.float32], sizes: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Similarity of the nearest question of each class, and the mean of the nearest three, shape (classes, 2).

    ``columns`` and ``similarities`` are the classes of the nearest questions and how near they are, best first;
    ``sizes`` (classes,) are the questions of each class. What is not among the nearest counts as the last of them.
    """
    floor = float(similarities[-1]) if len(similarities) else 0.0
    closest = np.full((len(sizes), CLOSEST), floor, dtype=np.float32)
    filled = np.zeros(len(sizes), dtype=np.intp)
    for column, similarity in zip(columns.tolist(), similarities.tolist(), strict=True):
        if filled[column] < CLOSEST:
            closest[column, filled[column]] = similarity
            filled[column] += 1
    counted = np.arange(CLOSEST) < np.clip(sizes, 1, CLOSEST)[:, np.newaxis]
    means = (closest * counted).sum(axis=1) / counted.sum(axis=1)
    return np.stack([closest[:, 0], means], axis=1).astype(np.float32)


def nearest_among(
    vectors: Vectors, columns: NDArray[np.intp], vector: NDArray[np.float32], *, classes: int
) -> NDArray[np.float32]:
    """``nearest_by_class`` of a vector, shape (dimension,), compared with each of ``vectors``, (questions, dimension).

    For questions that are in no index; ``columns`` (questions,) are their classes.
    """
    similar = vectors @ vector
    order = np.argsort(-similar, kind="stable")[:NEIGHBOURS]
    return nearest_by_class(columns[order], similar[order], np.bincount(columns, minlength=classes))


def topic_classes(labels: Sequence[str]) -> NDArray[np.float32]:
    """1 for the classes of topics that are not covered, 0 for those of answers, shape (classes,)."""
    return np.array([label.startswith(TOPIC) for label in labels], dtype=np.float32)


def stack_features(
    probabilities: Probabilities, near: NDArray[np.float32], topics: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The features of each class for each text, shape (texts, classes, features).

    ``probabilities`` (texts, classes) are the classifier's, ``near`` (texts, classes, 2) of ``nearest_by_class``.
    """
    opinion = np.log(probabilities + _FLOOR)
    kind = np.broadcast_to(topics, probabilities.shape)
    stacked: NDArray[np.float32] = np.concatenate(
        [opinion[..., np.newaxis], near, kind[..., np.newaxis]], axis=2, dtype=np.float32
    )
    return stacked
