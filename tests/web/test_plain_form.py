"""The plain form: it answers as the page does, behind the same guard, and keeps nothing."""

import asyncio
import html
import json
import logging
import re
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.query.question import Question
from chatbot.service.kill_switch import StoppableChatbot
from chatbot.settings import Settings
from chatbot.web.asgi import build_server
from chatbot.web.earlier import MOST_CARRIED, answer_earlier, read_earlier, write_earlier
from chatbot.web.middleware.in_flight import InFlight
from tests.support.client import Client
from tests.support.page_fakes import FakeChatbot, GatedChatbot, LateChatbot, made, quote_of

NUMBERS = ("911", "988", "1-800-662-4357")


def send(client: Client, *, lang: str = "en", **fields: str) -> httpx.Response:
    """Send the form."""
    return client.ask("POST", f"/ask?lang={lang}", data=fields)


def earlier_of(answer: httpx.Response) -> str:
    """What the page that came back carries."""
    found = re.search(r'name="earlier" value="([^"]*)"', answer.text)
    assert found
    return html.unescape(found.group(1))


def test_quote_comes_back(client: Client) -> None:
    """A question gets a whole page: its quote word for word, the numbers, and an empty box to ask on."""
    answer = send(client, question="signs")
    quote = quote_of(next(entry for entry in FakeChatbot().corpus.answers if entry.name == "signs"))
    assert answer.status_code == 200
    assert html.escape(quote.document.slice(quote.key)) in answer.text
    assert all(number in answer.text for number in NUMBERS)
    assert re.search(r"<textarea [^>]*></textarea>", answer.text)
    assert "<script>" not in answer.text


def test_conversation_is_carried_by_the_page() -> None:
    """The next question is asked after the earlier ones, as in a session, and numbers go on."""
    chatbot = FakeChatbot(Settings(question_burst=10_000))
    client = Client(made(lambda: build_server(chatbot)))
    first = send(client, tapped="Which medications are used?")
    second = send(client, question="signs", earlier=earlier_of(first))
    assert (chatbot.asked[-1].text, chatbot.asked[-1].history) == ("signs", ("Which medications are used?",))
    assert len(chatbot.asked[-1].quoted) == 1
    assert 'id="quote-2"' in second.text
    assert json.loads(earlier_of(second)) == [["Which medications are used?", True, False], ["signs", False, False]]


def test_emergency_alone_and_anyway(client: Client) -> None:
    """An emergency comes alone; who says that it is none gets the quotes of that question."""
    alarm = send(client, question="he is blue signs")
    assert "<blockquote" not in alarm.text
    assert 'href="tel:911"' in alarm.text
    quoted = send(client, anyway="1", earlier=earlier_of(alarm))
    assert "<blockquote" in quoted.text


def test_spanish_form_answers_in_spanish(client: Client) -> None:
    """The language of the form is that of the answer, and of a refusal."""
    assert 'lang="es"' in send(client, lang="es", question="signs").text
    refused = client.ask("POST", "/ask?lang=es", content=b"a=1&" * 20)
    assert refused.status_code == 400
    assert '<html lang="es">' in refused.text


def test_limit_holds_for_the_form() -> None:
    """Who asks too much in a short time gets a page that says so, with the numbers, by the form as by the page."""
    client = Client(made(lambda: build_server(FakeChatbot(Settings(question_burst=2, questions_per_minute=0.1)))))
    statuses = [send(client, question="signs").status_code for _ in range(2)] + [client.join().status_code]
    refused = send(client, question="signs")
    assert (statuses, refused.status_code) == ([200, 200, 429], 429)
    assert refused.headers["content-type"].startswith("text/html")
    assert all(number in refused.text for number in NUMBERS)


def test_carried_questions_count() -> None:
    """Each earlier question that is answered again counts against the limit, in the form and in the page's queue."""
    chatbot = FakeChatbot(Settings(question_burst=5, questions_per_minute=0.1))
    earlier = json.dumps([["signs", False, False]] * 3)
    client = Client(made(lambda: build_server(chatbot)))
    assert send(client, question="signs", earlier=earlier).status_code == 200
    refused = send(client, question="signs", earlier=earlier)
    assert (refused.status_code, len(chatbot.asked)) == (429, 4)
    assert all(number in refused.text for number in NUMBERS)
    queued = Client(made(lambda: build_server(chatbot)), address="203.0.113.9")
    statuses = [queued.join(data=["signs", None, "en", earlier]).status_code for _ in range(2)]
    assert statuses == [200, 429]


def test_emergency_overtakes_a_full_queue() -> None:
    """While the form's places and queue are full an emergency is answered at once, after what was asked before it."""
    chatbot = GatedChatbot(Settings(question_burst=10_000, parallel_replies=1, longest_queue=1))
    app = made(lambda: build_server(chatbot))
    earlier = json.dumps([["signs", False, False], ["weather", False, False]])
    client = Client(app)

    async def all_at_once() -> list[httpx.Response]:
        waiting = [asyncio.create_task(client.send("POST", "/ask", data={"question": "signs"})) for _ in range(2)]
        await asyncio.sleep(0.1)
        refused = await client.send("POST", "/ask", data={"question": "signs"})
        alarm = await client.send("POST", "/ask", data={"question": "he is blue", "earlier": earlier})
        chatbot.gate.set()
        return [refused, alarm, *await asyncio.gather(*waiting)]

    refused, alarm, *waited = asyncio.run(all_at_once())
    assert [answer.status_code for answer in (refused, alarm, *waited)] == [503, 200, 200, 200]
    assert 'href="tel:911"' in alarm.text
    assert "<blockquote" not in alarm.text
    assert json.loads(earlier_of(alarm)) == [*json.loads(earlier), ["he is blue", False, False]]
    again = send(client, question="steps", earlier=earlier_of(alarm))  # what was asked before stands there again
    assert again.text.count('class="asked"') == 4


def test_body_is_bounded(client: Client) -> None:
    """A body over the limit is refused before it is read."""
    assert send(client, question="x" * 70_000).status_code == 413


def test_stopped_form(tmp_path: Path) -> None:
    """While the stop file is there the form is refused with the help page."""
    settings = Settings(stop_file=tmp_path / "stop", question_burst=10_000)
    client = Client(made(lambda: build_server(StoppableChatbot(FakeChatbot(settings)))))
    settings.stop_file.touch()
    stopped = send(client, question="signs")
    assert stopped.status_code == 403
    assert all(number in stopped.text for number in NUMBERS)


def test_not_ready_and_ending() -> None:
    """While the model loads, and while the server ends, the form is told to wait, with the numbers."""
    traffic = InFlight()
    early = send(Client(made(lambda: build_server(LateChatbot(Settings(question_burst=100))))), question="signs")
    client = Client(made(lambda: build_server(FakeChatbot(Settings(question_burst=100)), traffic=traffic)))
    traffic.ending = True
    ending = send(client, question="signs")
    for answer in (early, ending):
        assert answer.status_code == 503
        assert all(number in answer.text for number in NUMBERS)
    assert 'data-trouble="starting"' in early.text


def test_failure_says_nothing_of_the_words(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """A reply that fails is a page with the numbers, and the log does not hold what was typed."""
    with caplog.at_level(logging.DEBUG):
        answer = send(client, question="boom MARKER")
    assert answer.status_code == 500
    assert all(number in answer.text for number in NUMBERS)
    assert "MARKER" not in answer.text + caplog.text


def test_headers_are_those_of_the_page(client: Client) -> None:
    """What comes back is not stored by the browser, and has the security headers of the page."""
    form, page = send(client, question="signs").headers, client.get("/privacy").headers
    assert form["cache-control"] == "no-store"
    for name in ("content-security-policy", "referrer-policy", "x-content-type-options"):
        assert form[name] == page[name]


def test_markup_is_only_text(client: Client) -> None:
    """What was typed comes back as text, in the conversation, in the box and in the hidden field."""
    answer = send(client, question='<img src=x onerror=1>" signs', earlier='[["<script>1</script>", false, false]]')
    assert "<img" not in answer.text
    assert "<script>1" not in answer.text


@given(st.text(max_size=200) | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps))
def test_whatever_is_carried_is_read(text: str) -> None:
    """A hidden field of any form is read without an error, as at most so many questions."""
    assert len(read_earlier(text)) <= MOST_CARRIED


@given(st.lists(st.tuples(st.sampled_from(["signs", "weather", "he is blue"]), st.booleans()), max_size=MOST_CARRIED))
def test_carried_questions_are_those_asked(asked: list[tuple[str, bool]]) -> None:
    """What is written for the form reads back as the same questions, and answering them gives them again."""
    settings = Settings()
    transcript = answer_earlier(
        read_earlier(json.dumps([[text, tapped, False] for text, tapped in asked])),
        lambda question: CHATBOT.reply(question),
        settings,
        language="en",
    )
    assert [(exchange.question.text, exchange.question.tapped) for exchange in transcript.exchanges] == asked
    assert [(entry.text, entry.tapped) for entry in read_earlier(write_earlier(transcript))] == asked
    assert all(isinstance(exchange.question, Question) for exchange in transcript.exchanges)


CHATBOT = FakeChatbot()
