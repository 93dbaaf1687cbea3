"""Search in articles with a question bank: nearest bank questions and a classifier, weighed by the ranker.

Every candidate is a place. Probabilities: higher is better.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chatbot.models.classifier import ClassifierOutput, Features, Probabilities
from chatbot.query.message_form import asks, asks_for_more
from chatbot.query.rewriting import QueryVariants
from chatbot.retrieval.candidates import ANSWERS, Bank, Candidate, DocumentSpan, SearchResult
from chatbot.retrieval.index import Index
from chatbot.retrieval.ranking import NEIGHBOURS, Ranker, nearest_by_class

SURE = 0.7  # probability of an answer from which it is quoted for one question of several
WHOLE = 6.0  # how much more than a part the whole message counts
ASKING = 3.0  # how much more a part counts that is a question
# How fast the weight of a variant rises with its certainty. On stories of two writers left out 4 refuses .011 in place
# of .021 of the Spanish ones and nothing else changes; on dev2.jsonl .095 in place of .119, and .81 are right, not .79.
CERTAINTY = 4
FOLLOWING = 2.0  # how fast the form of a message turns it into a follow-up
ANSWERED = 0.9  # how much less an answer counts that was given to the message before
BESIDE = 3.0  # how much more an answer counts that stands beside what was shown
ALONE = 0.75  # probability of the best answer from which a message is read without what was said before


def search_bank(
    bank: Bank, index: Index, variants: QueryVariants, features: Features, *, shown: Sequence[DocumentSpan] = ()
) -> SearchResult:
    """Candidates of the ranker of ``bank``.

    ``features`` are those of ``variants.all``; ``shown`` are the places quoted before, newest last.
    """
    if index.ranker is None:
        return SearchResult(0.0, (), "")
    probabilities, nearest = rank(index, index.ranker, features)
    outputs = ClassifierOutput(bank.labels, variants.all, probabilities)
    if variants.earlier and variants.dependence and asks_for_more(variants.whole):
        return _next_answer(bank, outputs, _last_place(bank, outputs, variants, shown))
    row = _combined(bank, variants, probabilities, shown)
    asked = _asked(bank, variants, probabilities)
    return SearchResult(bank.covered(row), bank.candidates(row), bank.likeliest_topic(row), nearest, asked, outputs)


def _asked(bank: Bank, variants: QueryVariants, probabilities: Probabilities) -> tuple[Candidate, ...]:
    """The sure answers to the single questions of a message that asks several."""
    rows = [
        row
        for part, row in zip(variants.parts, probabilities[variants.part_rows], strict=True)
        if part.rstrip().endswith("?")
    ]
    best = [bank.likeliest(row) for row in rows] if len(rows) > 1 and bank.answers else []
    return tuple(candidate for candidate in best if candidate.score >= SURE)


def rank(index: Index, ranker: Ranker, features: Features) -> tuple[Probabilities, float]:
    """The probability of each class of the ranker for each text, shape (texts, classes).

    Then how like the first text the most similar question is.
    """
    sizes = ranker.sizes
    found = index.nearest_questions(features.vectors, count=NEIGHBOURS)
    near = np.stack([_by_class(index, ranker, one, sizes) for one in found])
    probabilities = ranker.probabilities(index.classifiers[ANSWERS].probabilities(features), near)
    return probabilities, found[0][0][1] if found[0] else 0.0


def _by_class(
    index: Index, ranker: Ranker, found: Sequence[tuple[int, float]], sizes: NDArray[np.intp]
) -> NDArray[np.float32]:
    columns = ranker.columns[[number - index.text_rows for number, _ in found]]
    return nearest_by_class(columns, np.array([similarity for _, similarity in found], dtype=np.float32), sizes)


def _last_place(
    bank: Bank, outputs: ClassifierOutput, variants: QueryVariants, shown: Sequence[DocumentSpan]
) -> tuple[DocumentSpan | None, float]:
    """What was shown last, and how surely: the last quote, or else the likeliest answer to the message before."""
    if shown:
        return shown[-1], 1.0
    row = outputs.probabilities[variants.last_earlier_row]
    if not bank.answers:
        return None, 0.0
    best = bank.likeliest(row)
    return DocumentSpan(best.document, best.stretches[-1]), bank.covered(row)


def _next_answer(bank: Bank, outputs: ClassifierOutput, last: tuple[DocumentSpan | None, float]) -> SearchResult:
    """For "tell me more": the answer that starts next after what was shown last, in the same document."""
    place, covered = last
    after = [
        answer
        for answer in bank.answers
        if place and answer.document == place.document and answer.stretches[0].start >= place.span.end
    ]
    following = sorted(after, key=lambda answer: (answer.stretches[0].start, -len(answer.units)))[:1]
    candidates = tuple(
        Candidate(answer.document, answer.stretches, answer.units[0], covered, answer) for answer in following
    )
    return SearchResult(covered if following else 0.0, candidates, "", outputs=outputs)


def _combined(
    bank: Bank, variants: QueryVariants, probabilities: Probabilities, shown: Sequence[DocumentSpan]
) -> Probabilities:
    """The probabilities of one question from those of all its variants.

    A message that points at nothing, and whose own reading is sure, is answered alone. Of others, the more the form
    depends on earlier messages, the more the variant with the subject counts. The answer to the message before has been
    given, so it counts less, and what stands beside it counts more (measured in benchmarks/quality.md).
    """
    whole = _with_parts(variants, probabilities)
    share = min(1.0, FOLLOWING * variants.dependence) if variants.earlier else 0.0
    if not share or not bank.answers:
        return whole
    if not variants.points and bank.likeliest(whole).score >= ALONE:
        return whole
    before = probabilities[variants.last_earlier_row].copy()
    if shown:
        before[bank.columns] = np.maximum(before[bank.columns], bank.given(shown))
    pointed = probabilities[variants.pointed_row]
    mixed = ((1 - share) * whole + share * pointed) * (1 - ANSWERED * share * before)
    last = bank.given(shown[-1:]) if shown else before[bank.columns]
    mixed[bank.columns] *= 1 + BESIDE * share * np.minimum(1.0, last @ bank.beside)
    combined: Probabilities = (mixed / mixed.sum()).astype(np.float32)
    return combined


def _with_parts(variants: QueryVariants, probabilities: Probabilities) -> Probabilities:
    """The row of the whole message mixed with those of its parts: the question may be buried in a story.

    A variant counts by its certainty, for small talk around a question is like nothing in the bank; the whole counts
    more than a part, and a part more if it asks. On made-up stories the first quote is right for 66 % instead of 36 %
    (benchmarks/quality.md).
    """
    own: Probabilities = probabilities[variants.own_rows]
    parts = (ASKING if asks(part) else 1.0 for part in variants.parts)
    weights = own.max(axis=1) ** CERTAINTY * np.array([*[WHOLE] * variants.readings, *parts])
    mixed: Probabilities = ((weights / weights.sum()) @ own).astype(np.float32)
    return mixed
