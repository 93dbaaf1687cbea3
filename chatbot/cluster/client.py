"""Replies made by bots on other machines, and here when they fail, are late or know other articles.

Nothing depends on them: this process is a whole chatbot, and they take work off it. An emergency that the rules see is
answered before anybody else is asked. The only module that sends anything over the network, and only to the address
that the operator has set.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Literal

import httpx

from chatbot.answering.pipeline import AnswerPipeline
from chatbot.answering.reply import Reply
from chatbot.cluster.codec import pack_question, unpack
from chatbot.corpus.corpus import Corpus
from chatbot.corpus.notices import Wording, in_language
from chatbot.errors import RequestError
from chatbot.query.question import Question
from chatbot.settings import Settings

_logger = logging.getLogger("chatbot")
logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log a line for each question

Result = Literal["taken", "late", "failed", "other_articles"]


class RemoteChatbot:
    """A chatbot whose replies are made by ``client``'s server, and by ``local`` otherwise.

    ``told`` hears what became of each question that was sent.
    """

    def __init__(
        self, local: AnswerPipeline, client: httpx.Client, *, told: Callable[[Result], object] = lambda result: None
    ) -> None:
        self.settings: Settings = local.settings
        self.corpus: Corpus = local.corpus
        self.wordings: Mapping[str, Wording] = local.wordings
        self._local = local
        self._client = client
        self._told = told

    def reply(self, question: Question) -> Reply:
        """The same reply wherever it is made. Never raises."""
        return self._local.urgent(question) or self._made_elsewhere(question) or self._local.reply(question)

    def _made_elsewhere(self, question: Question) -> Reply | None:
        result: Result = "failed"
        try:
            response = self._client.post("/", json=pack_question(question))
            response.raise_for_status()
            reply = unpack(response.json(), self.corpus, in_language(self.wordings, question.language))
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
            self._told(result)
        return None


def open_client(settings: Settings) -> httpx.Client:
    """A client for the cluster's address, for many threads. It follows no redirect and asks no proxy of the system."""
    return httpx.Client(
        base_url=settings.cluster,
        timeout=settings.cluster_seconds,
        trust_env=False,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=settings.parallel_replies),
    )
