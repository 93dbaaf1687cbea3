"""Where an article comes from, as the page says it."""

from dataclasses import replace

import pytest

from chatbot.answering.reply import Reply
from chatbot.settings import Settings
from chatbot.web.article_html import Frame, render_article
from chatbot.web.layout import make_layouts
from chatbot.web.notice_html import render_notice
from chatbot.web.origin import render_origin
from chatbot.web.reply_html import ReplyContext, render_reply
from tests.support.page_fakes import FakeChatbot, quote_of


@pytest.fixture(scope="module")
def chatbot() -> FakeChatbot:
    """A chatbot without a model."""
    return FakeChatbot()


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_is_not_known_is_said(chatbot: FakeChatbot, language: str) -> None:
    """Publisher, what it sells, date and approval are named; of what nobody knows the line says so."""
    wording, document = chatbot.wordings[language], chatbot.corpus.documents[0]
    line = render_origin(document, wording)
    assert document.publisher in line
    assert wording.label("sells_treatment") in line
    assert wording.label("no_date") in line
    bare = replace(document, publisher="", sells_treatment=False, published="2024-05-01")
    line = render_origin(bare, wording)
    assert wording.label("no_publisher") in line
    assert f"{wording.label('published_on')} 2024-05-01" in line
    assert wording.label("sells_treatment") not in line


def test_origin_stands_by_every_citation(chatbot: FakeChatbot) -> None:
    """The line stands right below the box, below every citation, and above the article."""
    wording, document = chatbot.wordings["en"], chatbot.corpus.documents[0]
    line = render_origin(document, wording)
    quotes = tuple(quote_of(answer) for answer in chatbot.corpus.answers[:3])
    assert render_reply(Reply(quotes=quotes), ReplyContext(wording, {document.name: "/article/1"})).count(line) == 3
    assert line in render_article(document, Frame(wording))
    page = make_layouts(chatbot)["en"].after_chat()
    assert page.index(line) < page.index('id="starters"')


def test_section_that_is_the_article_is_named_once(chatbot: FakeChatbot) -> None:
    """A quote from before the first heading names the article once."""
    document = chatbot.corpus.documents[0]
    answer = next(answer for answer in chatbot.corpus.answers if answer.stretches[0].end < document.headings[0].start)
    markup = render_reply(
        Reply(quotes=(quote_of(answer),)), ReplyContext(chatbot.wordings["en"], {document.name: "/article/1"})
    )
    assert markup.count(document.title) == 1


@pytest.mark.parametrize(("language", "said"), [("en", "From Hope Clinic"), ("es", "De Hope Clinic")])
def test_who_runs_the_page_is_named(language: str, said: str) -> None:
    """What is no quote is said to be from whoever runs the page; without a name, from this page."""
    chatbot = FakeChatbot(Settings(operator="Hope Clinic"))
    plain = chatbot.wordings[language]
    named = plain.by_operator("Hope Clinic")
    notice = plain.notice("not_covered.topic")
    assert f"<h2>{said}</h2>" in render_notice(notice, named)
    assert f"<h2>{plain.by_operator('').label('from_us')}</h2>" in render_notice(notice, plain)
    foot = make_layouts(chatbot)[language].after_chat()
    assert f"{plain.label('run_by')} Hope Clinic." in foot


@pytest.mark.parametrize("language", ["en", "es"])
def test_nothing_is_called_reviewed_that_is_not(chatbot: FakeChatbot, language: str) -> None:
    """No text of the page calls the article reviewed: whether it is stands in its origin."""
    for notice in chatbot.wordings[language].notices.values():
        assert "reviewed article" not in notice.text
        assert "artículo revisado" not in notice.text
