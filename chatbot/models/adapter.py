"""LoRA adapter: loads and saves the low-rank matrices that adapt the encoder to a task.

Low-rank adaptation (LoRA; Hu et al., 2021, arXiv:2106.09685): to each weight matrix W of the encoder the product of two
thin matrices, up · down, is added. Only the thin ones are trained: those for the bank by
``indexing/adapter_training.py``, those for the search in articles by ``benchmarks/train_search.py``.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from chatbot.errors import ModelError

WEIGHTS_FOLDER = Path(__file__).with_name("weights")  # a folder with the adapters of the packaged models
_DOWN, _UP = ".down", ".up"
UNSEEN_SHARE = 8  # one text in so many is never trained on


class EncoderForm(IntEnum):
    """Of the encoder: as it is, or with one of its adapters."""

    PLAIN = 0  # reads articles
    BANK = 1  # reads questions for the classifiers, and to compare them with those of the bank
    SEARCH = 2  # reads questions to compare them with articles, which the plain form has read


@dataclass(frozen=True, slots=True)
class Adapter:
    """For each adapted weight its ``down`` (rank, inputs) and ``up`` (outputs, rank), in half precision.

    ``base`` is the sha256 of the weights that it was trained on: it fits no others. ``fingerprint`` is its own.
    """

    base: str
    fingerprint: str
    pairs: Mapping[str, tuple[NDArray[np.float16], NDArray[np.float16]]]

    def deltas(self) -> dict[str, NDArray[np.float32]]:
        """What to add to each weight, shape (outputs, inputs)."""
        return {name: delta(*pair) for name, pair in self.pairs.items()}


def delta(down: NDArray[np.float16], up: NDArray[np.float16]) -> NDArray[np.float32]:
    """What two thin matrices add to a weight, shape (outputs, inputs)."""
    product: NDArray[np.float32] = up.astype(np.float32) @ down.astype(np.float32)
    return product


def is_unseen(text: str) -> bool:
    """Whether a text is kept out of the adapter's training, so that calibration can lean on it.

    By its hash: the choice holds when texts come and go, and costs no list.
    """
    return hashlib.sha256(text.encode()).digest()[0] % UNSEEN_SHARE == 0


def load_adapter(path: Path) -> Adapter:
    """The adapter in a file; ModelError when it cannot be read."""
    try:
        with safe_open(path, framework="numpy") as file:
            base = (file.metadata() or {})["base"]
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (it is no mapping)
        names = {name.removesuffix(_DOWN) for name in arrays if name.endswith(_DOWN)}
        pairs = {name: (arrays[name + _DOWN], arrays[name + _UP]) for name in sorted(names)}
    except (OSError, SafetensorError, KeyError) as error:
        raise ModelError(
            f"The adapter cannot be read: {error}.",
            where=path,
            next_step="restore the file, or go without it: CHATBOT_ADAPTER=none",
        ) from error
    return Adapter(base, hashlib.sha256(path.read_bytes()).hexdigest(), pairs)


def save_adapter(
    path: Path, *, base: str, pairs: Mapping[str, tuple[NDArray[np.float16], NDArray[np.float16]]]
) -> None:
    """Write the matrices of each weight, with the sha256 of the weights that they belong to."""
    arrays = {
        name + suffix: np.ascontiguousarray(array)
        for name, pair in pairs.items()
        for suffix, array in zip((_DOWN, _UP), pair, strict=True)
    }
    draft = path.with_name(f"{path.name}.draft")  # beside it, then in its place: never half an adapter
    save_file(arrays, draft, metadata={"base": base})
    draft.chmod(0o644)  # the library leaves it to its owner alone
    draft.replace(path)


def weights_sha256(folder: Path) -> str:
    """The sha256 of the weights of the model in a folder, by which an adapter knows them; ModelError without any."""
    path = folder / "model.safetensors"
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise ModelError(
            "The weights are missing.", where=path, next_step="name a folder with a safetensors model."
        ) from error
