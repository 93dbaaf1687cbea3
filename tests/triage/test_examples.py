"""The examples that triage learns from: their files, their faults, and how many there are."""

from pathlib import Path

import pytest

from chatbot.errors import CorpusError
from chatbot.settings import ROOT
from chatbot.triage.examples import Example, load_examples
from chatbot.triage.severity import KINDS, NONE


def written(folder: Path, *, emergencies: str = "", requests: str = "", signs: str = "") -> Path:
    """A corpus folder with these files of triage."""
    for name, text in (("emergencies", emergencies), ("requests", requests), ("signs", signs)):
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


EXAMPLE = '[[examples]]\nnotice = "none"\nmessages = { en = ["blue shoes"] }\n'


IN_EMERGENCIES = {
    "rules, which signs.toml has": ("rules = []\n", "`rules` is unknown.*`examples`"),
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
    written(tmp_path, emergencies=text)

    with pytest.raises(CorpusError, match=words) as caught:
        load_examples(tmp_path)
    assert caught.value.where.endswith("emergencies.toml")
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rules = []\n", "`rules` is unknown.*`examples`"),
        (EXAMPLE.replace("messages", "mesages"), "`mesages` of example 1 is unknown.*`messages`"),
    ],
    ids=["rules, which are read elsewhere", "a misspelt key"],
)
def test_faults_of_requests_are_named(tmp_path: Path, text: str, words: str) -> None:
    """What nobody would read among the requests is refused by name, with the key that was meant."""
    written(tmp_path, requests=text)

    with pytest.raises(CorpusError, match=rf"requests\.toml: {words}"):
        load_examples(tmp_path)


@pytest.mark.parametrize("notice", ["crisis.overdose", "watch.suicide", "caution.alone", "nothing", ""])
def test_requests_name_no_emergency(tmp_path: Path, notice: str) -> None:
    """An emergency among the requests would teach that it is none: it is refused."""
    written(tmp_path, requests=EXAMPLE.replace("none", notice))

    with pytest.raises(CorpusError, match=r"requests\.toml.*advice\.\*"):
        load_examples(tmp_path)


def test_examples_keep_their_language_and_group(tmp_path: Path) -> None:
    """What an editor noted about a message is kept, for the clinician's record."""
    emergencies = EXAMPLE + 'group = "idioms"\n'
    requests = EXAMPLE.replace("none", "none.general")
    examples = load_examples(written(tmp_path, emergencies=emergencies, requests=requests))

    assert examples.emergencies == (Example("none", "blue shoes", "en", "idioms"),)
    assert examples.requests == (Example("none.general", "blue shoes", "en", ""),)


def test_every_notice_of_the_examples_has_wording() -> None:
    """Signs and examples name only notices that can be shown."""
    from chatbot.corpus.notices import load_wordings

    examples, wording = load_examples(ROOT / "corpus"), load_wordings(ROOT / "corpus" / "notices")["en"]
    named = {example.notice for example in (*examples.emergencies, *examples.requests)}

    shown = {notice for notice in named if notice.partition(".")[0] != NONE}
    assert {*shown, *(notice for sign in examples.grammar.signs for notice in sign.notices)} <= wording.notices.keys()


def test_enough_examples_of_each_kind() -> None:
    """Each kind of emergency has at least 50 examples, and there are at least 400 look-alikes."""
    examples = load_examples(ROOT / "corpus").emergencies
    for kind in KINDS:
        assert sum(example.notice.endswith(f".{kind}") for example in examples) >= 50, kind
    assert sum(example.notice == NONE for example in examples) >= 400
