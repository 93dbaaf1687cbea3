"""How the search of vectors grows from a hundred passages to a million, for every way in which FAISS may keep them.

Synthetic passages that lie as real ones do (``benchmarks/passages.py``), real ones and edited ones beside them; real
questions. Each index is written, and searched in a process of its own: one question at a time, with the smallest search
parameter that finds 98 % of the ten nearest. Then the same for the kinds that ``chatbot/settings.py`` has chosen, as
the chatbot searches: 200 rows of text. Run: ``python -m benchmarks.growth [--large] [--smoke]``.
"""

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from benchmarks.articles import DATA
from benchmarks.support.passages import (
    Spread,
    edited,
    fitted,
    nearest_similarity,
    questions,
    sentences,
    trend,
    vectors_of,
)
from benchmarks.support.report import FOLDER, circumstances, table, write_section
from chatbot.corpus.documents import Span
from chatbot.models.encoder import Vectors, load_embedder
from chatbot.retrieval.bm25 import BM25Index
from chatbot.retrieval.faiss_store import FaissStore, build_vectors, faiss_kind, load_vectors
from chatbot.retrieval.index import Index, Row
from chatbot.retrieval.index_files import file_sha256
from chatbot.retrieval.text_search import SHORTLIST
from chatbot.settings import Settings

WANTED = 0.98  # recall@10 from which a search parameter will do
SIZES = (100, 1_000, 10_000, 100_000)
LARGE = 1_000_000
LISTS = {100: 1, 1_000: 32, 10_000: 256, 100_000: 1_024, LARGE: 2_048}
PROBES = ("nprobe=4", "nprobe=8", "nprobe=16", "nprobe=32", "nprobe=64", "nprobe=128", "nprobe=256", "nprobe=512")
WALKS = ("efSearch=16", "efSearch=32", "efSearch=64", "efSearch=128", "efSearch=256", "efSearch=512")
ROUNDS = 3
LONGEST = 10  # seconds that a round may take: a million rows, one by one, take minutes for all questions
HEAD = [
    "passages",
    "kind",
    "searched with",
    "recall@10",
    "p50, ms, 1 thread",
    "p99",
    "p50, ms, 2 threads",
    "p99",
    "built in s",
    "file, MB",
    "memory, MB",
]
OWN = [
    "passages",
    "kind",
    "recall@10",
    "p50, ms",
    "p99, ms",
    "farthest off",
    "built in s",
    "checksum, s",
    "loaded in s",
    "file, MB",
    "memory, MB",
    "of it mapped",
]


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions, shape (questions, dimension), with the rows nearest to each, shape (questions, 10)."""

    questions: Vectors
    nearest: NDArray[np.int64]

    def recall(self, found: NDArray[np.int64]) -> float:
        """Share of the nearest rows that were found."""
        pairs = zip(found, self.nearest, strict=True)
        return float(np.mean([len(set(own) & set(best)) / len(best) for own, best in pairs]))


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a few passages, nothing written: does it run?")
    parser.add_argument("--large", action="store_true", help="a million passages instead: minutes, and 6 GB of memory")
    parser.add_argument("--texts", type=int, default=4_000, help="real sentences that are encoded, at most")
    parser.add_argument("--kinds", default="", help="only the kinds whose name contains this")
    cache = Path(tempfile.gettempdir()) / "word-for-word-growth"
    parser.add_argument("--cache", type=Path, default=cache, help="a folder that keeps the encoded sentences")
    options = parser.parse_args()
    if not DATA.exists():
        print(f"{DATA} is not there; these sets are not part of the project.")
        return
    embedder = load_embedder(Settings(adapter="none"))
    texts = sentences(200 if options.smoke else options.texts)
    real = vectors_of(texts, embedder, cache=options.cache)
    asked = vectors_of(questions(20 if options.smoke else 500), embedder, cache=options.cache)
    spread = fitted(real)
    parts = []
    if not options.large:
        edits = vectors_of(edited(texts, len(texts)), embedder, cache=options.cache)
        parts.append(_alike(spread, np.vstack([real, edits]), asked))
    rows, own = [], []
    for size in (LARGE,) if options.large else SIZES[: 2 if options.smoke else None]:
        passages = spread.passages(size)
        rows += list(_kinds(passages, asked, options.kinds))
        own.append(_chosen(passages, asked))
        print(table(HEAD, rows), table(OWN, own), sep="\n\n", flush=True)
    parts += [table(HEAD, rows), f"As the chatbot searches, for {SHORTLIST} rows of text:", table(OWN, own)]
    name, command = ("growth-large", " --large") if options.large else ("growth", "")
    load = f"load of the machine {os.getloadavg()[0]:.0f}" if hasattr(os, "getloadavg") else ""
    about = f"{circumstances(f'python -m benchmarks.growth{command}')}, {load}. Medians of {ROUNDS} rounds."
    if not options.smoke:
        write_section(FOLDER / "RESULTS.md", name, "\n\n".join([about, *parts]))


def _alike(spread: Spread, with_edits: Vectors, asked: Vectors) -> str:
    """Whether synthetic passages behave as real ones: how near the nearest is, and what lists find."""
    real = spread.real
    rows: list[list[object]] = []
    for name, vectors in (("real", real[: len(real) // 4]), ("real", real), ("real, and edited", with_edits)):
        made = spread.passages(len(vectors))
        found = [_recall(some, asked) for some in (vectors, made)]
        rows.append([len(vectors), name, *map(nearest_similarity, (vectors, made)), trend(real, len(vectors)), *found])
    head = ["passages", "of", "nearest, theirs", "nearest, synthetic", "trend of real ones"]
    about = f"Synthetic passages beside {len(real)} real ones and {len(with_edits) - len(real)} edited ones"
    return f"{about}:\n\n{table([*head, 'recall@10 by lists, theirs', 'synthetic'], rows)}"


def _recall(vectors: Vectors, asked: Vectors) -> float:
    """Recall of 16 lists of 128, or as many of fewer."""
    lists = min(128, len(vectors) // 8)
    index = _built(vectors, f"IVF{lists},Flat")
    faiss.extract_index_ivf(index).nprobe = max(1, lists // 8)
    truth = _truth(vectors, asked)
    return truth.recall(index.search(asked, 10)[1])


def _kinds(passages: Vectors, asked: Vectors, wanted: str) -> Iterator[list[object]]:
    """A row for each kind of index."""
    lists = f"IVF{LISTS[len(passages)]}"
    refined = tuple(f"{probes},k_factor_rf=8" for probes in PROBES)
    kinds: dict[str, tuple[str, ...]] = {
        "Flat": ("",),
        f"{lists},Flat": PROBES,
        f"{lists},SQ8": PROBES,
        f"{lists},PQ96x4fs,Refine(SQ8)": refined,
        "HNSW32": WALKS,
        "HNSW32,SQ8": WALKS,
    }
    truth = _truth(passages, asked)
    for factory, parameters in kinds.items():
        few = len(passages) < 1_000 and factory.startswith("IVF")  # too few to place lists by
        if few or wanted not in factory:
            continue
        begun = time.perf_counter()
        index = _built(passages, factory)
        taken = time.perf_counter() - begun
        with _written(index) as path:
            cells = _elsewhere(_searched, path, truth, parameters)
            yield [len(passages), factory, *cells[:-1], _shown(taken), _megabytes(path), cells[-1]]


def _truth(passages: Vectors, asked: Vectors) -> Asked:
    exact = faiss.IndexFlatIP(passages.shape[1])
    exact.add(passages)
    return Asked(asked, exact.search(asked, min(10, len(passages)))[1])


def _built(passages: Vectors, factory: str) -> faiss.Index:
    index = faiss.index_factory(passages.shape[1], factory, faiss.METRIC_INNER_PRODUCT)
    lists = faiss.try_extract_index_ivf(index)
    if lists is not None:
        lists.cp.max_points_per_centroid = 64
        lists.cp.min_points_per_centroid = 1  # few passages in smoke runs: no warning
    index.train(passages)
    index.add(passages)
    return index


def _searched(path: Path, asked: Asked, parameters: Sequence[str]) -> list[object]:
    """In a process of its own: the parameter that will do, recall, times, and the memory that it took."""
    before = sum(_memory())
    index = load_vectors(path)
    for parameter in parameters:
        faiss.ParameterSpace().set_index_parameters(index, parameter)  # type: ignore[arg-type]  # the wrapper takes a text
        recall = asked.recall(index.search(asked.questions, asked.nearest.shape[1])[1])
        if recall >= WANTED:
            break
    times = []
    for threads in (1, 2):
        faiss.omp_set_num_threads(threads)
        times += _times(lambda one: index.search(one[np.newaxis], 10), asked.questions)
    return [parameter or "-", recall, *times, round(sum(_memory()) - before)]


def _chosen(passages: Vectors, asked: Vectors) -> list[object]:
    """A row: the kind that the settings name for so many rows, as the chatbot makes, loads and searches it."""
    kind = faiss_kind(len(passages))
    begun = time.perf_counter()
    made = build_vectors(passages, kind)
    taken = time.perf_counter() - begun
    with _written(made) as path:
        cells = _elsewhere(_asked_by_chatbot, path, passages[:1000], _truth(passages, asked))
        name = f"{kind.factory}, {kind.probes} probes" if kind.probes else kind.factory
        return [len(passages), name, *cells[:4], _shown(taken), *cells[4:6], _megabytes(path), *cells[6:]]


def _asked_by_chatbot(path: Path, sample: Vectors, asked: Asked) -> list[object]:
    """In a process of its own: recall, times, error of a similarity, seconds to check and to load, memory."""
    before = _memory()
    begun = time.perf_counter()
    file_sha256(path)
    checked = time.perf_counter()
    vectors = FaissStore(load_vectors(path))
    loaded = time.perf_counter()
    count = len(vectors)
    index = Index((Row(0, Span(0, 1), "sentence", -1),) * count, count, vectors, BM25Index.from_texts(["word"]))
    times = _times(lambda one: index.nearest_texts(one, count=SHORTLIST), asked.questions)
    found = [[row for row, _ in index.nearest_texts(one, count=SHORTLIST)[:10]] for one in asked.questions]
    mapped, own = (after - earlier for after, earlier in zip(_memory(), before, strict=True))
    off = [np.abs(index.similarities(np.arange(len(sample)), one) - sample @ one).max() for one in asked.questions[:20]]
    cells = [asked.recall(np.array(found)), *times, float(max(off)), checked - begun, loaded - checked]
    return [*cells, round(mapped + own), round(mapped)]


def _times(search: Callable[[Vectors], object], asked: Vectors) -> list[float]:
    """Median and 99th percentile in milliseconds, each the median of several rounds."""
    rounds = []
    for _ in range(ROUNDS):
        taken: list[float] = []
        for one in asked:
            if sum(taken) > 1000 * LONGEST:
                break
            begun = time.perf_counter()
            search(one)
            taken.append(1000 * (time.perf_counter() - begun))
        rounds.append(np.percentile(taken, [50, 99]))
    return [float(statistics.median(values)) for values in zip(*rounds, strict=True)]


def _memory() -> tuple[float, float]:
    """Megabytes in memory: of files that are mapped, and of one's own; zero where the system does not say."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0, 0.0
    sizes = {name: text.split() for name, _, text in (line.partition(":") for line in lines)}
    return int(sizes["RssFile"][0]) / 1024, int(sizes["RssAnon"][0]) / 1024


@contextmanager
def _written(index: faiss.Index) -> Iterator[Path]:
    """The index as a file, for a while."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.faiss"
        faiss.write_index(index, str(path))
        yield path


def _elsewhere(measure: Callable[..., list[object]], *arguments: object) -> list[object]:
    """What ``measure`` finds in a fresh process, whose memory nothing else has touched."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, arguments)


def _shown(seconds: float) -> str:
    return f"{seconds:.1f}"


def _megabytes(path: Path) -> int:
    return round(path.stat().st_size / 2**20)


if __name__ == "__main__":
    main()
