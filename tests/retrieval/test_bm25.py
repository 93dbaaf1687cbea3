"""BM25 against its formula."""

import math
from collections import Counter
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chatbot.retrieval.bm25 import BM25Index

TEXTS = [
    "Track marks on arms or legs",
    "Suboxone and methadone: two medications, two ways",
    "methadone clinic methadone clinic",
    "Support group meetings with peers",
]


def reference(question: list[str], texts: list[list[str]], *, k1: float = 1.2, b: float = 0.75) -> list[float]:
    """BM25 as Lucene has it (Kamphuis et al. 2020, table 1), in ten plain lines."""
    mean = sum(map(len, texts)) / len(texts)
    scores = []
    for text in texts:
        counts, score = Counter(text), 0.0
        for word in question:
            holding = sum(word in other for other in texts)
            idf = math.log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))
            score += idf * counts[word] / (counts[word] + k1 * (1 - b + b * len(text) / mean))
        scores.append(score)
    return scores


def test_scores_equal_the_formula() -> None:
    """The library's scores are those of the published formula."""
    stop_words = {"on", "or", "and", "with"}
    texts = [[word for word in text.lower().replace(":", "").replace(",", "").split() if word not in stop_words]
             for text in TEXTS]  # fmt: skip

    expected = reference(["methadone", "clinic"], texts)

    np.testing.assert_allclose(expected, BM25Index.from_texts(TEXTS).scores("the methadone CLINIC?"), rtol=1e-5)


def test_unknown_words_score_nothing() -> None:
    """A question without a known word gives every row 0."""
    assert not BM25Index.from_texts(TEXTS).scores("zzz qqq !!").any()
    assert not BM25Index.from_texts(TEXTS).scores("").any()


def test_round_trip(tmp_path: Path) -> None:
    """What was saved scores as before."""
    weights = BM25Index.from_texts(TEXTS)
    weights.save(tmp_path / "lexical")

    loaded = BM25Index.load(tmp_path / "lexical", len(TEXTS))
    np.testing.assert_array_equal(weights.scores("two medications"), loaded.scores("two medications"))


WORDS = st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta", "epsilon"]), max_size=8)


@given(st.lists(WORDS, min_size=1, max_size=6).filter(any), WORDS)
def test_scores_equal_the_formula_for_any_texts(texts: list[list[str]], question: list[str]) -> None:
    """Whatever the texts and the question, the library's scores are those of the published formula."""
    scores = BM25Index.from_texts([" ".join(words) for words in texts]).scores(" ".join(question))

    np.testing.assert_allclose(reference(question, texts), scores, rtol=1e-4, atol=1e-6)
