"""Training sets of the classifiers: (text, label) pairs from the bank, the topics and the triage examples."""

from functools import cache

from chatbot.indexing.sources import Sources
from chatbot.retrieval.candidates import ANSWERS, bank_examples
from chatbot.triage.assessment import EMERGENCIES, REQUESTS, TELLS
from chatbot.triage.examples import Example
from chatbot.triage.severity import NONE

# With one in five, 1.7 % of 286 ordinary questions by another writer raise an emergency, with one in two 0.7 %; of 150
# emergencies by yet another one 139 and 135 are said first.
SHARED = 2
# With none, 12 % of 1,850 bank questions by writers left out get the notice against advice, with one in eight 10 %,
# and with all 6 %. Of 200 English requests by yet another 85, 85 and 78 % are then noticed beside 3 % of look-alikes.
SHARED_WITH_REQUESTS = 8
# Classes of the request classifier that are ordinary talk of a visit: no danger either, whoever wrote it.
OF_VISITS = (TELLS, "none.asks")
# How often a message of an ordinary visit counts for the emergency classifier: people tell much more than they ask, and
# the bank is all questions. Once, .084 of the ordinary messages of six other writers raise a notice, four times .060,
# eight times .039.
OF_VISITS_COUNT = 6
VISITS = "visits"  # group of the messages of ordinary visits that are in emergencies.toml


def make_training_sets(sources: Sources) -> dict[str, list[tuple[str, str]]]:
    """(text, class) for each classifier, the texts in standard words.

    Negative examples of the request classifier: bank questions and hard negatives of emergencies, of the bank's own
    authors, and one in ``SHARED_WITH_REQUESTS`` bank questions of other writers: with all of them requests would be so
    rare among the examples that fewer are recognised.
    """
    standard = cache(sources.glossary.standard)  # many texts stand in two sets
    examples = bank_examples(sources.corpus)
    bank = [(standard(example.text), example.label) for example in examples]
    calm = [text for (text, _), example in zip(bank, examples, strict=True) if not example.by]
    others = [text for (text, _), example in zip(bank, examples, strict=True) if example.by][::SHARED_WITH_REQUESTS]
    negative = [example for example in sources.examples.emergencies if example.notice == NONE and not example.by]
    requests = [(standard(example.text), example.notice) for example in sources.examples.requests]
    return {
        ANSWERS: bank,
        EMERGENCIES: [(standard(example.text), example.notice) for example in emergency_messages(sources)],
        REQUESTS: [*requests, *((text, NONE) for text in (*calm, *others, *(standard(one.text) for one in negative)))],
    }


def emergency_messages(sources: Sources) -> list[Example]:
    """What teaches the emergency classifier, as it was typed.

    Negative examples are the questions of the bank's own authors, one in ``SHARED`` of other writers', requests of the
    bank's own authors, and what is said on ordinary visits.
    """
    bank = bank_examples(sources.corpus)
    calm = [example for example in bank if not example.by]
    others = [example for example in bank if example.by][::SHARED]
    requests = [example for example in sources.examples.requests if not example.by]
    visits = [
        *(example for example in sources.examples.requests if example.notice in OF_VISITS),
        *(example for example in sources.examples.emergencies if example.group == VISITS),
    ]
    return [
        *(example for example in sources.examples.emergencies if example.group != VISITS),
        *(Example(NONE, example.text, by=example.by) for example in (*calm, *others)),
        *(Example(NONE, example.text) for example in requests),
        *(Example(NONE, example.text, by=example.by) for example in visits * OF_VISITS_COUNT),
    ]
