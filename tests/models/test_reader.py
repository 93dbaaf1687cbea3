"""The reader: which file it is, what it refuses, and that it tells an answer from its look-alike."""

from dataclasses import replace
from pathlib import Path

import pytest

from chatbot.errors import ModelError
from chatbot.models import reader as module
from chatbot.models.reader import NO_READER, OnnxReader, load_reader
from chatbot.settings import Settings


def test_packaged_reader_prefers_the_answer() -> None:
    """The reader that is shipped puts a sentence that answers above one that only has the same words."""
    reader = load_reader(Settings())
    assert isinstance(reader, OnnxReader)
    answer, alike = reader.read(
        "how long does naloxone work",
        ["Naloxone works for 30 to 90 minutes.", "Naloxone is sold in most pharmacies, and it does not cost much."],
    )
    assert answer > alike


def test_nothing_to_read_is_no_row() -> None:
    """Without passages there are no logits, and no model is loaded."""
    reader = load_reader(Settings())
    assert reader is not None
    assert len(reader.read("anything", [])) == 0


def test_reader_can_be_left_out() -> None:
    """``none`` is no reader."""
    assert load_reader(Settings(reader=NO_READER)) is None


def test_missing_folder_is_named() -> None:
    """Another reader must be a folder on this machine: nothing is fetched."""
    with pytest.raises(ModelError, match="no reader in owner/model") as caught:
        load_reader(Settings(reader="owner/model"))
    assert "CHATBOT_READER" in caught.value.next_step


def test_another_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is not the one that was measured is refused by its checksum."""
    changed = {name: "0" * 64 for name in module.READER_SHA256}
    monkeypatch.setattr(module, "READER_SHA256", changed)
    with pytest.raises(ModelError, match="not the one that was measured"):
        load_reader(replace(Settings(), index=tmp_path))


def test_another_cross_encoder_can_be_named(tmp_path: Path) -> None:
    """``CHATBOT_READER`` may be the folder of any cross-encoder: it gives one logit a passage."""
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(module.packaged_reader() / "tokenizer.json"), pad_token="[PAD]", model_max_length=64
    )
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    config = BertConfig(vocab_size=len(tokenizer), num_labels=1, **sizes)
    BertForSequenceClassification(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)

    reader = load_reader(Settings(reader=str(tmp_path)))

    assert reader is not None
    logits = reader.read("what helps", ["Water helps.", "Rest does.", "Nothing."])
    assert (logits.shape, logits.dtype.name) == ((3,), "float32")
