"""The decision between quotes and an abstention: thresholds for candidates, and the reason when no candidate passes."""

from collections.abc import Sequence

from chatbot.answering.reply import Reason
from chatbot.query.language import OTHER
from chatbot.query.message_form import words
from chatbot.query.rewriting import Query
from chatbot.retrieval.candidates import Candidate, SearchResult
from chatbot.settings import Settings

OF_THE_BEST = 0.5  # a further answer of the bank is at least this share as likely as the best


def unreadable(query: Query, settings: Settings) -> Reason | None:
    """Why a message cannot be read as a question; None when it can."""
    text = query.question.text
    if len(text) > settings.longest_message:
        return Reason.TOO_LONG
    if not words(text):
        return Reason.EMPTY
    return Reason.LANGUAGE if query.language == OTHER else None


def sure_candidates(bank: SearchResult, texts: SearchResult, query: Query, settings: Settings) -> tuple[Candidate, ...]:
    """The candidates that are good enough to quote, those in the reader's language first: none is lost by its language.

    Beside an answer of a bank, a sentence of an article without one must be more similar.
    """
    banked = _sure_answers(bank, settings)
    least = settings.similarity_threshold_beside_bank if banked else settings.similarity_threshold
    sure = [*banked, *(candidate for candidate in texts.candidates if candidate.score >= least)]
    return tuple(sorted(sure, key=lambda candidate: candidate.document.language != query.reader_language))


def _sure_answers(bank: SearchResult, settings: Settings) -> list[Candidate]:
    """Answers of the bank: the best, those to single questions of the message, and others nearly as likely."""
    if bank.covered < settings.answer_threshold:
        return []
    best, *others = bank.candidates
    least = max(settings.second_quote_threshold, best.score * OF_THE_BEST)
    return [best, *bank.asked, *(other for other in others if other.score >= least)]


def why_not(query: Query, bank: SearchResult, settings: Settings) -> Reason:
    """Why nothing is quoted: the message says too little, the article comes near, or it does not speak of this."""
    if not query.question.history and query.depends(settings.vague_threshold):
        return Reason.VAGUE
    return Reason.NEAR if bank.covered >= settings.near_threshold else Reason.TOPIC


def near_candidates(bank: SearchResult, texts: SearchResult) -> Sequence[Candidate]:
    """The candidates whose sections are pointed at when nothing is quoted."""
    return bank.candidates or texts.candidates
