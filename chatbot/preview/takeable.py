"""Questions that families ask elsewhere in the bank and that an answer may answer: proposed to an editor, never taken.

The nearest questions of topics and of other articles are read together with the answer by the reader; those that it
likes are grouped by where they stand.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chatbot.answering.reading import stretches_to_read
from chatbot.corpus.question_bank import Answer
from chatbot.preview.explain import Explainer
from chatbot.retrieval.candidates import TOPIC, BankExample, Candidate

_READ = 80  # questions that are read with the answer
_READ_FROM = 0.0  # logit of the reader from which a question is proposed
_NEAR_FROM = 0.45  # without a reader: cosine similarity of the adapted vectors
_OWN = 12  # questions of the answer itself that others are compared with


@dataclass(frozen=True, slots=True)
class Takeable:
    """Questions that stand under one answer or topic and seem to be answered elsewhere, the likeliest first."""

    label: str
    questions: tuple[str, ...]

    @property
    def of_topic(self) -> bool:
        """Whether they stand under a topic that no article covers."""
        return self.label.startswith(TOPIC)


def takeable_for(answer: Answer, bench: Explainer) -> list[Takeable]:
    """The proposals for an answer, the largest group first."""
    near = [example for example, _ in _near(answer, bench)][:_READ]
    groups: dict[str, list[str]] = {}
    for example in _read(answer, near, bench):
        groups.setdefault(example.label, []).append(example.text)
    found = [Takeable(label, tuple(texts)) for label, texts in groups.items()]
    return sorted(found, key=lambda one: -len(one.questions))


def _near(answer: Answer, bench: Explainer) -> list[tuple[BankExample, float]]:
    """Questions of other labels, by their likeness to a sentence or a question of the answer, the nearest first."""
    document = answer.document
    texts = [document.slice(unit) for unit in answer.units]
    texts += [question.text for question in answer.questions[:_OWN]]
    have = {question.text for question in answer.questions}
    best: dict[str, tuple[BankExample, float]] = {}
    for example, score in bench.near_examples(texts, count=2 * _READ):
        foreign = example.label.startswith(TOPIC) or not example.label.startswith(f"{document.name}/")
        known = best.get(example.text)
        if foreign and example.text not in have and (known is None or known[1] < score):
            best[example.text] = (example, score)
    found = sorted(best.values(), key=lambda pair: -pair[1])
    return found if bench.reader else [pair for pair in found if pair[1] >= _NEAR_FROM]


def _read(answer: Answer, near: Sequence[BankExample], bench: Explainer) -> Iterable[BankExample]:
    """Those that the reader finds answered, the surest first; all of them without a reader."""
    if bench.reader is None:
        return near
    candidate = Candidate(answer.document, answer.stretches, answer.units[0], 0.0, answer)
    passages = stretches_to_read(candidate, bench.in_english)
    logits = [float(bench.reader.read(bench.in_words(example.text), passages).max()) for example in near]
    order = sorted(range(len(near)), key=lambda number: -logits[number])
    return [near[number] for number in order if logits[number] >= _READ_FROM]
