"""What a number of questions a day needs, worked out from the tables of ``benchmarks.load`` and ``benchmarks.cluster``.

Both were measured on all cores of one machine, with those who ask on the same cores: what is worked out errs on the
safe side. Run: ``python -m benchmarks.capacity [--smoke]``.
"""

import argparse
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.support.report import FOLDER, table, write_section
from chatbot.settings import ROOT

SCALING = ROOT / "docs" / "scaling.md"
DAYS = (10_000, 10_000_000)  # questions a day
BUSIEST = 0.1  # share of a day's questions in its busiest hour
USED = 0.5  # of a core in that hour: the rest is for minutes that are busier, and for what is lost
PAGE_MB = 700  # memory of a page process (benchmarks/RESULTS.md)


def main() -> None:
    """Write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="nothing written: does it run?")
    options = parser.parse_args()
    cores = os.cpu_count() or 1
    page = cores / max(_column(FOLDER / "RESULTS.md", "load", "answers a second").values())
    replies = _column(SCALING, "cluster", "a second")
    alone, elsewhere = (cores / replies[name] for name in ("in process, 2 threads", "2 replicas, 1 thread each"))
    costs = {"everything in page processes": (page, 0.0), "replies by a cluster": (page - alone, elsewhere)}
    head = ["questions a day", "a second, busiest hour", "made", "cores for pages", "for replies", "memory of pages"]
    rows = [_needs(day, where, *cost) for day in DAYS for where, cost in costs.items()]
    page_ms, alone_ms, elsewhere_ms = (f"{1000 * seconds:.0f} ms" for seconds in (page, alone, elsewhere))
    about = (
        f"`python -m benchmarks.capacity`: an answer through the page takes {page_ms} of a core; of it the reply "
        f"{alone_ms}, or {elsewhere_ms} when a replica makes it, with the way there. The busiest hour has "
        f"{BUSIEST:.0%} of a day's questions, and uses {USED:.0%} of the cores."
    )
    shown = f"{about}\n\n{table(head, rows)}"
    print(shown)
    if not options.smoke:
        write_section(SCALING, "capacity", shown)


def _needs(day: int, where: str, page: float, reply: float) -> list[object]:
    """A row: cores are whole ones, and never fewer than one."""
    rate = day * BUSIEST / 3600
    pages = math.ceil(rate * page / USED)
    replies = math.ceil(rate * reply / USED)
    return [f"{day:,}", f"{rate:.1f}", where, pages, replies or "-", f"{pages * PAGE_MB / 1000:.1f} GB"]


def _column(path: Path, section: str, name: str) -> Mapping[str, float]:
    """A column of the first table of a section: what the first column says, and the number."""
    text = path.read_text(encoding="utf-8").split(f"<!-- {section} -->")[1]
    lines = [line for line in text.split("<!-- end")[0].splitlines() if line.startswith("|")]
    head, _, *rows = [_cells(line) for line in lines]
    whole = [row for row in rows if len(row) == len(head)]
    return {row[0]: float(row[head.index(name)]) for row in whole if _is_number(row[head.index(name)])}


def _cells(line: str) -> Sequence[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


if __name__ == "__main__":
    main()
