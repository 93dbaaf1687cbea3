"""Embedding by the workers of Ray Data beside embedding in one process, and a worker that is killed on the way.

Local Ray on this machine, each worker with one thread; the clock runs from the first texts that are done, so that it
does not count the seconds in which processes start. Run: ``python -m benchmarks.workers [--smoke]``, with
requirements-cluster.txt installed.
"""

import argparse
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import ray

from benchmarks.support.report import circumstances, table, write_section
from chatbot.indexing import build, sources
from chatbot.indexing.ray_encoder import RayEmbedder
from chatbot.models.encoder import SentenceEncoder, Vectors, load_embedder
from chatbot.settings import ROOT, Settings

CHUNK = 200  # texts: many chunks for few texts
HEAD = ["embedded by", "rows", "farthest off", "texts a second", "of one process"]


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a few texts, nothing written: does it run?")
    options = parser.parse_args()
    settings, encoder = Settings.from_environment(os.environ), load_embedder(Settings())
    texts = list(dict.fromkeys(build.texts_to_embed(sources.load_sources(settings))))
    texts = texts[: 3 * CHUNK] if options.smoke else texts
    shown = table(HEAD, _rows(encoder, settings, texts))
    print(shown)
    if not options.smoke:
        about = f"{circumstances('python -m benchmarks.workers')}, ray {ray.__version__}. Chunks of {CHUNK} texts."
        write_section(ROOT / "docs" / "scaling.md", "workers", f"{about}\n\n{shown}")


def _rows(encoder: SentenceEncoder, settings: Settings, texts: Sequence[str]) -> list[list[object]]:
    """One process, one worker, two, and two of which one is killed."""
    right, speed = _timed(encoder, texts)
    rows: list[list[object]] = [["this process, 2 threads", len(right), 0.0, round(speed), 1.0]]
    for workers, killed in ((1, False), (2, False), (2, True)):
        ray.init(address="local", num_cpus=workers, include_dashboard=False, log_to_driver=False)
        with tempfile.TemporaryDirectory() as folder:
            own = replace(settings, index=Path(folder), build_on="local")
            embedder = RayEmbedder(encoder, own, chunk=CHUNK)
            vectors, speed_here = _timed(embedder, texts, then=_kill_a_worker if killed else None)
        ray.shutdown()
        name = f"{workers} worker{'s'[: workers - 1]}{', one killed on the way' if killed else ''}"
        rows.append([name, len(vectors), float(np.abs(vectors - right).max()), round(speed_here), speed_here / speed])
    return rows


def _timed(
    embedder: SentenceEncoder | RayEmbedder, texts: Sequence[str], *, then: Callable[[], None] | None = None
) -> tuple[Vectors, float]:
    """The vectors, and texts a second after the first that were done; ``then`` is called beside, when those are."""
    told: list[tuple[float, int]] = []

    def progress(count: int) -> None:
        if count:
            told.append((time.perf_counter(), count))
            if then is not None and len(told) == 1:
                threading.Thread(target=then).start()

    vectors = embedder.encode(texts, progress=progress)
    measured = sum(count for _, count in told[1:])
    return vectors, measured / (told[-1][0] - told[0][0])


def _kill_a_worker() -> None:
    """As a machine that fails: without a word."""
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        if b"MapBatches(_Worker)" in process.read_bytes().replace(b"\0", b" "):
            os.kill(int(process.parent.name), signal.SIGKILL)
            return
    raise RuntimeError("no worker was found")


if __name__ == "__main__":
    main()
