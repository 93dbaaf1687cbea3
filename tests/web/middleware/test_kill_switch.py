"""The kill switch, thrown while the page runs."""

from pathlib import Path

import pytest

from chatbot.query.question import Question
from chatbot.service.interface import Closed
from chatbot.service.kill_switch import StoppableChatbot
from chatbot.service.metrics import Metrics
from chatbot.settings import Settings
from chatbot.web.asgi import build_server
from chatbot.web.handlers import PageHandlers
from tests.support.client import Client
from tests.support.page_fakes import FakeChatbot, made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a switch that a test can throw."""
    return Settings(stop_file=tmp_path / "stop")


def test_switch_leaves_numbers_and_articles(settings: Settings) -> None:
    """With the file there, numbers and articles are left and no question gets in; without it all is as before."""
    client = Client(made(lambda: build_server(FakeChatbot(settings))))
    before = client.get("/").text
    assert "gradio_config" in before
    settings.stop_file.touch()
    page = client.get("/")
    assert page.status_code == 200
    for part in ('href="tel:911"', 'href="tel:988"', 'href="tel:+18006624357"', 'id="exit"', 'href="/article/1"'):
        assert part in page.text
    assert "gradio_config" not in page.text
    assert client.get("/article/1").status_code == 200
    assert client.get("/shell/exit.js").status_code == 200
    refused = client.join()
    assert refused.status_code == 403
    assert "911" in refused.json()["detail"]
    settings.stop_file.unlink()
    assert client.get("/").text[:200] == before[:200]
    assert "gradio_config" in client.get("/").text


def test_help_page_has_its_language_and_headers(settings: Settings) -> None:
    """The help page is there in Spanish, too, and comes under the same headers as every page."""
    client = Client(made(lambda: build_server(FakeChatbot(settings))))
    settings.stop_file.touch()
    page = client.get("/?lang=es")
    assert '<html lang="es">' in page.text
    assert "no contesta preguntas" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "content-security-policy" in page.headers


def test_who_waits_in_the_queue_is_told(settings: Settings) -> None:
    """A question that was let in before the switch was thrown gets no answer after it, and the page says why."""
    chatbot = FakeChatbot(settings)
    measured = Metrics().measured(StoppableChatbot(chatbot))
    page = PageHandlers(measured)
    settings.stop_file.touch()
    assert page.ask("signs", None).told.startswith("closed:")
    with pytest.raises(Closed):
        measured.reply(Question("signs"))
    assert chatbot.asked == []
    settings.stop_file.unlink()
    assert 'id="trouble-closed"' in Client(made(lambda: build_server(chatbot))).get("/").text
