"""Suggestions: answers of the question bank that the page offers to tap, at the start and after a reply."""

from collections.abc import Sequence

from chatbot.answering.reply import Quote
from chatbot.corpus.corpus import Corpus
from chatbot.corpus.question_bank import Answer
from chatbot.retrieval.candidates import Candidate

MOST_STARTERS = 7
MOST_FOLLOW_UPS = 3


def starters(corpus: Corpus, language: str, *, most: int = MOST_STARTERS) -> tuple[Answer, ...]:
    """The questions of the first view: those that about.toml lists, or the first that may be offered."""
    offered = {answer.name: answer for answer in corpus.answers if answer.ask.get(language)}
    listed = [name for document in corpus.documents for name in document.starters]
    chosen = [offered[name] for name in listed if name in offered] or list(offered.values())
    return tuple(chosen[:most])


def follow_ups(corpus: Corpus, quotes: Sequence[Quote]) -> tuple[Answer, ...]:
    """Answers that stand next in the article after the first quote."""
    after = [
        answer
        for answer in corpus.answers
        if answer.ask and answer.document == quotes[0].document and answer.stretches[0].start >= quotes[0].span.end
    ]
    return tuple(sorted(after, key=lambda answer: answer.stretches[0].start)[:MOST_FOLLOW_UPS])


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
