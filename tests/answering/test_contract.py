"""The data contract: one JSON object in, one out."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.answering.contract import error_object, read_question, reply_object
from chatbot.answering.reply import Abstention, Quote, Reason, Reply, Section
from chatbot.corpus.corpus import Corpus
from chatbot.corpus.documents import Span
from chatbot.corpus.notices import Wording
from chatbot.errors import RequestError
from chatbot.query.question import Question

JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def test_question_is_read() -> None:
    """Id, text, history and language arrive as they were sent."""
    entry = {"id": 7, "history": ["one", "two"], "question": " What? ", "language": "es"}

    assert read_question(entry, longest_history=9) == ("7", Question(" What? ", ("one", "two"), "es"))


def test_all_but_the_question_may_be_missing() -> None:
    """A question alone is enough."""
    assert read_question({"question": "What?"}, longest_history=9) == ("", Question("What?"))


@pytest.mark.parametrize(("longest", "kept"), [(0, ()), (1, ("c",)), (2, ("b", "c")), (9, ("a", "b", "c"))])
def test_history_keeps_the_latest(longest: int, kept: tuple[str, ...]) -> None:
    """Of a long history the latest messages are kept, and none when none may be."""
    entry = {"history": ["a", "b", "c"], "question": "x"}

    assert read_question(entry, longest_history=longest)[1].history == kept


@given(JSON | st.dictionaries(st.sampled_from(["id", "history", "question", "language"]), JSON))
def test_any_other_form_is_refused(entry: object) -> None:
    """Whatever is sent, it becomes a question that can be written as UTF-8, or it is refused as a request."""
    with contextlib.suppress(RequestError):
        question_id, question = read_question(entry, longest_history=3)
        "".join([question_id, question.text, *question.history, question.language]).encode()


def test_answer_as_data(real_corpus: Corpus) -> None:
    """A quote names document, title, section and place, and its text is the slice."""
    document = real_corpus.documents[0]
    reply = Reply(quotes=(Quote(document, Span(5103, 5255), Span(5103, 5255), 0.93456),))

    assert reply_object("q", reply) == {
        "id": "q",
        "outcome": "answer",
        "notices": [],
        "quotes": [
            {
                "document": "kicking-a-heroin-addiction",
                "title": "The Best Steps to Kicking a Heroin Addiction",
                "section": "Step 5: Choose the right medication.",
                "start": 5103,
                "end": 5255,
                "page": 0,
                "text": document.text[5103:5255],
                "score": 0.9346,
                "also": [],
            }
        ],
        "choices": [],
        "suggestions": [],
        "related": [],
        "maybe": [],
    }


def test_abstention_as_data(real_corpus: Corpus, wording: Wording) -> None:
    """Without an answer the sections that may be near are named with their place."""
    document = real_corpus.documents[0]
    reply = Reply((wording.notice("not_covered.topic"),), abstention=Abstention(Reason.TOPIC, (Section(document, 0),)))
    data = reply_object("q", reply)

    assert (data["outcome"], data["quotes"]) == ("not_covered", [])
    assert data["notices"] == [{"id": "not_covered.topic", "text": wording.notice("not_covered.topic").text}]
    (near,) = data["related"]
    assert near["section"] == "Step 1: Be aware of what heroin abuse looks like."
    assert document.text[near["start"] : near["end"]].startswith(near["section"])


def test_notice_as_data(wording: Wording) -> None:
    """An emergency is a notice and nothing else."""
    data = reply_object("q", Reply((wording.notice("crisis.overdose"),)))

    assert (data["outcome"], data["quotes"], data["related"]) == ("notice", [], [])


def test_companions_come_after_notices(real_corpus: Corpus, wording: Wording) -> None:
    """Notices that belong to a quote stand behind those that belong to the message."""
    quote = Quote(real_corpus.documents[0], Span(5103, 5255), Span(5103, 5255), 0.9)
    reply = Reply((wording.notice("advice.dose"),), (quote,), (wording.notice("caution.medication"),))

    assert [notice["id"] for notice in reply_object("", reply)["notices"]] == ["advice.dose", "caution.medication"]


def test_error_as_data() -> None:
    """A line that cannot be read has an object of its own form, which no reply has."""
    assert error_object("7", RequestError("No.")) == {"id": "7", "error": "No."}
