"""Spelling and slang: replaces words of a message by standard words, for search only. The result is never shown.

First the phrases of ``corpus/glossary.toml``. Then Spanish is glossed in English (``query/gloss.py``). In English, a
word that neither an English dictionary nor the question bank knows becomes the nearest word of the bank
(Damerau-Levenshtein, by the library symspellpy).
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from importlib import resources
from itertools import pairwise
from pathlib import Path

import numpy as np
from symspellpy import SymSpell, Verbosity

from chatbot.corpus.toml_reader import read_toml, refuse_twice
from chatbot.query.gloss import Gloss
from chatbot.query.language import ENGLISH, SPANISH, detect

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_SHORTEST = 4  # shorter words have too many neighbours one letter away
_LONG = 6  # from here on two letters may differ
_SEEN = 3  # times the bank must use a word that no dictionary has before it counts as a word
_COMMON = 100_000  # corpus frequency from which a dictionary word counts as known (symspellpy's list, 82,765 words)
_BESIDE = 5  # times that a word must stand beside its neighbours in the bank before it replaces another
_OFTENER = 12  # and how much oftener than the other does
_MOST_MENDED = (
    100  # different unknown words of one message that are looked up; a look-up takes a fifth of a millisecond
)
_PREFIX = 6  # letters by which a word is looked up: with 7, the default, it takes as long and twice the entries
_EVERYDAY = 20_000_000  # corpus frequency above which a word ("people", "years") says nothing about the subject


class _PairCounts:
    """How often words stand side by side, by a hash of 64 bits: a twelfth of the memory of a dict of 200,000 pairs."""

    def __init__(self, counts: Mapping[tuple[str, str], int]) -> None:
        keys = np.array([_key(*pair) for pair in counts], dtype=np.int64)
        order = np.argsort(keys)
        self._keys = keys[order]
        self._counts = np.fromiter(counts.values(), dtype=np.int32, count=len(counts))[order]

    def count(self, before: str, after: str) -> int:
        """0 for a pair that never stood there."""
        key = _key(before, after)
        place = int(np.searchsorted(self._keys, key))
        return int(self._counts[place]) if place < len(self._keys) and self._keys[place] == key else 0


class Glossary:
    """The words that the bank uses, and standard words for others."""

    def __init__(
        self, *, phrases: Mapping[str, str], bank: Sequence[str], articles: Sequence[str], gloss: Gloss | None = None
    ) -> None:
        self._gloss = gloss or Gloss({})
        counts = Counter(word for text in bank for word in _words(text))
        dictionary = english_words()
        wanted = {
            word: count
            for word, count in counts.items()
            if len(word) >= _SHORTEST and (word in dictionary or count >= _SEEN) and word not in phrases
        }
        self._known = wanted.keys() | set(_common(dictionary))
        self._subjects = {
            word
            for text in articles
            for word in _words(text)
            if len(word) >= _SHORTEST and dictionary.get(word, 0) <= _EVERYDAY
        }
        self._read = counts.keys() | {word for text in articles for word in _words(text)}
        self._phrases = dict(phrases)
        self._pattern = _alternatives(phrases)
        pairs = Counter(pair for text in (*bank, *articles) for pair in pairwise(_words(text)))
        self._pairs = _PairCounts(pairs)
        self._oftenest_after, self._oftenest_before = Counter[str](), Counter[str]()  # by the neighbour of a subject
        for (before, after), times in pairs.items():
            if after in self._subjects:
                self._oftenest_after[before] = max(self._oftenest_after[before], times)
            if before in self._subjects:
                self._oftenest_before[after] = max(self._oftenest_before[after], times)
        self._speller = SymSpell(max_dictionary_edit_distance=2, prefix_length=_PREFIX)
        for word, count in wanted.items():
            self._speller.create_dictionary_entry(word, count)

    def standard(self, text: str, *, language: str | None = None, mended: dict[str, str] | None = None) -> str:
        """The text with standard words; words that are known, short or far from every word of the bank stay.

        ``language`` is that of the text; it is detected when it is not given. ``mended`` remembers what unknown words
        were read as, for the caller's next text: ``_MOST_MENDED`` are looked up, further ones stay as they are.
        """
        mended = {} if mended is None else mended
        if self._pattern:
            text = self._pattern.sub(self._standard_phrase, text)
        language = language or detect(text)
        if language == SPANISH:
            return self._gloss.english(text)
        if language != ENGLISH:  # the dictionary is English: it would "mend" words of other languages
            return text
        return _WORD.sub(lambda match: self._nearest(match.group(), mended), text)

    def respelled(self, text: str) -> str:
        """The text with words of the articles in place of words spelled alike that never stand beside their neighbours.

        A slip may make a real word: the bank has "heroin addiction" often, and "heroin addition" hardly ever. Both
        readings are searched, since the typed one may be meant.
        """
        found = list(_WORD.finditer(text))
        lowered = [match.group().lower() for match in found]
        pieces, end = list[str](), 0
        for number, match in enumerate(found):
            word = self._meant(lowered, number)
            pieces += [text[end : match.start()], word or match.group()]
            end = match.end()
        return "".join([*pieces, text[end:]])

    def _meant(self, words: Sequence[str], number: int) -> str:
        """The word of the articles that was probably meant by a word; empty when the word itself was."""
        word = words[number]
        if len(word) < _SHORTEST:
            return ""
        least = max(_BESIDE, _OFTENER * self._fit(words, number, word))
        if self._best_fit(words, number) < least:  # of most words; a look-up takes a fifth of a millisecond
            return ""
        alike = [match.term for match in self._speller.lookup(word, Verbosity.ALL, max_edit_distance=1)]
        fits = {term: self._fit(words, number, term) for term in alike if term != word and term in self._subjects}
        best = max(fits, key=lambda term: fits[term], default="")
        return best if best and fits[best] >= least else ""

    def _fit(self, words: Sequence[str], number: int, word: str) -> int:
        """How often a word stands beside these neighbours in bank and articles."""
        before = self._pairs.count(words[number - 1], word) if number else 0
        after = self._pairs.count(word, words[number + 1]) if number + 1 < len(words) else 0
        return before + after

    def _best_fit(self, words: Sequence[str], number: int) -> int:
        """More than which no word of the articles stands beside these neighbours."""
        before = self._oftenest_after[words[number - 1]] if number else 0
        after = self._oftenest_before[words[number + 1]] if number + 1 < len(words) else 0
        return before + after

    def _standard_phrase(self, match: re.Match[str]) -> str:
        # A letter may match another that is no capital of it, such as the long s of “ſmack”.
        return self._phrases.get(match.group().lower(), match.group())

    def knows_a_word_of(self, text: str) -> bool:
        """Whether any word of a text, or of its standard form, is one of dictionary, bank, articles or gloss."""
        found = {word.lower() for word in _WORD.findall(f"{text} {self.standard(text)}")}
        known = not (self._known.isdisjoint(found) and self._read.isdisjoint(found))
        return known or any(self._gloss.has(word) for word in found)

    def subjects(self, text: str) -> tuple[str, ...]:
        """What a message is about: its words that the articles use and that are no everyday words, longest first."""
        found = dict.fromkeys(word.lower() for word in _WORD.findall(text) if word.lower() in self._subjects)
        return tuple(sorted(found, key=len, reverse=True))

    def _nearest(self, word: str, mended: dict[str, str]) -> str:
        if len(word) < _SHORTEST or word.lower() in self._known:
            return word
        if word not in mended and len(mended) < _MOST_MENDED:
            mended[word] = self._looked_up(word)
        return mended.get(word, word)

    def _looked_up(self, word: str) -> str:
        lowered = word.lower()
        distance = 2 if len(lowered) >= _LONG else 1
        found = self._speller.lookup(lowered, Verbosity.CLOSEST, max_edit_distance=distance)
        # A phone rarely mistypes the first letter: two changes with another first letter are another word.
        fitting = [match.term for match in found if match.distance == 1 or match.term[0] == lowered[0]]
        return fitting[0] if fitting else word


def _key(before: str, after: str) -> int:
    digest = blake2b(f"{before} {after}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def _words(text: str) -> list[str]:
    """The words of a text of the corpus; equal ones are one object, which saves 16 MB."""
    return [sys.intern(word.lower()) for word in _WORD.findall(text)]


def load_phrases(path: Path) -> dict[str, str]:
    """Phrase -> standard words, from ``glossary.toml``; empty when the file is missing."""
    if not path.exists():
        return {}
    entries = read_toml(path, ("entries",)).entries("entries", "entry", ("standard", "phrases"))
    pairs = [(phrase.lower(), entry.text("standard")) for entry in entries for phrase in entry.texts("phrases")]
    refuse_twice((phrase for phrase, _ in pairs), what="phrase", where=path)
    return dict(pairs)


def _alternatives(phrases: Iterable[str]) -> re.Pattern[str] | None:
    """One pattern for all phrases as whole words, longer ones first."""
    ordered = sorted(map(re.escape, phrases), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(ordered)})(?!\w)", re.IGNORECASE) if ordered else None


def common_words() -> list[str]:
    """English words that are common enough to be meant as they are typed."""
    return _common(english_words())


def _common(dictionary: Mapping[str, int]) -> list[str]:
    return [word for word, frequency in dictionary.items() if frequency >= _COMMON]


def english_words() -> dict[str, int]:
    """English words and how often they occur, as symspellpy ships them."""
    path = resources.files("symspellpy") / "frequency_dictionary_en_82_765.txt"
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    return {word: int(frequency) for word, _, frequency in (line.partition(" ") for line in lines)}
