"""Patterns of signs: "{person} [is] not breath*" compiled to a regular expression over the words of a message.

word          this word; a|b one of several; breath* any word that begins so (three letters or more)
{name}        a phrase of a named list
(a b|c)       one of these phrases; [a b|c] one of them or none
..            up to four words of any kind; _ exactly one
one & other   both, in any order, in one sentence or in two that follow each other
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

from chatbot.errors import CorpusError
from chatbot.query.normalising import folded

_TOKEN = re.compile(r"[()\[\]|&]|[^\s()\[\]|&]+")
_KEY = 3  # letters by which patterns are looked up
_FREE = {"..": "(?:[a-z0-9%]+ ){0,4}?", "_": "[a-z0-9%]+ "}
_CLOSING = {"(": ")", "[": "]"}

T = TypeVar("T")
Lists = Mapping[str, Sequence[str]]
Keys = tuple[frozenset[str], ...]  # beginnings of words; a text must have one of each set


@dataclass(frozen=True)  # no slots: the expression is compiled when it is first needed
class Pattern:
    """One pattern. ``parts`` are regular expressions, ``keys`` what all of them need."""

    source: str
    parts: tuple[str, ...]
    keys: Keys

    @cached_property
    def _compiled(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(part) for part in self.parts)

    @cached_property
    def _at_the_end(self) -> re.Pattern[str]:
        return re.compile(f"{self.parts[0]}$")

    def may_fit(self, found: frozenset[str]) -> bool:
        """Whether words with these beginnings can hold the pattern at all."""
        return not any(map(found.isdisjoint, self.keys))

    def places(self, padded: str) -> list[tuple[int, int] | None]:
        """Where a sentence with a space before and after every word holds each part; None where it does not."""
        return [match.span() if (match := part.search(padded)) else None for part in self._compiled]

    def fits(self, padded: str) -> bool:
        """Whether such a sentence holds the pattern."""
        return all(part.search(padded) for part in self._compiled)

    def ends(self, padded: str) -> bool:
        """Whether a sentence ends with the pattern, which has one part."""
        return self._at_the_end.search(padded) is not None


@dataclass(frozen=True)  # no slots: the beginnings are looked up when they are first needed
class Words:
    """Words of a message with a space before and after each."""

    padded: str

    @classmethod
    def of(cls, words: Iterable[str]) -> "Words":
        """These words, one after the other."""
        return cls(f" {' '.join(words)} ")

    @cached_property
    def beginnings(self) -> frozenset[str]:
        """What ``Pattern.may_fit`` looks at."""
        return frozenset([word[:_KEY] for word in self.padded.split()])


class PatternSet(Generic[T]):
    """Patterns with what they are for, looked up by the rarest of the beginnings of words that they need."""

    def __init__(self, pairs: Iterable[tuple[Pattern, T]]) -> None:
        self._pairs = list(pairs)
        self._by_key = defaultdict[str, list[int]](list)
        often = Counter(key for pattern, _ in self._pairs for keys in pattern.keys for key in keys)
        for number, (pattern, _) in enumerate(self._pairs):
            for key in min(pattern.keys, key=lambda keys: sum(often[key] for key in keys)):
                self._by_key[key].append(number)

    def candidates(self, found: frozenset[str]) -> list[tuple[Pattern, T]]:
        """The patterns that words with these beginnings may hold, each once and in the order of the set."""
        numbers = {number for key in self._by_key.keys() & found for number in self._by_key[key]}
        return [self._pairs[number] for number in sorted(numbers) if self._pairs[number][0].may_fit(found)]

    def fits(self, text: Words) -> bool:
        """Whether words hold one of the patterns."""
        return any(pattern.fits(text.padded) for pattern, _ in self.candidates(text.beginnings))

    def ends(self, text: Words) -> bool:
        """Whether words end with one of the patterns."""
        return any(pattern.ends(text.padded) for pattern, _ in self.candidates(text.beginnings))


def compiled(source: str, lists: Lists, spelled: Callable[[str], str]) -> Pattern:
    """The pattern of a text; ``spelled`` gives a word as messages have it. CorpusError when it cannot be read."""
    parser = _Parser(source, lists, spelled, _TOKEN.findall(source))
    parts = list(parser.parts())
    keys = tuple(one for _, needed in parts for one in needed)
    return Pattern(source, tuple(expression for expression, _ in parts), keys)


def literal_words(source: str) -> Iterator[str]:
    """The words that a pattern or a phrase of a list spells out, without those of its lists and beginnings."""
    return (word for word in _TOKEN.findall(source) if word.isalnum())


@dataclass
class _Parser:
    """Reads tokens from left to right; each method gives a regular expression and its keys."""

    source: str
    lists: Lists
    spelled: Callable[[str], str]
    tokens: list[str]
    place: int = field(default=0, init=False)

    def parts(self) -> Iterator[tuple[str, Keys]]:
        """The parts between the signs "&"."""
        while self.place < len(self.tokens):
            expression, keys = self._sequence(self._choice, stop=("&",))
            if not keys:
                raise self._fault("has no word that must be there")
            self.place += 1
            yield f"(?<= ){expression}", keys

    def _sequence(self, read: Callable[[], tuple[str, Keys]], *, stop: Sequence[str]) -> tuple[str, Keys]:
        """What stands before one of ``stop``."""
        found = list[tuple[str, Keys]]()
        while self.place < len(self.tokens) and self.tokens[self.place] not in stop:
            found.append(read())
        return "".join(expression for expression, _ in found), tuple(one for _, keys in found for one in keys)

    def _choice(self) -> tuple[str, Keys]:
        """Atoms with "|" between them."""
        found = [self._atom()]
        while self.place < len(self.tokens) and self.tokens[self.place] == "|":
            self.place += 1
            found.append(self._atom())
        return _one_of(found)

    def _atom(self) -> tuple[str, Keys]:
        if self.place >= len(self.tokens):
            raise self._fault("ends too early")
        token = self.tokens[self.place]
        self.place += 1
        if token in _FREE:
            return _FREE[token], ()
        if token in _CLOSING:
            return self._group(_CLOSING[token])
        if token.startswith("{"):
            return self._list(token.strip("{}"))
        return self._word(token)

    def _group(self, closing: str) -> tuple[str, Keys]:
        """Phrases with "|" between them, up to the closing bracket; square brackets may be missing in the text."""
        phrases = [self._sequence(self._atom, stop=("|", "&", closing))]
        while self.place < len(self.tokens) and self.tokens[self.place] == "|":
            self.place += 1
            phrases.append(self._sequence(self._atom, stop=("|", "&", closing)))
        if self.tokens[self.place : self.place + 1] != [closing]:
            raise self._fault(f"lacks a {closing!r}")
        self.place += 1
        expression, keys = _one_of(phrases)
        return (f"{expression}?", ()) if closing == "]" else (expression, keys)

    def _list(self, name: str) -> tuple[str, Keys]:
        if name not in self.lists:
            raise self._fault(f"names {name!r}, which is no list")
        phrases = [[self._word(word) for word in phrase.split()] for phrase in self.lists[name]]
        return _one_of([("".join(word for word, _ in phrase), phrase[0][1]) for phrase in phrases])

    def _word(self, word: str) -> tuple[str, Keys]:
        bare, beginning = folded(word.rstrip("*")), word.endswith("*")
        if not (bare.isalnum() and bare.isascii()) or (beginning and len(bare) < _KEY):
            raise self._fault(f"has {word!r}, which is no plain word")
        spelled = self.spelled(bare)
        return f"{spelled}{'[a-z0-9]*' if beginning else ''} ", (frozenset([spelled[:_KEY]]),)

    def _fault(self, how: str) -> CorpusError:
        return CorpusError(f"The pattern {self.source!r} {how}.", next_step="mend it.")


def _one_of(found: Sequence[tuple[str, Keys]]) -> tuple[str, Keys]:
    """One of several expressions: needs a beginning of any of them, or none when one of them needs none."""
    expressions = dict.fromkeys(expression for expression, _ in found)
    needed = [min(keys, key=len) for _, keys in found if keys]
    keys = (frozenset[str]().union(*needed),) if len(needed) == len(found) else ()
    return f"(?:{'|'.join(expressions)})", keys
