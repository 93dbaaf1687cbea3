"""One way to find passages, in a process of its own: ``asker.py`` starts it, in the environment of that way.

Reads a job as JSON from standard input and writes places as JSON to standard output: for each setting the seconds it
took to index, and for each question the places found, best first, each as [start, end, score], with the milliseconds it
took. The ways are in ``ways.py``. Offsets are code points of the article.
"""

import importlib.metadata
import json
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.support.ways import WAYS


def installed_megabytes(names: Sequence[str]) -> float:
    """What these packages take on disk, with all that they need."""
    from packaging.requirements import Requirement

    seen: set[str] = set()
    waiting = list(names)
    total = 0
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            package = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # asked for on other systems only
        paths = (Path(str(file.locate())) for file in package.files or ())
        total += sum(path.stat().st_size for path in paths if path.is_file())
        needed = map(Requirement, package.requires or ())
        waiting += [one.name for one in needed if one.marker is None or one.marker.evaluate({"extra": ""})]
    return total / 2**20


def _memory() -> float:
    """Megabytes that this process holds; 0 where the system does not say."""
    try:
        text = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return int(text.partition("VmRSS:")[2].split()[0]) / 1024


def _answers(job: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What each setting finds."""
    for setting in job["settings"]:
        begun = time.perf_counter()
        ask = WAYS[job["way"]](job, setting)
        indexed = time.perf_counter() - begun
        places, taken = [], []
        for question in job["questions"]:
            begun = time.perf_counter()
            places.append(ask(question["question"], question["history"]))
            taken.append(1000 * (time.perf_counter() - begun))
            if len(places) == 1:
                first = time.time()
        yield {"indexed": indexed, "first": first, "places": places, "taken": taken}


def main() -> None:
    """Do one job."""
    job = json.load(sys.stdin)
    answers = list(_answers(job))
    memory = _memory()
    print(json.dumps({"answers": answers, "memory": memory, "installed": installed_megabytes(job["packages"])}))


if __name__ == "__main__":
    main()
