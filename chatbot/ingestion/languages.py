"""Which parts of a text are in which language: a leaflet may say all in English and then all in Spanish."""

import re
from collections import Counter

from chatbot.query.language import OTHER, detect

_FEWEST_WORDS = 8  # of a paragraph from which its language is told; shorter ones are of the language that follows
_SENTENCE = re.compile(r"[.!?:;]")  # a title may be in both languages
_BLOCK = re.compile(r"\S[^\n]*(?:\n[^\n]*\S[^\n]*)*")


def languages_of(text: str) -> tuple[str, list[tuple[int, str]]]:
    """The language of the first part, and the positions from which it is another; ``other`` when most is in another."""
    blocks = [(found.start(), found[0]) for found in _BLOCK.finditer(text)]
    told = [
        detect(block) if len(block.split()) >= _FEWEST_WORDS and _SENTENCE.search(block) else "" for _, block in blocks
    ]
    letters: Counter[str] = Counter()
    for (_, block), language in zip(blocks, told, strict=True):
        letters[language or detect(text[:4000])] += len(block)
    if letters[OTHER] > 0.5 * letters.total():
        return OTHER, []
    known = [language if language != OTHER else "" for language in told]
    follows = ""
    for number in reversed(range(len(known))):
        follows = known[number] = known[number] or follows
    first = next((language for language in known if language), "") or detect(text[:4000])
    changes: list[tuple[int, str]] = []
    current = first
    for (start, _), language in zip(blocks, known, strict=True):
        if language and language != current:
            changes.append((start, language))
            current = language
    return first, changes
