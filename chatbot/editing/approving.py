"""Approval of an article: writes into about.toml who read the text that is there, and when."""

import re
from datetime import date
from pathlib import Path

import tomlkit

from chatbot.corpus.approvals import APPROVAL, APPROVED, text_sha256
from chatbot.corpus.corpus import article_folders
from chatbot.editing.changes import Change, apply, read_file
from chatbot.errors import CorpusError, RequestError

LONGEST_NAME_OF_A_PERSON = 200
_KEYS = ("status", *APPROVAL, "sha256")


def approve(name: str, *, by: str, on: date, corpus: Path) -> Change:
    """Approve an article as its text is now: ``by`` is "name, role". The change that was made is returned.

    Raises:
        RequestError: nobody is named.
        CorpusError: there is no such article, or the corpus would be faulty with it.

    """
    names = [folder.name for folder in article_folders(corpus)]
    if name not in names:
        raise CorpusError(
            f"There is no article “{name}”.", where=corpus, next_step=f"name one of: {', '.join(names) or 'none'}."
        )
    path = f"{name}/about.toml"
    before = read_file(corpus, path)
    after = approved(before, by=person(by), on=on, sha256=text_sha256(corpus / name))
    change = Change(path, before, after, f"{name} approved by {person(by)}")
    apply(change, corpus)
    return change


def person(by: str) -> str:
    """Name and role in one line; RequestError when they are no such thing."""
    said = " ".join(by.split())
    if not re.search(r"\w.*,.*\w", said) or len(said) > LONGEST_NAME_OF_A_PERSON:
        raise RequestError(
            "An approval needs the name and the role of who read the article.", next_step='--by "name, role"'
        )
    return said


def approved(about: str, *, by: str, on: date, sha256: str) -> str:
    """The text of about.toml with the approval; everything else stays as it stands."""
    table = tomlkit.parse(about)
    missing = [key for key in _KEYS if key not in table]
    table = tomlkit.parse(_with_lines(about, [f'{key} = ""' for key in missing]))
    for key, value in zip(_KEYS, (APPROVED, by, on, sha256, sha256), strict=True):
        table[key] = value
    return tomlkit.dumps(table)


def _with_lines(text: str, lines: list[str]) -> str:
    """Entries put before the first one: there they belong to no table, and part no comment from what it is about."""
    if not lines:
        return text
    first = re.search(r"(?m)^[ \t]*[^\s#]", text)
    start = first.start() if first else len(text)
    end = "\r\n" if "\r\n" in text else "\n"
    return text[:start] + "".join(f"{line}{end}" for line in lines) + text[start:]
