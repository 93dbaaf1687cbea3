"""The reviewed wording: every fixed sentence that can be shown, by id and language.

Contacts (names and numbers of helplines) stand in one file of their own, so that another region needs no other change;
a notice names a contact as ``{id}`` and the number is filled in when the files are read. Nothing is formatted later.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from chatbot.corpus import Table, read_toml, refuse_twice
from chatbot.errors import CorpusError

T = TypeVar("T")
_PLACE = re.compile(r"\{([a-z_]+)\}")
_STATUSES = ("confirmed", "unconfirmed", "")
_FORMS = {str: "a text", date: "a day, as 2026-01-31 without quotation marks", dict: "a table", list: "a list"}


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
    """All fixed texts in one language: notices by id, labels of the page by id, contacts by id."""

    language: str
    notices: Mapping[str, Notice]
    labels: Mapping[str, str]
    contacts: Mapping[str, Contact]

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


def load_wordings(folder: Path) -> dict[str, Wording]:
    """Every language in ``folder`` (``en.toml``, ``es.toml``, …), each complete, with the contacts filled in."""
    paths = sorted(path for path in folder.glob("??.toml"))
    wordings = {path.stem: _load_wording(path, _load_contacts(folder / "contacts.toml", path.stem)) for path in paths}
    if "en" not in wordings:
        raise CorpusError("There is no English wording.", where=folder / "en.toml", next_step="add the file.")
    _refuse_gaps(wordings, folder)
    return wordings


def tables(table: Table, key: str, path: Path) -> list[Table]:
    """The entries that a file lists under ``[[key]]``; CorpusError when it holds something else there."""
    entries = _formed(table.get(key, []), list, what=f"`{key}`", where=path)
    return [_formed(entry, dict, what=f"An entry of `{key}`", where=path) for entry in entries]


def _load_contacts(path: Path, language: str) -> dict[str, Contact]:
    entries = [_Entry("contact", entry, path) for entry in tables(read_toml(path), "contacts", path)]
    refuse_twice((entry.id for entry in entries), what="contact", where=path)
    return {entry.id: _contact(entry, language) for entry in entries}


def _load_wording(path: Path, contacts: Mapping[str, Contact]) -> Wording:
    table = read_toml(path)
    entries = [_Entry("notice", entry, path) for entry in tables(table, "notices", path)]
    refuse_twice((entry.id for entry in entries), what="notice", where=path)
    labels = _Entry("label", _formed(table.get("labels", {}), dict, what="`labels`", where=path), path)
    try:
        return Wording(
            language=path.stem,
            notices={entry.id: _notice(entry, path.stem, contacts) for entry in entries},
            labels={key: _fill(labels.text(key), contacts) for key in labels.table},
            contacts=contacts,
        )
    except KeyError as error:  # of _fill and of `contacts`
        raise CorpusError(
            f"{error} is no contact.", where=path, next_step="mend it, or add it to contacts.toml."
        ) from error


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of a file, read field by field: a fault names the file, the entry and the field."""

    kind: str
    table: Table
    where: Path

    @property
    def id(self) -> str:
        return self.text("id")

    def text(self, key: str, default: str | None = None) -> str:
        text = self._value(key, str, default)
        if default is None and not text.strip():
            raise CorpusError(f"{self._name(key)} is empty.", where=self.where, next_step="fill it in.")
        return text

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(_formed(text, str, what=self._name(key), where=self.where) for text in self._value(key, list, []))

    def day(self, key: str) -> date:
        return self._value(key, date)

    def names(self, key: str) -> dict[str, str]:
        names = self._value(key, dict)
        return {
            language: _formed(name, str, what=self._name(key), where=self.where) for language, name in names.items()
        }

    def sources(self) -> tuple[Source, ...]:
        """Plain texts, or tables with `body` and `status`."""
        return tuple(
            Source(entry, "") if isinstance(entry, str) else self._source(entry)
            for entry in self._value("sources", list, [])
        )

    def unconfirmed(self) -> str:
        """What is still to check; ``true`` marks a notice without saying what."""
        flag = self.table.get("unconfirmed", False)
        return ("see the file" if flag else "") if isinstance(flag, bool) else self.text("unconfirmed")

    def _source(self, entry: object) -> Source:
        source = _Entry("source", _formed(entry, dict, what=self._name("sources"), where=self.where), self.where)
        status = source.text("status", "")
        if status not in _STATUSES:
            raise CorpusError(
                f"{self._name('sources')}: the status `{status}` is unknown.",
                where=self.where,
                next_step="write confirmed or unconfirmed.",
            )
        return Source(source.text("body"), status)

    def _value(self, key: str, form: type[T], default: T | None = None) -> T:
        value = self.table.get(key, default)
        if value is None:
            raise CorpusError(f"{self._name(key)} is missing.", where=self.where, next_step="fill it in.")
        return _formed(value, form, what=self._name(key), where=self.where)

    def _name(self, key: str) -> str:
        return f"`{key}` of the {self.kind} `{self.table['id']}`" if "id" in self.table else f"`{key}` of a {self.kind}"


def _formed(value: Any, form: type[T], *, what: str, where: Path) -> T:  # noqa: ANN401  (what a TOML file holds is not known before)
    if type(value) is not form:  # not isinstance: a day with a time is a date, and cannot be compared with one
        raise CorpusError(f"{what} is {value!r:.60}.", where=where, next_step=f"write {_FORMS[form]}.")
    return value


def _contact(entry: _Entry, language: str) -> Contact:
    names = entry.names("name")
    if "en" not in names:
        raise CorpusError(f"The contact {entry.id!r} has no 'en' name.", where=entry.where, next_step="add it.")
    return Contact(
        id=entry.id,
        name=names.get(language, names["en"]),
        shown=entry.text("shown"),
        tel=entry.text("tel", ""),
        sms=entry.text("sms", ""),
        url=entry.text("url", ""),
        sources=entry.sources(),
        last_verified=entry.day("last_verified") if "last_verified" in entry.table else None,
    )


def _notice(entry: _Entry, language: str, contacts: Mapping[str, Contact]) -> Notice:
    return Notice(
        id=entry.id,
        language=language,
        title=_fill(entry.text("title"), contacts),
        lines=tuple(_fill(line, contacts) for line in entry.texts("lines")),
        contacts=tuple(contacts[contact] for contact in entry.texts("contacts")),
        sources=entry.sources(),
        unconfirmed=entry.unconfirmed(),
        reviewed_by=entry.text("reviewed_by", "").strip(),  # a space is no name
        last_verified=entry.day("last_verified"),
        review_by=entry.day("review_by"),
    )


def _fill(text: str, contacts: Mapping[str, Contact]) -> str:
    return _PLACE.sub(lambda match: contacts[match.group(1)].shown, text)


def _entry(entries: Mapping[str, T], entry_id: str, language: str) -> T:
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
    return {("notice", key) for key in wording.notices} | {("label", key) for key in wording.labels}
