"""The encoder: unit vectors, in order, from weights that are known."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.answering.pipeline import AnswerPipeline
from chatbot.errors import ModelError, SettingsError
from chatbot.models.adapter import EncoderForm
from chatbot.models.bert import PackedBert, is_packable
from chatbot.models.encoder import MINILM_SHA256, MOST_PIECES, SentenceEncoder, load_embedder
from chatbot.settings import ROOT, Settings
from tests.support.fakes import write_bert, write_model

WORDS = ["one two", "three", "", "one", "two one " * 50]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> SentenceEncoder:
    """A real encoder of a few kilobytes."""
    folder = write_model(tmp_path_factory.mktemp("model") / "tiny", ["one two three"])
    return load_embedder(Settings(model=str(folder)))


def test_vectors_are_unit_rows_in_order(tiny: SentenceEncoder) -> None:
    """Each text has the same vector alone and among longer and shorter ones, of length 1 when it has a known word."""
    vectors = tiny.encode(WORDS)

    assert (vectors.shape, vectors.dtype) == ((5, tiny.dimension), np.float32)
    for text, vector in zip(WORDS, vectors, strict=True):
        np.testing.assert_allclose(tiny.encode([text])[0], vector, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(vectors[[0, 1, 3, 4]], axis=1), 1, rtol=1e-5)


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> SentenceEncoder:
    """An encoder with two attention layers."""
    folder = write_bert(tmp_path_factory.mktemp("bert") / "bert", ["one two three"])
    return load_embedder(Settings(model=str(folder)))


@pytest.mark.parametrize("prompt", [None, "two: "])
def test_vectors_are_those_of_the_library(tmp_path: Path, prompt: str | None) -> None:
    """The short way through the model gives what its own ``encode`` gives, with a prompt and without."""
    encoder = load_embedder(Settings(model=str(write_model(tmp_path / "tiny", ["one two three"]))))
    model = encoder.model(form=EncoderForm.PLAIN)
    if prompt:
        model.prompts, model.default_prompt_name = {"own": prompt}, "own"

    oracle = model.encode(WORDS, normalize_embeddings=True, show_progress_bar=False)
    np.testing.assert_allclose(oracle, encoder.encode(WORDS), atol=1e-6)


_TEXTS = st.lists(st.text(st.sampled_from("one two three  é一[SEP]\u0301.?")), min_size=1, max_size=9)


@given(texts=_TEXTS)
def test_packed_vectors_are_those_of_the_library(bert: SentenceEncoder, texts: list[str]) -> None:
    """A BERT model is read without the library, and the vectors are the library's: of texts of any lengths together."""
    oracle = bert.model(form=EncoderForm.BANK).encode(texts, normalize_embeddings=True, show_progress_bar=False)

    assert is_packable(bert.folder)
    np.testing.assert_allclose(oracle, bert.encode(texts, form=EncoderForm.BANK), atol=1e-6)


def test_an_index_is_built_by_the_library(bert: SentenceEncoder) -> None:
    """Not packed, the library itself reads a BERT model, and its vectors are those that questions meet."""
    library = load_embedder(Settings(model=str(bert.folder)), packed=False)

    assert library.fingerprint == bert.fingerprint
    np.testing.assert_allclose(library.encode(WORDS), bert.encode(WORDS), atol=1e-6)
    assert library._models  # nothing else tells which of the two has read
    assert not library._packed


def test_long_texts_are_cut_as_the_library_cuts_them(bert: SentenceEncoder) -> None:
    """Of a text with more pieces than the model has places the first ones are read, beside short ones too."""
    texts = ["one two three " * 100, "two"]
    oracle = bert.model(form=EncoderForm.PLAIN).encode(texts, normalize_embeddings=True, show_progress_bar=False)

    np.testing.assert_allclose(oracle, bert.encode(texts), atol=1e-6)


def test_packed_without_onednn_is_the_same(
    bert: SentenceEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where torch has no oneDNN, plain products give the same vectors."""
    monkeypatch.setattr("torch.backends.mkldnn.is_available", lambda: False)
    plain = PackedBert(bert.folder)

    np.testing.assert_allclose(plain.unit_vectors(["one", "two three"]), bert.encode(["one", "two three"]), atol=1e-6)


def test_models_of_another_kind_are_left_to_the_library(bert: SentenceEncoder, tmp_path: Path) -> None:
    """A model is packed only when all that is read of it is as expected."""
    changes = {
        "config.json": {"hidden_act": "relu"},
        "1_Pooling/config.json": {"pooling_mode": "cls"},
        "config_sentence_transformers.json": {"default_prompt_name": "query"},
        "sentence_bert_config.json": {"do_lower_case": True},
    }
    for number, (name, change) in enumerate(changes.items()):
        folder = tmp_path / str(number)
        shutil.copytree(bert.folder, folder)
        assert is_packable(folder)
        (folder / name).write_text(json.dumps({**json.loads((folder / name).read_text()), **change}))
        assert not is_packable(folder)
    assert not is_packable(tmp_path)


@pytest.mark.model
def test_the_packaged_model_needs_no_library(real_chatbot: AnswerPipeline) -> None:
    """The packaged model is packed: answering loads neither sentence-transformers nor transformers."""
    script = """
import sys
from chatbot.models.adapter import EncoderForm
from chatbot.models.encoder import load_embedder
from chatbot.settings import Settings
load_embedder(Settings()).encode(["one"], form=EncoderForm.BANK)
print([name for name in ("sentence_transformers", "transformers") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_fewer_bits_are_near_and_have_their_own_index(tmp_path: Path) -> None:
    """With half the bits the vectors are nearly the same, and an index of the others does not fit them."""
    settings = Settings(model=str(write_model(tmp_path / "tiny", ["one two three"])))
    whole, half = load_embedder(settings), load_embedder(replace(settings, precision="bfloat16"))
    vectors = half.encode(WORDS[:2])

    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, whole.encode(WORDS[:2]), atol=0.02)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    assert half.fingerprint != whole.fingerprint
    with pytest.raises(SettingsError, match="float32 or bfloat16"):
        replace(settings, precision="8")


def test_progress_counts_every_text(tiny: SentenceEncoder) -> None:
    """The numbers that are reported add up to the texts."""
    reported: list[int] = []
    tiny.encode(["one"] * 150, progress=reported.append)

    assert sum(reported) == 150
    assert len(reported) > 1


def test_no_text_is_no_vector(tiny: SentenceEncoder) -> None:
    """Nothing to encode gives no row."""
    assert tiny.encode([]).shape == (0, tiny.dimension)


def test_loading_is_silent(tmp_path: Path) -> None:
    """Loading a model writes nothing: neither into the answers of the command line nor over what a start says."""
    folder = write_model(tmp_path / "tiny", ["one two three"])
    script = "import sys; from chatbot.models.encoder import load_embedder; from chatbot.settings import Settings; "
    script += "load_embedder(Settings(model=sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", script, folder], cwd=ROOT, capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr) == ("", "")


def test_other_weights_are_another_model(tmp_path: Path) -> None:
    """The fingerprint changes with the weights."""
    one = load_embedder(Settings(model=str(write_model(tmp_path / "a", ["one two"]))))
    other = load_embedder(Settings(model=str(write_model(tmp_path / "b", ["one two three"]))))

    assert one.fingerprint != other.fingerprint


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    """A folder that holds no safetensors weights is refused by name."""
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        load_embedder(Settings(model=str(tmp_path)))


def test_nothing_is_downloaded_unasked() -> None:
    """A name that is no folder is refused unless the operator allows to fetch it."""
    with pytest.raises(ModelError, match="downloading is off"):
        load_embedder(Settings(model="some-owner/some-model"))


@pytest.mark.model
def test_the_packaged_model_is_the_published_one(real_chatbot: AnswerPipeline) -> None:
    """Without a setting the packaged all-MiniLM-L6-v2 is used, with the weights that its authors published."""
    embedder = load_embedder(real_chatbot.settings)

    assert (embedder.name, embedder.weights, embedder.dimension) == ("all-MiniLM-L6-v2", MINILM_SHA256, 384)
    question, near, far = embedder.encode(["How is heroin addiction treated?", "help with heroin use", "a soup recipe"])
    assert question @ near > question @ far + 0.3


@pytest.mark.slow
def test_no_hub_is_asked(tmp_path: Path) -> None:
    """Loading a model and encoding with it asks no other host, in a process that has loaded the page before."""
    folder = write_model(tmp_path / "tiny", ["one two three"])
    script = """
import sys
reached = []
sys.addaudithook(lambda event, arguments: reached.append(arguments[0]) if event == "socket.getaddrinfo" else None)
import chatbot.web.gradio_page
from chatbot.models.encoder import load_embedder
from chatbot.settings import Settings
load_embedder(Settings(model=sys.argv[1])).encode(["one"])
print(reached)
"""
    done = subprocess.run([sys.executable, "-c", script, folder], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_texts_of_a_question_are_shortened(tmp_path: Path) -> None:
    """Short texts stay; of long ones the longest are cut, until all together have the word pieces that may be read."""
    bert = load_embedder(Settings(model=str(write_bert(tmp_path / "bert", ["one two three"]))))
    short, long = ["one two", "", "three"], [f"{start} one two " * 2000 for start in ("one", "two", "three")]
    pieces = bert.model(form=EncoderForm.PLAIN).tokenizer

    assert bert.shortened(short) == short
    shortened = bert.shortened([*short, *long, *long])
    assert shortened[:3] == short
    assert shortened[3:6] == shortened[6:]
    assert all(text.startswith(cut) for text, cut in zip(long, shortened[3:6], strict=True))
    assert sum(len(pieces(text)["input_ids"]) for text in set(shortened)) <= MOST_PIECES


def test_equal_texts_are_read_once(tiny: SentenceEncoder) -> None:
    """A text that comes twice has the same vector twice, and the progress counts both."""
    seen = list[int]()
    vectors = tiny.encode(["one", "two", "one"], progress=seen.append)
    np.testing.assert_array_equal(vectors[0], vectors[2])
    assert sum(seen) == 3
