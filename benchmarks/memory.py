"""What the serving process holds in memory, step by step: libraries, corpus, encoder, index, page, questions.

One process loads everything in turn and looks at itself after each step; on Linux only. Run:
``python -m benchmarks.memory [--smoke]``.
"""

import argparse
import importlib
import os
import re
from collections.abc import Callable
from pathlib import Path

from benchmarks.support.report import FOLDER, circumstances, table, write_section
from benchmarks.support.worst_inputs import worst_messages
from chatbot.models.adapter import EncoderForm

LIBRARIES = ("numpy", "fastapi", "gradio", "torch", "tokenizers", "faiss")
QUESTIONS = (
    "which medications are used",
    "what are the signs",
    "can he quit cold turkey",
    "how long is detox",
    "mi hijo usa heroína, qué hago",
    "how do I talk to him about rehab",
    "what is methadone",
)


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="two of the worst messages, nothing written: does it run?")
    smoke = parser.parse_args().smoke
    rows = _rows(most_worst=2 if smoke else 20)
    shown = table(["after", "MB in all", "more", "of it in mapped files"], rows)
    print(shown)
    if not smoke:
        write_section(FOLDER / "RESULTS.md", "memory", f"{circumstances('python -m benchmarks.memory')}\n\n{shown}")


def _rows(*, most_worst: int) -> list[list[object]]:
    rows: list[list[object]] = []
    before = 0

    def look(step: str) -> None:
        nonlocal before
        held, mapped = _held()
        rows.append([step, held, f"{held - before:+d}", mapped])
        before = held

    look("Python")
    for name in LIBRARIES:
        importlib.import_module(name)
        look(f"import {name.partition('.')[0]}")
    for step, take in _steps(most_worst):
        take()
        look(step)
    return rows


def _steps(most_worst: int) -> list[tuple[str, Callable[[], object]]]:
    """Names of steps and what each does; each needs those before it."""
    from chatbot.answering.pipeline import AnswerPipeline
    from chatbot.indexing.sources import Sources, load_sources
    from chatbot.models.encoder import load_embedder
    from chatbot.query.question import Question
    from chatbot.service.factory import index_in_place, make_chatbot
    from chatbot.settings import Settings
    from chatbot.web.gradio_page import Pages

    settings = Settings.from_environment(os.environ)
    kept, sources, chatbots = list[object](), list[Sources](), list[AnswerPipeline]()
    embedder = load_embedder(settings)

    def load_index() -> None:
        index = index_in_place(settings, sources[0], embedder)
        chatbots.append(make_chatbot(settings, sources[0], index, embedder))

    def ask(texts: list[str]) -> None:
        for text in texts:
            chatbots[0].reply(Question(text))

    return [
        ("articles, question bank, glossary, signs", lambda: sources.append(load_sources(settings))),
        ("the encoder's weights", lambda: kept.append(embedder.encode(["ready"], form=EncoderForm.BANK))),
        ("index with classifiers", load_index),
        ("the page in every language", lambda: kept.append(Pages(chatbots[0]))),
        ("seven questions, one in Spanish", lambda: ask(list(QUESTIONS))),
        ("the worst messages of 4,000 characters", lambda: ask([m for _, m in worst_messages(4000)][:most_worst])),
    ]


def _held() -> tuple[int, int]:
    """Megabytes that the process holds, and how many of them are pages of mapped files, which processes share."""
    figures = Path("/proc/self/smaps_rollup").read_text(encoding="utf-8")
    held, anonymous = (int(re.findall(rf"^{name}:\s+(\d+)", figures, re.MULTILINE)[0]) for name in ("Rss", "Anonymous"))
    return held // 1024, (held - anonymous) // 1024


if __name__ == "__main__":
    main()
