"""The data contract: one JSON object in, one out (DESIGN.md section 6). Spans are code points, half-open."""

from collections.abc import Mapping
from typing import Any

from chatbot.answering.reply import Quote, Reply
from chatbot.corpus.notices import Wording
from chatbot.errors import RequestError
from chatbot.query.question import Question

_NEXT = 'send {"id": "…", "history": ["…"], "question": "…", "language": "en", "anyway": false}.'


def read_question(entry: object, *, longest_history: int) -> tuple[str, Question]:
    """Id and question of one request; RequestError when it has another form.

    ``language`` may be given, and ``anyway``: see ``conversation.Question``.
    """
    if not isinstance(entry, Mapping):
        raise RequestError("A question is a JSON object.", next_step=_NEXT)
    given: dict[str, Any] = {"id": "", "question": None, "history": [], "language": "en", "anyway": False, **entry}
    question_id, text, history = given["id"], given["question"], given["history"]
    language, anyway = given["language"], given["anyway"]
    fitting = {
        "question": isinstance(text, str),
        "history": isinstance(history, list) and all(isinstance(one, str) for one in history),
        "id": isinstance(question_id, str | float | int) and not isinstance(question_id, bool),
        "language": isinstance(language, str),
        "anyway": isinstance(anyway, bool),
    }
    for name, fits in fitting.items():
        if not fits:
            raise RequestError(f"`{name}` is missing, or has another form.", next_step=_NEXT)
    if not all(_is_unicode(piece) for piece in (str(question_id), text, *history, language)):
        raise RequestError("A text holds half a surrogate pair.", next_step="send Unicode text.")
    kept = tuple(history[max(0, len(history) - longest_history) :])
    return str(question_id), Question(text, kept, language, anyway)


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
            {
                "document": section.document.name,
                "section": section.title,
                "start": section.span.start,
                "end": section.span.end,
            }
            for section in reply.related
        ],
    }


def error_object(question_id: str, error: Exception) -> dict[str, Any]:
    """What stands in the place of a reply when a line could not be read."""
    return {"id": question_id, "error": str(error)}


def refusal_object(error: str, wordings: Mapping[str, Wording], *, notice_id: str = "") -> dict[str, Any]:
    """What stands in the place of a reply when none is given: why, and in every language what to show meanwhile.

    The contacts are there whatever went wrong: no trouble may hide whom to call.
    """
    return {
        "error": error,
        "notices": [
            {"id": notice_id, "language": language, "text": wording.notice(notice_id).text}
            for language, wording in wordings.items()
            if notice_id
        ],
        "contacts": [
            {"id": contact.id, "language": language, "name": contact.name, "shown": contact.shown}
            | {"tel": contact.tel, "sms": contact.sms, "url": contact.url}
            for language, wording in wordings.items()
            for contact in wording.notice("trouble.failed").contacts
        ],
    }


def _quote_object(quote: Quote) -> dict[str, Any]:
    return {
        **_place_object(quote),
        "text": quote.text,
        "score": round(quote.score, 4),
        "also": [_place_object(place) for place in quote.also],
    }


def _place_object(quote: Quote) -> dict[str, Any]:
    return {
        "document": quote.document.name,
        "title": quote.document.title,
        "section": quote.section,
        "start": quote.span.start,
        "end": quote.span.end,
    }
