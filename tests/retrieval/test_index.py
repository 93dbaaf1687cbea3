"""The index: exact, round trip, and never served when it does not fit."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chatbot.errors import ChatbotError, IndexDamaged, IndexMissing, IndexStale, IndexUnwritable
from chatbot.indexing import build
from chatbot.indexing.sources import load_sources
from chatbot.models.classifier import features_of
from chatbot.retrieval import faiss_store as vectors_module
from chatbot.retrieval.index import Index
from chatbot.retrieval.index_files import load_index
from chatbot.service import factory
from chatbot.settings import Settings
from tests.support.fakes import HashEmbedder


@pytest.fixture
def built(indexed_settings: Settings, small_build: tuple[Path, Index]) -> Index:
    """An index on disk, as it was in memory."""
    return small_build[1]


def load(settings: Settings, embedder: HashEmbedder | None = None) -> Index:
    """The index on disk, checked against the corpus as it is now."""
    files = load_sources(settings).corpus.files
    return load_index(settings.index, files=files, embedder=embedder or HashEmbedder())


def folder(settings: Settings) -> Path:
    """The folder that the manifest names."""
    return settings.index / json.loads((settings.index / "manifest.json").read_text())["folder"]


def test_nearest_equals_brute_force(built: Index) -> None:
    """FAISS finds the rows that a plain matrix product finds."""
    axes, rows = np.eye(HashEmbedder.dimension, dtype=np.float32), np.arange(len(built.rows))
    vectors = np.stack([built.similarities(rows, axis) for axis in axes], axis=1)
    for question in ("which medicines are used", "track marks", "a doctor"):
        asked = HashEmbedder().encode([question])
        similarities = vectors @ asked[0]
        expected = np.sort(similarities)[::-1][:5]

        (found,) = built.vectors.nearest(asked, count=5, rows=range(len(built.rows)))

        np.testing.assert_allclose(expected, [similarity for _, similarity in found], rtol=1e-5)
        np.testing.assert_allclose(similarities[[number for number, _ in found]], expected, rtol=1e-5)


def test_text_only_leaves_questions_out(built: Index) -> None:
    """A search of the text rows finds no question of the bank."""
    found = built.nearest_texts(HashEmbedder().encode(["what are the signs"])[0], count=50)

    assert built.text_rows == len(found)
    assert all(built.rows[number].kind in ("sentence", "passage") for number, _ in found)


def test_each_sentence_knows_its_passage(built: Index) -> None:
    """The passage row of a sentence row covers it."""
    for number, passage in enumerate(built.passage_rows):
        assert built.rows[passage].kind == "passage"
        assert built.rows[passage].span.covers(built.rows[number].span)


def test_round_trip(built: Index, small_settings: Settings) -> None:
    """What is loaded answers as what was built."""
    loaded = load(small_settings)
    vector = HashEmbedder().encode(["is it expensive"])

    assert built.rows == loaded.rows
    assert built.nearest_questions(vector, count=9) == loaded.nearest_questions(vector, count=9)
    np.testing.assert_array_equal(built.bm25.scores("medicines used"), loaded.bm25.scores("medicines used"))
    for name, classifier in built.classifiers.items():
        ngrams = built.learned.space.reduce(["is it expensive"])
        wider = np.zeros((1, len(classifier.layers.weights) - ngrams.shape[1]), dtype=np.float32)  # with the signs
        wider[:, : vector.shape[1]] = vector
        features = features_of(["is it expensive"], wider, loaded.learned.space)
        expected = classifier.probabilities(features)
        np.testing.assert_allclose(expected, loaded.classifiers[name].probabilities(features), rtol=1e-6)


def test_no_code_objects_on_disk(built: Index, small_settings: Settings) -> None:
    """Nothing on disk is a pickle: arrays load without, the rest is text."""
    suffixes = {path.suffix for path in folder(small_settings).rglob("*") if path.is_file()}

    assert suffixes <= {".faiss", ".npy", ".npz", ".json", ".txt"}


def truncate(path: Path) -> None:
    """Cut a file in half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    """Change one byte."""
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(bytes(raw))


@pytest.mark.parametrize("damage", [truncate, flip, Path.unlink], ids=["truncated", "changed", "missing"])
@pytest.mark.parametrize("name", ["vectors.faiss", "rows.npy", "answers.npz", "lexical/vocab.index.json"])
def test_damage_is_noticed_and_mended(
    built: Index, small_settings: Settings, damage: Callable[[Path], None], name: str
) -> None:
    """A torn file is refused, and building anew puts a whole index in place."""
    damage(folder(small_settings) / name)

    with pytest.raises(IndexDamaged, match="python -m chatbot build"):
        load(small_settings)
    sources = load_sources(small_settings)
    mended = factory.load_or_build(small_settings, sources, HashEmbedder())
    assert built.rows == mended.rows == load(small_settings).rows


def test_files_of_another_build_are_noticed(small_settings: Settings, tmp_path: Path) -> None:
    """A whole file, swapped in from another index, is refused."""
    sources = load_sources(small_settings)
    other = replace(small_settings, index=tmp_path / "other")
    build.build(other, sources, HashEmbedder())
    topics = small_settings.corpus / "not-covered.toml"
    topics.write_text(topics.read_text().replace("what is the price", "what is the fee"))
    build.build(small_settings, load_sources(small_settings), HashEmbedder())

    (folder(small_settings) / "answers.npz").write_bytes((folder(other) / "answers.npz").read_bytes())

    with pytest.raises(IndexDamaged):
        load(small_settings)


@pytest.mark.parametrize(
    ("key", "value"),
    [("rows", 3), ("text_rows", 3), ("text_rows", "x"), ("folder", "elsewhere"), ("format", 0), ("corpus", {})],
)
def test_edited_manifest_is_noticed(built: Index, small_settings: Settings, key: str, value: object) -> None:
    """A manifest that does not fit its folder is refused with the command that mends it."""
    path = small_settings.index / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))

    with pytest.raises(ChatbotError, match="python -m chatbot build"):
        load(small_settings)


@pytest.mark.parametrize("lost", ["folder", "files", "rows", "text_rows", "classifiers", "corpus", "model", "format"])
def test_manifest_needs_all_its_entries(built: Index, small_settings: Settings, lost: str) -> None:
    """A manifest that lacks an entry is refused, whichever it is."""
    path = small_settings.index / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest[lost]
    path.write_text(json.dumps(manifest))

    with pytest.raises(ChatbotError, match="python -m chatbot build"):
        load(small_settings)


@pytest.mark.parametrize("stop_at", range(7))
def test_interrupted_build_leaves_the_old_index(
    built: Index, small_settings: Settings, monkeypatch: pytest.MonkeyPatch, stop_at: int
) -> None:
    """A build that ends at any of its writes leaves the old index whole and in use."""
    left = iter(range(stop_at))

    def write_or_stop(original: Callable[..., object]) -> Callable[..., object]:
        def write(*arguments: object, **options: object) -> object:
            if next(left, None) is None:
                raise OSError("the disk is full")
            return original(*arguments, **options)

        return write

    arrays = ((vectors_module.faiss, "write_index"), (np, "save"), (np, "savez"))
    for owner, name in (*arrays, (Path, "rename"), (Path, "replace")):
        monkeypatch.setattr(owner, name, write_or_stop(getattr(owner, name)))
    with pytest.raises(IndexUnwritable, match="the disk is full"):
        build.build(small_settings, load_sources(small_settings), HashEmbedder())
    monkeypatch.undo()

    assert load(small_settings).rows == built.rows


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"folder": "x"}'])
def test_broken_manifest_is_noticed(built: Index, small_settings: Settings, text: str) -> None:
    """A manifest that is cut off or empty is refused."""
    (small_settings.index / "manifest.json").write_text(text)

    with pytest.raises(ChatbotError, match="python -m chatbot build"):
        load(small_settings)


def test_missing_index_is_named(small_settings: Settings) -> None:
    """Without an index the error names the command that makes one."""
    with pytest.raises(IndexMissing, match="python -m chatbot build"):
        load(small_settings)


def test_half_written_folder_is_never_served(built: Index, small_settings: Settings) -> None:
    """A build that was cut off leaves the old index in place."""
    half = small_settings.index / "build-cutoff"
    half.mkdir()
    (half / "vectors.faiss").write_bytes(b"half")

    assert built.rows == load(small_settings).rows


def test_changed_corpus_makes_it_stale(built: Index, small_settings: Settings) -> None:
    """An index of another corpus is refused."""
    topics = small_settings.corpus / "not-covered.toml"
    topics.write_text(topics.read_text().replace("what is the price", "what is the fee"))

    with pytest.raises(IndexStale, match="another corpus"):
        load(small_settings)


def test_other_model_makes_it_stale(built: Index, small_settings: Settings) -> None:
    """An index of another model is refused."""
    with pytest.raises(IndexStale, match="another model weights"):
        load(small_settings, HashEmbedder(fingerprint="two"))


def test_old_builds_are_removed(built: Index, small_settings: Settings) -> None:
    """Building again leaves one folder."""
    build.build(small_settings, load_sources(small_settings), HashEmbedder())

    assert [folder(small_settings)] == list(small_settings.index.glob("build-*"))


def test_what_unfinished_builds_left_is_cleared_away(built: Index, small_settings: Settings) -> None:
    """A build first removes what builds that were cut off have left, however new it is: it alone holds the folder."""
    left = [small_settings.index / name for name in ("draft-torn", "build-unnamed")]
    for folder_left in left:
        folder_left.mkdir()
    (small_settings.index / "draft-torn.json").write_text("{", encoding="utf-8")
    build.build(small_settings, load_sources(small_settings), HashEmbedder())

    assert [path for path in left if path.exists()] == []
    assert list(small_settings.index.glob("draft-*")) == []
    assert load(small_settings).rows == built.rows
