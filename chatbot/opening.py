"""A chatbot that is still getting ready: the page is up meanwhile, and an emergency is answered at once.

Loading the encoder takes seconds, making a missing index minutes. The rules of triage need neither.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from chatbot import triage
from chatbot.assembly import Sources
from chatbot.bot import Reply
from chatbot.conversation import Question
from chatbot.corpus import Corpus
from chatbot.errors import ChatbotError
from chatbot.notices import Wording
from chatbot.settings import Settings

logger = logging.getLogger("chatbot")


class NotReady(ChatbotError):
    """The model or the index is still being loaded."""


class Answering(Protocol):
    """What the page needs of a chatbot."""

    settings: Settings
    corpus: Corpus
    wordings: Mapping[str, Wording]

    def reply(self, question: Question) -> Reply:
        """The answer to a question; NotReady when it cannot be given yet."""
        ...


class Opening:
    """Stands in for a chatbot that ``open_chatbot`` makes in a thread of its own."""

    def __init__(
        self,
        *,
        settings: Settings,
        sources: Sources,
        wordings: Mapping[str, Wording],
        open_chatbot: Callable[[], Answering],
    ) -> None:
        self.settings = settings
        self.corpus = sources.corpus
        self.wordings = wordings
        self._rules = sources.examples.rules
        self._open_chatbot = open_chatbot
        self._chatbot: Answering | None = None
        self.failure: ChatbotError | None = None

    def start(self) -> threading.Thread:
        """Begin to open the chatbot; the thread ends when it is open or has failed."""
        thread = threading.Thread(target=self._open, name="opening", daemon=True)
        thread.start()
        return thread

    @property
    def ready(self) -> bool:
        """Whether questions are answered."""
        return self._chatbot is not None

    def reply(self, question: Question) -> Reply:
        """See ``Answering``. Before the chatbot is open, an emergency that the rules know is answered."""
        if self._chatbot:
            return self._chatbot.reply(question)
        wording = self.wordings.get(question.language, self.wordings["en"])
        raised = triage.raised_by_rules(self._rules, question.text, question.recent)
        urgent = [notice_id for notice_id in raised if notice_id.startswith("crisis.")]
        if urgent and not question.anyway:
            return Reply(notices=(wording.notice(urgent[0]),))
        raise NotReady("The page is still getting ready.", next_step="ask again in a moment.")

    def _open(self) -> None:
        try:
            self._chatbot = self._open_chatbot()
        except ChatbotError as error:
            self.failure = error
            logger.error("the chatbot could not be opened: %s", error)
        except Exception as error:
            self.failure = ChatbotError(type(error).__name__)
            logger.exception("the chatbot could not be opened")
