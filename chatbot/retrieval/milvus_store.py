"""Vectors in Milvus, a vector database: a file of Milvus Lite, a server, or a cluster.

Each build makes a collection of its own, with a fingerprint of its inputs. The collection of the build before stays
until the next build, for server processes that still use it. No other module imports pymilvus.
"""

import json
import math
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import EngineError, IndexDamaged, IndexMissing, IndexStale
from chatbot.models.encoder import Vectors

if TYPE_CHECKING:
    from pathlib import Path

    from pymilvus import MilvusClient

NAME = "milvus"
PREFIX = "word_for_word_"
MADE_OF = "word_for_word.made_of"  # property of a collection
AT_ONCE = 2_000  # rows a request: 3 MB, far below what servers take
HISTORY = "milvus-collections.json"  # in the folder of all builds
MOST_KEPT = 2  # collections: the one in use, and the one before
PATIENCE = 5.0  # seconds for a request while somebody waits
_NOT_LOADED = 101  # CollectionNotLoaded, among the codes of Milvus
_Found = TypeVar("_Found")
_MEND = "run: python -m chatbot build"


@dataclass(frozen=True, slots=True)
class MilvusKind:
    """How a collection is searched, up to a number of rows: names and parameters are those of Milvus."""

    most_rows: float
    kind: str
    made_with: Mapping[str, int]
    searched_with: Mapping[str, int]


# Measured with Milvus Lite (docs/scaling.md): comparing every row is exact, and fast enough to tens of thousands.
MILVUS_KINDS = (
    MilvusKind(60_000, "FLAT", {}, {}),
    MilvusKind(math.inf, "IVF_SQ8", {"nlist": 1_024}, {"nprobe": 128}),
)


def milvus_kind(rows: int) -> MilvusKind:
    """How so many rows are searched."""
    return next(kind for kind in MILVUS_KINDS if rows <= kind.most_rows)


class MilvusEngine:
    """Collections at ``uri``: a path that ends in .db is a file of Milvus Lite."""

    def __init__(self, uri: str, token: str = "") -> None:
        self._uri = uri
        self._token = token

    def make(self, vectors: Vectors) -> "MilvusStore":
        """See ``VectorEngine``. Nothing is sent before ``save``."""
        return MilvusStore(self._client(), PREFIX + secrets.token_hex(8), len(vectors), vectors)

    def load(self, folder: "Path", made_of: Mapping[str, Any], entry: Mapping[str, Any]) -> "MilvusStore":
        """See ``VectorEngine``."""
        if entry.get("engine") != NAME:
            raise IndexStale("Its vectors are not kept in Milvus.", where=folder, next_step=_MEND)
        client, name = self._client(), str(entry["collection"])
        try:
            if not client.has_collection(name, timeout=PATIENCE):
                raise IndexMissing(f"There is no collection {name}.", where=self._uri, next_step=_MEND)
            properties = client.describe_collection(name, timeout=PATIENCE).get("properties", {})
            client.load_collection(name, timeout=10 * PATIENCE)
            count = int(client.query(name, filter="", output_fields=["count(*)"], timeout=PATIENCE)[0]["count(*)"])
        except Exception as error:
            raise _named(error, self._uri) from error
        if properties.get(MADE_OF) != _text(made_of):
            raise IndexStale(f"The collection {name} was made of something else.", where=self._uri, next_step=_MEND)
        if count != entry["rows"]:
            raise IndexDamaged(
                f"The collection {name} has {count} rows, not {entry['rows']}.", where=self._uri, next_step=_MEND
            )
        return MilvusStore(client, name, count)

    def remove_old(self, folder: "Path", entry: Mapping[str, Any]) -> None:
        """See ``VectorEngine``. Running pages may still use the collection of the build before: the older ones go.

        The names of this index's collections are kept in a file of ``folder``, oldest first. Other collections stay.
        """
        history = folder / HISTORY
        known = json.loads(history.read_bytes()) if history.exists() else []
        names = [*(name for name in known if name != entry["collection"]), str(entry["collection"])]
        for name in names[:-MOST_KEPT]:
            self._client().drop_collection(name)
        draft = history.with_suffix(".draft")
        draft.write_text(json.dumps(names[-MOST_KEPT:]), encoding="utf-8")
        draft.replace(history)

    def _client(self) -> "MilvusClient":
        try:
            from pymilvus import MilvusClient
        except ImportError as error:
            raise EngineError(
                "CHATBOT_MILVUS is set, but pymilvus is not installed.",
                next_step="pip install -r requirements-cluster.txt",
            ) from error
        try:
            return MilvusClient(self._uri, token=self._token, timeout=PATIENCE)
        except Exception as error:
            raise _named(error, self._uri) from error


class MilvusStore:
    """A collection; until ``save`` it only exists as ``vectors``."""

    def __init__(self, client: "MilvusClient", name: str, rows: int, vectors: Vectors | None = None) -> None:
        self._client = client
        self._name = name
        self._rows = rows
        self._vectors = vectors
        self._kind = milvus_kind(rows)

    def __len__(self) -> int:
        return self._rows

    def nearest(self, vectors: Vectors, *, count: int, rows: range) -> list[list[tuple[int, float]]]:
        """See ``VectorStore``. All are asked for at once."""
        if not rows:
            return [[] for _ in vectors]
        found = self._asked(
            self._client.search,
            data=vectors.tolist(),
            anns_field="vector",
            limit=min(count, len(rows)),
            filter=f"row >= {rows.start} and row < {rows.stop}" if len(rows) < self._rows else "",
            search_params={"metric_type": "IP", "params": dict(self._kind.searched_with)},
            output_fields=[],
        )
        return [[(int(hit["row"]), float(hit["distance"])) for hit in hits] for hits in found]

    def similarities(self, numbers: NDArray[np.intp], vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ``VectorStore``. Worked out here from the vectors as they were sent: the same digits as with a file."""
        asked = [int(number) for number in numbers]
        found = self._asked(self._client.get, ids=list(dict.fromkeys(asked)), output_fields=["row", "vector"])
        places = {int(entry["row"]): place for place, entry in enumerate(found)}
        kept = np.array([entry["vector"] for entry in found], dtype=np.float32)[[places[number] for number in asked]]
        similar: NDArray[np.float32] = kept @ vector
        return similar

    def save(self, folder: "Path", made_of: Mapping[str, Any]) -> Mapping[str, Any]:
        """See ``VectorStore``. Rows are put by their number: a request that is sent again doubles none."""
        if self._vectors is None:
            raise ValueError("a collection that was loaded is kept already")
        try:
            self._create(self._vectors.shape[1], made_of)
            for start in range(0, self._rows, AT_ONCE):
                rows = range(start, min(start + AT_ONCE, self._rows))
                self._client.upsert(self._name, [{"row": row, "vector": self._vectors[row]} for row in rows])
            self._client.flush(self._name)
            self._client.load_collection(self._name)
        except Exception as error:
            raise _named(error, self._name) from error
        self._vectors = None
        return {"engine": NAME, "collection": self._name, "rows": self._rows}

    def _asked(self, ask: Callable[..., Sequence[_Found]], **request: object) -> Sequence[_Found]:
        """What it answers. A server that was started again may first have to load the collection."""
        from pymilvus import MilvusException

        try:
            return ask(self._name, timeout=PATIENCE, **request)
        except MilvusException as error:
            if error.code != _NOT_LOADED:
                raise
            self._client.load_collection(self._name, timeout=PATIENCE)
            return ask(self._name, timeout=PATIENCE, **request)

    def _create(self, dimension: int, made_of: Mapping[str, Any]) -> None:
        from pymilvus import DataType

        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("row", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
        parameters = self._client.prepare_index_params()
        parameters.add_index("vector", index_type=self._kind.kind, metric_type="IP", params=dict(self._kind.made_with))
        self._client.create_collection(
            self._name,
            schema=schema,
            index_params=parameters,
            properties={MADE_OF: _text(made_of)},
            consistency_level="Strong",  # who opens it counts its rows at once
        )


def _text(made_of: Mapping[str, Any]) -> str:
    return json.dumps(made_of, sort_keys=True)


def _named(error: Exception, where: str) -> Exception:
    """Our own errors as they are; those of the client with the next step."""
    if isinstance(error, IndexMissing):
        return error
    return EngineError(
        f"Milvus did not do it: {type(error).__name__}.",
        where=where,
        next_step="see that it runs and can be reached at CHATBOT_MILVUS.",
    )
