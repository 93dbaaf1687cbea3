"""Reading: the reader scores the nearest windows of articles without a bank, and their scores become probabilities.

A window is read under its heading, and so is the question in English: Spanish is glossed, in the article too. Windows
are ordered by the reader's logit and how near they are. Beside a bank the probability hangs on that, too, and on how
like the question the nearest question of the bank and its topics is: it is theirs to answer or to leave open. What is
quoted of a window is then the part that the reader likes best. The weights were fitted by ``python -m
benchmarks.fit_reading`` on questions with known answers; see docs/reader.md.
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from chatbot.answering.quoting import whole_thought
from chatbot.corpus.documents import Span
from chatbot.models.reader import Reader
from chatbot.query.language import SPANISH
from chatbot.retrieval.candidates import Candidate

LONGEST_READ = 450  # characters of a window or a stretch that are read
KEEPS = 0.5  # logits of the reader that a longer part of a window may lose against the best part; see docs/reader.md
# First words of a sentence that takes something back of the one before: it is not cut off from it.
TAKING_BACK = re.compile(
    r"(?:but|however|unless|except|only|though|although|yet|still"
    r"|pero|sin embargo|salvo|excepto|aunque|solo|sólo|a menos)\b",
    re.IGNORECASE,
)
NEARNESS = 20.0  # weight of the similarity beside the reader's logit, in the order of windows
OF_ARTICLE = 10.0  # weight of how near its article is, in the order, too: it says whose subject the question is
# Similarity that a window may lack of the nearest one's: a farther one would need 4 logits more to be first.
REACH = 0.2
HOPELESS = -4.0  # logit below which the sentences of a window are not read: none would make up for it

# A less similar window answers nothing: the reader has read little that is about anything else.
LEAST_SIMILARITY = 0.17

InEnglish = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Weights:
    """Of a logistic regression: the probability that a window answers. See ``benchmarks.fit_reading``."""

    bias: float
    logit: float
    similarity: float = 0.0
    known: float = 0.0


READING_WEIGHTS = Weights(bias=-0.7977, logit=0.4833)
READING_WEIGHTS_BESIDE_BANK = Weights(bias=-1.1426, logit=0.4134, similarity=2.9177, known=-3.4815)


@dataclass(frozen=True, slots=True)
class WindowFeatures:
    """What is known of a window for a question; ``known`` is how like the question the nearest bank question is.

    ``article`` is how near its article is. ``run`` is the logit of the run of its sentences that the reader likes best;
    None where they were not read.
    """

    logit: float
    similarity: float
    known: float = 0.0
    article: float = 0.0
    run: float | None = None

    @property
    def order(self) -> float:
        """By which windows are ranked."""
        return self.logit + NEARNESS * self.similarity + OF_ARTICLE * self.article

    @property
    def reading(self) -> float:
        """What the reader says of the window and of its best run, in the mean."""
        return self.logit if self.run is None else (self.logit + self.run) / 2

    def answers(self, weights: Weights) -> float:
        """The probability that the window answers the question; 0 for one that is not about the same things."""
        if self.similarity < LEAST_SIMILARITY:
            return 0.0
        seen = weights.logit * self.reading + weights.similarity * self.similarity + weights.known * self.known
        return 1 / (1 + math.exp(-weights.bias - seen))


def read_candidates(
    reader: Reader, question: str, candidates: Sequence[Candidate], *, gloss: InEnglish, known: float | None = None
) -> tuple[Candidate, ...]:
    """The candidates within reach with the probability that they answer as their score, the best first.

    The sentences of the best are read, too: where a few of them answer, the reader likes these more than the window.
    ``question`` is in English words; ``gloss`` gives those of a Spanish text. ``known`` is how like the question the
    nearest bank question is; None without a bank.
    """
    weights = READING_WEIGHTS if known is None else READING_WEIGHTS_BESIDE_BANK
    read = read_windows(reader, question, candidates, gloss=gloss, known=known or 0.0)
    return tuple(replace(one, score=found.answers(weights), reading=found.reading) for found, one in read)


def read_windows(
    reader: Reader, question: str, candidates: Sequence[Candidate], *, gloss: InEnglish, known: float = 0.0
) -> list[tuple[WindowFeatures, Candidate]]:
    """The candidates within reach with what is known of them, the best first; see ``read_candidates``.

    Of the best the sentences are read, too, and its cut is set; not if it is hopeless.
    """
    near = within_reach(candidates)
    features = window_features(reader, question, near, gloss=gloss, known=known)
    read = sorted(zip(features, near, strict=True), key=lambda pair: -pair[0].order)
    if read and read[0][0].logit >= HOPELESS:
        of_best, best = read[0]
        cut, run = read_runs(reader, question, best, gloss=gloss)
        read[0] = replace(of_best, run=run), replace(best, cut=cut)
    return read


def within_reach(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that may be ranked first, in their order: reading takes time, and a far window does not catch up."""
    nearest = max((candidate.score for candidate in candidates), default=0.0)
    return [candidate for candidate in candidates if candidate.score >= nearest - REACH]


def read_runs(
    reader: Reader, question: str, candidate: Candidate, *, gloss: InEnglish
) -> tuple[Span | None, float | None]:
    """The run of a window's sentences that is to be quoted, and the logit of the best; None of a window of one run.

    A window is wide, so that the reader can judge it; a family should read the sentences that answer. Of runs that are
    about as good, less than ``KEEPS`` below the best, the longest is taken: it is the likeliest to hold the answer
    whole. A sentence that takes something back stays with the one before it.
    """
    runs = list(runs_of(candidate))
    if len(runs) < 2:
        return None, None
    logits = reader.read(question, [passage_to_read(run, gloss) for run in runs]).tolist()
    best = max(logits)
    good = (run for run, logit in zip(runs, logits, strict=True) if logit > best - KEEPS)
    return _window(max(good, key=_quoted_length)), best


def runs_of(candidate: Candidate) -> Iterator[Candidate]:
    """The candidate for every run of neighbouring sentences of its window."""
    document, window = candidate.document, _window(candidate)
    units = [unit for unit in document.units if window.covers(unit)]
    for first, unit in enumerate(units):
        for last, end in enumerate(units[first:], first):
            behind = document.slice(units[last + 1]) if last + 1 < len(units) else ""
            if not TAKING_BACK.match(behind):
                yield replace(candidate, stretches=(Span(unit.start, end.end),))


def _quoted_length(candidate: Candidate) -> tuple[int, int]:
    """Characters that are quoted for a candidate, and of its own."""
    window = _window(candidate)
    return len(whole_thought(candidate.document, window)), len(window)


def stretches_to_read(candidate: Candidate, gloss: InEnglish) -> list[str]:
    """The text of each stretch of a candidate as the reader gets it."""
    return [passage_to_read(replace(candidate, stretches=(stretch,)), gloss) for stretch in candidate.stretches]


def window_features(
    reader: Reader, question: str, candidates: Sequence[Candidate], *, gloss: InEnglish, known: float = 0.0
) -> list[WindowFeatures]:
    """The features of the candidates, in their order; ``known`` is the same for all."""
    passages = [passage_to_read(candidate, gloss) for candidate in candidates]
    logits = reader.read(question, passages).tolist()
    return [
        WindowFeatures(logit, candidate.score, known, article=candidate.match.article if candidate.match else 0.0)
        for logit, candidate in zip(logits, candidates, strict=True)
    ]


def _window(candidate: Candidate) -> Span:
    return Span(candidate.stretches[0].start, candidate.stretches[-1].end)


def passage_to_read(candidate: Candidate, gloss: InEnglish) -> str:
    """The text of a window under its article's title and the heading of its section."""
    document, window = candidate.document, _window(candidate)
    above = dict.fromkeys([document.title, document.section_title(document.section_at(window.start))])
    text = ". ".join([*above, document.slice(window)[:LONGEST_READ]])
    return gloss(text) if document.language_at(window.start) == SPANISH else text
