"""The rules of triage in threads of their own: an emergency that they see waits for no other question.

A message is read twice then: here, and for its reply. That takes a millisecond, fifty for the worst.
"""

import sys
from asyncio import get_running_loop
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from chatbot.query.question import Question
from chatbot.service.interface import ChatbotProtocol

_T = TypeVar("_T")
# Seconds after which a thread that computes lets another have the interpreter, for the whole process. An emergency
# changes threads about twenty times; with Python's five milliseconds it took 0.3 to 0.5 s beside two replies to the
# worst messages, with these 0.04 to 0.15 s.
TURN = 0.0005
SHORT = 2000  # characters of a message with the earlier ones that are read; nobody in need waits behind a longer one


class RulesFirst:
    """Two threads, one for short messages and one for long ones, that need neither model nor index.

    A server has one of these, for the page, the plain form and the API together.
    """

    def __init__(self, chatbot: ChatbotProtocol) -> None:
        sys.setswitchinterval(TURN)
        self._chatbot = chatbot
        self._short = ThreadPoolExecutor(1, thread_name_prefix="rules")
        self._long = ThreadPoolExecutor(1, thread_name_prefix="rules-long")

    async def sees_emergency(self, question: Question) -> bool:
        """Whether the reply will be the notice of an emergency, alone."""
        return await get_running_loop().run_in_executor(self._lane(question), self._chatbot.is_urgent, question)

    async def answer(self, question: Question, make: Callable[[], _T]) -> _T:
        """What ``make`` returns: the answer to a question in which an emergency was seen."""
        return await get_running_loop().run_in_executor(self._lane(question), make)

    def _lane(self, question: Question) -> ThreadPoolExecutor:
        length = len(question.text) + sum(map(len, question.recent))
        return self._short if length <= SHORT else self._long
