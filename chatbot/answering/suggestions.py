"""Suggestions: questions of the bank that the page offers to tap, at the start, after a reply, and as a choice."""

from collections.abc import Iterable, Iterator, Sequence

from chatbot.answering.reply import Quote
from chatbot.corpus.corpus import Corpus
from chatbot.corpus.question_bank import Answer
from chatbot.retrieval.candidates import Candidate, DocumentSpan

MOST_STARTERS = 7
MOST_SUGGESTIONS = 3
MOST_CHOICES = 3
SEEN = 0.5  # share of a stretch that must have been quoted before its question is not suggested any more


def starters(corpus: Corpus, language: str, *, most: int = MOST_STARTERS) -> tuple[Answer, ...]:
    """The questions of the first view: those that about.toml lists, or the first that may be offered."""
    offered = {answer.name: answer for answer in corpus.answers if answer.ask.get(language)}
    listed = [name for document in corpus.documents for name in document.starters]
    chosen = [offered[name] for name in listed if name in offered] or list(offered.values())
    return tuple(chosen[:most])


def suggested(
    corpus: Corpus, best: Candidate, quotes: Sequence[Quote], language: str, shown: Sequence[DocumentSpan] = ()
) -> tuple[Answer, ...]:
    """What could be asked after a reply whose first quote is of ``best``; nothing that was quoted, now or before.

    First what an editor has named (``next`` in questions.toml), then what stands next in the same section, then the
    rest of it, then what follows in the article.
    """
    seen = [*shown, *(DocumentSpan(quote.document, quote.span) for quote in quotes)]
    offered = [
        answer
        for answer in corpus.answers
        if answer.document == best.document and answer.ask.get(language) and not _was_shown(answer, seen)
    ]
    by_name = {answer.name: answer for answer in offered}
    named = [by_name[name] for name in (best.answer.next if best.answer else ()) if name in by_name]
    others = (answer for answer in _in_order(offered, quotes[0]) if answer not in named)
    return (*named, *others)[:MOST_SUGGESTIONS]


def _in_order(offered: Iterable[Answer], quote: Quote) -> Iterator[Answer]:
    """Answers after a quote: those of its section that follow, those of it before, then those of later sections."""
    document, section = quote.document, quote.document.section_at(quote.span.start)

    def place(answer: Answer) -> tuple[int, int]:
        start = answer.stretches[0].start
        own = document.section_at(start)
        if own == section:
            return (0 if start >= quote.span.start else 1, start)
        return (2 if own > section else 3, start)

    yield from sorted(offered, key=place)


def choices(candidates: Sequence[Candidate], language: str, *, least: float) -> tuple[Answer, ...]:
    """Up to three likely answers to choose from, best first, none of which holds another; fewer than two are none.

    Only answers that the page may offer in this language, each at least ``least`` likely.
    """
    chosen: list[Candidate] = []
    for candidate in candidates:
        answer = candidate.answer
        if answer is None or not answer.ask.get(language) or candidate.score < least:
            continue
        if not any(_share(candidate, other) for other in chosen):
            chosen.append(candidate)
    found = tuple(candidate.answer for candidate in chosen[:MOST_CHOICES] if candidate.answer)
    return found if len(found) > 1 else ()


def near_questions(candidates: Sequence[Candidate], language: str) -> tuple[Answer, ...]:
    """The nearest questions that the article does answer, to be offered when it does not answer this one."""
    answers = (candidate.answer for candidate in candidates if candidate.answer)
    return tuple(answer for answer in answers if answer.ask.get(language))[:MOST_SUGGESTIONS]


def who_decides(corpus: Corpus, best: Candidate) -> tuple[Candidate, ...]:
    """The article's own words on who decides about treatment, if the best quote stands in the same section."""
    section = best.document.section_at(best.key.start)
    return tuple(
        Candidate(answer.document, answer.stretches, answer.units[0], best.score, answer)
        for answer in corpus.answers
        if answer.document == best.document
        and answer.name == best.document.who_decides
        and best.document.section_at(answer.units[0].start) == section
    )


def _was_shown(answer: Answer, places: Iterable[DocumentSpan]) -> bool:
    return any(
        place.document == answer.document and place.span.overlap(stretch) >= SEEN * len(stretch)
        for place in places
        for stretch in answer.stretches
    )


def _share(one: Candidate, other: Candidate) -> bool:
    return one.document == other.document and any(
        own.overlap(stretch) for own in one.stretches for stretch in other.stretches
    )
