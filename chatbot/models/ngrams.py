"""Character n-grams of texts, hashed to columns: what scikit-learn's HashingVectorizer counts, without importing it.

That import takes 68 MB. Hash: MurmurHash3, 32 bits (Austin Appleby, public domain), as scikit-learn uses it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

BUCKETS = 2**15  # hashed n-grams; 2**15 x classes x 2 bytes stays under 20 MB for 300 classes
_SHORTEST, _LONGEST = 2, 5  # characters of an n-gram


def ngram_counts(texts: Sequence[str]) -> csr_matrix:
    """How often each hashed character n-gram occurs in each text, shape (texts, BUCKETS)."""
    counted = [Counter(_ngrams(text.lower())) for text in texts]
    columns = _columns({ngram for counts in counted for ngram in counts})
    indices = [columns[ngram] for counts in counted for ngram in counts]
    data = np.array([count for counts in counted for count in counts.values()], dtype=np.float64)
    ends = np.cumsum([0, *map(len, counted)])
    found = csr_matrix((data, np.array(indices, dtype=np.int32), ends), shape=(len(texts), BUCKETS))
    found.sum_duplicates()
    return found


def _ngrams(text: str) -> Iterator[str]:
    """Those of each word with a space before and after it; of a short word the whole once.

    >>> list(_ngrams("at"))
    [' a', 'at', 't ', ' at', 'at ', ' at ']
    """
    for word in text.split():
        padded = f" {word} "
        for length in range(_SHORTEST, _LONGEST + 1):
            starts = max(1, len(padded) - length + 1)
            yield from (padded[start : start + length] for start in range(starts))
            if starts == 1:
                break  # longer ones would be the whole word again


def _columns(ngrams: Iterable[str]) -> dict[str, int]:
    """The column of each n-gram."""
    by_size: dict[int, list[tuple[str, bytes]]] = {}
    for ngram in ngrams:
        encoded = ngram.encode("utf-8")
        by_size.setdefault(len(encoded), []).append((ngram, encoded))
    columns: dict[str, int] = {}
    for size, pairs in by_size.items():
        rows = np.frombuffer(b"".join(encoded for _, encoded in pairs), dtype=np.uint8).reshape(-1, size)
        hashed = _murmur(rows).view(np.int32).astype(np.int64)
        columns.update(zip((ngram for ngram, _ in pairs), (np.abs(hashed) % BUCKETS).tolist(), strict=True))
    return columns


def _murmur(rows: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """MurmurHash3 of each row of bytes with seed 0. Numbers of 32 bits run over, as they should."""
    size = rows.shape[1]
    filled = np.zeros((len(rows), -(-size // 4) * 4), dtype=np.uint8)
    filled[:, :size] = rows
    blocks = filled.view("<u4").astype(np.uint32)
    state = np.zeros(len(rows), dtype=np.uint32)
    for number in range(blocks.shape[1]):
        mixed = _turned(blocks[:, number] * np.uint32(0xCC9E2D51), 15) * np.uint32(0x1B873593)
        state ^= mixed
        if 4 * number + 4 <= size:  # the rest of a row is not turned any more
            state = _turned(state, 13) * np.uint32(5) + np.uint32(0xE6546B64)
    state ^= np.uint32(size)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        state = (state ^ (state >> np.uint32(shift))) * np.uint32(factor)
    return state ^ (state >> np.uint32(16))


def _turned(numbers: NDArray[np.uint32], bits: int) -> NDArray[np.uint32]:
    return (numbers << np.uint32(bits)) | (numbers >> np.uint32(32 - bits))
