"""Whole builds that are killed, and whole builds at once: an index is always there whole, and nothing is left over."""

import json
import multiprocessing
import random
import time
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from chatbot.errors import IndexMissing
from chatbot.indexing.build import build
from chatbot.indexing.sources import load_sources
from chatbot.retrieval.index_files import load_index
from chatbot.settings import Settings
from tests.support.fakes import HashEmbedder

KILLS = 40
ROUNDS = 60

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Processes that begin with the libraries imported, so that a build is most of their life."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "sklearn.linear_model", "sklearn.decomposition", "scipy.optimize"])
    return context


def build_once(settings: Settings, pause: float = 0.0) -> None:
    """A whole build, in a process of its own; after a pause."""
    time.sleep(pause)
    build(settings, load_sources(settings), HashEmbedder(), ready=settings.index / "no such folder")


def left_over(folder: Path) -> list[str]:
    """What belongs to no finished build, and finished builds beyond the first."""
    builds = sorted(path.name for path in folder.glob("build-*"))
    return [*(path.name for path in folder.glob("draft-*")), *builds[1:]]


def test_killed_at_any_moment(small_settings: Settings, processes: ForkServerContext) -> None:
    """A build that is killed at any of forty moments leaves the index that was there, or the new one, whole.

    Every second time the corpus has changed since the last build, so that training is done again.
    """
    # The first one waits for the libraries.
    whole = min(_seconds(small_settings, processes, word) for word in ("hello friend", "hello friend again"))
    chance, killed = random.Random(0), 0
    path = small_settings.corpus / "requests.toml"
    text = path.read_text(encoding="utf-8")
    assert "hello friend" in text
    for number in range(KILLS):
        path.write_text(text.replace("hello friend", f"hello {number // 2}"), encoding="utf-8")
        process = processes.Process(target=build_once, args=(small_settings,))
        process.start()
        process.join(chance.uniform(0, whole))
        killed += process.is_alive()
        process.kill()
        process.join()
        manifest = (small_settings.index / "manifest.json").read_bytes()
        files = _files_of(manifest)
        assert load_index(small_settings.index, files=files, embedder=HashEmbedder()).rows
    assert killed > KILLS // 4
    build_once(small_settings)
    assert left_over(small_settings.index) == []
    assert load_index(small_settings.index, files=load_sources(small_settings).corpus.files, embedder=HashEmbedder())


def _seconds(settings: Settings, processes: ForkServerContext, word: str) -> float:
    """How long a whole build takes that trains: ``word`` changes the corpus."""
    path = settings.corpus / "requests.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(word, f"{word} again"), encoding="utf-8")
    begun = time.monotonic()
    process = processes.Process(target=build_once, args=(settings,))
    process.start()
    process.join()
    return time.monotonic() - begun


def _files_of(manifest: bytes) -> dict[str, str]:
    files: dict[str, str] = json.loads(manifest)["corpus"]
    return files


def test_killed_before_there_was_an_index(small_settings: Settings, processes: ForkServerContext) -> None:
    """When the very first build is killed there is no index, and the next build makes one."""
    process = processes.Process(target=build_once, args=(small_settings,))
    process.start()
    while not small_settings.index.exists():
        time.sleep(0.005)
    process.kill()
    process.join()
    files = load_sources(small_settings).corpus.files
    with pytest.raises(IndexMissing):
        load_index(small_settings.index, files=files, embedder=HashEmbedder())
    build_once(small_settings)

    assert load_index(small_settings.index, files=files, embedder=HashEmbedder())
    assert left_over(small_settings.index) == []


def test_two_at_once(small_settings: Settings, processes: ForkServerContext) -> None:
    """Two builds at once into one folder, up to 20 ms apart, leave one whole index, in each of sixty rounds."""
    chance = random.Random(0)
    files = load_sources(small_settings).corpus.files
    for _ in range(ROUNDS):
        pair = [
            processes.Process(target=build_once, args=(small_settings, pause))
            for pause in (0.0, chance.uniform(0, 0.02))
        ]
        for process in pair:
            process.start()
        for process in pair:
            process.join(60)
        assert [process.exitcode for process in pair] == [0, 0]
        assert load_index(small_settings.index, files=files, embedder=HashEmbedder())
        assert left_over(small_settings.index) == []
