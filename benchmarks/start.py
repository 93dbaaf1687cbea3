"""How soon the page is there, how soon it answers, and what the process holds in memory.

``python app.py`` is started several times, with an index in place. What each library costs is measured in a process of
its own. Run: ``python -m benchmarks.start [--smoke]``.
"""

import argparse
import statistics
import subprocess
import sys
import time

import httpx

from benchmarks.support.report import FOLDER, circumstances, table, write_section
from benchmarks.support.serving import ask, served
from chatbot.settings import ROOT

RUNS = 3
LIBRARIES = (
    "numpy",
    "fastapi",
    "gradio",
    "torch",
    "tokenizers",
    "faiss",
    "bm25s",
    "py3langid.langid",
)
_IMPORT = """
import importlib, pathlib, re, sys, time
def held():
    return int(re.search(r"VmRSS:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) / 1024
for name in sys.argv[1:]:
    before, begun = held(), time.perf_counter()
    importlib.import_module(name)
    print(name, time.perf_counter() - begun, held() - before)
"""


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="one start, nothing written: does it run?")
    options = parser.parse_args()
    runs = [_started() for _ in range(1 if options.smoke else RUNS)]
    names = ["numbers and articles", "the whole page", "questions are answered", "first answer, seconds more"]
    names += ["memory, MB", "most memory so far, MB"]
    rows = [[name, *_middle([run[number] for run in runs])] for number, name in enumerate(names)]
    parts = [
        f"Seconds after `python app.py`, and memory after the first answer; {len(runs)} starts.",
        table(["what", "median", "least", "most"], rows),
        "What the libraries cost, each after those above it:",
        table(["library", "seconds", "MB"], _libraries()),
    ]
    shown = "\n\n".join(parts)
    print(shown)
    if not options.smoke:
        write_section(FOLDER / "RESULTS.md", "start", f"{circumstances('python -m benchmarks.start')}\n\n{shown}")


def _started() -> list[float]:
    with served() as server, httpx.Client(base_url=server.address, timeout=60) as client:
        begun = time.monotonic()
        ask(client, "What are the signs of heroin use?")
        taken = time.monotonic() - begun
        return [server.served, server.whole, server.ready, taken, *server.memory()]


def _middle(numbers: list[float]) -> list[str]:
    return [
        f"{number:.{0 if number > 100 else 2}f}" for number in (statistics.median(numbers), min(numbers), max(numbers))
    ]


def _libraries() -> list[list[object]]:
    command = [sys.executable, "-c", _IMPORT, *LIBRARIES]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [line.split() for line in done.stdout.splitlines()]
    return [[name, f"{float(seconds):.1f}", f"{float(held):.0f}"] for name, seconds, held in lines]


if __name__ == "__main__":
    main()
