"""Vectors of many passages: of real sentences, of the same with edits, and synthetic ones that lie as those do.

A synthetic passage lies between a real one and a real neighbour of it, moved by a part of the difference between two
other neighbours: so it varies in the directions in which real neighbours differ. How big a part is fitted: the more
real passages there are, the nearer is the nearest, and the synthetic ones must keep to that trend.
"""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np

from benchmarks.articles import rows_of
from chatbot.corpus.segmentation import split_passages
from chatbot.models.encoder import Embedder, Vectors

NEAR = 8  # neighbours among which one is drawn
SETS = ("squad2", "doc2dial")


def sentences(count: int) -> list[str]:
    """Different sentences of the public articles, drawn once and for all."""
    texts: dict[str, None] = {}
    for name in SETS:
        for row in rows_of(f"{name}.docs", most=None):
            text = row["text"]
            for passage in split_passages(text, language="en", headings=(), left_out=()):
                texts.update(dict.fromkeys(text[unit.start : unit.end] for unit in passage.units))
    drawn = [text for text in texts if len(text) > 20]
    random.Random(0).shuffle(drawn)
    return drawn[:count]


def questions(count: int) -> list[str]:
    """What people asked about those articles, half from each set."""
    return [row["question"] for name in SETS for row in rows_of(f"{name}.queries", most=count // 2)]


def edited(texts: Sequence[str], count: int) -> list[str]:
    """The texts again and again, each time with a fifth of the words left out or exchanged for another text's."""
    chance = random.Random(1)
    made = []
    for number in range(count):
        other = chance.choice(texts).split()
        draws = [(word, chance.random()) for word in texts[number % len(texts)].split()]
        made.append(" ".join(chance.choice(other) if draw < 0.1 else word for word, draw in draws if draw < 0.9))
    return made


def vectors_of(texts: Sequence[str], embedder: Embedder, *, cache: Path) -> Vectors:
    """Embeddings of the texts; those of an earlier run are kept in the folder ``cache``."""
    digest = hashlib.sha256("\n".join([embedder.fingerprint, *texts]).encode()).hexdigest()
    path = cache / f"{digest[:16]}.npy"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft.npy")
        np.save(draft, embedder.encode(texts))
        draft.replace(path)
    kept: Vectors = np.load(path, allow_pickle=False)
    return kept


def nearest_similarity(vectors: Vectors, *, sample: int = 300) -> float:
    """The median similarity of a passage to the one that is most like it."""
    exact = faiss.IndexFlatIP(vectors.shape[1])
    exact.add(vectors)
    drawn = np.random.default_rng(0).choice(len(vectors), min(sample, len(vectors)), replace=False)
    return float(np.median(exact.search(vectors[drawn], 2)[0][:, 1]))


@dataclass(frozen=True, slots=True)
class Spread:
    """Real vectors, the numbers of the neighbours of each, and how far synthetic ones are moved."""

    real: Vectors
    near: np.ndarray
    moved: float

    def passages(self, count: int, *, seed: int = 0) -> Vectors:
        """So many synthetic vectors, float32 of shape (count, dimension)."""
        chance = np.random.default_rng(seed)
        made = np.empty((count, self.real.shape[1]), dtype=np.float32)
        for start in range(0, count, 50_000):
            size = min(50_000, count - start)
            one, other = self._neighbours(chance, size)
            away, back = self._neighbours(chance, size)
            block = one + chance.random((size, 1), dtype=np.float32) * (other - one) + self.moved * (away - back)
            made[start : start + size] = block / np.linalg.norm(block, axis=1, keepdims=True)
        return made

    def _neighbours(self, chance: np.random.Generator, size: int) -> tuple[Vectors, Vectors]:
        first = chance.integers(len(self.real), size=size)
        return self.real[first], self.real[self.near[first, chance.integers(self.near.shape[1], size=size)]]


def fitted(real: Vectors) -> Spread:
    """The spread of these vectors: synthetic ones, eight times as many, are as near as the trend of real ones says."""
    exact = faiss.IndexFlatIP(real.shape[1])
    exact.add(real)
    near = exact.search(real, NEAR + 1)[1][:, 1:]
    wanted = trend(real, 8 * len(real))
    low, high = 0.0, 1.0
    for _ in range(6):
        middle = (low + high) / 2
        nearer = nearest_similarity(Spread(real, near, middle).passages(8 * len(real))) > wanted
        low, high = (middle, high) if nearer else (low, middle)
    return Spread(real, near, (low + high) / 2)


def trend(real: Vectors, count: int) -> float:
    """The similarity to the nearest that so many real passages would have: a line over the logarithm of the number."""
    sizes = [len(real) // part for part in (8, 4, 2, 1)]
    slope, start = np.polyfit(np.log(sizes), [nearest_similarity(real[:size]) for size in sizes], 1)
    return float(min(0.99, start + slope * np.log(count)))
