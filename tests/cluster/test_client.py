"""Replies made by a cluster, and here when it cannot."""

import logging
import typing
from pathlib import Path

import httpx
import pytest

from chatbot.answering.pipeline import AnswerPipeline
from chatbot.cluster.client import RemoteChatbot, Result, open_client
from chatbot.query.question import Question
from chatbot.settings import Settings
from tests.conftest import REAL_CORPUS
from tests.support.cluster_fakes import FakeCluster, WatchedChatbot
from tests.support.fakes import EVERY_KIND, chatbot_over, write_article, write_corpus


class Setup:
    """A page process, its cluster, and what it was told."""

    def __init__(self, chatbot: AnswerPipeline, bot: AnswerPipeline) -> None:
        self.cluster = FakeCluster(bot)
        self.local = WatchedChatbot(chatbot)
        self.told: list[Result] = []
        self.remote = RemoteChatbot(self.local, self.cluster.client(), on_result=self.told.append)


@pytest.fixture
def setup(small_chatbot: AnswerPipeline) -> Setup:
    """Page and cluster over the same corpus."""
    return Setup(small_chatbot, small_chatbot)


@pytest.mark.parametrize("text", EVERY_KIND)
@pytest.mark.parametrize("mood", ["well", "late", "away", "full", "strange"])
def test_same_reply_wherever_it_is_made(setup: Setup, small_chatbot: AnswerPipeline, mood: str, text: str) -> None:
    """The reply is the same with a cluster, with a late one, a full one, a broken one and without."""
    setup.cluster.mood = mood

    assert setup.remote.reply(Question(text)) == small_chatbot.reply(Question(text))


def test_the_cluster_takes_the_work(setup: Setup) -> None:
    """A reply of the cluster is not made once more here."""
    setup.remote.reply(Question(EVERY_KIND[0]))

    assert (len(setup.cluster.asked), setup.local.asked, setup.told) == (1, [], ["taken"])


def test_emergencies_ask_nobody_else(setup: Setup) -> None:
    """An emergency that the rules see is answered at once, without the cluster."""
    reply = setup.remote.reply(Question("his lips are blue"))

    assert [notice.id for notice in reply.notices] == ["crisis.overdose"]
    assert setup.cluster.asked == []


@pytest.mark.parametrize(
    ("mood", "result"), [("late", "late"), ("away", "failed"), ("full", "failed"), ("strange", "failed")]
)
def test_failures_are_counted(setup: Setup, mood: str, result: Result) -> None:
    """Whatever became of a question is told, once."""
    setup.cluster.mood = mood
    setup.remote.reply(Question(EVERY_KIND[0]))

    assert setup.told == [result]
    assert result in typing.get_args(Result)


def test_no_quote_from_other_articles(small_chatbot: AnswerPipeline, tmp_path: Path) -> None:
    """A cluster with another state of the articles is not believed: the reply is made here, from these articles."""
    corpus = write_corpus(tmp_path / "other", notices=REAL_CORPUS / "notices")
    write_article(corpus / "more", "Tools\n\nA wooden spoon hangs beside the oven.")
    setup = Setup(small_chatbot, chatbot_over(Settings(corpus=corpus, index=tmp_path / "other-index")))

    assert setup.remote.reply(Question(EVERY_KIND[0])) == small_chatbot.reply(Question(EVERY_KIND[0]))
    assert setup.told == ["other_articles"]


def test_nothing_typed_is_logged(setup: Setup, caplog: pytest.LogCaptureFixture) -> None:
    """No log line of any library holds what was typed, whatever the cluster does."""
    with caplog.at_level(logging.INFO):
        for mood in ("well", "late", "away", "full", "strange"):
            setup.cluster.mood = mood
            setup.remote.reply(Question("purpleflower medicines"))

    assert "purpleflower" not in caplog.text
    assert "HTTP Request" not in caplog.text


def test_only_the_address_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client asks no proxy that the system names, and follows nobody elsewhere."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with open_client(Settings(cluster="http://127.0.0.1:9")) as client:
        assert not client.follow_redirects
        assert not client.trust_env
        assert client.base_url == httpx.URL("http://127.0.0.1:9")
