"""How long an answer takes, beside one bare pass of the same question through the encoder.

Questions are drawn from the bank, the topics and the examples of triage; every fourth follows an earlier one. The bare
pass is the least that any search by embedding needs: tokens, the transformer, the mean. Both are timed in turn for each
question, so that a busy machine slows both. Run: ``python -m benchmarks.latency [--smoke]``.
"""

import argparse
import cProfile
import os
import pstats
import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import torch

from benchmarks.support.report import FOLDER, circumstances, table, write_section
from benchmarks.support.serving import ask, served
from chatbot.answering.pipeline import AnswerPipeline
from chatbot.indexing.sources import Sources, load_sources
from chatbot.models.adapter import EncoderForm
from chatbot.models.encoder import SentenceEncoder, load_embedder
from chatbot.query.question import Question
from chatbot.service import factory
from chatbot.settings import Settings

RUNS = 3
STEPS = {  # function by which a step is recognised in the profile: what it does
    "raised_by_rules": "rules of triage",
    "readings": "language, sentences, glossary, subject",
    "unit_vectors": "encoder, all readings",
    "features_of": "n-grams",
    "_by_emergencies": "emergencies",
    "_by_requests": "advice, harm, small talk",
    "search_bank": "answers and topics",
    "_quote": "quotes and companions",
    "_abstain": "abstention",
}


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a few questions, nothing written: does it run?")
    options = parser.parse_args()
    settings = Settings.from_environment(os.environ)
    sources, embedder = load_sources(settings), load_embedder(settings)
    index = factory.load_or_build(settings, sources, embedder)
    chatbot = factory.make_chatbot(settings, sources, index, embedder)
    questions = mixed_questions(sources, count=12 if options.smoke else 500)
    with served() as server, httpx.Client(base_url=server.address, timeout=60) as client:
        runs = [_timed(chatbot, embedder, client, questions) for _ in range(1 if options.smoke else RUNS)]
    shown = "\n\n".join(
        [
            f"{len(questions)} questions, one at a time; medians of {len(runs)} runs, ratios within a run.",
            table(["milliseconds", "median", "p99", "median, of the bare pass", "p99, of the bare pass"], _rows(runs)),
            "Where the time of a reply goes, under a profiler that slows small steps most:",
            table(["step", "share"], _profile(chatbot, questions[:150])),
        ]
    )
    print(shown)
    if not options.smoke:
        write_section(FOLDER / "RESULTS.md", "latency", f"{circumstances('python -m benchmarks.latency')}\n\n{shown}")


def mixed_questions(sources: Sources, *, count: int) -> list[Question]:
    """What people may ask, in a fixed order: answers, topics and emergencies as often as they stand in the corpus."""
    texts = [
        *(question.text for answer in sources.corpus.answers for question in answer.questions),
        *(question.text for topic in sources.corpus.topics for question in topic.questions),
        *(example.text for example in sources.examples.emergencies),
    ]
    random.Random(0).shuffle(texts)
    return [
        Question(text, (texts[number - 1],) if number % 4 == 0 else ()) for number, text in enumerate(texts[:count])
    ]


def _timed(
    chatbot: AnswerPipeline, embedder: SentenceEncoder, client: httpx.Client, questions: Sequence[Question]
) -> dict[str, list[float]]:
    """Milliseconds of every question, for each way."""
    model = embedder.model(form=EncoderForm.BANK)
    transformer: Any = model[0].auto_model

    def bare(text: str) -> None:
        with torch.inference_mode():
            tokens = model.tokenizer([text], return_tensors="pt", truncation=True, max_length=model.max_seq_length)
            transformer(**tokens).last_hidden_state.mean(1)

    ways: dict[str, Callable[[Question], object]] = {
        "bare pass": lambda question: bare(question.text),
        "reply": chatbot.reply,
        "through the page's own HTTP": lambda question: ask(client, question.text),
    }
    for way in ways.values():
        for question in questions[:10]:
            way(question)  # warm
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number, question in enumerate(questions):
        order = list(ways)[number % 3 :] + list(ways)[: number % 3]  # nobody is always first
        for name in order:
            begun = time.perf_counter()
            ways[name](question)
            taken[name].append(1000 * (time.perf_counter() - begun))
    return taken


def _rows(runs: Sequence[dict[str, list[float]]]) -> list[list[object]]:
    rows: list[list[object]] = []
    for name in runs[0]:
        middle, tail = ([share(run[name]) for run in runs] for share in (statistics.median, _p99))
        of_bare = [middle[n] / statistics.median(run["bare pass"]) for n, run in enumerate(runs)]
        tail_of_bare = [tail[n] / _p99(run["bare pass"]) for n, run in enumerate(runs)]
        rows.append([name, *map(statistics.median, (middle, tail, of_bare, tail_of_bare))])
    return rows


def _p99(numbers: Sequence[float]) -> float:
    return sorted(numbers)[int(0.99 * len(numbers))]


def _profile(chatbot: AnswerPipeline, questions: Sequence[Question]) -> list[list[object]]:
    """Share of the time of all replies that each step takes, with all that it calls."""
    profile = cProfile.Profile()
    profile.enable()
    for question in questions:
        chatbot.reply(question)
    profile.disable()
    within = {name: 0.0 for name in (*STEPS, "reply")}
    for (path, _, name), entry in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]  # not in typeshed
        if name in within and "chatbot" in path:
            within[name] += entry[3]
    rows: list[list[object]] = [[what, within[name] / within["reply"]] for name, what in STEPS.items()]
    return [*rows, ["everything else", 1 - sum(float(str(row[1])) for row in rows)]]


if __name__ == "__main__":
    main()
