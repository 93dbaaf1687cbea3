"""Trains the classifiers on vectors and n-grams, calibrated by cross-validation.

Of many examples networks with one hidden layer, of few a logistic regression.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chatbot.models.classifier import Classifier, Layers, Probabilities, Top, softmax
from chatbot.models.encoder import Vectors
from chatbot.models.ngrams import NgramSpace, ngram_counts, weighted

if TYPE_CHECKING:
    from torch import Tensor

COMPONENTS = 300  # of the SVD; see benchmarks/quality.md for the comparison
STRENGTH = 100.0  # inverse regularisation C of the logistic regression; compared there too
FOLDS = 5
NETWORK_FROM = 2000  # examples from which a network is fitted: fewer do not fill it
NETWORKS = 3  # whose scores are averaged: each errs in its own way
HIDDEN = 256  # hidden units of each
DROPPED = 0.1, 0.4  # share of the features, and of the hidden units, that a step of its training does without
_BATCH, _EPOCHS = 256, 12
_RATE = 3e-3  # highest learning rate
DECAY = 1e-3  # of the weights
SMOOTHED = 0.05  # share of a label that is given to all classes where several may fit: many a question has two answers
SPREAD = 1e-3  # added to the standard deviation of a feature, which may be 0


def fit_space(texts: Sequence[str]) -> NgramSpace:
    """The space of n-grams of these texts; it looks at no label, so several classifiers can share it."""
    return fit_reduced(texts)[0]


def fit_reduced(texts: Sequence[str]) -> tuple[NgramSpace, NDArray[np.float32]]:
    """The space of n-grams of these texts, and their coordinates in it, shape (texts, dimensions)."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfTransformer

    counts = ngram_counts(texts)
    idf = TfidfTransformer(sublinear_tf=True).fit(counts).idf_.astype(np.float32)
    rows = weighted(counts, idf)
    svd = TruncatedSVD(min(COMPONENTS, len(texts) - 1), n_iter=3, random_state=0).fit(rows)
    space = NgramSpace(idf, svd.components_.T.astype(np.float16))
    return space, space.project(rows)


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """A trained classifier, and what it was fitted on.

    ``targets`` (texts,) are the classes by number, ``folds`` (texts,) when each text was held out (-1: never), and
    ``scores`` (texts, classes) those of classifiers that had not seen the text's fold. Without cross-validation these
    two are empty.
    """

    classifier: Classifier
    targets: NDArray[np.intp]
    folds: NDArray[np.intp]
    scores: NDArray[np.float32]


def train(
    vectors: Vectors,
    reduced: NDArray[np.float32],
    labels: Sequence[str],
    *,
    trusted: Sequence[bool] = (),
    writers: Sequence[str] = (),
    before: Classifier | None = None,
    settled: bool = False,
    smoothed: float = 0.0,
) -> Training:
    """Fit on labelled texts, then fit the temperature on cross-validated scores.

    ``vectors`` are the embeddings of the texts, shape (texts, dimension), ``reduced`` the coordinates of their n-grams,
    (texts, dimensions). ``trusted`` says of which texts the encoder has not seen the label: only their
    scores tell how sure one may be. ``writers`` names the independent writer of each text, or is empty: such a writer
    is held out as a whole. ``before`` is a training on nearly the same texts: its weights are begun with, and its
    temperature holds, so that nothing is held out. ``settled``: on the very same, so that nothing is fitted either.
    ``smoothed`` is the share of a label that is given to all classes.
    """
    classes, targets = np.unique(np.array(labels), return_inverse=True)
    names = tuple(str(label) for label in classes)
    features = np.hstack([vectors, reduced])
    if before:
        folds, scores = np.empty(0, dtype=np.intp), np.empty((0, len(classes)), dtype=np.float32)
        temperature = before.temperature
    else:
        folds = folds_of(targets, writers)
        if len(targets) >= NETWORK_FROM:  # a fifth of so many tells as much, and each fold takes a training
            folds[folds > 0] = -1
        scores = cross_validated_scores(features, targets, len(classes), folds, smoothed=smoothed)
        temperature = _trusted_temperature(scores, targets, trusted)
    begun = before.begun(names, features.shape[1]) if before else None
    layers = begun if begun and settled else fit(features, targets, begun=begun, smoothed=smoothed)
    return Training(Classifier(names, layers, temperature, len(targets)), targets, folds, scores)


def held_out_probabilities(
    texts: Sequence[str],
    vectors: Vectors,
    targets: NDArray[np.intp],
    classes: int,
    *,
    trusted: Sequence[bool] = (),
) -> Probabilities:
    """What ``train`` would say of each text had it not seen it, shape (texts, classes).

    NaN for a text that is the only one of its class.
    """
    features = np.hstack([vectors, fit_space(texts).reduce(texts)])
    scores = cross_validated_scores(features, targets, classes, folds_of(targets), smoothed=SMOOTHED)
    return softmax(scores / _trusted_temperature(scores, targets, trusted))


def cross_validated_scores(
    features: NDArray[np.float32],
    targets: NDArray[np.intp],
    classes: int,
    folds: NDArray[np.intp],
    *,
    smoothed: float = 0.0,
) -> NDArray[np.float32]:
    """Scores of every text by a model that has not seen it, shape (texts, classes).

    The only text of a class is never held out, for without it there would be no such class: its scores are NaN.
    """
    scores = np.full((len(targets), classes), np.nan, dtype=np.float32)
    for fold in range(FOLDS):
        seen, unseen = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if len(unseen):
            scores[unseen] = fit(features[seen], targets[seen], smoothed=smoothed).scores(features[unseen])
    return scores


def folds_of(targets: NDArray[np.intp], writers: Sequence[str] = ()) -> NDArray[np.intp]:
    """The fold in which each text is held out, -1 for none.

    Texts of one independent writer share a fold; the others are spread evenly over the folds, class by class. No class
    is held out as a whole: then its only text, or its texts by the writers of one fold, never are.
    """
    folds = _spread(targets)
    names = sorted({*writers} - {""})
    for number, writer in enumerate(writers):
        if writer:
            folds[number] = names.index(writer) % FOLDS
    for number in range(int(targets.max()) + 1):
        own = targets == number
        if len(np.unique(folds[own])) == 1:
            folds[own] = -1
    return folds


def _spread(targets: NDArray[np.intp]) -> NDArray[np.intp]:
    folds = np.empty(len(targets), dtype=np.intp)
    generator = np.random.default_rng(0)
    for number in range(int(targets.max()) + 1):
        own = generator.permutation(np.flatnonzero(targets == number))
        folds[own] = (np.arange(len(own)) + number) % FOLDS if len(own) > 1 else -1
    return folds


def fit(
    features: NDArray[np.float32],
    targets: NDArray[np.intp],
    *,
    begun: Layers | None = None,
    networks: int = NETWORKS,
    smoothed: float = 0.0,
) -> Layers:
    """What tells the classes apart; every class must occur in ``targets``, (texts,).

    ``smoothed`` as in ``train``. ``begun`` is nearly right. Networks do not begin with it: in a few steps they would
    hardly learn a new class.
    """
    if len(targets) >= NETWORK_FROM:
        return _fit_networks(features, targets, networks, smoothed)
    return _fit_logistic(features, targets, None if begun and begun.top else begun)


def _fit_logistic(features: NDArray[np.float32], targets: NDArray[np.intp], begun: Layers | None) -> Layers:
    """A multinomial logistic regression.

    Its loss is convex: ``begun`` changes how long it takes, and what is found only within the tolerance.
    """
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=STRENGTH, max_iter=100, tol=1e-3, warm_start=begun is not None)
    if begun and len(begun.bias) > 2:  # of two classes scikit-learn keeps one column; they take no time anyway
        model.coef_, model.intercept_ = begun.weights.T.copy(), begun.bias.copy()
    model.fit(features, targets)
    weights, bias = model.coef_.T.astype(np.float32), model.intercept_.astype(np.float32)
    if weights.shape[1] == 1:  # two classes: scikit-learn keeps one column, we keep both
        weights, bias = np.hstack([-weights / 2, weights / 2]), np.concatenate([-bias / 2, bias / 2])
    return Layers(weights, bias)


def _fit_networks(features: NDArray[np.float32], targets: NDArray[np.intp], count: int, smoothed: float) -> Layers:
    """A network with all the units of several, which gives the mean of their scores.

    They are a deep ensemble (Lakshminarayanan et al., 2017): each begins at other weights and sees the examples in
    another order. They see standardised features; what is returned takes them as they are.
    """
    import torch

    middle, spread = features.mean(axis=0), features.std(axis=0) + SPREAD
    inputs, wanted = torch.from_numpy((features - middle) / spread), torch.from_numpy(targets)
    with torch.random.fork_rng():
        networks = [_one_network(inputs, wanted, smoothed, seed=seed) for seed in range(count)]
    weights = np.hstack([own.weights for own, _ in networks]) / spread[:, np.newaxis]
    bias = np.concatenate([own.bias for own, _ in networks]) - middle @ weights
    above = (np.vstack([top.weights for _, top in networks]) / count).astype(np.float32)
    return Layers(weights, bias, Top(above, np.add.reduce([top.bias for _, top in networks]) / count))


def _one_network(inputs: "Tensor", wanted: "Tensor", smoothed: float, *, seed: int) -> tuple[Layers, Top]:
    """One hidden layer of rectified units, and the layer of scores above it.

    Trained with dropout (Srivastava et al., 2014) and smoothed labels (Szegedy et al., 2016, section 7), by AdamW.
    """
    import torch
    from torch import nn

    torch.manual_seed(seed)
    hidden, top = nn.Linear(inputs.shape[1], HIDDEN), nn.Linear(HIDDEN, int(wanted.max()) + 1)
    network = nn.Sequential(nn.Dropout(DROPPED[0]), hidden, nn.ReLU(), nn.Dropout(DROPPED[1]), top)
    loss_of = nn.CrossEntropyLoss(label_smoothing=smoothed)
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=DECAY)
    steps = _EPOCHS * -(-len(inputs) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps)
    for _ in range(_EPOCHS):
        order = torch.randperm(len(inputs))
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            loss = loss_of(network(inputs[batch]), wanted[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    below, above = ((layer.weight.detach().numpy().T, layer.bias.detach().numpy()) for layer in (hidden, top))
    return Layers(*below), Top(*above)


def _trusted_temperature(scores: NDArray[np.float32], targets: NDArray[np.intp], trusted: Sequence[bool]) -> float:
    honest = np.array(trusted) if any(trusted) else np.ones(len(targets), dtype=bool)
    return _fit_temperature(scores[honest], targets[honest])


def _fit_temperature(scores: NDArray[np.float32], targets: NDArray[np.intp]) -> float:
    """The divisor of the scores under which the true classes are most likely (Guo et al. 2017, section 4.2)."""
    held_out = ~np.isnan(scores[:, 0])
    scores, targets = scores[held_out], targets[held_out]
    if not len(targets):
        return 1.0

    from scipy.optimize import minimize_scalar

    def loss(log_temperature: float) -> float:
        probabilities = softmax(scores / np.exp(log_temperature))
        return float(-np.log(probabilities[np.arange(len(targets)), targets] + 1e-9).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 2), method="bounded").x))
