"""Training sets of the classifiers: (text, label) pairs from the bank, the topics and the triage examples."""

from collections.abc import Sequence
from dataclasses import replace

from chatbot.indexing.sources import Sources
from chatbot.retrieval.candidates import ANSWERS, bank_examples
from chatbot.triage.assessment import EMERGENCIES, REQUESTS
from chatbot.triage.examples import Example
from chatbot.triage.severity import NONE


def make_training_sets(sources: Sources) -> dict[str, list[tuple[str, str]]]:
    """(text, class) for each classifier.

    Negative examples. Emergency classifier: bank questions and requests. Request classifier: bank questions and hard
    negatives of emergencies. Of both only those of the bank's own authors: with all others emergencies and requests
    would be so rare among the examples that fewer are recognised.
    """
    standard = sources.glossary.standard
    examples = bank_examples(sources.corpus)
    bank = [(standard(example.text), example.label) for example in examples]
    calm = [text for (text, _), example in zip(bank, examples, strict=True) if not example.by]
    emergencies, requests = (
        [replace(example, text=standard(example.text)) for example in examples]
        for examples in (sources.examples.emergencies, sources.examples.requests)
    )
    return {
        ANSWERS: bank,
        EMERGENCIES: triage_examples(emergencies, [*calm, *(example.text for example in requests if not example.by)]),
        REQUESTS: triage_examples(
            requests, [*calm, *(example.text for example in emergencies if example.notice == NONE)]
        ),
    }


def triage_examples(examples: Sequence[Example], others: Sequence[str]) -> list[tuple[str, str]]:
    """(message, class): the examples, and texts that raise no notice."""
    return [*((example.text, example.notice) for example in examples), *((text, NONE) for text in others)]
