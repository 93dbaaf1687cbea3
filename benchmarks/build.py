"""How fast texts are embedded when an index is built, and what is embedded again after a change.

The texts are those of the corpus. Ours and the library's own ``encode`` take turns, so that a busy machine slows both.
Run: ``python -m benchmarks.build [--smoke]``.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.support.report import FOLDER, circumstances, table, write_section
from chatbot.indexing import build, sources
from chatbot.indexing.embedding_cache import CACHE_FILE, CachingEmbedder
from chatbot.models.adapter import EncoderForm
from chatbot.models.encoder import SentenceEncoder, load_embedder
from chatbot.settings import Settings

ROUNDS = 3


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a few texts, nothing written: does it run?")
    options = parser.parse_args()
    settings = Settings.from_environment(os.environ)
    texts, embedder = build.texts_to_embed(sources.load_sources(settings)), load_embedder(settings)
    texts = list(dict.fromkeys(texts))[:: len(texts) // 40 if options.smoke else 10]
    speeds = [_round(embedder, texts) for _ in range(1 if options.smoke else ROUNDS)]
    bare, ours = (statistics.median(column) for column in zip(*speeds, strict=True))
    ratio = statistics.median(mine / theirs for theirs, mine in speeds)
    rows = [["`SentenceTransformer.encode`", round(bare), 1.0], ["building", round(ours), ratio]]
    parts = [
        f"{len(texts)} texts of the corpus, medians of {len(speeds)} rounds.",
        table(["embedding", "texts a second", "of the library's"], rows),
        table(["embedding again", "texts embedded", "seconds"], _again(embedder, texts)),
    ]
    shown = "\n\n".join(parts)
    print(shown)
    if not options.smoke:
        write_section(FOLDER / "RESULTS.md", "build", f"{circumstances('python -m benchmarks.build')}\n\n{shown}")


def _round(embedder: SentenceEncoder, texts: Sequence[str]) -> tuple[float, float]:
    """Texts a second, of the library's own encode and of ours."""
    model = embedder.model(form=EncoderForm.PLAIN)
    begun = time.perf_counter()
    model.encode(list(texts), batch_size=64, normalize_embeddings=True, show_progress_bar=False)
    between = time.perf_counter()
    embedder.encode(texts)
    return len(texts) / (between - begun), len(texts) / (time.perf_counter() - between)


def _again(embedder: SentenceEncoder, texts: Sequence[str]) -> list[list[object]]:
    """What a first build, a second one and one after ten changed texts embed."""
    changed = [f"{text} too" if number < 10 else text for number, text in enumerate(texts)]
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, now in (("first build", texts), ("nothing changed", texts), ("ten texts changed", changed)):
            measured: list[int] = []
            begun = time.perf_counter()
            keeping = CachingEmbedder(embedder, Path(folder) / CACHE_FILE)
            keeping.encode(now, progress=measured.append)
            keeping.save()
            rows.append([name, sum(measured[1:]), f"{time.perf_counter() - begun:.2f}"])
    return rows


if __name__ == "__main__":
    main()
