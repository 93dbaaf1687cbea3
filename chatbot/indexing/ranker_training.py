"""Trains the ranker of answers and topics on questions that classifier and index have not seen.

Each question is ranked by a classifier and by bank questions without its own writer: what families type was written by
none of them. The weights of the features are those under which the true classes are most likely.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chatbot.indexing.classifier_training import Training
from chatbot.models.classifier import softmax
from chatbot.models.encoder import Vectors
from chatbot.retrieval.ranking import WEIGHTS, nearest_among, stack_features, topic_classes

PRIOR = 0.02  # how firmly the weights are held to ``WEIGHTS``; a bank of few questions hardly moves them
FEWEST = 100  # honest questions with which weights are fitted at all


def weights_of(training: Training, vectors: Vectors, trusted: Sequence[bool] = ()) -> NDArray[np.float32]:
    """``held_out_weights`` beside a cross-validated training; ``vectors`` (texts, dimension) are those of its texts."""
    return held_out_weights(
        training.classifier.labels,
        vectors,
        training.targets,
        training.scores,
        temperature=training.classifier.temperature,
        folds=training.folds,
        trusted=trusted,
    )


def held_out_weights(
    labels: Sequence[str],
    vectors: Vectors,
    targets: NDArray[np.intp],
    scores: NDArray[np.float32],
    *,
    temperature: float,
    folds: NDArray[np.intp],
    trusted: Sequence[bool] = (),
) -> NDArray[np.float32]:
    """The weights of the ranker, shape (features,).

    ``vectors`` (questions, dimension) are their embeddings, ``targets`` (questions,) their classes, ``scores``
    (questions, classes) those of classifiers that had not seen the question's fold, NaN where there is none; ``folds``
    (questions,) the fold of each, -1 for none. ``trusted`` says of which the encoder has not seen the class.
    """
    honest = (folds >= 0) & (np.array(trusted) if any(trusted) else True)
    numbers = np.flatnonzero(honest)
    weights = WEIGHTS
    if len(numbers) >= FEWEST:
        features = held_out_features(labels, vectors, targets, scores / temperature, folds, numbers)
        weights = fit_weights(features, targets[numbers])
    return weights


def held_out_features(
    labels: Sequence[str],
    vectors: Vectors,
    targets: NDArray[np.intp],
    scores: NDArray[np.float32],
    folds: NDArray[np.intp],
    numbers: NDArray[np.intp],
) -> NDArray[np.float32]:
    """The features of these questions, each against the questions of other folds: (numbers, classes, features)."""
    near = np.zeros((len(numbers), len(labels), 2), dtype=np.float32)
    for fold in np.unique(folds[numbers]).tolist():
        known = folds != fold
        others, classes = vectors[known], targets[known]
        for place in np.flatnonzero(folds[numbers] == fold).tolist():
            near[place] = nearest_among(others, classes, vectors[numbers[place]], classes=len(labels))
    return stack_features(softmax(scores[numbers]), near, topic_classes(labels))


def fit_weights(features: NDArray[np.float32], targets: NDArray[np.intp]) -> NDArray[np.float32]:
    """Weights of a multinomial logit over classes that share them (McFadden, 1974), held to ``WEIGHTS`` by a prior.

    ``features`` is (questions, classes, features), ``targets`` (questions,) the true classes.
    """
    from scipy.optimize import minimize

    rows = np.arange(len(targets))
    scale = np.maximum(WEIGHTS, 1.0) ** 2

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        probabilities = softmax((features @ weights).astype(np.float32))
        apart = weights - WEIGHTS
        likely = -np.log(probabilities[rows, targets] + 1e-9).mean() + PRIOR * (apart**2 / scale).sum()
        expected = np.einsum("qc,qcf->qf", probabilities, features)
        slope = (expected - features[rows, targets]).mean(axis=0) + 2 * PRIOR * apart / scale
        return float(likely), slope.astype(np.float64)

    fitted = minimize(loss, WEIGHTS.astype(np.float64), jac=True, method="L-BFGS-B")
    return np.asarray(fitted.x, dtype=np.float32)
