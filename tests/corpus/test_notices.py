"""The wording: complete in every language, filled in when read, refused by name when something is missing."""

import re
from datetime import date
from pathlib import Path

import pytest

from chatbot.answering.reply import Reason
from chatbot.corpus.notices import Source, Wording, load_wordings
from chatbot.errors import CorpusError
from chatbot.triage.severity import KINDS
from tests.conftest import REAL_CORPUS

CONTACTS = """
[[contacts]]
id = "emergency"
name = { en = "Emergency", es = "Emergencia" }
shown = "911"
tel = "911"
"""

ENGLISH = """
[[notices]]
id = "crisis.overdose"
title = "Call {emergency} now."
lines = ["Stay.", "{emergency} is free."]
contacts = ["emergency"]
last_verified = 2026-11-23
review_by = 2027-05-23
[labels]
ask = "Ask"
"""

SPANISH = ENGLISH.replace("Call", "Llame al").replace("now.", "ya.").replace('"Ask"', '"Preguntar"')


def write_wording(folder: Path, *, contacts: str = CONTACTS, **languages: str) -> Path:
    """A folder of wording files."""
    (folder / "contacts.toml").write_text(contacts, encoding="utf-8")
    for language, text in languages.items():
        (folder / f"{language}.toml").write_text(text, encoding="utf-8")
    return folder


def test_contacts_are_filled_in_when_read(tmp_path: Path) -> None:
    """A notice comes with its numbers in place, in its language, with the contacts to tap."""
    wordings = load_wordings(write_wording(tmp_path, en=ENGLISH, es=SPANISH))
    notice = wordings["es"].notice("crisis.overdose")

    assert notice.text == "Llame al 911 ya.\nStay.\n911 is free."
    assert (notice.kind, notice.language, notice.review_by) == ("crisis", "es", date(2027, 5, 23))
    assert [(contact.name, contact.tel) for contact in notice.contacts] == [("Emergencia", "911")]
    assert wordings["es"].label("ask") == "Preguntar"


@pytest.mark.parametrize(
    ("english", "spanish", "words"),
    [
        (ENGLISH, SPANISH.replace("crisis.overdose", "crisis.other"), "crisis.other"),
        (ENGLISH, SPANISH.partition("[labels]")[0], "label `ask` is missing"),
        ('[[notices]]\nid = "crisis.overdose"\n' + ENGLISH, SPANISH, "Two entries"),
        (ENGLISH.replace("{emergency} now", "{nobody} now"), SPANISH, "nobody"),
        (ENGLISH.replace('["emergency"]', '["nobody"]'), SPANISH, "nobody"),
        (ENGLISH.replace("title =", "titel ="), SPANISH, "title"),
        (ENGLISH.replace("review_by", "review"), SPANISH, "review_by"),
        (ENGLISH.replace("2027-05-23", '"2027-05-23"'), SPANISH, "`review_by` of the notice `crisis.overdose`"),
        (ENGLISH.replace("2026-11-23", "2026-11-23T08:00:00"), SPANISH, "`last_verified` of the notice"),
        (ENGLISH.replace("lines = [", "lines = [1, "), SPANISH, "`lines` of the notice"),
        (ENGLISH.replace('lines = ["Stay.", "{emergency} is free."]', 'lines = "Stay."'), SPANISH, "`lines`"),
        (ENGLISH.replace("title =", 'title = " " #'), SPANISH, "`title` of the notice .* is empty"),
        (ENGLISH.replace("[labels]", "reviewed_by = 1\n[labels]"), SPANISH, "`reviewed_by`"),
        (ENGLISH.replace("[labels]", "unconfirmed = 1\n[labels]"), SPANISH, "`unconfirmed`"),
        (ENGLISH.replace("[labels]", "sources = [1]\n[labels]"), SPANISH, "`sources` of the notice"),
        (ENGLISH.replace('"Ask"', "1"), SPANISH, "`ask` of `labels` is 1"),
        ("notices = 1\n" + ENGLISH.partition("[labels]")[1], SPANISH, "`notices` is 1"),
        ("notices = [1]\n" + ENGLISH.partition("[labels]")[1], SPANISH, "An entry of `notices` is 1"),
        ("no toml", SPANISH, "Not readable as TOML"),
    ],
)
def test_faults_of_wording_are_named(tmp_path: Path, english: str, spanish: str, words: str) -> None:
    """A text that is missing, doubled or names an unknown contact is refused when the files are read."""
    with pytest.raises(CorpusError, match=words) as caught:
        load_wordings(write_wording(tmp_path, en=english, es=spanish))
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("contacts", "words"),
    [
        (CONTACTS.replace("shown", "schown"), "shown"),
        (CONTACTS.replace("id =", "name2 ="), "id"),
        (CONTACTS + CONTACTS, "Two entries for contact"),
        (CONTACTS.replace("en =", "fr ="), "'en'"),
        (CONTACTS.replace('"911"', "911"), "`shown` of the contact `emergency`"),
        (CONTACTS + "last_verified = 2026\n", "`last_verified` of the contact"),
        (CONTACTS + 'sources = "FCC"\n', "`sources` of the contact"),
        (CONTACTS + 'sources = [{ status = "confirmed" }]\n', "`body` of a source"),
        (
            CONTACTS + 'sources = [{ body = "FCC", status = "sure" }]\n',
            "`status` of a source of the contact `emergency` is 'sure'",
        ),
    ],
)
def test_faults_of_contacts_are_named(tmp_path: Path, contacts: str, words: str) -> None:
    """A contact that is incomplete or doubled is refused with the name of its file."""
    with pytest.raises(CorpusError, match=words) as caught:
        load_wordings(write_wording(tmp_path, contacts=contacts, en=ENGLISH, es=SPANISH))
    assert caught.value.where.endswith("contacts.toml")


def test_what_was_checked_is_read(tmp_path: Path) -> None:
    """Sources come with their status, plain or in tables, and a contact with the day on which it was checked."""
    contacts = CONTACTS + 'sources = [{ body = "FCC", status = "confirmed" }, "911.gov"]\nlast_verified = 2026-11-20\n'
    english = ENGLISH.replace("[labels]", 'sources = ["CDC"]\nunconfirmed = "the second line"\n[labels]')
    notice = load_wordings(write_wording(tmp_path, contacts=contacts, en=english))["en"].notice("crisis.overdose")
    (contact,) = notice.contacts

    assert (notice.sources, notice.unconfirmed) == ((Source("CDC", ""),), "the second line")
    assert contact.sources == (Source("FCC", "confirmed"), Source("911.gov", ""))
    assert contact.last_verified == date(2026, 11, 20)


def test_unconfirmed_may_be_a_mere_mark(tmp_path: Path) -> None:
    """A notice that is marked without a reason counts as unconfirmed; one marked ``false`` or not at all does not."""
    for mark, unconfirmed in (("unconfirmed = true", True), ("unconfirmed = false", False), ("", False)):
        folder = write_wording(tmp_path, en=ENGLISH.replace("[labels]", f"{mark}\n[labels]"))
        assert bool(load_wordings(folder)["en"].notice("crisis.overdose").unconfirmed) == unconfirmed, mark


@pytest.mark.parametrize(
    ("names", "reviewed"),
    [(("Dr. A", "Dr. B"), True), (("Dr. A", ""), False), (("", ""), False), (("Dr. A", " "), False)],
)
def test_reviewed_when_all_are_signed(tmp_path: Path, names: tuple[str, ...], reviewed: bool) -> None:
    """A wording counts as reviewed once a clinician's name stands at every notice; a space is no name."""
    entry = ENGLISH.partition("[labels]")[0]
    notices = [
        entry.replace("overdose", f"kind_{number}") + f'reviewed_by = "{name}"\n' for number, name in enumerate(names)
    ]

    assert load_wordings(write_wording(tmp_path, en="".join(notices)))["en"].reviewed is reviewed


def test_languages_and_helplines_can_be_chosen(tmp_path: Path) -> None:
    """Only the languages that are named are read, and English; another file of helplines gives other numbers."""
    folder = write_wording(tmp_path, en=ENGLISH, es=SPANISH)
    other = tmp_path / "region.toml"
    other.write_text(CONTACTS.replace("911", "112"), encoding="utf-8")
    wordings = load_wordings(folder, contacts=other, languages=["en"])
    assert wordings.keys() == {"en"}
    assert wordings["en"].notice("crisis.overdose").title == "Call 112 now."
    assert load_wordings(folder, languages=["es"]).keys() == {"en", "es"}
    with pytest.raises(CorpusError, match=r"fr\.toml"):
        load_wordings(folder, languages=["fr"])


def test_english_is_needed(tmp_path: Path) -> None:
    """Without English wording nothing can be shown in doubt, so it is refused."""
    with pytest.raises(CorpusError, match="no English"):
        load_wordings(write_wording(tmp_path, es=SPANISH))


def test_unknown_ids_are_refused(wording: Wording) -> None:
    """Asking for a text that no file has is an error that names the file, never an empty text."""
    with pytest.raises(CorpusError, match=r"corpus/notices/en\.toml.*crisis\.nothing"):
        wording.notice("crisis.nothing")
    with pytest.raises(CorpusError, match="nothing"):
        wording.label("nothing")


@pytest.fixture(params=[("en", 1), ("es", 1), ("en", 2), ("es", 2)], ids=str)
def shipped(request: pytest.FixtureRequest) -> Wording:
    """The wording that is shipped, in each language, for one article and for several."""
    language, articles = request.param
    return load_wordings(REAL_CORPUS / "notices")[language].for_articles(articles)


def texts_of(wording: Wording) -> list[str]:
    """Every text of a wording."""
    return [*(notice.text for notice in wording.notices.values()), *wording.labels.values()]


def test_several_articles_have_their_words(tmp_path: Path) -> None:
    """What reads otherwise for several articles takes the place of the rest, and no other; a language must have it."""
    several = 'several_title = "Call {emergency}, all of you."\n'
    words = {"en": ENGLISH, "es": SPANISH}
    words = {
        key: text.replace("lines", f"{several}lines") + '[several_labels]\nask = "Ask all"\n'
        for key, text in words.items()
    }
    wording = load_wordings(write_wording(tmp_path, **words))["en"]

    assert wording.for_articles(1) == wording
    assert wording.for_articles(2).notice("crisis.overdose").text == "Call 911, all of you.\nStay.\n911 is free."
    assert wording.for_articles(2).label("ask") == "Ask all"
    with pytest.raises(CorpusError, match="several articles"):
        load_wordings(write_wording(tmp_path, en=words["en"], es=SPANISH))


@pytest.mark.parametrize("language", ["en", "es"])
def test_several_articles_are_never_called_one(language: str) -> None:
    """With several articles no sentence of the page says that there is one."""
    wording = load_wordings(REAL_CORPUS / "notices")[language].for_articles(2)
    shown = [text for text in texts_of(wording) if re.search(r"one reviewed article|un artículo revisado", text)]

    assert shown == []


def test_no_place_is_left_open(shipped: Wording) -> None:
    """No text shows a brace, an empty line or white space at its ends."""
    lines = [line for text in texts_of(shipped) for line in text.split("\n")]

    assert [line for line in lines if not line or "{" in line or "}" in line] == []
    assert [line for line in lines if line != line.lstrip()] == []


def test_every_reason_has_its_notice(shipped: Wording) -> None:
    """For every reason to quote nothing there is a notice that says so."""
    assert {reason.value for reason in Reason} <= shipped.notices.keys()


def test_every_emergency_has_both_notices(shipped: Wording) -> None:
    """Each kind of emergency has a notice for now, with somebody to call, and a softer one."""
    for kind in KINDS:
        assert shipped.notice(f"crisis.{kind}").contacts, kind
        assert any(contact.tel or contact.sms for contact in shipped.notice(f"crisis.{kind}").contacts), kind
        assert f"watch.{kind}" in shipped.notices, kind


def test_emergencies_begin_with_whom_to_call(shipped: Wording) -> None:
    """The first line of every emergency notice holds a number to call."""
    for kind in KINDS:
        notice = shipped.notice(f"crisis.{kind}")
        assert any(contact.shown in notice.title for contact in notice.contacts), notice.title


def test_numbers_come_from_the_contacts(shipped: Wording) -> None:
    """No telephone number stands in a text by itself: another region changes one file."""
    known = {contact.shown for contact in shipped.contacts.values()}
    found = {number for text in texts_of(shipped) for number in re.findall(r"\b(?:1-)?\d{3}-\d{3}-\d{4}\b", text)}

    assert found <= known


def test_reviews_are_dated(shipped: Wording) -> None:
    """Every notice says when it was checked and when to check it again, later."""
    assert [notice.id for notice in shipped.notices.values() if notice.last_verified >= notice.review_by] == []


def test_languages_say_as_much() -> None:
    """A notice has as many lines in Spanish as in English, and the same contacts."""
    wordings = load_wordings(REAL_CORPUS / "notices")
    for notice_id, notice in wordings["en"].notices.items():
        other = wordings["es"].notice(notice_id)
        assert len(notice.lines) == len(other.lines), notice_id
        assert [contact.id for contact in notice.contacts] == [contact.id for contact in other.contacts], notice_id
