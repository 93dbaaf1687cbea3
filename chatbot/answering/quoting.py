"""Turns candidates into quotes. A quote is a document and a span; no function here takes or returns the text of one.

A quote that touches a list holds the whole list with its lead-in; one within a nested list ends where that ends. One
that begins with a word that points back ("They", "That challenge") is widened to what it points at, and one that
replies to the question of its heading ("Yes", "A:") to that heading. Quotes that overlap are merged.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from chatbot.answering.reply import Quote, Section
from chatbot.corpus.documents import Document, Passage, Span
from chatbot.corpus.fragments import is_headed
from chatbot.retrieval.candidates import Candidate

WIDEST = 450  # characters up to which a quote is widened
# First words of a sentence that cannot be understood without the one before, by language of the article.
POINTING = {
    "en": re.compile(
        r"(?:and|but|so|also|however|instead|then|still|similarly|in fact|for example|others?|another|they|them|their|"
        r"these|those|this|that|it|its|he|she|his|her|such|there)\b",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"(?:y|pero|así|también|sin embargo|además|entonces|por ejemplo|otr[oa]s?|ell[oa]s?|él|est[eao]s?|es[eao]s?|"
        r"aquell[oa]s?|sus?|tal(?:es)?)\b",
        re.IGNORECASE,
    ),
}
# Words that answer the question of a heading and say nothing without it.
REPLYING = re.compile(r"(?:[AR]\s*\d{0,2}\s*[:.)]|answer:|respuesta:|(?:yes|no|sí)\b)", re.IGNORECASE)
LONGEST_GAP = 200  # characters between two stretches of a passage that are quoted along rather than cut out


def make_quotes(candidates: Sequence[Candidate], *, most_quotes: int, most_characters: int) -> tuple[Quote, ...]:
    """Quotes of the best candidates, most fitting first, merged where they touch.

    The best candidate is always quoted as a whole; later quotes are dropped when all together would exceed
    ``most_characters``, or when the first would grow to begin with a word that points back. One whose deciding words
    are shown already, from another document, only adds its place to the quote that shows them.
    """
    quotes: list[Quote] = []
    of_best = len(_joined(candidates[0])) if candidates else 0
    for number, quote in enumerate(_whole_thoughts(candidates)):
        twin = next((place for place, kept in enumerate(quotes) if _says_the_same(kept, quote)), None)
        if twin is not None:
            quotes[twin] = _cited_too(quotes[twin], quote)
            continue
        merged = _merge_into(quotes, quote)
        total = sum(len(kept.span) for kept in merged)
        fits = len(merged) <= most_quotes and total <= most_characters
        if number < of_best or (fits and (_points_at_unseen(quotes[0]) or not _points_at_unseen(merged[0]))):
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


def _whole_thoughts(candidates: Iterable[Candidate]) -> Iterator[Quote]:
    """One quote a stretch, widened to the whole list and to what its first word points at."""
    for candidate in candidates:
        for stretch in _joined(candidate):
            span = whole_thought(candidate.document, stretch)
            key = candidate.key if stretch.covers(candidate.key) else stretch
            yield Quote(candidate.document, span, key, candidate.score)


def whole_thought(document: Document, stretch: Span) -> Span:
    """The span that is quoted for a stretch: with its lists, what it points back at, a question it answers."""
    return _with_heading(document, widened(document, _with_lists(document, stretch)))


def _with_lists(document: Document, stretch: Span) -> Span:
    """A stretch within a list grows to the list with its lead-in."""
    span = stretch
    for end in (stretch.start, stretch.end - 1):
        passage = document.passage_at(end)
        if passage and passage.is_list:
            whole = _branch(passage, stretch)
            span = Span(min(span.start, whole.start), max(span.end, whole.end))
    return span


def _branch(passage: Passage, stretch: Span) -> Span:
    """The part of a list that gives the touched items their meaning: from its lead-in to the end of their own list.

    The lead-in is the last sentence before the items; those before it stand by themselves. What stands behind a nested
    list, beside it, is not quoted along: it would read as if it were below its lead-in.
    """
    touched = [number for number, unit in enumerate(passage.units) if unit.overlap(stretch)]
    if not touched or not passage.levels:
        return passage.span
    lead_in = max(passage.levels.count(0) - 1, 0)
    if touched[-1] < lead_in:
        return stretch
    start = passage.units[lead_in].start
    level = min(passage.levels[number] for number in touched)
    if level < 2:
        return Span(start, passage.span.end)
    after = (number for number in range(touched[-1], len(passage.units)) if passage.levels[number] < level)
    last = passage.units[next(after, len(passage.units)) - 1]
    return Span(start, last.end)


def _with_heading(document: Document, span: Span) -> Span:
    """The span from its heading on, when it replies to the heading's question or is a list that it leads in to."""
    passage = document.passage_at(span.start)
    if passage is None or span.start != passage.span.start or not is_headed(document, passage):
        return span
    heading = document.headings[passage.section]
    asked = "?" in document.slice(heading) and REPLYING.match(document.slice(span)) is not None
    led_in = passage.is_list and passage.levels[:1] == (1,)
    return Span(heading.start, span.end) if asked or led_in else span


def widened(document: Document, span: Span) -> Span:
    """The span with the sentences before it that its first word points at, as far as ``WIDEST`` allows."""
    while begins_pointing(document, span):
        before = unit_before(document, span)
        if before is None or span.end - before.start > WIDEST:
            break
        span = Span(before.start, span.end)
    return span


def begins_pointing(document: Document, span: Span) -> bool:
    """Whether a span begins with a word that points back at the text before."""
    pattern = POINTING.get(document.language_at(span.start))
    return pattern is not None and pattern.match(document.slice(span)) is not None


def _points_at_unseen(quote: Quote) -> bool:
    return begins_pointing(quote.document, quote.span) and unit_before(quote.document, quote.span) is not None


def unit_before(document: Document, span: Span) -> Span | None:
    """The sentence before a span in its section, with nothing left out between them; None when there is none."""
    before = [unit for unit in document.units if unit.end <= span.start]
    if not before or document.section_at(before[-1].start) != document.section_at(span.start):
        return None
    between = Span(before[-1].end, span.start) if before[-1].end < span.start else None
    return before[-1] if between is None or document.slice(between).isspace() else None


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
