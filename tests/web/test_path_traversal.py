"""Whatever address is asked for, only the page's own files come back, and nothing can be left on the server."""

import asyncio
import re
import urllib.parse
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp, Message, Scope

from chatbot.settings import ROOT, Settings
from chatbot.web.asgi import build_server
from chatbot.web.gradio_page import Pages
from chatbot.web.handlers import PageHandlers
from chatbot.web.transcript import MOST_EXCHANGES
from tests.support.client import Client
from tests.support.page_fakes import FakeChatbot, made

# What only files of the machine and of the program hold, and no answer may.
SECRETS = (
    "root:x:0",
    "def build_server",
    "[[answers]]",
    "[[signs]]",
    "gradio==6",
    "MIT License",
    "[project]",
    "marker-7",
)
TARGETS = (
    *(
        "etc/passwd",
        "app.py",
        "chatbot/web/asgi.py",
        "requirements.txt",
        "LICENSE",
        "pyproject.toml",
        "index/manifest.json",
    ),
    *(
        "corpus/emergencies.toml",
        "corpus/signs.toml",
        "corpus/kicking-a-heroin-addiction/questions.toml",
        "proc/self/environ",
        ".git/config",
    ),
    *("https://example.org/", "http://127.0.0.1:1/", "file:///etc/passwd", "\\\\host\\share", "C:\\Windows\\win.ini"),
)
DOORS = (
    *(
        "/",
        "/shell/",
        "/assets/",
        "/static/",
        "/static/img/",
        "/article/",
        "/es/",
        "/es/assets/",
        "/es/static/",
        "/en/",
    ),
    *("/gradio_api/file=", "/gradio_api/file/", "/file=", "/file/", "/gradio_api/upload", "/upload", "/privacy/"),
    *("/gradio_api/proxy=", "/proxy=", "/gradio_api/stream/", "/gradio_api/component_server", "/gradio_api/deep_link"),
    *("/gradio_api/run/", "/gradio_api/call/", "/custom_component/", "/svelte/", "/theme.css/", "/config/", "/login/"),
    *("/gradio_api/mcp/", "/gradio_api/dev/reload", "/monitoring/", "/docs", "/openapi.json", "/metrics", "/healthz"),
)
UPS = (
    "",
    "../",
    "..%2f",
    "..%2F",
    "%2e%2e/",
    "..%5c",
    "..\\",
    "....//",
    "%252e%252e%252f",
    "..;/",
    "./",
    "//",
    "/",
    "\x00",
    "%00",
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
PATHS = st.one_of(
    st.builds(
        lambda door, ups, target, end: f"{door}{ups}{target}{end}",
        st.sampled_from(DOORS),
        st.lists(st.sampled_from(UPS), max_size=6).map("".join),
        st.sampled_from(TARGETS),
        st.sampled_from(["", "?", "?x=../..", ";.css", ".js", "%00.css", "#x"]),
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40).map(lambda text: f"/{text}"),
    st.sampled_from(DOORS),
)
# What the page itself is made of.
OWN = re.compile(
    r"/|/ready|/privacy|/robots\.txt|/article/1|/shell/[a-z]+\.js|(?:/es)?/(?:theme\.css|config|assets/.+|static/.+)"
)
CALLS = re.compile(r"(?:/[a-z]{2})?/gradio_api/(?:info|startup-events|app_id|queue/data|heartbeat/\w+)")


def asked(app: ASGIApp, method: str, address: str) -> tuple[str, int, bytes]:
    """The path that arrives, and what is answered. By hand: a client would tidy the address up first."""
    raw, _, query = address.partition("?")
    path = urllib.parse.unquote(raw)
    scope: Scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": raw.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"families.example.org")],
        "client": ("203.0.113.5", 1),
        "server": ("families.example.org", 80),
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]  # an ASGI app is a coroutine function
    return path, sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


@settings(max_examples=600)
@given(path=PATHS, method=st.sampled_from(METHODS))
def test_no_file_of_the_server_can_be_read(app: ASGIApp, path: str, method: str) -> None:
    """No address, however it is written, brings a file that is not the page's own, and no other address is answered."""
    if path.startswith(("/gradio_api/heartbeat", "/gradio_api/queue/data")):
        return  # these wait for events, and are asked by the page only
    arrived, status, content = asked(app, method, path)
    text = content.decode("utf-8", "replace")
    assert [secret for secret in SECRETS if secret in text] == []
    if status < 400:
        assert method in ("GET", "HEAD")
        assert OWN.fullmatch(arrived) or CALLS.fullmatch(arrived), arrived


@pytest.mark.parametrize(
    "path", ["/gradio_api/upload", "/upload", "/es/gradio_api/upload", "/gradio_api/component_server"]
)
@settings(max_examples=20)
@given(name=st.sampled_from(["a.txt", "../a.txt", "a.py", ""]), content=st.binary(max_size=200))
def test_nothing_can_be_uploaded(client: Client, path: str, name: str, content: bytes) -> None:
    """A file that somebody sends is refused unread, under every address that Gradio would take it at."""
    assert client.ask("POST", path, files={"files": (name or "a", content)}).status_code == 404


@pytest.mark.parametrize("folder", ["chatbot", "corpus", "index", "docs", ".git"])
def test_folders_are_not_listed(client: Client, folder: str) -> None:
    """No folder of the program can be opened."""
    assert {client.get(f"/{folder}{end}").status_code for end in ("", "/", "/.", "/*")} == {404}


@pytest.mark.parametrize("path", sorted(path.name for path in (ROOT / "chatbot" / "web" / "static").iterdir()))
def test_only_scripts_come_from_the_package(client: Client, path: str) -> None:
    """Of the files of the package the scripts are served, and no other."""
    assert (client.get(f"/shell/{path}").status_code == 200) is (Path(path).suffix == ".js")


BOUNDED = Settings(longest_message=300, longest_history=3, question_burst=10_000)


@pytest.fixture(scope="module")
def bounded() -> tuple[FakeChatbot, Pages, ASGIApp]:
    """A server with narrow limits."""
    chatbot = FakeChatbot(BOUNDED)

    def make() -> tuple[FakeChatbot, Pages, ASGIApp]:
        pages = Pages(chatbot)
        return chatbot, pages, build_server(chatbot, pages=pages)

    return made(make)


@settings(max_examples=30)
@given(length=st.integers(0, 200_000))
def test_a_body_has_a_longest_size(bounded: tuple[FakeChatbot, Pages, ASGIApp], length: int) -> None:
    """A request longer than the cap is refused unread, whatever the page's own script would have allowed."""
    status = Client(bounded[2]).ask("POST", "/gradio_api/queue/join", content=b"x" * length).status_code
    assert status == (413 if length > BOUNDED.longest_body else 400)


@settings(max_examples=20)
@given(sizes=st.lists(st.integers(0, 2 * BOUNDED.longest_message), min_size=1, max_size=MOST_EXCHANGES + 5))
def test_a_conversation_has_a_longest_size(bounded: tuple[FakeChatbot, Pages, ASGIApp], sizes: list[int]) -> None:
    """However much is asked, a question carries no more earlier messages, and a session no more exchanges, than set."""
    chatbot, page, transcript = bounded[0], PageHandlers(bounded[0]), None
    for size in sizes:
        transcript = page.ask("x" * size, transcript).transcript
        assert len(chatbot.asked[-1].history) <= BOUNDED.longest_history
    assert len(transcript.exchanges) == min(len(sizes), MOST_EXCHANGES)


def test_a_long_message_is_not_answered_whatever_the_browser_allows(
    bounded: tuple[FakeChatbot, Pages, ASGIApp],
) -> None:
    """The server itself refuses a message over the limit, with the notice that says so."""
    log = PageHandlers(bounded[0]).ask("signs " + "x" * BOUNDED.longest_message, None).log
    shown = log[1]["content"][0]["text"]
    assert bounded[0].wordings["en"].notice("not_covered.too_long").title in shown
    assert "<blockquote" not in shown
