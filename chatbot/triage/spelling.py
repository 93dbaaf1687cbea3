"""Spelling: the words of a message as the patterns of signs write them, whatever was typed on a phone.

Steps a word: short forms are written out ("cant", "xq"); in Spanish, letters that sound alike become one letter; a
longer word that no list knows becomes the word of a pattern that is one edit away (library symspellpy).
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from symspellpy import SymSpell, Verbosity

_SPLIT_NOT = re.compile(r"\b(is|are|was|were|do|does|did|has|have|had|could|would|should|ca|wo) n t\b")
_SHORTEST = 6  # letters from which a word one edit away is read as a word of a pattern
# Letters that sound alike in most of Latin America, and the silent h.
_SOUNDS = tuple(
    (re.compile(letters), sound)
    for letters, sound in (
        ("ch", "C"),
        (r"c(?=[ei])|z", "s"),
        (r"qu(?=[ei])|c", "k"),
        (r"g(?=[ei])", "j"),
        (r"gu(?=[ei])", "g"),
        ("v", "b"),
        ("ll", "y"),
        (r"h(?!u[aeo])", ""),
        ("rr", "r"),
        ("ss", "s"),
        (r"n(?=[bp])", "m"),
        (r"(?<=.{3}a)o(?=s?$)", "do"),  # "encerrao", as it is said in the Caribbean
    )
)


def sounded(word: str) -> str:
    """A Spanish word with one letter for each sound.

    >>> sounded("combulzionando") == sounded("convulsionando"), sounded("aorcarse") == sounded("ahorcarse")
    (True, True)
    """
    for letters, sound in _SOUNDS:
        word = letters.sub(sound, word)
    return word.lower()


class Speller:
    """Spelling of one language. ``known`` are the words of its patterns, ``real`` others that are no slip of one."""

    def __init__(
        self, known: Iterable[str], short_forms: Mapping[str, str], *, real: Iterable[str] = (), by_sound: bool = False
    ) -> None:
        self._by_sound = by_sound
        self._short_forms = dict(short_forms)
        words = {self.sound(word) for word in known}
        self._real = words.union(map(self.sound, real))
        self._speller = SymSpell(max_dictionary_edit_distance=1)
        for word in sorted(words):
            if len(word) >= _SHORTEST:
                self._speller.create_dictionary_entry(word, 1)

    def words(self, sentences: Iterable[str]) -> Iterator[list[str]]:
        """The words of each sentence (see ``plain_sentences``) as the patterns have them.

        A word is looked up once for all these sentences, and forgotten with them: nothing that was typed is kept.
        """
        readings: dict[str, str] = {}
        for sentence in sentences:
            yield list(self._words(sentence, readings))

    def _words(self, sentence: str, readings: dict[str, str]) -> Iterator[str]:
        for typed in _SPLIT_NOT.sub(r"\1nt", sentence).split():
            for word in self._short_forms.get(typed, typed).split():
                if word not in readings:
                    readings[word] = self._nearest(self.sound(word))
                yield readings[word]

    def sound(self, word: str) -> str:
        """The word by its sounds, where the language is read so."""
        return sounded(word) if self._by_sound else word

    def _nearest(self, word: str) -> str:
        if word not in self._real and not self._by_sound and word.endswith("in") and f"{word}g" in self._real:
            return f"{word}g"  # "breathin", as it is said
        if word in self._real or len(word) < _SHORTEST:
            return word
        found = self._speller.lookup(word, Verbosity.TOP, max_edit_distance=1)
        # A phone rarely mistypes the first letter.
        return found[0].term if found and found[0].term[0] == word[0] else word
