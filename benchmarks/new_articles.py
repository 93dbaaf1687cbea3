"""Articles on their first day, without a bank: first quote right, near-misses silent, alone and beside the seed.

The four open articles with 160 labelled questions lie in ``../shared/new-articles``; they are measured with and never
copied. A fifth, in Spanish, and its 40 questions were written for this by somebody who knew neither program nor bank:
``benchmarks/data``. Run: ``python -m benchmarks.new_articles``.
"""

import argparse
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.support.open_articles import ARTICLES, SHARED, SPANISH, Row, corpus_of, rows_in
from benchmarks.support.report import FOLDER, circumstances, table, write_section
from chatbot.answering.pipeline import AnswerPipeline
from chatbot.answering.reply import Reply
from chatbot.corpus.documents import Span
from chatbot.evaluation.evaluate import evaluate, load_cases
from chatbot.indexing.sources import load_sources
from chatbot.models.encoder import Embedder, load_embedder
from chatbot.models.reader import NO_READER
from chatbot.query.question import Question
from chatbot.service.factory import load_or_build, make_chatbot
from chatbot.settings import ROOT, Settings

HELD = 0.8  # share of a labelled span that the first quote must hold


def main() -> None:
    """Measure."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    settings = Settings.from_environment(os.environ)
    embedder = load_embedder(settings)
    questions = rows_in(ARTICLES / "questions.jsonl")
    with tempfile.TemporaryDirectory() as folder:
        body = measured(questions, settings, embedder, Path(folder))
    write_section(
        FOLDER / "quality.md", "new articles", f"{circumstances('python -m benchmarks.new_articles')}\n\n{body}"
    )
    print(body)


def measured(questions: Sequence[Row], settings: Settings, embedder: Embedder, folder: Path) -> str:
    """The tables: each article alone, all beside the seed, each with the reader and without; then the seed's own."""
    names = sorted({question["article"] for question in questions})
    spanish = rows_in(SPANISH / "questions.jsonl")
    rows, in_spanish, seed = [], [], []
    for reader in ("", NO_READER):
        own = replace(settings, reader=reader)
        shown = "with the reader" if not reader else "without"
        replies = dict[str, Reply]()
        for name in names:
            chatbot = chatbot_of([name], own, embedder, folder, seed=False)
            replies |= {q["id"]: chatbot.reply(asked(q)) for q in questions if q["article"] == name}
        rows.append([f"alone, {shown}", *scores(questions, replies)])
        chatbot = chatbot_of([SPANISH.name], own, embedder, folder, seed=False)
        in_spanish.append([shown, *scores(spanish, {q["id"]: chatbot.reply(asked(q, "es")) for q in spanish})])
        together = chatbot_of(names, own, embedder, folder, seed=True)
        rows.append(
            [
                f"all beside the seed, {shown}",
                *scores(questions, {q["id"]: together.reply(asked(q)) for q in questions}),
            ]
        )
        cases = load_cases(SHARED / "questions" / "dev2.jsonl")
        seed.append([f"seed, with four articles beside, {shown}", *_of_seed(cases, together)])
    seed.append(["seed alone", *_of_seed(cases, chatbot_of([], settings, embedder, folder, seed=True))])
    figures = [
        "first right",
        "near silent",
        "far silent",
        "refused",
        "offered",
        "offered right",
        "own first",
        "focus",
        "characters",
    ]
    return "\n\n".join(
        [
            table(["160 questions, 4 articles", *figures], rows),
            table(["40 questions in Spanish, a Spanish article alone", *figures], in_spanish),
            table(["dev2.jsonl", "first right", "silent", "refused"], seed),
        ]
    )


def _of_seed(cases: Sequence[Any], chatbot: AnswerPipeline) -> list[object]:
    found = {measure.name: measure.share for measure in evaluate(cases, chatbot.reply)}
    return [found["hit@1, single"], found["abstained"], found["wrongly refused"]]


def asked(row: Row, language: str = "en") -> Question:
    """The question of a row, on the page in ``language``."""
    return Question(row["question"], tuple(row["history"]), language)


def chatbot_of(
    names: Sequence[str], settings: Settings, embedder: Embedder, folder: Path, *, seed: bool
) -> AnswerPipeline:
    """A chatbot over these articles, with the seed's article and topics or without.

    Libraries with a seed share an index folder, and those without: what is trained is trained once for each.
    """
    corpus, index = corpus_of(names, folder, seed=seed), folder / f"index-{seed}"
    if not index.exists():
        shutil.copytree(ROOT / "index", index)  # its embeddings, and with the seed what was trained, are used again
    own = replace(settings, corpus=corpus, index=index)
    sources = load_sources(own)
    return make_chatbot(own, sources, load_or_build(own, sources, embedder), embedder)


def scores(questions: Sequence[Row], replies: Mapping[str, Any]) -> list[object]:
    """The figures of ../shared/scripts/score_articles.py, and those of what is offered as perhaps no answer."""
    answerable = [q for q in questions if q["expect"] == "answer"]
    silent = {
        kind: [q for q in questions if q["expect"] != "answer" and (("near" in q["tags"]) is (kind == "near"))]
        for kind in ("near", "far")
    }
    first = {q["id"]: next(iter(replies[q["id"]].quotes), None) for q in questions}
    maybe = {q["id"]: replies[q["id"]].maybe for q in questions}
    quoted = [q for q in answerable if first[q["id"]]]
    offered = [q for q in questions if maybe[q["id"]]]
    shown = [[(quote.document.name, quote.span) for quote in replies[q["id"]].quotes] for q in quoted]
    return [
        mean_of(_right(q, first[q["id"]]) for q in answerable),
        mean_of(first[q["id"]] is None for q in silent["near"]),
        mean_of(first[q["id"]] is None for q in silent["far"]),
        mean_of(first[q["id"]] is None and maybe[q["id"]] is None for q in answerable),
        len(offered),
        mean_of(q["expect"] == "answer" and _right(q, maybe[q["id"]]) for q in offered),
        mean_of(quote.document.name == q["article"] for q in quoted if (quote := first[q["id"]])),
        mean_of(_focus(q, places) for q, places in zip(quoted, shown, strict=True)),
        round(mean_of(sum(len(span) for _, span in places) for places in shown)),
    ]


def _right(question: Row, quote: Any) -> bool:  # noqa: ANN401  (a Quote or None)
    return quote is not None and quote.document.name == question["article"] and covers(quote.span, question)


def covers(span: Span, question: Row) -> bool:
    """Whether a span holds most of what answers the question."""
    return any(span.overlap(Span(*must)) >= HELD * (must[1] - must[0]) for must in question["must"])


def _focus(question: Row, places: Sequence[tuple[str, Span]]) -> float:
    good = {at for start, end in (*question["must"], *question["ok"]) for at in range(start, end)}
    own = sum(at in good for name, span in places if name == question["article"] for at in range(span.start, span.end))
    return own / sum(len(span) for _, span in places)


def mean_of(values: Any) -> float:  # noqa: ANN401  (an iterable of numbers or truths)
    """Their mean; nan of none."""
    found = list(values)
    return float(np.mean(found)) if found else float("nan")


if __name__ == "__main__":
    main()
