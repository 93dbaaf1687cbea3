"""Ready-made vectors and weights (``ready/``): what every installation would compute from the corpus that is shipped.

A vector is kept as whole numbers of ``STEP``, and found by the hash of its text: after a change of the corpus the other
texts still have theirs. Weights are taken over when nothing that they were trained on has changed; otherwise training
begins with them. Temperatures and the weights of the ranker come from cross-validation, which takes minutes, and are
taken over as long as the training texts are nearly the same. A file that is missing, touched or of another model is not
used: all of it can be computed again. ``make ready`` writes the folder.
"""

import json
import logging
import lzma
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatbot.models.classifier import Classifier
from chatbot.models.encoder import Vectors
from chatbot.settings import ROOT

READY = ROOT / "ready"
STEP = 1 / 80  # of a number of a vector; its rounding moves a cosine by 0.0035 (standard deviation)
ALIKE = 0.95  # share of the training texts that must be known for temperatures to be taken over
_MANIFEST, _WEIGHTS = "manifest.json", "weights.npz"
_FORMAT = 1
_SHORT = 8  # bytes of a text's hash that are kept: among 30,000 texts two share them once in 40 billion corpora

_logger = logging.getLogger("chatbot")


@dataclass(frozen=True, slots=True, eq=False)
class ReadyMade:
    """What the folder holds: vectors by the short hash of their text, trainings by name, weights of the ranker.

    ``trained_on`` is the fingerprint of what the trainings saw. ``superfluous`` are the keys of bank questions that an
    index need not hold (``prototype_selection.py``).
    """

    vectors: Mapping[bytes, NDArray[np.float32]]
    trainings: Mapping[str, Classifier]
    ranker: NDArray[np.float32] | None
    trained_on: str
    superfluous: frozenset[bytes] = frozenset()

    def vector(self, key: bytes) -> NDArray[np.float32] | None:
        """The unit vector of the text with this hash, shape (dimension,); None when there is none."""
        return self.vectors.get(key[:_SHORT])

    def knows(self, keys: Iterable[bytes]) -> float:
        """The share of these texts that have a vector here."""
        found = [key[:_SHORT] in self.vectors for key in keys]
        return sum(found) / len(found) if found else 0.0

    def fits(self, name: str, keys: list[bytes]) -> bool:
        """Whether the training of this name was on nearly the same texts, so that its temperature still holds."""
        training = self.trainings.get(name)
        return (
            training is not None
            and abs(training.texts - len(keys)) <= (1 - ALIKE) * len(keys)
            and self.knows(keys) >= ALIKE
        )


NOTHING_READY = ReadyMade({}, {}, None, "")


def load_ready(folder: Path, model: str) -> ReadyMade:
    """What is in the folder for the model with this fingerprint; nothing when it is missing or for another one."""
    manifest = _read_manifest(folder)
    if manifest is None or manifest["model"] != model:
        return NOTHING_READY
    try:
        for name, expected in manifest["files"].items():
            if sha256((folder / name).read_bytes()).hexdigest() != expected:
                raise ValueError(name)
        vectors: dict[bytes, NDArray[np.float32]] = {}
        for name in manifest["files"]:
            if name != _WEIGHTS:
                vectors |= _unpacked((folder / name).read_bytes(), int(manifest["dimension"]))
        given = _WEIGHTS in manifest["files"]
        trainings, ranker, superfluous = _load_weights(folder / _WEIGHTS) if given else ({}, None, frozenset())
    except (OSError, ValueError, KeyError, TypeError, lzma.LZMAError) as error:
        _logger.warning("%s: cannot be used (%s), so all is computed anew. Restore it from git.", folder, error)
        return NOTHING_READY
    return ReadyMade(vectors, trainings, ranker, str(manifest.get("trained_on")), superfluous)


def save_vectors(folder: Path, model: str, vectors: Mapping[bytes, NDArray[np.float32]]) -> None:
    """Add the vectors of these texts, by hash, in a file of their own; those of another model are thrown away first.

    Files are only added, so that version control keeps each once.
    """
    folder.mkdir(exist_ok=True)
    manifest = _read_manifest(folder)
    if manifest is None or manifest["model"] != model:
        for path in (*folder.glob("vectors-*.xz"), folder / _WEIGHTS, folder / _MANIFEST):
            path.unlink(missing_ok=True)
        manifest = {"format": _FORMAT, "model": model, "files": {}}
    if vectors:
        number = 1 + sum(name != _WEIGHTS for name in manifest["files"])
        path = folder / f"vectors-{number}.xz"
        path.write_bytes(_packed(vectors))
        manifest["files"][path.name] = sha256(path.read_bytes()).hexdigest()
        manifest["dimension"] = len(next(iter(vectors.values())))
    _write_manifest(folder, manifest)


def save_weights(
    folder: Path,
    trainings: Mapping[str, Classifier],
    ranker: NDArray[np.float32] | None,
    *,
    trained_on: str,
    superfluous: Iterable[bytes] = (),
) -> None:
    """Put what training found in place of what was there; ``save_vectors`` comes first."""
    arrays: dict[str, NDArray[Any]] = {} if ranker is None else {"ranker": ranker}
    arrays["superfluous"] = np.frombuffer(b"".join(sorted(superfluous)), dtype=np.uint8).reshape(-1, _SHORT)
    for name, fitted in trainings.items():
        arrays |= fitted.arrays(name, weights=np.float16)
    path = folder / _WEIGHTS
    np.savez_compressed(path, allow_pickle=False, **arrays)
    manifest = _read_manifest(folder)
    if manifest is None:
        raise ValueError("vectors are saved first")
    manifest["files"][path.name] = sha256(path.read_bytes()).hexdigest()
    manifest["trained_on"] = trained_on
    _write_manifest(folder, manifest)


def _load_weights(path: Path) -> tuple[dict[str, Classifier], NDArray[np.float32] | None, frozenset[bytes]]:
    with np.load(path, allow_pickle=False) as arrays:
        names = [key.removesuffix(".labels") for key in arrays if key.endswith(".labels")]
        trainings = {name: Classifier.from_arrays(arrays, name) for name in names}
        return trainings, arrays.get("ranker"), frozenset(key.tobytes() for key in arrays.get("superfluous", ()))


def _whole(vectors: Vectors) -> NDArray[np.int8]:
    numbers: NDArray[np.int8] = np.clip(np.rint(vectors / STEP), -127, 127).astype(np.int8)
    return numbers


def _unit(numbers: NDArray[np.int8]) -> Vectors:
    vectors = numbers.astype(np.float32)
    unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit


def _packed(vectors: Mapping[bytes, NDArray[np.float32]]) -> bytes:
    numbers = _whole(np.stack(list(vectors.values())))
    return lzma.compress(b"".join(key[:_SHORT] for key in vectors) + numbers.tobytes())


def _unpacked(packed: bytes, dimension: int) -> dict[bytes, NDArray[np.float32]]:
    raw = lzma.decompress(packed)
    count, rest = divmod(len(raw), _SHORT + dimension)
    if rest:
        raise ValueError("not whole")
    numbers = np.frombuffer(raw, dtype=np.int8, offset=count * _SHORT).reshape(count, dimension)
    keys = [raw[at : at + _SHORT] for at in range(0, count * _SHORT, _SHORT)]
    return dict(zip(keys, _unit(numbers), strict=True))


def _read_manifest(folder: Path) -> dict[str, Any] | None:
    try:
        manifest = json.loads((folder / _MANIFEST).read_bytes())
        return manifest if manifest["format"] == _FORMAT and manifest["model"] and manifest["files"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
