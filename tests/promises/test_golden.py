"""Golden questions: the whole road, with the real model, on the article that is shipped."""

import json
import tomllib
from typing import Any

import pytest
from _pytest.mark import ParameterSet

from chatbot.answering.pipeline import AnswerPipeline
from chatbot.corpus.corpus import Corpus
from chatbot.query.question import Question
from chatbot.settings import ROOT

CASES = tomllib.loads((ROOT / "tests" / "data" / "golden.toml").read_text(encoding="utf-8"))["cases"]
SETS = ROOT.parent / "shared" / "questions"

Case = dict[str, Any]


def parameters() -> list[ParameterSet]:
    """The cases; those that are missed today are named in the report and do not stop it."""
    return [
        pytest.param(
            case,
            id=case["question"][:50],
            marks=pytest.mark.xfail(reason=f"missed since {case['missed']}") if "missed" in case else (),
        )
        for case in CASES
    ]


@pytest.mark.model
@pytest.mark.parametrize("case", parameters())
def test_golden(real_chatbot: AnswerPipeline, case: Case) -> None:
    """The question is answered with the right place, met with silence, or with the right notice."""
    reply = real_chatbot.reply(Question(case["question"], tuple(case.get("history", ())), case.get("language", "en")))
    shown = [notice.id for notice in reply.notices]

    if "quotes" in case:
        assert reply.quotes, shown
        assert any(words in reply.quotes[0].text for words in case["quotes"]), reply.quotes[0].text
    if case.get("silent"):
        assert [quote.text for quote in reply.quotes] == []
    if "notice" in case:
        assert any(f"{notice_id}.".startswith(f"{case['notice']}.") for notice_id in shown), shown


def test_few_golden_questions_are_missed() -> None:
    """Of the golden questions at most one in six is marked as missed, and no emergency, advice or harm."""
    missed = [case for case in CASES if "missed" in case]

    assert len(missed) <= len(CASES) / 6
    assert [case["question"] for case in missed if "notice" in case] == []


def test_expected_words_are_in_the_article(real_corpus: Corpus) -> None:
    """Every word that a golden question expects stands in the article."""
    text = real_corpus.documents[0].text

    assert [words for case in CASES for words in case.get("quotes", ()) if words not in text] == []


def test_golden_questions_are_our_own(real_questions: list[tuple[str, str]]) -> None:
    """No golden question was learned: none is in the bank or among the topics."""
    bank = {text.casefold() for text, _ in real_questions}

    assert [case["question"] for case in CASES if case["question"].casefold() in bank] == []


def test_golden_questions_are_not_measured_with() -> None:
    """No golden question was taken from a set that we measure with."""
    if not SETS.exists():
        pytest.skip("the labelled questions are not beside the project")
    lines = [line for path in SETS.glob("dev*.jsonl") for line in path.read_text(encoding="utf-8").splitlines()]
    measured_with = {json.loads(line)["question"].casefold() for line in lines}

    assert [case["question"] for case in CASES if case["question"].casefold() in measured_with] == []
