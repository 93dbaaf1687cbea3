"""Encoding by the workers of a local Ray, and what becomes of it when one is lost."""

import importlib.util
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

if importlib.util.find_spec("ray") is None:
    pytest.skip("make test-cluster installs Ray", allow_module_level=True)

import ray

from chatbot.errors import EngineError
from chatbot.indexing import build
from chatbot.indexing.ray_encoder import RayEmbedder
from chatbot.indexing.sources import load_sources
from chatbot.models.adapter import EncoderForm
from chatbot.models.encoder import Embedder
from chatbot.settings import ROOT, Settings
from tests.support.cluster_fakes import load_counting, load_dying, load_fake
from tests.support.fakes import HashEmbedder

TEXTS = [f"text {number} of many" for number in range(95)]


@pytest.fixture(scope="module", autouse=True)
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A local Ray whose workers can load the fakes."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    variables = {"PYTHONPATH": str(ROOT), "FAKE_LOG": str(tmp_path_factory.mktemp("log") / "encoded.txt")}
    os.environ["FAKE_LOG"] = variables["FAKE_LOG"]
    ray.init(
        address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, runtime_env={"env_vars": variables}
    )
    yield
    ray.shutdown()
    del os.environ["FAKE_LOG"]


@pytest.fixture(autouse=True)
def log() -> Path:
    """What the fake encoders write down; empty at first."""
    path = Path(os.environ["FAKE_LOG"])
    path.write_text("")
    return path


def embedder(folder: Path, load: object = load_fake, *, fingerprint: str = "one") -> RayEmbedder:
    """Ten texts a chunk."""
    settings = Settings(index=folder, build_on="local")
    return RayEmbedder(HashEmbedder(fingerprint=fingerprint), settings, load=load, chunk=10)


def files(folder: Path) -> list[Path]:
    """The finished chunks."""
    return sorted((folder / "encoding").glob("*.npy"))


def test_same_vectors_in_the_same_order(tmp_path: Path) -> None:
    """Workers give what one process gives, bit for bit, and every text is told once."""
    told: list[int] = []
    vectors = embedder(tmp_path).encode(TEXTS, progress=told.append)

    np.testing.assert_array_equal(vectors, HashEmbedder().encode(TEXTS))
    assert sum(told) == len(TEXTS)


def test_a_killed_worker_costs_its_chunk(tmp_path: Path, log: Path) -> None:
    """A worker that dies in the middle leaves exactly one row a text: its chunk is encoded again by another."""
    vectors = embedder(tmp_path, load_dying).encode(TEXTS)

    np.testing.assert_array_equal(vectors, HashEmbedder().encode(TEXTS))
    assert len(files(tmp_path)) == 10
    assert log.with_suffix(".died").exists()


def test_a_build_that_was_cut_off_goes_on(tmp_path: Path, log: Path) -> None:
    """What is encoded is kept: begun again, only what is missing or torn is encoded."""
    embedder(tmp_path, load_counting).encode(TEXTS)
    first, second, *_ = files(tmp_path)
    first.unlink()
    second.write_bytes(second.read_bytes()[:100])
    log.write_text("")
    vectors = embedder(tmp_path, load_counting).encode(TEXTS)

    np.testing.assert_array_equal(vectors, HashEmbedder().encode(TEXTS))
    assert sorted(map(int, log.read_text().split())) in ([10, 10], [5, 10])


def test_nothing_of_another_model(tmp_path: Path, log: Path) -> None:
    """Files of another model, or of the other form of this one, are not taken."""
    embedder(tmp_path, load_counting).encode(TEXTS)
    embedder(tmp_path, load_counting, fingerprint="two").encode(TEXTS)
    embedder(tmp_path, load_counting).encode(TEXTS, form=EncoderForm.BANK)

    assert sum(map(int, log.read_text().split())) == 3 * len(TEXTS)


def test_an_index_is_the_same(small_settings: Settings, tmp_path: Path) -> None:
    """An index that workers encoded is the one that a process alone makes, and leaves no files of theirs behind."""
    sources = load_sources(small_settings)
    alone = build.build(small_settings, sources, HashEmbedder())
    settings = replace(small_settings, index=tmp_path / "other")
    workers: Embedder = embedder(settings.index)
    index = build.build(settings, sources, workers)
    workers.clear()

    axes, rows = np.eye(HashEmbedder.dimension, dtype=np.float32), np.arange(len(index.rows))
    assert index.rows == alone.rows
    for axis in axes:
        np.testing.assert_array_equal(index.similarities(rows, axis), alone.similarities(rows, axis))
    assert not (settings.index / "encoding").exists()


def test_a_folder_that_is_not_shared(tmp_path: Path) -> None:
    """When workers write where this machine cannot see it, the message says what to share."""
    mine = embedder(tmp_path)
    mine._encoded = lambda missing, form: iter([len(chunk) for chunk in missing.values()])  # written elsewhere
    with pytest.raises(EngineError, match="every machine of the cluster sees"):
        mine.encode(TEXTS)
