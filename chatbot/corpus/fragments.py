"""Fragments: stretches that are no answer by themselves, as a lone word, a button or a question without its answer.

They stay in the article and may stand within a quote. They are never what a quote is chosen for.
"""

import re

from chatbot.corpus.documents import Document, Passage, Span

_ENDS = re.compile(r"[.!?:…][”\"’')\]»]*$")
_QUESTION = re.compile(r"\?[”\"’')\]»]*$")
_PAIR = re.compile(r"\w[^:]{0,60}: \S")  # a row of a table: "Medicine: methadone"
_FEWEST_WORDS = 4  # of a passage that stands alone; shorter ones are labels, unless a number to call is in them
_NUMBER = re.compile(r"\d{3}")


def answering_units(document: Document, passage: Passage) -> tuple[Span, ...]:
    """The units of a passage that can be an answer: sentences, and items of a list that something leads in to."""
    texts = [document.slice(unit) for unit in passage.units]
    if all(_QUESTION.search(text) or not any(map(str.isalpha, text)) for text in texts):
        return ()
    whole = " ".join(texts)
    if len(whole.split()) < _FEWEST_WORDS and not _NUMBER.search(whole):
        return ()
    if passage.is_list and (passage.levels[:1] == (0,) or is_headed(document, passage)):
        return passage.units
    return tuple(
        unit
        for unit, text in zip(passage.units, texts, strict=True)
        if any(map(str.isalpha, text)) and (_ENDS.search(text) or _PAIR.match(text))
    )


def is_headed(document: Document, passage: Passage) -> bool:
    """Whether a passage stands right below the heading of its section."""
    if passage.section < 0:
        return False
    heading = document.headings[passage.section]
    return heading.end == passage.span.start or document.slice(Span(heading.end, passage.span.start)).isspace()
