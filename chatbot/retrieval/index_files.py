"""The index on disk: save, load and check it against its manifest.

The manifest (``index/manifest.json``) is the contract between building and answering. It names the folder that holds
the rest, so putting a new manifest in place is one atomic step: a reader sees the old index or the new one, never both.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from chatbot.corpus.corpus import Corpus
from chatbot.corpus.documents import Span
from chatbot.errors import IndexDamaged, IndexMissing, IndexStale
from chatbot.models.classifier import Classifier
from chatbot.models.encoder import Embedder
from chatbot.models.ngrams import NgramSpace
from chatbot.retrieval.bm25 import BM25Index
from chatbot.retrieval.faiss_store import FAISS
from chatbot.retrieval.index import NO_DOCUMENT, ROW_KINDS, TEXT_KINDS, Index, Learned, Row
from chatbot.retrieval.ranking import Ranker
from chatbot.retrieval.vector_store import VectorEngine
from chatbot.settings import DRAFTS

FORMAT = 7
MANIFEST = "manifest.json"
RANKER_FILE, SPACE_FILE = "ranker.npz", "ngrams.npz"
_MEND = "run: python -m chatbot build"
_ENTRIES = {"folder", "files", "rows", "text_rows", "classifiers", "vectors", "trained_on"}


def save_index(index: Index, folder: Path, *, corpus: Corpus, embedder: Embedder, engine: VectorEngine = FAISS) -> None:
    """Write beside what is there, then put the new manifest in place, then remove what no manifest names.

    Whoever saves holds the folder (``indexing.folder_lock``). What could not be written to its end is removed again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = Path(tempfile.mkdtemp(prefix="draft-", dir=folder))
    try:
        kept = _write(index, target, made_of=_expected(corpus.files, embedder), corpus=corpus)
    except BaseException:
        remove_left_over(folder)
        raise
    remove_left_over(folder)
    engine.remove_old(folder, kept)


def _write(index: Index, target: Path, *, made_of: Mapping[str, Any], corpus: Corpus) -> Any:  # noqa: ANN401  (JSON)
    """Write the index to ``target`` and put its manifest in place; what the engine says of the vectors."""
    kept = index.vectors.save(target, made_of)
    index.bm25.save(target / "lexical")
    _save_rows(index, target)
    for name, classifier in index.classifiers.items():
        np.savez(target / f"{name}.npz", allow_pickle=False, **classifier.arrays(name))
    np.savez(target / SPACE_FILE, allow_pickle=False, **index.learned.space.arrays())
    if index.ranker:
        np.savez(target / RANKER_FILE, allow_pickle=False, **index.ranker.arrays())
    _write_listing(index, target / "listing.txt", corpus)
    manifest = {
        **made_of,
        "vectors": kept,
        "folder": target.name.replace("draft-", "build-"),
        "rows": len(index.rows),
        "text_rows": index.text_rows,
        "classifiers": sorted(index.classifiers),
        "trained_on": index.trained_on,
        "files": _hashes(target),
    }
    draft = target.with_name(f"{target.name}.json")
    draft.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    target.rename(target.with_name(str(manifest["folder"])))
    draft.replace(target.with_name(MANIFEST))
    return kept


def remove_left_over(folder: Path) -> None:
    """Remove the builds that the manifest does not name and everything unfinished; for who holds the folder."""
    try:
        current = str(read_manifest(folder)["folder"])
    except (IndexMissing, IndexDamaged):
        current = ""
    for path in (*folder.glob("draft-*"), *folder.glob("build-*")):
        if path.is_dir() and path.name != current:
            shutil.rmtree(path, ignore_errors=True)
        elif path.is_file():
            path.unlink(missing_ok=True)


def load_index(folder: Path, *, files: Mapping[str, str], embedder: Embedder, engine: VectorEngine = FAISS) -> Index:
    """The index in ``folder``, if it is whole and was built from these corpus files with this encoder.

    Raises:
        IndexMissing: there is none.
        IndexStale: it was built from something else.
        IndexDamaged: a file is missing, cut off or changed.
        EngineError: the engine that keeps the vectors cannot be reached.

    """
    manifest, made_of = read_manifest(folder), _expected(files, embedder)
    for key, value in made_of.items():
        if manifest.get(key) != value:
            raise IndexStale(f"The index was built with another {key}.", where=folder, next_step=_mend(folder))
    source = folder / str(manifest["folder"])
    if _hashes(source) != manifest["files"]:
        raise IndexDamaged("A file of the index was cut off or changed.", where=source, next_step=_MEND)
    vectors = engine.load(source, made_of, manifest["vectors"])
    rows = _load_rows(source)
    text_rows = sum(row.kind in TEXT_KINDS for row in rows)
    if (len(vectors), len(rows), text_rows) != (len(rows), manifest["rows"], manifest["text_rows"]):
        raise IndexDamaged("Rows and vectors differ in number.", where=source, next_step=_MEND)
    learned = _load_learned(source, manifest["classifiers"])
    bm25 = BM25Index.load(source / "lexical", text_rows)
    return Index(rows, text_rows, vectors, bm25, learned, manifest["trained_on"])


def _mend(folder: Path) -> str:
    return f"{_MEND} --drafts" if folder.name == DRAFTS else _MEND


def load_learned(folder: Path, trained_on: str) -> Learned | None:
    """What the index in ``folder`` has learned if it was trained on the same; None when it was not."""
    try:
        manifest = read_manifest(folder)
        source = folder / str(manifest["folder"])
        same = (manifest["format"], manifest["trained_on"]) == (FORMAT, trained_on)
        whole = same and _hashes(source) == manifest["files"]
        return _load_learned(source, manifest["classifiers"]) if whole else None
    except (IndexMissing, IndexDamaged, KeyError, TypeError, OSError, ValueError):
        return None  # whatever it is, they are trained anew


def _load_learned(source: Path, names: Iterable[str]) -> Learned:
    classifiers = {}
    for name in names:
        with np.load(source / f"{name}.npz", allow_pickle=False) as arrays:
            classifiers[name] = Classifier.from_arrays(dict(arrays), name)
    with np.load(source / SPACE_FILE, allow_pickle=False) as arrays:
        space = NgramSpace.from_arrays(dict(arrays))
    return Learned(classifiers, _load_ranker(source / RANKER_FILE), space)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of ``folder``; IndexMissing when there is none, IndexDamaged when it is no manifest."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise IndexMissing("There is no index yet.", where=folder, next_step=_mend(folder)) from error
    except ValueError as error:
        raise IndexDamaged("The manifest is no JSON.", where=path, next_step=_MEND) from error
    if not isinstance(manifest, dict) or not manifest.keys() >= _ENTRIES:
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


def _load_ranker(path: Path) -> Ranker | None:
    """The ranker; None for an index without a question bank."""
    if not path.exists():
        return None
    with np.load(path, allow_pickle=False) as arrays:
        return Ranker.from_arrays(dict(arrays))


def _save_rows(index: Index, folder: Path) -> None:
    table = np.array(
        [[row.document, *_ends(row), ROW_KINDS.index(row.kind), row.answer] for row in index.rows], dtype=np.int32
    )
    np.save(folder / "rows.npy", table)


def _ends(row: Row) -> tuple[int, int]:
    """Start and end of the place; 0 and 0 for none."""
    return (row.place.start, row.place.end) if row.place else (0, 0)


def _load_rows(folder: Path) -> tuple[Row, ...]:
    table = np.load(folder / "rows.npy", allow_pickle=False)
    return tuple(
        Row(document, Span(start, end) if end else None, ROW_KINDS[kind], answer)
        for document, start, end, kind, answer in table.tolist()
    )


def _write_listing(index: Index, path: Path, corpus: Corpus) -> None:
    """For people: what each row stands for. Never read back."""
    lines = [f"{row.kind}\t{_place(row, corpus)}" for row in index.rows]
    path.write_text("\n".join(lines) + os.linesep, encoding="utf-8")


def _place(row: Row, corpus: Corpus) -> str:
    if row.document == NO_DOCUMENT:
        return f"\t\t\t{corpus.topics[row.answer].name}"
    document = corpus.documents[row.document]
    name = corpus.answers[row.answer].name if row.answer >= 0 else ""
    return f"{document.name}\t{row.span.start}\t{row.span.end}\t{name}\t{document.slice(row.span)!r:.80}"
