"""What rules and classifiers raise together."""

import numpy as np
import pytest

from chatbot.models.classifier import ClassifierOutput
from chatbot.query.question import Question
from chatbot.query.rewriting import Query, variants
from chatbot.settings import Settings
from chatbot.triage.assessment import (
    REQUESTS,
    TELLS,
    Assessment,
    Thresholds,
    assess_by_classifiers,
    raised_by_emergencies,
)
from tests.support.glossary import GLOSSARY

BOTH = Thresholds(whole=0.5, part=0.7, joined=0.6)
LABELS = ("crisis.overdose", "crisis.suicide", "none", "watch.suicide")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[0.5, 0.1, 0.3, 0.1]], ("crisis.overdose",)),
        ([[0.0, 0.2, 0.4, 0.4]], ("watch.suicide",)),
        ([[0.3, 0.0, 0.1, 0.6]], ("crisis.suicide",)),
        ([[0.1, 0.0, 0.1, 0.8]], ("watch.suicide",)),
        ([[0.1, 0.1, 0.8, 0.0]], ()),
        ([[0.0, 0.0, 1.0, 0.0], [0.6, 0.0, 0.4, 0.0]], ()),
        ([[0.0, 0.0, 1.0, 0.0], [0.9, 0.0, 0.1, 0.0]], ("crisis.overdose",)),
    ],
    ids=["now", "watch", "now or later", "rather later", "calm", "a part not sure enough", "a sure part"],
)
def test_thresholds_decide(rows: list[list[float]], expected: tuple[str, ...]) -> None:
    """The whole message raises a notice at the threshold, a part only when it is surer; in doubt a danger is now."""
    probabilities = np.array(rows, dtype=np.float32)

    assert expected == raised_by_emergencies(LABELS, probabilities, now=BOTH, watch=BOTH)


def test_an_assessment_tells_what_it_means() -> None:
    """An emergency of either net is a crisis; small talk and requests for harm end the reply; advice is told apart.

    Fear is of this message alone: a question after one is answered.
    """
    assert Assessment(rules=("crisis.overdose",)).is_crisis
    assert Assessment(emergencies=("crisis.suicide",)).is_crisis
    assert not Assessment(emergencies=("watch.suicide",)).is_crisis
    assert Assessment(emergencies=("watch.suicide",)).fears
    assert Assessment(rules=("watch.violence",)).fears
    assert not Assessment(still=("watch.violence",)).fears
    assert not Assessment(emergencies=("watch.overdose",)).fears
    assert Assessment(requests=("chitchat.hello",)).ends
    assert Assessment(rules=("harm.use",)).ends
    assert Assessment(requests=("advice.dose",)).asks_for_advice
    assert not Assessment(requests=("advice.family",)).asks_for_advice
    assert not Assessment(requests=("advice.dose",)).ends
    assert Assessment(("a",), ("b",), ("c",)).ids == ("a", "b", "c")


@pytest.mark.parametrize(("text", "told"), [("he sold my drill", True), ("he sold my drill, is that normal? ", False)])
def test_what_ends_with_a_question_mark_is_asked(text: str, told: bool) -> None:
    """A message that ends with a question is never thanked for as a thing told, whatever the classifier makes of it."""
    query = Query(Question(text), GLOSSARY)
    output = ClassifierOutput((TELLS, "none"), (text,), np.array([[0.9, 0.1]], dtype=np.float32))

    found = assess_by_classifiers(Assessment(), query, variants(query), {REQUESTS: output}, Settings())

    assert found.tells is told
