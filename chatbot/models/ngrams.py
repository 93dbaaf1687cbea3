"""Character n-grams of texts, hashed to columns: what scikit-learn's HashingVectorizer counts, without importing it.

That import takes 68 MB.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import mmh3
import numpy as np
from scipy.sparse import csr_matrix

BUCKETS = 2**15  # hashed n-grams; 2**15 x classes x 2 bytes stays under 20 MB for 300 classes
_SHORTEST, _LONGEST = 2, 5  # characters of an n-gram


def ngram_counts(texts: Sequence[str]) -> csr_matrix:
    """How often each hashed character n-gram occurs in each text, shape (texts, BUCKETS)."""
    counted = [sorted(Counter(map(_column, _ngrams(text.lower()))).items()) for text in texts]
    columns = np.array([column for counts in counted for column, _ in counts], dtype=np.int32)
    data = np.array([count for counts in counted for _, count in counts], dtype=np.float64)
    return csr_matrix((data, columns, np.cumsum([0, *map(len, counted)])), shape=(len(texts), BUCKETS))


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
