"""BM25 over rows of text, by the library bm25s. Scores are raw BM25: 0 or more, higher is better."""

from collections.abc import Sequence
from pathlib import Path

import bm25s
import numpy as np
from numpy.typing import NDArray

# Short words that say nothing about a topic. bm25s' own English list, without "not" and question words, was no better.
_TOKEN = r"(?u)\b\w+\b"


class BM25Index:
    """Word weights of some rows. Rows keep the order in which they were given."""

    def __init__(self, weights: bm25s.BM25, rows: int) -> None:
        self._weights = weights
        self.rows = rows

    @classmethod
    def from_texts(cls, texts: Sequence[str]) -> "BM25Index":
        """Weights of ``texts``, one row each."""
        weights = bm25s.BM25(k1=1.2, b=0.75)
        weights.index(_tokens(texts), show_progress=False)
        return cls(weights, len(texts))

    @classmethod
    def load(cls, folder: Path, rows: int) -> "BM25Index":
        """What ``save`` wrote."""
        return cls(bm25s.BM25.load(folder, show_progress=False), rows)

    def save(self, folder: Path) -> None:
        """Arrays and a vocabulary, without pickle."""
        self._weights.save(folder, show_progress=False)

    def scores(self, question: str) -> NDArray[np.float32]:
        """BM25 of every row, float32 of shape (rows,)."""
        words = [word for word in _tokens([question])[0] if word in self._weights.vocab_dict]
        if not words:
            return np.zeros(self.rows, dtype=np.float32)
        return np.asarray(self._weights.get_scores(words), dtype=np.float32)


def _tokens(texts: Sequence[str]) -> list[list[str]]:
    tokens: list[list[str]] = bm25s.tokenize(
        list(texts), token_pattern=_TOKEN, stopwords="english", return_ids=False, show_progress=False
    )
    return tokens
