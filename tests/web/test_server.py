"""The servers as they run: how they end, and the whole program with its monitor, its switch and its signals."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from starlette.types import ASGIApp

from chatbot.settings import ROOT, Settings
from chatbot.web.asgi import build_server
from chatbot.web.middleware.in_flight import InFlight
from chatbot.web.server import DrainingServer, page_server
from tests.browser.browser import GRADIO_AND_PANDAS
from tests.support.fakes import ARTICLE, EMERGENCIES, QUESTIONS, REQUESTS, TOPICS, write_corpus, write_model
from tests.support.page_fakes import GatedChatbot

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings(GRADIO_AND_PANDAS)]

BODY = {"data": ["signs", None, "en", ""], "fn_index": 0, "session_hash": "abc"}


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def until(fact: object, *, seconds: float = 60) -> None:
    """Wait until a condition holds; a server that is not there yet is no failure."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if fact():  # type: ignore[operator]
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Serving:
    """A page whose answers wait for a gate, on a server that can be told to end."""

    def __init__(self, *, drain_seconds: float = 20) -> None:
        settings = Settings(port=free_port(), drain_seconds=drain_seconds, question_burst=10_000)
        self.chatbot = GatedChatbot(settings)
        self.address = f"http://127.0.0.1:{settings.port}"
        self._servers: list[DrainingServer] = []
        self.thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self.thread.start()
        until(lambda: self._servers and self._servers[0].started)

    def end(self) -> None:
        """As a signal does."""
        self._servers[0].handle_exit(signal.SIGTERM, None)

    async def _serve(self) -> None:
        traffic = InFlight()
        app: ASGIApp = build_server(self.chatbot, traffic=traffic)
        self._servers.append(page_server(self.chatbot.settings, app, traffic))
        with pytest.MonkeyPatch.context() as patch:
            # At its end uvicorn raises the signal once more, for the process; here that would end the tests.
            patch.setattr(signal, "raise_signal", lambda number: None)
            await self._servers[0].serve()


def answer_of(lines: Iterator[str]) -> str:
    """What the event stream brings for the question, as text; empty when it is cut off before."""
    for line in lines:
        event = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
        if event.get("msg") == "process_completed":
            return json.dumps(event["output"])
    return ""


def test_answer_on_its_way_is_finished() -> None:
    """Told to end, the server lets no question in, still brings the answer that somebody waits for, and then ends."""
    serving = Serving()
    with httpx.Client(base_url=serving.address, timeout=30) as client:
        assert client.post("/gradio_api/queue/join", json=BODY).status_code == 200
        with (
            client.stream("GET", "/gradio_api/heartbeat/abc"),
            client.stream("GET", "/gradio_api/queue/data", params={"session_hash": "abc"}) as stream,
        ):
            serving.end()
            assert client.post("/gradio_api/queue/join", json=BODY).status_code == 503
            time.sleep(1.5)
            assert serving.thread.is_alive()
            serving.chatbot.gate.set()
            assert "<blockquote" in answer_of(stream.iter_lines())
        serving.thread.join(timeout=10)
    assert not serving.thread.is_alive()


def test_end_has_a_bound() -> None:
    """An answer that does not come holds the end up for the set seconds and no longer."""
    serving = Serving(drain_seconds=1)
    with httpx.Client(base_url=serving.address, timeout=30) as client:
        client.post("/gradio_api/queue/join", json=BODY)
        with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": "abc"}):
            begun = time.monotonic()
            serving.end()
            serving.thread.join(timeout=20)
    assert not serving.thread.is_alive()
    assert 1 <= time.monotonic() - begun < 8
    serving.chatbot.gate.set()


class Program(NamedTuple):
    """``python app.py``, with what a test needs of it."""

    process: subprocess.Popen[str]
    page: str
    monitor: str
    folder: Path


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The whole program over the small corpus, with a model of a few kilobytes."""
    folder = tmp_path_factory.mktemp("program")
    corpus = write_corpus(folder, notices=ROOT / "corpus" / "notices")
    model = write_model(folder / "model", [ARTICLE, QUESTIONS, TOPICS, EMERGENCIES, REQUESTS])
    port, monitor = free_port(), free_port()
    more = {"CORPUS": corpus, "INDEX": folder / "index", "MODEL": model, "PORT": port, "MONITOR_PORT": monitor}
    more |= {"STOP_FILE": folder / "stop", "RELOAD_SECONDS": 0.2, "LOG_FORMAT": "json", "AUDIT_LOG": 1}
    environ = {**os.environ, **{f"CHATBOT_{name}": str(value) for name, value in more.items()}}
    with subprocess.Popen(
        [sys.executable, "app.py"], cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        running = Program(process, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{monitor}", folder)
        until(lambda: httpx.get(f"{running.monitor}/readyz").status_code == 200, seconds=120)
        yield running
        process.kill()


def test_program_can_be_watched(program: Program) -> None:
    """On the private port the program says that it lives and is ready; the public port has none of that."""
    assert httpx.get(f"{program.monitor}/healthz").text == "ok\n"
    assert httpx.get(f"{program.monitor}/readyz").text == "ready\n"
    assert "word_for_word_ready 1.0" in httpx.get(f"{program.monitor}/metrics").text
    for path in ("/healthz", "/readyz", "/metrics"):
        assert httpx.get(f"{program.page}{path}").status_code == 404


def test_program_is_stopped_and_goes_on(program: Program) -> None:
    """Touching the stop file leaves the help page within the same second; removing it brings the page back."""
    stop = program.folder / "stop"
    stop.touch()
    assert "gradio_config" not in httpx.get(f"{program.page}/").text
    assert httpx.post(f"{program.page}/gradio_api/queue/join", json=BODY).status_code == 403
    stop.unlink()
    assert "gradio_config" in httpx.get(f"{program.page}/").text


def test_program_takes_over_and_ends(program: Program) -> None:
    """The program takes a change over by itself; on SIGTERM it ends with open tabs; the log is JSON, bare and calm."""
    contacts = program.folder / "corpus" / "notices" / "contacts.toml"
    contacts.write_text(contacts.read_text(encoding="utf-8").replace('tel = "988"', 'tel = "989"'), encoding="utf-8")
    until(lambda: "tel:989" in httpx.get(f"{program.page}/").text)
    assert httpx.post(f"{program.page}/gradio_api/queue/join", json=BODY).status_code == 200
    with httpx.stream("GET", f"{program.page}/gradio_api/queue/data", params={"session_hash": "abc"}) as stream:
        assert answer_of(stream.iter_lines())
    with httpx.stream("GET", f"{program.page}/gradio_api/heartbeat/abc"):
        begun = time.monotonic()
        program.process.send_signal(signal.SIGTERM)
        assert program.process.wait(timeout=20) == -signal.SIGTERM
        assert time.monotonic() - begun < 6
    assert program.process.stderr is not None
    lines = program.process.stderr.read().split("\n")
    # The bar of the first start, which built the index, is drawn there, too.
    entries = [json.loads(line) for line in lines if line and "embedding:" not in line]
    assert [(entry["level"], entry["logger"]) for entry in entries] == [
        ("INFO", "chatbot"),
        ("INFO", "chatbot.audit"),
    ]
