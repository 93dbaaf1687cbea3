"""Vectors in a FAISS file: exact search for few rows, product quantization or inverted lists for many.

No other module imports FAISS.
"""

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from chatbot.errors import IndexStale
from chatbot.models.encoder import Vectors

VECTORS_FILE = "vectors.faiss"
_PER_LIST = 64  # vectors that place a list: a million rows are then built in a minute (benchmarks/RESULTS.md)


@dataclass(frozen=True, slots=True)
class FaissKind:
    """How vectors are kept for search, up to a number of rows. ``factory``: as FAISS's index factory writes it.

    ``{pairs}`` in it stands for half the dimension. ``probes``: lists that a search looks into; 0 when there are no
    lists, and every row is compared. ``refined``: how many times as many rows as are asked for are compared a second
    time, by their whole vectors; 0 when none is.
    """

    most_rows: float
    factory: str
    probes: int
    refined: int = 0

    def written(self, dimension: int) -> str:
        """What FAISS's index factory makes it of."""
        return self.factory.format(pairs=dimension // 2)


# Measured on 10^2 to 10^6 passages (benchmarks/RESULTS.md, growth), and on the bank that comes with the program. Every
# row is compared in half precision up to 10^4. Then each pair of numbers becomes four bits (product quantization; André
# et al., 2015, "Cache locality is not enough"), and the best five times as many rows as are asked for are compared
# exactly: of 28,000 bank questions the same hundred are found in .40 ms instead of 1.25 (three messages: 1.05 of 4.2).
# There is one list, for only lists can be searched in part. With lists of bytes 98 % of the ten nearest are found
# within five milliseconds, up to 10^6.
FAISS_KINDS = (
    FaissKind(10_000, "SQfp16", 0),
    FaissKind(60_000, "IVF1,PQ{pairs}x4fs,Refine(SQfp16)", 1, refined=5),
    FaissKind(300_000, "IVF1024,SQ8", 64),
    FaissKind(math.inf, "IVF2048,SQ8", 256),
)


class FaissStore:
    """Vectors in a file."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def nearest(self, vectors: Vectors, *, count: int, rows: range) -> list[list[tuple[int, float]]]:
        """See ``VectorStore``. All are searched in one pass over the rows."""
        if not rows:
            return [[] for _ in vectors]
        parameters = self._parameters(rows)
        similarities, numbers = self._index.search(vectors, min(count, len(rows)), params=parameters)
        return [
            [(number, similarity) for number, similarity in zip(*found, strict=True) if number >= 0]
            for found in zip(numbers.tolist(), similarities.tolist(), strict=True)
        ]

    def _parameters(self, only: range) -> faiss.SearchParameters:
        rows = faiss.IDSelectorRange(only.start, only.stop) if len(only) < len(self) else None
        if isinstance(self._index, faiss.IndexRefine):
            lists = _in_lists(self._index.base_index, rows)
            return faiss.IndexRefineSearchParameters(  # type: ignore[call-arg]  # set by FAISS's wrapper
                k_factor=self._index.k_factor, base_index_params=lists
            )
        return _in_lists(self._index, rows)

    def similarities(self, numbers: NDArray[np.intp], vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ``VectorStore``."""
        kept = np.vstack([self._index.reconstruct(int(number)) for number in numbers])
        similar: NDArray[np.float32] = kept @ vector
        return similar

    def save(self, folder: Path, made_of: Mapping[str, Any]) -> Mapping[str, Any]:
        """See ``VectorStore``. The manifest vouches for the file as for every other."""
        faiss.write_index(self._index, str(folder / VECTORS_FILE))
        return {"engine": "faiss"}


class FaissEngine:
    """Files of FAISS, of a kind that fits the number of rows."""

    def make(self, vectors: Vectors) -> FaissStore:
        """See ``VectorEngine``."""
        return FaissStore(build_vectors(vectors, faiss_kind(len(vectors))))

    def load(self, folder: Path, made_of: Mapping[str, Any], entry: Mapping[str, Any]) -> FaissStore:
        """See ``VectorEngine``."""
        if entry.get("engine") != "faiss":
            raise IndexStale(
                f"Its vectors are kept by {entry.get('engine')}.",
                where=folder,
                next_step="set CHATBOT_MILVUS as it was, or run: python -m chatbot build",
            )
        return FaissStore(load_vectors(folder / VECTORS_FILE))

    def remove_old(self, folder: Path, entry: Mapping[str, Any]) -> None:
        """See ``VectorEngine``. Nothing is left to do: the file of a build is removed with its folder."""


FAISS = FaissEngine()


def faiss_kind(rows: int) -> FaissKind:
    """How so many rows are kept: the first kind of the table that is meant for them."""
    return next(kind for kind in FAISS_KINDS if rows <= kind.most_rows)


def _in_lists(index: faiss.Index, rows: faiss.IDSelector | None) -> faiss.SearchParameters:
    """How to look for some rows, or for all, in an index or in the lists of one."""
    index = faiss.downcast_index(index)
    if isinstance(index, faiss.IndexIVF):
        return faiss.SearchParametersIVF(sel=rows, nprobe=index.nprobe)  # type: ignore[call-arg]  # set by the wrapper
    return faiss.SearchParameters(sel=rows)  # type: ignore[call-arg]  # the same


def build_vectors(vectors: Vectors, kind: FaissKind) -> faiss.Index:
    """Vectors of shape (rows, dimension) in this form. It keeps how it is to be searched, on disk as well."""
    made = faiss.index_factory(vectors.shape[1], kind.written(vectors.shape[1]), faiss.METRIC_INNER_PRODUCT)
    if isinstance(made, faiss.IndexRefine):
        made.k_factor = kind.refined
    elif isinstance(made, faiss.IndexIVF):
        made.nprobe = kind.probes
        made.cp.max_points_per_centroid = _PER_LIST
    made.train(vectors)
    made.add(vectors)
    if isinstance(made, faiss.IndexIVF):
        made.make_direct_map()  # without it a row could be found, but not read by its number
    return made


def load_vectors(path: Path) -> faiss.Index:
    """What ``build_vectors`` made, on Linux mapped into memory: other processes share it, and it can be let go.

    Elsewhere it is read: FAISS maps no files on macOS, and on Windows none could be removed while it is mapped.
    """
    return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC if sys.platform == "linux" else 0)
