"""Building the index: what is embedded."""

import hashlib

import numpy as np
import pytest

from chatbot.indexing import build
from chatbot.indexing.sources import load_sources
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
        np.testing.assert_array_equal(classifier.dense, second.classifiers[name].dense)


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
        np.testing.assert_array_equal(classifier.dense, after.classifiers[name].dense)
    path = small_settings.corpus / "requests.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("hello friend", "hello dear"), encoding="utf-8")
    with pytest.raises(pytest.fail.Exception):
        build.build(small_settings, load_sources(small_settings), HashEmbedder())
