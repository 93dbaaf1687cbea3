"""The forms in which vectors are kept: exact where every row is compared, near enough where lists are searched."""

import sys
from dataclasses import replace
from pathlib import Path

import faiss
import numpy as np
import pytest

from chatbot.corpus.documents import Span
from chatbot.models.encoder import Vectors
from chatbot.retrieval.bm25 import BM25Index
from chatbot.retrieval.faiss_store import FAISS_KINDS, FaissKind, FaissStore, build_vectors, faiss_kind, load_vectors
from chatbot.retrieval.index import Index, Row

FLAT = FaissKind(0, "SQfp16", 0)
REFINED = FaissKind(0, "IVF1,PQ{pairs}x4fs,Refine(SQfp16)", 1, refined=5)
LISTS = FaissKind(0, "IVF64,SQ8", 16)
KINDS = [FLAT, REFINED, LISTS]


def clustered(count: int) -> Vectors:
    """Unit vectors around some hundred directions, as texts on some hundred subjects have."""
    chance = np.random.default_rng(0)
    subjects = chance.standard_normal((100, 64))
    vectors = subjects[chance.integers(100, size=count)] + chance.standard_normal((count, 64))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit.astype(np.float16).astype(np.float32)  # as the index holds them


VECTORS, QUESTIONS = np.split(clustered(4_100), [4_000])


def searchable(vectors: faiss.Index, *, text_rows: int) -> Index:
    """An index of which only the vectors matter; the first rows are text, the others questions."""
    row = Row(0, Span(0, 1), "sentence", -1)
    return Index((row,) * int(vectors.ntotal), text_rows, FaissStore(vectors), BM25Index.from_texts(["word"]))


def recall(index: Index, vectors: Vectors, *, text_only: bool = False) -> float:
    """Share of the ten rows nearest by a plain matrix product that the index finds."""
    shares = []
    for question in QUESTIONS:
        best = np.argsort(-(vectors @ question))[:10]
        rows = range(index.text_rows if text_only else len(index.rows))
        found = {number for number, _ in index.vectors.nearest(question[np.newaxis], count=10, rows=rows)[0]}
        shares.append(len(found & set(best.tolist())) / 10)
    return float(np.mean(shares))


def test_every_size_has_a_kind() -> None:
    """The table goes on for ever, smaller numbers of rows first, and a small library is searched exactly."""
    bounds = [kind.most_rows for kind in FAISS_KINDS]

    assert bounds == sorted(bounds)
    assert [faiss_kind(rows).factory for rows in (0, 9_000)] == ["SQfp16", "SQfp16"]
    assert faiss_kind(10**9) is FAISS_KINDS[-1]


@pytest.mark.parametrize("kind", FAISS_KINDS, ids=lambda kind: str(kind.factory))
def test_every_kind_is_known_to_faiss(kind: FaissKind) -> None:
    """FAISS can make each kind of the table. One has lists when it says how many to look into, and compares again."""
    made = faiss.index_factory(64, kind.written(64), faiss.METRIC_INNER_PRODUCT)
    searched = faiss.downcast_index(getattr(made, "base_index", made))

    assert isinstance(searched, faiss.IndexIVF) == bool(kind.probes)
    assert kind.probes <= getattr(searched, "nlist", 0)
    assert isinstance(made, faiss.IndexRefine) == bool(kind.refined)


def test_flat_is_exact() -> None:
    """Where every row is compared, the rows are those of a matrix product."""
    assert recall(searchable(build_vectors(VECTORS, FLAT), text_rows=4_000), VECTORS) == 1.0


def test_refined_is_as_good_as_exact() -> None:
    """Of rows in four bits a pair, looked at again by their whole vectors, the ten nearest are those of a product."""
    index = searchable(build_vectors(VECTORS, REFINED), text_rows=4_000)

    assert recall(index, VECTORS) >= 0.995
    found = dict(index.vectors.nearest(QUESTIONS[:1], count=100, rows=range(4_000))[0])
    exact = VECTORS[list(found)] @ QUESTIONS[0]
    np.testing.assert_allclose(list(found.values()), exact, atol=1e-5)


def test_lists_find_nearly_all() -> None:
    """A quarter of the lists, in a byte a number, finds 95 % of the ten nearest and reads similarities within 0.01."""
    index = searchable(build_vectors(VECTORS, LISTS), text_rows=4_000)

    assert recall(index, VECTORS) >= 0.95
    exact = VECTORS[:500] @ QUESTIONS[0]
    np.testing.assert_allclose(index.similarities(np.arange(500), QUESTIONS[0]), exact, atol=0.01)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.factory))
def test_text_rows_alone_are_searched(kind: FaissKind) -> None:
    """Questions of the bank take no place in a search of the text, in whatever form rows are kept."""
    index = searchable(build_vectors(VECTORS, kind), text_rows=2_000)

    assert recall(index, VECTORS[:2_000], text_only=True) >= 0.95
    assert max(number for number, _ in index.nearest_texts(QUESTIONS[0], count=200)) < 2_000


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.factory))
def test_round_trip(kind: FaissKind, tmp_path: Path) -> None:
    """What is loaded finds the same rows with the same similarities, looks into as many lists and reads the same."""
    built, path = build_vectors(VECTORS, kind), tmp_path / "vectors.faiss"
    faiss.write_index(built, str(path))
    before, after = (searchable(vectors, text_rows=3_000) for vectors in (built, load_vectors(path)))

    for question in QUESTIONS[:20]:
        found = [index.nearest_texts(question, count=50) for index in (before, after)]
        assert found[0] == found[1]
    rows = np.arange(0, 4_000, 97)
    np.testing.assert_array_equal(*(index.similarities(rows, QUESTIONS[0]) for index in (before, after)))
    loaded = load_vectors(path)
    assert getattr(loaded, "nprobe", 0) == (0 if kind.refined else kind.probes)
    assert getattr(loaded, "k_factor", 0) == kind.refined


@pytest.mark.skipif(sys.platform != "linux", reason="files are mapped on Linux only")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.factory))
def test_mapped_file_may_be_removed(kind: FaissKind, tmp_path: Path) -> None:
    """A new build removes the files of the old one; who still searches those goes on finding what was there."""
    path = tmp_path / "vectors.faiss"
    faiss.write_index(build_vectors(VECTORS, replace(kind, most_rows=1)), str(path))
    index = searchable(load_vectors(path), text_rows=4_000)
    before = index.vectors.nearest(QUESTIONS[:2], count=10, rows=range(len(index.rows)))
    path.unlink()

    assert index.vectors.nearest(QUESTIONS[:2], count=10, rows=range(len(index.rows))) == before
