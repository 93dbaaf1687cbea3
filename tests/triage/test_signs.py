"""The grammar of signs: what it knows, what cancels a sign, what typing does not change, and what it costs."""

import random
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import CorpusError
from chatbot.triage.sign_file import SIGN_LANGUAGES, load_grammar
from chatbot.triage.signs import Grammar
from tests.support.fakes import SIGNS

APOSTROPHES = "'’‘‛´`ʼʹ′＇"
BUDGET = 0.05  # seconds of processor time that the rules may take for any message


def alarms(grammar: Grammar, text: str) -> list[str]:
    """The emergencies that a message raises now."""
    return [notice for notice in grammar.raised(text) if notice.startswith("crisis.")]


def test_shipped_signs_know_their_sentences(shipped: Grammar) -> None:
    """Each sign of signs.toml raises its notice for each sentence that it says it knows."""
    for sign in shipped.signs:
        for text in (text for texts in sign.knows.values() for text in texts):
            raised = [found for found in shipped.read([text]) if found.sign is sign and not found.cancelled_by]
            assert raised, (sign.name, text)


def test_shipped_signs_leave_their_sentences(shipped: Grammar) -> None:
    """No sentence that a sign must not know raises an emergency, nor that sign."""
    for sign in shipped.signs:
        for text in (text for texts in sign.leaves.values() for text in texts):
            found = [found.sign.name for found in shipped.read([text]) if not found.cancelled_by]
            assert sign.name not in found, (sign.name, text)
            assert not alarms(shipped, text), (sign.name, text)


def test_languages_are_equal(shipped: Grammar) -> None:
    """Every sign knows and leaves as many sentences in Spanish as in English, and some of each."""
    for sign in shipped.signs:
        for texts in (sign.knows, sign.leaves):
            counts = {code: len(texts[code]) for code in SIGN_LANGUAGES}
            assert counts["en"] == counts["es"] > 0, (sign.name, counts)


@pytest.mark.parametrize("apostrophe", APOSTROPHES)
@pytest.mark.parametrize(
    ("text", "notice"),
    [
        ("he isn't breathing", "crisis.collapse"),
        ("I can't wake her, she won't wake up", "crisis.collapse"),
        ("he doesn't want to live anymore", "crisis.suicide"),
        ("she can't keep water down", "crisis.withdrawal"),
        ("he's got a gun and he's screaming", "crisis.violence"),
    ],
)
def test_every_apostrophe_is_alike(shipped: Grammar, text: str, notice: str, apostrophe: str) -> None:
    """A sign is the same with every apostrophe that a phone types, and with none."""
    assert notice in alarms(shipped, text.replace("'", apostrophe))
    assert notice in alarms(shipped, text.replace("'", ""))


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        ("está convulsionando", "crisis.collapse"),
        ("ya no quiere vivir más", "crisis.suicide"),
        ("se tomó el cloro mi niña", "crisis.poisoning"),
        ("se cortó las venas", "crisis.suicide"),
        ("le está pegando a mi mamá", "crisis.violence"),
        ("él no respira", "crisis.collapse"),
    ],
)
def test_accents_and_capitals_do_not_matter(shipped: Grammar, text: str, notice: str) -> None:
    """A sign is the same with and without accents, in capitals, and with signs of exclamation."""
    plain = text.translate(str.maketrans("áéíóúüñ", "aeiouun"))
    for typed in (text, plain, text.upper(), plain.upper(), f"¡¡{text}!!", f"  {text}…"):
        assert notice in alarms(shipped, typed), typed


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        ("he is unconcious", "crisis.collapse"),
        ("shes convulsng on the floor", "crisis.collapse"),
        ("se esta combulcionando", "crisis.collapse"),
        ("boy a matarme", "crisis.suicide"),
        ("dise q se kiere matar", "crisis.suicide"),
        ("BROTHER OD PLEASE HELP", "crisis.overdose"),
    ],
)
def test_phone_spellings_are_read(shipped: Grammar, text: str, notice: str) -> None:
    """Short forms, letters that sound alike and a wrong letter do not hide a sign."""
    assert notice in alarms(shipped, text)


def test_real_words_are_no_slips(shipped: Grammar) -> None:
    """A word that exists is not read as one of a sign that is spelled alike."""
    assert not alarms(shipped, "he is not breeding dogs any more")


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("his lips are blue", True),
        ("lips. they are BLUE", True),
        ("labios azules", True),
        ("his lips were blue years ago", False),
        ("years ago he drank. Now his lips are blue", True),
        ("years ago he drank but his lips are blue", True),
        ("what if her lips are blue", False),
        ("if it rains we stay in and read and then see that her lips are blue", True),
        ("blue lipstick on her lips", False),
        ("bluetooth slips", False),
        ("his lips were blue. He is fine again", False),
        ("he is fine again. Her lips are blue", True),
    ],
)
def test_cancellations_reach_as_far_as_they_say(grammar: Grammar, text: str, *, raised: bool) -> None:
    """A cancellation counts in its clause, before the sign or after it, and nowhere else."""
    assert ("crisis.overdose" in grammar.raised(text)) is raised


def test_denial_touches_the_sign(grammar: Grammar) -> None:
    """Only a "not" right before a sign denies it."""
    assert not alarms(grammar, "he is not going to kill himself")
    assert alarms(grammar, "he is not at home, he will kill himself")
    assert not alarms(grammar, "no quiere morirse")
    assert alarms(grammar, "No, quiere morirse")


def test_other_notice_beside_other_words(grammar: Grammar) -> None:
    """What is said beside a sign chooses its notice, also in another sentence."""
    assert alarms(grammar, "he wants to die") == ["crisis.suicide"]
    assert alarms(grammar, "he has a gun. he wants to die") == ["crisis.violence"]


def test_most_urgent_kind_comes_first(grammar: Grammar) -> None:
    """Of two signs that one comes first whose help is needed first."""
    assert alarms(grammar, "he wants to die, his lips are blue") == ["crisis.overdose", "crisis.suicide"]


FAULTS = {
    "a list that is not there": ("{colour} & lips", "{color} & lips", "which is no list"),
    "a bracket that is not closed": ('"{colour} & lips"', '"(blue & lips"', "lacks a"),
    "a pattern of gaps": ('"{colour} & lips"', '".. _"', "no word that must be there"),
    "a beginning of two letters": ('"{colour} & lips"', '"bl*"', "no plain word"),
    "a notice that no sign may raise": ("crisis.overdose", "chitchat.hello", "chitchat.hello"),
    "a kind that does not exist": ("crisis.overdose", "crisis.overdoze", "crisis.overdoze"),
    "a reach that does not exist": ('"onward"', '"everywhere"', "everywhere"),
    "a sign in one language": ('es = ["{colour} & labios"]\n', "", "both languages"),
    "a misspelt key": ("[[signs.instead]]", "[[signs.insted]]", "`insted`"),
}


@pytest.mark.parametrize(("old", "new", "words"), FAULTS.values(), ids=FAULTS.keys())
def test_faults_of_the_file_are_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    """A fault in signs.toml is refused with the file, the entry and the next step."""
    path = tmp_path / "signs.toml"
    path.write_text(SIGNS.replace(old, new), encoding="utf-8")
    with pytest.raises(CorpusError, match=words) as caught:
        load_grammar(path, real={})
    assert caught.value.where.endswith("signs.toml")
    assert caught.value.next_step


def test_missing_file_is_named(tmp_path: Path) -> None:
    """Without signs.toml nothing starts: a page without its rules would be a danger."""
    with pytest.raises(CorpusError, match=r"signs\.toml"):
        load_grammar(tmp_path / "signs.toml", real={})


WORDS = ("not breathing", "he has a", "kill himself", "last year", "my", "if", "blue", "lips", "baby", "pills", "gun")


def worst_messages() -> dict[str, str]:
    """Messages of the greatest size that a request may have, each bad in another way."""
    drawn = random.Random(3)
    words = [drawn.choice(WORDS) for _ in range(9000)]
    sentences = [" ".join(words[at : at + 6]) for at in range(0, 9000, 6)]
    return {
        "many sentences": "a." * 32_000,
        "letters that become several": "㏂" * 21_000,
        "words of signs": " ".join(words),
        "words of signs in sentences": ". ".join(sentences),
        "signs that are cancelled": ". ".join(f"last year {sentence}" for sentence in sentences),
        "one word": "breathing" * 7000,
        "combining marks": "a" + "\u0301" * 30_000,
    }


@pytest.mark.parametrize("name", worst_messages())
def test_no_message_costs_much(shipped: Grammar, name: str) -> None:
    """No message within the limit of a body takes the rules more than 50 ms of processor time."""
    text = worst_messages()[name]
    shipped.read([text])  # compiles what is needed
    costs = []
    for _ in range(3):
        start = time.process_time()
        shipped.read([text, text[:20_000], text])
        costs.append(time.process_time() - start)
    assert min(costs) < BUDGET, costs


def test_a_word_of_both_languages_is_cancelled_in_that_of_the_message(shipped: Grammar) -> None:
    """What an English sentence cancels is no alarm by its Spanish reading; said plainly it is one in both languages."""
    assert shipped.raised("delirium tremens was the topic of my nursing class") == ()
    assert "crisis.withdrawal" in shipped.raised("he has delirium tremens")
    assert "crisis.withdrawal" in shipped.raised("mi papá tiene delirium tremens")


def test_a_sign_over_two_sentences_is_cancelled_in_either_but_by_no_other_message(shipped: Grammar) -> None:
    """The sentence in which a sign begins may cancel it; a question asked before it may not."""
    assert shipped.raised("When I was three I drank my aunt's methadone. I can't stand syrup.") == ()
    found = shipped.read(["What is methadone?", "my toddler just drank it"])
    assert [one.notice for one in found if not one.cancelled_by] == ["crisis.poisoning"]


@given(st.text(alphabet="abc blue lips'.,!?\n", max_size=200))
def test_case_changes_nothing(grammar: Grammar, text: str) -> None:
    """Small letters and capitals raise the same."""
    assert grammar.raised(text) == grammar.raised(text.upper())
