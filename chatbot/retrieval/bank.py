"""The answers of the question bank beside the probabilities of their classes: candidates, best first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from chatbot.corpus.corpus import Corpus
from chatbot.corpus.documents import Span
from chatbot.corpus.question_bank import Answer
from chatbot.models.classifier import Probabilities
from chatbot.retrieval.candidates import TOPIC, Candidate, Place, answer_label

MOST_CANDIDATES = 8
HOLDS = 0.8  # share of a stretch that a quote must hold to answer what the stretch answers


@dataclass(frozen=True)  # no slots: what follows from labels and answers is worked out once
class Bank:
    """The answers of a corpus, beside the probabilities of their classes."""

    corpus: Corpus
    labels: tuple[str, ...]

    @cached_property
    def columns(self) -> NDArray[np.intp]:
        """The column of each answer; answers without a class have none, and are not in ``answers``."""
        numbers = {label: number for number, label in enumerate(self.labels)}
        return np.array([numbers[answer_label(answer)] for answer in self.answers], dtype=np.intp)

    @cached_property
    def answers(self) -> tuple[Answer, ...]:
        """The answers that are classes."""
        known = set(self.labels)
        return tuple(answer for answer in self.corpus.answers if answer_label(answer) in known)

    @cached_property
    def held(self) -> NDArray[np.float32]:
        """1 where quoting the answer of a row answers what the answer of a column answers, shape (answers, answers)."""
        return np.array([[_holds(one, other) for other in self.answers] for one in self.answers], dtype=np.float32)

    @cached_property
    def beside(self) -> NDArray[np.float32]:
        """1 where two answers stand in the same section of one document, shape (answers, answers)."""
        places = [
            (answer.document.name, answer.document.section_at(answer.stretches[0].start)) for answer in self.answers
        ]
        return np.array([[one == other for other in places] for one in places], dtype=np.float32)

    def covered(self, row: Probabilities) -> float:
        """The probability that any answer fits."""
        return float(row[self.columns].sum()) if self.answers else 0.0

    def likeliest(self, row: Probabilities) -> Candidate:
        """The best candidate."""
        return self.candidates(row, most=1)[0]

    def candidates(self, row: Probabilities, *, most: int = MOST_CANDIDATES) -> tuple[Candidate, ...]:
        """The likeliest answers, best first."""
        if not self.answers:
            return ()
        likely = row[self.columns]
        scores = self.held @ likely
        units = _unit_scores(self.answers, likely)
        order = np.argsort(-likely, kind="stable")[:most].tolist()
        return tuple(
            Candidate(answer.document, answer.stretches, _deciding(answer, units), float(scores[number]), answer)
            for number, answer in ((number, self.answers[number]) for number in order)
        )

    def likeliest_topic(self, row: Probabilities) -> str:
        """The name of the likeliest topic that is not covered; empty without topics."""
        topics = [number for number, label in enumerate(self.labels) if label.startswith(TOPIC)]
        best = max(topics, key=lambda number: row[number], default=None)
        return self.labels[best].removeprefix(TOPIC) if best is not None else ""

    def given(self, shown: Sequence[Place]) -> NDArray[np.bool_]:
        """Which answers the places that were shown hold, shape (answers,)."""
        return np.array([any(_shows(place, answer) for place in shown) for answer in self.answers], dtype=bool)


def _holds(one: Answer, other: Answer) -> bool:
    if one.document != other.document:
        return False
    return any(own.overlap(stretch) >= HOLDS * len(stretch) for own in one.stretches for stretch in other.stretches)


def _shows(place: Place, answer: Answer) -> bool:
    return place.document == answer.document and any(
        place.span.overlap(stretch) >= HOLDS * len(stretch) for stretch in answer.stretches
    )


def _unit_scores(answers: Sequence[Answer], likely: Probabilities) -> dict[tuple[str, Span], float]:
    """For each sentence or list item, the probability that an answer holding it fits: many answers share units."""
    scores: dict[tuple[str, Span], float] = {}
    for answer, score in zip(answers, likely.tolist(), strict=True):
        for unit in answer.units:
            key = (answer.document.name, unit)
            scores[key] = scores.get(key, 0.0) + score
    return scores


def _deciding(answer: Answer, units: Mapping[tuple[str, Span], float]) -> Span:
    return max(answer.units, key=lambda unit: units[answer.document.name, unit])
