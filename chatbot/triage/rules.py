"""Is somebody in danger, is this a request for advice or for harm, is it small talk? Names the notices that fit.

Runs before everything else. The rules lean on nothing that can fail; the classifier is a second net: either may raise
the alarm, neither can take back what the other raised.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chatbot.corpus.corpus import BankQuestion, load_questions
from chatbot.corpus.toml_reader import Form, read_form
from chatbot.models.classifier import Classifier, Probabilities

KINDS = ("overdose", "collapse", "suicide", "poisoning", "withdrawal", "violence")
NONE = "none"
EMERGENCIES, REQUESTS = "emergencies", "requests"  # names of the classifiers

# What an entry of each list may name; anything else would never be shown, or would teach the wrong classifier.
_IN_RULES = ("crisis.*", "watch.*", "advice.*", "harm.*", "caution.*")
_IN_EMERGENCIES = (*(f"{strength}.{kind}" for strength in ("crisis", "watch") for kind in KINDS), NONE)
_IN_REQUESTS = ("advice.*", "harm.*", "chitchat.*", NONE, f"{NONE}.*")

_RULE = ("notice", "all_of", "none_of")
_EXAMPLE = ("notice", "group", "messages")

_SENTENCE_END = re.compile(r"[.!?\n;]+")
_NOT_WORD = re.compile(r"[^a-z0-9%]+")
_STRETCHED = re.compile(r"(.)\1{2,}")


@dataclass(frozen=True, slots=True)
class Rule:
    """An unmistakable sign: a sentence that has a phrase of every group in ``all_of`` and none of ``none_of``."""

    notice: str
    all_of: tuple[tuple[str, ...], ...]
    none_of: tuple[str, ...]

    def found(self, sentence: str) -> tuple[str, ...]:
        """A phrase of each group, if a normalised sentence (see ``normalised``) shows the sign; else nothing."""
        padded, found = f" {sentence} ", []
        for group in self.all_of:
            phrase = next((phrase for phrase in group if f" {phrase} " in padded), None)
            if phrase is None:
                return ()
            found.append(phrase)
        return () if any(f" {phrase} " in padded for phrase in self.none_of) else tuple(found)

    def fits(self, sentence: str) -> bool:
        """Whether a normalised sentence shows the sign."""
        return bool(self.found(sentence))


@dataclass(frozen=True, slots=True)
class Example:
    """A message and the notice that it should raise; ``none`` for a look-alike. ``group`` is the editor's name."""

    notice: str
    text: str
    language: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Examples:
    """What an editor reviews about triage: rules, and example messages by notice id."""

    rules: tuple[Rule, ...]
    emergencies: tuple[Example, ...]
    requests: tuple[Example, ...]


def normalised(text: str) -> list[str]:
    """Sentences in lower case without accents, apostrophes, punctuation and stretched letters.

    >>> normalised("He's BLUE!! wakeeeee up… ¿está vivo?")
    ['hes blue', 'wakee up esta vivo']
    """
    plain = unicodedata.normalize("NFKD", text.lower().replace("’", "").replace("'", "").replace("…", " "))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    shortened = _STRETCHED.sub(r"\1\1", bare)
    sentences = (_NOT_WORD.sub(" ", sentence).strip() for sentence in _SENTENCE_END.split(shortened))
    return [sentence for sentence in sentences if sentence]


def load_examples(folder: Path) -> Examples:
    """``emergencies.toml`` and ``requests.toml``; CorpusError when an entry lacks something or names a wrong notice."""
    emergencies = read_form(folder / "emergencies.toml", ("rules", "examples"))
    requests = read_form(folder / "requests.toml", ("examples",))
    return Examples(
        rules=tuple(_rule(entry) for entry in emergencies.entries("rules", "rule", _RULE)),
        emergencies=_examples(emergencies, _IN_EMERGENCIES),
        requests=_examples(requests, _IN_REQUESTS),
    )


def _rule(entry: Form) -> Rule:
    groups = entry.items("all_of")
    if not groups or not all(groups):
        raise entry.fault("all_of", "has an empty group", next_step="fill it in.")
    return Rule(
        _notice(entry, _IN_RULES),
        tuple(_phrases(entry, "all_of", group) for group in groups),
        _phrases(entry, "none_of", entry.items("none_of")),
    )


def _phrases(entry: Form, key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) and normalised(text) for text in value):
        raise entry.fault(key, f"has {value!r:.60}", next_step="write a list of phrases.")
    return tuple(" ".join(normalised(text)) for text in value)


def _examples(form: Form, allowed: Sequence[str]) -> tuple[Example, ...]:
    return tuple(
        Example(_notice(entry, allowed), message.text, message.language, entry.text("group", ""))
        for entry in form.entries("examples", "example", _EXAMPLE)
        for message in _messages(entry)
    )


def _notice(entry: Form, allowed: Sequence[str]) -> str:
    notice = entry.text("notice", "")
    if not any(fnmatchcase(notice, form) for form in allowed):
        raise entry.fault(
            "notice",
            f"is {notice!r:.60}, which cannot be named here",
            next_step=f"write one of: {', '.join(allowed)}.",
        )
    return notice


def _messages(entry: Form) -> tuple[BankQuestion, ...]:
    messages = load_questions(entry, "messages")
    if not messages:
        raise entry.fault("messages", "has no message", next_step="add some, by language.")
    return messages


def raised_by_rules(
    rules: Sequence[Rule], text: str, earlier: Sequence[str] = (), *, leaning: bool = True
) -> tuple[str, ...]:
    """The notices of all rules that fit a sentence, or two sentences that follow each other.

    Emergencies are looked for in ``earlier`` messages as well, and across them. One that only an earlier message
    raises still stands if this message leans on it, and is softened if it does not.
    """
    own = _fitting(rules, text)
    before = [notice_id for message in earlier for notice_id in _fitting(rules, message)]
    across = _fitting(rules, "\n".join([*earlier, text])) if earlier else []
    return tuple(
        dict.fromkeys(
            [
                *own,
                *(notice_id for notice_id in across if is_alarm(notice_id) and notice_id not in before),
                *(standing(notice_id, leaning=leaning) for notice_id in before if is_alarm(notice_id)),
            ]
        )
    )


def signs(rules: Sequence[Rule], text: str) -> list[tuple[Rule, tuple[str, ...]]]:
    """Every rule that fits a sentence of a text, or two that follow each other, with the phrases that it found."""
    sentences = normalised(text)
    readings = [*sentences, *(f"{one} {two}" for one, two in pairwise(sentences))]
    found = ((rule, next(filter(None, map(rule.found, readings)), ())) for rule in rules)
    return [(rule, phrases) for rule, phrases in found if phrases]


def _fitting(rules: Sequence[Rule], text: str) -> list[str]:
    return [rule.notice for rule, _ in signs(rules, text)]


def is_alarm(notice_id: str) -> bool:
    """Whether a notice is about danger: ``crisis.*`` for now, ``watch.*`` for later."""
    return notice_id.startswith(("crisis.", "watch."))


def softened(notice_id: str) -> str:
    """The notice that stands before quotes instead of alone."""
    return notice_id.replace("crisis.", "watch.")


def shown(ids: Iterable[str], *, calm: bool) -> list[str]:
    """The ids of what is shown: each once, the most urgent first; one emergency at most, softer when all is ``calm``.

    >>> shown(["advice.dose", "watch.overdose", "crisis.overdose"], calm=False)
    ['crisis.overdose', 'advice.dose']
    """
    order = sorted(dict.fromkeys(ids), key=lambda notice_id: _URGENCY.index(notice_id.partition(".")[0]))
    alarms = [notice_id for notice_id in order if is_alarm(notice_id)]
    others = [notice_id for notice_id in order if notice_id not in alarms]
    return [*(softened(notice_id) if calm else notice_id for notice_id in alarms[:1]), *others]


_URGENCY = ("crisis", "watch", "trouble", "harm", "advice", "caution", "language", "not_covered", "chitchat")


def standing(notice_id: str, *, leaning: bool) -> str:
    """What is left of an earlier message's alarm: all of it for "ok what now", a reminder for a new question."""
    return notice_id if leaning else softened(notice_id)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities from which a notice is raised. A part has lost what stood around it, so it must be surer."""

    whole: float
    part: float


def training_examples(examples: Sequence[Example], others: Sequence[str]) -> list[tuple[str, str]]:
    """(message, class): the examples, and texts that raise no notice."""
    return [*((example.text, example.notice) for example in examples), *((text, NONE) for text in others)]


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
