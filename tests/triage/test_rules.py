"""Rules and thresholds of triage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.settings import ROOT
from chatbot.triage.examples import load_examples
from chatbot.triage.rules import Rule, normalised, raised_by_rules

BLUE = Rule("crisis.overdose", (("blue", "azules"), ("lips", "labios")), ("years ago",))


@pytest.mark.parametrize("text", ["His LIPS are blue!!", "labios azules", "lips... blue", "help\nblue lips"])
def test_rule_sees_its_sign(text: str) -> None:
    """A rule fits whatever the case, the punctuation and the language of its phrases."""
    assert raised_by_rules([BLUE], text) == ("crisis.overdose",)


@pytest.mark.parametrize("text", ["blue shoes", "his lips were blue, that was years ago", "bluetooth slips", ""])
def test_rule_leaves_the_rest(text: str) -> None:
    """A rule needs every group as whole words, and a phrase of none_of stops it."""
    assert raised_by_rules([BLUE], text) == ()


def test_unmistakable_signs_need_no_model() -> None:
    """The rules that are shipped know plain emergencies of every kind, in English and Spanish."""
    rules = load_examples(ROOT / "corpus").rules
    messages = {
        "crisis.overdose": ["he took dope and wont wake up", "le puse narcan y no reacciona"],
        "crisis.collapse": ["she is not breathing", "no respira"],
        "crisis.suicide": ["i want to kill myself", "me quiero morir"],
        "crisis.poisoning": ["the baby swallowed a pill", "el perro se comió la pastilla"],
        "crisis.withdrawal": ["he is in withdrawal and had a seizure", "le dieron convulsiones por la abstinencia"],
        "crisis.violence": ["he has a gun and is threatening us", "mi esposo me está golpeando"],
    }
    for notice, texts in messages.items():
        for text in texts:
            assert notice in raised_by_rules(rules, text), text


@given(st.text(max_size=500))
def test_any_text_can_be_checked(text: str) -> None:
    """No text breaks the rules."""
    raised_by_rules([BLUE], text)
    assert all(sentence for sentence in normalised(text))
