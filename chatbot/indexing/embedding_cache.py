"""Cache of vectors between two builds: after a change, only new texts are encoded.

A text is known by its sha256. The file names the model and has a checksum. A file that does not fit is ignored: all
that is in it can be computed again.
"""

import hashlib
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from chatbot.indexing.ready_made import NOTHING_READY, ReadyMade
from chatbot.models.adapter import EncoderForm
from chatbot.models.encoder import Embedder, EmbedderWrapper, Vectors

CACHE_FILE = "kept-vectors.npz"


class CachingEmbedder(EmbedderWrapper):
    """An embedder that has seen texts before. ``save`` keeps those that were asked for since, and no others.

    ``also`` is a file that is read as well, and not written. Texts that are in neither may have a ready-made vector.
    """

    def __init__(
        self, embedder: Embedder, path: Path, *, also: Path | None = None, ready: ReadyMade = NOTHING_READY
    ) -> None:
        super().__init__(embedder)
        self._path = path
        self._ready = ready
        kept = _load(also, embedder.fingerprint) if also else {}
        self._kept = kept | _load(path, embedder.fingerprint)
        self._asked: dict[bytes, np.ndarray] = {}

    def encode(
        self,
        texts: Sequence[str],
        *,
        form: EncoderForm = EncoderForm.PLAIN,
        progress: Callable[[int], object] | None = None,
    ) -> Vectors:
        """See ``Embedder``."""
        keys = [text_key(text, form=form) for text in texts]
        known = {key: vector for key in keys if (vector := self._known(key)) is not None}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if progress:
            progress(len(texts) - len(new))
        if new:
            vectors = self._inner.encode(list(new.values()), form=form, progress=progress)
            known |= dict(zip(new, vectors, strict=True))
        self._asked |= known
        return np.stack([known[key] for key in keys]) if keys else self._inner.encode([], form=form)

    def save(self) -> None:
        """Write the vectors beside the old file, then in its place."""
        keys = np.frombuffer(b"".join(self._asked), dtype=np.uint8).reshape(-1, 32)
        vectors = np.stack(list(self._asked.values()))
        draft = self._path.with_name(f"draft-{uuid.uuid4().hex}.npz")  # its own: two builds may end at once
        with draft.open("wb") as file:
            np.savez(file, keys=keys, vectors=vectors, seal=_seal(self.fingerprint, keys, vectors))
        draft.replace(self._path)

    def _known(self, key: bytes) -> np.ndarray | None:
        vector = self._asked.get(key, self._kept.get(key))
        return self._ready.vector(key) if vector is None else vector


def text_key(text: str, *, form: EncoderForm) -> bytes:
    """By what a text is known: the sha256 of it, and of the form of the model."""
    return hashlib.sha256(f"{form:d}{text}".encode("utf-8", "surrogatepass")).digest()


def _seal(fingerprint: str, keys: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """A digest of everything in the file and of the model."""
    digest = hashlib.sha256(fingerprint.encode())
    digest.update(keys.tobytes())
    digest.update(vectors.tobytes())
    return np.frombuffer(digest.digest(), dtype=np.uint8)


def _load(path: Path, fingerprint: str) -> dict[bytes, np.ndarray]:
    """What is kept in the file, if it is whole and from this model."""
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            keys, vectors, seal = file["keys"], file["vectors"], file["seal"]
    except Exception:  # zipfile, numpy and the system each have errors of their own for a file that is no such file
        return {}
    if not np.array_equal(seal, _seal(fingerprint, keys, vectors)):
        return {}
    return {key.tobytes(): vector for key, vector in zip(keys, vectors, strict=True)}
