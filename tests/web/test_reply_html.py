"""Rendering changes no character of a quote and shows nothing that is neither corpus nor wording."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.answering.reply import Abstention, Quote, Reason, Reply
from chatbot.corpus.documents import Document, Span
from chatbot.query.question import Question
from chatbot.web.article_html import Frame, render_article
from chatbot.web.question_html import render_question
from chatbot.web.reply_html import (
    ReplyContext,
    article_addresses,
    quote_html,
    render_notice,
    render_reply,
)
from chatbot.web.transcript import MOST_EXCHANGES, Exchange, Transcript
from tests.support.page_fakes import FakeChatbot, quote_of


class _Text(HTMLParser):
    """The text that a browser would show, piece by piece."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.pieces.append("\n")


def pieces_of(markup: str) -> list[str]:
    """The pieces of text in some HTML."""
    parser = _Text()
    parser.feed(markup)
    parser.close()
    return parser.pieces


def text_of(markup: str) -> str:
    """The text of some HTML."""
    return "".join(pieces_of(markup))


@pytest.fixture(scope="module")
def chatbot() -> FakeChatbot:
    """A chatbot without a model."""
    return FakeChatbot()


@pytest.fixture
def place(chatbot: FakeChatbot) -> ReplyContext:
    """The first reply of an English conversation."""
    return ReplyContext(chatbot.wordings["en"], article_addresses(chatbot.corpus))


def made_up(text: str) -> Document:
    """A document with this text."""
    return Document("made-up", "T", "P", "en", text, (), (), (), ())


@given(st.text(min_size=1), st.data())
def test_quote_text_survives(text: str, data: st.DataObject) -> None:
    """Whatever an article holds, the text of a rendered quote is the slice, the deciding part included."""
    text = text.replace("\r", "")  # a browser shows a carriage return as a line end; articles with one are refused
    if not text or "\0" in text:
        return
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    key_start = data.draw(st.integers(start, end - 1))
    key_end = data.draw(st.integers(key_start + 1, end))
    quote = Quote(made_up(text), Span(start, end), Span(key_start, key_end), 0.5)
    assert text[start:end] == text_of(quote_html(quote))


@pytest.mark.parametrize("text", ["*a* _b_ $c$ $$d$$", "<b>&amp; & <", "  • one\n\n  • two\n", "1. x\n# y\n`z` \\("])
def test_awkward_text_survives(text: str) -> None:
    """Markdown, LaTeX, markup, bullets and empty lines of an article are shown as they are."""
    quote = Quote(made_up(text), Span(0, len(text)), Span(0, 1), 0.5)
    markup = quote_html(quote)
    assert text == text_of(markup)
    assert "\n" not in markup


def test_every_answer_survives(chatbot: FakeChatbot, place: ReplyContext) -> None:
    """For every answer of the corpus, the block quote holds exactly the slice of the article."""
    for answer in chatbot.corpus.answers:
        quote = quote_of(answer)
        markup = render_reply(Reply(quotes=(quote,)), place)
        found = re.search(r'<blockquote lang="en">(.*)</blockquote>', markup)
        assert found
        assert quote.text == text_of(found.group(1))


def test_deciding_part_is_marked(chatbot: FakeChatbot) -> None:
    """What decides an answer is marked, and nothing else; a quote that decides as a whole has no mark."""
    quote = next(
        quote
        for answer in chatbot.corpus.answers
        if (quote := quote_of(answer)).key != quote.span and "•" not in quote.text
    )
    found = re.findall("<mark>(.*?)</mark>", quote_html(quote))
    assert [quote.document.slice(quote.key)] == [text_of(markup) for markup in found]
    assert "<mark>" not in quote_html(replace(quote, key=quote.span))


@pytest.mark.parametrize(
    "asked", ["signs", "he is blue", "weather", "should i dose", "medications-named", "which one", "perhaps"]
)
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_character_has_a_source(chatbot: FakeChatbot, asked: str, language: str) -> None:
    """Each piece of visible text is a slice of an article, or a text of the wording, a number, or a separator."""
    wording = chatbot.wordings[language]
    place = ReplyContext(wording, article_addresses(chatbot.corpus))
    markup = render_reply(chatbot.reply(Question(asked, language=language)), place)
    known = " ".join([*wording.labels.values(), *(notice.text for notice in wording.notices.values())])
    known += " ".join(contact.shown + " " + contact.name for contact in wording.contacts.values())
    known += " ".join(document.text + document.title + document.publisher for document in chatbot.corpus.documents)
    known += " ".join(answer.ask[language] for answer in chatbot.corpus.answers if answer.ask)
    for piece in pieces_of(markup):
        for part in re.split(r" · |\d+|[()]", piece.strip()):
            assert part.strip() in known


def test_quoted_list_is_a_list(chatbot: FakeChatbot) -> None:
    """A quoted list has its items as items, unchanged, and marks none of them."""
    quote = quote_of(next(answer for answer in chatbot.corpus.answers if answer.name == "signs"))
    markup = quote_html(quote)
    items = re.findall(r'<span role="listitem">(.*?)</span>', markup)
    assert text_of(markup) == quote.text
    assert [text_of(item).strip(" \n•") for item in items][:2] == [
        "Track marks on the arms or legs",
        "Recurrent sedation",
    ]
    assert len(items) == quote.text.count("•")
    assert "<mark" not in markup


def test_typed_text_is_text(chatbot: FakeChatbot) -> None:
    """What somebody types is shown as typed and is never markup."""
    typed = '<img src="https://example.org/x.png"> *a*\n\n# b'
    markup = render_question(typed, chatbot.wordings["en"], key="k", longest=4000)
    assert typed in text_of(markup)
    assert "<img" not in markup
    assert "\n" not in markup


def test_long_message_is_shortened(chatbot: FakeChatbot) -> None:
    """A message that is too long is shown in part only."""
    assert len(render_question("x" * 5000, chatbot.wordings["en"], key="k", longest=4000)) < 400


def test_numbers_before_reasons(chatbot: FakeChatbot, place: ReplyContext) -> None:
    """In an emergency the number to tap stands before any line, and quotes are offered behind a button."""
    markup = render_reply(chatbot.reply(Question("he is blue")), place)
    notice = chatbot.wordings["en"].notice("crisis.overdose")
    assert markup.index('href="tel:911"') < markup.index(notice.lines[0])
    assert 'id="anyway-1"' in markup
    assert "<blockquote" not in markup


@pytest.mark.parametrize(("kind", "label"), [("overdose", "not_emergency"), ("suicide", "show_quotes_anyway")])
def test_way_past_an_emergency(chatbot: FakeChatbot, place: ReplyContext, kind: str, label: str) -> None:
    """Who was in danger themselves says that they are safe; who asked about somebody else, that it is no emergency."""
    markup = render_reply(Reply((place.wording.notice(f"crisis.{kind}"),)), place)
    assert place.wording.label(label) in markup


def test_telephone_numbers_stay_whole(chatbot: FakeChatbot, place: ReplyContext) -> None:
    """A number to call is not broken at the end of a line."""
    markup = render_reply(chatbot.reply(Question("weather")), place)
    assert '<span class="phone">1-800-662-4357</span>' in markup


def test_marked_numbers_change_no_character(place: ReplyContext) -> None:
    """A line keeps its characters around and within a number, also where they are escaped or numbers begin alike."""
    known = place.wording.contacts["helpline"]
    shown = ("1-800", "1-800-662-4357", "O'Neil <1-2>", "x27-b")
    contacts = {number: replace(known, shown=number) for number in shown}
    line = "'1-800-662-4357' & 1-800\nor O'Neil <1-2>, &#x27-b"
    notice = replace(place.wording.notice("not_covered.topic"), title="", lines=(line,), contacts=())
    markup = render_notice(notice, replace(place.wording, contacts=contacts))
    assert line in text_of(markup)
    marked = [text_of(found) for found in re.findall(r'<span class="phone">(.*?)</span>', markup)]
    assert marked == ["1-800-662-4357", "1-800", "O'Neil <1-2>", "x27-b"]


def test_reading_order(chatbot: FakeChatbot, place: ReplyContext) -> None:
    """Notice, quotes each with its source, companion, next questions."""
    reply = chatbot.reply(Question("signs should i"))
    offered = tuple(answer for answer in chatbot.corpus.answers if answer.ask)[:2]
    markup = render_reply(reply, ReplyContext(place.wording, place.articles, next_questions=offered))
    marks = ["notice advice", "<blockquote", 'class="citation"', "notice caution", 'class="next"']
    places = [markup.index(mark) for mark in marks]
    assert sorted(places) == places


def test_abstention_has_the_shape_of_an_answer(chatbot: FakeChatbot, place: ReplyContext) -> None:
    """Not covered is said under a heading, with near sections as links marked as perhaps no answer."""
    markup = render_reply(chatbot.reply(Question("weather")), place)
    assert place.wording.label("looked_for") in markup
    assert place.wording.label("maybe_related") in markup
    assert 'href="/article/1#section-1"' in markup


def test_contact_once(place: ReplyContext) -> None:
    """Of notices one below the other, the second repeats no contact of the first, and keeps its own."""
    notices = tuple(place.wording.notice(notice_id) for notice_id in ("advice.give", "not_covered.near"))
    markup = render_reply(Reply(notices, abstention=Abstention(Reason.NEAR)), place)
    for contact in {contact for notice in notices for contact in notice.contacts}:
        assert markup.count(f'<span class="whom">{contact.name}</span>') == 1


def test_not_found_is_said_where_it_belongs(place: ReplyContext) -> None:
    """The heading of an abstention stands right above its notice, after what is more urgent."""
    notices = tuple(place.wording.notice(notice_id) for notice_id in ("watch.overdose", "not_covered.topic"))
    markup = render_reply(Reply(notices, abstention=Abstention(Reason.TOPIC)), place)
    marks = ["notice watch", place.wording.label("looked_for"), "notice not_covered"]
    places = [markup.index(mark) for mark in marks]
    assert sorted(places) == places


@pytest.mark.parametrize("reason", [Reason.TOO_LONG, Reason.EMPTY, Reason.VAGUE])
def test_what_was_not_looked_for_is_not_missing(place: ReplyContext, reason: Reason) -> None:
    """A message that could not be read as a question is not said to be missing from the article."""
    reply = Reply((place.wording.notice(reason.value),), abstention=Abstention(reason))
    assert place.wording.label("looked_for") not in render_reply(reply, place)


def test_foreign_quotes_say_so(chatbot: FakeChatbot) -> None:
    """On a Spanish page a quote keeps its language, and a line says that the article is in English."""
    wording = chatbot.wordings["es"]
    markup = render_reply(
        chatbot.reply(Question("signs", language="es")),
        ReplyContext(wording, {chatbot.corpus.documents[0].name: "/article/1"}),
    )
    assert wording.notice("language.quotes").title in markup
    assert '<blockquote lang="en">' in markup
    assert 'lang="es"' in markup


def test_addresses_name_no_subject(chatbot: FakeChatbot) -> None:
    """The address of an article says nothing about its subject, for addresses stay in the browser's history."""
    assert list(article_addresses(chatbot.corpus).values()) == ["/article/1"]


def test_whole_article_is_shown(chatbot: FakeChatbot) -> None:
    """Every word of the article stands on its page once, in order; what no answer uses says why, to readers."""
    document = chatbot.corpus.documents[0]
    shown = text_of(render_article(document, Frame(chatbot.wordings["en"]))).split(document.title, 1)[1]
    position = 0
    for word in document.text[len(document.title) :].split():
        position = shown.find(word, position)
        assert position >= 0, word
        position += len(word)
    reasons = [entry for entry in document.left_out if document.slice(entry.span) != document.title]
    assert all(entry.for_readers["en"] in shown for entry in reasons)
    assert "fused to the first sentence" not in shown


def test_quoted_stretch_is_marked_in_the_article(chatbot: FakeChatbot) -> None:
    """The article page of every answer marks its stretch, and gives its beginning an id to jump to."""
    document = chatbot.corpus.documents[0]
    for answer in chatbot.corpus.answers:
        quote = quote_of(answer)
        markup = render_article(document, Frame(chatbot.wordings["en"], quoted=quote.span))
        marked = "".join(text_of(part) for part in re.findall(r"<mark[^>]*>(.*?)</mark>", markup))
        assert "".join(quote.text.split()) == "".join(marked.split())
        assert markup.count('id="quoted"') == 1


def test_seen_answers_are_not_offered(chatbot: FakeChatbot) -> None:
    """What was quoted already is not offered as a next question."""
    question = Question("signs")
    transcript = Transcript().with_exchange(Exchange(question, chatbot.reply(question)))
    last = transcript.messages(chatbot.corpus, chatbot.settings, wordings=chatbot.wordings)[-1][1]
    assert "What are the signs" not in last
    assert last.count('class="next"') == 3


def test_quotes_are_numbered_through(chatbot: FakeChatbot) -> None:
    """Numbers of quotes go on from one reply to the next."""
    transcript = Transcript()
    for text in ("signs", "medications-named"):
        question = Question(text)
        transcript = transcript.with_exchange(Exchange(question, chatbot.reply(question)))
    shown = transcript.messages(chatbot.corpus, chatbot.settings, wordings=chatbot.wordings)
    assert 'id="quote-2"' in shown[-1][1]


def test_transcript_keeps_the_last(chatbot: FakeChatbot) -> None:
    """A long conversation drops its beginning, keeps its numbers, and sends a bounded history."""
    transcript = Transcript()
    for number in range(MOST_EXCHANGES + 5):
        transcript = transcript.with_exchange(Exchange(Question(str(number)), Reply()))
    assert len(transcript.exchanges) == MOST_EXCHANGES
    again = transcript.again(MOST_EXCHANGES + 5)
    assert again is not None
    assert (str(MOST_EXCHANGES + 4), True) == (again.text, again.anyway)
    assert transcript.again(5) is None
    assert len(transcript.question("x", language="en", longest=12).history) == 12


def test_nothing_stands_before_an_emergency(chatbot: FakeChatbot, place: ReplyContext) -> None:
    """The offer of another language comes after the emergency card, and before anything else."""
    offer = chatbot.wordings["en"].notice("language.suggest")
    for asked, order in (("he is blue", ["notice crisis", "offer"]), ("signs should i", ["offer", "notice advice"])):
        markup = render_reply(
            chatbot.reply(Question(asked)), ReplyContext(place.wording, place.articles, suggestion=offer)
        )
        places = [markup.index(f'class="{name}"') for name in order]
        assert places == sorted(places)


def test_quote_outlives_its_article(chatbot: FakeChatbot) -> None:
    """A quote in an open conversation whose article was taken away keeps its words and its source, without a link."""
    reply = chatbot.reply(Question("signs"))
    markup = render_reply(reply, ReplyContext(chatbot.wordings["en"], {}))
    assert quote_html(reply.quotes[0]) in markup
    assert reply.quotes[0].document.title in markup
    assert 'href="/article' not in markup
    assert 'class="near"' not in render_reply(
        chatbot.reply(Question("weather")), ReplyContext(chatbot.wordings["en"], {})
    )


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(("notice_id", "call"), [("crisis.suicide", "lifeline"), ("comfort.pain", "helpline")])
def test_what_happens_when_one_calls(chatbot: FakeChatbot, language: str, notice_id: str, call: str) -> None:
    """Below a notice that names a helpline three short lines, from a named source, say what happens when one calls."""
    wording = chatbot.wordings[language]
    told = wording.notice(f"call.{call}")
    markup = text_of(render_notice(wording.notice(notice_id), wording))
    assert len(told.lines) == 3
    assert all(len(line.split()) <= 20 for line in told.lines)
    assert told.sources
    places = [markup.index(text) for text in (told.title, *told.lines)]
    assert places == sorted(places)
