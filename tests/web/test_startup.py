"""The first seconds: numbers and articles are there, and the whole page takes their place."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.web.startup import StartingApp, build_starting_app
from tests.support.client import Client
from tests.support.page_fakes import FakeChatbot


class Lived:
    """An app that notes when its life begins and ends."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] == "http":
            await PlainTextResponse("whole")(scope, receive, send)
            return
        for word in ("startup", "shutdown"):
            self.told.append((await receive())["type"])
            await send({"type": f"lifespan.{word}.complete"})


def lived(make: Callable[[], Awaitable[ASGIApp]]) -> tuple[list[str], list[str], list[Exception]]:
    """What a visitor gets before and after the whole app was made, what the server hears, and what failed."""
    faults: list[Exception] = []
    starting = StartingApp(PlainTextResponse("meanwhile"), make)
    starting.on_failure(faults.append)
    heard: list[str] = []

    async def get() -> str:
        parts: list[bytes] = []

        async def keep(message: Message) -> None:
            parts.append(message.get("body", b""))

        await starting({"type": "http", "method": "GET", "path": "/", "headers": []}, asyncio.Queue().get, keep)
        return b"".join(parts).decode()

    async def live() -> list[str]:
        words = asyncio.Queue[Message]()

        async def hear(message: Message) -> None:
            heard.append(message["type"])

        life = asyncio.create_task(starting({"type": "lifespan"}, words.get, hear))
        shown = [await get()]
        await words.put({"type": "lifespan.startup"})
        for _ in range(20):
            await asyncio.sleep(0)
        shown.append(await get())
        await words.put({"type": "lifespan.shutdown"})
        await asyncio.wait_for(life, 10)
        return shown

    return asyncio.run(live()), heard, faults


def test_the_whole_app_takes_the_place_of_the_first_page() -> None:
    """The first page is served until the whole app is made; that one hears of the server's start and end."""
    whole = Lived()

    async def make() -> ASGIApp:
        return whole

    shown, heard, faults = lived(make)
    assert (shown, faults) == (["meanwhile", "whole"], [])
    assert heard == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert whole.told == ["lifespan.startup", "lifespan.shutdown"]


def test_what_cannot_be_made_is_said() -> None:
    """When the whole app cannot be made, that is told, the first page stays, and the server can still end."""

    async def make() -> ASGIApp:
        raise ValueError("no")

    shown, heard, faults = lived(make)
    assert shown == ["meanwhile", "meanwhile"]
    assert [type(fault) for fault in faults] == [ValueError]
    assert heard[-1] == "lifespan.shutdown.complete"


def test_the_first_page_has_numbers_and_articles() -> None:
    """Before any heavy library is there: whom to call, the articles, and that the page is getting ready."""
    chatbot = FakeChatbot()
    client = Client(build_starting_app(chatbot))
    page, article = client.get("/"), client.get("/article/1")

    assert page.status_code == article.status_code == 200
    assert "tel:988" in page.text
    assert chatbot.wordings["en"].label("getting_ready") in page.text
    assert chatbot.corpus.documents[0].title in page.text
    assert "content-security-policy" in page.headers
    assert client.get("/?lang=es").text != page.text


def test_no_question_is_taken_yet() -> None:
    """A question that comes too early is told to come again, with the numbers."""
    answer = Client(build_starting_app(FakeChatbot())).join()

    assert answer.status_code == 503
    assert "988" in answer.text


def test_the_first_page_knows_when_the_whole_one_is_there(client: Client) -> None:
    """Its script asks for one word, which only the whole page says."""
    starting = Client(build_starting_app(FakeChatbot()))
    assert starting.get("/ready").json() == {"ready": False, "failed": False, "page": False}
    assert client.get("/ready").json() == {"ready": True, "failed": False, "page": True}
