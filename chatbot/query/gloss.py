"""Gloss: Spanish words in English, one by one, for an encoder that reads only English. Nothing written here is shown.

``corpus/gloss-es.toml`` maps word forms without accents to English. Grammar is lost, meaning mostly not: on
questions by a writer left out, the first quote is right for 77 % instead of 64 % (benchmarks/quality.md).
"""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path

from chatbot.corpus.toml_reader import read_toml
from chatbot.query.normalising import folded

_WORD = re.compile(r"[^\W\d_]+")
_STEM = 5  # letters that an unknown form must share with a known one
_ENDING = 3  # letters at its end that it need not share
_NEIGHBOURS = 3  # known forms before and after it in the alphabet that are compared


class Gloss:
    """English for the words of one other language; without words, every text stays as it is."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = dict(words)
        self._forms = sorted(self._words)

    @property
    def forms(self) -> Sequence[str]:
        """The listed forms, in the order of the alphabet."""
        return self._forms

    def has(self, word: str) -> bool:
        """Whether a word is listed, with or without its accents."""
        return folded(word) in self._words

    def english(self, text: str) -> str:
        """The text word by word; a form that is not listed is read as the listed one that shares its stem."""
        if not self._words:
            return text
        return _WORD.sub(lambda match: self._english_word(match.group()), text).replace("¿", "").replace("¡", "")

    def _english_word(self, word: str) -> str:
        form = folded(word)
        known = form if form in self._words else self._same_stem(form)
        return self._words[known] if known else word

    def _same_stem(self, form: str) -> str:
        """The listed form that shares the longest beginning with this one; empty when it is too short."""
        if len(form) < _STEM:
            return ""
        place = bisect_left(self._forms, form)
        near = self._forms[max(0, place - _NEIGHBOURS) : place + _NEIGHBOURS]
        shared = {known: _shared(known, form) for known in near}
        best = max(near, key=lambda known: (shared[known], -abs(len(known) - len(form))), default="")
        return best if best and shared[best] >= max(_STEM, len(form) - _ENDING) else ""


def _shared(one: str, other: str) -> int:
    """How many letters two forms have in common from the beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def load_gloss(path: Path) -> Gloss:
    """The gloss in a file; one without words when it is missing."""
    if not path.exists():
        return Gloss({})
    words = read_toml(path, ("words",)).within("words")
    return Gloss({form: words.text(form, "") for form in words.table})
