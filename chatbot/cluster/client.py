"""Client of a cluster: sends a question to its replicas, and computes the reply here when they fail or are late.

The web process can answer every question itself; the cluster only takes load off it. A message that an emergency rule
matches is answered here and never sent. No other module sends a message to another machine, and this one sends it to
the address that the operator has set.
"""

import logging
from collections.abc import Callable
from typing import Literal

import httpx

from chatbot.answering.pipeline import AnswerPipeline
from chatbot.answering.reply import Reply
from chatbot.cluster.codec import pack_question, unpack
from chatbot.errors import RequestError
from chatbot.query.question import Question
from chatbot.service.interface import ChatbotWrapper
from chatbot.settings import Settings

_logger = logging.getLogger("chatbot")
logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log a line for each question

Result = Literal["taken", "late", "failed", "other_articles"]


class RemoteChatbot(ChatbotWrapper):
    """A chatbot whose replies are made by ``client``'s server, and by ``local`` otherwise.

    ``on_result`` is called with what became of each question that was sent.
    """

    def __init__(
        self, local: AnswerPipeline, client: httpx.Client, *, on_result: Callable[[Result], object] | None = None
    ) -> None:
        super().__init__(local)
        self._local = local
        self._client = client
        self._on_result = on_result

    def reply(self, question: Question) -> Reply:
        """The same reply wherever it is made. Never raises."""
        return self._local.urgent(question) or self._made_elsewhere(question) or self._local.reply(question)

    def _made_elsewhere(self, question: Question) -> Reply | None:
        result: Result = "failed"
        try:
            response = self._client.post("/", json=pack_question(question))
            response.raise_for_status()
            reply = unpack(response.json(), self.corpus, self._local.emergencies, language=question.language)
            result = "taken"
            return reply
        except httpx.TimeoutException:
            result = "late"
        except RequestError:
            result = "other_articles"
        except Exception as error:
            # Whatever it is, the answer is made here. The class only: a message may hold what was typed.
            _logger.warning("the cluster did not answer: %s", type(error).__name__)
        finally:
            if self._on_result:
                self._on_result(result)
        return None


def open_client(settings: Settings) -> httpx.Client:
    """A client for the cluster's address, for many threads. It follows no redirect and asks no proxy of the system."""
    return httpx.Client(
        base_url=settings.cluster,
        timeout=settings.cluster_seconds,
        trust_env=False,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=settings.parallel_replies),
    )
