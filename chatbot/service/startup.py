"""A chatbot that is still getting ready: the page is up meanwhile, and an emergency is answered at once.

Loading the encoder takes seconds, making a missing index minutes. The rules of triage need neither.
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
from chatbot.service.interface import ChatbotProtocol, NotReady
from chatbot.settings import Settings
from chatbot.triage import rules as triage
from chatbot.triage.rules import Rule

_logger = logging.getLogger("chatbot")


class StartingChatbot:
    """Stands in for a chatbot that ``open_chatbot`` makes in a thread of its own, and may be turned over to another."""

    def __init__(
        self,
        *,
        settings: Settings,
        sources: Sources,
        wordings: Mapping[str, Wording],
        open_chatbot: Callable[[], ChatbotProtocol],
    ) -> None:
        self.settings = settings
        # One reference, put in place in one step: whoever asks sees the old corpus, wording and index or the new ones.
        self._current: ChatbotProtocol = _Meanwhile(settings, sources.corpus, wordings, sources.examples.rules)
        self._open_chatbot = open_chatbot
        self.ready = False
        self.failure: ChatbotError | None = None

    def start(self) -> threading.Thread:
        """Begin to open the chatbot; the thread ends when it is open or has failed."""
        thread = threading.Thread(target=self._open, name="opening", daemon=True)
        thread.start()
        return thread

    @property
    def current(self) -> ChatbotProtocol:
        """What answers now, for whoever needs a reply and the corpus that it was made of."""
        return self._current

    @property
    def corpus(self) -> Corpus:
        """The corpus in use."""
        return self._current.corpus

    @property
    def wordings(self) -> Mapping[str, Wording]:
        """The wording in use."""
        return self._current.wordings

    def reply(self, question: Question) -> Reply:
        """See ``ChatbotProtocol``. Before the chatbot is open, an emergency that the rules know is answered."""
        return self._current.reply(question)

    def switch_to(self, chatbot: ChatbotProtocol) -> None:
        """Answer with this one from now on. What is being answered is finished by the old one, which then goes."""
        self._current = chatbot
        self.ready = True

    def _open(self) -> None:
        try:
            self.switch_to(self._open_chatbot())
        except ChatbotError as error:
            self.failure = error
            _logger.error("the chatbot could not be opened: %s", error)
        except Exception as error:
            self.failure = ChatbotError(type(error).__name__)
            _logger.exception("the chatbot could not be opened")


@dataclass(frozen=True, slots=True)
class _Meanwhile:
    """Answers before there is a chatbot: emergencies by the rules alone, nothing else."""

    settings: Settings
    corpus: Corpus
    wordings: Mapping[str, Wording]
    rules: tuple[Rule, ...]

    def reply(self, question: Question) -> Reply:
        wording = in_language(self.wordings, question.language)
        raised = triage.raised_by_rules(self.rules, question.text, question.recent)
        urgent = [notice_id for notice_id in raised if notice_id.startswith("crisis.")]
        if urgent and not question.anyway:
            return Reply(notices=(wording.notice(urgent[0]),))
        raise NotReady("The page is still getting ready.", next_step="ask again in a moment.")
