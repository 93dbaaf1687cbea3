"""Label errors of the question bank: questions that a cross-validated classifier puts into another class.

Such a question has a wrong label, or two classes should be merged, or it is hard. An editor looks at each. The same
held-out scores show whether the probabilities are calibrated.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from chatbot.indexing.classifier_training import held_out_probabilities
from chatbot.models.adapter import EncoderForm, is_unseen
from chatbot.models.classifier import Probabilities
from chatbot.models.encoder import Embedder, Vectors

BINS = 10


@dataclass(frozen=True, slots=True)
class LabelError:
    """A question whose likeliest class, when it is held out, is not its own; probabilities of both."""

    text: str
    label: str
    predicted: str
    probability: float
    own: float


@dataclass(frozen=True, slots=True)
class Bin:
    """How often the likeliest class is right, of held-out questions that give it from ``low`` to ``high``."""

    low: float
    high: float
    of: int
    mean: float
    right: float


@dataclass(frozen=True, slots=True)
class BankReview:
    """What cross-validation says about a bank: the share that is filed right, what is not, and honesty by bin."""

    right: float
    of: int
    label_errors: tuple[LabelError, ...]
    reliability: tuple[Bin, ...]


def review_with_adapter(
    pairs: Sequence[tuple[str, str]], encoder: Embedder, *, progress: Callable[[int], object] | None = None
) -> BankReview:
    """Labels are compared with the model as it is, and calibration is measured on texts that the adapter never saw.

    The adapter has learned most labels, right or wrong, so it cannot tell which of them are wrong.
    """
    texts = [text for text, _ in pairs]
    found = review_bank(pairs, encoder.encode(texts, progress=progress)).label_errors
    unseen = [is_unseen(text) for text in texts] if encoder.has_adapter else []
    adapted = encoder.encode(texts, form=EncoderForm.BANK, progress=progress)
    return replace(review_bank(pairs, adapted, trusted=unseen), label_errors=found)


def review_bank(pairs: Sequence[tuple[str, str]], vectors: Vectors, *, trusted: Sequence[bool] = ()) -> BankReview:
    """Hold every (text, class) out once; ``vectors`` embeds the texts, shape (texts, dimension).

    ``trusted`` says of which texts the encoder has not seen the label: with an adapter only their scores are honest, so
    only they are counted and binned. Disagreements are listed for all, the surest first.
    """
    texts, labels = [text for text, _ in pairs], np.array([label for _, label in pairs])
    classes, targets = np.unique(labels, return_inverse=True)
    probabilities = held_out_probabilities(texts, vectors, targets, len(classes), trusted=trusted)
    seen = ~np.isnan(probabilities[:, 0])
    honest = seen & np.array(trusted) if any(trusted) else seen
    best = np.where(seen, np.nan_to_num(probabilities).argmax(axis=1), -1)
    wrong = np.flatnonzero(seen & (best != targets))
    found = [
        LabelError(
            texts[number],
            str(labels[number]),
            str(classes[best[number]]),
            float(probabilities[number, best[number]]),
            float(probabilities[number, targets[number]]),
        )
        for number in wrong
    ]
    return BankReview(
        right=float((best[honest] == targets[honest]).mean()) if honest.any() else 0.0,
        of=int(honest.sum()),
        label_errors=tuple(sorted(found, key=lambda entry: entry.own - entry.probability)),
        reliability=_reliability(probabilities[honest], best[honest] == targets[honest]),
    )


def _reliability(probabilities: Probabilities, right: NDArray[np.bool_]) -> tuple[Bin, ...]:
    sure = probabilities.max(axis=1) if len(probabilities) else np.zeros(0)
    edges = np.linspace(0, 1, BINS + 1)
    bins = []
    for low, high in pairwise(edges.tolist()):
        own = (sure > low) & (sure <= high)
        if own.any():
            bins.append(Bin(low, high, int(own.sum()), float(sure[own].mean()), float(right[own].mean())))
    return tuple(bins)
