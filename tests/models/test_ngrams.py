"""Hashed n-grams, against those of scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

from chatbot.indexing.classifier_training import fit_space
from chatbot.models.ngrams import BUCKETS, NO_NGRAMS, NgramSpace, ngram_counts, weighted
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


TEXTS = ["cost of it", "signs now signs", "", "x" * 500]


def test_words_weigh_as_in_scikit_learn() -> None:
    """An n-gram's weight is what scikit-learn's sublinear TF-IDF gives it."""
    counts = ngram_counts(TEXTS)
    oracle = TfidfTransformer(sublinear_tf=True).fit(counts)

    ours = weighted(counts, oracle.idf_.astype(np.float32))
    np.testing.assert_allclose(oracle.transform(counts).toarray(), ours.toarray(), rtol=1e-4, atol=1e-6)


def test_coordinates_are_the_product_with_the_components() -> None:
    """Only the components of n-grams that occur are read, and nothing else would add to the coordinates."""
    space = fit_space(TEXTS)
    rows = weighted(ngram_counts(TEXTS), space.idf)

    np.testing.assert_allclose(rows @ space.components.astype(np.float32), space.reduce(TEXTS), atol=1e-6)


def test_a_space_goes_through_a_file_and_comes_back() -> None:
    """Its arrays give the same coordinates; a space of no dimension gives none."""
    space = fit_space(TEXTS)

    np.testing.assert_array_equal(space.reduce(TEXTS), NgramSpace.from_arrays(space.arrays()).reduce(TEXTS))
    assert NO_NGRAMS.reduce(TEXTS).shape == (4, 0)
