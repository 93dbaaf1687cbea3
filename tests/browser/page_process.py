"""A page process over the fake chatbot, to be killed: ``python -m tests.browser.page_process PORT FILE``.

The file is there as soon as a question has come.
"""

import asyncio
import sys
from pathlib import Path

import uvicorn

from chatbot.answering.reply import Reply
from chatbot.query.question import Question
from chatbot.settings import Settings
from chatbot.web.asgi import build_server
from tests.support.page_fakes import FakeChatbot


class NotingChatbot(FakeChatbot):
    """Notes that it was asked."""

    def reply(self, question: Question) -> Reply:
        """See ``FakeChatbot``."""
        Path(sys.argv[2]).touch()
        return super().reply(question)


async def main() -> None:
    """Serve until killed."""
    app = build_server(NotingChatbot(Settings(question_burst=10_000, trusted_proxy="127.0.0.1")))
    await uvicorn.Server(uvicorn.Config(app, port=int(sys.argv[1]), log_level="error", access_log=False)).serve()


if __name__ == "__main__":
    asyncio.run(main())
