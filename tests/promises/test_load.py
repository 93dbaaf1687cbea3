"""Many people at once: everybody is answered, and nobody is turned away before the queue is full."""

import asyncio
import json
import statistics
import time

import httpx
import pytest

from chatbot.settings import Settings
from chatbot.web.asgi import build_server
from tests.browser.browser import GRADIO_AND_PANDAS, served
from tests.support.page_fakes import FakeChatbot

PEOPLE = 50
# The last of those who ask together may wait this many times as long as if all had asked one after another.
# Measured in the same run, so that a busy machine slows both.
BY_TURNS = 3


async def ask(client: httpx.AsyncClient, session: str) -> float:
    """Ask as the page does, and wait for the quote; the seconds that it took."""
    begun = time.monotonic()
    body = {"data": ["signs", None, "en", ""], "fn_index": 0, "session_hash": session}
    joined = await client.post("/gradio_api/queue/join", json=body)
    assert joined.status_code == 200
    async with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as lines:
        async for line in lines.aiter_lines():
            event = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
            if event.get("msg") == "process_completed":
                assert event["success"]
                assert "<blockquote" in json.dumps(event["output"])
                return time.monotonic() - begun
    raise AssertionError("the line was closed without an answer")


@pytest.mark.slow
@pytest.mark.filterwarnings(GRADIO_AND_PANDAS)
def test_fifty_people_at_once() -> None:
    """Fifty people who ask in the same moment are all answered, the last within ``BY_TURNS``."""

    async def measured(address: str) -> tuple[list[float], list[float]]:
        limits = httpx.Limits(max_connections=2 * PEOPLE)
        async with httpx.AsyncClient(base_url=address, limits=limits, timeout=60) as client:
            await ask(client, "first")  # what is loaded once is not measured
            before = [await ask(client, f"before{number}") for number in range(5)]
            together = await asyncio.gather(*(ask(client, f"person{number}") for number in range(PEOPLE)))
            after = [await ask(client, f"after{number}") for number in range(5)]
        return [*before, *after], together

    with served(lambda: build_server(FakeChatbot(Settings(question_burst=10_000)))) as address:
        alone, together = asyncio.run(measured(address))
    assert max(together) < BY_TURNS * PEOPLE * statistics.median(alone), (alone, together)
