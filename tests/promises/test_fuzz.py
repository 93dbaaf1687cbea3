"""Short messages made of what people, machines and the article write: whatever is typed, a whole reply with a source.

``FUZZ`` in the environment is the number of messages; ``make fuzz`` tries a million.
"""

import logging
import os
import random
from collections.abc import Iterator

import pytest

from chatbot.answering.pipeline import AnswerPipeline
from chatbot.answering.reply import Reply
from chatbot.query.question import Question
from tests.support.fakes import ARTICLE, EMERGENCIES, QUESTIONS

MESSAGES = int(os.environ.get("FUZZ", "1000"))
_ODD = [
    *("", " ", "\n", "\0", "\u202e", "\u200d", "㏂", "\ufdfa", "é", "e\u0301", "ñ", "😂", "🚑", "中", "ا", "\ud800"),
    *(
        "?",
        "!",
        ".",
        "…",
        "¿",
        "'",
        "’",
        '"',
        "<b>",
        "</p>",
        "&amp;",
        "{}",
        "[[",
        "$x$",
        "a" * 50,
        "0",
        "٣",
        "%s",
        "\\",
    ),
    *("and", "it", "why", "no", "not", "he is", "mi hijo", "no respira", "what about", "the second one", "more"),
]


def messages(count: int, seed: int) -> Iterator[Question]:
    """Questions of one to eight pieces after none to three others; the same for a seed."""
    chance = random.Random(seed)
    pieces = [*_ODD * 4, *(word for text in (ARTICLE, QUESTIONS, EMERGENCIES) for word in text.split())]

    def message() -> str:
        return chance.choice(("", " ", "  ")).join(chance.choices(pieces, k=chance.randint(1, 8)))

    for _ in range(count):
        history = tuple(message() for _ in range(chance.choice((0, 0, 1, 3))))
        yield Question(
            message(), history, chance.choice(("en", "es")), anyway=chance.random() < 0.1, tapped=chance.random() < 0.1
        )


def faults(chatbot: AnswerPipeline, reply: Reply) -> Iterator[str]:
    """What is wrong with a reply: it failed, is empty, or shows what stands in no article, bank or wording."""
    articles = {
        document.name: (chatbot.settings.corpus / document.name / "article.txt").read_bytes()
        for document in chatbot.corpus.documents
    }
    if reply.failed:
        yield "failed"
    if not (reply.notices or reply.quotes or reply.choices):
        yield "empty"
    for quote in reply.quotes:
        if quote.text.encode() not in articles[quote.document.name]:
            yield "a byte that is not the article's"
        if not quote.text.strip():
            yield "a quote of nothing"
    worded = {notice.title for wording in chatbot.wordings.values() for notice in wording.notices.values()}
    yield from (f"notice {notice.id}" for notice in (*reply.notices, *reply.companions) if notice.title not in worded)
    answers = set(map(id, chatbot.corpus.answers))
    yield from ("an offer of nothing" for answer in (*reply.choices, *reply.suggestions) if id(answer) not in answers)


@pytest.mark.slow
def test_any_short_message_has_a_sourced_reply(small_chatbot: AnswerPipeline, caplog: pytest.LogCaptureFixture) -> None:
    """No message makes a reply fail, come empty, or show what is not in articles, bank and wording, byte for byte."""
    wrong = list[tuple[str, str]]()
    with caplog.at_level(logging.WARNING):
        for question in messages(MESSAGES, seed=MESSAGES):
            wrong += [(fault, ascii(question)) for fault in faults(small_chatbot, small_chatbot.reply(question))]
            if len(wrong) > 5:
                break
    assert wrong == []
    assert caplog.records == []
