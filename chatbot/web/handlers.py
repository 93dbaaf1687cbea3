"""Event handlers of the page: what the browser sent -> what changes on the page. They do not import Gradio."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from chatbot.answering.reply import Reason, Reply
from chatbot.corpus.notices import Notice, Wording, in_language
from chatbot.query.language import detect
from chatbot.query.question import Question, readable
from chatbot.service.interface import Broken, ChatbotProtocol, Closed, NotReady
from chatbot.web.earlier import answer_earlier, read_cleared, read_earlier
from chatbot.web.transcript import Exchange, Transcript

_logger = logging.getLogger("chatbot")

Message = dict[str, Any]


class _Kept(Enum):
    """What stays on the page as it is."""

    KEPT = "kept"


KEPT = _Kept.KEPT


@dataclass(frozen=True, slots=True)
class PageUpdate:
    """What an event changes on the page: messages of the log, text of the box, transcript; ``KEPT`` changes nothing.

    ``told`` names what happened, for the page's script; empty when there is nothing to tell. ``wording`` is that of
    another language, when the page switches to it.
    """

    log: list[Message] | _Kept = KEPT
    box: str | _Kept = KEPT
    transcript: Transcript | _Kept = KEPT
    told: str = ""
    wording: Wording | None = None


class PageHandlers:
    """The handlers of the page; each is called with what the browser sent, and never raises."""

    def __init__(self, chatbot: ChatbotProtocol, *, count_miss: Callable[[Reply], object] | None = None) -> None:
        """``count_miss`` counts a reply that did not answer; without it nobody is asked."""
        self._chatbot = chatbot
        self._count_miss = count_miss

    def ask(
        self, typed: object, transcript: Transcript | None, language: object = "en", carried: object = ""
    ) -> PageUpdate:
        """Answer the question in the box, and empty the box if it could be answered.

        ``carried`` are questions that were asked without a session, see ``web/earlier.py``.
        """
        wording = self.wording(language)
        return self._safely(lambda: self._answer(_text(typed), self._so_far(transcript, carried, wording), wording))

    def tap(
        self, tapped: object, transcript: Transcript | None, language: object = "en", carried: object = ""
    ) -> PageUpdate:
        """Answer a question that was tapped; what is typed in the box stays."""
        wording = self.wording(language)
        after = self._safely(
            lambda: self._answer(_text(tapped), self._so_far(transcript, carried, wording), wording, tapped=True)
        )
        return replace(after, box=KEPT)

    def anyway(
        self, number: object, transcript: Transcript | None, language: object = "en", carried: object = ""
    ) -> PageUpdate:
        """Answer the question of an exchange again, for somebody who said that they are safe."""
        wording = self.wording(language)
        return self._safely(
            lambda: self._answer_anyway(_text(number), self._so_far(transcript, carried, wording), wording)
        )

    def withdraw(
        self,
        number: object,
        transcript: Transcript | None,
        language: object = "en",
        carried: object = "",
        typed: object = "",
    ) -> PageUpdate:
        """Take the newest question back: its words return into the box, before what is typed there."""
        wording = self.wording(language)
        return self._safely(
            lambda: self._withdraw(_text(number), self._so_far(transcript, carried, wording), _text(typed))
        )

    def missed(self, number: object, transcript: Transcript | None) -> PageUpdate:
        """Count the reply of an exchange as one that did not answer; once."""
        return self._safely(lambda: self._missed(_number(_text(number)), transcript or Transcript()))

    def switch(self, language: object, transcript: Transcript | None, carried: object = "") -> PageUpdate:
        """Answer the newest questions of the conversation again, in another language; what is typed in the box stays.

        It tells ``switching`` as long as older ones are left: the page's script asks again then.
        """
        wording = self.wording(language)
        return self._safely(lambda: self._answer_again(self._so_far(transcript, carried, wording), wording))

    def question(
        self, typed: object, transcript: Transcript | None, language: object, carried: object = ""
    ) -> Question:
        """The question that is typed in the box, after what was asked before it; nothing of that is answered."""
        wording = self.wording(language)
        return self._question(_text(typed), self._so_far(transcript, carried, wording, reply_to=_nothing), wording)

    def alone(self, question: Question, carried: object) -> PageUpdate:
        """Answer a question of the plain form in which an emergency was seen: alone, with nothing answered before it.

        What was asked before stays in the transcript, and stands on the page again with the next question.
        """

        def answer() -> PageUpdate:
            before = self._so_far(None, carried, self.wording(question.language), reply_to=_nothing)
            after = before.with_exchange(Exchange(question, self._chatbot.reply(question)))
            return PageUpdate(self._messages(after)[-2:], "", after)

        return self._safely(answer)

    def clear(self) -> PageUpdate:
        """An empty log, an empty box, no transcript."""
        return PageUpdate([], "", Transcript())

    def wording(self, language: object) -> Wording:
        """The texts in the language that the browser names; English when there are none."""
        return in_language(self._chatbot.wordings, _text(language))

    def _so_far(
        self,
        transcript: Transcript | None,
        carried: object,
        wording: Wording,
        *,
        reply_to: Callable[[Question], Reply] | None = None,
    ) -> Transcript:
        """The conversation of the session since it was cleared; in a new one what the page carries, answered again.

        ``reply_to`` gives these replies; the chatbot does when it is None.
        """
        if transcript is not None:
            return transcript.after(read_cleared(_text(carried)))
        earlier = read_earlier(_text(carried))
        return answer_earlier(
            earlier, reply_to or self._chatbot.reply, self._chatbot.settings, language=wording.language
        )

    def _answer(self, text: str, transcript: Transcript, wording: Wording, *, tapped: bool = False) -> PageUpdate:
        question = self._question(text, transcript, wording, tapped=tapped)
        reply = self._chatbot.reply(question)
        too_long = reply.abstention is not None and reply.abstention.reason is Reason.TOO_LONG
        after = transcript.with_exchange(Exchange(question, reply, self._suggestion(text, wording)))
        return PageUpdate(self._messages(after), KEPT if too_long else "", after)

    def _question(self, text: str, transcript: Transcript, wording: Wording, *, tapped: bool = False) -> Question:
        longest = self._chatbot.settings.longest_history
        return transcript.question(text, language=wording.language, longest=longest, tapped=tapped)

    def _answer_anyway(self, number: str, transcript: Transcript, wording: Wording) -> PageUpdate:
        question = transcript.again(_number(number))
        if question is None:
            return PageUpdate()
        after = transcript.with_exchange(Exchange(question, self._chatbot.reply(question)))
        return PageUpdate(self._messages(after), transcript=after)

    def _withdraw(self, number: str, transcript: Transcript, typed: str) -> PageUpdate:
        if not transcript.exchanges:  # the server was started anew: the page's script has the words
            return PageUpdate([], KEPT, transcript, told=_told("forgotten"))
        if _number(number) != transcript.newest:
            return PageUpdate(told=_told("failed"))
        text = transcript.exchanges[-1].question.text
        words = text if typed.strip() in ("", text.strip()) else f"{text}\n{typed}"
        after = transcript.without_newest()
        return PageUpdate(self._messages(after), words, after, told=_told("withdrawn"))

    def _missed(self, number: int, transcript: Transcript) -> PageUpdate:
        place = number - transcript.dropped - 1
        if not self._count_miss or not 0 <= place < len(transcript.exchanges):
            return PageUpdate(told=_told("failed"))
        if not transcript.exchanges[place].missed:
            self._count_miss(transcript.exchanges[place].reply)
        after = transcript.with_miss(number)
        return PageUpdate(self._messages(after), transcript=after, told=_told("counted"))

    def _answer_again(self, transcript: Transcript, wording: Wording) -> PageUpdate:
        places = transcript.in_another_language(wording.language)
        after = transcript.with_replies({place: self._again(transcript.exchanges[place], wording) for place in places})
        if after.in_another_language(wording.language):
            return PageUpdate(self._messages(after), transcript=after, told=_told("switching"))
        return PageUpdate(self._messages(after), transcript=after, told=_told("switched"), wording=wording)

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

    def _messages(self, transcript: Transcript) -> list[Message]:
        # Parts of type text: Gradio would strip and re-indent a plain string.
        return [
            {"role": role, "content": [{"type": "text", "text": markup}]}
            for role, markup in transcript.messages(
                self._chatbot.corpus,
                self._chatbot.settings,
                wordings=self._chatbot.wordings,
                counting=self._count_miss is not None,
            )
        ]

    def _safely(self, answer: Callable[[], PageUpdate]) -> PageUpdate:
        """The name of a trouble instead of an exception: the text of one may hold what was typed, and logs are kept."""
        try:
            return answer()
        except Closed:
            return PageUpdate(told=_told("closed"))
        except Broken:
            return PageUpdate(told=_told("failed"))
        except NotReady:
            return PageUpdate(told=_told("starting"))
        except Exception as error:
            _logger.error("the page failed: %s", type(error).__name__)
            return PageUpdate(told=_told("failed"))


def _told(name: str) -> str:
    """What happened, by a name that the script knows, new each time: it notices the change, not the name."""
    return f"{name}:{secrets.token_hex(3)}"


def _number(text: str) -> int:
    """The number of an exchange; 0, which is none, when it is something else."""
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _nothing(_: Question) -> Reply:
    """An empty reply, to a question that only has to stand before another."""
    return Reply()


def _text(value: object) -> str:
    """What the browser sent, if it is a text."""
    return readable(value) if isinstance(value, str) else ""  # half a surrogate pair could not be sent back
