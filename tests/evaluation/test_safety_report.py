"""The clinician's record: complete, dated, and honest about what is open."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from chatbot.answering.reply import Reply
from chatbot.corpus.corpus import Corpus, load_corpus
from chatbot.corpus.notices import Notice, Source, Wording, load_wordings
from chatbot.editing.approving import approve
from chatbot.evaluation.evaluate import Case
from chatbot.evaluation.safety_report import LabelledRun, SafetyReport, make_safety_report, try_out
from chatbot.evaluation.safety_report_text import printed
from chatbot.query.question import Question
from chatbot.settings import Settings
from chatbot.triage.examples import load_examples
from chatbot.web.layout import Layout
from tests.conftest import REAL_CORPUS
from tests.support.fakes import write_article

DAY = date(2026, 11, 23)


@pytest.fixture
def wordings() -> dict[str, Wording]:
    """The wording that is shipped, in every language."""
    return load_wordings(REAL_CORPUS / "notices")


def changed(wording: Wording, **fields: object) -> Wording:
    """The wording with the same fields in every notice."""
    return replace(wording, notices={key: replace(notice, **fields) for key, notice in wording.notices.items()})


def record_of(settings: Settings, wordings: dict[str, Wording], *, today: date = DAY) -> SafetyReport:
    """The record of the small corpus with this wording."""
    return make_safety_report(wordings, load_examples(settings.corpus), load_corpus(settings.corpus), today=today)


def flags_of(record: SafetyReport, notice_id: str) -> tuple[str, ...]:
    """What is open about one notice."""
    (entry,) = [entry for entry in record.entries if entry.versions[0].id == notice_id]
    return entry.flags


def words_of(text: str) -> str:
    """A text without its line breaks and leading marks, so that wrapping does not matter."""
    return " ".join(text.split())


def test_every_text_is_in_it(small_settings: Settings, wordings: dict[str, Wording]) -> None:
    """Every line of every notice stands in the record in every language, and so does every number."""
    text = words_of(printed(record_of(small_settings, wordings)))
    for wording in wordings.values():
        for notice in wording.notices.values():
            assert notice.id in text
            assert [line for line in (notice.title, *notice.lines) if words_of(line) not in text] == []
        for contact in wording.contacts.values():
            assert [part for part in (contact.name, contact.shown, contact.tel, contact.url) if part not in text] == []


def test_articles_are_told_with_who_approved_them(small_settings: Settings, wordings: dict[str, Wording]) -> None:
    """Each article stands with who approved it or that nobody did, and each draft as a draft."""
    write_article(small_settings.corpus / "rest", "Rest helps.\n", status="draft")
    text = words_of(printed(record_of(small_settings, wordings)))
    assert "small (“A Small Article”): [APPROVED BY NOBODY] and quoted. rest: a draft, not quoted." in text

    approve("small", by="Ana Diaz, nurse", on=DAY, corpus=small_settings.corpus)
    assert "approved by Ana Diaz, nurse on 2026-11-23." in words_of(printed(record_of(small_settings, wordings)))


def test_sources_are_told_with_what_is_known(small_settings: Settings, wordings: dict[str, Wording]) -> None:
    """Each source stands with its status, and one whose status nobody noted says so."""
    sources = (Source("First body", "confirmed"), Source("Second body", "unconfirmed"), Source("Third body", ""))
    text = printed(record_of(small_settings, {"en": changed(wordings["en"], sources=sources)}))

    assert "First body (confirmed)" in text
    assert "Second body (unconfirmed)" in text
    assert "Third body (not noted whether confirmed)" in text


@pytest.mark.parametrize(
    ("fields", "flags"),
    [
        ({}, ()),
        ({"reviewed_by": ""}, ("NOT SIGNED",)),
        ({"unconfirmed": "the last line"}, ("UNCONFIRMED",)),
        ({"last_verified": date(2025, 11, 23)}, ()),
        ({"last_verified": date(2025, 11, 22)}, ("OLDER THAN A YEAR",)),
        ({"review_by": DAY}, ()),
        ({"review_by": date(2026, 11, 22)}, ("REVIEW OVERDUE",)),
    ],
    ids=["nothing", "unsigned", "unconfirmed", "a year", "more than a year", "due today", "overdue"],
)
def test_what_is_open_is_said_in_words(
    small_settings: Settings, wordings: dict[str, Wording], fields: dict[str, object], flags: tuple[str, ...]
) -> None:
    """A notice carries exactly the flags that are true on the day."""
    signed = {"reviewed_by": "Dr. A", "unconfirmed": "", "last_verified": DAY, "review_by": date(2027, 5, 23)}
    record = record_of(small_settings, {"en": changed(wordings["en"], **{**signed, **fields})})

    assert flags_of(record, "crisis.overdose") == flags
    assert all(f"[{flag}]" in printed(record) for flag in flags)


def test_a_language_that_is_not_signed_is_named(small_settings: Settings, wordings: dict[str, Wording]) -> None:
    """When only one language is signed, the flag names the other, and both signatures are told apart."""
    record = record_of(small_settings, {**wordings, "en": changed(wordings["en"], reviewed_by="Dr. A")})

    assert "NOT SIGNED (es)" in flags_of(record, "advice.dose")
    assert "es: Last verified 2026-11-23, review by 2027-05-23, signed by nobody." in printed(record)


def test_who_reviewed_is_said_first(small_settings: Settings, wordings: dict[str, Wording]) -> None:
    """The record begins with its day and with who signed, or that nobody did."""
    assert "2026-11-23" in printed(record_of(small_settings, wordings)).splitlines()[0]
    assert "Reviewed by: nobody yet" in printed(record_of(small_settings, wordings))
    signed = {code: changed(wording, reviewed_by=f"Dr. {code}") for code, wording in wordings.items()}
    assert "Reviewed by: Dr. en; Dr. es" in printed(record_of(small_settings, signed))


@pytest.mark.parametrize(
    ("today", "name", "settled"),
    [(DAY, "Dr. A", True), (DAY, "", False), (date(2027, 5, 24), "Dr. A", False), (date(2027, 11, 24), "Dr. A", False)],
    ids=["in order", "unsigned", "overdue", "a year later"],
)
def test_settled(small_settings: Settings, wordings: dict[str, Wording], today: date, name: str, settled: bool) -> None:
    """All is settled when all is signed, approved and in time, even if something is marked as unconfirmed."""
    signed = {code: changed(wording, reviewed_by=name) for code, wording in wordings.items()}

    assert not record_of(small_settings, signed, today=today).settled
    approve("small", by="Ana Diaz, nurse", on=DAY, corpus=small_settings.corpus)
    assert record_of(small_settings, signed, today=today).settled is settled


def test_contacts_age_too(small_settings: Settings, wordings: dict[str, Wording]) -> None:
    """A number that was never checked, long ago, or by no confirmed source is flagged."""
    english = wordings["en"]
    contact = english.contacts["emergency"]
    cases = {
        "NEVER CHECKED": replace(contact, last_verified=None),
        "OLDER THAN A YEAR": replace(contact, last_verified=date(2025, 1, 1)),
        "UNCONFIRMED": replace(contact, sources=()),
    }
    for flag, other in cases.items():
        record = record_of(small_settings, {"en": replace(english, contacts={"emergency": other})})
        assert record.contacts[0].flags == (flag,)


def test_what_raises_a_notice_is_counted(small_settings: Settings, wordings: dict[str, Wording]) -> None:
    """Signs, stretches and messages are counted for each notice, and a notice that nothing raises has zeros."""
    taught = {row.name: row for row in record_of(small_settings, wordings).taught}

    assert (taught["crisis.overdose"].signs, taught["crisis.overdose"].messages) == (1, {"en": 6})
    assert taught["caution.medication"].stretches == 1
    assert (taught["harm.use"].signs, taught["harm.use"].stretches, taught["harm.use"].messages) == (0, 0, {})
    assert taught["chitchat.hello"].messages == {"en": 6}
    assert "not_covered.topic" not in taught


def test_look_alikes_are_counted_by_group(small_settings: Settings, wordings: dict[str, Wording]) -> None:
    """Messages that must raise nothing are counted by the group that the editor named."""
    path = small_settings.corpus / "emergencies.toml"
    more = '[[examples]]\nnotice = "none"\ngroup = "idioms"\nmessages = { en = ["dying to know"], es = ["me muero"] }\n'
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    rows = {row.name: row.messages for row in record_of(small_settings, wordings).look_alikes}

    assert rows == {"without a group": {"en": 6}, "idioms": {"en": 1, "es": 1}}


def tried(wording: Wording, *cases: tuple[str, str | None, Sequence[str]]) -> LabelledRun:
    """A trial of cases given as what is expected, of which kind, and what the chatbot raised."""
    questions = [Question(f"question {number}") for number, _ in enumerate(cases)]
    notices = [tuple(wording.notice(notice_id) for notice_id in raised) for _, _, raised in cases]
    replies = {question: Reply(shown) for question, shown in zip(questions, notices, strict=True)}
    labelled = [
        Case(question.text, question, expect, kind, (), (), ())
        for question, (expect, kind, _) in zip(questions, cases, strict=True)
    ]
    return try_out("set.jsonl", labelled, replies.__getitem__)


def test_raised_and_expected_are_counted(wording: Wording) -> None:
    """For each notice: how often it was raised, and of those how often the label asks for it, of the right kind."""
    trial = tried(
        wording,
        ("crisis", "overdose", ["crisis.overdose"]),
        ("crisis", "suicide", ["crisis.overdose"]),
        ("answer", None, ["crisis.overdose"]),
        ("advice", None, ["watch.overdose", "advice.dose"]),
        ("crisis", "overdose", ["watch.overdose"]),
        ("not_covered", None, ["harm.use"]),
        ("either", None, ["crisis.overdose"]),
    )

    assert {raised.notice: (raised.times, raised.expected) for raised in trial.raised} == {
        "crisis.overdose": (3, 1),
        "watch.overdose": (2, 1),
        "advice.dose": (1, 1),
        "harm.use": (1, None),
    }
    assert (trial.cases, trial.left_out) == (6, 1)


def test_misses_are_named(small_settings: Settings, wordings: dict[str, Wording]) -> None:
    """An emergency that raised nothing is named by its id, and a notice that was never raised is listed with 0."""
    trial = tried(wordings["en"], ("crisis", "overdose", []), ("answer", None, ["advice.dose"]))
    text = printed(replace(record_of(small_settings, wordings), trials=(trial,)))

    assert "crisis or watch 0.000 of 1, wrong 1: question 0" in text
    rows = [line.split() for line in text.partition("set.jsonl")[2].splitlines()]
    assert ["crisis.suicide", "0", "0"] in rows
    assert ["advice.dose", "1", "0"] in rows


def test_it_ends_with_where_to_sign(small_settings: Settings, wordings: dict[str, Wording]) -> None:
    """The record ends with lines for name, licence and date, and with the fields to fill in."""
    end = printed(record_of(small_settings, wordings)).rpartition("To sign")[2]

    assert all(word in end for word in ("Name:", "Licence:", "Date:", "reviewed_by", "last_verified", "review_by"))
    assert "No labelled set was named" in printed(record_of(small_settings, wordings))


def test_no_line_is_wider_than_a_page(small_settings: Settings, wordings: dict[str, Wording]) -> None:
    """The record can be printed on paper."""
    assert [line for line in printed(record_of(small_settings, wordings)).splitlines() if len(line) > 110] == []


@pytest.mark.parametrize("signed", [False, True])
def test_page_says_that_nobody_reviewed_until_all_is_signed(
    real_corpus: Corpus, wordings: dict[str, Wording], signed: bool
) -> None:
    """The page says that no clinician has reviewed the notices, until one has signed every one of them."""
    for wording in wordings.values():
        notices: dict[str, Notice] = {
            key: replace(notice, reviewed_by="Dr. A" if signed or key != "crisis.overdose" else "")
            for key, notice in wording.notices.items()
        }
        shell = Layout(Settings(), real_corpus, replace(wording, notices=notices), ())
        assert (wording.notice("about.review").title in shell.after_chat()) is not signed
