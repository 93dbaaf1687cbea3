"""What the page itself carries of a conversation: its earlier questions, while no session on the server holds them.

The plain form sends them back with each question, and Gradio takes them over with the first. Replies are made anew:
what a browser sends is a question and never a reply. Where a session holds the conversation, the page carries how far
the person has cleared it: the request to forget it can be lost on the way.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from chatbot.answering.reply import Reply
from chatbot.query.question import Question, readable
from chatbot.settings import Settings
from chatbot.web.transcript import Exchange, Transcript

MOST_CARRIED = 6  # exchanges; each is answered again with every question of the form


@dataclass(frozen=True, slots=True)
class EarlierQuestion:
    """One of them; ``tapped`` and ``anyway`` as in ``Question``."""

    text: str
    tapped: bool = False
    anyway: bool = False


def write_earlier(transcript: Transcript) -> str:
    """The last questions of a transcript as JSON."""
    questions = [exchange.question for exchange in transcript.exchanges[-MOST_CARRIED:]]
    return json.dumps([[question.text, question.tapped, question.anyway] for question in questions])


def read_earlier(text: str) -> tuple[EarlierQuestion, ...]:
    """What ``write_earlier`` has written; nothing when it is something else.

    >>> read_earlier('[["what helps?", true, false]]')
    (EarlierQuestion(text='what helps?', tapped=True, anyway=False),)
    >>> read_earlier("[1]"), read_earlier("")
    ((), ())
    """
    carried = _read(text)
    entries = carried[-MOST_CARRIED:] if isinstance(carried, list) else ()
    return tuple(
        EarlierQuestion(readable(entry[0]), bool(entry[1]), bool(entry[2]))
        for entry in entries
        if isinstance(entry, list) and len(entry) == 3 and isinstance(entry[0], str)
    )


def read_cleared(text: str) -> str:
    """The key of the newest exchange that the person has cleared; empty when the page carries none.

    >>> read_cleared('{"cleared": "1f"}'), read_cleared('[["what helps?", true, false]]')
    ('1f', '')
    """
    carried = _read(text)
    key = carried.get("cleared") if isinstance(carried, dict) else None
    return key if isinstance(key, str) else ""


def _read(text: str) -> object:
    """What the JSON says; None when it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def answer_earlier(
    earlier: tuple[EarlierQuestion, ...], reply_to: Callable[[Question], Reply], settings: Settings, *, language: str
) -> Transcript:
    """The transcript of these questions, each answered in turn."""
    transcript = Transcript()
    for entry in earlier:
        question = _question(entry, transcript, settings, language)
        transcript = transcript.with_exchange(Exchange(question, reply_to(question)))
    return transcript


def _question(entry: EarlierQuestion, transcript: Transcript, settings: Settings, language: str) -> Question:
    before = [exchange.question for exchange in transcript.exchanges if exchange.question.text == entry.text]
    if entry.anyway and before:  # asked again after the emergency that it raised
        return replace(before[-1], anyway=True)
    return transcript.question(entry.text, language=language, longest=settings.longest_history, tapped=entry.tapped)
