"""Trains all that a build needs: the classifiers and the ranker of answers and topics."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chatbot.indexing.classifier_training import SMOOTHED, Training, fit_reduced, train
from chatbot.indexing.embedding_cache import text_key
from chatbot.indexing.ranker_training import weights_of
from chatbot.indexing.ready_made import NOTHING_READY, ReadyMade
from chatbot.indexing.runs.prototype_selection import indexed_questions
from chatbot.indexing.runs.quick import KeptTraining, taught_by
from chatbot.indexing.sources import Sources
from chatbot.indexing.training_sets import emergency_messages
from chatbot.models.adapter import EncoderForm, is_unseen
from chatbot.models.encoder import Embedder, Vectors
from chatbot.retrieval.candidates import ANSWERS, bank_examples
from chatbot.retrieval.index import Learned
from chatbot.retrieval.ranking import Ranker
from chatbot.triage.assessment import EMERGENCIES, sign_flags
from chatbot.triage.examples import Example
from chatbot.triage.signs import Grammar

Sets = Mapping[str, Sequence[tuple[str, str]]]  # (text, class) by name of the classifier

TRAINING = 4  # raised when training changes, so that what was trained before is not kept


def training_model(embedder: Embedder) -> str:
    """The name of the model and of the way in which is trained."""
    return f"{TRAINING} {embedder.fingerprint} {embedder.has_adapter}"


def training_fingerprint(sources: Sources, sets: Sets, embedder: Embedder) -> str:
    """The sha256 of all that classifiers and ranker are trained on: an article without a bank changes none of it."""
    grammar = sources.examples.grammar
    digest = hashlib.sha256(training_model(embedder).encode())
    writers = [example.by for example in bank_examples(sources.corpus)]
    messages = [(message.text, message.notice, message.by) for message in emergency_messages(sources)]
    for part in (sorted(sets.items()), writers, messages, grammar.fingerprint):
        digest.update(repr(part).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What is trained at a build, and the embeddings of the bank questions, shape (questions, dimension).

    ``whole`` is all that a whole training found, for quick ones.
    """

    learned: Learned
    questions: Vectors
    whole: KeptTraining | None = None


def train_all(
    sources: Sources,
    embedder: Embedder,
    *,
    sets: Sets,
    progress: Callable[[int], object] | None = None,
    ready: ReadyMade = NOTHING_READY,
    trained_on: str = "",
) -> Trained:
    """The classifiers by name, and the ranker of answers and topics; ``sets`` are those of ``make_training_sets``.

    Texts that trained the adapter train the classifiers too, but are left out of calibration. Calibration and the
    weights of the ranker are those of ``ready`` where its training was on nearly the same texts, and all weights where
    it was on the very same: ``trained_on`` is the fingerprint of what is trained on now.
    """
    texts = example_texts(sets)
    numbers = {text: number for number, text in enumerate(texts)}
    vectors = embedder.encode(texts, form=EncoderForm.BANK, progress=progress)
    space, reduced = fit_reduced(texts)
    trained: dict[str, Training] = {}
    places = {name: [numbers[text] for text, _ in pairs] for name, pairs in sets.items()}
    own = {name: vectors[numbers] for name, numbers in places.items()}
    messages = emergency_messages(sources)
    settled = ready.trained_on == trained_on
    taken_over = settled and ready.fits(EMERGENCIES, _keys(sets[EMERGENCIES]))
    flags = _flags(messages, sources.examples.grammar, taken_over=taken_over)
    own[EMERGENCIES] = np.hstack([own[EMERGENCIES], flags])
    writers = {
        ANSWERS: [example.by for example in bank_examples(sources.corpus)],
        EMERGENCIES: [message.by for message in messages],
    }
    for name, pairs in sets.items():
        if len({label for _, label in pairs}) > 1:  # nothing to tell apart otherwise
            alike = ready.fits(name, _keys(pairs))
            trained[name] = train(
                own[name],
                reduced[places[name]],
                [label for _, label in pairs],
                trusted=_trusted(pairs, embedder),
                writers=writers.get(name, ()),
                before=ready.trainings[name] if alike else None,
                settled=settled,
                smoothed=SMOOTHED if name == ANSWERS else 0.0,
            )
    bank = trained.get(ANSWERS)
    ranker = (
        _train_ranker(bank, own[ANSWERS], sets[ANSWERS], _trusted(sets[ANSWERS], embedder), ready) if bank else None
    )
    classifiers = {name: training.classifier for name, training in trained.items()}
    keys = [text_key(text, form=EncoderForm.BANK) for text in texts]
    coordinates = dict(zip(keys, reduced, strict=True))
    return Trained(
        Learned(classifiers, ranker, space),
        own[ANSWERS],
        KeptTraining(classifiers, ranker.weights, space, coordinates, taught_by(sources)) if ranker else None,
    )


def _keys(pairs: Sequence[tuple[str, str]]) -> list[bytes]:
    return [text_key(text, form=EncoderForm.BANK) for text, _ in pairs]


def _flags(messages: Sequence[Example], grammar: Grammar, *, taken_over: bool) -> NDArray[np.float32]:
    """What the signs make of each message, shape (messages, flags).

    All 0 when weights are taken over: nothing is fitted on the flags then, and reading the messages takes half a build.
    """
    if taken_over:
        return np.zeros((len(messages), len(sign_flags(grammar, []))), dtype=np.float32)
    return np.array([sign_flags(grammar, [message.text]) for message in messages])


def _train_ranker(
    bank: Training, vectors: Vectors, pairs: Sequence[tuple[str, str]], trusted: Sequence[bool], ready: ReadyMade
) -> Ranker:
    labels, weights = bank.classifier.labels, ready.ranker
    if len(bank.folds) or weights is None:
        weights = weights_of(bank, vectors, trusted)
    questions = indexed_questions(pairs, ready.superfluous)
    return Ranker.of_questions(labels, bank.targets, weights=weights, questions=questions)


def _trusted(pairs: Sequence[tuple[str, str]], embedder: Embedder) -> Sequence[bool]:
    """Of which texts the adapter has not seen the class; nothing without an adapter."""
    return [is_unseen(text) for text, _ in pairs] if embedder.has_adapter else ()


def example_texts(sets: Sets) -> list[str]:
    """The texts of all sets, each once."""
    return list(dict.fromkeys(text for pairs in sets.values() for text, _ in pairs))
