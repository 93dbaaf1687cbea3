"""What is made of the corpus: vectors, word weights and classifiers, with a manifest. The only module with FAISS.

The manifest (``index/manifest.json``) is the contract between building and answering. It names the folder that holds
the rest, so putting a new manifest in place is one atomic step: a reader sees the old index or the new one, never both.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from chatbot.classifier import Classifier
from chatbot.corpus import Corpus
from chatbot.embedder import Embedder, Vectors
from chatbot.errors import IndexDamaged, IndexMissing, IndexStale
from chatbot.lexical import Lexical
from chatbot.settings import VECTOR_KINDS, VectorKind
from chatbot.texts import Span

FORMAT = 1
MANIFEST = "manifest.json"
KINDS = ("sentence", "passage", "question")
_MEND = "run: python -m chatbot build"


@dataclass(frozen=True, slots=True)
class Row:
    """One searchable line: a place in a document, and the bank answer it belongs to (-1: none)."""

    document: int
    span: Span
    kind: str
    answer: int


@dataclass(frozen=True)  # no slots: ``passage_rows`` looks at every row, and is worked out once
class Index:
    """Everything that answering needs besides the corpus and the encoder. Text rows come before question rows."""

    rows: tuple[Row, ...]
    text_rows: int
    vectors: faiss.Index
    lexical: Lexical
    classifiers: Mapping[str, Classifier]

    def nearest(self, vector: NDArray[np.float32], *, count: int, text_only: bool = False) -> list[tuple[int, float]]:
        """Row numbers and cosine similarities of the rows most like ``vector`` (shape (dimension,)), best first."""
        count = min(count, self.text_rows if text_only else len(self.rows))
        parameters = self._text_rows_only() if text_only else None
        similarities, numbers = self.vectors.search(vector[np.newaxis, :], count, params=parameters)
        return [
            (int(number), float(similarity))
            for number, similarity in zip(numbers[0], similarities[0], strict=True)
            if number >= 0
        ]

    def _text_rows_only(self) -> faiss.SearchParameters:
        rows = faiss.IDSelectorRange(0, self.text_rows)
        if isinstance(self.vectors, faiss.IndexIVF):
            probes = self.vectors.nprobe
            return faiss.SearchParametersIVF(sel=rows, nprobe=probes)  # type: ignore[call-arg]  # set by FAISS's wrapper
        return faiss.SearchParameters(sel=rows)  # type: ignore[call-arg]  # the same

    @cached_property
    def passage_rows(self) -> NDArray[np.intp]:
        """For each text row the row of its passage (a passage follows its sentences), shape (text_rows,)."""
        own = np.arange(self.text_rows)
        kinds = np.array([row.kind == "passage" for row in self.rows[: self.text_rows]])
        passages = np.flatnonzero(kinds)
        rows: NDArray[np.intp] = passages[np.searchsorted(passages, own)]
        return rows

    def similarities(self, numbers: NDArray[np.intp], vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cosine similarity of each of these rows to ``vector`` (shape (dimension,)), float32 of shape (numbers,)."""
        kept = np.vstack([self.vectors.reconstruct(int(number)) for number in numbers])
        similar: NDArray[np.float32] = kept @ vector
        return similar


def make_rows(corpus: Corpus) -> list[tuple[Row, str]]:
    """Rows with the text that stands for each in the search: sentences and passages with their heading, questions."""
    return [*_text_rows(corpus), *_question_rows(corpus)]


def _text_rows(corpus: Corpus) -> Iterator[tuple[Row, str]]:
    for number, document in enumerate(corpus.documents):
        for passage in document.passages:
            heading = document.section_title(passage.section)
            for unit in passage.units:
                yield Row(number, unit, "sentence", -1), f"{heading} {document.slice(unit)}"
            yield Row(number, passage.span, "passage", -1), f"{heading} {document.slice(passage.span)}"


def _question_rows(corpus: Corpus) -> Iterator[tuple[Row, str]]:
    for number, answer in enumerate(corpus.answers):
        document = corpus.documents.index(answer.document)
        for question in answer.questions:
            yield Row(document, answer.stretches[0], "question", number), question.text


def build_index(pairs: Sequence[tuple[Row, str]], vectors: Vectors, *, classifiers: Mapping[str, Classifier]) -> Index:
    """Put rows (from ``make_rows``) and their embeddings, shape (rows, dimension), into a searchable form."""
    rows = tuple(row for row, _ in pairs)
    text_rows = sum(row.kind != "question" for row in rows)
    lexical = Lexical.from_texts([text for _, text in pairs[:text_rows]])
    return Index(rows, text_rows, build_vectors(vectors, kind_for(len(rows))), lexical, classifiers)


def kind_for(rows: int) -> VectorKind:
    """How so many rows are kept: the first kind of the table that is meant for them."""
    return next(kind for kind in VECTOR_KINDS if rows <= kind.most_rows)


def build_vectors(vectors: Vectors, kind: VectorKind) -> faiss.Index:
    """Vectors of shape (rows, dimension) in this form. The number of probes is kept in the form itself, and on disk."""
    made = faiss.index_factory(vectors.shape[1], kind.factory, faiss.METRIC_INNER_PRODUCT)
    if not isinstance(made, faiss.IndexIVF):
        made.add(vectors)
        return made
    made.nprobe = kind.probes
    made.cp.max_points_per_centroid = _PER_LIST
    made.train(vectors)
    made.add(vectors)
    made.make_direct_map()  # without it a row could be found, but not read by its number
    return made


_PER_LIST = 64  # vectors that place a list: a million rows are then built in a minute (benchmarks/RESULTS.md)


def load_vectors(path: Path) -> faiss.Index:
    """What ``build_vectors`` made, on Linux mapped into memory: other processes share it, and it can be let go.

    Elsewhere it is read: FAISS maps no files on macOS, and on Windows none could be removed while it is mapped.
    """
    return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC if sys.platform == "linux" else 0)


def save_index(index: Index, folder: Path, *, corpus: Corpus, embedder: Embedder) -> None:
    """Write beside what is there, then put the new manifest in place, then remove what no manifest names.

    Two builds at once do not disturb each other: the last to finish wins.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _remove_torn(folder)
    target = Path(tempfile.mkdtemp(prefix="draft-", dir=folder))
    faiss.write_index(index.vectors, str(target / "vectors.faiss"))
    index.lexical.save(target / "lexical")
    _save_rows(index, target)
    for name, classifier in index.classifiers.items():
        np.savez(target / f"{name}.npz", allow_pickle=False, **classifier.arrays())
    _write_listing(index, target / "listing.txt", corpus)
    manifest = {
        **_expected(corpus.files, embedder),
        "folder": target.name.replace("draft-", "build-"),
        "rows": len(index.rows),
        "text_rows": index.text_rows,
        "classifiers": sorted(index.classifiers),
        "files": _hashes(target),
    }
    draft = folder / f"{target.name}.json"
    draft.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    finished = target.rename(folder / str(manifest["folder"]))
    draft.replace(folder / MANIFEST)
    for other in folder.glob("build-*"):
        if other != finished:
            shutil.rmtree(other, ignore_errors=True)


_TORN_AFTER = 6 * 3600  # seconds; no build takes so long, so what is older was cut off


def _remove_torn(folder: Path) -> None:
    """Remove what builds that were cut off have left."""
    for draft in folder.glob("draft-*"):
        if time.time() - draft.stat().st_mtime > _TORN_AFTER:
            if draft.is_dir():
                shutil.rmtree(draft, ignore_errors=True)
            else:
                draft.unlink(missing_ok=True)


def load_index(folder: Path, *, files: Mapping[str, str], embedder: Embedder) -> Index:
    """The index in ``folder``, if it is whole and was built from these corpus files with this encoder.

    Raises:
        IndexMissing: there is none.
        IndexStale: it was built from something else.
        IndexDamaged: a file is missing, cut off or changed.

    """
    manifest = read_manifest(folder)
    for key, value in _expected(files, embedder).items():
        if manifest.get(key) != value:
            raise IndexStale(f"The index was built with another {key}.", where=folder, next_step=_MEND)
    source = folder / str(manifest["folder"])
    if _hashes(source) != manifest["files"]:
        raise IndexDamaged("A file of the index was cut off or changed.", where=source, next_step=_MEND)
    vectors = load_vectors(source / "vectors.faiss")
    rows = _load_rows(source)
    text_rows = sum(row.kind != "question" for row in rows)
    if (vectors.ntotal, len(rows), text_rows) != (len(rows), manifest["rows"], manifest["text_rows"]):
        raise IndexDamaged("Rows and vectors differ in number.", where=source, next_step=_MEND)
    classifiers = {}
    for name in manifest["classifiers"]:
        with np.load(source / f"{name}.npz", allow_pickle=False) as arrays:
            classifiers[name] = Classifier.from_arrays(dict(arrays))
    return Index(rows, text_rows, vectors, Lexical.load(source / "lexical", text_rows), classifiers)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of ``folder``; IndexMissing when there is none, IndexDamaged when it is no manifest."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise IndexMissing("There is no index yet.", where=folder, next_step=_MEND) from error
    except ValueError as error:
        raise IndexDamaged("The manifest is no JSON.", where=path, next_step=_MEND) from error
    if not isinstance(manifest, dict) or not {"folder", "files", "rows", "text_rows", "classifiers"} <= manifest.keys():
        raise IndexDamaged("The manifest lacks entries.", where=path, next_step=_MEND)
    return manifest


def _expected(files: Mapping[str, str], embedder: Embedder) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "model": embedder.name,
        "model weights": embedder.fingerprint,
        "corpus": dict(files),
    }


def _hashes(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): file_sha256(path) for path in paths}


def file_sha256(path: Path) -> str:
    """The checksum of a file, read piece by piece: files may be larger than memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _save_rows(index: Index, folder: Path) -> None:
    table = np.array(
        [[row.document, row.span.start, row.span.end, KINDS.index(row.kind), row.answer] for row in index.rows],
        dtype=np.int32,
    )
    np.save(folder / "rows.npy", table)


def _load_rows(folder: Path) -> tuple[Row, ...]:
    table = np.load(folder / "rows.npy", allow_pickle=False)
    return tuple(
        Row(document, Span(start, end), KINDS[kind], answer) for document, start, end, kind, answer in table.tolist()
    )


def _write_listing(index: Index, path: Path, corpus: Corpus) -> None:
    """For people: what each row stands for. Never read back."""
    lines = [f"{row.kind}\t{_place(row, corpus)}" for row in index.rows]
    path.write_text("\n".join(lines) + os.linesep, encoding="utf-8")


def _place(row: Row, corpus: Corpus) -> str:
    document = corpus.documents[row.document]
    name = corpus.answers[row.answer].name if row.answer >= 0 else ""
    return f"{document.name}\t{row.span.start}\t{row.span.end}\t{name}\t{document.slice(row.span)!r:.80}"
