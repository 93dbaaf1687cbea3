"""What the guard lets through, how much of it and how often, and under which headers it answers."""

import pytest

from chatbot.settings import Settings
from chatbot.web.asgi import build_server
from chatbot.web.gradio_page import Pages
from tests.support.client import Client, Clock
from tests.support.page_fakes import FakeChatbot, made

NUMBERS = ("911", "988", "1-800-662-4357")


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


@pytest.mark.parametrize("path", ["/", "/article/1", "/shell/main.js", "/ready", "/privacy", "/config", "/nothing"])
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
    assert (headers["cross-origin-opener-policy"], headers["cross-origin-resource-policy"]) == ("same-origin",) * 2
    assert {f"{feature}=()" for feature in ("camera", "microphone", "geolocation", "payment", "usb")} <= set(
        headers["permissions-policy"].split(", ")
    )
    assert "clipboard-write" not in headers["permissions-policy"]  # copying a quote needs it
    assert "server" not in headers


def test_frames_are_the_operators_choice() -> None:
    """Only sites that the operator names may show the page in a frame."""
    app = made(lambda: build_server(FakeChatbot(Settings(frame_ancestors="https://clinic.example"))))
    policy = Client(app).get("/ready").headers["content-security-policy"]
    assert policy.endswith("frame-ancestors 'self' https://clinic.example")


def test_large_body_is_refused(client: Client) -> None:
    """A body over the cap is refused with the notice about long messages and the numbers."""
    answer = client.join(data=["x" * 70_000, None, "en"])
    assert answer.status_code == 413
    assert all(number in answer.text for number in NUMBERS)


@pytest.mark.parametrize(
    ("data", "number"),
    [
        (["a", None], 0),
        (["a", None, "en"], 0),
        (["a", None, "en", "", None], 0),
        ([{"a": 1}, None, "en", ""], 0),
        ("a", 0),
        (["a", None, "en", ""], 99),
        (["a", None, "en", ""], "0"),
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


def test_clearing_is_never_refused() -> None:
    """Who has asked too much can still have the conversation forgotten, and has no question more by that."""
    chatbot = FakeChatbot(Settings(question_burst=1))
    clear = next(n for n, one in made(lambda: Pages(chatbot)).blocks["en"].fns.items() if one.name == "clear")
    client = Client(made(lambda: build_server(chatbot, clock=Clock())))
    assert [client.join(data=data, number=number).status_code for data, number in (("x", 0), ([], clear))] == [400, 200]
    assert client.join().status_code == 429


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


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        (
            "POST",
            "/gradio_api/queue/join",
            b'{"data": ["a", null, "en"], "fn_index": 0, "session_hash": "a", "trigger_id": "x"}',
        ),
        ("POST", "/gradio_api/queue/join", b'{"data": [NaN, null, "en"], "fn_index": 0, "session_hash": "a"}'),
        ("POST", "/gradio_api/queue/join", b"[" * 60_000),
        ("POST", "/gradio_api/cancel", b"{"),
        ("POST", "/gradio_api/cancel", b"{}"),
        ("GET", "/article/%D9%A1", b""),
        ("GET", "/static/none.js", b""),
        ("GET", "/assets/%2e%2e", b""),
        ("GET", "/gradio_api/queue/data", b""),
        ("GET", "/gradio_api/heartbeat/own", b""),
    ],
)
def test_refusals_of_others_show_the_numbers(client: Client, method: str, path: str, sent: bytes) -> None:
    """What Gradio or FastAPI would refuse in words of their own is refused with the numbers."""
    answer = client.ask(method, path, content=sent, headers={"content-type": "application/json"})
    assert answer.status_code >= 400
    assert all(number in answer.text for number in NUMBERS)


def test_an_announced_length_is_believed(client: Client) -> None:
    """A body that is announced longer than the cap is refused before any of it is read."""
    headers = {"content-length": "70000", "content-type": "application/json"}
    assert client.ask("POST", "/gradio_api/queue/join", content=b"x", headers=headers).status_code == 413
