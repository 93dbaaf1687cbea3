"""Sentence encoder of the BERT kind: word pieces of all texts stand below each other, and nothing is padded.

What sentence-transformers gives to 1e-6, for models whose vector is the mean over all pieces. torch is imported when a
model is loaded.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chatbot.models.adapter import Adapter, delta

if TYPE_CHECKING:
    from tokenizers import Encoding
    from torch import Tensor

_MODULES = (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
_Linear = Callable[["Tensor"], "Tensor"]


class _Weights:
    """The weights in a file, with what an adapter adds to them. Each is read when it is asked for, and not kept."""

    def __init__(self, path: Path, adapter: Adapter | None) -> None:
        self._path = path
        self._pairs = {_own_name(name): pair for name, pair in (adapter.pairs if adapter else {}).items()}

    def __getitem__(self, name: str) -> "Tensor":
        import torch
        from safetensors import safe_open

        with safe_open(self._path, framework="numpy") as file:
            weight = file.get_tensor(name)
        if name in self._pairs:
            weight = weight + delta(*self._pairs[name])
        return torch.from_numpy(weight)

    def mapped(self, name: str) -> "Tensor":
        """A weight within the mapped file: only what is read of it takes memory."""
        from safetensors import safe_open

        with safe_open(self._path, framework="pt") as file:
            found: Tensor = file.get_tensor(name)
        return found


@dataclass(frozen=True, slots=True)
class _Layer:
    """The parts of one layer, each from rows of pieces to rows of pieces; ``widened`` ends with its activation."""

    asked: _Linear  # queries, keys and values side by side
    attended: _Linear
    attended_norm: _Linear
    widened: _Linear
    narrowed: _Linear
    norm: _Linear


class PackedBert:
    """A model in a folder for which ``is_packable`` holds, with an adapter or without; ``halved`` counts in bfloat16.

    A question takes about half of the library's processor time, and eight together less than half: weights are laid out
    for the processor once, and no text is padded.
    """

    def __init__(self, folder: Path, adapter: Adapter | None = None, *, halved: bool = False) -> None:
        import torch
        from tokenizers import Tokenizer

        config = _read(folder / "config.json")
        self.dimension: int = config["hidden_size"]
        self._heads: int = config["num_attention_heads"]
        self._epsilon: float = config["layer_norm_eps"]
        longest = _read(folder / "sentence_bert_config.json").get("max_seq_length") or _of_tokenizer(folder)
        self._longest = int(min(longest, config["max_position_embeddings"]))
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self._longest)
        self._dtype = torch.bfloat16 if halved else torch.float32
        weights = _Weights(folder / "model.safetensors", adapter)
        self._words = weights.mapped("embeddings.word_embeddings.weight")
        # Every piece of a text is of the first kind: the second is for a second text beside it.
        kind = weights["embeddings.token_type_embeddings.weight"][0]
        self._places = weights["embeddings.position_embeddings.weight"] + kind
        self._first_norm = self._norm(weights, "embeddings.LayerNorm")
        numbers = range(config["num_hidden_layers"])
        self._layers = [self._layer(weights, f"encoder.layer.{number}") for number in numbers]

    def pieces(self, texts: Sequence[str]) -> "list[Encoding]":
        """The word pieces of each text, as many as are read."""
        return self._tokenizer.encode_batch(list(texts))

    def unit_vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of texts, shape (texts, dimension)."""
        import torch

        found = [torch.tensor(one.ids) for one in self.pieces(texts)]
        order = sorted(range(len(found)), key=lambda number: len(found[number]))  # equal lengths stand together
        lengths = [len(found[number]) for number in order]
        with torch.inference_mode():
            words = torch.cat([found[number] for number in order])
            places = torch.cat([self._places[:length] for length in lengths])
            rows = self._first_norm((self._words[words] + places).to(self._dtype))
            rows = torch.nn.functional.pad(rows, (0, 0, 0, _filled(len(rows)) - len(rows)))
            for layer in self._layers:
                rows = self._through(layer, rows, lengths)
            pooled = torch.empty(len(texts), self.dimension)
            pooled[order] = torch.stack([one.float().mean(dim=0) for one in torch.split(rows[: len(words)], lengths)])
            unit: NDArray[np.float32] = torch.nn.functional.normalize(pooled, dim=1).numpy()
        return unit

    def _through(self, layer: _Layer, rows: "Tensor", lengths: Sequence[int]) -> "Tensor":
        rows = layer.attended_norm(layer.attended(self._attention(layer.asked(rows), lengths)).add_(rows))
        return layer.norm(layer.narrowed(layer.widened(rows)).add_(rows))

    def _attention(self, asked: "Tensor", lengths: Sequence[int]) -> "Tensor":
        """Each text by itself, those of one length together; ``asked`` is (pieces, 3 x dimension)."""
        import torch

        attended, start = [], 0
        for length, count in _runs(lengths):
            own = asked[start : start + length * count].view(count, length, 3, self._heads, -1)
            start += length * count
            queries, keys, values = own.permute(2, 0, 3, 1, 4)
            seen = torch.nn.functional.scaled_dot_product_attention(queries, keys, values)
            attended.append(seen.transpose(1, 2).reshape(length * count, self.dimension))
        attended.append(asked.new_zeros(len(asked) - start, self.dimension))
        return torch.cat(attended)

    def _layer(self, weights: _Weights, name: str) -> _Layer:
        import torch

        parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        asked = [torch.cat([weights[f"{part}.{kind}"] for part in parts]) for kind in ("weight", "bias")]
        return _Layer(
            asked=self._linear(*asked),
            attended=self._named(weights, f"{name}.attention.output.dense"),
            attended_norm=self._norm(weights, f"{name}.attention.output.LayerNorm"),
            widened=self._named(weights, f"{name}.intermediate.dense", activation="gelu"),
            narrowed=self._named(weights, f"{name}.output.dense"),
            norm=self._norm(weights, f"{name}.output.LayerNorm"),
        )

    def _named(self, weights: _Weights, name: str, *, activation: str = "none") -> _Linear:
        return self._linear(weights[f"{name}.weight"], weights[f"{name}.bias"], activation=activation)

    def _linear(self, weight: "Tensor", bias: "Tensor", *, activation: str = "none") -> _Linear:
        return _packed_linear(weight.to(self._dtype), bias.to(self._dtype), activation=activation)

    def _norm(self, weights: _Weights, name: str) -> _Linear:
        import torch

        weight, bias = (weights[f"{name}.{kind}"].to(self._dtype) for kind in ("weight", "bias"))
        return partial(
            torch.nn.functional.layer_norm,
            normalized_shape=(self.dimension,),
            weight=weight,
            bias=bias,
            eps=self._epsilon,
        )


def is_packable(folder: Path) -> bool:
    """Whether ``PackedBert`` reads the model in a folder: BERT, the mean of all pieces, and no prompt."""
    try:
        modules = [entry["type"].rpartition(".")[2] for entry in _read(folder / "modules.json")]
        config, pooling = _read(folder / "config.json"), _read(folder / "1_Pooling" / "config.json")
        prompts = _read(folder / "config_sentence_transformers.json").get("default_prompt_name")
        lowers = _read(folder / "sentence_bert_config.json").get("do_lower_case")
    except (OSError, ValueError, KeyError, TypeError):
        return False
    modes = [name for name, chosen in pooling.items() if name.startswith("pooling_mode_") and chosen]
    return (
        modules in _MODULES
        and (config.get("model_type"), config.get("hidden_act")) == ("bert", "gelu")
        and config.get("position_embedding_type", "absolute") == "absolute"
        and (pooling.get("pooling_mode") or modes) in ("mean", ["pooling_mode_mean_tokens"])
        and not prompts
        and not lowers
        and (folder / "tokenizer.json").is_file()
    )


def _packed_linear(weight: "Tensor", bias: "Tensor", *, activation: str) -> _Linear:
    """Rows times weight, plus bias, and then the activation; the weight is laid out as the processor likes it best.

    oneDNN's own order takes half of the time of the plain one for a dozen rows, which is what a question has; it is
    what torch's compiler uses. Where torch has no oneDNN the transposed matrix is the faster one.
    """
    import torch

    if torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]  # torch has no types there
        packed = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous())
        return lambda rows: torch.ops.mkldnn._linear_pointwise(rows, packed, bias, activation, [], "none")
    turned = weight.t().contiguous()
    if activation == "gelu":
        return lambda rows: torch.nn.functional.gelu(torch.addmm(bias, rows, turned))
    return lambda rows: torch.addmm(bias, rows, turned)


def _filled(rows: int) -> int:
    """To how many rows so many are filled up: for each number oneDNN keeps code of two megabytes.

    >>> [_filled(rows) for rows in (3, 16, 65, 300)]
    [8, 16, 80, 304]
    """
    step = next((step for most, step in ((64, 8), (512, 16)) if rows <= most), 64)
    return -(-rows // step) * step


def _runs(lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Each length with how often it stands there in a row.

    >>> list(_runs([3, 3, 7]))
    [(3, 2), (7, 1)]
    """
    for length, run in groupby(lengths):
        yield length, sum(1 for _ in run)


def _own_name(name: str) -> str:
    """The name of a weight in the file, from that within a model of sentence-transformers.

    >>> _own_name("0.model.encoder.layer.0.output.dense.weight")
    'encoder.layer.0.output.dense.weight'
    """
    return name.rpartition("model.")[2]


def _of_tokenizer(folder: Path) -> float:
    """The most pieces of a text that its tokenizer was made for."""
    path = folder / "tokenizer_config.json"
    return float(_read(path).get("model_max_length", "inf")) if path.is_file() else float("inf")


def _read(path: Path) -> Any:  # noqa: ANN401  # whatever JSON holds
    return json.loads(path.read_text(encoding="utf-8"))
