"""Character n-grams of texts, hashed to columns, and a space of few dimensions for their TF-IDF weights.

The columns are those of scikit-learn's HashingVectorizer, without importing it: that takes 68 MB.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import mmh3
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

BUCKETS = 2**15  # hashed n-grams; in 300 dimensions their space takes 20 MB
_SHORTEST, _LONGEST = 2, 5  # characters of an n-gram


@dataclass(frozen=True, slots=True, eq=False)
class NgramSpace:
    """Where all classifiers of an index see n-grams: ``idf`` (BUCKETS,) and ``components`` (BUCKETS, dimensions).

    ``indexing/classifier_training.py`` fits it by a truncated SVD (latent semantic analysis; Deerwester et al., 1990).
    """

    idf: NDArray[np.float32]
    components: NDArray[np.float16]

    def reduce(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Coordinates of texts, shape (texts, dimensions)."""
        return self.project(weighted(ngram_counts(texts), self.idf))

    def project(self, rows: csr_matrix) -> NDArray[np.float32]:
        """Coordinates of weighted n-grams, shape (texts, BUCKETS); only the components of those that occur are read."""
        found = np.empty((rows.shape[0], self.components.shape[1]), dtype=np.float32)
        for number, (start, end) in enumerate(pairwise(rows.indptr.tolist())):
            found[number] = rows.data[start:end] @ self.components[rows.indices[start:end]].astype(np.float32)
        return found

    def arrays(self) -> dict[str, NDArray[np.floating]]:
        """Everything as plain arrays."""
        return {"idf": self.idf, "components": self.components}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.floating]]) -> "NgramSpace":
        """What ``arrays`` gave."""
        return cls(arrays["idf"].astype(np.float32), arrays["components"].astype(np.float16))


# Of no dimension: where nothing was trained.
NO_NGRAMS = NgramSpace(np.zeros(BUCKETS, dtype=np.float32), np.zeros((BUCKETS, 0), dtype=np.float16))


def ngram_counts(texts: Sequence[str]) -> csr_matrix:
    """How often each hashed character n-gram occurs in each text, shape (texts, BUCKETS)."""
    counted = [sorted(Counter(map(_column, _ngrams(text.lower()))).items()) for text in texts]
    columns = np.array([column for counts in counted for column, _ in counts], dtype=np.int32)
    data = np.array([count for counts in counted for _, count in counts], dtype=np.float64)
    return csr_matrix((data, columns, np.cumsum([0, *map(len, counted)])), shape=(len(texts), BUCKETS))


def weighted(counts: csr_matrix, idf: NDArray[np.float32]) -> csr_matrix:
    """Sublinear TF-IDF rows of length 1; for a handful of rows it takes a tenth of the time of scikit-learn's own."""
    weights = (1 + np.log(counts.data)) * idf[counts.indices]
    row_of = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    lengths = np.sqrt(np.bincount(row_of, weights=weights**2, minlength=counts.shape[0]))
    data = (weights / np.maximum(lengths, 1e-9)[row_of]).astype(np.float32)
    return csr_matrix((data, counts.indices, counts.indptr), shape=counts.shape)


def _ngrams(text: str) -> Iterator[str]:
    """Those of each word with a space before and after it; of a short word the whole once.

    >>> list(_ngrams("at"))
    [' a', 'at', 't ', ' at', 'at ', ' at ']
    """
    for word in text.split():
        padded = f" {word} "
        for length in range(_SHORTEST, _LONGEST + 1):
            if len(padded) <= length:
                yield padded
                break  # longer ones would be the whole word again
            yield from (padded[start : start + length] for start in range(len(padded) - length + 1))


def _column(ngram: str) -> int:
    """By MurmurHash3 (32 bits, with a sign), as scikit-learn has it."""
    return abs(mmh3.hash(ngram)) % BUCKETS
