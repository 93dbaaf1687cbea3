"""Which classifier? Trained on one part of the bank, tested on questions by other writers.

The first draft of the bank (``../shared/questions/bank-draft.jsonl``) was written before and apart from the rest: it is
the outer test set, the rest is trained on, and temperatures are fitted by cross-validation within the rest. Without the
draft every fifth question is held out instead. Run: ``python -m benchmarks.classifiers [--smoke]``.
"""

import argparse
import hashlib
import json
import os
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.svm import LinearSVC

from benchmarks.support.report import FOLDER, circumstances, table, write_section
from chatbot.corpus.documents import Span
from chatbot.indexing import adapter_training
from chatbot.indexing.classifier_training import cross_validated_scores, fit_space, folds_of
from chatbot.indexing.sources import Sources, load_sources
from chatbot.indexing.training_sets import make_training_sets
from chatbot.models.adapter import EncoderForm
from chatbot.models.encoder import SentenceEncoder, load_embedder
from chatbot.retrieval import candidates
from chatbot.retrieval.candidates import ANSWERS, TOPIC
from chatbot.settings import ROOT, Settings

DRAFT = ROOT.parent / "shared" / "questions" / "bank-draft.jsonl"
Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Bank:
    """Texts and labels, split; ``units`` are the places that each answer quotes, none for a topic."""

    texts: tuple[str, ...]
    labels: NDArray[np.str_]
    train: NDArray[np.intp]
    test: NDArray[np.intp]
    units: dict[str, frozenset[Span]]

    def covers(self, predicted: str, wanted: str) -> bool:
        """Whether quoting one answer gives at least a sentence of the other."""
        return bool(self.units[predicted] & self.units[wanted])


def load_bank(sources: Sources, *, few: bool = False) -> Bank:
    """The bank with its outer split; ``few``: every sixtieth class of it."""
    pairs = make_training_sets(sources)[ANSWERS]
    if few:
        kept = set(sorted({label for _, label in pairs})[::60])
        pairs = [pair for pair in pairs if pair[1] in kept]
    texts, labels = tuple(text for text, _ in pairs), np.array([label for _, label in pairs])
    standard = sources.glossary.standard
    drafted = set()
    if DRAFT.exists():
        drafted = {standard(json.loads(line)["question"]) for line in DRAFT.read_text(encoding="utf-8").splitlines()}
    held_out = np.array(
        [text in drafted if drafted else hashlib.sha256(text.encode()).digest()[1] % 5 == 0 for text in texts]
    )
    known = np.isin(labels, np.unique(labels[~held_out]))
    units = {candidates.answer_label(answer): frozenset(answer.units) for answer in sources.corpus.answers}
    units |= {label: frozenset() for label in labels if label.startswith(TOPIC)}
    return Bank(texts, labels, np.flatnonzero(~held_out), np.flatnonzero(held_out & known), units)


@dataclass(frozen=True, slots=True)
class Scores:
    """How good the probabilities of the test questions are."""

    right: float
    any_of_three: float
    auroc: float
    refused: float
    abstained: float
    loss: float

    def cells(self) -> list[object]:
        """The columns of the table."""
        return [self.right, self.any_of_three, self.auroc, self.refused, self.abstained, self.loss]


HEAD = ["variant", "first right", "in first 3", "AUROC", "refused", "abstained", "log loss"]


def score(bank: Bank, probabilities: Matrix, classes: NDArray[np.str_]) -> Scores:
    """Measures on the test questions; ``probabilities`` has a row a question and a column a class."""
    wanted = bank.labels[bank.test]
    answers = np.array([not label.startswith(TOPIC) for label in classes])
    is_answer = np.array([not label.startswith(TOPIC) for label in wanted])
    only = np.where(answers, probabilities, 0.0)
    order = np.argsort(-only, axis=1)[:, :3]
    hits = [[bank.covers(classes[number], label) for number in row] for row, label in zip(order, wanted, strict=True)]
    right = np.array(hits)[is_answer]
    covered = only.sum(axis=1)
    return Scores(
        right=float(right[:, 0].mean()),
        any_of_three=float(right.any(axis=1).mean()),
        auroc=float(roc_auc_score(is_answer, covered)),
        refused=float((covered[is_answer] < 0.5).mean()),
        abstained=float((covered[~is_answer] < 0.5).mean()),
        loss=float(-np.log(probabilities[np.arange(len(wanted)), np.searchsorted(classes, wanted)] + 1e-9).mean()),
    )


def logistic(features: Matrix, bank: Bank, *, strength: float = 100.0) -> Scores:
    """Multinomial logistic regression with a temperature from cross-validation within the training part."""
    classes, targets = np.unique(bank.labels[bank.train], return_inverse=True)
    model = LogisticRegression(C=strength, max_iter=100, tol=1e-3).fit(features[bank.train], targets)
    scores = model.decision_function(features[bank.test])
    inner = cross_validated_scores(features[bank.train], targets, len(classes), folds_of(targets))
    return score(bank, softmax(scores / temperature(inner, targets)), classes)


def support_vectors(features: Matrix, bank: Bank) -> Scores:
    """A linear support vector machine a class, each calibrated by Platt's sigmoid on held-out thirds."""
    model = CalibratedClassifierCV(LinearSVC(C=1.0), cv=3).fit(features[bank.train], bank.labels[bank.train])
    return score(bank, model.predict_proba(features[bank.test]).astype(np.float32), model.classes_)


def hierarchical(features: Matrix, bank: Bank) -> Scores:
    """First whether any answer fits, then which; and which topic, when none does."""
    labels = bank.labels[bank.train]
    topics = np.array([label.startswith(TOPIC) for label in labels])
    gate = LogisticRegression(C=100.0, max_iter=200).fit(features[bank.train], topics)
    not_covered = gate.predict_proba(features[bank.test])[:, 1]
    classes = np.unique(labels)
    probabilities = np.zeros((len(bank.test), len(classes)), dtype=np.float32)
    for mask, share in ((~topics, 1 - not_covered), (topics, not_covered)):
        model = LogisticRegression(C=100.0, max_iter=100, tol=1e-3).fit(features[bank.train][mask], labels[mask])
        columns = np.searchsorted(classes, model.classes_)
        probabilities[:, columns] = model.predict_proba(features[bank.test]) * share[:, np.newaxis]
    return score(bank, probabilities, classes)


def with_extra(bank: Bank, extra: Sequence[tuple[str, str]]) -> Bank:
    """The bank with more texts to train on."""
    start = len(bank.texts)
    return replace(
        bank,
        texts=(*bank.texts, *(text for text, _ in extra)),
        labels=np.concatenate([bank.labels, [label for _, label in extra]]),
        train=np.concatenate([bank.train, np.arange(start, start + len(extra))]),
    )


def softmax(scores: NDArray[np.floating]) -> Matrix:
    """Rows that sum to 1."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    rows: Matrix = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return rows


def temperature(scores: Matrix, targets: NDArray[np.intp]) -> float:
    """The divisor of the scores that makes held-out answers likeliest, by trying many."""
    seen = ~np.isnan(scores[:, 0])
    scores, targets = scores[seen], targets[seen]

    def loss(divisor: float) -> float:
        return float(-np.log(softmax(scores / divisor)[np.arange(len(targets)), targets] + 1e-9).mean())

    return float(min(np.geomspace(0.4, 4, 40), key=loss))


def character_features(bank: Bank) -> Matrix:
    """Hashed character n-grams as the product uses them."""
    return fit_space([bank.texts[number] for number in bank.train]).reduce(bank.texts)


def word_features(bank: Bank) -> Matrix:
    """Words and pairs of words, TF-IDF, reduced to as many numbers."""
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    rows = vectorizer.fit([bank.texts[number] for number in bank.train]).transform(bank.texts)
    reduced = TruncatedSVD(min(300, rows.shape[1] - 1), random_state=0).fit(rows[bank.train])
    features: Matrix = reduced.transform(rows).astype(np.float32)
    return features


def middle_layer(encoder: SentenceEncoder, texts: Sequence[str]) -> Matrix:
    """Mean over tokens of the encoder's fourth layer, as rows of length 1."""
    import torch

    model = encoder.model(form=EncoderForm.PLAIN)
    transformer: Any = model[0].model
    rows = []
    with torch.inference_mode():
        for start in range(0, len(texts), 64):
            tokens = model.tokenizer(
                list(texts[start : start + 64]), padding=True, truncation=True, return_tensors="pt"
            )
            hidden = transformer(**tokens, output_hidden_states=True).hidden_states[4]
            mask = tokens["attention_mask"][..., None]
            rows.append(((hidden * mask).sum(1) / mask.sum(1)).numpy())
    stacked = np.vstack(rows)
    unit: Matrix = (stacked / np.linalg.norm(stacked, axis=1, keepdims=True)).astype(np.float32)
    return unit


def adapted_vectors(sources: Sources, bank: Bank) -> Matrix:
    """Vectors of an encoder whose adapter was trained on the training part alone."""
    tested = {bank.texts[number] for number in bank.test}
    sets = [[pair for pair in pairs if pair[0] not in tested] for pairs in make_training_sets(sources).values()]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "adapter.safetensors"
        adapter_training.adapt(load_embedder(Settings(adapter="none")), sets, path)
        return load_embedder(Settings(adapter=str(path))).encode(bank.texts, form=EncoderForm.BANK)


def variants(sources: Sources, bank: Bank, *, smoke: bool) -> list[list[object]]:
    """A row of the table for each way to classify."""
    encoder = load_embedder(Settings(adapter="none"))
    vectors, characters = encoder.encode(bank.texts), character_features(bank)
    both = np.hstack([vectors, characters])
    sentences = [
        (answer.document.slice(unit), candidates.answer_label(answer))
        for answer in sources.corpus.answers
        for unit in answer.units
        if candidates.answer_label(answer) in bank.labels[bank.train]
    ]
    chance = random.Random(0)
    typed = [(adapter_training.mistyped(bank.texts[number], chance), bank.labels[number]) for number in bank.train]
    fuller, typing = with_extra(bank, sentences), with_extra(bank, typed)
    rows: list[tuple[str, Callable[[], Scores]]] = [
        ("embedding", lambda: logistic(vectors, bank)),
        ("character n-grams", lambda: logistic(characters, bank)),
        ("**embedding + character n-grams**", lambda: logistic(both, bank)),
        ("the same, C = 30", lambda: logistic(both, bank, strength=30.0)),
        ("the same, linear SVM, calibrated", lambda: support_vectors(both, bank)),
        ("the same, covered? then which", lambda: hierarchical(both, bank)),
        ("+ word n-grams", lambda: logistic(np.hstack([both, word_features(bank)]), bank)),
        ("+ the encoder's middle layer", lambda: logistic(np.hstack([both, middle_layer(encoder, bank.texts)]), bank)),
        (
            "+ the article's sentences as examples",
            lambda: logistic(np.vstack([both, _extra_rows(encoder, bank, sentences)]), fuller),
        ),
        ("+ a mistyped copy of each", lambda: logistic(np.vstack([both, _extra_rows(encoder, bank, typed)]), typing)),
    ]
    done = [[name, *make().cells()] for name, make in rows]
    if not smoke:
        bent = np.hstack([adapted_vectors(sources, bank), characters])
        done.append(["**adapted embedding + character n-grams**", *logistic(bent, bank).cells()])
        done.append(["the same, C = 30", *logistic(bent, bank, strength=30.0).cells()])
    return done


def _extra_rows(encoder: SentenceEncoder, bank: Bank, extra: Sequence[tuple[str, str]]) -> Matrix:
    texts = [text for text, _ in extra]
    space = fit_space([bank.texts[number] for number in bank.train])
    return np.hstack([encoder.encode(texts), space.reduce(texts)])


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a few questions, nothing written: does it run?")
    options = parser.parse_args()
    sources = load_sources(Settings.from_environment(os.environ))
    bank = load_bank(sources, few=options.smoke)
    shown = table(HEAD, variants(sources, bank, smoke=options.smoke))
    print(shown)
    if not options.smoke:
        about = circumstances("python -m benchmarks.classifiers")
        sizes = f"Trained on {len(bank.train)} questions, tested on {len(bank.test)} by other writers."
        write_section(FOLDER / "quality.md", "classifiers", f"{sizes} {about}\n\n{shown}")


if __name__ == "__main__":
    main()
