"""What every chatbot offers (a typing.Protocol), and the errors of one that is not ready yet or has been stopped."""

from collections.abc import Mapping
from typing import Protocol

from chatbot.answering.reply import Reply
from chatbot.corpus.corpus import Corpus
from chatbot.corpus.notices import Wording
from chatbot.errors import ChatbotError
from chatbot.query.question import Question
from chatbot.settings import Settings


class NotReady(ChatbotError):
    """The model or the index is still being loaded."""


class Broken(NotReady):
    """The model or the index cannot be loaded: waiting does not help."""


class Closed(NotReady):
    """The operator has stopped the answers."""


class ChatbotProtocol(Protocol):
    """What the page needs of a chatbot."""

    @property
    def settings(self) -> Settings:
        """What the operator has set."""
        ...

    @property
    def corpus(self) -> Corpus:
        """What may be quoted."""
        ...

    @property
    def wordings(self) -> Mapping[str, Wording]:
        """Every fixed text, by language."""
        ...

    def reply(self, question: Question) -> Reply:
        """The answer to a question; NotReady when it cannot be given yet, Closed when the operator wants none."""
        ...

    def is_urgent(self, question: Question) -> bool:
        """Whether the rules see an emergency: then ``reply`` needs neither model nor index."""
        ...


class ChatbotWrapper:
    """Base of chatbots that add something to the replies of another: settings, corpus and wording are the other's."""

    def __init__(self, inner: ChatbotProtocol) -> None:
        self._inner = inner

    @property
    def settings(self) -> Settings:
        """See ``ChatbotProtocol``."""
        return self._inner.settings

    @property
    def corpus(self) -> Corpus:
        """See ``ChatbotProtocol``."""
        return self._inner.corpus

    @property
    def wordings(self) -> Mapping[str, Wording]:
        """See ``ChatbotProtocol``."""
        return self._inner.wordings

    def reply(self, question: Question) -> Reply:
        """See ``ChatbotProtocol``."""
        return self._inner.reply(question)

    def is_urgent(self, question: Question) -> bool:
        """See ``ChatbotProtocol``."""
        return self._inner.is_urgent(question)
