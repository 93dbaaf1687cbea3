"""The examples that triage learns from: their files, their faults, and how many there are."""

from pathlib import Path

import pytest

from chatbot.errors import CorpusError
from chatbot.settings import ROOT
from chatbot.triage.examples import Example, load_examples
from chatbot.triage.severity import KINDS, NONE


def test_empty_group_is_refused(tmp_path: Path) -> None:
    """A rule without a phrase would always fit: it is refused."""
    (tmp_path / "emergencies.toml").write_text('[[rules]]\nnotice = "crisis.overdose"\nall_of = [[]]\n')
    (tmp_path / "requests.toml").write_text("")

    with pytest.raises(CorpusError, match="empty group"):
        load_examples(tmp_path)


RULE = '[[rules]]\nnotice = "crisis.overdose"\nall_of = [["blue"]]\n'


EXAMPLE = '[[examples]]\nnotice = "none"\nmessages = { en = ["blue shoes"] }\n'


IN_EMERGENCIES = {
    "a rule without a notice": (RULE.replace("notice", "note"), "`note` of rule 1 is unknown.*`notice`"),
    "a rule without phrases": (RULE.replace("all_of", "all"), "`all` of rule 1 is unknown.*`all_of`"),
    "a rule with misspelt exceptions": (RULE + "none_off = []\n", "`none_off` of rule 1 is unknown.*`none_of`"),
    "exceptions that are a text": (RULE + 'none_of = "years"\n', "`none_of` of rule 1 is 'years'"),
    "a rule for small talk": (RULE.replace("crisis.overdose", "chitchat.hello"), "chitchat.hello"),
    "a rule for nothing": (RULE.replace("crisis.overdose", "none"), "'none'"),
    "a misspelt rule": (RULE.replace("crisis", "crysis"), "crysis.overdose"),
    "a phrase that is a number": (RULE.replace('"blue"', "7"), "list of phrases"),
    "a phrase without a word": (RULE.replace("blue", "!"), "list of phrases"),
    "a group that is a text": (RULE.replace('["blue"]', '"blue"'), "list of phrases"),
    "rules that are a text": ('rules = "blue"\n', "`rules` is 'blue'"),
    "an example without a notice": (EXAMPLE.replace("notice", "note"), "`note` of example 1 is unknown.*`notice`"),
    "an example without messages": (
        EXAMPLE.replace("messages", "message"),
        "`message` of example 1 is unknown.*`messages`",
    ),
    "an example without a message": (EXAMPLE.replace('["blue shoes"]', "[]"), "has no message"),
    "a misspelt list": (EXAMPLE.replace("[[examples]]", "[[exampels]]"), "`exampels` is unknown.*`examples`"),
    "an example of a misspelt kind": (EXAMPLE.replace("none", "crisis.overdoze"), "crisis.overdoze"),
    "a request among the emergencies": (EXAMPLE.replace("none", "advice.dose"), "advice.dose"),
    "a message that is a number": (EXAMPLE.replace('"blue shoes"', "7"), "list of texts"),
}


@pytest.mark.parametrize(("text", "words"), IN_EMERGENCIES.values(), ids=IN_EMERGENCIES.keys())
def test_faults_of_emergencies_are_named(tmp_path: Path, text: str, words: str) -> None:
    """An entry that lacks something, or could never be shown, is refused with its file and the next step."""
    (tmp_path / "emergencies.toml").write_text(text)
    (tmp_path / "requests.toml").write_text("")

    with pytest.raises(CorpusError, match=words) as caught:
        load_examples(tmp_path)
    assert caught.value.where.endswith("emergencies.toml")
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (RULE, "`rules` is unknown.*`examples`"),
        (EXAMPLE.replace("messages", "mesages"), "`mesages` of example 1 is unknown.*`messages`"),
    ],
    ids=["rules, which are read elsewhere", "a misspelt key"],
)
def test_faults_of_requests_are_named(tmp_path: Path, text: str, words: str) -> None:
    """What nobody would read among the requests is refused by name, with the key that was meant."""
    (tmp_path / "emergencies.toml").write_text("")
    (tmp_path / "requests.toml").write_text(text)

    with pytest.raises(CorpusError, match=rf"requests\.toml: {words}"):
        load_examples(tmp_path)


@pytest.mark.parametrize("notice", ["crisis.overdose", "watch.suicide", "caution.alone", "nothing", ""])
def test_requests_name_no_emergency(tmp_path: Path, notice: str) -> None:
    """An emergency among the requests would teach that it is none: it is refused."""
    (tmp_path / "emergencies.toml").write_text("")
    (tmp_path / "requests.toml").write_text(EXAMPLE.replace("none", notice))

    with pytest.raises(CorpusError, match=r"requests\.toml.*advice\.\*"):
        load_examples(tmp_path)


def test_examples_keep_their_language_and_group(tmp_path: Path) -> None:
    """What an editor noted about a message is kept, for the clinician's record."""
    (tmp_path / "emergencies.toml").write_text(RULE + EXAMPLE + 'group = "idioms"\n')
    (tmp_path / "requests.toml").write_text(EXAMPLE.replace("none", "none.family"))
    examples = load_examples(tmp_path)

    assert examples.emergencies == (Example("none", "blue shoes", "en", "idioms"),)
    assert examples.requests == (Example("none.family", "blue shoes", "en", ""),)


def test_every_notice_of_the_examples_has_wording() -> None:
    """Rules and examples name only notices that can be shown."""
    from chatbot.corpus.notices import load_wordings

    examples, wording = load_examples(ROOT / "corpus"), load_wordings(ROOT / "corpus" / "notices")["en"]
    named = {example.notice for example in (*examples.emergencies, *examples.requests)}

    shown = {notice for notice in named if notice.partition(".")[0] != NONE}
    assert {*shown, *(rule.notice for rule in examples.rules)} <= wording.notices.keys()


def test_enough_examples_of_each_kind() -> None:
    """Each kind of emergency has at least 50 examples, and there are at least 400 look-alikes."""
    examples = load_examples(ROOT / "corpus").emergencies
    for kind in KINDS:
        assert sum(example.notice.endswith(f".{kind}") for example in examples) >= 50, kind
    assert sum(example.notice == NONE for example in examples) >= 400
