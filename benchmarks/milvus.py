"""Vectors in Milvus beside the same in a file of FAISS: what is found, how fast, and a server that is lost under load.

The server is Milvus Lite in a process of its own, on this machine: a real cluster spreads the work, and adds a network.
Run: ``python -m benchmarks.milvus [--smoke]``, with requirements-cluster.txt installed.
"""

import argparse
import importlib.metadata
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.articles import DATA
from benchmarks.support.asking import page_of, percentiles, unbanked, verdicts, while_lost
from benchmarks.support.passages import fitted, questions, sentences, vectors_of
from benchmarks.support.report import circumstances, table, write_section
from chatbot.models.encoder import Vectors, load_embedder
from chatbot.retrieval.faiss_store import FAISS, faiss_kind
from chatbot.retrieval.milvus_store import MilvusEngine, milvus_kind
from chatbot.retrieval.text_search import SHORTLIST
from chatbot.retrieval.vector_store import VectorStore
from chatbot.settings import ROOT, Settings

SIZES = (1_000, 10_000, 100_000)
HEAD = ["rows", "kept by", "as", "recall@10", "p50, ms", "p99, ms", "kept in s"]
LOSS = ["what is lost", "replies", "wrong", "failed", "emergencies lost", "p50, ms", "p99, ms", "seconds to recover"]
DOWN = 5.0  # seconds without a server


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a few rows, nothing written: does it run?")
    options = parser.parse_args()
    settings = Settings.from_environment(os.environ)
    parts = []
    if DATA.exists():
        parts.append(
            table(HEAD, list(_sizes(SIZES[:1] if options.smoke else SIZES, texts=200 if options.smoke else 4_000)))
        )
        print(parts[-1], flush=True)
    parts.append(table(LOSS, [_lost(settings, seconds=6 + DOWN if options.smoke else 40)]))
    print(parts[-1])
    if not options.smoke:
        versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("pymilvus", "milvus-lite"))
        parts.insert(0, f"{circumstances('python -m benchmarks.milvus')}, {versions}.")
        write_section(ROOT / "docs" / "scaling.md", "milvus", "\n\n".join(parts))


def _sizes(sizes: Sequence[int], *, texts: int) -> Iterator[list[object]]:
    """For each size a row of FAISS and one of Milvus, over vectors that lie as those of real passages do."""
    embedder = load_embedder(Settings(adapter="none"))
    cache = Path(tempfile.gettempdir()) / "word-for-word-growth"
    spread = fitted(vectors_of(sentences(texts), embedder, cache=cache))
    asked = vectors_of(questions(texts // 20), embedder, cache=cache)
    for size in sizes:
        passages = spread.passages(size)
        nearest = np.argsort(-(asked @ passages.T), axis=1)[:, :10]
        with tempfile.TemporaryDirectory() as folder, _server(Path(folder)) as (uri, _):
            for name, form, engine in (
                ("FAISS", faiss_kind(size).factory, FAISS),
                ("Milvus", milvus_kind(size).kind, MilvusEngine(uri)),
            ):
                begun = time.perf_counter()
                entry = engine.make(passages).save(Path(folder), {})
                taken = time.perf_counter() - begun
                store = engine.load(Path(folder), {}, entry)
                yield [size, name, form, *_searched(store, asked, nearest), f"{taken:.1f}"]


def _searched(store: VectorStore, asked: Vectors, nearest: np.ndarray) -> list[object]:
    """Recall, and milliseconds for the rows that a message asks for."""
    found: list[float] = []
    taken: list[float] = []
    for one in asked:
        begun = time.perf_counter()
        rows = [row for row, _ in store.nearest(one[np.newaxis], count=SHORTLIST, rows=range(len(store)))[0]]
        taken.append(1000 * (time.perf_counter() - begun))
        found.append(len(set(rows[:10]) & set(nearest[len(found)].tolist())) / 10)
    return [float(np.mean(found)), *(float(value) for value in np.percentile(taken, [50, 99]))]


def _lost(settings: Settings, *, seconds: float) -> list[object]:
    """A row: questions keep coming that need a search, the server is killed, and started again after some seconds."""
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder)) as (uri, restart):
        own = replace(
            settings, milvus=uri, corpus=unbanked(settings.corpus, Path(folder)), index=Path(folder) / "index"
        )
        page = page_of(own, count=100)
        loss = while_lost(page, page.chatbot.reply, lambda: restart(DOWN), seconds=seconds)
        asked = loss.asked
        *measured, _ = verdicts(page, asked)
        late = [one.sent - loss.ended for one in asked if one.reply.failed]
        recovered = f"{max(0.0, max(late)):.1f}" if late else "-"
        return [f"the vector server, for {DOWN:.0f} s", len(asked), *measured, *percentiles(asked), recovered]


@contextmanager
def _server(folder: Path) -> Iterator[tuple[str, Callable[[float], None]]]:
    """Where a server answers, and what kills it and starts it again after so many seconds."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = [_started(folder / "data.db", port)]

    def restart(after: float) -> None:
        _kill(running.pop())
        time.sleep(after)
        running.append(_started(folder / "data.db", port))

    try:
        yield f"http://127.0.0.1:{port}", restart
    finally:
        _kill(running.pop())


def _started(data: Path, port: int) -> subprocess.Popen[bytes]:
    """A server that listens."""
    where = ["--data-dir", str(data), "--host", "127.0.0.1", "--port", str(port)]
    quiet = subprocess.DEVNULL
    server = subprocess.Popen([sys.executable, "-m", "milvus_lite", "server", *where], stdout=quiet, stderr=quiet)
    while server.poll() is None:
        with socket.socket() as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return server
        time.sleep(0.1)
    raise RuntimeError(f"milvus-lite ended with {server.returncode}")


def _kill(server: subprocess.Popen[bytes]) -> None:
    """At once, as a machine that fails."""
    server.kill()
    server.wait()


if __name__ == "__main__":
    main()
