"""Messages that cost the server as much as messages of their length can."""

import random
import string
from collections.abc import Iterator

# One character that stands for five, among them two full stops; and one that stands for eighteen.
TIMES, PHRASE = "㏂", "\ufdfa"
_REPEATED = {
    "a full stop after each letter": "a.",
    "a sign that becomes two sentences": TIMES,
    "a sign that becomes eighteen": PHRASE,
    "addresses of sites": "https://example.org/a?b=c ",
    "addresses of mail": "me@example.org ",
    "Markdown links": "[a](http://b.c) ",
    "formulas": "$\\frac{a}{b}$ ",
    "marks upon marks": "e\u0301\u0327\u0328",
    "abbreviations": "a. b. c. ",
    "line breaks": "a\n",
    "openings": "and but so also ",
    "direction marks": "\u202eabc ",
    "one word": "word ",
    "beginnings of tags": "<a ",
    "spaces": " ",
    "question marks": "?",
    "signs that nothing ends": "he is not he took too much ",
}


def worst_messages(length: int) -> Iterator[tuple[str, str]]:
    """Names and messages of so many characters; the same with every run."""
    for name, piece in _REPEATED.items():
        yield name, (piece * (length // len(piece) + 1))[:length]
    chance = random.Random(0)
    letters = string.ascii_lowercase

    def words(size: int, end: str) -> str:
        made = ("".join(chance.choices(letters, k=size)) + end for _ in range(length))
        return "".join(made)[:length]

    yield "unknown words", words(7, " ")
    yield "different sentences", words(3, ". ")
    known = "what helps when somebody uses heroin and how do we talk about treatment at home " * 2
    yield "a story", " ".join(chance.choices(known.split(), k=length))[:length]
