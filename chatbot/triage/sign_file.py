"""Reads ``corpus/signs.toml``: lists of words, what cancels a sign, and the signs."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from chatbot.corpus.toml_reader import TomlTable, read_toml, refuse_unknown
from chatbot.errors import CorpusError
from chatbot.triage.patterns import Lists, Pattern, PatternSet, compiled, literal_words
from chatbot.triage.severity import KINDS
from chatbot.triage.signs import BEFORE, ONWARD, SENTENCE, TOUCHING, Cancellation, Grammar, Sign
from chatbot.triage.spelling import Speller

SIGN_LANGUAGES = ("en", "es")
_BY_SOUND = ("es",)  # languages that are written as they are spoken
_REACHES = (SENTENCE, BEFORE, TOUCHING, ONWARD)
_NOTICES = ("crisis", "watch", "advice", "harm", "caution")
_SIGN = ("name", "notice", "instead", "stays", "en", "es", "but", "knows", "leaves")


def load_grammar(path: Path, *, real: Mapping[str, Iterable[str]]) -> Grammar:
    """The grammar in a file; CorpusError on a fault. ``real`` are words by language that are no slip of another."""
    file = read_toml(path, ("turns", "short_forms", "lists", "cancellations", "signs"))
    entries = file.entries("signs", "sign", _SIGN)
    lists = {code: {name: table.texts(name) for name in table.table} for code, table in _by_language(file, "lists")}
    spellers = {
        code: _speller(code, table, [*lists[code].values(), *(entry.texts(code) for entry in entries)], real)
        for code, table in _by_language(file, "short_forms")
    }
    reader = _Reader(lists, spellers)
    cancellations = [
        Cancellation(entry.text("name"), _reach(entry), reader.sets(entry))
        for entry in file.entries("cancellations", "cancellation", ("name", "reach", *SIGN_LANGUAGES))
    ]
    names = [cancellation.name for cancellation in cancellations]
    turns = file.within("turns")
    refuse_unknown(turns, SIGN_LANGUAGES)
    return Grammar(
        [_sign(entry, reader, names) for entry in entries],
        cancellations,
        spellers,
        {code: turns.texts(code) for code in SIGN_LANGUAGES},
        fingerprint=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


def _by_language(file: TomlTable, key: str) -> Iterator[tuple[str, TomlTable]]:
    """The table of each language under a key; a fault for one that is not read."""
    inner = file.within(key)
    refuse_unknown(inner, SIGN_LANGUAGES)
    return ((code, inner.within(code)) for code in SIGN_LANGUAGES)


class _Reader:
    """Compiles the patterns of an entry in every language."""

    def __init__(self, lists: Mapping[str, Lists], spellers: Mapping[str, Speller]) -> None:
        self._lists, self._spellers = lists, spellers

    def patterns(self, entry: TomlTable, *, may_lack: bool = False) -> dict[str, tuple[Pattern, ...]]:
        """By language; each must have some, unless the entry ``may_lack`` them."""
        found = {code: self._compiled(entry, code) for code in SIGN_LANGUAGES}
        for code, patterns in found.items():
            if not patterns and not may_lack:
                raise entry.fault(code, "is empty", next_step="write patterns for both languages.")
        return found

    def sets(self, entry: TomlTable, *, may_lack: bool = False) -> dict[str, PatternSet[None]]:
        """The same, to be looked up."""
        found = self.patterns(entry, may_lack=may_lack)
        return {code: PatternSet((pattern, None) for pattern in patterns) for code, patterns in found.items()}

    def _compiled(self, entry: TomlTable, code: str) -> tuple[Pattern, ...]:
        try:
            return tuple(compiled(text, self._lists[code], self._spellers[code].sound) for text in entry.texts(code))
        except CorpusError as error:
            raise entry.fault(code, str(error), next_step="mend the pattern.") from error


def _sign(entry: TomlTable, reader: _Reader, cancellations: Sequence[str]) -> Sign:
    notice = _notice(entry)
    instead = tuple(
        (_notice(other), reader.sets(other))
        for other in entry.entries("instead", "other notice", ("notice", *SIGN_LANGUAGES))
    )
    stays = entry.texts("stays")
    but, knows, leaves = (entry.within(key) for key in ("but", "knows", "leaves"))
    for table in (but, knows, leaves):
        refuse_unknown(table, SIGN_LANGUAGES)
    for name in set(stays).difference(cancellations):
        raise entry.fault("stays", f"has {name!r:.60}", next_step="write names of cancellations.")
    return Sign(
        name=entry.text("name"),
        notice=notice,
        patterns=reader.patterns(entry),
        instead=instead,
        but=reader.sets(but, may_lack=True),
        stays=frozenset(stays),
        knows={code: knows.texts(code) for code in SIGN_LANGUAGES},
        leaves={code: leaves.texts(code) for code in SIGN_LANGUAGES},
    )


def _notice(entry: TomlTable) -> str:
    notice = entry.text("notice")
    kind, _, name = notice.partition(".")
    if kind not in _NOTICES or (kind in ("crisis", "watch") and name not in KINDS):
        raise entry.fault("notice", f"is {notice!r:.60}", next_step="write the id of a notice that a sign may raise.")
    return notice


def _reach(entry: TomlTable) -> str:
    reach = entry.text("reach")
    if reach not in _REACHES:
        raise entry.fault("reach", f"is {reach!r:.60}", next_step=f"write one of: {', '.join(_REACHES)}.")
    return reach


def _speller(
    code: str, forms: TomlTable, sources: Iterable[Sequence[str]], real: Mapping[str, Iterable[str]]
) -> Speller:
    """The speller of one language; ``sources`` are its patterns and the phrases of its lists."""
    known = {word for texts in sources for source in texts for word in literal_words(source)}
    short = {form: forms.text(form) for form in forms.table}
    return Speller(known, short, real=real.get(code, ()), by_sound=code in _BY_SOUND)
