"""The kill switch: checks whether the operator's stop file exists."""

from chatbot.answering.reply import Reply
from chatbot.query.question import Question
from chatbot.service.interface import ChatbotWrapper, Closed
from chatbot.settings import Settings


def is_stopped(settings: Settings) -> bool:
    """Whether the stop file exists. The file system is asked each time, so that it works at once."""
    return settings.stop_file.exists()


class StoppableChatbot(ChatbotWrapper):
    """A chatbot that makes no reply while the stop file exists."""

    def reply(self, question: Question) -> Reply:
        """See ``ChatbotProtocol``; Closed while the stop file exists, for questions that wait in the queue too."""
        if is_stopped(self.settings):
            raise Closed("The operator has stopped the answers.", where=self.settings.stop_file)
        return self._inner.reply(question)
