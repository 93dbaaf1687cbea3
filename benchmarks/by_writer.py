"""Writers left out: questions of each independent writer, answered by a bank without that writer.

A writer was shown one passage of the article or the name of one topic at a time, and never the question bank. Three
tables: a row a writer; the same without one of the ranker's signals; and banks cut to a few questions an answer. Parts,
follow-ups and emergencies play no role here: one question, one ranking, the thresholds of the settings. Asked are the
questions that the adapter has not been trained on, one in eight. Run: ``python -m benchmarks.by_writer``.
"""

import argparse
import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.support.report import FOLDER, circumstances, table, write_section
from chatbot.evaluation.by_writer import BankMatrix, Outcomes, bank_matrix, held_out, outcomes
from chatbot.indexing.classifier_training import SMOOTHED, fit_space, train
from chatbot.indexing.embedding_cache import CACHE_FILE, CachingEmbedder
from chatbot.indexing.ranker_training import weights_of
from chatbot.indexing.sources import load_sources
from chatbot.models.adapter import EncoderForm, is_unseen
from chatbot.models.encoder import Vectors, load_embedder
from chatbot.retrieval.candidates import ANSWERS, Bank, bank_examples
from chatbot.retrieval.ranking import FEATURES
from chatbot.service import factory
from chatbot.settings import Settings

SIZES = (3, 5, 10, 30)  # questions an answer or topic, of the curve
GROUPS = 12  # a twelfth of the writers is left out at a time: a fit for each writer alone would take an hour
FEWER_GROUPS = 3  # for the other tables
HEAD = ["covered", "first quote right", "wrong", "not covered", "silent"]


class LeftOut:
    """Leaves writers out of a bank."""

    def __init__(
        self,
        matrix: BankMatrix,
        bank: Bank,
        settings: Settings,
        weights: NDArray[np.float32],
        temperature: float,
    ) -> None:
        self.matrix = matrix
        self._bank = bank
        self._settings = settings
        self.weights = weights
        self._temperature = temperature
        self._unseen = np.array([is_unseen(text) for text in matrix.texts])

    def score(
        self,
        writers: Sequence[str],
        *,
        weights: NDArray[np.float32] | None = None,
        most: int | None = None,
        step: int = 1,
    ) -> dict[str, Outcomes]:
        """The outcomes of the unseen questions of each of these writers, of whom the bank knows none.

        ``most`` questions of each class are known, or all.

        A bank of a few is calibrated anew, as when an editor's index is built.
        """
        own = np.isin(self.matrix.writers, list(writers))
        asked = np.flatnonzero(own & self._unseen)[::step]
        known = np.flatnonzero(~own)
        chosen, temperature = self.weights if weights is None else weights, self._temperature
        if most is not None:
            known = self._few(known, most)
            chosen, temperature = self._calibrated(known)
        found = held_out(self.matrix, known, asked, weights=chosen, temperature=temperature)
        rows = {writer: np.flatnonzero(self.matrix.writers[asked] == writer) for writer in writers}
        return {
            writer: outcomes(self.matrix, self._bank, asked[own_rows].tolist(), found[own_rows], self._settings)
            for writer, own_rows in rows.items()
        }

    def mean(
        self, groups: Sequence[Sequence[str]], *, weights: NDArray[np.float32] | None = None, most: int | None = None
    ) -> Outcomes:
        """All questions together, a group of writers left out at a time."""
        return mean([one for group in groups for one in self.score(group, weights=weights, most=most).values()])

    def _calibrated(self, known: NDArray[np.intp]) -> tuple[NDArray[np.float32], float]:
        """The weights of the ranker and the temperature of the classifier that a build of the known questions finds."""
        matrix, vectors = self.matrix, self.matrix.vectors[known]
        trusted = self._unseen[known].tolist()
        training = train(
            vectors,
            matrix.ngrams[known],
            [matrix.labels[target] for target in matrix.targets[known]],
            trusted=trusted,
            writers=matrix.writers[known].tolist(),
            smoothed=SMOOTHED,
        )
        return weights_of(training, vectors, trusted), training.classifier.temperature

    def _few(self, known: NDArray[np.intp], most: int) -> NDArray[np.intp]:
        chance = np.random.default_rng(0)
        kept = [
            chance.permutation(known[self.matrix.targets[known] == number])[:most]
            for number in range(len(self.matrix.labels))
        ]
        return np.sort(np.concatenate(kept))


def row(name: object, found: Outcomes) -> list[object]:
    """A line of a table."""
    return [name, found.covered, found.right, found.wrong, found.not_covered, found.silent]


def mean(found: Sequence[Outcomes]) -> Outcomes:
    """All questions together."""
    covered, others = sum(one.covered for one in found), sum(one.not_covered for one in found)
    return Outcomes(
        covered,
        sum(one.right * one.covered for one in found if one.covered) / max(1, covered),
        sum(one.wrong * one.covered for one in found if one.covered) / max(1, covered),
        others,
        sum(one.silent * one.not_covered for one in found if one.not_covered) / max(1, others),
    )


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--smoke", action="store_true", help="one writer and few questions, nothing written: does it run?"
    )
    parser.add_argument("--brief", action="store_true", help="the first table only, nothing written")
    options = parser.parse_args()
    settings = Settings.from_environment(os.environ)
    sources, embedder = load_sources(settings), load_embedder(settings)
    index = factory.load_or_build(settings, sources, embedder)
    if index.ranker is None:
        raise SystemExit("There is no question bank.")
    standard = sources.glossary.standard
    texts = [standard(example.text) for example in bank_examples(sources.corpus)]
    space, bank = fit_space(texts[:: 20 if options.smoke else 1]), Bank(sources.corpus, index.ranker.labels)
    weights, temperature = index.ranker.weights, index.classifiers[ANSWERS].temperature
    keeping = CachingEmbedder(embedder, settings.index / CACHE_FILE)

    def over(vectors: Vectors) -> LeftOut:
        return LeftOut(bank_matrix(sources, vectors, space), bank, settings, weights, temperature)

    adapted = over(keeping.encode(texts, form=EncoderForm.BANK))
    everyone = sorted(set(adapted.matrix.writers.tolist()) - {""})
    most, step = (3, 5) if options.smoke else (None, 1)
    groups = [everyone[:1]] if options.smoke else [everyone[start::GROUPS] for start in range(GROUPS)]
    found = {writer: one for group in groups for writer, one in adapted.score(group, most=most, step=step).items()}
    rows = [row(writer, one) for writer, one in sorted(found.items())]
    for language in ("en", "es"):
        own = [one for writer, one in found.items() if writer.startswith(language)]
        rows += [row(f"all {language}", mean(own))] if own else []
    print(table(["writer", *HEAD], rows), flush=True)
    if options.smoke or options.brief:
        return
    groups = [everyone[start::FEWER_GROUPS] for start in range(FEWER_GROUPS)]
    without = {
        "all signals": (adapted, adapted.weights),
        "without the classifier": (adapted, _masked(adapted.weights, "classifier", scale=1.7)),
        "without the nearest questions": (adapted, _masked(adapted.weights, "nearest", "nearest_three", scale=1.3)),
        "without the adapter": (over(keeping.encode(texts)), adapted.weights),
    }
    ablation = [row(name, left.mean(groups, weights=chosen)) for name, (left, chosen) in without.items()]
    print(table(["signals", *HEAD], ablation), flush=True)
    curve = [row(size, adapted.mean(groups, most=size)) for size in SIZES]
    curve.append(["all", *ablation[0][1:]])
    print(table(["questions an answer", *HEAD], curve))
    parts = [
        f"{circumstances('python -m benchmarks.by_writer')}. A twelfth of the writers left out at a time.",
        table(["writer", *HEAD], rows),
        "A third of the writers left out at a time. A signal is left out by its weight, and the others grow; nothing "
        "is fitted anew.",
        table(["signals", *HEAD], ablation),
        "The same with banks cut at random to so many questions of each answer and topic, and calibrated anew.",
        table(["questions an answer", *HEAD], curve),
    ]
    write_section(FOLDER / "quality.md", "by writer", "\n\n".join(parts))


def _masked(weights: NDArray[np.float32], *names: str, scale: float) -> NDArray[np.float32]:
    """Weights without some features, the others scaled up: fewer signals must carry as much."""
    kept = np.array([0.0 if name in names else scale for name in FEATURES], dtype=np.float32)
    return weights * kept


if __name__ == "__main__":
    main()
