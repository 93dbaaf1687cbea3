"""What is served, to whom, under which headers; asked without a browser."""

import re
from datetime import datetime

import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp

from chatbot.corpus.documents import Span
from chatbot.errors import ChatbotError
from chatbot.web.asgi import build_server
from chatbot.web.gradio_embed import put_in_layout
from chatbot.web.gradio_page import Pages
from chatbot.web.layout import make_layouts
from chatbot.web.reply_html import seal
from chatbot.web.routes import read_stretch
from tests.support.client import Client, Clock
from tests.support.page_fakes import FakeChatbot, made

SIGNS = FakeChatbot().corpus.documents[0].text[1593:1797]


def test_help_is_in_the_first_html(client: Client) -> None:
    """The numbers to call and text, the exit, the questions and the article stand in the HTML before any script."""
    page = client.get("/").text
    for link in ('href="tel:911"', 'href="tel:988"', 'href="sms:988"', 'href="tel:+18006624357"', 'id="exit"'):
        assert link in page
    assert "Which medications are used?" in page
    assert "Pinprick pupils" in page
    assert '<form id="first" method="post"' in page
    assert page.count("<h1>") == 1


def test_first_html_is_small(client: Client) -> None:
    """What must arrive before anything is seen fits into half a second of a slow line (400 kbit/s)."""
    size = int(client.get("/", headers={"accept-encoding": "gzip"}).headers["content-length"])
    assert size < 25_000


def test_skip_and_exit_come_first(client: Client) -> None:
    """The first two links are for the exit and for the question box."""
    links = re.findall(r'<a class="([^"]+)"', client.get("/").text)
    assert links[:2] == ["skip exit-first", "skip"]


@pytest.mark.parametrize("path", ["/", "/?lang=es", "/article/1", "/nothing"])
def test_title_is_neutral(client: Client, path: str) -> None:
    """The tab's title does not name the subject."""
    title = re.search("<title>(.*?)</title>", client.get(path).text)
    assert title
    assert title.group(1) in ("Family support", "Apoyo familiar")


def test_gradio_head_is_gone(client: Client) -> None:
    """No link of Gradio's to another host, no preview picture, no manifest is left in the page."""
    page = client.get("/").text
    head = page.split("</head>")[0]
    assert "og:image" not in head
    assert "manifest.json" not in head
    assert re.findall(r'(?:src|href)="(https?:[^"]+)"', head) == []


def test_language_is_chosen_by_the_address(client: Client) -> None:
    """``?lang=es`` brings the Spanish page, an unknown language the English one."""
    assert '<html lang="es">' in client.get("/?lang=es").text
    assert "Preguntar" in client.get("/?lang=es").text
    assert '<html lang="en">' in client.get("/?lang=xx").text


def test_stored_conversation_cannot_be_opened(client: Client) -> None:
    """A link to a stored conversation is not honoured, whatever its id."""
    assert client.get("/?deep_link=abc").status_code == 200
    assert '"deep_link_state":"none"' in client.get("/?deep_link=abc").text.replace(" ", "")


def test_assets_are_kept_by_the_browser(client: Client) -> None:
    """Gradio's scripts, which hold nothing personal and have their hash in their name, are cached for ever."""
    module = re.search(r'<meta name="gradio-module" content="([^"]+)"', client.get("/").text)
    assert module
    assert "immutable" in client.get(module.group(1)).headers["cache-control"]


def test_article_page_works_alone(client: Client) -> None:
    """The article's own page shows it whole, with the stretch of a link marked, without Gradio."""
    page = client.get("/article/1?quote=1593-1797").text
    assert '<mark id="quoted">Signs of use can include:</mark>' in page
    assert "gradio_config" not in page
    assert 'href="tel:911"' in page
    assert client.get("/article/2").status_code == 404
    assert client.get("/article/1?quote=9-1").status_code == 200


@pytest.mark.parametrize(
    "text", ["", "-", "5", "5-", "-5", "9-1", "1-1", "0-99999999999", "a-b", "1-999999", "²-5", "1-5-", "1-5-x"]
)
def test_wrong_stretches_mark_nothing(text: str) -> None:
    """A link with a stretch that is none marks nothing and breaks nothing."""
    assert read_stretch(FakeChatbot().corpus.documents[0], text) is None


def test_stretch_of_a_link() -> None:
    """A link names a stretch as start-end."""
    assert Span(3, 9) == read_stretch(FakeChatbot().corpus.documents[0], "3-9")


def test_link_that_outlives_its_article_marks_nothing(client: Client) -> None:
    """A citation's link holds a seal of the quoted words: when other words stand there by now, none is marked."""
    assert '<mark id="quoted">' in client.get(f"/article/1?quote=1593-1797-{seal(SIGNS)}").text
    page = client.get(f"/article/1?quote=1593-1797-{seal('other words')}")
    assert page.status_code == 200
    assert "<mark" not in page.text


def test_robots_stay_out(client: Client) -> None:
    """Search engines are asked to stay out."""
    assert "Disallow: /" in client.get("/robots.txt").text


def test_readiness(app: ASGIApp) -> None:
    """The page can ask whether questions are answered yet."""
    waiting = made(lambda: build_server(FakeChatbot(), ready=lambda: False))
    assert Client(waiting).get("/ready").json()["ready"] is False
    assert Client(app).get("/ready").json()["ready"] is True


def test_another_gradio_is_noticed() -> None:
    """A Gradio whose page has another form is refused, and the page of the refusal has the numbers."""
    with pytest.raises(ChatbotError, match="requirements"):
        put_in_layout("<html></html>", make_layouts(FakeChatbot())["en"])


def test_idle_conversations_are_dropped() -> None:
    """A conversation that nobody continues is dropped after the set time and no earlier, whatever time it is."""
    clock = Clock()
    pages = made(lambda: _mounted(clock))
    holder = pages.blocks["en"].state_holder
    assert holder["old"] is not None
    holder.time_last_used["old"] = datetime(1970, 1, 1)  # the wall clock has jumped
    pages.sessions.forget_idle(seconds=100)
    clock.now = 60
    assert holder["new"] is not None
    pages.sessions.forget_idle(seconds=100)
    clock.now = 101
    pages.sessions.forget_idle(seconds=100)
    assert list(holder.session_data) == ["new"]


def _mounted(clock: Clock) -> Pages:
    pages = Pages(FakeChatbot(), clock=clock)
    pages.mount(FastAPI())
    return pages
