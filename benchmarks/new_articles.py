"""Articles on their first day, without a bank: first quote right, near-misses silent, alone and beside the seed.

The four open articles with 160 labelled questions lie in ``../shared/new-articles``; they are measured with and never
copied. A fifth, in Spanish, and its 40 questions were written for this by somebody who knew neither program nor bank:
``benchmarks/data``. ``--fit`` prints the weights of ``chatbot/answering/reading.py``, fitted on the four and on
SQuAD 2.0, with the figures of an article that was left out. Run: ``python -m benchmarks.new_articles [--fit]``.
"""

import argparse
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.articles import alone, holds, load_library, rows_of
from benchmarks.support.open_articles import ARTICLES, SHARED, SPANISH, Row, corpus_of, rows_in
from benchmarks.support.report import FOLDER, circumstances, table, write_section
from chatbot.answering.pipeline import AnswerPipeline
from chatbot.answering.reading import InEnglish, Weights, WindowFeatures, window_features
from chatbot.answering.reply import Reply
from chatbot.corpus.documents import Span
from chatbot.evaluation.evaluate import evaluate, load_cases
from chatbot.indexing.sources import load_sources
from chatbot.models.encoder import Embedder, load_embedder
from chatbot.models.reader import NO_READER, Reader, load_reader
from chatbot.query.question import Question
from chatbot.query.rewriting import Query, variants
from chatbot.retrieval.candidates import Candidate
from chatbot.retrieval.text_search import read_as, search_texts, weighted_queries
from chatbot.service.factory import load_or_build, make_chatbot
from chatbot.settings import ROOT, Settings

HELD = 0.8  # share of a labelled span that the first quote must hold
OF_SQUAD = 400  # questions of SQuAD 2.0 that the weights are fitted on
COUNTED = 8.0  # how much more than one of them a question about an open article counts


@dataclass(frozen=True, slots=True)
class Read:
    """The best window for a question: its features, whether it holds the answer, and what the question is."""

    features: WindowFeatures
    right: bool
    kind: str  # "answer", "near", "far"
    article: str


def main() -> None:
    """Measure, or fit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    settings = Settings.from_environment(os.environ)
    embedder = load_embedder(settings)
    questions = rows_in(ARTICLES / "questions.jsonl")
    if options.fit:
        print(fitted(questions, settings, embedder))
        return
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
        _mean(_right(q, first[q["id"]]) for q in answerable),
        _mean(first[q["id"]] is None for q in silent["near"]),
        _mean(first[q["id"]] is None for q in silent["far"]),
        _mean(first[q["id"]] is None and maybe[q["id"]] is None for q in answerable),
        len(offered),
        _mean(q["expect"] == "answer" and _right(q, maybe[q["id"]]) for q in offered),
        _mean(quote.document.name == q["article"] for q in quoted if (quote := first[q["id"]])),
        _mean(_focus(q, places) for q, places in zip(quoted, shown, strict=True)),
        round(_mean(sum(len(span) for _, span in places) for places in shown)),
    ]


def _right(question: Row, quote: Any) -> bool:  # noqa: ANN401  (a Quote or None)
    return quote is not None and quote.document.name == question["article"] and _covers(quote.span, question)


def _covers(span: Span, question: Row) -> bool:
    return any(span.overlap(Span(*must)) >= HELD * (must[1] - must[0]) for must in question["must"])


def _focus(question: Row, places: Sequence[tuple[str, Span]]) -> float:
    good = {at for start, end in (*question["must"], *question["ok"]) for at in range(start, end)}
    own = sum(at in good for name, span in places if name == question["article"] for at in range(span.start, span.end))
    return own / sum(len(span) for _, span in places)


def _mean(values: Any) -> float:  # noqa: ANN401  (an iterable of numbers or truths)
    found = list(values)
    return float(np.mean(found)) if found else float("nan")


def fitted(questions: Sequence[Row], settings: Settings, embedder: Embedder) -> str:
    """The weights, and what they reach on an article that was left out."""
    reader = load_reader(settings)
    if reader is None:
        return "There is no reader."
    public = [one for one in _read_squad(embedder, reader, settings)]
    with tempfile.TemporaryDirectory() as folder:
        own = [one for one in _read_open(questions, settings, embedder, reader, Path(folder))]
    probabilities = np.zeros(len(own))
    for article in {one.article for one in own}:
        held = [number for number, one in enumerate(own) if one.article == article]
        model = _fit(public, [one for one in own if one.article != article])
        probabilities[held] = model.predict_proba(_matrix([own[number] for number in held]))[:, 1]
    rows = [_at(own, probabilities, threshold) for threshold in np.arange(0.15, 0.6, 0.05)]
    model = _fit(public, own)
    weights = Weights(float(model.intercept_[0]), *(float(weight) for weight in model.coef_[0]))
    return f"{weights}\n\n" + table(["quoted from", "first right", "near silent", "far silent", "not quoted"], rows)


def _at(own: Sequence[Read], probabilities: NDArray[np.float64], threshold: float) -> list[object]:
    def share(kind: str, truths: Sequence[bool]) -> float:
        return _mean(truth for one, truth in zip(own, truths, strict=True) if one.kind == kind)

    quoted = (probabilities >= threshold).tolist()
    silent = [not truth for truth in quoted]
    right = [truth and one.right for truth, one in zip(quoted, own, strict=True)]
    return [
        round(threshold, 2),
        share("answer", right),
        share("near", silent),
        share("far", silent),
        share("answer", silent),
    ]


def _fit(public: Sequence[Read], own: Sequence[Read]) -> LogisticRegression:
    together = [*public, *own]
    counted = np.array([1.0] * len(public) + [COUNTED] * len(own))
    return LogisticRegression(C=0.1, max_iter=1000).fit(
        _matrix(together), [one.right for one in together], sample_weight=counted
    )


def _matrix(rows: Sequence[Read]) -> NDArray[np.float64]:
    return np.array(
        [[f.logit, f.similarity, f.lead, f.length] for f in (row.features for row in rows)], dtype=np.float64
    )


def _best(
    reader: Reader, question: str, candidates: Sequence[Candidate], gloss: InEnglish
) -> tuple[WindowFeatures, Candidate]:
    features = window_features(reader, question, candidates, gloss=gloss)
    best = max(range(len(features)), key=lambda number: features[number].order)
    return features[best], candidates[best]


def _read_squad(embedder: Embedder, reader: Reader, settings: Settings) -> list[Read]:
    queries = rows_of("squad2.queries", most=OF_SQUAD)
    library = load_library("squad2", {query["doc_id"] for query in queries}, embedder, settings)
    found = []
    for query in queries:
        candidates = library.find(query["doc_id"], alone(query["question"], embedder)).candidates
        features, best = _best(reader, query["question"], candidates, str)
        right = bool(query["is_answerable"]) and holds(best.stretches[0], query["answers"])
        found.append(Read(features, right, "", query["doc_id"]))
    return found


def _read_open(
    questions: Sequence[Row], settings: Settings, embedder: Embedder, reader: Reader, folder: Path
) -> list[Read]:
    found = []
    for name in sorted({question["article"] for question in questions}):
        chatbot = chatbot_of([name], settings, embedder, folder, seed=False)
        for question in (question for question in questions if question["article"] == name):
            texts = variants(Query(asked(question), chatbot.glossary))
            candidates = search_texts(
                chatbot.corpus, chatbot.index, weighted_queries(texts, embedder.encode), width=settings.quote_width
            ).candidates
            features, best = _best(reader, read_as(texts), candidates, chatbot.in_english)
            kind = "answer" if question["expect"] == "answer" else "near" if "near" in question["tags"] else "far"
            right = kind == "answer" and _covers(best.stretches[0], question)
            found.append(Read(features, right, kind, name))
    return found


if __name__ == "__main__":
    main()
