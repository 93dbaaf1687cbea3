"""The event handlers of the page: what the browser sent -> what the page shows."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gradio as gr

from chatbot.answering.reply import Reason
from chatbot.corpus.notices import Notice, Wording, in_language
from chatbot.query.language import detect
from chatbot.service.interface import ChatbotProtocol, Closed, NotReady
from chatbot.web.transcript import Exchange, Transcript

_logger = logging.getLogger("chatbot")

Message = dict[str, Any]
# What every handler returns: messages of the log, text of the box, transcript, and what the script should know.
Update = tuple[Any, Any, Any, str]


class PageHandlers:
    """The handlers of the page; each is called with what the browser sent, and never raises."""

    def __init__(self, chatbot: ChatbotProtocol) -> None:
        self._chatbot = chatbot

    def ask(self, typed: object, transcript: Transcript | None, language: object = "en") -> Update:
        """Answer the question in the box, and empty the box if it could be answered."""
        wording = self.wording(language)
        return self._safely(lambda: self._answer(_text(typed), transcript or Transcript(), wording))

    def tap(self, tapped: object, transcript: Transcript | None, language: object = "en") -> Update:
        """Answer a question that was tapped; what is typed in the box stays."""
        log, _, after, told = self.ask(tapped, transcript, language)
        return log, gr.skip(), after, told

    def anyway(self, number: object, transcript: Transcript | None, language: object = "en") -> Update:
        """Answer the question of an exchange again, for somebody who said that they are safe."""
        wording = self.wording(language)
        return self._safely(lambda: self._answer_anyway(_text(number), transcript or Transcript(), wording))

    def switch(self, language: object, transcript: Transcript | None) -> Update:
        """Answer every question of the conversation again, in another language; what is typed in the box stays."""
        wording = self.wording(language)
        return self._safely(lambda: self._answer_all(transcript or Transcript(), wording))

    def clear(self) -> Update:
        """An empty log, an empty box, no transcript."""
        return [], "", Transcript(), ""

    def wording(self, language: object) -> Wording:
        """The texts in the language that the browser names; English when there are none."""
        return in_language(self._chatbot.wordings, _text(language))

    def _answer(self, text: str, transcript: Transcript, wording: Wording) -> Update:
        settings = self._chatbot.settings
        question = transcript.question(text, language=wording.language, longest=settings.longest_history)
        reply = self._chatbot.reply(question)
        too_long = reply.abstention is not None and reply.abstention.reason is Reason.TOO_LONG
        after = transcript.with_exchange(Exchange(question, reply, self._suggestion(text, wording)))
        return self._messages(after, wording), gr.skip() if too_long else "", after, ""

    def _answer_anyway(self, number: str, transcript: Transcript, wording: Wording) -> Update:
        question = transcript.again(int(number) if number.isdecimal() else 0)
        if question is None:
            return gr.skip(), gr.skip(), gr.skip(), ""
        after = transcript.with_exchange(Exchange(question, self._chatbot.reply(question)))
        return self._messages(after, wording), gr.skip(), after, ""

    def _answer_all(self, transcript: Transcript, wording: Wording) -> Update:
        again = tuple(self._again(exchange, wording) for exchange in transcript.exchanges)
        after = Transcript(again, dropped=transcript.dropped)
        return self._messages(after, wording), gr.skip(), after, _told("switched")

    def _again(self, exchange: Exchange, wording: Wording) -> Exchange:
        question = replace(exchange.question, language=wording.language)
        # Whoever has chosen a language is not offered another.
        return replace(exchange, question=question, reply=self._chatbot.reply(question), suggestion=None)

    def _suggestion(self, text: str, wording: Wording) -> Notice | None:
        """The notice that offers the page in the language of a message, where it has another."""
        other = detect(text)
        if other == wording.language or other not in self._chatbot.wordings:
            return None
        # It stands among the texts of this page, but is written in the other language.
        return replace(wording.notice("language.suggest"), language=other)

    def _messages(self, transcript: Transcript, wording: Wording) -> list[Message]:
        # Parts of type text: Gradio would strip and re-indent a plain string.
        return [
            {"role": role, "content": [{"type": "text", "text": markup}]}
            for role, markup in transcript.messages(self._chatbot.corpus, wording, self._chatbot.settings)
        ]

    def _safely(self, answer: Callable[[], Update]) -> Update:
        """The name of a trouble instead of an exception: the text of one may hold what was typed, and logs are kept."""
        try:
            return answer()
        except Closed:
            return gr.skip(), gr.skip(), gr.skip(), _told("closed")
        except NotReady:
            return gr.skip(), gr.skip(), gr.skip(), _told("starting")
        except Exception as error:
            _logger.error("the page failed: %s", type(error).__name__)
            return gr.skip(), gr.skip(), gr.skip(), _told("failed")


def _told(name: str) -> str:
    """What happened, by a name that the script knows, new each time: it notices the change, not the name."""
    return f"{name}:{secrets.token_hex(3)}"


def _text(value: object) -> str:
    """What the browser sent, if it is a text."""
    text = value if isinstance(value, str) else ""
    return text.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair could not be sent back
