"""Pairs of messages that differ in a negation, a number or an added fact: whether the reply changes when it must.

An independent writer made the 60 pairs from the passages of the article, without the bank: 30 in which the change must
not change the reply, 30 in which it must. Run: ``python -m benchmarks.pairs [--smoke]``.
"""

import argparse
import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.support.report import FOLDER, circumstances, table, write_section
from chatbot.answering.reply import Reply
from chatbot.corpus.corpus import Corpus
from chatbot.corpus.question_bank import Answer
from chatbot.query.question import Question
from chatbot.retrieval.candidates import DocumentSpan, shows
from chatbot.service.factory import Chatbot
from chatbot.settings import Settings

PAIRS = Path(__file__).parent / "data" / "pairs.jsonl"

ReplyTo = Callable[[Question], Reply]


@dataclass(frozen=True, slots=True)
class Asked:
    """A message and the names of the answers that are right for it; none: the article does not answer it."""

    text: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two messages; ``same`` when what is added must not change the reply."""

    language: str
    first: Asked
    second: Asked
    same: bool


def load_pairs(path: Path = PAIRS) -> list[Pair]:
    """The pairs of a file, a JSON object a line."""
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [
        Pair(
            row["language"],
            Asked(row["first"], tuple(row["first_answers"])),
            Asked(row["second"], tuple(row["second_answers"])),
            row["same"],
        )
        for row in rows
    ]


def is_right(reply: Reply, asked: Asked, corpus: Corpus) -> bool:
    """Whether the first quote answers; for a message that the article does not answer, whether nothing is quoted."""
    first = next(iter(reply.quotes), None)
    if first is None or not asked.answers:
        return first is None and not asked.answers
    named = (answer for answer in corpus.answers if answer.name in asked.answers)
    return any(shows(DocumentSpan(first.document, first.span), answer) for answer in named)


def held(pairs: Iterable[Pair], corpus: Corpus, reply_to: ReplyTo) -> dict[str, list[bool]]:
    """Whether the first messages are answered rightly, and of the pairs where they are, the second ones, by sort."""
    found: dict[str, list[bool]] = {"first of a pair": [], "must not change": [], "must change": []}
    for pair in pairs:
        first, second = (reply_to(Question(asked.text, (), pair.language)) for asked in (pair.first, pair.second))
        found["first of a pair"].append(is_right(first, pair.first, corpus))
        if found["first of a pair"][-1]:
            found["must not change" if pair.same else "must change"].append(is_right(second, pair.second, corpus))
    return found


def unknown_answers(pairs: Iterable[Pair], answers: Sequence[Answer]) -> set[str]:
    """Names in the pairs that no answer has."""
    names = {answer.name for answer in answers}
    return {name for pair in pairs for asked in (pair.first, pair.second) for name in asked.answers} - names


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="nothing written: does it run?")
    options = parser.parse_args()
    chatbot = Chatbot.open(Settings.from_environment(os.environ))
    found = held(load_pairs(), chatbot.corpus, chatbot.reply)
    rows = [[sort, sum(right) / len(right), len(right)] for sort, right in found.items()]
    body = table(["60 pairs, one writer", "right", "of"], rows)
    print(body)
    if not options.smoke:
        write_section(FOLDER / "quality.md", "pairs", f"{circumstances('python -m benchmarks.pairs')}\n\n{body}")


if __name__ == "__main__":
    main()
