"""Desk: answers so many questions at once beside Gradio's queue, lets so many wait, and sends the others away."""

from asyncio import get_running_loop
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from chatbot.errors import ChatbotError
from chatbot.settings import Settings

_T = TypeVar("_T")


class Full(ChatbotError):
    """As many are answered and wait as may, or the server is about to end."""


class AnswerDesk:
    """Threads for answers, and a bounded queue before them; ``ending`` says that nobody is let in any more."""

    def __init__(self, settings: Settings, *, name: str, ending: Callable[[], bool] = lambda: False) -> None:
        self._threads = ThreadPoolExecutor(settings.parallel_replies, thread_name_prefix=name)
        self._most = settings.parallel_replies + settings.longest_queue
        self._ending = ending
        self._here = 0

    @property
    def ending(self) -> bool:
        """Whether nobody is let in any more."""
        return self._ending()

    async def run(self, answer: Callable[[], _T]) -> _T:
        """What ``answer`` returns or raises; Full when nobody can be answered now."""
        if self.ending or self._here >= self._most:
            raise Full("Too many ask at once.")
        self._here += 1
        try:
            return await get_running_loop().run_in_executor(self._threads, answer)
        finally:
            self._here -= 1
