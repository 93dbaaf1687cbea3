"""Triage of one message: rules for emergencies first, then linear classifiers for emergencies and for requests.

Requests are those for advice or harm, and small talk. Rules need neither model nor index. The result is the union:
neither rules nor classifiers can take back what the other has raised.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chatbot.models.classifier import ClassifierOutput, Probabilities
from chatbot.query.rewriting import Query, QueryVariants
from chatbot.settings import Settings
from chatbot.triage.rules import raised_by_rules
from chatbot.triage.severity import KINDS, NONE, any_crisis, still_raised
from chatbot.triage.signs import Grammar

EMERGENCIES, REQUESTS = "emergencies", "requests"  # names of the classifiers


@dataclass(frozen=True, slots=True)
class Assessment:
    """Ids of the notices that rules, emergency classifier and request classifier raise for one message."""

    rules: tuple[str, ...] = ()
    emergencies: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """All of them, in the order of the nets."""
        return (*self.rules, *self.emergencies, *self.requests)

    @property
    def is_crisis(self) -> bool:
        """Whether an emergency is happening now."""
        return any_crisis(self.ids)

    @property
    def asks_for_advice(self) -> bool:
        """Whether the message asks for a personal medical decision."""
        return any(notice_id.startswith("advice.") for notice_id in self.ids)

    @property
    def ends(self) -> bool:
        """Whether the notices are the whole reply: no article is searched after small talk or a request for harm."""
        return any(notice_id.startswith(("harm.", "chitchat.")) for notice_id in self.ids)


def assess_by_rules(grammar: Grammar, query: Query, settings: Settings) -> Assessment:
    """What the rules alone raise, in this message and in the last ones before it."""
    depends = query.depends(settings.follow_up_threshold)
    return Assessment(raised_by_rules(grammar, query.question.text, query.question.recent, depends=depends))


def assess_by_classifiers(
    by_rules: Assessment,
    query: Query,
    variants: QueryVariants,
    outputs: Mapping[str, ClassifierOutput],
    settings: Settings,
) -> Assessment:
    """What the rules raised, and what the classifiers raise besides. ``outputs`` are theirs, by name."""
    emergencies, requests = outputs.get(EMERGENCIES), outputs.get(REQUESTS)
    return replace(
        by_rules,
        emergencies=_by_emergencies(emergencies, query, variants, settings) if emergencies else (),
        requests=_by_requests(requests, settings) if requests else (),
    )


def _by_emergencies(
    output: ClassifierOutput, query: Query, variants: QueryVariants, settings: Settings
) -> tuple[str, ...]:
    """The emergency classifier looks at the message, its parts, and the last messages before it, as the rules do."""
    now = Thresholds(settings.crisis_threshold, settings.crisis_part_threshold)
    watch = Thresholds(settings.watch_threshold, settings.watch_part_threshold)
    recent = len(query.question.recent)

    def raised(rows: Probabilities) -> tuple[str, ...]:
        return raised_by_emergencies(output.labels, rows, now=now, watch=watch)

    probabilities = output.probabilities
    own, earlier = probabilities[variants.own_rows], probabilities[variants.earlier_rows]
    alarms = [
        notice_id
        for row in earlier[len(earlier) - recent :]
        for notice_id in raised(row[np.newaxis, :])
        if any_crisis([notice_id])
    ]
    joined = probabilities[[variants.glued_row]] if recent and not alarms else probabilities[:0]
    depends = query.depends(settings.follow_up_threshold)
    return (
        *raised(np.vstack([own, joined])),
        *(still_raised(notice_id, depends=depends) for notice_id in alarms),
    )


def _by_requests(output: ClassifierOutput, settings: Settings) -> tuple[str, ...]:
    thresholds = {
        "advice": settings.advice_threshold,
        "harm": settings.harm_threshold,
        "chitchat": settings.chitchat_threshold,
    }
    # The whole message only: a part of one is no request.
    return raised_by_requests(output.labels, output.probabilities[:1], thresholds=thresholds)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities from which a notice is raised. A part has lost what stood around it, so it must be surer."""

    whole: float
    part: float


def raised_by_emergencies(
    labels: Sequence[str], probabilities: Probabilities, *, now: Thresholds, watch: Thresholds
) -> tuple[str, ...]:
    """The emergency notice that the classifier raises, if any.

    Row 0 of ``probabilities`` is the whole message, the others are parts of it or the message with what was said
    before.
    """
    total_now = _mass(labels, probabilities, "crisis.")
    total = total_now + _mass(labels, probabilities, "watch.")
    for strength, scores, thresholds in (("crisis", total_now, now), ("watch", total, watch)):
        margins = scores - np.array([thresholds.whole] + [thresholds.part] * (len(scores) - 1))
        row = int(np.argmax(margins))
        if margins[row] >= 0:
            return (f"{strength}.{_likeliest_kind(labels, probabilities[row])}",)
    return ()


def raised_by_requests(
    labels: Sequence[str], probabilities: Probabilities, *, thresholds: Mapping[str, float]
) -> tuple[str, ...]:
    """Notices for advice, harm and small talk: of each kind the likeliest, when the kind is likely enough."""
    raised = []
    for kind, threshold in thresholds.items():
        masses = _mass(labels, probabilities, f"{kind}.")
        row = int(np.argmax(masses))
        if masses[row] >= threshold:
            own = [number for number, label in enumerate(labels) if label.startswith(f"{kind}.")]
            raised.append(labels[max(own, key=lambda number: float(probabilities[row, number]))])
    return tuple(raised)


def _mass(labels: Sequence[str], probabilities: Probabilities, prefix: str) -> NDArray[np.float32]:
    """Summed probability of the classes whose label begins with ``prefix``, one number a row."""
    own = [label.startswith(prefix) for label in labels]
    total: NDArray[np.float32] = probabilities[:, own].sum(axis=1)
    return total


def _likeliest_kind(labels: Sequence[str], row: NDArray[np.float32]) -> str:
    masses = dict.fromkeys(KINDS, 0.0)
    for label, probability in zip(labels, row.tolist(), strict=True):
        if label != NONE:
            masses[label.partition(".")[2]] += probability
    return max(masses, key=lambda kind: masses[kind])
