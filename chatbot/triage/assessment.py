"""Triage of one message: rules for emergencies first, then classifiers for emergencies and for requests.

Requests are those for advice or harm, and small talk. Rules need neither model nor index. The result is the union:
neither rules nor classifiers can take back what the other has raised.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chatbot.models.classifier import ClassifierOutput, Probabilities
from chatbot.query.message_form import asks
from chatbot.query.rewriting import Query, QueryVariants
from chatbot.settings import Settings
from chatbot.triage.rules import RaisedByRules, raised_by_rules
from chatbot.triage.severity import KINDS, NONE, any_crisis, is_alarm, still_raised
from chatbot.triage.signs import OWN, Found, Grammar

FAMILY = "advice.family"  # asks for a decision that is not medical
EMERGENCIES, REQUESTS = "emergencies", "requests"  # names of the classifiers
TELLS = "none.tells"  # class of the request classifier: tells something, and asks nothing
FEARED = ("watch.suicide", "watch.violence")  # of which an article about addiction says little
# How much a danger that may come counts against one now: to miss an emergency costs more than to see one too early.
LATER = 0.25


@dataclass(frozen=True, slots=True)
class Assessment:
    """Ids of the notices that rules, emergency classifier and request classifier raise for one message.

    ``still`` are those of emergencies that only earlier messages raised; ``language`` is that of the words in which the
    rules found an emergency, empty when they found none; ``cancelled`` says that all signs of one are cancelled,
    ``over`` that the message ends one, ``tells`` that it tells something and asks nothing. ``standing`` counts the last
    earlier messages in which an emergency may still go on.
    """

    rules: tuple[str, ...] = ()
    emergencies: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    still: tuple[str, ...] = ()
    language: str = ""
    cancelled: bool = False
    over: bool = False
    tells: bool = False
    standing: int = 0

    @classmethod
    def of_rules(cls, raised: RaisedByRules) -> "Assessment":
        """What the rules raised, before any classifier."""
        return cls(
            rules=raised.own,
            still=raised.still,
            language=raised.language,
            cancelled=raised.cancelled,
            over=raised.over,
            standing=raised.standing,
        )

    @property
    def ids(self) -> tuple[str, ...]:
        """All of them, in the order of the nets."""
        return (*self.rules, *self.emergencies, *self.still, *self.requests)

    @property
    def is_crisis(self) -> bool:
        """Whether an emergency is happening now."""
        return any_crisis(self.ids)

    @property
    def asks_for_advice(self) -> bool:
        """Whether the message asks for a personal medical decision; who decides in a family no article says."""
        return any(notice_id.startswith("advice.") and notice_id != FAMILY for notice_id in self.ids)

    @property
    def comforts(self) -> bool:
        """Whether the message speaks of the writer's own pain."""
        return any(notice_id.startswith("comfort.") for notice_id in self.ids)

    @property
    def fears(self) -> bool:
        """Whether the message itself speaks of suicide or violence that is not happening now."""
        return any(notice_id in FEARED for notice_id in (*self.rules, *self.emergencies))

    @property
    def ends(self) -> bool:
        """Whether the notices are the whole reply: no article is searched after small talk or a request for harm."""
        return any(notice_id.startswith(("harm.", "chitchat.")) for notice_id in self.ids)


class ReadOnce(Grammar):
    """A grammar for one question: rules and classifiers need what it finds in the same messages."""

    def __init__(self, grammar: Grammar) -> None:
        self.__dict__.update(vars(grammar))
        self._found: dict[tuple[str, ...], list[Found]] = {}

    def read(self, messages: Sequence[str]) -> list[Found]:
        """See ``Grammar``."""
        key = tuple(messages)
        if key not in self._found:
            self._found[key] = super().read(messages)
        return self._found[key]


def assess_by_rules(grammar: Grammar, query: Query, settings: Settings) -> Assessment:
    """What the rules alone raise, in this message and in the last ones before it."""
    depends = _goes_on(query, settings)
    raised = raised_by_rules(grammar, query.question.text, query.question.recent, depends=depends)
    return Assessment.of_rules(raised)


def assess_by_classifiers(
    by_rules: Assessment,
    query: Query,
    variants: QueryVariants,
    outputs: Mapping[str, ClassifierOutput],
    settings: Settings,
) -> Assessment:
    """What the rules raised, and what the classifiers raise besides. ``outputs`` are theirs, by name.

    Small talk never wins over an emergency, nor over a conversation in which there was one.
    """
    output, requests = outputs.get(EMERGENCIES), outputs.get(REQUESTS)
    emergencies, still = _by_emergencies(output, by_rules, query, variants, settings) if output else ((), ())
    found = replace(by_rules, emergencies=emergencies, still=(*by_rules.still, *still))
    asked = _by_requests(requests, settings) if requests else ()
    talk = not any(is_alarm(notice_id) for notice_id in found.ids)
    return replace(
        found,
        requests=tuple(notice for notice in asked if talk or not notice.startswith("chitchat.")),
        tells=requests is not None
        and not query.question.text.rstrip().endswith("?")  # whoever ends with a question asks it
        and _tells(requests) >= settings.told_threshold,
    )


def _goes_on(query: Query, settings: Settings) -> bool:
    """Whether a message goes on with an earlier emergency: it cannot be read alone, or tells what happened."""
    return query.depends(settings.follow_up_threshold) or not asks(query.question.text)


def sign_flags(grammar: Grammar, messages: Sequence[str]) -> NDArray[np.float32]:
    """What the grammar makes of messages, for the emergency classifier beside the embedding, shape (flags,).

    One for each kind that is raised, one for each cancellation that cancels an emergency, and one each for any.
    """
    cancellations = [*(one.name for one in grammar.cancellations), OWN]
    flags = np.zeros(len(KINDS) + len(cancellations) + 2, dtype=np.float32)
    for found in grammar.read(messages):
        if is_alarm(found.notice):
            kind = KINDS.index(found.notice.partition(".")[2])
            place = len(KINDS) + cancellations.index(found.cancelled_by) if found.cancelled_by else kind
            flags[[place, -1 if found.cancelled_by else -2]] = 1
    return flags


def variant_flags(grammar: Grammar, query: Query, variants: QueryVariants) -> NDArray[np.float32]:
    """``sign_flags`` of each variant of a question, shape (variants, flags); a part has those of its message."""
    text = query.question.text
    said = [message for message in query.question.history if message.strip()]
    own = sign_flags(grammar, [text])
    rows = [own] * variants.own_rows.stop
    if variants.earlier:
        together = sign_flags(grammar, [said[-1], text])
        earlier = said[len(said) - len(variants.earlier) :]
        rows += [*(sign_flags(grammar, [message]) for message in earlier), together, together]
    return np.array(rows)


def _by_emergencies(
    output: ClassifierOutput, by_rules: Assessment, query: Query, variants: QueryVariants, settings: Settings
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The emergency classifier looks at the message, its parts, and the last messages before it, as the rules do.

    Notices of the message itself, then those that only earlier ones raise.
    """
    sure = settings.crisis_cancelled_threshold if by_rules.cancelled else settings.crisis_threshold
    now = Thresholds(sure, max(sure, settings.crisis_part_threshold), max(sure, settings.crisis_joined_threshold))
    watch = Thresholds(settings.watch_threshold, settings.watch_part_threshold, settings.watch_part_threshold)
    # What is not said in this message must be surer, or one mistake would colour all that follows.
    before = replace(now, whole=now.joined)

    probabilities = output.probabilities
    own, earlier = probabilities[variants.own_rows], probabilities[variants.earlier_rows]
    recent = min(by_rules.standing, len(earlier))
    alarms = [
        notice_id
        for row in earlier[len(earlier) - recent :]
        for notice_id in raised_by_emergencies(output.labels, row[np.newaxis, :], now=before, watch=watch)
        if any_crisis([notice_id]) and not by_rules.over
    ]
    joined = probabilities[[variants.glued_row]] if recent and not alarms and not by_rules.over else probabilities[:0]
    depends = _goes_on(query, settings)
    return (
        raised_by_emergencies(output.labels, np.vstack([own, joined]), now=now, watch=watch, joined=len(joined)),
        tuple(still_raised(notice_id, depends=depends) for notice_id in alarms),
    )


def _by_requests(output: ClassifierOutput, settings: Settings) -> tuple[str, ...]:
    thresholds = {
        "advice": settings.advice_threshold,
        "harm": settings.harm_threshold,
        "comfort": settings.comfort_threshold,
        "chitchat": settings.chitchat_threshold,
    }
    # The whole message only: a part of one is no request.
    return raised_by_requests(output.labels, output.probabilities[:1], thresholds=thresholds)


def _tells(output: ClassifierOutput) -> float:
    """The probability that the whole message tells something and asks nothing."""
    return float(_mass(output.labels, output.probabilities[:1], TELLS)[0])


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities from which a notice is raised.

    A part has lost what stood around it, and a message joined with the one before holds words that are answered
    already, so both must be surer.
    """

    whole: float
    part: float
    joined: float

    def of_rows(self, rows: int, *, joined: int) -> NDArray[np.float64]:
        """One threshold a row: the whole message, its parts, and at the end so many that are joined."""
        return np.array([self.whole] + [self.part] * (rows - 1 - joined) + [self.joined] * joined)


def raised_by_emergencies(
    labels: Sequence[str], probabilities: Probabilities, *, now: Thresholds, watch: Thresholds, joined: int = 0
) -> tuple[str, ...]:
    """The emergency notice that the classifier raises, if any.

    Row 0 of ``probabilities`` is the whole message, the last ``joined`` rows are the message with what was said
    before, and those between are parts of it.
    """
    total_now, later = _mass(labels, probabilities, "crisis."), _mass(labels, probabilities, "watch.")
    for strength, scores, thresholds in (
        ("crisis", emergency_now(total_now, later), now),
        ("watch", total_now + later, watch),
    ):
        margins = scores - thresholds.of_rows(len(scores), joined=joined)
        row = int(np.argmax(margins))
        if margins[row] >= 0:
            return (f"{strength}.{_likeliest_kind(labels, probabilities[row])}",)
    return ()


def emergency_now(now: Probabilities, later: Probabilities) -> Probabilities:
    """The probability of an emergency now when a danger later is weighed by ``LATER`` (Elkan, 2001), by row."""
    return now / (1 - (1 - LATER) * later)


def raised_by_requests(
    labels: Sequence[str], probabilities: Probabilities, *, thresholds: Mapping[str, float]
) -> tuple[str, ...]:
    """Notices for advice, harm, comfort and small talk: of each kind the likeliest, when the kind is likely enough."""
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
