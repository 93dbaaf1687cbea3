"""Reads a TOML file of the corpus field by field. An error names the file, the entry, the field and the next step.

An unknown key is refused, so that a misspelt one is not silently ignored.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from chatbot.errors import CorpusError

_T = TypeVar("_T")
_LANGUAGE = re.compile(r"[a-z]{2}")
_KINDS = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    date: "a day, as 2026-01-31 without quotation marks",
    dict: "a table",
    list: "a list",
}


@dataclass(frozen=True, slots=True)
class TomlTable:
    """A table of a file. ``what`` says in words which one; ``name`` is the id or name of the entry, if it has one."""

    what: str
    table: Mapping[str, Any]
    where: Path
    name: str = ""

    def text(self, key: str, default: str | None = None) -> str:
        """A text. Without a default it must be there, and be more than white space."""
        text = self._value(key, str, default)
        if default is None and not text.strip():
            raise self.fault(key, "is empty", next_step="fill it in.")
        return text

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, none of them empty; empty where the key is missing."""
        found = self.items(key)
        if not all(isinstance(text, str) and text.strip() for text in found):
            raise self.fault(key, f"is {found!r:.60}", next_step="write a list of texts, none of them empty.")
        return tuple(found)

    def flag(self, key: str) -> bool:
        """True or false; false where the key is missing."""
        return self._value(key, bool, False)

    def number(self, key: str) -> int:
        """A whole number; 0 where the key is missing."""
        return self._value(key, int, 0)

    def day(self, key: str) -> date:
        """A day, which must be there."""
        return self._value(key, date)

    def items(self, key: str) -> list[Any]:
        """A list of anything; empty where the key is missing."""
        return self._value(key, list, [])

    def within(self, key: str) -> "TomlTable":
        """The table under a key; empty where the key is missing."""
        return TomlTable(self.title(key), self._value(key, dict, {}), self.where)

    def by_language(self, key: str) -> "TomlTable":
        """The same, where its keys are languages."""
        inner = self.within(key)
        for language in inner.table:
            if not _LANGUAGE.fullmatch(language):
                raise self.fault(key, f"has {language!r:.60}", next_step="write languages as en or es.")
        return inner

    def entries(self, key: str, what: str, keys: Iterable[str]) -> tuple["TomlTable", ...]:
        """The tables of a list, called ``what``, each with none but ``keys``."""
        found = enumerate(self.items(key), 1)
        return tuple(self._entry(key, number, what, keys, entry) for number, entry in found)

    def fault(self, key: str, how: str, *, next_step: str) -> CorpusError:
        """An error about one field."""
        return CorpusError(f"{self.title(key)} {how}.", where=self.where, next_step=next_step)

    def title(self, key: str) -> str:
        """How a field is called in words."""
        return f"`{key}` of {self.what}" if self.what else f"`{key}`"

    def _entry(self, key: str, number: int, what: str, keys: Iterable[str], value: object) -> "TomlTable":
        if type(value) is not dict:
            raise CorpusError(
                f"An entry of `{key}` is {value!r:.60}.", where=self.where, next_step="write a table in its place."
            )
        name = next((value[key] for key in ("id", "name") if isinstance(value.get(key), str)), "")
        inner = TomlTable(f"the {what} `{name}`" if name else f"{what} {number}", value, self.where, name)
        refuse_unknown(inner, keys)
        return inner

    def _value(self, key: str, form: type[_T], default: _T | None = None) -> _T:
        value = self.table.get(key, default)
        if value is None:
            raise self.fault(key, "is missing", next_step="fill it in.")
        if type(value) is not form:  # not isinstance: a day with a time is a date, and cannot be compared with one
            raise self.fault(key, f"is {value!r:.60}", next_step=f"write {_KINDS[form]}.")
        return value


def read_toml(path: Path, keys: Iterable[str]) -> TomlTable:
    """A TOML file with none but these keys at its top; CorpusError when it is missing or malformed."""
    form = read_any_toml(path)
    refuse_unknown(form, keys)
    return form


def read_any_toml(path: Path) -> TomlTable:
    """A TOML file, whatever its keys; CorpusError when it is missing or malformed."""
    try:
        table = tomllib.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError as error:
        raise CorpusError("The file is missing.", where=path, next_step="see corpus/README.md.") from error
    except OSError as error:
        raise CorpusError(
            f"The file cannot be read: {error.strerror}.", where=path, next_step="make it a file that may be read."
        ) from error
    # ValueError: also no UTF-8, and a number of thousands of digits.
    except (ValueError, RecursionError) as error:
        raise CorpusError(f"Not readable as TOML: {error}.", where=path, next_step="mend it.") from error
    return TomlTable("", table, path)


def refuse_unknown(form: TomlTable, keys: Iterable[str]) -> None:
    """CorpusError when a table has a key that nobody reads."""
    known = tuple(keys)
    for key in form.table:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            meant = f"if you mean `{near[0]}`, write that; " if near else ""
            listed = ", ".join(f"`{name}`" for name in known)
            raise form.fault(key[:60], "is unknown", next_step=f"{meant}what is read here is {listed}.")


def refuse_twice(names: Iterable[str], *, what: str, where: Path) -> None:
    """CorpusError when a name occurs twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise CorpusError(f"Two entries for {what} `{name}`.", where=where, next_step="merge them.")
        seen.add(name)
