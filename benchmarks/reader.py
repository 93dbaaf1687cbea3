"""The reader alone, as packaged and with its adapter: what it ranks first, and how it parts answers from near-misses.

No threshold, nothing left out of a window. An area is that under the ROC curve, answered questions against near-misses.
The adapter was not trained on the sets: the four open articles, sixteen of our own, and the questions of SQuAD 2.0 on
which no weight was fitted (those of the probability were, on the articles). Run: ``python -m benchmarks.reader``.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.articles import alone, holds, load_library, rows_of
from benchmarks.fit_reading import OF_SQUAD
from benchmarks.new_articles import asked, chatbot_of, covers
from benchmarks.support.open_articles import ARTICLES, FITTED_ON, Row, rows_in, rows_under
from benchmarks.support.report import FOLDER, circumstances, table, write_section
from benchmarks.support.windows import nearest_windows
from chatbot.answering.reading import READING_WEIGHTS, InEnglish, read_windows
from chatbot.models.adapter import load_adapter
from chatbot.models.encoder import Embedder, load_embedder
from chatbot.models.reader import NO_READER, READER_ADAPTER, OnnxReader, packaged_reader
from chatbot.retrieval.candidates import Candidate
from chatbot.settings import Settings

SILENT = 0.7  # share of the near-misses that stay silent in the last figure


@dataclass(frozen=True, slots=True)
class Windows:
    """A question with its nearest windows, how a Spanish one becomes English, and which of them answer."""

    question: str
    found: tuple[Candidate, ...]
    gloss: InEnglish
    is_right: Callable[[Candidate], bool]
    is_answerable: bool


def main() -> None:
    """Measure."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    settings = Settings.from_environment(os.environ)
    embedder = load_embedder(settings)
    with tempfile.TemporaryDirectory() as folder:
        sets = {
            "four open articles": list(of_articles(rows_in(ARTICLES / "questions.jsonl"), settings, embedder, folder)),
            "sixteen articles of our own": list(of_articles(rows_under(FITTED_ON), settings, embedder, folder)),
            "SQuAD 2.0": list(of_squad(settings, embedder)),
        }
    readers = {
        "as packaged": OnnxReader(packaged_reader()),
        "adapted": OnnxReader(packaged_reader(), load_adapter(READER_ADAPTER)),
    }
    rows = [
        [f"{name}, {way}", *_figures(found, reader)] for name, found in sets.items() for way, reader in readers.items()
    ]
    head = ["", "answered", "near-misses", "first right", "area", "area, probability", f"right, {SILENT:.0%} silent"]
    body = table(head, rows)
    write_section(FOLDER / "quality.md", "reader", f"{circumstances('python -m benchmarks.reader')}\n\n{body}")
    print(body)


def of_articles(rows: Sequence[Row], settings: Settings, embedder: Embedder, folder: str) -> Iterator[Windows]:
    """Each article alone; answered questions and near-misses."""
    for name in sorted({row["article"] for row in rows}):
        chatbot = chatbot_of([name], replace(settings, reader=NO_READER), embedder, Path(folder), seed=False)
        for row in rows:
            if row["article"] != name or not (row["expect"] == "answer" or "near" in row["tags"]):
                continue
            text, search = nearest_windows(chatbot, asked(row), embedder)
            is_right = partial(_covers, row=row)
            yield Windows(text, search.candidates, chatbot.in_english, is_right, row["expect"] == "answer")


def of_squad(settings: Settings, embedder: Embedder) -> Iterator[Windows]:
    """The questions that no weight was fitted on."""
    queries = rows_of("squad2.queries", most=None)[OF_SQUAD:]
    library = load_library("squad2", {query["doc_id"] for query in queries}, embedder, settings)
    for query in queries:
        found = library.find(query["doc_id"], alone(query["question"], embedder)).candidates
        is_right = partial(_holds, query=query)
        yield Windows(query["question"], found, str, is_right, bool(query["is_answerable"]))


def _covers(candidate: Candidate, *, row: Row) -> bool:
    return row["expect"] == "answer" and covers(candidate.stretches[0], row)


def _holds(candidate: Candidate, *, query: Mapping[str, Any]) -> bool:
    return bool(query["is_answerable"]) and holds(candidate.stretches[0], query["answers"])


def _figures(sets: Sequence[Windows], reader: OnnxReader) -> list[object]:
    """Counts, first windows that are right, areas of their logit and their probability, right where most are silent.

    The logit is the mean of the window's and its best run's, as in the pipeline. The weights of the probability were
    fitted for the adapted reader.
    """
    logits, likely, right = [], [], []
    for one in sets:
        features, best = read_windows(reader, one.question, one.found, gloss=one.gloss)[0]
        logits.append(features.reading)
        likely.append(features.answers(READING_WEIGHTS))
        right.append(one.is_right(best))
    answerable = np.array([one.is_answerable for one in sets])
    read, good = np.array(logits), np.array(right)
    least = np.quantile(read[~answerable], SILENT)
    return [
        int(answerable.sum()),
        int((~answerable).sum()),
        float(good[answerable].mean()),
        float(roc_auc_score(answerable, read)),
        float(roc_auc_score(answerable, likely)),
        float((good & (read > least))[answerable].mean()),
    ]


if __name__ == "__main__":
    main()
