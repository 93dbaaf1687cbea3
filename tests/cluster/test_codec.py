"""Questions and replies between two processes."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot.answering.pipeline import AnswerPipeline
from chatbot.cluster.codec import pack, pack_question, unpack, unpack_question
from chatbot.errors import RequestError
from chatbot.query.question import Question
from tests.support.fakes import EVERY_KIND

texts = st.text(max_size=40).filter(lambda text: not any("\ud800" <= sign <= "\udfff" for sign in text))


@given(text=texts, history=st.lists(texts, max_size=3), language=st.sampled_from(["en", "es"]), calm=st.integers(0, 3))
def test_questions_arrive_whole(text: str, history: list[str], language: str, calm: int) -> None:
    """A question comes out as it went in, whatever was typed."""
    question = Question(text, tuple(history), language, anyway=bool(calm), calm=calm)

    assert unpack_question(json.loads(json.dumps(pack_question(question)))) == question


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("text", EVERY_KIND)
def test_replies_arrive_whole(small_chatbot: AnswerPipeline, text: str, language: str) -> None:
    """A reply comes out as it went in: quotes, notices, abstention, follow-ups."""
    corpus, words = small_chatbot.corpus, small_chatbot.emergencies
    reply = small_chatbot.reply(Question(text, language=language))

    assert unpack(json.loads(json.dumps(pack(reply, corpus))), corpus, words, language=language) == reply


@pytest.mark.parametrize("text", EVERY_KIND)
def test_no_words_travel(small_chatbot: AnswerPipeline, text: str) -> None:
    """A packed reply holds ids and places: no sentence of an article, and none of a notice."""
    reply = small_chatbot.reply(Question(text))
    packed = json.dumps(pack(reply, small_chatbot.corpus), ensure_ascii=False)

    assert not any(quote.text in packed for quote in reply.quotes)
    assert not any(notice.text in packed for notice in (*reply.notices, *reply.companions))


def test_replies_of_other_articles_are_refused(small_chatbot: AnswerPipeline) -> None:
    """A place is never taken for one in another text, even if that differs by one file only."""
    corpus, words = small_chatbot.corpus, small_chatbot.emergencies
    packed = pack(small_chatbot.reply(Question(EVERY_KIND[0])), corpus)
    other = replace(corpus, files={**corpus.files, "small/article.txt": "another"})

    with pytest.raises(RequestError, match="other articles"):
        unpack(packed, other, words, language="en")


strange = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_no_reply_is_refused(small_chatbot: AnswerPipeline, data: st.DataObject) -> None:
    """Whatever comes instead of a reply is refused, or is a reply of this corpus: nothing else gets through."""
    corpus, words = small_chatbot.corpus, small_chatbot.emergencies
    packed = dict(pack(small_chatbot.reply(Question(EVERY_KIND[0])), corpus))
    packed[data.draw(st.sampled_from(sorted(packed)))] = data.draw(strange)

    try:
        reply = unpack(packed, corpus, words, language="en")
    except RequestError:
        return
    assert all(quote.text in quote.document.text for quote in reply.quotes)


@given(packed=strange)
def test_what_is_no_question_is_refused(packed: object) -> None:
    """Whatever comes instead of a question is refused, or is one."""
    try:
        question = unpack_question(packed)
    except RequestError:
        return
    assert isinstance(question.text, str)
