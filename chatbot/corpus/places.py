"""Places outside the region of the helplines: whom to call there (corpus/notices/places.toml).

Nobody is asked where they are, and nothing is kept: a place counts only when a message names it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chatbot.corpus.notices import Contact
from chatbot.corpus.toml_reader import TomlTable, read_toml, refuse_twice

_PLACE = ("id", "words", "not_words", "line", "contacts", "sources", "last_verified")
_CONTACT = ("name", "shown", "tel")


@dataclass(frozen=True, slots=True)
class CallingPlace:
    """A country with its names and large cities. ``line`` and ``contacts`` are by language, English always there."""

    id: str
    words: re.Pattern[str]
    line: Mapping[str, str]
    contacts: Mapping[str, tuple[Contact, ...]]


def load_places(path: Path) -> tuple[CallingPlace, ...]:
    """The places of a file; none when it is missing, for another region may need none."""
    if not path.exists():
        return ()
    entries = read_toml(path, ("places",)).entries("places", "place", _PLACE)
    refuse_twice((entry.text("id") for entry in entries), what="place", where=path)
    return tuple(_place(entry) for entry in entries)


def place_named(places: Sequence[CallingPlace], messages: Sequence[str]) -> CallingPlace | None:
    """The place that messages name, the newest first; None when they name none."""
    for message in reversed(messages):
        named = [(match.start(), place) for place in places if (match := place.words.search(message))]
        if named:
            return min(named, key=lambda pair: pair[0])[1]
    return None


def _place(entry: TomlTable) -> CallingPlace:
    line = entry.by_language("line")
    entry.day("last_verified")
    if len(entry.texts("sources")) < 2:
        raise entry.fault("sources", "has fewer than two", next_step="name two bodies that publish the numbers.")
    return CallingPlace(
        id=entry.name,
        words=_words(entry),
        line={code: line.text(code) for code in line.table},
        contacts={code: _contacts(entry, code) for code in line.table},
    )


def _words(entry: TomlTable) -> re.Pattern[str]:
    """The words of a place as whole words, not after one of ``not_words`` ("new" before "Mexico")."""
    words = "|".join(map(re.escape, sorted(entry.texts("words"), key=len, reverse=True)))
    holds = "".join(f"(?<!{re.escape(word)} )" for word in entry.texts("not_words"))
    return re.compile(rf"(?<!\w){holds}(?:{words})(?!\w)", re.IGNORECASE)


def _contacts(entry: TomlTable, language: str) -> tuple[Contact, ...]:
    return tuple(
        Contact(
            id=f"{entry.name}-{number}",
            name=contact.by_language("name").text(language),
            shown=contact.text("shown"),
            tel=contact.text("tel"),
            sms="",
            url="",
            sources=(),
            last_verified=None,
        )
        for number, contact in enumerate(entry.entries("contacts", "contact", _CONTACT), 1)
    )
