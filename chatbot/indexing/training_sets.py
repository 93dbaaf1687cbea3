"""Training sets of the classifiers: (text, label) pairs from the bank, the topics and the triage examples."""

from collections.abc import Sequence
from dataclasses import replace

from chatbot.indexing.sources import Sources
from chatbot.retrieval.candidates import ANSWERS, bank_examples
from chatbot.triage.assessment import EMERGENCIES, REQUESTS
from chatbot.triage.examples import Example
from chatbot.triage.severity import NONE

# On 3,600 ordinary messages of writers left out a soft notice is then raised for 4 % instead of 7 %. Of 150 emergencies
# by another writer 123 instead of 109 are said first, and 137 instead of 141 noticed.
SHARED = 5


def make_training_sets(sources: Sources) -> dict[str, list[tuple[str, str]]]:
    """(text, class) for each classifier.

    Negative examples. Emergency classifier: bank questions and requests. Request classifier: bank questions and hard
    negatives of emergencies. Of both those of the bank's own authors: with all others emergencies and requests would be
    so rare among the examples that fewer are recognised. Of the others one in ``SHARED`` teaches the emergency
    classifier what is calm in words that are not the authors'.
    """
    standard = sources.glossary.standard
    examples = bank_examples(sources.corpus)
    bank = [(standard(example.text), example.label) for example in examples]
    calm = [text for (text, _), example in zip(bank, examples, strict=True) if not example.by]
    others = [text for (text, _), example in zip(bank, examples, strict=True) if example.by]
    emergencies, requests = (
        [replace(example, text=standard(example.text)) for example in examples]
        for examples in (sources.examples.emergencies, sources.examples.requests)
    )
    return {
        ANSWERS: bank,
        EMERGENCIES: triage_examples(
            emergencies, [*calm, *others[::SHARED], *(example.text for example in requests if not example.by)]
        ),
        REQUESTS: triage_examples(
            requests, [*calm, *(example.text for example in emergencies if example.notice == NONE)]
        ),
    }


def triage_examples(examples: Sequence[Example], others: Sequence[str]) -> list[tuple[str, str]]:
    """(message, class): the examples, and texts that raise no notice."""
    return [*((example.text, example.notice) for example in examples), *((text, NONE) for text in others)]
