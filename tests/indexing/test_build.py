"""Building the index: what is embedded."""

import hashlib

import numpy as np
import pytest

from chatbot.indexing import build
from chatbot.indexing.runs.quick import KEPT_FILE
from chatbot.indexing.sources import load_sources
from chatbot.retrieval.index import Index
from chatbot.settings import Settings
from tests.support.fakes import HashEmbedder


def test_each_text_is_embedded_once(small_settings: Settings) -> None:
    """Building embeds no text twice."""
    sources, embedder = load_sources(small_settings), HashEmbedder()
    build.build(small_settings, sources, embedder)

    assert len(build.texts_to_embed(sources)) == embedder.encoded


def test_a_second_build_embeds_nothing(small_settings: Settings) -> None:
    """Building again without a change embeds no text, and gives the same index."""
    sources = load_sources(small_settings)
    first = build.build(small_settings, sources, HashEmbedder())
    model = HashEmbedder()
    second = build.build(small_settings, sources, model)

    assert model.encoded == 0
    for name, classifier in first.classifiers.items():
        np.testing.assert_array_equal(classifier.layers.weights, second.classifiers[name].layers.weights)


def test_an_article_without_a_bank_trains_nothing(small_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was trained is kept as long as bank, topics, examples and signs stay; a new example trains anew."""
    before = build.build(small_settings, load_sources(small_settings), HashEmbedder())
    trained: list[int] = []
    monkeypatch.setattr(
        "chatbot.indexing.build.train_all", lambda *_, **__: trained.append(1) or pytest.fail("trained")
    )
    folder = small_settings.corpus / "other"
    folder.mkdir()
    text = "Rest helps. Water helps too."
    (folder / "article.txt").write_text(text, encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    (folder / "about.toml").write_text(
        f'status = "unreviewed"\ntitle = "Other"\npublisher = ""\nlanguage = "en"\nsha256 = "{digest}"\n',
        encoding="utf-8",
    )
    after = build.build(small_settings, load_sources(small_settings), HashEmbedder())

    assert after.trained_on == before.trained_on
    assert len(after.rows) > len(before.rows)
    for name, classifier in before.classifiers.items():
        np.testing.assert_array_equal(classifier.layers.weights, after.classifiers[name].layers.weights)
    path = small_settings.corpus / "requests.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("hello friend", "hello dear"), encoding="utf-8")
    with pytest.raises(pytest.fail.Exception):
        build.build(small_settings, load_sources(small_settings), HashEmbedder())


def test_a_quick_build_after_a_whole_one(small_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a new question a quick build trains the answers alone; the next whole build trains all anew."""
    before = build.build(small_settings, load_sources(small_settings), HashEmbedder())
    with monkeypatch.context() as patched:
        patched.setattr(build, "train_all", lambda *_, **__: pytest.fail("trained"))
        quick = _with_one_more(small_settings, quick=True)
        again = build.build(small_settings, load_sources(small_settings), HashEmbedder(), quick=True)

        assert again.trained_on == quick.trained_on != before.trained_on
        assert len(quick.rows) == len(before.rows) + 1
        for name, classifier in before.classifiers.items():
            same = np.array_equal(classifier.layers.bias, quick.classifiers[name].layers.bias)
            assert same is (name != "answers")
        with pytest.raises(pytest.fail.Exception):
            build.build(small_settings, load_sources(small_settings), HashEmbedder())


def test_a_quick_build_after_a_change_of_signs_is_whole(small_settings: Settings) -> None:
    """What teaches emergencies or requests is never kept through a change of it."""
    build.build(small_settings, load_sources(small_settings), HashEmbedder())
    path = small_settings.corpus / "requests.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("hello friend", "hello dear"), encoding="utf-8")
    index = build.build(small_settings, load_sources(small_settings), HashEmbedder(), quick=True)

    assert not index.trained_on.startswith("quickly")


@pytest.mark.parametrize("damage", [b"", b"torn"])
def test_a_kept_training_that_is_torn_is_not_used(small_settings: Settings, damage: bytes) -> None:
    """A file that is missing its end, or of something else, costs a whole training and nothing more."""
    build.build(small_settings, load_sources(small_settings), HashEmbedder())
    path = small_settings.index / KEPT_FILE
    path.write_bytes(path.read_bytes()[: len(damage) * 999] + damage)
    index = _with_one_more(small_settings, quick=True)

    assert not index.trained_on.startswith("quickly")


def _with_one_more(settings: Settings, *, quick: bool) -> Index:
    """The index after one more question of the first answer."""
    path = next(settings.corpus.glob("*/questions.toml"))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("en = [", 'en = ["does it help my boy at all", ', 1), encoding="utf-8")
    return build.build(settings, load_sources(settings), HashEmbedder(), quick=quick)
