"""Fits the weights by which windows of articles without a bank are quoted: alone, and beside a bank.

Alone on the four open articles of ``benchmarks.new_articles``, on the sixteen of ``benchmarks/data/articles``, on
questions about anything but health and on SQuAD 2.0; beside the seed's bank on the twenty and on
``benchmarks/data/unread-questions.jsonl``, whose writers the bank does not know. It prints the weights for
``chatbot/answering/reading.py`` and ``chatbot/answering/decision.py``, and what each threshold gives on an article or a
writer that was left out. Run: ``python -m benchmarks.fit_reading``.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from benchmarks.articles import alone, holds, load_library, rows_of
from benchmarks.new_articles import asked, chatbot_of, covers, mean_of
from benchmarks.support.open_articles import ARTICLES, FITTED_ON, Row, asked_elsewhere, rows_in, rows_under
from benchmarks.support.report import FOLDER, table
from benchmarks.support.windows import nearest_windows
from chatbot.answering.decision import Contest, log_odds, sure_answers
from chatbot.answering.pipeline import AnswerPipeline
from chatbot.answering.reading import (
    LEAST_SIMILARITY,
    InEnglish,
    Weights,
    WindowFeatures,
    read_windows,
)
from chatbot.evaluation.evaluate import Case, load_cases
from chatbot.models.encoder import Embedder, load_embedder
from chatbot.models.reader import NO_READER, Reader, load_reader
from chatbot.query.question import Question
from chatbot.retrieval.candidates import Candidate, SearchResult
from chatbot.settings import Settings

OF_SQUAD = 400  # questions of SQuAD 2.0 that the weights are fitted on
COUNTED = 8.0  # how much more than one of them a question about an open article counts
COUNTED_BESIDE = 4.0  # how much more than one about the seed
UNREAD = FOLDER / "data" / "unread-questions.jsonl"
HEAD = ["quoted from", "first right", "near silent", "far silent", "not quoted"]


@dataclass(frozen=True, slots=True)
class Read:
    """The best window for a question: its features, whether it holds the answer, and what the question is.

    ``kind`` is "answer", "near" or "far", ``group`` the article or the writer. Beside a bank ``sure`` says whether
    that has a sure answer, ``covered`` is the probability of any, and ``leaning`` says whose subject the question is.
    """

    features: WindowFeatures
    right: bool
    kind: str
    group: str
    of_seed: bool = False
    sure: bool = False
    covered: float = 0.0
    leaning: float = 0.0


def main() -> None:
    """Fit and print."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    settings = Settings.from_environment(os.environ)
    embedder, reader = load_embedder(settings), load_reader(settings)
    if reader is None or not ARTICLES.exists():
        print("This needs a reader, and the open articles, which are not part of the project.")
        return
    open_ones = rows_in(ARTICLES / "questions.jsonl")
    own = rows_under(FITTED_ON)
    elsewhere = [row for rows in asked_elsewhere(_articles(), to_train=False).values() for row in rows]
    libraries = [open_ones, own]
    with tempfile.TemporaryDirectory() as folder:
        print(_fit_alone([*open_ones, *own, *elsewhere], settings, embedder, reader, Path(folder)))
        print(_fit_beside(libraries, settings, embedder, reader, Path(folder)))


def _articles() -> list[Path]:
    """All that are fitted on."""
    return [about.parent for folder in (ARTICLES, FITTED_ON) for about in sorted(folder.glob("*/about.toml"))]


def _fit_alone(questions: Sequence[Row], settings: Settings, embedder: Embedder, reader: Reader, folder: Path) -> str:
    """The weights without a bank, and what they reach on an article that was left out."""
    public = _read_squad(embedder, reader, settings)
    own = []
    for name in sorted({question["article"] for question in questions}):
        chatbot = chatbot_of([name], replace(settings, reader=NO_READER), embedder, folder, seed=False)
        own += [_read(chatbot, row, embedder, reader) for row in questions if row["article"] == name]

    def fit(rows: Sequence[Read]) -> Callable[[Sequence[Read]], NDArray[np.float64]]:
        model = _logistic_alone([*public, *rows])
        return lambda held: model.predict_proba(_alone(held))[:, 1]

    shown = _thresholds(own, _left_out(own, fit), np.arange(0.15, 0.6, 0.05))
    model = _logistic_alone([*public, *own])
    weights = Weights(bias=float(model.intercept_[0]), logit=float(model.coef_[0, 0]))
    return f"{weights}\n\n{table(HEAD, shown)}\n"


def _logistic_alone(rows: Sequence[Read]) -> LogisticRegression:
    counted = [COUNTED if row.kind else 1.0 for row in rows]
    return LogisticRegression(C=0.1, max_iter=1000).fit(
        _alone(rows), [row.right for row in rows], sample_weight=counted
    )


def _alone(rows: Sequence[Read]) -> NDArray[np.float64]:
    return np.array([[row.features.reading] for row in rows])


def _fit_beside(
    libraries: Sequence[Sequence[Row]], settings: Settings, embedder: Embedder, reader: Reader, folder: Path
) -> str:
    """The weights beside a bank: of a window where the bank is not sure, and of its contest with a sure answer.

    Each library of articles lies beside the seed apart from the other.
    """
    rows = list[Read]()
    for questions in libraries:
        names = sorted({question["article"] for question in questions})
        # Without a reader of its own: it would read what is read here.
        chatbot = chatbot_of(names, replace(settings, reader=NO_READER), embedder, folder, seed=True)
        rows += [_read(chatbot, row, embedder, reader) for row in questions]
        rows += [_read_case(chatbot, case, embedder, reader) for case in load_cases(UNREAD) if case.expect != "either"]
    rows = [row for row in rows if row.features.known]  # a notice alone answers the others: no bank is asked
    open_to = [row for row in rows if not row.sure]
    shown = _thresholds(open_to, _left_out(open_to, ACCEPTED.fit), np.arange(0.05, 0.45, 0.05))
    bias, weights = ACCEPTED.weights(open_to)
    accepted = Weights(bias, *weights.tolist())
    against = [row for row in rows if row.sure and (not row.of_seed or row.kind == "answer")]
    bias, weights = CONTESTED.weights(against)
    contest = Contest(bias, *weights.tolist())
    won = _left_out(against, CONTESTED.fit)
    contests = [
        [
            round(threshold, 2),
            mean_of(p >= threshold for p, row in zip(won, against, strict=True) if not row.of_seed and row.right),
            mean_of(p >= threshold for p, row in zip(won, against, strict=True) if row.of_seed),
        ]
        for threshold in np.arange(0.35, 0.85, 0.1)
    ]
    head = ["contest won from", "right windows", "over the seed's answers"]
    return f"beside a bank: {accepted}\n\n{table(HEAD, shown)}\n\n{contest}\n\n{table(head, contests)}"


def _beside(rows: Sequence[Read]) -> NDArray[np.float64]:
    return np.array([[one.reading, one.similarity, one.known] for one in (row.features for row in rows)])


def _contested(rows: Sequence[Read]) -> NDArray[np.float64]:
    return np.array([[row.features.known, log_odds(row.covered), row.leaning] for row in rows])


@dataclass(frozen=True, slots=True)
class Task:
    """What is fitted beside a bank: the features of rows, shape (rows, features), and whether a row is to be quoted."""

    features: Callable[[Sequence[Read]], NDArray[np.float64]]
    target: Callable[[Read], bool]

    def weights(self, rows: Sequence[Read]) -> tuple[float, NDArray[np.float64]]:
        """Bias and weights of a logistic regression on standardised features, in the units of the features."""
        features = self.features(rows)
        scaler = StandardScaler().fit(features)
        counted = [1.0 if row.of_seed else COUNTED_BESIDE for row in rows]
        model = LogisticRegression(max_iter=1000).fit(
            scaler.transform(features), [self.target(row) for row in rows], sample_weight=counted
        )
        weights = model.coef_[0] / scaler.scale_
        return float(model.intercept_[0] - weights @ scaler.mean_), weights

    def fit(self, rows: Sequence[Read]) -> Callable[[Sequence[Read]], NDArray[np.float64]]:
        """What gives the probabilities of other rows."""
        bias, weights = self.weights(rows)
        return lambda held: 1 / (1 + np.exp(-(bias + self.features(held) @ weights)))


ACCEPTED = Task(_beside, lambda row: row.right)
CONTESTED = Task(_contested, lambda row: not row.of_seed)


def _left_out(
    rows: Sequence[Read],
    fit: Callable[[Sequence[Read]], Callable[[Sequence[Read]], NDArray[np.float64]]],
) -> NDArray[np.float64]:
    """The probability of each row by a model that has not seen its article or writer."""
    probabilities = np.zeros(len(rows))
    for group in {row.group for row in rows}:
        held = [
            number
            for number, row in enumerate(rows)
            if row.group == group and row.features.similarity >= LEAST_SIMILARITY  # others are never quoted
        ]
        if held:
            probabilities[held] = fit([row for row in rows if row.group != group])([rows[number] for number in held])
    return probabilities


def _thresholds(
    rows: Sequence[Read], probabilities: NDArray[np.float64], thresholds: NDArray[np.float64]
) -> list[list[object]]:
    return [_at(rows, probabilities >= threshold, float(threshold)) for threshold in thresholds]


def _at(rows: Sequence[Read], quoted: NDArray[np.bool_], threshold: float) -> list[object]:
    def share(kind: str, truths: Iterator[bool]) -> float:
        pairs = zip(rows, truths, strict=True)
        return mean_of(truth for row, truth in pairs if row.kind == kind and not (row.of_seed and kind == "answer"))

    return [
        round(threshold, 2),
        share("answer", (bool(truth) and row.right for truth, row in zip(quoted, rows, strict=True))),
        *(share(kind, (not truth for truth in quoted)) for kind in ("near", "far", "answer")),
    ]


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


def _read(chatbot: AnswerPipeline, row: Row, embedder: Embedder, reader: Reader) -> Read:
    """A question about an open article."""
    kind = "answer" if row["expect"] == "answer" else "near" if "near" in row["tags"] else "far"

    def is_right(best: Candidate) -> bool:
        return kind == "answer" and best.document.name == row["article"] and covers(best.stretches[0], row)

    return _read_beside(chatbot, asked(row), embedder, reader, is_right, kind=kind, group=row["article"])


def _read_case(chatbot: AnswerPipeline, case: Case, embedder: Embedder, reader: Reader) -> Read:
    """A question about the seed: no window of another article is right."""
    kind = "answer" if case.expect == "answer" else "near"
    writer = case.id.rpartition("-")[0]
    return _read_beside(chatbot, case.question, embedder, reader, lambda _: False, kind=kind, group=writer, seed=True)


def _read_beside(
    chatbot: AnswerPipeline,
    question: Question,
    embedder: Embedder,
    reader: Reader,
    is_right: Callable[[Candidate], bool],
    *,
    kind: str,
    group: str,
    seed: bool = False,
) -> Read:
    """What the pipeline knows of a question when it decides."""
    settings = chatbot.settings
    bank = chatbot.trace(question).bank if chatbot.index.ranker else SearchResult(0.0, (), "")
    text, windows = nearest_windows(chatbot, question, embedder)
    features, best = _best(reader, text, windows.candidates, chatbot.in_english, known=bank.nearest)
    return Read(
        features,
        is_right(best),
        kind,
        group,
        of_seed=seed,
        sure=bool(sure_answers(bank, settings)),
        covered=bank.covered,
        leaning=windows.leaning,
    )


def _best(
    reader: Reader, question: str, candidates: Sequence[Candidate], gloss: InEnglish, *, known: float = 0.0
) -> tuple[WindowFeatures, Candidate]:
    return read_windows(reader, question, candidates, gloss=gloss, known=known)[0]


if __name__ == "__main__":
    main()
