"""Encoding by workers, as far as it needs none."""

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from chatbot.errors import EngineError
from chatbot.indexing.ray_encoder import RayEmbedder
from chatbot.models.adapter import EncoderForm
from chatbot.models.encoder import Vectors
from chatbot.settings import Settings
from tests.support.fakes import HashEmbedder


def test_no_text_needs_no_worker(small_settings: Settings) -> None:
    """Nothing to encode is left to the embedder at hand: no worker is asked, and no folder is made."""
    asked: list[tuple[list[str], EncoderForm]] = []

    class Noting(HashEmbedder):
        def encode(
            self,
            texts: Sequence[str],
            *,
            form: EncoderForm = EncoderForm.PLAIN,
            progress: Callable[[int], object] | None = None,
        ) -> Vectors:
            asked.append((list(texts), form))
            return np.empty((0, 7), dtype=np.float32)

    embedder = RayEmbedder(Noting(), replace(small_settings, build_on="local"))

    assert embedder.encode([], form=EncoderForm.BANK).shape == (0, 7)
    assert asked == [([], EncoderForm.BANK)]
    assert not small_settings.index.exists()


@pytest.mark.skipif(importlib.util.find_spec("ray") is not None, reason="Ray is installed")
def test_missing_ray_names_the_next_step(small_settings: Settings) -> None:
    """Without Ray, an operator who asks for workers is told what to install; the index folder gets no file."""
    embedder = RayEmbedder(HashEmbedder(), replace(small_settings, build_on="local"))
    with pytest.raises(EngineError, match="requirements-cluster"):
        embedder.encode(["one", "two"])

    assert [path for path in small_settings.index.rglob("*") if path.is_file()] == []
