"""Encoding by workers, as far as it needs none."""

import importlib.util
from dataclasses import replace

import numpy as np
import pytest

from chatbot.errors import EngineError
from chatbot.indexing.ray_encoder import RayEmbedder
from chatbot.settings import Settings
from tests.support.fakes import HashEmbedder


def test_no_text_needs_no_worker(small_settings: Settings) -> None:
    """Nothing to encode is done here."""
    embedder = RayEmbedder(HashEmbedder(), replace(small_settings, build_on="local"))
    with pytest.raises(ValueError, match="at least one"):  # as the fake alone does
        embedder.encode([])


@pytest.mark.skipif(importlib.util.find_spec("ray") is not None, reason="Ray is installed")
def test_missing_ray_names_the_next_step(small_settings: Settings) -> None:
    """Without Ray, an operator who asks for workers is told what to install, and nothing is lost."""
    embedder = RayEmbedder(HashEmbedder(), replace(small_settings, build_on="local"))
    with pytest.raises(EngineError, match="requirements-cluster"):
        embedder.encode(["one", "two"])

    assert np.isfinite(HashEmbedder().encode(["one"])).all()
