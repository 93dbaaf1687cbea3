"""Classifier: text -> calibrated class probabilities. ``indexing/classifier_training.py`` trains it.

It looks at the sentence embedding and at hashed character n-grams (2 to 5, TF-IDF). Of many examples it is a network
with one hidden layer, of few a multinomial logistic regression. The SVD that reduces the n-grams in training is folded
into the weights, so a prediction is two or three small products.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from chatbot.models.encoder import Vectors
from chatbot.models.ngrams import ngram_counts

Probabilities = NDArray[np.float32]  # (questions, classes), each row sums to 1


@dataclass(frozen=True, slots=True)
class Features:
    """What classifiers look at, made once for all of them.

    ``vectors`` are the embeddings, shape (texts, dimension), ``counts`` how often each n-gram occurs, (texts, BUCKETS).
    """

    vectors: Vectors
    counts: csr_matrix


def features_of(texts: Sequence[str], vectors: Vectors) -> Features:
    """The features of texts; ``vectors`` are the embeddings of the same texts."""
    return Features(vectors, ngram_counts(texts))


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


@dataclass(frozen=True, slots=True)
class Classifier:
    """Weights of a trained classifier.

    ``dense`` is (dimension, outputs), ``ngrams`` (BUCKETS, outputs) in half precision, ``idf`` (BUCKETS,), ``bias``
    (outputs,). The outputs are hidden units, of which ``top`` makes scores; without it they are the scores of the
    classes. ``temperature`` divides the scores; it was fitted on answers that cross-validation had not seen.
    """

    labels: tuple[str, ...]
    dense: NDArray[np.float32]
    ngrams: NDArray[np.float16]
    idf: NDArray[np.float32]
    bias: NDArray[np.float32]
    temperature: float
    top: Top | None = None

    def probabilities(self, features: Features) -> Probabilities:
        """One row a text."""
        sums = features.vectors @ self.dense + self.bias
        rows = weighted(features.counts, self.idf)
        for number, (start, end) in enumerate(pairwise(rows.indptr.tolist())):
            sums[number] += rows.data[start:end] @ self.ngrams[rows.indices[start:end]].astype(np.float32)
        return softmax((self.top.scores(sums) if self.top else sums) / self.temperature)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything as plain arrays, for a file without pickle."""
        top = {"top.weights": self.top.weights, "top.bias": self.top.bias} if self.top else {}
        return {
            **top,
            "labels": np.array(self.labels),
            "dense": self.dense,
            "ngrams": self.ngrams,
            "idf": self.idf,
            "bias": self.bias,
            "temperature": np.array(self.temperature),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Classifier":
        """What ``arrays`` gave."""
        return cls(
            labels=tuple(arrays["labels"].tolist()),
            dense=arrays["dense"],
            ngrams=arrays["ngrams"],
            idf=arrays["idf"],
            bias=arrays["bias"],
            temperature=float(arrays["temperature"]),
            top=Top(arrays["top.weights"], arrays["top.bias"]) if "top.bias" in arrays else None,
        )


def weighted(counts: csr_matrix, idf: NDArray[np.float32]) -> csr_matrix:
    """Sublinear TF-IDF rows of length 1; for a handful of rows it takes a tenth of the time of scikit-learn's own."""
    weights = (1 + np.log(counts.data)) * idf[counts.indices]
    row_of = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    lengths = np.sqrt(np.bincount(row_of, weights=weights**2, minlength=counts.shape[0]))
    data = (weights / np.maximum(lengths, 1e-9)[row_of]).astype(np.float32)
    return csr_matrix((data, counts.indices, counts.indptr), shape=counts.shape)


def softmax(scores: NDArray[np.float32]) -> Probabilities:
    """Probabilities from scores, row by row."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities: Probabilities = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return probabilities
