"""What starting the page does and says; the server itself is tested elsewhere."""

import subprocess
import sys
import time

import pytest

from chatbot.answering.reply import Reply
from chatbot.commands import serve
from chatbot.commands.build_process import BuildBar
from chatbot.indexing.sources import load_sources
from chatbot.query.question import Question
from chatbot.service.factory import load_or_build
from chatbot.service.metrics import Metrics
from chatbot.service.startup import StartingChatbot
from chatbot.settings import ROOT, Settings
from tests.support.fakes import HashEmbedder


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No model is loaded."""
    monkeypatch.setattr(serve, "load_embedder", lambda _: HashEmbedder())


class BuildHere:
    """A build within this process, with an embedder that needs no model."""

    def __init__(self, settings: Settings) -> None:
        load_or_build(settings, load_sources(settings), HashEmbedder(), progress=BuildBar())

    def wait(self) -> None:
        """It has ended already."""


def opened(settings: Settings) -> StartingChatbot:
    """The chatbot behind the page, when it is open."""
    loader = serve.ChatbotLoader(settings, Metrics(), build=BuildHere)
    opening = loader.chatbot
    loader.start()
    deadline = time.monotonic() + 60
    while not opening.ready:
        assert opening.failure is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return opening


@pytest.mark.usefixtures("quick")
def test_first_start_shows_how_far_it_is(small_settings: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    """Building an index is counted to its end, and followed by the word that all is ready."""
    opening = opened(small_settings)
    shown = capfd.readouterr()
    lines = shown.out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["Training the classifiers", "Ready"]
    assert "100%" in shown.err
    assert isinstance(opening.reply(Question("can he hide it from us")), Reply)


@pytest.mark.usefixtures("quick")
def test_later_starts_are_silent(small_settings: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    """An index that fits is loaded without a bar."""
    opened(small_settings)
    capfd.readouterr()
    opened(small_settings)
    shown = capfd.readouterr()
    assert (shown.out.splitlines(), shown.err) == (["Ready: questions are answered now."], "")


def test_libraries_do_not_chatter() -> None:
    """A library that logs every step of its own is not heard; a warning is."""
    script = "import logging; from chatbot.service.logs import set_up_logs; set_up_logs(); "
    script += "library = logging.getLogger('library'); "
    script += "library.setLevel(logging.DEBUG); library.debug('step'); library.warning('look')"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == "WARNING look\n"


@pytest.mark.parametrize(("name", "value"), [("CHATBOT_PROT", "8000"), ("CHATBOT_CORPUS", "nowhere")])
def test_what_must_be_mended_is_said(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    """A misspelt setting or a missing corpus ends the start with what to do next."""
    monkeypatch.setenv(name, value)
    assert serve.serve_command() == 2
    assert "Next step:" in capfd.readouterr().err
