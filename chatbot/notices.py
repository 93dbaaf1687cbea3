"""The reviewed wording: every fixed sentence that can be shown, by id and language.

Contacts (names and numbers of helplines) stand in one file of their own, so that another region needs no other change;
a notice names a contact as ``{id}`` and the number is filled in when the files are read. Nothing is formatted later.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from chatbot.corpus import Table, read_toml, refuse_twice
from chatbot.errors import CorpusError

T = TypeVar("T")
_PLACE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to call or text. ``tel`` and ``sms`` are what a phone dials; empty when there is none."""

    id: str
    name: str
    shown: str
    tel: str
    sms: str
    url: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One fixed text: a title, lines under it, and the contacts that go with it."""

    id: str
    language: str
    title: str
    lines: tuple[str, ...]
    contacts: tuple[Contact, ...]
    sources: tuple[str, ...]
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


def load_wordings(folder: Path) -> dict[str, Wording]:
    """Every language in ``folder`` (``en.toml``, ``es.toml``, …), each complete, with the contacts filled in."""
    paths = sorted(path for path in folder.glob("??.toml"))
    wordings = {path.stem: _load_wording(path, _load_contacts(folder / "contacts.toml", path.stem)) for path in paths}
    if "en" not in wordings:
        raise CorpusError("There is no English wording.", where=folder / "en.toml", next_step="add the file.")
    _refuse_gaps(wordings, folder)
    return wordings


def _load_contacts(path: Path, language: str) -> dict[str, Contact]:
    entries = read_toml(path).get("contacts", [])
    refuse_twice((entry.get("id", "") for entry in entries), what="contact", where=path)
    try:
        return {entry["id"]: _contact(entry, language) for entry in entries}
    except KeyError as error:
        raise CorpusError(f"{error} is missing from a contact.", where=path, next_step="fill it in.") from error


def _load_wording(path: Path, contacts: Mapping[str, Contact]) -> Wording:
    table = read_toml(path)
    entries = table.get("notices", [])
    refuse_twice((entry.get("id", "") for entry in entries), what="notice", where=path)
    try:
        notices = {entry["id"]: _notice(entry, path.stem, contacts) for entry in entries}
        labels = {key: _fill(text, contacts) for key, text in table.get("labels", {}).items()}
    except KeyError as error:
        raise CorpusError(f"{error} is missing or unknown.", where=path, next_step="fill it in.") from error
    return Wording(path.stem, notices, labels, contacts)


def _contact(entry: Table, language: str) -> Contact:
    names = entry["name"]
    return Contact(
        id=entry["id"],
        name=names.get(language, names["en"]),
        shown=entry["shown"],
        tel=entry.get("tel", ""),
        sms=entry.get("sms", ""),
        url=entry.get("url", ""),
    )


def _notice(entry: Table, language: str, contacts: Mapping[str, Contact]) -> Notice:
    return Notice(
        id=entry["id"],
        language=language,
        title=_fill(entry["title"], contacts),
        lines=tuple(_fill(line, contacts) for line in entry.get("lines", [])),
        contacts=tuple(contacts[contact] for contact in entry.get("contacts", [])),
        sources=tuple(entry.get("sources", [])),
        reviewed_by=entry.get("reviewed_by", ""),
        last_verified=entry["last_verified"],
        review_by=entry["review_by"],
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
