"""Prototype selection: which bank questions the index need not hold.

A search compares a message with every question row, so a row that decides nothing costs time. Questions that the
adapter has not been trained on are asked as a stranger's: without those of their own writer. A row is superfluous when
none of them finds it among the nearest of a class that matters there: its own, and the likeliest dozen. Classifiers are
trained on all questions all the same. Source: condensed nearest neighbours (Hart, 1968), with held-out questions.
"""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from chatbot.indexing.embedding_cache import text_key
from chatbot.models.adapter import EncoderForm
from chatbot.models.encoder import Vectors
from chatbot.retrieval.ranking import CLOSEST, NEIGHBOURS, nearest_by_class

PRUNED_FROM = 5_000  # questions of a bank from which some are left out: to compare fewer takes half a millisecond
MATTER = 12  # likeliest classes of a held-out question, besides its own: fewer cost right answers (ARCHITECTURE.md)
_KEY = 8  # bytes of a hash that are kept, as of vectors in ``ready/``
_BLOCK = 256  # held-out questions that are compared at once


def question_key(text: str, label: str) -> bytes:
    """The short hash of a bank question and its class: one that moves to another answer is a new question."""
    return text_key(f"{label}\n{text}", form=EncoderForm.BANK)[:_KEY]


def indexed_questions(pairs: Sequence[tuple[str, str]], superfluous: Collection[bytes]) -> NDArray[np.intp]:
    """The numbers of the bank questions (text, class) that the index holds, ascending: all but ``superfluous`` ones.

    >>> indexed_questions([("is there hope", "a"), ("any hope", "a")], {question_key("any hope", "a")}).tolist()
    [0]
    """
    return np.array(
        [number for number, pair in enumerate(pairs) if question_key(*pair) not in superfluous], dtype=np.intp
    )


def superfluous_questions(
    vectors: Vectors, targets: NDArray[np.intp], writers: Sequence[str], held_out: Sequence[bool]
) -> NDArray[np.bool_]:
    """Which bank questions decide about no held-out one, shape (questions,).

    ``vectors`` (questions, dimension) are adapted, ``targets`` (questions,) their classes. ``writers`` names the
    independent writer of each, or is empty for the bank's authors, whose held-out questions meet all but each other.
    """
    names, asked = np.array(writers), np.array(held_out, dtype=bool)
    needed = np.zeros(len(targets), dtype=bool)
    for writer in np.unique(names).tolist():
        own = names == writer
        others = np.flatnonzero(~own if writer else ~asked)
        mine = np.flatnonzero(own & asked) if len(others) else others
        sizes = np.bincount(targets[others], minlength=int(targets.max(initial=0)) + 1)
        for start in range(0, len(mine), _BLOCK):
            block = mine[start : start + _BLOCK]
            for target, similar in zip(targets[block].tolist(), vectors[block] @ vectors[others].T, strict=True):
                needed[others[_deciding(similar, targets[others], target, sizes)]] = True
    return ~needed


def _deciding(
    similarities: NDArray[np.float32], columns: NDArray[np.intp], own: int, sizes: NDArray[np.intp]
) -> NDArray[np.intp]:
    """The places of the questions that are the closest of a class that matters, of those that a search would find."""
    count = min(NEIGHBOURS, len(similarities))
    found = np.argpartition(-similarities, count - 1)[:count]
    order = found[np.argsort(-similarities[found], kind="stable")]
    classes = columns[order]
    means = nearest_by_class(classes, similarities[order], sizes)[:, 1]
    matter = {own, *np.argsort(-means, kind="stable")[:MATTER].tolist()}
    return np.concatenate([order[np.flatnonzero(classes == column)[:CLOSEST]] for column in matter])
