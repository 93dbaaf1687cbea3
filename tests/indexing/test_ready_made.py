"""What comes ready made: it is what the model gives, it is used only when it is whole, and it is not stale."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.indexing import build
from chatbot.indexing.embedding_cache import text_key
from chatbot.indexing.ready_made import ALIKE, NOTHING_READY, READY, STEP, load_ready, save_vectors
from chatbot.indexing.sources import load_sources
from chatbot.indexing.training_sets import make_training_sets
from chatbot.models.adapter import EncoderForm
from chatbot.models.encoder import load_embedder
from chatbot.retrieval.index import Index
from chatbot.settings import Settings
from tests.support.fakes import HashEmbedder


@pytest.fixture
def prepared(small_settings: Settings, tmp_path: Path) -> Path:
    """The ready-made folder of the small corpus."""
    build.make_ready(load_sources(small_settings), HashEmbedder(), tmp_path / "ready")
    return tmp_path / "ready"


def built(settings: Settings, ready: Path, *, embedder: HashEmbedder | None = None) -> Index:
    """The index of the settings, begun with this ready-made folder."""
    return build.build(settings, load_sources(settings), embedder or HashEmbedder(), ready=ready)


def test_the_shipped_folder_is_not_stale() -> None:
    """The shipped vectors belong to the shipped model, and nearly every text of the corpus has one."""
    sources, model = load_sources(Settings()), load_embedder(Settings())
    made = load_ready(READY, model.fingerprint)
    mend = "stale: run `make ready` and commit ready/"

    assert made is not NOTHING_READY, mend
    for name, pairs in make_training_sets(sources).items():
        keys = [text_key(text, form=EncoderForm.BANK) for text, _ in pairs]
        assert made.knows(keys) >= ALIKE, mend
        assert made.fits(name, keys), mend


@pytest.mark.model
def test_shipped_vectors_are_those_of_the_model() -> None:
    """A shipped vector is that of its text, rounded: every eightieth text is embedded again."""
    sources, model = load_sources(Settings()), load_embedder(Settings())
    made = load_ready(READY, model.fingerprint)
    texts = [text for text, _ in make_training_sets(sources)["answers"]][::80]
    pairs = [
        (vector, own)
        for text, vector in zip(texts, model.encode(texts, form=EncoderForm.BANK), strict=True)
        if (own := made.vector(text_key(text, form=EncoderForm.BANK))) is not None
    ]

    assert len(pairs) > ALIKE * len(texts)
    assert min(float(vector @ own) for vector, own in pairs) > 0.99


def test_first_builds_embed_nothing_and_hold_nothing_out(
    small_settings: Settings, prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the folder a first build embeds no text and trains without cross-validation."""
    model = HashEmbedder()
    monkeypatch.setattr(
        "chatbot.indexing.classifier_training.cross_validated_scores", lambda *_: pytest.fail("held out")
    )
    index = built(small_settings, prepared, embedder=model)

    assert model.encoded == 0
    assert index.ranker is not None


def test_the_index_is_the_same_as_without(small_settings: Settings, prepared: Path, tmp_path: Path) -> None:
    """Classes, temperatures and weights are those of a build without the folder, up to the rounding of vectors."""
    with_it = built(small_settings, prepared)
    without = built(replace(small_settings, index=tmp_path / "other"), tmp_path / "none")

    assert with_it.rows == without.rows
    for name, classifier in without.classifiers.items():
        assert with_it.classifiers[name].labels == classifier.labels
        assert with_it.classifiers[name].temperature == pytest.approx(classifier.temperature, rel=0.1)
        np.testing.assert_allclose(with_it.classifiers[name].layers.weights, classifier.layers.weights, atol=0.25)


def test_what_decides_nothing_is_not_in_the_index_but_is_learned_from(
    small_settings: Settings, prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Questions that the folder calls superfluous get no row; the others keep their class, and the page its own."""
    sources = load_sources(small_settings)
    pairs = make_training_sets(sources)["answers"]
    without = built(small_settings, prepared)
    monkeypatch.setattr(build, "PRUNED_FROM", 0)
    monkeypatch.setattr(build, "is_unseen", lambda _: False)  # nothing is asked, so all would be superfluous
    build.make_ready(sources, HashEmbedder(), prepared)
    offered = {text for answer in sources.corpus.answers for text in answer.ask.values()}
    small_settings.index.joinpath("manifest.json").unlink()
    index = built(small_settings, prepared)

    assert index.ranker is not None
    assert without.ranker is not None
    assert index.ranker.questions.tolist() == [number for number, (text, _) in enumerate(pairs) if text in offered]
    assert len(index.rows) - index.text_rows == len(index.ranker.questions) < len(pairs)
    assert index.ranker.columns.tolist() == without.ranker.columns[index.ranker.questions].tolist()
    assert index.rows[index.text_rows :] == tuple(
        without.rows[without.text_rows + number] for number in index.ranker.questions
    )
    np.testing.assert_allclose(
        index.classifiers["answers"].layers.weights, without.classifiers["answers"].layers.weights, atol=0.25
    )


def test_a_changed_text_is_embedded_and_the_others_are_not(small_settings: Settings, prepared: Path) -> None:
    """After a change of the corpus only new texts are embedded."""
    path = small_settings.corpus / "requests.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("hello friend", "hello dear"), encoding="utf-8")
    model = HashEmbedder()
    built(small_settings, prepared, embedder=model)

    assert model.encoded == 1


def test_another_corpus_is_calibrated_anew(small_settings: Settings, prepared: Path) -> None:
    """A temperature is not taken over for texts of which many are not known."""
    made = load_ready(prepared, HashEmbedder().fingerprint)
    pairs = make_training_sets(load_sources(small_settings))["answers"]
    keys = [text_key(text, form=EncoderForm.BANK) for text, _ in pairs]
    other = [text_key(f"{text} too", form=EncoderForm.BANK) for text, _ in pairs]

    assert made.fits("answers", keys)
    assert not made.fits("answers", [*keys[: len(keys) // 2], *other[len(keys) // 2 :]])
    assert not made.fits("answers", keys[: len(keys) // 2])
    assert not made.fits("nothing", keys)


@pytest.mark.parametrize("fault", ["other model", "cut off", "changed", "missing", "no manifest", "noise"])
def test_what_does_not_fit_is_not_used(
    prepared: Path, fault: str, small_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """A folder of another model, or one with a file that is missing or touched, is left alone: all is computed."""
    path = next(prepared.glob("vectors-*.xz"))
    raw = path.read_bytes()
    if fault == "missing":
        path.unlink()
    elif fault == "no manifest":
        (prepared / "manifest.json").unlink()
    elif fault == "noise":
        (prepared / "manifest.json").write_text("[1]", encoding="utf-8")
    elif fault != "other model":
        path.write_bytes(raw[:-4] if fault == "cut off" else raw[:40] + bytes([raw[40] ^ 1]) + raw[41:])
    model = HashEmbedder(fingerprint="two" if fault == "other model" else "one")

    assert load_ready(prepared, model.fingerprint) is NOTHING_READY
    assert built(small_settings, prepared, embedder=model).rows
    assert model.encoded > 0
    if fault in ("cut off", "changed", "missing"):
        assert "Restore it from git" in caplog.text


def test_renewing_adds_a_file_and_leaves_the_others(small_settings: Settings, prepared: Path) -> None:
    """Renewing embeds what is new into a file of its own; those that are there stay as they are."""
    before = {path.name: path.read_bytes() for path in prepared.glob("vectors-*.xz")}
    path = small_settings.corpus / "requests.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("hello friend", "hello dear"), encoding="utf-8")
    added = build.make_ready(load_sources(small_settings), HashEmbedder(), prepared)
    after = {path.name: path.read_bytes() for path in prepared.glob("vectors-*.xz")}

    assert (added, len(after)) == (1, len(before) + 1)
    assert before.items() <= after.items()
    assert build.make_ready(load_sources(small_settings), HashEmbedder(), prepared) == 0  # and nothing is left to add
    assert {path.name for path in prepared.glob("vectors-*.xz")} == after.keys()


@given(rows=st.lists(st.lists(st.floats(-1, 1, width=32), min_size=4, max_size=4), min_size=1, max_size=8))
def test_vectors_come_back_rounded(rows: Sequence[Sequence[float]]) -> None:
    """Whatever vectors are saved, each comes back as a unit vector no further off than the step allows."""
    vectors = np.array(rows, dtype=np.float32) + np.float32(0.01)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    keys = [text_key(str(number), form=EncoderForm.PLAIN) for number in range(len(rows))]
    with TemporaryDirectory() as folder:
        save_vectors(Path(folder), "model", dict(zip(keys, vectors, strict=True)))
        made = load_ready(Path(folder), "model")
    back = np.array([made.vectors[key[:8]] for key in keys])

    np.testing.assert_allclose(back, vectors, atol=2 * STEP)
