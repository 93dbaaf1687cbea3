"""Classifier: text -> calibrated class probabilities. ``indexing/classifier_training.py`` trains it.

It looks at the sentence embedding and at character n-grams. Of many examples it is a network with one hidden layer, of
few a multinomial logistic regression. A prediction is one or two small products.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatbot.models.encoder import Vectors
from chatbot.models.ngrams import NgramSpace

Probabilities = NDArray[np.float32]  # (questions, classes), each row sums to 1


@dataclass(frozen=True, slots=True)
class Features:
    """What classifiers look at, made once for all of them.

    ``vectors`` are the embeddings, shape (texts, dimension), ``ngrams`` the coordinates of the n-grams in their space,
    (texts, dimensions).
    """

    vectors: Vectors
    ngrams: NDArray[np.float32]


def features_of(texts: Sequence[str], vectors: Vectors, space: NgramSpace) -> Features:
    """The features of texts; ``vectors`` are the embeddings of the same texts."""
    return Features(vectors, space.reduce(texts))


@dataclass(frozen=True, slots=True, eq=False)
class ClassifierOutput:
    """What a classifier made of some texts: ``probabilities`` has a row a text and a column a label."""

    labels: tuple[str, ...]
    texts: tuple[str, ...]
    probabilities: Probabilities

    def likeliest(self, row: int, *, most: int) -> list[tuple[str, float]]:
        """The likeliest labels of one text with their probabilities, best first."""
        order = np.argsort(-self.probabilities[row], kind="stable")[:most]
        return [(self.labels[number], float(self.probabilities[row, number])) for number in order]


@dataclass(frozen=True, slots=True, eq=False)
class Top:
    """What makes scores of the hidden units of a network: ``weights`` (units, classes), ``bias`` (classes,)."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def scores(self, sums: NDArray[np.float32]) -> NDArray[np.float32]:
        """The scores of texts, (texts, classes), from what reaches the hidden units, (texts, units)."""
        scores: NDArray[np.float32] = np.maximum(sums, 0) @ self.weights + self.bias
        return scores


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """What training finds: ``weights`` (features, outputs) and ``bias`` (outputs,).

    The outputs are hidden units, of which ``top`` makes scores; without it they are the scores of the classes.
    """

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    top: Top | None = None

    def scores(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """The scores of texts, shape (texts, classes), from their features, (texts, features)."""
        sums: NDArray[np.float32] = features @ self.weights + self.bias
        return self.top.scores(sums) if self.top else sums


@dataclass(frozen=True, slots=True, eq=False)
class Classifier:
    """A trained classifier.

    ``labels`` are its classes. ``temperature`` divides the scores; it was fitted on answers that cross-validation had
    not seen. ``texts`` is how many it was trained on.
    """

    labels: tuple[str, ...]
    layers: Layers
    temperature: float
    texts: int

    def probabilities(self, features: Features) -> Probabilities:
        """One row a text."""
        return softmax(self.layers.scores(np.hstack([features.vectors, features.ngrams])) / self.temperature)

    def begun(self, labels: Sequence[str], features: int) -> Layers | None:
        """Layers that training for these labels can begin with: its own, with 0 for new labels of a regression.

        None when it saw other features, and of a network for other labels.
        """
        own = self.layers
        if len(own.weights) != features or (own.top and tuple(labels) != self.labels):
            return None
        if own.top:
            return own
        columns = {label: number for number, label in enumerate(self.labels)}
        weights, bias = np.zeros((features, len(labels)), dtype=np.float32), np.zeros(len(labels), dtype=np.float32)
        for number, label in enumerate(labels):
            if label in columns:
                weights[:, number], bias[number] = own.weights[:, columns[label]], own.bias[columns[label]]
        return Layers(weights, bias)

    def arrays(self, name: str, *, weights: type[np.floating[Any]] = np.float32) -> dict[str, NDArray[Any]]:
        """Everything as plain arrays whose names begin with ``name``, for files without pickle.

        The weights are of this kind of number.
        """
        top = self.layers.top
        arrays = {
            f"{name}.labels": np.array(self.labels),
            f"{name}.weights": self.layers.weights.astype(weights),
            f"{name}.bias": self.layers.bias,
            f"{name}.numbers": np.array([self.temperature, self.texts]),
        }
        return arrays | ({f"{name}.top": top.weights.astype(weights), f"{name}.top_bias": top.bias} if top else {})

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], name: str) -> "Classifier":
        """What ``arrays`` gave."""
        temperature, texts = arrays[f"{name}.numbers"].tolist()
        top = None
        if f"{name}.top" in arrays:
            top = Top(arrays[f"{name}.top"].astype(np.float32), arrays[f"{name}.top_bias"])
        layers = Layers(arrays[f"{name}.weights"].astype(np.float32), arrays[f"{name}.bias"], top)
        return cls(tuple(arrays[f"{name}.labels"].tolist()), layers, temperature, int(texts))


def softmax(scores: NDArray[np.float32]) -> Probabilities:
    """Probabilities from scores, row by row."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities: Probabilities = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return probabilities
