"""Connections to the page: how many there may be, and how long a request may take to arrive."""

import asyncio
import contextlib
import errno
import logging
import resource
import socket
import threading
import time
from collections.abc import Iterator
from functools import partial

import httpx
import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from chatbot.errors import SettingsError
from chatbot.web import connections as bounds
from chatbot.web.clients import CROWDED
from chatbot.web.connections import AcceptLog, BoundedProtocol, Connections, listen
from tests.support.client import Clock


async def tell(scope: Scope, receive: Receive, send: Send) -> None:
    """Tells how long the body was, or that the connection is one too many."""
    crowded = scope["state"].get(CROWDED)
    text = "crowded" if crowded else str(len(await Request(scope, receive).body()))
    await PlainTextResponse(text, 503 if crowded else 200)(scope, receive, send)


class Serving:
    """A server on this machine whose connections are bounded."""

    def __init__(self, *, most: int = 40, most_of_client: int = 20, unbounded: str = "") -> None:
        self.counted = Connections(most=most, most_of_client=most_of_client, unbounded=unbounded)
        self.sockets = listen("127.0.0.1", 0, setting="CHATBOT_PORT")
        self.port = int(self.sockets[0].getsockname()[1])
        protocol = partial(BoundedProtocol, connections=self.counted, whole_within=0.5)
        config = uvicorn.Config(tell, http=protocol, ws="none", lifespan="off", log_config=None, access_log=False)  # type: ignore[arg-type]
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, args=(self.sockets,), daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)

    def open(self, sent: bytes = b"", *, source: str = "127.0.0.1") -> socket.socket:
        """A connection from an address of this machine, over which this was sent."""
        one = socket.create_connection(("127.0.0.1", self.port), timeout=5, source_address=(source, 0))
        one.sendall(sent)
        return one

    def get(self) -> httpx.Response:
        """An ordinary request."""
        return httpx.get(f"http://127.0.0.1:{self.port}/", timeout=5)

    def end(self) -> None:
        """Stop serving."""
        self.server.should_exit = True
        self.thread.join(timeout=10)


@pytest.fixture
def serving() -> Iterator[Serving]:
    """A server that takes 20 connections of a client and 40 in all."""
    made = Serving()
    yield made
    made.end()


def drip(one: socket.socket) -> None:
    """Send a line of a head now and then, for five seconds or as long as somebody listens."""
    with contextlib.suppress(OSError):
        for _ in range(100):
            one.sendall(b"X: a\r\n")
            time.sleep(0.05)


def is_closed(one: socket.socket) -> bool:
    """Whether the server closes this connection, without a word."""
    try:
        return one.recv(1000) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"G",
        b"GET / HTTP/1.1\r\nX: ",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc",
    ],
)
def test_half_a_request_is_closed(serving: Serving, sent: bytes) -> None:
    """A connection over which nothing, half a head or half a body comes is closed when its time is over."""
    begun = time.monotonic()
    with serving.open(sent) as one:
        assert is_closed(one)
    assert 0.4 < time.monotonic() - begun < 3


def test_a_drop_now_and_then_is_no_request(serving: Serving) -> None:
    """The time runs from the first byte to the last: further bytes do not begin it anew."""
    begun = time.monotonic()
    with serving.open(b"GET / HTTP/1.1\r\n") as one:
        dripping = threading.Thread(target=drip, args=(one,))
        dripping.start()
        assert is_closed(one)
        dripping.join()
    assert time.monotonic() - begun < 3


def test_a_second_half_request_is_closed(serving: Serving) -> None:
    """After a whole request half of another is closed as well, and whole ones in time are answered."""
    with serving.open() as one:
        for _ in range(3):
            one.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            time.sleep(0.25)
            assert one.recv(1000).startswith(b"HTTP/1.1 200")
        one.sendall(b"GET / HTTP/1.1\r\nX: ")
        assert is_closed(one)


def test_a_client_has_so_many_connections(serving: Serving) -> None:
    """Over its bound a client is told so, later ones are cut off, and another client is served; when it closes, too."""
    held = [serving.open() for _ in range(20)]
    assert serving.get().status_code == 503
    with serving.open(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", source="127.0.0.9") as other:
        assert other.recv(1000).startswith(b"HTTP/1.1 200")
    for one in held:
        one.close()
    time.sleep(0.1)
    assert serving.get().status_code == 200


def test_all_clients_have_so_many_connections(serving: Serving) -> None:
    """Over the bound of all everybody is told so; still more are cut off, so that files never run out."""
    held = [serving.open(source=f"127.0.0.{number}") for number in range(10, 50)]
    assert serving.get().status_code == 503
    held += [serving.open(source=f"127.0.1.{number}") for number in range(1, bounds.TOLD + 2)]
    with serving.open(source="127.0.2.1") as one:
        assert is_closed(one)
    for one in held:
        one.close()


def test_a_trusted_proxy_speaks_for_many() -> None:
    """The proxy that the settings name is no client: only the sum of its connections is bounded."""
    counted = Connections(most=10, most_of_client=2, unbounded="203.0.113.9")
    assert [counted.opened("203.0.113.9") for _ in range(11)] == [0] * 10 + [1]
    assert [counted.opened("203.0.113.5") for _ in range(3)] == [2, 3, 4]
    for _ in range(11):
        counted.closed("203.0.113.9")
    assert counted.opened("203.0.113.5") == 2


def test_garbage_and_upgrades_cost_no_log_line(serving: Serving, caplog: pytest.LogCaptureFixture) -> None:
    """A websocket that is asked for is an ordinary request, without a line in the log."""
    head = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
    with serving.open(head) as one:
        assert one.recv(1000).startswith(b"HTTP/1.1 200")
    assert caplog.records == []


def test_failing_accepts_are_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    """However often no connection can be accepted, a minute has one line about it; other errors are not swallowed."""
    clock, loop = Clock(), asyncio.new_event_loop()
    handler = AcceptLog(clock=clock)
    failed = {"message": "socket.accept() out of system resource", "exception": OSError(errno.EMFILE, "x"), "socket": 1}
    with caplog.at_level(logging.ERROR):
        for _ in range(1000):
            handler(loop, failed)
        assert [record.getMessage() for record in caplog.records] == [
            "no connection can be accepted: EMFILE; tried again each second"
        ]
        clock.now = 60
        handler(loop, failed)
        assert len(caplog.records) == 2
        handler(loop, {"message": "another"})
        assert len(caplog.records) == 3
    loop.close()


def test_few_files_are_said(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """The limit of open files is raised as far as the system allows; when that is not enough, it is said."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 2048))
    asked = list[tuple[int, int]]()
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))
    assert bounds.raise_open_files(1500) == 1024  # what the system says after the try
    assert asked == [(1500, 2048)]
    assert bounds.most_connections(4000) == 1024 - bounds.TOLD - bounds.RESERVED
    assert "LimitNOFILE=4150" in caplog.text


def test_a_used_port_is_said_in_words() -> None:
    """A port that is in use, or no port of this machine, is said with the setting to change."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(SettingsError, match=r"in use by another program.*CHATBOT_PORT"):
            listen("127.0.0.1", other.getsockname()[1], setting="CHATBOT_PORT")
    with pytest.raises(SettingsError, match="CHATBOT_PORT"):
        listen("no.such.host.invalid", 80, setting="CHATBOT_PORT")
