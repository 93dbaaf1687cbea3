"""The adapter: what is trained, what is kept out, and that the file does what training did."""

import random
from pathlib import Path

import numpy as np
import pytest

from chatbot.errors import ModelError
from chatbot.indexing.adapter_training import BATCH, adapt, batches, lessons_of, mistyped, steps_of
from chatbot.models.adapter import EncoderForm, is_unseen, load_adapter, save_adapter
from chatbot.models.encoder import SentenceEncoder, load_embedder
from chatbot.settings import Settings
from tests.support.fakes import write_bert

pytestmark = pytest.mark.slow

QUESTIONS = {
    "red": [
        "is it red",
        "a red one",
        "so red",
        "what a red thing",
        "red again",
        "why red",
        "red or not",
        "her red hat",
    ],
    "blue": [
        "is it blue",
        "a blue one",
        "so blue",
        "what a blue sky",
        "blue again",
        "why blue",
        "blue or not",
        "blue hat",
    ],
}
SETS = [[(text, label) for label, texts in QUESTIONS.items() for text in texts]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real encoder of a few kilobytes with attention layers, as the shipped one has."""
    texts = [text for text, _ in SETS[0]]
    return write_bert(tmp_path_factory.mktemp("model") / "bert", texts)


@pytest.fixture(scope="module")
def adapted(folder: Path) -> Path:
    """An adapter trained on the questions."""
    path = folder.parent / "adapter.safetensors"
    adapt(load_embedder(Settings(model=str(folder))), SETS, path)
    return path


def both(folder: Path, adapter: Path) -> SentenceEncoder:
    """The encoder with its adapter."""
    return load_embedder(Settings(model=str(folder), adapter=str(adapter)))


def test_model_as_it_is_stays_as_it_was(folder: Path, adapted: Path) -> None:
    """With an adapter the encoder still gives the vectors of the model as it is, and bent ones when asked."""
    encoder, plain = both(folder, adapted), load_embedder(Settings(model=str(folder)))

    np.testing.assert_allclose(encoder.encode(["is it red"]), plain.encode(["is it red"]), atol=1e-6)
    assert not np.allclose(encoder.encode(["is it red"], form=EncoderForm.BANK), plain.encode(["is it red"]), atol=1e-4)
    assert encoder.fingerprint != plain.fingerprint


def test_bent_weights_are_sums(folder: Path, adapted: Path) -> None:
    """Every adapted weight is the model's own plus the product of the two thin matrices."""
    encoder, adapter = both(folder, adapted), load_adapter(adapted)
    own, bent = (encoder.model(form=form).state_dict() for form in (EncoderForm.PLAIN, EncoderForm.BANK))

    assert adapter.pairs
    for name, (down, up) in adapter.pairs.items():
        expected = own[name].numpy() + up.astype(np.float32) @ down.astype(np.float32)
        np.testing.assert_allclose(bent[name].numpy(), expected, atol=1e-6)


def test_the_search_has_an_adapter_of_its_own(folder: Path, adapted: Path) -> None:
    """A question is read by the search's adapter for articles, and no index hangs on it; without one it is plain."""
    plain, bank = load_embedder(Settings(model=str(folder))), both(folder, adapted)
    adapters = {EncoderForm.SEARCH: load_adapter(adapted)}
    search = SentenceEncoder(folder, name=plain.name, weights=plain.weights, adapters=adapters)
    question = ["is it red"]

    np.testing.assert_allclose(
        search.encode(question, form=EncoderForm.SEARCH), bank.encode(question, form=EncoderForm.BANK)
    )
    np.testing.assert_allclose(search.encode(question, form=EncoderForm.BANK), plain.encode(question), atol=1e-6)
    np.testing.assert_allclose(bank.encode(question, form=EncoderForm.SEARCH), plain.encode(question), atol=1e-6)
    assert search.fingerprint == plain.fingerprint


def test_training_is_the_same_each_time(folder: Path, adapted: Path) -> None:
    """The same questions give the same adapter."""
    again = adapted.with_name("again.safetensors")
    adapt(load_embedder(Settings(model=str(folder))), SETS, again)

    one, other = load_adapter(adapted), load_adapter(again)
    for name, (down, up) in one.pairs.items():
        np.testing.assert_allclose(down, other.pairs[name][0], atol=1e-3)
        np.testing.assert_allclose(up, other.pairs[name][1], atol=1e-3)


def test_adapter_of_another_model_is_refused(folder: Path, adapted: Path, tmp_path: Path) -> None:
    """An adapter is added to no other weights than those it was trained on."""
    other = write_bert(tmp_path / "other", ["other words"])

    with pytest.raises(ModelError, match="another model"):
        both(other, adapted)


@pytest.mark.parametrize("content", [b"", b"{}", b"\x08\0\0\0\0\0\0\0{}      "])
def test_broken_file_is_refused(folder: Path, tmp_path: Path, content: bytes) -> None:
    """A file that is no adapter is refused with a way out."""
    path = tmp_path / "adapter.safetensors"
    path.write_bytes(content)

    with pytest.raises(ModelError, match="CHATBOT_ADAPTER=none"):
        both(folder, path)


def test_round_trip(tmp_path: Path) -> None:
    """What was saved is what is loaded."""
    pair = (np.ones((2, 3), dtype=np.float16), np.full((4, 2), 0.5, dtype=np.float16))
    save_adapter(tmp_path / "a", base="abc", pairs={"layer.weight": pair})
    loaded = load_adapter(tmp_path / "a")

    assert loaded.base == "abc"
    np.testing.assert_array_equal(loaded.deltas()["layer.weight"], np.ones((4, 3), dtype=np.float32))


def test_about_one_text_in_eight_is_kept_out() -> None:
    """A share of the texts is never trained on, always the same ones."""
    texts = [f"question number {number}" for number in range(4000)]

    assert 0.1 < sum(map(is_unseen, texts)) / len(texts) < 0.15
    lessons, classes = lessons_of([[(text, "one") for text in texts]], random.Random(0))
    assert classes == [1]
    assert {lesson.text for lesson in lessons} == {text for text in texts if not is_unseen(text)}


def test_every_lesson_is_in_one_batch() -> None:
    """An epoch sees each lesson once, in batches that are small enough."""
    sets = [[(f"text {number}", str(number % 3)) for number in range(500)]]
    lessons, _ = lessons_of(sets, random.Random(0))
    made = batches(lessons, random.Random(0))

    assert sorted(lesson.text for batch in made for lesson in batch) == sorted(lesson.text for lesson in lessons)
    assert max(map(len, made)) <= BATCH
    assert steps_of(sets) % len(made) == 0


def test_mistyped_words_stay_near() -> None:
    """A mistyped text has as many words, and each is at most one letter longer or shorter."""
    text = "how would anybody notice something like this happening"
    typed = [mistyped(text, random.Random(seed)) for seed in range(50)]

    assert len({*typed}) > 10
    for version in typed:
        assert [abs(len(one) - len(other)) <= 1 for one, other in zip(version.split(), text.split(), strict=True)]
