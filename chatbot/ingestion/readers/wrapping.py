"""Joins lines that were broken to be printed. A hyphen at a line's end goes only when it broke a word."""

import re

_BROKEN = re.compile("[^\\W_][-\u2010\u2011]$")
# First parts of words that are written with a hyphen wherever they stand.
_KEEPS_HYPHEN = {
    *("self", "well", "non", "co", "ex", "all", "one", "two", "three", "four", "high", "low", "long", "short", "part"),
    *("full", "first", "half", "evidence", "family", "drug", "anti", "post", "pre", "day", "side", "risk", "follow"),
    *("peer", "trauma", "opioid", "alcohol", "substance", "needle", "mid", "early", "late"),
}
# Second parts before which a hyphen stays, and whole words that keep it.
_HYPHEN_BEFORE = {
    *("up", "based", "term", "related", "assisted", "acting", "release", "threatening", "led", "hour", "week", "month"),
    *("known", "effects", "effect", "help", "minute", "year"),
}
_HYPHENED = {"drop-in", "walk-in", "check-in", "take-home", "at-home", "in-person", "stand-by", "drug-free", "over-the"}


def joined(before: str, after: str, words: frozenset[str]) -> str:
    """Two printed lines as one. A hyphen at the end goes when it only broke a word.

    It stays behind a number, and when the text writes the word with it elsewhere, or when one of its parts is one that
    keeps it. ``words`` are those of the whole text. Numbers never grow together.

    >>> joined("a detoxi-", "fication centre", frozenset()), joined("a self-", "help group", frozenset())
    ('a detoxification centre', 'a self-help group')
    >>> joined("by 10-", "20 percent", frozenset()), joined("a 24-", "hour number", frozenset())
    ('by 10-20 percent', 'a 24-hour number')
    """
    if before[-1:] == "–" and before[-2:-1].isdigit() and after[:1].isdigit():
        return before + after
    if not _BROKEN.search(before):
        return f"{before} {after}"
    if before[-2].isdigit() and (after[:1].isdigit() or after[:1].islower()):
        return before + after
    if not after[:1].islower():
        return before + after if re.search(r"\w-$", before) and after[:1].isalpha() else f"{before} {after}"
    first, second = re.split(r"[^\w'’-]", before[:-1])[-1].lower(), re.split(r"[^\w'’-]", after)[0].lower()
    if first + second in words:
        return before[:-1] + after
    pair = f"{first}-{second.split('-')[0]}"
    parts = first in _KEEPS_HYPHEN or second.split("-")[0] in _HYPHEN_BEFORE or "-" in first or pair in _HYPHENED
    return before + after if f"{first}-{second}" in words or parts else before[:-1] + after


def words_of(text: str) -> frozenset[str]:
    """Every word of a text in small letters, with its hyphens; not those that end or begin at a line's end hyphen."""
    return frozenset(word.lower() for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*(?!-\n|\w)", text))
