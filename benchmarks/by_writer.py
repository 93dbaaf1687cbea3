"""Answers to messages of independent writers, a row a writer: first quote right, and silence on what is not covered.

Each file of ``benchmarks/writers`` is one writer: messages by a person who was shown one passage of the article or the
name of one topic at a time, and never the question bank. No message is part of the bank. The first quote is right when
it covers most of a stretch of the answer that the passage belongs to. A message about a topic that the article does not
cover should get no quote. Run: ``python -m benchmarks.by_writer``.
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
from chatbot.indexing.sources import load_sources
from chatbot.models.encoder import load_embedder
from chatbot.query.question import Question
from chatbot.service import factory
from chatbot.settings import Settings

WRITERS = FOLDER / "writers"
HELD = 0.8  # share of a stretch that the first quote must cover


@dataclass(frozen=True, slots=True)
class WrittenMessage:
    """A message of one writer about an answer of the bank, or about a topic that is not covered; the other is empty."""

    text: str
    answer: str = ""
    topic: str = ""


def load_messages(path: Path) -> list[WrittenMessage]:
    """The messages of one writer: one JSON object a line, ``{"answer" or "topic", "text"}``."""
    return [WrittenMessage(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def is_right(reply: Reply, answer: Answer) -> bool:
    """Whether the first quote covers most of a stretch of the answer."""
    if not reply.quotes or reply.quotes[0].document != answer.document:
        return False
    span = reply.quotes[0].span
    return any(span.overlap(stretch) >= HELD * len(stretch) for stretch in answer.stretches)


def row_of(
    name: str, messages: Iterable[WrittenMessage], corpus: Corpus, reply: Callable[[Question], Reply]
) -> list[object]:
    """The row of one writer. Messages about a passage that no answer of the bank has are left out."""
    answers = {answer.name: answer for answer in corpus.answers}
    right, quoted, silent = list[bool](), list[bool](), list[bool]()
    for message in messages:
        if message.topic:
            silent.append(not reply(Question(message.text)).quotes)
        elif message.answer in answers:
            made = reply(Question(message.text))
            right.append(is_right(made, answers[message.answer]))
            quoted.append(bool(made.quotes))
    return [name, len(right), _share(right), _share(quoted), len(silent), _share(silent)]


def _share(found: Sequence[bool]) -> float:
    return sum(found) / max(1, len(found))


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a few messages, nothing written: does it run?")
    options = parser.parse_args()
    settings = Settings.from_environment(os.environ)
    sources, embedder = load_sources(settings), load_embedder(settings)
    index = factory.load_or_build(settings, sources, embedder)
    chatbot = factory.make_chatbot(settings, sources, index, embedder)
    step = 200 if options.smoke else 1
    rows = [
        row_of(path.stem, load_messages(path)[::step], sources.corpus, chatbot.reply)
        for path in sorted(WRITERS.glob("*.jsonl"))
    ]
    head = ["writer", "covered", "first quote right", "quoted", "not covered", "silent"]
    print(table(head, rows))
    if not options.smoke:
        about = f"{circumstances('python -m benchmarks.by_writer')}. Messages as their writers left them."
        write_section(FOLDER / "quality.md", "by writer", f"{about}\n\n{table(head, rows)}")


if __name__ == "__main__":
    main()
