"""The protocol of vector stores, and the choice between FAISS and Milvus."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chatbot.models.encoder import Vectors
from chatbot.retrieval.faiss_store import FAISS
from chatbot.retrieval.milvus_store import MilvusEngine
from chatbot.settings import Settings


class VectorStore(Protocol):
    """Unit vectors of rows 0, 1, 2 and so on."""

    def __len__(self) -> int:
        """How many rows there are."""
        ...

    def nearest(self, vectors: Vectors, *, count: int, rows: range) -> list[list[tuple[int, float]]]:
        """For each of the vectors, shape (n, dimension), up to ``count`` of these rows with similarity, best first."""
        ...

    def similarities(self, numbers: NDArray[np.intp], vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Similarity of each of these rows to ``vector``, shape (dimension,): float32 of shape (numbers,)."""
        ...

    def save(self, folder: Path, made_of: Mapping[str, Any]) -> Mapping[str, Any]:
        """Keep them; the entry of the manifest by which ``VectorEngine.load`` finds them again."""
        ...


class VectorEngine(Protocol):
    """Makes and finds vector stores."""

    def make(self, vectors: Vectors) -> VectorStore:
        """A store of these, shape (rows, dimension), whose numbers are those of half precision."""
        ...

    def load(self, folder: Path, made_of: Mapping[str, Any], entry: Mapping[str, Any]) -> VectorStore:
        """The store of an index in ``folder``, with what ``save`` has returned; IndexStale when it is another's."""
        ...

    def remove_old(self, folder: Path, entry: Mapping[str, Any]) -> None:
        """Remove vectors of builds that no running page can still use.

        ``folder`` is that of all builds. The manifest that is in place now has ``entry``.
        """
        ...


def vector_engine(settings: Settings) -> VectorEngine:
    """What keeps the vectors: FAISS, unless Milvus is named."""
    return MilvusEngine(settings.milvus, settings.milvus_token) if settings.milvus else FAISS
