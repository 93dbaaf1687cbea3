"""The measures, on replies that are known."""

import json
from pathlib import Path

import pytest

from chatbot.answering.reply import Abstention, Quote, Reason, Reply
from chatbot.corpus.corpus import Corpus
from chatbot.corpus.documents import Span
from chatbot.corpus.notices import Wording
from chatbot.errors import RequestError
from chatbot.evaluation.evaluate import Case, Measure, evaluate, evaluate_by_tag, load_cases
from chatbot.query.question import Question
from chatbot.settings import ROOT

DEVELOPMENT = ROOT.parent / "shared" / "questions" / "dev.jsonl"


def case(question: str, expect: str, *must: tuple[int, int], history: tuple[str, ...] = (), tag: str = "a") -> Case:
    """A labelled question whose id is its text."""
    crisis = "overdose" if expect == "crisis" else None
    spans = tuple(Span(*span) for span in must)
    return Case(question, Question(question, history), expect, crisis, spans, (), (tag,))


class Scripted:
    """Replies that are written down beforehand, by question."""

    def __init__(self, corpus: Corpus, wording: Wording, script: dict[str, object]) -> None:
        self._document = corpus.documents[0]
        self._wording = wording
        self._script = script

    def reply(self, question: Question) -> Reply:
        """What the script says: spans to quote, or ids of notices; nothing is an abstention."""
        entry = self._script[question.text]
        assert isinstance(entry, list)
        spans = [Span(*span) for span in entry if not isinstance(span, str)]
        notices = tuple(self._wording.notice(notice_id) for notice_id in entry if isinstance(notice_id, str))
        return Reply(
            notices,
            tuple(Quote(self._document, span, span, 0.9) for span in spans),
            abstention=None if entry else Abstention(Reason.TOPIC),
        )


def measured(cases: list[Case], scripted: Scripted) -> dict[str, Measure]:
    """The measures by name."""
    return {measure.name: measure for measure in evaluate(cases, scripted.reply)}


@pytest.mark.parametrize(
    ("quoted", "share"),
    [([(100, 200)], 1.0), ([(100, 180)], 1.0), ([(100, 179)], 0.0), ([(300, 400), (100, 200)], 0.0), ([], 0.0)],
    ids=["whole", "80 %", "79 %", "second", "nothing"],
)
def test_hit_first(real_corpus: Corpus, wording: Wording, quoted: list[tuple[int, int]], share: float) -> None:
    """The first quote hits when it covers at least 80 % of some stretch that it must quote."""
    found = measured([case("q", "answer", (100, 200))], Scripted(real_corpus, wording, {"q": quoted}))

    assert found["hit@1, single"] == Measure("hit@1, single", share, 1, () if share else ("q",))


def test_single_and_follow_up_are_apart(real_corpus: Corpus, wording: Wording) -> None:
    """Questions with a history are counted on their own."""
    cases = [case("one", "answer", (100, 200)), case("two", "answer", (100, 200), history=("before",))]
    found = measured(cases, Scripted(real_corpus, wording, {"one": [(100, 200)], "two": [(500, 600)]}))

    assert (found["hit@1, single"].share, found["hit@1, follow-up"].share) == (1.0, 0.0)
    assert (found["hit@1, single"].of, found["hit@1, follow-up"].of) == (1, 1)


def test_hit_any_and_focus(real_corpus: Corpus, wording: Wording) -> None:
    """Any quote may hit, and focus is the share of quoted characters that are wanted."""
    scripted = Scripted(real_corpus, wording, {"q": [(300, 600), (100, 200)]})
    found = measured([case("q", "answer", (100, 200))], scripted)

    assert found["hit@any"].share == 1.0
    assert found["focus"].share == 0.25


def test_silence(real_corpus: Corpus, wording: Wording) -> None:
    """Silence is right where nothing answers, and wrong where something does."""
    cases = [case("a", "not_covered"), case("b", "not_covered"), case("c", "answer", (1, 9)), case("d", "either")]
    scripted = Scripted(real_corpus, wording, {"a": [], "b": [(1, 9)], "c": [], "d": []})
    found = measured(cases, scripted)

    assert found["abstained"] == Measure("abstained", 0.5, 2, ("b",))
    assert found["wrongly refused"] == Measure("wrongly refused", 1.0, 1, ("c",))


def test_alarms(real_corpus: Corpus, wording: Wording) -> None:
    """An emergency counts as seen with either notice, and an alarm about anything else as false."""
    cases = [case("a", "crisis"), case("b", "crisis"), case("c", "crisis"), case("d", "chitchat"), case("e", "either")]
    script = {
        "a": ["crisis.overdose"],
        "b": ["watch.suicide"],
        "c": [],
        "d": ["crisis.suicide"],
        "e": ["crisis.suicide"],
    }
    found = measured(cases, Scripted(real_corpus, wording, dict(script)))

    assert found["crisis or watch"] == Measure("crisis or watch", 2 / 3, 3, ("c",))
    assert found["crisis of the right kind"].share == pytest.approx(1 / 3)
    assert found["crisis now"].share == pytest.approx(1 / 3)
    assert found["false crisis"] == Measure("false crisis", 1.0, 1, ("d",))


def test_advice(real_corpus: Corpus, wording: Wording) -> None:
    """The notice that the page cannot advise is wanted with advice, and counted against answers."""
    cases = [case("a", "advice"), case("b", "answer", (1, 9))]
    found = measured(cases, Scripted(real_corpus, wording, {"a": ["advice.dose"], "b": ["advice.dose", (1, 9)]}))

    assert (found["advice notice"].share, found["advice notice on answers"].share) == (1.0, 1.0)


def test_nothing_to_measure_is_no_number(real_corpus: Corpus, wording: Wording) -> None:
    """A measure without a case is None, not 0."""
    assert {measure.share for measure in evaluate([], Scripted(real_corpus, wording, {}).reply)} == {None}


def test_by_tag(real_corpus: Corpus, wording: Wording) -> None:
    """Each tag has its own table."""
    cases = [case("x", "not_covered", tag="slang"), case("y", "not_covered", tag="long")]
    tables = evaluate_by_tag(cases, Scripted(real_corpus, wording, {"x": [], "y": [(1, 9)]}).reply)
    shares = {tag: {measure.name: measure.share for measure in table}["abstained"] for tag, table in tables.items()}

    assert shares == {"long": 0.0, "slang": 1.0}


ENTRY = {"id": "1", "history": [], "question": "x", "expect": "answer", "crisis": None, "must": [[0, 4]], "ok": []}


def test_cases_are_read(tmp_path: Path) -> None:
    """Every line is a case, and a line separator within a question does not end its line."""
    path = tmp_path / "cases.jsonl"
    entry = {**ENTRY, "question": "one\u2028two", "tags": ["t"]}
    path.write_text(f"{json.dumps(entry, ensure_ascii=False)}\n", encoding="utf-8")

    assert load_cases(path) == [Case("1", Question("one\u2028two"), "answer", None, (Span(0, 4),), (), ("t",))]


@pytest.mark.parametrize(
    "bad", [b"{", b"[]", json.dumps(ENTRY).encode(), b'{"id": "\xe9"}', b"7"], ids=["{", "[]", "tags", "latin-1", "7"]
)
def test_a_bad_line_is_named(tmp_path: Path, bad: bytes) -> None:
    """A line that is no case is refused with its number."""
    path = tmp_path / "cases.jsonl"
    path.write_bytes(json.dumps({**ENTRY, "tags": []}).encode() + b"\n" + bad + b"\n")

    with pytest.raises(RequestError, match=r"cases\.jsonl, line 2"):
        load_cases(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A file that is not there is an error with its name."""
    with pytest.raises(RequestError, match="nowhere"):
        load_cases(tmp_path / "nowhere")


def test_no_labelled_question_is_in_the_bank(real_corpus: Corpus) -> None:
    """No question that we measure with is in the question bank or among the topics."""
    if not DEVELOPMENT.exists():
        pytest.skip("the labelled questions are not beside the project")
    bank = {question.text.casefold() for group in (real_corpus.answers, real_corpus.topics) for entry in group
            for question in entry.questions}  # fmt: skip
    measured_with = {case.question.text.casefold() for case in load_cases(DEVELOPMENT)}

    # A question of two or three plain words can be thought of twice.
    assert sorted(text for text in bank & measured_with if len(text.split()) > 5) == []
