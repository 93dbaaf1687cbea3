"""The data contract: one JSON object in, one out (DESIGN.md section 6). Spans are code points, half-open."""

from collections.abc import Mapping
from typing import Any

from chatbot.bot import Reply
from chatbot.conversation import Question
from chatbot.errors import RequestError
from chatbot.texts import Quote

_NEXT = 'send {"id": "…", "history": ["…"], "question": "…"}.'


def read_question(entry: object, *, longest_history: int) -> tuple[str, Question]:
    """Id and question of one request; RequestError when it has another form. ``language`` may be given."""
    if not isinstance(entry, Mapping):
        raise RequestError("A question is a JSON object.", next_step=_NEXT)
    question_id, text, history = entry.get("id", ""), entry.get("question"), entry.get("history", [])
    if not isinstance(text, str):
        raise RequestError("`question` is not a text.", next_step=_NEXT)
    if not isinstance(history, list) or not all(isinstance(earlier, str) for earlier in history):
        raise RequestError("`history` is not a list of texts.", next_step=_NEXT)
    if not isinstance(question_id, str | int):
        raise RequestError("`id` is neither a text nor a number.", next_step=_NEXT)
    language = entry.get("language", "en")
    if not isinstance(language, str):
        raise RequestError("`language` is not a text.", next_step=_NEXT)
    if not all(_is_unicode(piece) for piece in (str(question_id), text, *history, language)):
        raise RequestError("A text holds half a surrogate pair.", next_step="send Unicode text.")
    return str(question_id), Question(text, tuple(history[max(0, len(history) - longest_history) :]), language)


def _is_unicode(text: str) -> bool:
    r"""Whether a text can be written as UTF-8: JSON lets ``\ud800`` pass, which is no character."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def reply_object(question_id: str, reply: Reply) -> dict[str, Any]:
    """A reply as plain data."""
    return {
        "id": question_id,
        "outcome": reply.outcome,
        "notices": [{"id": notice.id, "text": notice.text} for notice in (*reply.notices, *reply.companions)],
        "quotes": [_quote_object(quote) for quote in reply.quotes],
        "related": [
            {"section": section.title, "start": section.span.start, "end": section.span.end}
            for section in reply.related
        ],
    }


def error_object(question_id: str, error: Exception) -> dict[str, Any]:
    """What stands in the place of a reply when a line could not be read."""
    return {"id": question_id, "error": str(error)}


def _quote_object(quote: Quote) -> dict[str, Any]:
    return {
        "document": quote.document.name,
        "title": quote.document.title,
        "section": quote.section,
        "start": quote.span.start,
        "end": quote.span.end,
        "text": quote.text,
        "score": round(quote.score, 4),
    }
