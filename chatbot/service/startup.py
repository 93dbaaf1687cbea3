"""The chatbot of the first seconds: answers emergencies by the rules while the real one is being loaded.

Loading the encoder takes seconds, building a missing index minutes. The rules of triage need neither.
"""

import logging
import threading
from collections.abc import Callable, Mapping

from chatbot.answering.reply import Reply
from chatbot.corpus.notices import Wording
from chatbot.errors import ChatbotError
from chatbot.indexing.sources import Sources
from chatbot.query.question import Question
from chatbot.service.emergency_chatbot import EmergencyChatbot
from chatbot.service.interface import Broken, ChatbotProtocol, ChatbotWrapper, Closed, NotReady
from chatbot.settings import Settings

_logger = logging.getLogger("chatbot")


class StartingChatbot(ChatbotWrapper):
    """Stands in for a chatbot that is opened in a thread of its own, and can be switched to another one later.

    ``ready`` tells whether it is open, ``failure`` why it could not be opened.
    """

    def __init__(self, *, settings: Settings, sources: Sources, wordings: Mapping[str, Wording]) -> None:
        # One reference, replaced in one step: a reply is made of the old corpus, wording and index, or of the new ones.
        super().__init__(EmergencyChatbot(settings, sources.corpus, wordings, sources.examples.grammar, sources.places))
        self.ready = False
        self.failure: ChatbotError | None = None

    def start(self, open_chatbot: Callable[[], ChatbotProtocol]) -> threading.Thread:
        """Begin to open the chatbot; the thread ends when it is open or has failed."""
        thread = threading.Thread(target=self._open, args=(open_chatbot,), name="opening", daemon=True)
        thread.start()
        return thread

    def reply(self, question: Question) -> Reply:
        """See ``ChatbotProtocol``; Broken when the chatbot could not be opened and the rules see no emergency."""
        try:
            return super().reply(question)
        except NotReady as error:
            if self.failure is None or isinstance(error, Closed):
                raise
            raise Broken("The chatbot could not be opened.", next_step="see the log of the server.") from error

    @property
    def current(self) -> ChatbotProtocol:
        """The chatbot that answers now: a reply belongs to its corpus."""
        return self._inner

    def switch_to(self, chatbot: ChatbotProtocol) -> None:
        """Answer with this one from now on. The old one finishes the replies that it has begun."""
        self._inner = chatbot
        self.ready = True

    def _open(self, open_chatbot: Callable[[], ChatbotProtocol]) -> None:
        try:
            self.switch_to(open_chatbot())
        except ChatbotError as error:
            self.failure = error
            _logger.error("the chatbot could not be opened: %s", error)
        except Exception as error:
            self.failure = ChatbotError(type(error).__name__)
            _logger.exception("the chatbot could not be opened")
