"""Encodes texts on the workers of a Ray cluster (Ray Data), for an index of millions of texts.

Texts are sent in chunks. A worker writes the vectors of a chunk in one step to a file that is named by a hash of model
and texts: a chunk that is finished is used again after an interruption, and never that of another model. On several
machines the folder must be shared.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from chatbot.errors import EngineError
from chatbot.models.adapter import EncoderForm
from chatbot.models.encoder import Embedder, EmbedderWrapper, Vectors, load_embedder
from chatbot.settings import ROOT, Settings

LOCAL = "local"
CHUNK = 2_000  # texts: seconds of work for a core, so that a lost worker costs little


class RayEmbedder(EmbedderWrapper):
    """An encoder whose texts are encoded by Ray workers; ``load`` makes theirs. See ``models.encoder.Embedder``."""

    def __init__(
        self,
        embedder: Embedder,
        settings: Settings,
        *,
        load: Callable[[Settings], Embedder] = load_embedder,
        chunk: int = CHUNK,
    ) -> None:
        super().__init__(embedder)
        self._settings = settings
        self._load = load
        self._chunk = chunk
        self._folder = settings.index / "encoding"

    def encode(
        self,
        texts: Sequence[str],
        *,
        form: EncoderForm = EncoderForm.PLAIN,
        progress: Callable[[int], object] | None = None,
    ) -> Vectors:
        """See ``Embedder``. EngineError when there are no workers, or when they cannot do it."""
        if not texts:
            return self._inner.encode(texts, form=form)
        chunks = [list(texts[start : start + self._chunk]) for start in range(0, len(texts), self._chunk)]
        paths = [self._folder / f"{self._key(chunk, form=form)}.npy" for chunk in chunks]
        missing = {str(path): chunk for path, chunk in zip(paths, chunks, strict=True) if _read(path, chunk) is None}
        if progress:
            progress(len(texts) - sum(map(len, missing.values())))
        self._folder.mkdir(parents=True, exist_ok=True)
        for count in self._encoded(missing, form=form) if missing else ():
            if progress:
                progress(count)
        return np.concatenate([self._whole(path, chunk) for path, chunk in zip(paths, chunks, strict=True)])

    def clear(self) -> None:
        """Remove the files: the index has what was in them."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _key(self, chunk: Sequence[str], *, form: EncoderForm) -> str:
        digest = hashlib.sha256(f"{self.fingerprint} {form:d} {len(chunk)}".encode())
        for text in chunk:
            digest.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
        return digest.hexdigest()

    def _encoded(self, missing: Mapping[str, Sequence[str]], *, form: EncoderForm) -> Iterator[int]:
        """The number of texts of each chunk, as soon as its file is there."""
        ray: Any = connected(self._settings.build_on)
        items = [{"path": path, "texts": chunk, "form": int(form)} for path, chunk in missing.items()]
        cores = int(ray.cluster_resources().get("CPU", 1))
        try:
            done = ray.data.from_items(items, override_num_blocks=len(items)).map_batches(
                _Worker,
                fn_constructor_args=(self._settings, self._load),
                batch_size=1,
                compute=ray.data.ActorPoolStrategy(min_size=1, max_size=max(1, min(cores, len(items)))),
                num_cpus=1,
            )
            for batch in done.iter_batches(batch_size=1):
                yield int(batch["count"][0])
        except ray.exceptions.RayError as error:
            raise EngineError(
                f"The workers could not encode the texts: {type(error).__name__}.",
                where=self._settings.build_on,
                next_step="build again: what is encoded is kept. Ray's own log says what happened to the workers.",
            ) from error

    def _whole(self, path: Path, chunk: Sequence[str]) -> Vectors:
        vectors = _read(path, chunk)
        if vectors is None:
            raise EngineError(
                "A worker wrote vectors that cannot be seen here.",
                where=path,
                next_step="set CHATBOT_INDEX to a folder that every machine of the cluster sees.",
            )
        return vectors


class _Worker:
    """Encodes chunks, in a process of its own."""

    def __init__(self, settings: Settings, load: Callable[[Settings], Embedder]) -> None:
        self._inner = load(settings)

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, list[int]]:
        """Write the file of one chunk: beside, then in its place."""
        (path,), (texts,), (form,) = batch["path"], batch["texts"], batch["form"]
        vectors = self._inner.encode(list(texts), form=EncoderForm(form))
        with tempfile.NamedTemporaryFile(dir=Path(path).parent, prefix="draft-", delete=False) as file:
            np.save(file, vectors, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)
        return {"count": [len(texts)]}


def _read(path: Path, chunk: Sequence[str]) -> Vectors | None:
    """The vectors of a chunk; None when there is no whole file of them."""
    try:
        vectors: Vectors = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    fits = vectors.ndim == 2 and len(vectors) == len(chunk) and vectors.dtype == np.float32
    return vectors if fits and bool(np.isfinite(vectors).all()) else None


def connected(address: str) -> ModuleType:
    """Ray, connected with the cluster at ``address``, or with this machine alone for ``local``."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nobody is told that this runs
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise EngineError(
            "CHATBOT_BUILD_ON is set, but Ray is not installed.", next_step="pip install -r requirements-cluster.txt"
        ) from error
    options: dict[str, Any] = {"include_dashboard": False} if address == LOCAL else {}
    options |= {"log_to_driver": False, "runtime_env": {"env_vars": {"PYTHONPATH": str(ROOT)}}}
    try:
        if not ray.is_initialized():
            ray.init(address=address, **options)
    except Exception as error:
        raise EngineError(
            f"The cluster cannot be reached: {type(error).__name__}.",
            where=address,
            next_step="start it (ray start --head), or set CHATBOT_BUILD_ON to local or to nothing.",
        ) from error
    ray.data.DataContext.get_current().enable_progress_bars = False
    module: ModuleType = ray
    return module
