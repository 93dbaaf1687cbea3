"""The chatbot of the first seconds: answers emergencies by the rules while the real one is being loaded.

Loading the encoder takes seconds, building a missing index minutes. The rules of triage need neither.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chatbot.answering.reply import Reply
from chatbot.corpus.corpus import Corpus
from chatbot.corpus.notices import Wording, in_language
from chatbot.errors import ChatbotError
from chatbot.indexing.sources import Sources
from chatbot.query.question import Question
from chatbot.service.interface import ChatbotProtocol, ChatbotWrapper, NotReady
from chatbot.settings import Settings
from chatbot.triage.rules import raised_by_rules
from chatbot.triage.signs import Grammar

_logger = logging.getLogger("chatbot")


class StartingChatbot(ChatbotWrapper):
    """Stands in for a chatbot that is opened in a thread of its own, and can be switched to another one later.

    ``ready`` tells whether it is open, ``failure`` why it could not be opened.
    """

    def __init__(self, *, settings: Settings, sources: Sources, wordings: Mapping[str, Wording]) -> None:
        # One reference, replaced in one step: a reply is made of the old corpus, wording and index, or of the new ones.
        super().__init__(_RulesOnly(settings, sources.corpus, wordings, sources.examples.grammar))
        self.ready = False
        self.failure: ChatbotError | None = None

    def start(self, open_chatbot: Callable[[], ChatbotProtocol]) -> threading.Thread:
        """Begin to open the chatbot; the thread ends when it is open or has failed."""
        thread = threading.Thread(target=self._open, args=(open_chatbot,), name="opening", daemon=True)
        thread.start()
        return thread

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


@dataclass(frozen=True, slots=True)
class _RulesOnly:
    """Answers before there is a chatbot: emergencies by the rules alone, nothing else."""

    settings: Settings
    corpus: Corpus
    wordings: Mapping[str, Wording]
    grammar: Grammar

    def reply(self, question: Question) -> Reply:
        wording = in_language(self.wordings, question.language)
        raised = raised_by_rules(self.grammar, question.text, question.recent)
        urgent = [notice_id for notice_id in raised if notice_id.startswith("crisis.")]
        if urgent and not question.anyway:
            return Reply(notices=(wording.notice(urgent[0]),))
        raise NotReady("The page is still getting ready.", next_step="ask again in a moment.")
