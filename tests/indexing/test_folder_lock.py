"""The lock of the index folder: one build at a time, nothing left over, and a folder that takes no files is said."""

import errno
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from chatbot.errors import ChatbotError, IndexBusy, IndexStale, IndexUnwritable
from chatbot.indexing import build, folder_lock
from chatbot.indexing.folder_lock import held_folder
from chatbot.indexing.sources import load_sources
from chatbot.retrieval.index_files import load_index, save_index
from chatbot.service.factory import load_or_build
from chatbot.settings import ROOT, Settings
from tests.support.fakes import HashEmbedder


def left_over(folder: Path) -> list[str]:
    """Everything in the folder that belongs to no finished build."""
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("draft-"))


def test_one_holds_it_at_a_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Who comes second is told to wait, and goes on when the first has ended."""
    order: list[str] = []
    inside = threading.Event()

    def first() -> None:
        with held_folder(tmp_path):
            inside.set()
            time.sleep(0.4)
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    inside.wait(10)
    with held_folder(tmp_path):
        order.append("second")
    thread.join()

    assert order == ["first", "second"]
    assert "Waiting for it" in caplog.text


def test_who_waits_too_long_is_told(tmp_path: Path) -> None:
    """A build that does not end is named, with the next step."""
    with held_folder(tmp_path), pytest.raises(IndexBusy, match="CHATBOT_INDEX"), held_folder(tmp_path, patience=0.1):
        pass


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    """The lock of a process that was killed is free, and what it had begun is cleared away."""
    script = (
        "import pathlib, sys, time\n"
        "from chatbot.indexing.folder_lock import held_folder\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "with held_folder(folder):\n"
        "    (folder / 'draft-x').mkdir()\n"
        "    (folder / 'draft-x' / 'big').write_bytes(b'0' * 1000)\n"
        "    (folder / 'draft-y.npz').write_bytes(b'0')\n"
        "    print('held', flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, tmp_path], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        process.kill()
    with held_folder(tmp_path, patience=5):
        assert left_over(tmp_path) == []


def test_a_folder_that_takes_no_files_is_said_before_anything_is_embedded(small_settings: Settings) -> None:
    """With a file where the index folder should be, the build ends in words and the model is not asked."""
    small_settings.index.parent.mkdir(exist_ok=True)
    small_settings.index.write_text("no folder", encoding="utf-8")
    model = HashEmbedder()
    with pytest.raises(IndexUnwritable, match="CHATBOT_INDEX"):
        build.build(small_settings, load_sources(small_settings), model)

    assert model.encoded == 0


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_read_only_folder_is_said_before_anything_is_embedded(small_settings: Settings) -> None:
    """Without the right to write, the build ends in words and the model is not asked."""
    small_settings.index.mkdir()
    small_settings.index.chmod(0o500)
    model = HashEmbedder()
    with pytest.raises(IndexUnwritable, match="CHATBOT_INDEX"):
        build.build(small_settings, load_sources(small_settings), model)
    small_settings.index.chmod(0o700)

    assert model.encoded == 0


@pytest.mark.parametrize("step", ["vectors", "words", "rows", "listing", "kept"])
def test_a_full_disk_leaves_the_old_index_and_no_rubbish(
    indexed_settings: Settings, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Wherever the disk becomes full, the build says so, takes its files away, and the old index still loads."""

    def full(*_: object, **__: object) -> None:
        if step == "vectors":
            raise RuntimeError("Error: 'ret == (size)' failed: No space left on device")  # as faiss says it
        raise OSError(errno.ENOSPC, "No space left on device")

    where = {
        "vectors": "chatbot.retrieval.faiss_store.FaissStore.save",
        "words": "chatbot.retrieval.bm25.BM25Index.save",
        "rows": "chatbot.retrieval.index_files._save_rows",
        "listing": "chatbot.retrieval.index_files._write_listing",
        "kept": "chatbot.indexing.embedding_cache.CachingEmbedder.save",
    }[step]
    sources = load_sources(indexed_settings)
    with monkeypatch.context() as patched:
        patched.setattr(where, full)
        for _ in range(3):
            with pytest.raises(IndexUnwritable, match="No space left") as caught:
                build.build(indexed_settings, sources, HashEmbedder())
            assert "make space" in caught.value.next_step
            assert left_over(indexed_settings.index) == []
            assert len(list(indexed_settings.index.glob("build-*"))) == 1

    assert load_index(indexed_settings.index, files=sources.corpus.files, embedder=HashEmbedder())


def test_a_disk_of_few_kilobytes(small_settings: Settings, tmp_path: Path) -> None:
    """On a real file system that is too small the build says so and leaves no rubbish."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", disk], capture_output=True, check=False
    )
    if not mounted or mounted.returncode:
        pytest.skip("no file system can be mounted here")
    settings = Settings(corpus=small_settings.corpus, index=disk / "index")
    try:
        for _ in range(2):
            with pytest.raises(IndexUnwritable, match="Free space there"):
                build.build(settings, load_sources(settings), HashEmbedder())
            assert left_over(settings.index) == []
    finally:
        subprocess.run(["umount", disk], check=True)


def test_an_index_that_another_build_has_just_made_is_taken(small_settings: Settings) -> None:
    """Two starts at once build once: the second waits, then loads."""
    sources, models = load_sources(small_settings), [HashEmbedder(), HashEmbedder()]
    indexes: list[object] = []
    threads = [
        threading.Thread(target=lambda model=model: indexes.append(load_or_build(small_settings, sources, model)))
        for model in models
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(indexes) == 2
    assert sorted(model.encoded > 0 for model in models) == [False, True]


def test_the_index_of_another_corpus_in_its_place_is_refused(indexed_settings: Settings, tmp_path: Path) -> None:
    """When the folder is swapped for that of another corpus, its index is not used."""
    other = Settings(corpus=tmp_path / "corpus-b", index=tmp_path / "index-b")
    shutil.copytree(indexed_settings.corpus, other.corpus)
    path = other.corpus / "requests.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("hello friend", "hello dear"), encoding="utf-8")
    build.build(other, load_sources(other), HashEmbedder())
    shutil.rmtree(indexed_settings.index)
    other.index.rename(indexed_settings.index)

    with pytest.raises(IndexStale):
        load_index(indexed_settings.index, files=load_sources(indexed_settings).corpus.files, embedder=HashEmbedder())


def test_what_goes_wrong_otherwise_keeps_its_name(tmp_path: Path) -> None:
    """An error that has nothing to do with writing is not taken for one of the folder."""
    with pytest.raises(ZeroDivisionError), held_folder(tmp_path):
        _ = 1 / 0
    with pytest.raises(ChatbotError, match="other"), folder_lock.held_folder(tmp_path):
        raise ChatbotError("other")


def test_saving_clears_what_it_could_not_finish(indexed_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that is interrupted while it saves leaves nothing behind."""
    sources, model = load_sources(indexed_settings), HashEmbedder()
    index = load_index(indexed_settings.index, files=sources.corpus.files, embedder=model)

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("chatbot.retrieval.index_files._write_listing", stopped)
    with pytest.raises(KeyboardInterrupt):
        save_index(index, indexed_settings.index, corpus=sources.corpus, embedder=model)

    assert left_over(indexed_settings.index) == []
