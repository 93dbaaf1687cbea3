"""Open requests: who waits, and whether the server may end."""

import asyncio

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from chatbot.settings import Settings
from chatbot.web.asgi import build_server
from chatbot.web.gradio_page import Pages
from chatbot.web.middleware.in_flight import QUIET, InFlight
from tests.support.client import Client, Clock
from tests.support.page_fakes import FakeChatbot, made


def test_quiet_when_nobody_waits() -> None:
    """As long as a request is open, and for a moment after, it is not quiet; an open tab alone disturbs nobody."""
    clock = Clock()
    traffic = InFlight(clock=clock)

    async def within() -> list[bool]:
        gates = {"/slow": asyncio.Event(), "/gradio_api/heartbeat/abc": asyncio.Event()}

        async def wait(request: Request) -> PlainTextResponse:
            await gates[request.url.path].wait()
            return PlainTextResponse("done")

        app = traffic.watched(Starlette(routes=[Route(path, wait) for path in gates]))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://x") as client:
            open_requests = [asyncio.create_task(client.get(path)) for path in gates]
            await asyncio.sleep(0.05)
            clock.now += 10
            found = [traffic.quiet]
            gates["/slow"].set()
            await open_requests[0]
            found.append(traffic.quiet)
            clock.now += QUIET
            found.append(traffic.quiet)
            gates["/gradio_api/heartbeat/abc"].set()
            await open_requests[1]
        return found

    assert asyncio.run(within()) == [False, False, True]


def test_requests_are_told_by_kind() -> None:
    """Each request is told with its kind and status, never with its address; one that is refused at the door, too."""
    seen: list[tuple[str, int]] = []
    traffic = InFlight(seen=lambda kind, status: seen.append((kind, status)))
    client = Client(made(lambda: build_server(FakeChatbot(Settings(question_burst=1)), traffic=traffic)))
    for path in ("/", "/article/1", "/article/9", "/shell/main.js", "/wp-login.php"):
        client.get(path)
    client.join()
    client.join()
    expected = [("page", 200), ("article", 200), ("article", 404), ("file", 200), ("other", 404)]
    assert seen == [*expected, ("question", 200), ("question", 429)]


def test_no_question_gets_in_when_it_ends() -> None:
    """Once the server is to end, questions are turned away as with a full queue, so that the page asks again."""
    traffic = InFlight()
    client = Client(made(lambda: build_server(FakeChatbot(), traffic=traffic)))
    assert client.join().status_code == 200
    traffic.ending = True
    assert client.join().status_code == 503
    assert 'href="tel:911"' in client.join().json()["detail"]
    assert client.get("/").status_code == 200


def test_who_is_turned_away_holds_nothing_up() -> None:
    """Programs that go on asking a server that is to end are turned away, and do not keep it from its end."""
    clock = Clock()
    traffic = InFlight(clock=clock)
    client = Client(made(lambda: build_server(FakeChatbot(), traffic=traffic)))
    client.get("/")
    traffic.ending = True
    clock.now += QUIET
    assert client.join().status_code == 503
    assert traffic.quiet
    client.get("/")
    assert not traffic.quiet


def test_queue_is_a_figure() -> None:
    """The number of questions that wait is 0 when nobody has asked."""
    assert made(lambda: Pages(FakeChatbot())).sessions.waiting == 0
