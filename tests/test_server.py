"""What is served, to whom, under which headers; asked without a browser."""

import asyncio
import re
from datetime import datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp

from chatbot.dressing import dress
from chatbot.errors import ChatbotError
from chatbot.limit import MOST_CLIENTS, Limit
from chatbot.page import Pages
from chatbot.server import build_server, make_shells, read_stretch
from chatbot.settings import Settings
from chatbot.texts import Span
from tests.page_fakes import FakeChatbot, made

NUMBERS = ("911", "988", "1-800-662-4357")


class Clock:
    """A clock that goes only when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now


class Client:
    """Asks an app as a browser on another machine would."""

    def __init__(self, app: ASGIApp, *, address: str = "203.0.113.5") -> None:
        self._app = app
        self._address = address

    def ask(self, method: str, path: str, **options: object) -> httpx.Response:
        """Send a request and wait for the answer."""

        async def within() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app, client=(self._address, 1), raise_app_exceptions=True)
            async with httpx.AsyncClient(transport=transport, base_url="http://families.example.org") as client:
                return await client.request(method, path, **options)  # type: ignore[arg-type]

        return asyncio.run(within())

    def get(self, path: str, **options: object) -> httpx.Response:
        """Ask for a page."""
        return self.ask("GET", path, **options)

    def join(self, *, data: object = ("signs", None, "en"), number: object = 0, **options: object) -> httpx.Response:
        """Send a question as the page does."""
        body = {"data": data, "fn_index": number, "session_hash": "abc"}
        return self.ask("POST", "/gradio_api/queue/join", json=body, **options)


@pytest.fixture(scope="module")
def app() -> ASGIApp:
    """The server over the fake chatbot, without a rate limit in the way."""
    return made(lambda: build_server(FakeChatbot(Settings(question_burst=10_000))))


@pytest.fixture(scope="module")
def client(app: ASGIApp) -> Client:
    """Somebody who asks it."""
    return Client(app)


def test_help_is_in_the_first_html(client: Client) -> None:
    """The numbers to call and text, the exit, the questions and the article stand in the HTML before any script."""
    page = client.get("/").text
    for link in ('href="tel:911"', 'href="tel:988"', 'href="sms:988"', 'href="tel:+18006624357"', 'id="exit"'):
        assert link in page
    assert "Which medications are used?" in page
    assert "Pinprick pupils" in page
    assert "<noscript>" in page
    assert page.count("<h1>") == 1


def test_first_html_is_small(client: Client) -> None:
    """What must arrive before anything is seen fits into half a second of a slow line (400 kbit/s)."""
    size = int(client.get("/", headers={"accept-encoding": "gzip"}).headers["content-length"])
    assert size < 25_000


def test_skip_and_exit_come_first(client: Client) -> None:
    """The first two links are for the exit and for the question box."""
    links = re.findall(r'<a class="([^"]+)"', client.get("/").text)
    assert links[:2] == ["skip exit-first", "skip"]


@pytest.mark.parametrize("path", ["/", "/?lang=es", "/article/1", "/nothing"])
def test_title_is_neutral(client: Client, path: str) -> None:
    """The tab's title does not name the subject."""
    title = re.search("<title>(.*?)</title>", client.get(path).text)
    assert title
    assert title.group(1) in ("Family support", "Apoyo familiar")


def test_gradio_head_is_gone(client: Client) -> None:
    """No link of Gradio's to another host, no preview picture, no manifest is left in the page."""
    page = client.get("/").text
    head = page.split("</head>")[0]
    assert "og:image" not in head
    assert "manifest.json" not in head
    assert re.findall(r'(?:src|href)="(https?:[^"]+)"', head) == []


def test_language_is_chosen_by_the_address(client: Client) -> None:
    """``?lang=es`` brings the Spanish page, an unknown language the English one."""
    assert '<html lang="es">' in client.get("/?lang=es").text
    assert "Preguntar" in client.get("/?lang=es").text
    assert '<html lang="en">' in client.get("/?lang=xx").text


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload",
        "/gradio_api/deep_link?session_hash=abc",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=https://example.org/",
        "/gradio_api/proxy=https://example.org/",
        "/gradio_api/runs",
        "/gradio_api/openapi.json",
        "/gradio_api/run/predict",
        "/gradio_api/call/ask",
        "/monitoring",
        "/monitoring/summary",
        "/openapi.json",
        "/docs",
        "/login",
        "/manifest.json",
        "/pwa_icon",
        "/static/../app.py",
        "/assets/..%2f..%2fapp.py",
        "/es/",
        "/en/",
        "/article/1/x",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
def test_everything_else_is_not_found(client: Client, method: str, path: str) -> None:
    """Routes that the page does not use do not exist, and their page shows the numbers."""
    answer = client.ask(method, path)
    assert answer.status_code == 404
    assert all(number in answer.text for number in NUMBERS)


def test_stored_conversation_cannot_be_opened(client: Client) -> None:
    """A link to a stored conversation is not honoured, whatever its id."""
    assert client.get("/?deep_link=abc").status_code == 200
    assert '"deep_link_state":"none"' in client.get("/?deep_link=abc").text.replace(" ", "")


@pytest.mark.parametrize("path", ["/", "/article/1", "/shell/page.js", "/ready", "/config", "/nothing"])
def test_headers(client: Client, path: str) -> None:
    """Every answer forbids foreign scripts, framing, storing, sniffing and referrers, and allows no other origin."""
    headers = client.get(path, headers={"origin": "https://evil.example"}).headers
    assert "unsafe-eval" not in headers["content-security-policy"]
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "'unsafe-inline'" not in headers["content-security-policy"].split("style-src")[0]
    assert headers["content-security-policy"].endswith("frame-ancestors 'self'")
    assert (
        headers["cache-control"],
        headers["referrer-policy"],
        headers["x-content-type-options"],
    ) == ("no-store", "no-referrer", "nosniff")
    assert [name for name in headers if name.startswith("access-control-")] == []


def test_frames_are_the_operators_choice() -> None:
    """Only sites that the operator names may show the page in a frame."""
    app = made(lambda: build_server(FakeChatbot(Settings(frame_ancestors="https://clinic.example"))))
    policy = Client(app).get("/ready").headers["content-security-policy"]
    assert policy.endswith("frame-ancestors 'self' https://clinic.example")


def test_assets_are_kept_by_the_browser(client: Client) -> None:
    """Gradio's scripts, which hold nothing personal and have their hash in their name, are cached for ever."""
    module = re.search(r'<script type="module" crossorigin src="([^"]+)"', client.get("/").text)
    assert module
    assert "immutable" in client.get(module.group(1)).headers["cache-control"]


def test_large_body_is_refused(client: Client) -> None:
    """A body over the cap is refused with the notice about long messages and the numbers."""
    answer = client.join(data=["x" * 70_000, None, "en"])
    assert answer.status_code == 413
    assert all(number in answer.text for number in NUMBERS)


@pytest.mark.parametrize(
    ("data", "number"),
    [
        (["a", None], 0),
        (["a", None, "en", None], 0),
        ([{"a": 1}, None, "en"], 0),
        ("a", 0),
        (["a", None, "en"], 99),
        (["a", None, "en"], "0"),
        ([], None),
    ],
)
def test_malformed_question_is_refused(client: Client, data: object, number: object) -> None:
    """What the page would not send is refused before Gradio, which would print it."""
    assert client.join(data=data, number=number).status_code == 400


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"data": 1}', b"\xff"])
def test_no_question_is_refused(client: Client, body: bytes) -> None:
    """A body that is no question is refused."""
    assert client.ask("POST", "/gradio_api/queue/join", content=body).status_code == 400


def test_rate_limit_shows_the_numbers() -> None:
    """Too many questions from one client are refused with the numbers; another client is not; time mends it."""
    clock = Clock()
    app = made(lambda: build_server(FakeChatbot(Settings(question_burst=3, questions_per_minute=60)), clock=clock))
    client = Client(app)
    assert [client.join(data="x").status_code for _ in range(3)] == [400, 400, 400]
    refused = client.join()
    assert refused.status_code == 429
    assert all(number in refused.text for number in NUMBERS)
    assert Client(app, address="203.0.113.6").join(data="x").status_code == 400
    clock.now += 1
    assert client.join(data="x").status_code == 400


def test_only_a_trusted_proxy_names_clients() -> None:
    """X-Forwarded-For counts only when it comes from the proxy that the settings name."""
    settings = Settings(question_burst=1, trusted_proxy="203.0.113.9")
    app = made(lambda: build_server(FakeChatbot(settings), clock=Clock()))
    proxy, liar = Client(app, address="203.0.113.9"), Client(app)

    def status(client: Client, shown: str) -> int:
        return client.join(data="x", headers={"x-forwarded-for": shown}).status_code

    assert [status(proxy, shown) for shown in ("198.51.100.1", "198.51.100.2", "9.9.9.9, 198.51.100.2")] == [
        400,
        400,
        429,
    ]
    assert [status(liar, shown) for shown in ("198.51.100.3", "198.51.100.4")] == [400, 429]


def test_limit_is_bounded_and_forgets() -> None:
    """The table of clients has an end, and its key does not outlast a day."""
    clock = Clock()
    limit = Limit(per_minute=1, burst=1, clock=clock)
    assert limit.allows("a")
    assert not limit.allows("a")
    for number in range(MOST_CLIENTS + 10):
        limit.allows(str(number))
    assert limit.allows("a")
    clock.now += 100_000
    assert limit.allows("a")


def test_article_page_works_alone(client: Client) -> None:
    """The article's own page shows it whole, with the stretch of a link marked, without Gradio."""
    page = client.get("/article/1?quote=1593-1797").text
    assert '<mark id="quoted">Signs of use can include:</mark>' in page
    assert "gradio_config" not in page
    assert 'href="tel:911"' in page
    assert client.get("/article/2").status_code == 404
    assert client.get("/article/1?quote=9-1").status_code == 200


@pytest.mark.parametrize("text", ["", "-", "5", "5-", "-5", "9-1", "1-1", "0-99999999999", "a-b", "1-999999", "²-5"])
def test_wrong_stretches_mark_nothing(text: str) -> None:
    """A link with a stretch that is none marks nothing and breaks nothing."""
    assert read_stretch(FakeChatbot().corpus.documents[0], text) is None


def test_stretch_of_a_link() -> None:
    """A link names a stretch as start-end."""
    assert Span(3, 9) == read_stretch(FakeChatbot().corpus.documents[0], "3-9")


def test_robots_stay_out(client: Client) -> None:
    """Search engines are asked to stay out."""
    assert "Disallow: /" in client.get("/robots.txt").text


def test_readiness(app: ASGIApp) -> None:
    """The page can ask whether questions are answered yet."""
    waiting = made(lambda: build_server(FakeChatbot(), ready=lambda: False))
    assert Client(waiting).get("/ready").json() == {"ready": False}
    assert Client(app).get("/ready").json() == {"ready": True}


def test_another_gradio_is_noticed() -> None:
    """A Gradio whose page has another form is refused, and the page of the refusal has the numbers."""
    with pytest.raises(ChatbotError, match="requirements"):
        dress("<html></html>", make_shells(FakeChatbot())["en"])


def test_idle_conversations_are_dropped() -> None:
    """A conversation that nobody continues is dropped after the set time, and no earlier."""
    pages = made(lambda: _mounted())
    holder = pages.blocks["en"].state_holder
    for session, minutes in (("old", 31), ("new", 29)):
        assert holder[session] is not None
        holder.time_last_used[session] = datetime.now() - timedelta(minutes=minutes)
    pages.forget_idle(longer_than_minutes=30)
    assert list(holder.session_data) == ["new"]


def _mounted() -> Pages:
    pages = Pages(FakeChatbot())
    pages.mount(FastAPI())
    return pages
