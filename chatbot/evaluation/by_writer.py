"""Leave-one-writer-out: how questions of a writer are answered by a bank without any question of that writer.

What families type was written by none of the bank's writers, so this is the figure to tune on. Classifier and nearest
questions know nothing of the writer; the weights of the ranker and the encoder's adapter are those in use.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chatbot.indexing.classifier_training import SMOOTHED, fit
from chatbot.indexing.sources import Sources
from chatbot.models.classifier import Probabilities, softmax
from chatbot.models.encoder import Vectors
from chatbot.models.ngrams import NgramSpace
from chatbot.retrieval.candidates import TOPIC, Bank, answer_label, bank_examples
from chatbot.retrieval.ranking import nearest_among, stack_features, topic_classes
from chatbot.settings import Settings


@dataclass(frozen=True, slots=True)
class BankMatrix:
    """The examples of a bank as arrays.

    ``texts`` are in standard words, ``writers`` (texts,) who wrote them, ``vectors`` and ``ngrams`` (texts, dimensions)
    their features, ``targets`` (texts,) the numbers of their classes in ``labels``.
    """

    texts: tuple[str, ...]
    writers: NDArray[np.str_]
    vectors: Vectors
    ngrams: NDArray[np.float32]
    labels: tuple[str, ...]
    targets: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of held-out questions.

    ``right`` and ``wrong`` are shares of the ``covered`` ones with a right and with a wrong first quote; ``silent`` is
    the share of the ``not_covered`` ones without a quote.
    """

    covered: int
    right: float
    wrong: float
    not_covered: int
    silent: float


def bank_matrix(sources: Sources, vectors: Vectors, space: NgramSpace) -> BankMatrix:
    """The bank as arrays; ``vectors`` are the embeddings of its examples in their order."""
    examples = bank_examples(sources.corpus)
    texts = tuple(sources.glossary.standard(example.text) for example in examples)
    labels, targets = np.unique([example.label for example in examples], return_inverse=True)
    return BankMatrix(
        texts,
        np.array([example.by for example in examples]),
        vectors,
        space.reduce(texts),
        tuple(str(label) for label in labels),
        targets,
    )


def held_out(
    matrix: BankMatrix,
    known: NDArray[np.intp],
    asked: NDArray[np.intp],
    *,
    weights: NDArray[np.float32],
    temperature: float,
) -> Probabilities:
    """The probabilities of the questions ``asked`` by a bank of the questions ``known``, shape (asked, classes).

    Both are row numbers of ``matrix``; a class without a known question gets nearly nothing.
    """
    features = np.hstack([matrix.vectors, matrix.ngrams])
    classes, targets = np.unique(matrix.targets[known], return_inverse=True)
    layers = fit(features[known], targets, smoothed=SMOOTHED)
    opinions = np.zeros((len(asked), len(matrix.labels)), dtype=np.float32)
    opinions[:, classes] = softmax(layers.scores(features[asked]) / temperature)
    others, columns = matrix.vectors[known], matrix.targets[known]
    near = np.stack([nearest_among(others, columns, one, classes=len(matrix.labels)) for one in matrix.vectors[asked]])
    return softmax(stack_features(opinions, near, topic_classes(matrix.labels)) @ weights)


def outcomes(
    matrix: BankMatrix, bank: Bank, asked: Sequence[int], probabilities: Probabilities, settings: Settings
) -> Outcomes:
    """What the thresholds of the settings make of these probabilities. ``bank`` has the classes of ``matrix``."""
    numbers = {answer_label(answer): number for number, answer in enumerate(bank.answers)}
    right, wrong, silent = list[bool](), list[bool](), list[bool]()
    for number, row in zip(asked, probabilities, strict=True):
        label = matrix.labels[matrix.targets[number]]
        likely = row[bank.columns]
        best = int(likely.argmax())
        quoted = (
            float(likely.sum()) >= settings.answer_threshold
            and float(bank.held[best] @ likely) >= settings.best_answer_threshold
        )
        if label.startswith(TOPIC):
            silent.append(not quoted)
        else:
            holds = bool(bank.held[best, numbers[label]])
            right.append(quoted and holds)
            wrong.append(quoted and not holds)
    return Outcomes(len(right), _share(right), _share(wrong), len(silent), _share(silent))


def _share(held: Sequence[bool]) -> float:
    return sum(held) / len(held) if held else float("nan")
