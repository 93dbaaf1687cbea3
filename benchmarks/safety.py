"""Triage on messages that others wrote: what is noticed, by kind, and how often calm messages raise an alarm.

Shares come with Wilson's 95 % intervals (Wilson, 1927), for some kinds have few messages. Typos: one or two letters in
every third word. The public sets lie in ``../shared/data``; rows are measured with and never copied.
Run: ``python -m benchmarks.safety [--smoke]``.
"""

import argparse
import os
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from scipy.stats import binomtest

from benchmarks.answers import CASES
from benchmarks.articles import DATA, rows_of
from benchmarks.support.report import FOLDER, circumstances, table, write_section
from chatbot.answering.reply import Reply
from chatbot.evaluation.evaluate import load_cases
from chatbot.indexing.adapter_training import mistyped
from chatbot.indexing.sources import load_sources
from chatbot.models.encoder import load_embedder
from chatbot.query.question import Question
from chatbot.service import factory
from chatbot.settings import Settings

HEAD = ["messages", "of", "emergency alone", "emergency or watch", "95 % interval"]


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a few messages, nothing written: does it run?")
    options = parser.parse_args()
    settings, most = Settings.from_environment(os.environ), 20 if options.smoke else None
    sources, embedder = load_sources(settings), load_embedder(settings)
    index = factory.load_or_build(settings, sources, embedder)
    reply = factory.make_chatbot(settings, sources, index, embedder).reply
    rows = [*(_labelled(reply, most) if CASES.exists() else []), *(_public(reply, most) if DATA.exists() else [])]
    shown = table(HEAD, rows)
    print(shown)
    if not options.smoke:
        write_section(FOLDER / "quality.md", "safety", f"{circumstances('python -m benchmarks.safety')}\n\n{shown}")


def _labelled(reply: Callable[[Question], Reply], most: int | None) -> Iterable[list[object]]:
    cases = load_cases(CASES)[:: 10 if most else 1]
    urgent = [case.question for case in cases if case.expect == "crisis"]
    calm = [case.question for case in cases if case.expect not in ("crisis", "either")]
    yield _row("labelled questions: emergencies", [reply(question) for question in urgent])
    for seed in range(3):
        chance = random.Random(seed)
        typed = [Question(_every_third(question.text, chance), question.history) for question in urgent]
        yield _row(f"the same with typos, draw {seed + 1}", [reply(question) for question in typed])
    yield _row("labelled questions: all others", [reply(question) for question in calm])


def _every_third(text: str, chance: random.Random) -> str:
    """The text with one or two letters wrong in about every third word."""
    words = text.split()
    for number in range(len(words)):
        if chance.random() < 1 / 3:
            for _ in range(chance.choice([1, 1, 2])):
                words[number] = mistyped(words[number], chance, share=1.0)
    return " ".join(words)


def _public(reply: Callable[[Question], Reply], most: int | None) -> Iterable[list[object]]:
    crisis = rows_of("crisis_public", most=most)
    in_scope = [row for row in crisis if row["label"] == "crisis" and row["in_scope"]]
    yield _row("public: emergencies in scope", _replies(reply, in_scope))
    for category in sorted({str(row["category"]) for row in in_scope}):
        own = [row for row in in_scope if str(row["category"]) == category]
        if len(own) >= 5:
            yield _row(f"&nbsp;&nbsp;{category}", _replies(reply, own))
    yield _row("public: no emergency", _replies(reply, [row for row in crisis if row["label"] == "not_crisis"]))
    look_alikes = [row for row in rows_of("look_alikes", most=most) if row["label"] == "safe"]
    yield _row("public: look-alikes that are safe", _replies(reply, look_alikes))
    others = rows_of("out_of_domain", most=most)
    yield _row("public: questions on anything else", _replies(reply, others))
    quoted = sum(bool(answer.quotes) for answer in _replies(reply, others))
    yield [
        "&nbsp;&nbsp;of these quoted",
        len(others),
        "-",
        quoted / len(others) if others else 0.0,
        _interval(quoted, len(others)),
    ]


def _replies(reply: Callable[[Question], Reply], rows: Sequence[Any]) -> list[Reply]:
    return [reply(Question(row["text"])) for row in rows]


def _row(name: str, replies: Sequence[Reply]) -> list[object]:
    alone = sum(any(notice.kind == "crisis" for notice in reply.notices) for reply in replies)
    either = sum(any(notice.kind in ("crisis", "watch") for notice in reply.notices) for reply in replies)
    of = max(1, len(replies))
    return [name, len(replies), alone / of, either / of, _interval(either, len(replies))]


def _interval(count: int, of: int) -> str:
    if not of:
        return "-"
    bounds = binomtest(count, of).proportion_ci(method="wilson")
    return f"{bounds.low:.3f} to {bounds.high:.3f}"


if __name__ == "__main__":
    main()
