"""Normalisation: a typed text in the one form in which words are compared, whatever the phone made of it."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby

_APOSTROPHES = re.compile("['’‘‛´`ʼʹ′＇]")
_ANSWERED_NO = re.compile(r"\bno\s*[,…]")  # "no, he took them all" denies nothing
_SENTENCE_END = re.compile(r"[.!?;:\n…¿¡]+")
_NOT_WORD = re.compile(r"[^a-z0-9%\n]+")
_STRETCHED = re.compile(r"(.)\1{2,}")
_LAUGHING = re.compile("[😂🤣😆😹😅]+")  # faces that say of the words before them that they are meant in fun


def folded(text: str) -> str:
    """The text in small letters without accents.

    >>> folded("Está AÑO")
    'esta ano'
    """
    parts = unicodedata.normalize("NFKD", text).lower()
    if parts.isascii():
        return parts
    return "".join(character for character in parts if unicodedata.category(character) != "Mn")


def plain_sentences(text: str, *, longest: int | None = None) -> Iterator[str]:
    """Sentences of plain words: folded, without apostrophes, punctuation, stretched letters and a word said twice.

    Of a long text only the last ``longest`` folded characters are read.

    >>> list(plain_sentences("He's BLUE!! wakeeeee up up… ¿está vivo?"))
    ['hes blue', 'wake up', 'esta vivo']
    >>> list(plain_sentences("I'm dead 😂"))
    ['im dead lol']
    """
    last = slice(-longest if longest else None, None)
    # One character may stand for eighteen: what is left out below is not folded first.
    typed = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text[last]))[-2 * longest if longest else 0 :]
    plain = _ANSWERED_NO.sub(" ", _STRETCHED.sub(r"\1", _LAUGHING.sub(" lol ", folded(typed)[last])))
    for sentence in _NOT_WORD.sub(" ", _SENTENCE_END.sub("\n", plain)).split("\n"):
        words = sentence.split()
        if words:
            yield " ".join([word for word, _ in groupby(words)])
