"""The weights of the packaged reader: they can be had as floats, and an adapter is added to them."""

import numpy as np
import onnx
import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification

from chatbot.errors import ModelError
from chatbot.models.adapter import Adapter
from chatbot.models.reader import READER_SHA256, OnnxReader, packaged_reader
from chatbot.models.reader_weights import adapted_model, float_weights

QUESTION = "how long does naloxone work"
PASSAGES = ["Naloxone works for 30 to 90 minutes.", "It is sold in pharmacies.", "The heart has four rooms."]
LAYERS = ("bert.pooler.dense.weight", "bert.encoder.layer.9.output.dense.weight")


@pytest.fixture(scope="module")
def adapter() -> Adapter:
    """Low-rank matrices large enough to change logits."""
    chance = np.random.default_rng(3)
    shapes = {LAYERS[0]: (384, 384), LAYERS[1]: (384, 1536)}
    pairs = {
        name: (
            (chance.normal(size=(8, inputs)) * 0.2).astype(np.float16),
            (chance.normal(size=(outputs, 8)) * 0.2).astype(np.float16),
        )
        for name, (outputs, inputs) in shapes.items()
    }
    return Adapter(READER_SHA256["model.onnx"], "", pairs)


def logits_of_bert(added: Adapter | None) -> np.ndarray:
    """The oracle: the library's BERT with the float weights, and the adapter's products."""
    folder = packaged_reader()
    weights = {name: torch.tensor(array) for name, array in float_weights(folder / "model.onnx").items()}
    for name, change in (added.deltas() if added else {}).items():
        weights[name] += torch.tensor(change)
    config = BertConfig(hidden_size=384, num_hidden_layers=12, intermediate_size=1536)
    config.num_labels = 1
    model = BertForSequenceClassification(config)
    model.load_state_dict(weights)
    model.train(mode=False)
    rows = OnnxReader(folder).tokenized(QUESTION, PASSAGES)
    with torch.no_grad():
        logits = model(**{name: torch.tensor(array) for name, array in rows.items()}).logits
    return np.asarray(logits.flatten())


def test_float_weights_are_the_readers() -> None:
    """BERT with the float weights gives the logits of the packaged reader, but for its 8 bits."""
    logits = OnnxReader(packaged_reader()).read(QUESTION, PASSAGES)

    assert np.abs(logits - logits_of_bert(None)).max() < 0.3


def test_an_adapter_is_added(adapter: Adapter) -> None:
    """The reader with an adapter gives what BERT gives with the sum, and not what it gave without."""
    plain = OnnxReader(packaged_reader()).read(QUESTION, PASSAGES)
    adapted = OnnxReader(packaged_reader(), adapter).read(QUESTION, PASSAGES)

    assert np.abs(adapted - plain).max() > 1
    assert np.abs(adapted - logits_of_bert(adapter)).max() < 0.5


def test_no_sum_of_two_products_overflows(adapter: Adapter) -> None:
    """Two products of a byte and a weight fit in 16 bits: processors that add them there read as all others do."""
    model = onnx.load_model_from_string(adapted_model(packaged_reader() / "model.onnx", adapter))
    used = {node.input[1] for node in model.graph.node if node.op_type == "MatMulInteger"}
    weights = [onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer if tensor.name in used]

    assert len(weights) == len(used)
    assert max(int(np.abs(weight.astype(int)).max()) for weight in weights) * 255 * 2 < 2**15


def test_an_adapter_of_other_weights_is_refused(adapter: Adapter) -> None:
    """An adapter that was trained on other weights is not added."""
    other = Adapter("0" * 64, "", adapter.pairs)
    with pytest.raises(ModelError, match="other weights"):
        adapted_model(packaged_reader() / "model.onnx", other)
