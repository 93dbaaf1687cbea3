"""Makes up to three quotes of candidates. A quote is a document and a span; a quote from a list takes the whole list.

Quotes that overlap are merged. No function here takes or returns the text of a quote.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from chatbot.answering.reply import Quote, Section
from chatbot.corpus.documents import Document, Span
from chatbot.retrieval.candidates import Candidate

LONGEST_GAP = 200  # characters between two stretches of a passage that are quoted along rather than cut out


def make_quotes(candidates: Sequence[Candidate], *, most_quotes: int, most_characters: int) -> tuple[Quote, ...]:
    """Quotes of the best candidates, most fitting first, merged where they touch.

    The first quote is always whole; later ones are dropped when all together would exceed ``most_characters``. One
    whose deciding words are shown already, from another document, only adds its place to the quote that shows them.
    """
    quotes: list[Quote] = []
    for quote in _whole_lists(candidates):
        twin = next((number for number, kept in enumerate(quotes) if _says_the_same(kept, quote)), None)
        if twin is not None:
            quotes[twin] = _cited_too(quotes[twin], quote)
            continue
        merged = _merge_into(quotes, quote)
        total = sum(len(kept.span) for kept in merged)
        if len(merged) <= most_quotes and (not quotes or total <= most_characters):
            quotes = merged
    return tuple(quotes)


def nearest_sections(candidates: Iterable[Candidate], *, most: int) -> tuple[Section, ...]:
    """The sections in which the candidates stand, each once, in the order of the candidates."""
    sections: list[Section] = []
    for candidate in candidates:
        section = Section(candidate.document, candidate.document.section_at(candidate.key.start))
        if section.number >= 0 and section not in sections:
            sections.append(section)
    return tuple(sections[:most])


def _whole_lists(candidates: Iterable[Candidate]) -> Iterable[Quote]:
    """One quote a stretch; a stretch within a list grows to the list with its lead-in."""
    for candidate in candidates:
        for stretch in _joined(candidate):
            span = stretch
            for end in (stretch.start, stretch.end - 1):
                passage = candidate.document.passage_at(end)
                if passage and passage.is_list:
                    span = Span(min(span.start, passage.span.start), max(span.end, passage.span.end))
            key = candidate.key if stretch.covers(candidate.key) else stretch
            yield Quote(candidate.document, span, key, candidate.score)


def _says_the_same(kept: Quote, quote: Quote) -> bool:
    """Whether every sentence of the deciding part of a quote stands in one that is kept, from another document."""
    if kept.document == quote.document:
        return False
    shown = {kept.document.slice(unit) for unit in kept.document.units if kept.span.covers(unit)}
    own = [quote.document.slice(unit) for unit in quote.document.units if quote.key.covers(unit)]
    return bool(own) and shown.issuperset(own)


def _cited_too(kept: Quote, quote: Quote) -> Quote:
    """The quote with one more place; one of each document is enough."""
    if any(place.document == quote.document for place in kept.also):
        return kept
    return replace(kept, also=(*kept.also, Quote(quote.document, quote.key, quote.key, quote.score)))


def _joined(candidate: Candidate) -> list[Span]:
    """The stretches, the deciding one first; two of one passage with little between them are one.

    What stands between them is quoted along: a gap would hide a sentence that belongs to the thought.
    """
    joined: list[Span] = []
    for stretch in sorted(candidate.stretches):
        before = joined[-1] if joined else None
        passage = candidate.document.passage_at(stretch.start)
        if before and passage and passage.span.covers(before) and stretch.start - before.end <= LONGEST_GAP:
            joined[-1] = Span(before.start, max(before.end, stretch.end))
        else:
            joined.append(stretch)
    return sorted(joined, key=lambda stretch: not stretch.covers(candidate.key))


def _merge_into(quotes: Sequence[Quote], quote: Quote) -> list[Quote]:
    """The quotes with one more, which melts into those that it overlaps or touches; the better key and place win."""
    for position, kept in enumerate(quotes):
        if kept.document == quote.document and _touch(kept.document, kept.span, quote.span):
            span = Span(min(kept.span.start, quote.span.start), max(kept.span.end, quote.span.end))
            melted = Quote(kept.document, span, kept.key, max(kept.score, quote.score), kept.also)
            merged = [*quotes[:position], melted]
            for other in quotes[position + 1 :]:  # the longer quote may touch a later one now
                merged = _merge_into(merged, other)
            return merged
    return [*quotes, quote]


def _touch(document: Document, one: Span, other: Span) -> bool:
    """Whether two spans overlap, or have only white space between them."""
    first, second = sorted((one, other))
    if second.start <= first.end:
        return True
    return document.slice(Span(first.end, second.start)).isspace()
