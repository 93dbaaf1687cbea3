"""Notices and labels: every fixed text of the page, by id and language (corpus/notices/*.toml).

Contacts (names and numbers of helplines) stand in a file of their own, so that another region needs no other change. A
notice names a contact as ``{id}``; the number is filled in when the files are read. Nothing is formatted later.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from chatbot.corpus.toml_reader import TomlTable, read_toml, refuse_twice, refuse_unknown
from chatbot.errors import CorpusError

_T = TypeVar("_T")
_PLACE = re.compile(r"\{([a-z_]+)\}")
_STATUSES = ("confirmed", "unconfirmed", "")
_NOTICE = (
    *("id", "title", "lines", "contacts", "sources", "unconfirmed", "reviewed_by", "last_verified", "review_by"),
    *("several_title", "several_lines", "background", "reading_grade_reason"),
)
_CONTACT = ("id", "name", "shown", "tel", "sms", "url", "sources", "last_verified")
_SOURCE = ("body", "status")


@dataclass(frozen=True, slots=True)
class Source:
    """A body that publishes what we say. ``status`` is confirmed, unconfirmed, or empty when nobody noted it."""

    body: str
    status: str


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to call or text. ``tel`` and ``sms`` are what a phone dials; empty when there is none."""

    id: str
    name: str
    shown: str
    tel: str
    sms: str
    url: str
    sources: tuple[Source, ...]
    last_verified: date | None


@dataclass(frozen=True, slots=True)
class Notice:
    """One fixed text: a title, lines under it, and the contacts that go with it.

    ``unconfirmed`` says what is still to check, ``reviewed_by`` which clinician signed; empty when nothing, nobody.
    ``added`` names the reviewed lines that were put before its own for one message: of a place, or why it stays.
    ``background`` counts the last lines, which tell nothing to do: the page folds them away.
    ``reading_grade_reason`` says why it may be hard to read; empty when it may not (``evaluation/reading_grade.py``).
    """

    id: str
    language: str
    title: str
    lines: tuple[str, ...]
    contacts: tuple[Contact, ...]
    sources: tuple[Source, ...]
    unconfirmed: str
    reviewed_by: str
    last_verified: date
    review_by: date
    added: tuple[str, ...] = ()
    background: int = 0
    reading_grade_reason: str = ""

    @property
    def kind(self) -> str:
        """The part of the id before the dot: crisis, watch, advice, harm, caution, not_covered, chitchat, language."""
        return self.id.partition(".")[0]

    @property
    def text(self) -> str:
        """Title and lines as plain text, a line each."""
        return "\n".join([self.title, *self.lines])


@dataclass(frozen=True, slots=True)
class Wording:
    """All fixed texts in one language: notices by id, labels of the page by id, contacts by id.

    ``several_notices`` and ``several_labels`` are those that read otherwise when there are several articles.
    """

    language: str
    notices: Mapping[str, Notice]
    labels: Mapping[str, str]
    contacts: Mapping[str, Contact]
    several_notices: Mapping[str, Notice]
    several_labels: Mapping[str, str]

    def for_articles(self, count: int) -> "Wording":
        """As it reads with so many articles."""
        if count < 2:
            return self
        notices, labels = {**self.notices, **self.several_notices}, {**self.labels, **self.several_labels}
        return replace(self, notices=notices, labels=labels)

    def by_operator(self, name: str) -> "Wording":
        """As it reads when the page says who runs it."""
        if not name:
            return self
        return replace(self, labels={**self.labels, "from_us": f"{self.label('from_operator')} {name}"})

    def notice(self, notice_id: str) -> Notice:
        """The notice with this id; CorpusError when the wording file has none."""
        return _entry(self.notices, notice_id, self.language)

    def label(self, label_id: str) -> str:
        """The short text with this id; CorpusError when the wording file has none."""
        return _entry(self.labels, label_id, self.language)

    @property
    def reviewed(self) -> bool:
        """Whether a clinician has signed every notice."""
        return all(notice.reviewed_by for notice in self.notices.values())


def in_language(wordings: Mapping[str, Wording], language: str) -> Wording:
    """The texts in this language; English when there are none."""
    return wordings.get(language, wordings["en"])


def load_wordings(folder: Path, *, contacts: Path | None = None, languages: Collection[str] = ()) -> dict[str, Wording]:
    """Every language in ``folder`` (``en.toml``, ``es.toml``, …), each complete, with the contacts filled in.

    ``contacts`` is another file than the one in the folder; with ``languages`` only these, and English, are read.
    """
    named = {folder / f"{language}.toml" for language in languages}
    paths = sorted(named | {folder / "en.toml"} if named else folder.glob("??.toml"))
    helplines = contacts or folder / "contacts.toml"
    wordings = {path.stem: _load_wording(path, _load_contacts(helplines, path.stem)) for path in paths}
    if "en" not in wordings:
        raise CorpusError("There is no English wording.", where=folder / "en.toml", next_step="add the file.")
    _refuse_gaps(wordings, folder)
    return wordings


def _load_contacts(path: Path, language: str) -> dict[str, Contact]:
    entries = read_toml(path, ("region", "contacts")).entries("contacts", "contact", _CONTACT)
    refuse_twice((entry.text("id") for entry in entries), what="contact", where=path)
    return {entry.name: _contact(entry, language) for entry in entries}


def _load_wording(path: Path, contacts: Mapping[str, Contact]) -> Wording:
    form = read_toml(path, ("notices", "labels", "several_labels"))
    entries = form.entries("notices", "notice", _NOTICE)
    refuse_twice((entry.text("id") for entry in entries), what="notice", where=path)
    try:
        notices = {entry.name: _notice(entry, path.stem, contacts) for entry in entries}
        several = {entry.name: _for_several(entry, notices[entry.name], contacts) for entry in entries}
        return Wording(
            language=path.stem,
            notices=notices,
            labels=_labels(form.within("labels"), contacts),
            contacts=contacts,
            several_notices={key: notice for key, notice in several.items() if notice != notices[key]},
            several_labels=_labels(form.within("several_labels"), contacts),
        )
    except KeyError as error:  # of _fill and of `contacts`
        raise CorpusError(
            f"{error} is no contact.", where=path, next_step="mend it, or add it to contacts.toml."
        ) from error


def _contact(entry: TomlTable, language: str) -> Contact:
    names = entry.by_language("name")
    if "en" not in names.table:
        raise entry.fault("name", "has no 'en' name", next_step="add it.")
    shown = {code: names.text(code) for code in names.table}
    return Contact(
        id=entry.name,
        name=shown.get(language, shown["en"]),
        shown=entry.text("shown"),
        tel=entry.text("tel", ""),
        sms=entry.text("sms", ""),
        url=entry.text("url", ""),
        sources=_sources(entry),
        last_verified=entry.day("last_verified") if "last_verified" in entry.table else None,
    )


def _notice(entry: TomlTable, language: str, contacts: Mapping[str, Contact]) -> Notice:
    return Notice(
        id=entry.name,
        language=language,
        title=_fill(entry.text("title"), contacts),
        lines=tuple(_fill(line, contacts) for line in entry.texts("lines")),
        contacts=tuple(contacts[contact] for contact in entry.texts("contacts")),
        sources=_sources(entry),
        unconfirmed=_unconfirmed(entry),
        reviewed_by=entry.text("reviewed_by", "").strip(),  # a space is no name
        last_verified=entry.day("last_verified"),
        review_by=entry.day("review_by"),
        background=_background(entry),
        reading_grade_reason=entry.text("reading_grade_reason", ""),
    )


def _background(entry: TomlTable) -> int:
    count = entry.number("background")
    if not 0 <= count < max(1, len(entry.texts("lines"))):
        raise entry.fault("background", f"is {count}", next_step="count the last lines that tell nothing to do.")
    return count


def _for_several(entry: TomlTable, notice: Notice, contacts: Mapping[str, Contact]) -> Notice:
    """The notice as it reads with several articles; the same when the file says nothing of that."""
    title = entry.text("several_title") if "several_title" in entry.table else notice.title
    lines = entry.texts("several_lines") if "several_lines" in entry.table else notice.lines
    return replace(notice, title=_fill(title, contacts), lines=tuple(_fill(line, contacts) for line in lines))


def _labels(form: TomlTable, contacts: Mapping[str, Contact]) -> dict[str, str]:
    return {key: _fill(form.text(key), contacts) for key in form.table}


def _sources(entry: TomlTable) -> tuple[Source, ...]:
    """Plain texts, or tables with `body` and `status`."""
    return tuple(_source(entry, source) for source in entry.items("sources"))


def _source(entry: TomlTable, value: object) -> Source:
    if isinstance(value, str) and value.strip():
        return Source(value, "")
    if not isinstance(value, dict):
        raise entry.fault("sources", f"has {value!r:.60}", next_step="write a text, or a table with body and status.")
    source = TomlTable(f"a source of {entry.what}", value, entry.where)
    refuse_unknown(source, _SOURCE)
    status = source.text("status", "")
    if status not in _STATUSES:
        raise source.fault("status", f"is {status!r:.60}", next_step="write confirmed or unconfirmed.")
    return Source(source.text("body"), status)


def _unconfirmed(entry: TomlTable) -> str:
    """What is still to check; ``true`` marks a notice without saying what."""
    flag = entry.table.get("unconfirmed", False)
    return ("see the file" if flag else "") if isinstance(flag, bool) else entry.text("unconfirmed")


def _fill(text: str, contacts: Mapping[str, Contact]) -> str:
    return _PLACE.sub(lambda match: contacts[match.group(1)].shown, text)


def _entry(entries: Mapping[str, _T], entry_id: str, language: str) -> _T:
    if entry_id not in entries:
        raise CorpusError(
            f"There is no text `{entry_id}`.",
            where=f"corpus/notices/{language}.toml",
            next_step="add it, in every language.",
        )
    return entries[entry_id]


def _refuse_gaps(wordings: Mapping[str, Wording], folder: Path) -> None:
    """Every language must have the same ids: a missing text would show only when somebody needs it."""
    everything = {(kind, key) for wording in wordings.values() for kind, key in _ids(wording)}
    for language, wording in wordings.items():
        missing = sorted(everything - _ids(wording))
        if missing:
            kind, key = missing[0]
            raise CorpusError(
                f"The {kind} `{key}` is missing ({len(missing)} missing in all).",
                where=folder / f"{language}.toml",
                next_step="translate it.",
            )


def _ids(wording: Wording) -> set[tuple[str, str]]:
    kinds = {
        "notice": wording.notices,
        "label": wording.labels,
        "wording for several articles of": {**wording.several_notices, **wording.several_labels},
    }
    return {(kind, key) for kind, texts in kinds.items() for key in texts}
