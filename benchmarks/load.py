"""Many people at once: how many answers a second, how long they wait, errors, memory.

Each person asks, reads for 3 to 7 seconds, and asks again (``people.py``, played by the load tool locust over the
loopback). The page runs as ``python app.py`` with its own settings, but for the limits by client: one address stands
for all. The tool runs on the same cores, so its processor time stands beside the server's. ``--steady`` asks for ten
minutes and looks at the memory after each. Run: ``python -m benchmarks.load [--steady | --smoke]``.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.latency import mixed_questions
from benchmarks.support.report import FOLDER, circumstances, table, write_section
from benchmarks.support.serving import Server, served
from chatbot.indexing import sources
from chatbot.settings import ROOT, Settings

PEOPLE = (1, 8, 32, 128, 300)
STEADY, MINUTES = 32, 10
HEAD = [
    "people",
    "answers a second",
    "p50, ms",
    "p95, ms",
    "p99, ms",
    "told to wait",
    "errors",
    "memory, MB",
    "processor time an answer, ms",
    "that of the tool",
]


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="two people, a few seconds, nothing written: does it run?")
    parser.add_argument("--seconds", type=int, default=15, help="how long each number of people asks")
    parser.add_argument("--steady", action="store_true", help="so many people for ten minutes, and the memory")
    options = parser.parse_args()
    questions = mixed_questions(sources.load_sources(Settings.from_environment(os.environ)), count=500)
    with tempfile.TemporaryDirectory() as folder, served() as server:
        path = Path(folder) / "questions.json"
        path.write_text(json.dumps([question.text for question in questions]), encoding="utf-8")
        people = (2,) if options.smoke else (STEADY,) * MINUTES if options.steady else PEOPLE
        seconds = 5 if options.smoke else 60 if options.steady else options.seconds
        rows = [_asked(server, path, count, seconds=seconds) for count in people]
    shown = table(HEAD, rows)
    print(shown)
    if not options.smoke:
        name, option = ("steady", " --steady") if options.steady else ("load", "")
        command = f"python -m benchmarks.load{option}"
        write_section(FOLDER / "RESULTS.md", name, f"{circumstances(command)}, {_busy()}\n\n{shown}")


def _busy() -> str:
    return f"load of the machine {os.getloadavg()[2]:.0f}"


def _asked(server: Server, questions: Path, people: int, *, seconds: int) -> list[object]:
    """One row: what so many people met. They arrive within the first seconds."""
    command = [
        sys.executable,
        "-m",
        "locust",
        "--locustfile",
        str(FOLDER / "support" / "people.py"),
        "--host",
        server.address,
    ]
    command += ["--headless", "--json", "--users", str(people), "--spawn-rate", str(max(1, people // 4))]
    command += ["--run-time", f"{seconds}s", "--stop-timeout", "20", "--exit-code-on-error", "0"]
    environment = {**os.environ, "QUESTIONS": str(questions)}
    before, of_tool = server.processor_seconds(), _of_children()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    entries = {entry["name"]: entry for entry in json.loads(done.stdout)}
    if "answer" not in entries:
        raise RuntimeError(f"nobody was answered: {done.stderr[-2000:]}")
    answers = entries["answer"]
    errors = sum(entry["num_failures"] for entry in entries.values())
    busy = entries["busy"]["num_requests"] if "busy" in entries else 0
    times = [int(float(time)) for time, count in answers["response_times"].items() for _ in range(count)]
    waits = [_share(times, share) for share in (0.5, 0.95, 0.99)]
    count = answers["num_requests"]
    costs = [f"{1000 * spent / count:.1f}" for spent in (server.processor_seconds() - before, _of_children() - of_tool)]
    return [people, f"{count / seconds:.1f}", *waits, busy, errors, round(server.memory()[0]), *costs]


def _of_children() -> float:
    """Processor seconds of the processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _share(times: Sequence[int], share: float) -> int:
    return sorted(times)[int(share * (len(times) - 1))]


if __name__ == "__main__":
    main()
