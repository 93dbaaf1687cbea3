"""Hashed n-grams, against those of scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import HashingVectorizer

from chatbot.models.ngrams import BUCKETS, ngram_counts
from chatbot.query.question import readable

ORACLE = HashingVectorizer(analyzer="char_wb", ngram_range=(2, 5), n_features=BUCKETS, norm=None, alternate_sign=False)


@given(texts=st.lists(st.text().map(readable), min_size=1, max_size=4))
def test_counts_are_those_of_the_library(texts: list[str]) -> None:
    """Any texts have the columns and counts that scikit-learn gives them, in the same order."""
    ours, theirs = ngram_counts(texts), ORACLE.transform([text.lower() for text in texts])

    np.testing.assert_array_equal(ours.indptr, theirs.indptr)
    np.testing.assert_array_equal(ours.indices, theirs.indices)
    np.testing.assert_array_equal(ours.data, theirs.data)


@pytest.mark.parametrize("text", ["", " ", "a", "heroin heroin", "¿Qué señales?", "İI ẞß ΑΣ", "\U0001f600\U0001f600 x"])
def test_odd_words(text: str) -> None:
    """Empty texts, words of one letter, and letters of two to four bytes."""
    assert (ngram_counts([text]) != ORACLE.transform([text.lower()])).nnz == 0
