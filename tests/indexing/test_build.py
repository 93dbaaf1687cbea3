"""Building the index: what is embedded."""

import numpy as np

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
