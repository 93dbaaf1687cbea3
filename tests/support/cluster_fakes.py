"""Stand-ins for a cluster that answers as it is told to, and for the encoders of replicas."""

import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx

from chatbot.answering.pipeline import AnswerPipeline
from chatbot.answering.reply import Reply
from chatbot.cluster.codec import pack, unpack_question
from chatbot.models.adapter import EncoderForm
from chatbot.models.encoder import Vectors
from chatbot.query.question import Question
from chatbot.settings import Settings
from tests.support.fakes import HashEmbedder


class FakeCluster:
    """Replies as ``bot`` does, in its own process; ``mood`` makes it late, broken or away."""

    def __init__(self, bot: AnswerPipeline) -> None:
        self.bot = bot
        self.mood = "well"
        self.asked: list[Question] = []

    def client(self) -> httpx.Client:
        """A client that reaches nobody but this one."""
        return httpx.Client(base_url="http://cluster", transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(unpack_question(json.loads(request.content)))
        moods: dict[str, Callable[[], httpx.Response]] = {
            "late": lambda: _raised(httpx.ReadTimeout("late")),
            "away": lambda: _raised(httpx.ConnectError("away")),
            "full": lambda: httpx.Response(503, text="too many"),
            "strange": lambda: httpx.Response(200, text="<html>not a reply</html>"),
            "well": lambda: httpx.Response(200, json=pack(self.bot.reply(self.asked[-1]), self.bot.corpus)),
        }
        return moods[self.mood]()


def _raised(error: Exception) -> httpx.Response:
    raise error


class WatchedChatbot:
    """A chatbot that keeps what it was asked; the rest is the chatbot's own."""

    def __init__(self, chatbot: AnswerPipeline) -> None:
        self.settings = chatbot.settings
        self.corpus = chatbot.corpus
        self.wordings = chatbot.wordings
        self.emergencies = chatbot.emergencies
        self.urgent = chatbot.urgent
        self.asked: list[Question] = []
        self._chatbot = chatbot

    def reply(self, question: Question) -> Reply:
        """The chatbot's reply."""
        self.asked.append(question)
        return self._chatbot.reply(question)


def load_fake(settings: Settings) -> HashEmbedder:
    """An encoder for replicas that need no model."""
    return HashEmbedder()


def load_counting(settings: Settings) -> "CountingEmbedder":
    """One that writes down what came together."""
    return CountingEmbedder(Path(os.environ["FAKE_LOG"]))


class CountingEmbedder(HashEmbedder):
    """Takes its time, and writes how many messages each pass had: a message alone has one text."""

    def __init__(self, log: Path) -> None:
        super().__init__()
        self._log = log

    def encode(
        self,
        texts: Sequence[str],
        *,
        form: EncoderForm = EncoderForm.PLAIN,
        progress: Callable[[int], object] | None = None,
    ) -> Vectors:
        """See ``HashEmbedder``."""
        time.sleep(0.05)
        with self._log.open("a", encoding="utf-8") as file:
            print(len(texts), file=file)
        return super().encode(texts, form=form, progress=progress)


def load_dying(settings: Settings) -> "DyingEmbedder":
    """One whose process dies, once."""
    return DyingEmbedder(Path(os.environ["FAKE_LOG"]).with_suffix(".died"))


class DyingEmbedder(HashEmbedder):
    """Ends its process in the middle of its second call, unless one has done so already."""

    def __init__(self, mark: Path) -> None:
        super().__init__()
        self._mark = mark

    def encode(
        self,
        texts: Sequence[str],
        *,
        form: EncoderForm = EncoderForm.PLAIN,
        progress: Callable[[int], object] | None = None,
    ) -> Vectors:
        """See ``HashEmbedder``."""
        if self.encoded and not self._mark.exists():
            self._mark.touch()
            os._exit(1)
        return super().encode(texts, form=form, progress=progress)
