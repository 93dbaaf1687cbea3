"""What the last whole training found, kept beside the index so that a few new questions are live in seconds.

A whole training fits the space of n-grams anew, every classifier, and by cross-validation how sure one may be: a minute
or more. A quick one keeps all of that but the classifier of answers: a logistic regression goes on from its weights in
the same space, of several networks one is trained anew. It is sound as long as nearly all questions are those of the
whole training, and all that teaches what an emergency or a request is: otherwise nothing is kept. The next whole build
trains all anew.

The file names the model and has a checksum. One that does not fit is not used: all that is in it can be computed again.
"""

import hashlib
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatbot.indexing.classifier_training import SMOOTHED, fit
from chatbot.indexing.embedding_cache import text_key
from chatbot.indexing.ready_made import ALIKE
from chatbot.indexing.runs.prototype_selection import indexed_questions
from chatbot.indexing.sources import Sources
from chatbot.models.adapter import EncoderForm
from chatbot.models.classifier import Classifier
from chatbot.models.encoder import Vectors
from chatbot.models.ngrams import NgramSpace
from chatbot.retrieval.candidates import ANSWERS
from chatbot.retrieval.index import Learned
from chatbot.retrieval.ranking import Ranker

KEPT_FILE = "kept-training.npz"


@dataclass(frozen=True, slots=True, eq=False)
class KeptTraining:
    """What a whole training found.

    ``trainings`` by name of the classifier, ``ranker`` the weights of the ranker, ``space`` that of the n-grams,
    ``coordinates`` those of each text in it by the hash of the text, ``taught`` what teaches emergencies and requests.
    """

    trainings: Mapping[str, Classifier]
    ranker: NDArray[np.float32]
    space: NgramSpace
    coordinates: Mapping[bytes, NDArray[np.float32]]
    taught: str

    def fits(self, texts: Sequence[str], taught: str) -> bool:
        """Whether these questions are nearly those that it was trained on, and the rest is the same."""
        known = sum(text_key(text, form=EncoderForm.BANK) in self.coordinates for text in texts)
        return self.taught == taught and ANSWERS in self.trainings and known >= ALIKE * max(1, len(texts))


def taught_by(sources: Sources) -> str:
    """The sha256 of what teaches emergencies and requests besides the questions of the bank, which are none."""
    examples = sources.examples
    parts = (examples.emergencies, examples.requests, examples.grammar.fingerprint)
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


def trained_quickly(
    kept: KeptTraining, pairs: Sequence[tuple[str, str]], vectors: Vectors, *, superfluous: Collection[bytes] = ()
) -> Learned:
    """The classifiers and the ranker for these questions of the bank with their classes.

    ``vectors`` are the embeddings of the questions, shape (questions, dimension); ``superfluous`` are those that the
    index does not hold.
    """
    classes, targets = np.unique(np.array([label for _, label in pairs]), return_inverse=True)
    names = tuple(str(label) for label in classes)
    features = np.hstack([vectors, _coordinates(kept, [text for text, _ in pairs])])
    before = kept.trainings[ANSWERS]
    begun = before.begun(names, features.shape[1])
    layers = fit(features, targets, begun=begun, networks=1, smoothed=SMOOTHED)  # one takes a third of the time
    classifiers = {**kept.trainings, ANSWERS: Classifier(names, layers, before.temperature, len(pairs))}
    questions = indexed_questions(pairs, superfluous)
    ranker = Ranker.of_questions(names, targets, weights=kept.ranker, questions=questions)
    return Learned(classifiers, ranker, kept.space)


def _coordinates(kept: KeptTraining, texts: Sequence[str]) -> NDArray[np.float32]:
    keys = [text_key(text, form=EncoderForm.BANK) for text in texts]
    new = {key: text for key, text in zip(keys, texts, strict=True) if key not in kept.coordinates}
    found = dict(zip(new, kept.space.reduce(list(new.values())), strict=True)) if new else {}
    return np.stack([kept.coordinates[key] if key not in found else found[key] for key in keys])


def save_training(folder: Path, kept: KeptTraining, *, model: str) -> None:
    """Write beside the old file, then in its place; numbers in half precision."""
    arrays: dict[str, NDArray[Any]] = {
        "taught": np.array(kept.taught),
        "ranker": kept.ranker,
        **kept.space.arrays(),
        "keys": np.frombuffer(b"".join(kept.coordinates), dtype=np.uint8).reshape(-1, 32),
        "coordinates": np.stack(list(kept.coordinates.values())).astype(np.float16),
    }
    for name, fitted in kept.trainings.items():
        arrays |= fitted.arrays(name)
    draft = folder / f"draft-{uuid.uuid4().hex}.npz"
    with draft.open("wb") as file:
        np.savez(file, allow_pickle=False, seal=np.array(_seal(model, arrays)), **arrays)
    draft.replace(folder / KEPT_FILE)


def load_training(folder: Path, *, model: str) -> KeptTraining | None:
    """What is kept in the folder, if it is whole and from this model."""
    try:
        with (folder / KEPT_FILE).open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        if str(arrays.pop("seal")) != _seal(model, arrays):
            return None
        names = [name.removesuffix(".labels") for name in arrays if name.endswith(".labels")]
        keys = [key.tobytes() for key in arrays["keys"]]
        return KeptTraining(
            {name: Classifier.from_arrays(arrays, name) for name in names},
            arrays["ranker"],
            NgramSpace.from_arrays(arrays),
            dict(zip(keys, arrays["coordinates"].astype(np.float32), strict=True)),
            str(arrays["taught"]),
        )
    except Exception:  # zipfile, numpy and the system each have errors of their own for a file that is no such file
        return None


def _seal(model: str, arrays: Mapping[str, NDArray[Any]]) -> str:
    """A digest of everything in the file and of the model."""
    digest = hashlib.sha256(model.encode())
    for name, array in sorted(arrays.items()):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
