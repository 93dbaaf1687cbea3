"""What the signs of a message and of the messages before it raise together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.triage.rules import RaisedByRules, raised_by_rules
from chatbot.triage.signs import Grammar

BLUE = "his lips are blue"


def test_earlier_alarm_goes_on(grammar: Grammar) -> None:
    """An emergency of an earlier message is repeated for "what now", and only a reminder for a new question."""
    assert raised_by_rules(grammar, "what now", [BLUE]).still == ("crisis.overdose",)
    assert raised_by_rules(grammar, "how long is rehab", [BLUE], depends=False).still == ("watch.overdose",)


def test_sign_of_two_messages(grammar: Grammar) -> None:
    """A sign whose halves stand in two messages is raised by the second."""
    assert raised_by_rules(grammar, "they are blue", ["look at her lips"], depends=False).own == ("crisis.overdose",)


@pytest.mark.parametrize("text", ["the ambulance came", "llegó la ambulancia", "He's fine again!"])
def test_what_is_over_ends(grammar: Grammar, text: str) -> None:
    """A message that says that help is there, or that all is well, ends what was raised before."""
    assert raised_by_rules(grammar, text, [BLUE]) == RaisedByRules(over=True, standing=1)


def test_what_is_over_stays_over(grammar: Grammar) -> None:
    """After a message that ended it an emergency does not come back; a sign in that message, or after it, counts."""
    assert raised_by_rules(grammar, "what now", [BLUE, "the ambulance came"]).still == ()
    assert raised_by_rules(grammar, "what now", [BLUE, "the ambulance came. Now her lips are grey"]).still
    assert raised_by_rules(grammar, "what now", ["the ambulance came", BLUE]).still


def test_what_is_over_does_not_end_a_new_sign(grammar: Grammar) -> None:
    """A sign after "the ambulance came" is raised."""
    assert raised_by_rules(grammar, "the ambulance came. Now his lips are grey", [BLUE]).own == ("crisis.overdose",)


def test_language_is_that_of_the_sign(grammar: Grammar) -> None:
    """The language of the words that raise an emergency is told, whatever else the message says."""
    assert raised_by_rules(grammar, "help please, tiene los labios azules").language == "es"
    assert raised_by_rules(grammar, "señora, his lips are blue").language == "en"
    assert raised_by_rules(grammar, "she is pregnant").language == ""


def test_cancelled_is_told(grammar: Grammar) -> None:
    """A message whose every sign is cancelled says so; one that shows none does not."""
    assert raised_by_rules(grammar, "his lips were blue years ago").cancelled
    assert not raised_by_rules(grammar, "his lips were blue years ago. her lips are blue").cancelled
    assert not raised_by_rules(grammar, "how long is rehab").cancelled


def test_cautions_are_not_carried_on(grammar: Grammar) -> None:
    """A caution belongs to the message that raises it."""
    assert raised_by_rules(grammar, "she is pregnant").own == ("caution.pregnancy",)
    assert raised_by_rules(grammar, "what now", ["she is pregnant"]) == RaisedByRules(standing=1)


@given(st.lists(st.text(max_size=300), min_size=1, max_size=3))
def test_any_text_can_be_read(grammar: Grammar, messages: list[str]) -> None:
    """No text breaks the rules."""
    raised_by_rules(grammar, messages[-1], messages[:-1])
