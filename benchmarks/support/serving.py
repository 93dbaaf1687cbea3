"""The page as its own process, as it runs for people, and how a browser asks it."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from chatbot.settings import ROOT

# One client stands for many here: it must not be told that it asks too often.
LIMITS_OFF = {
    "CHATBOT_QUESTIONS_PER_MINUTE": "1000000",
    "CHATBOT_QUESTION_BURST": "1000000",
    "CHATBOT_MOST_CONNECTIONS_OF_CLIENT": "4000",
}


@dataclass(frozen=True, slots=True)
class Server:
    """A running page: its address, its process, and the seconds from its start.

    To the first page, which has numbers and articles, to the whole page, and to being ready to answer.
    """

    address: str
    process: int
    served: float
    whole: float
    ready: float

    def memory(self) -> tuple[float, float]:
        """Megabytes that the process holds in memory, now and at most so far."""
        status = Path(f"/proc/{self.process}/status").read_text(encoding="ascii")
        held, most = (int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) for name in ("VmRSS", "VmHWM"))  # type: ignore[index]  # Linux has both
        return held / 1024, most / 1024

    def processor_seconds(self) -> float:
        """Processor time of the process so far."""
        numbers = Path(f"/proc/{self.process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def served(**settings: str) -> Iterator[Server]:
    """``python app.py`` on a free port of this machine, ready to answer, while the block lasts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, **LIMITS_OFF, "CHATBOT_PORT": str(port), **settings}
    begun = time.monotonic()
    process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        page = _wait(f"{address}/", process, begun)
        whole = _wait(f"{address}/ready", process, begun, holding='"page":true')
        ready = _wait(f"{address}/ready", process, begun, holding='"ready":true')
        yield Server(address, process.pid, page, whole, ready)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait(url: str, process: "subprocess.Popen[bytes]", begun: float, *, holding: str = "") -> float:
    """Seconds since ``begun`` until the address answers with these words."""
    while process.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            answer = httpx.get(url, timeout=10)
            if answer.status_code == 200 and holding in answer.text:
                return time.monotonic() - begun
        time.sleep(0.02)
    raise RuntimeError("the page ended before it was ready")


def ask(client: httpx.Client, question: str) -> str:
    """Ask as the page does, with a conversation of its own; what the last event holds, as JSON."""
    person = uuid.uuid4().hex
    body = {"data": [question, None, "en", ""], "fn_index": 0, "session_hash": person}
    client.post("/gradio_api/queue/join", json=body).raise_for_status()
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": person}) as lines:
        for line in lines.iter_lines():
            event = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
            if event.get("msg") == "process_completed":
                return json.dumps(event["output"])
    raise RuntimeError("the line was closed without an answer")
