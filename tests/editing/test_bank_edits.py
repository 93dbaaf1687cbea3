"""Edits of the bank: what an edit is about changes, and every other line, remark and entry stays where it is."""

import json
import tomllib
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.editing.bank_edits import (
    ANSWER_LIST,
    TOPIC_LIST,
    add_answer,
    add_questions,
    add_topic,
    remove_question,
    set_offered,
)
from chatbot.errors import CorpusError
from chatbot.settings import ROOT

REMARKS = st.sampled_from(["", "# a remark\n", "\n# two\n\n# remarks, one with [[answers]] in it\n", "\n\n"])
WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="#"), min_size=1, max_size=20
).filter(str.strip)
FORMS = st.sampled_from(
    ["[{}]", "[\n  {},\n]", "[ {} ] # why", "[\n  # first\n  {},\n  # last\n]", "[\n\t{}\n]", "[{},]"]
)


@st.composite
def banks(draw: st.DrawFn) -> tuple[str, list[str]]:
    """The text of a questions.toml with remarks wherever they may stand, and the names of its answers."""
    names = draw(st.lists(st.sampled_from(["a", "b-2", "c", "d"]), min_size=1, unique=True))
    parts = [draw(REMARKS)]
    for name in names:
        parts.append(
            f'[[answers]]\n{draw(REMARKS)}name = "{name}" # {name}\nstretches = [{{ first = "x", last = "y" }}]\n'
        )
        parts.append(draw(st.sampled_from(["", 'ask = { en = "Q?" } # offered\n', "# ask = {}\n"])))
        if draw(st.booleans()):
            parts.append(draw(REMARKS) + "[answers.questions]\n")
            for language in draw(st.lists(st.sampled_from(["en", "es"]), unique=True)):
                texts = draw(st.lists(st.sampled_from(["one", "two [[answers]]", "three # no remark"]), unique=True))
                form = draw(FORMS) if texts else "[]"
                quoted = ", ".join(json.dumps(text) for text in texts)
                parts.append(f"{language} = {form.format(quoted)}\n")
        if draw(st.booleans()):
            parts.append('[answers.by.w]\nen = ["of w"]\n')
        parts.append(draw(REMARKS))
    text = "".join(parts)
    return (text.replace("\n", "\r\n") if draw(st.booleans()) else text), names


def told(text: str) -> list[dict[str, Any]]:
    """The answers of a file."""
    entries: list[dict[str, Any]] = tomllib.loads(text)["answers"]
    return entries


def remarks(text: str) -> list[str]:
    """Everything behind a # in a file, in order."""
    return [line.partition("#")[2].strip() for line in text.splitlines() if "#" in line and '"three # no' not in line]


@given(bank=banks(), question=WORDS, language=st.sampled_from(["en", "es"]), data=st.data())
def test_added_question_changes_nothing_else(
    bank: tuple[str, list[str]], question: str, language: str, data: st.DataObject
) -> None:
    """A question comes last in its list; every entry, list, remark and their order stay, and each old line as well."""
    text, names = bank
    name = data.draw(st.sampled_from(names))
    question = " ".join(question.split())

    after = add_questions(text, ANSWER_LIST, name, {language: [question]})

    expected = told(text)
    own = expected[names.index(name)].setdefault("questions", {})
    if question not in [one for texts in own.values() for one in texts]:
        own.setdefault(language, []).append(question)
    assert told(after) == expected
    assert remarks(after) == remarks(text)
    assert add_questions(after, ANSWER_LIST, name, {language: [question]}) == after
    lost = Counter(text.splitlines()) - Counter(after.splitlines())
    assert lost.total() <= 1  # a list in one line gets longer, or its last line a comma


@given(bank=banks(), data=st.data())
def test_removed_question_changes_nothing_else(bank: tuple[str, list[str]], data: st.DataObject) -> None:
    """A question that is taken away leaves every other entry and remark as it was."""
    text, names = bank
    name = data.draw(st.sampled_from(names))
    with_it = add_questions(text, ANSWER_LIST, name, {"en": ["a new one"]})

    after = remove_question(with_it, ANSWER_LIST, name, "a new one")

    (own,) = [entry for entry in told(after) if entry["name"] == name]
    assert "a new one" not in own["questions"]["en"]
    others = [entry for entry in told(after) if entry["name"] != name]
    assert others == [entry for entry in told(text) if entry["name"] != name]
    assert remarks(after) == remarks(text)


@given(bank=banks(), ask=st.dictionaries(st.sampled_from(["en", "es"]), WORDS))
def test_offered_question(bank: tuple[str, list[str]], ask: dict[str, str]) -> None:
    """The question that the page offers is replaced, and nothing else is."""
    text, names = bank

    after = set_offered(text, names[0], ask)

    expected = told(text)
    expected[0].pop("ask", None)
    if ask:
        expected[0]["ask"] = {language: " ".join(one.split()) for language, one in ask.items()}
    assert told(after) == expected
    assert [remark for remark in remarks(text) if remark not in remarks(after)] in ([], ["offered"])


@given(bank=banks(), first=WORDS, last=WORDS)
def test_new_answer_comes_last(bank: tuple[str, list[str]], first: str, last: str) -> None:
    """A new answer stands behind the others, which stay letter by letter."""
    text, _ = bank

    after = add_answer(text, "new", [(first, last)])

    assert after.startswith(text)
    assert told(after)[:-1] == told(text)
    assert told(after)[-1] == {
        "name": "new",
        "stretches": [{"first": first, "last": last}],
        "questions": {"en": [], "es": []},
    }


def test_new_topic() -> None:
    """A topic can be made in an empty file, and gets questions."""
    text = add_questions(add_topic("", "parking"), TOPIC_LIST, "parking", {"en": ["where do I park"]})
    assert tomllib.loads(text) == {"topics": [{"name": "parking", "questions": {"en": ["where do I park"], "es": []}}]}


@pytest.mark.parametrize("question", ["", " \n ", "x" * 2001, "a\x00b", "half \ud800"])
def test_what_is_no_question_is_refused(question: str) -> None:
    """A question has words, in one line that can be read."""
    with pytest.raises(CorpusError, match="no question"):
        add_questions('[[answers]]\nname = "a"\n', ANSWER_LIST, "a", {"en": [question]})


def test_unknown_entry_is_refused() -> None:
    """An entry that is not there, and a question that an entry does not have, are named."""
    with pytest.raises(CorpusError, match="no entry `b`"):
        add_questions('[[answers]]\nname = "a"\n', ANSWER_LIST, "b", {"en": ["x"]})
    with pytest.raises(CorpusError, match="not among those"):
        remove_question('[[answers]]\nname = "a"\n', ANSWER_LIST, "a", "x")


def test_header_within_a_text_is_not_guessed() -> None:
    """A file whose entries cannot be told apart by their lines is left to the editor."""
    text = '[[answers]]\nname = "a"\nask = { en = """\n[[answers]]\n""" }\n'
    with pytest.raises(CorpusError, match="cannot be cut"):
        add_questions(text, ANSWER_LIST, "a", {"en": ["x"]})


def test_every_answer_of_the_real_bank() -> None:
    """In the bank that is shipped each answer can be given a question, and only lines come."""
    path = next((ROOT / "corpus").glob("*/questions.toml"))
    text = path.read_text(encoding="utf-8")
    for entry in told(text)[::25]:
        after = add_questions(text, ANSWER_LIST, entry["name"], {"en": ["zzz is new"]})
        lines = iter(after.splitlines())
        assert [line for line in text.splitlines() if line not in lines] == []
