"""The second net of triage: linear classifiers for emergencies, requests for advice or harm, and small talk."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chatbot.models.classifier import Classifier, Probabilities
from chatbot.triage.severity import KINDS, NONE

EMERGENCIES, REQUESTS = "emergencies", "requests"  # names of the classifiers


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities from which a notice is raised. A part has lost what stood around it, so it must be surer."""

    whole: float
    part: float


def raised_by_emergencies(
    classifier: Classifier, probabilities: Probabilities, *, now: Thresholds, watch: Thresholds
) -> tuple[str, ...]:
    """The emergency notice that the classifier raises, if any.

    Row 0 of ``probabilities`` is the whole message, the others are parts of it or the message with what was said
    before.
    """
    total_now = _mass(classifier, probabilities, "crisis.")
    total = total_now + _mass(classifier, probabilities, "watch.")
    for strength, scores, thresholds in (("crisis", total_now, now), ("watch", total, watch)):
        margins = scores - np.array([thresholds.whole] + [thresholds.part] * (len(scores) - 1))
        row = int(np.argmax(margins))
        if margins[row] >= 0:
            return (f"{strength}.{_likeliest_kind(classifier, probabilities[row])}",)
    return ()


def raised_by_requests(
    classifier: Classifier, probabilities: Probabilities, *, thresholds: Mapping[str, float]
) -> tuple[str, ...]:
    """Notices for advice, harm and small talk: of each kind the likeliest, when the kind is likely enough."""
    raised = []
    for kind, threshold in thresholds.items():
        masses = _mass(classifier, probabilities, f"{kind}.")
        row = int(np.argmax(masses))
        if masses[row] >= threshold:
            own = [number for number, label in enumerate(classifier.labels) if label.startswith(f"{kind}.")]
            raised.append(classifier.labels[max(own, key=lambda number: float(probabilities[row, number]))])
    return tuple(raised)


def _mass(classifier: Classifier, probabilities: Probabilities, prefix: str) -> NDArray[np.float32]:
    """Summed probability of the classes whose label begins with ``prefix``, one number a row."""
    own = [label.startswith(prefix) for label in classifier.labels]
    total: NDArray[np.float32] = probabilities[:, own].sum(axis=1)
    return total


def _likeliest_kind(classifier: Classifier, row: NDArray[np.float32]) -> str:
    masses = dict.fromkeys(KINDS, 0.0)
    for label, probability in zip(classifier.labels, row.tolist(), strict=True):
        if label != NONE:
            masses[label.partition(".")[2]] += probability
    return max(masses, key=lambda kind: masses[kind])
