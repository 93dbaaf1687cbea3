"""Tries to bring the page down, and to get at what it must not give: each try has a bound, and is held or broken.

The page runs as ``python app.py`` with its own limits. Hostile clients, ordinary ones and somebody in need have
addresses of their own on the loopback. Processor time is the server's own: others on the machine matter less.
Run: ``python -m benchmarks.attack [--smoke]``; it ends with status 1 when a bound is broken.
"""

import argparse
import contextlib
import json
import os
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx

from benchmarks.support.report import FOLDER, circumstances, table, write_section
from benchmarks.support.worst_inputs import TIMES, worst_messages
from chatbot.settings import ROOT, Settings

HEAD = ["try", "measured", "bound", "held"]
KEY = "attack-" + "k" * 20
NUMBERS = ("911", "988", "1-800-662-4357")
EMERGENCY = "he is not breathing and his lips are blue"
ORDINARY = "what are the signs that somebody uses heroin"
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Held:
    """What came of a try."""

    name: str
    measured: str
    bound: str
    held: bool


@dataclass(slots=True)
class Target:
    """A running page; every client has an address of its own."""

    port: int
    monitor: int
    process: "subprocess.Popen[bytes]"
    log: Path
    _clients: int = field(default=0)

    def client(self, address: str = "") -> httpx.Client:
        """Somebody at an address of this machine, a new one unless it is given."""
        self._clients += 1
        own = address or f"127.0.{10 + self._clients // 250}.{1 + self._clients % 250}"
        transport = httpx.HTTPTransport(local_address=own, limits=httpx.Limits(max_connections=100))
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", transport=transport, timeout=120)

    def open(self, sent: bytes, *, address: str = "127.0.9.9") -> socket.socket:
        """A bare connection over which this was sent."""
        one = socket.create_connection(("127.0.0.1", self.port), timeout=30, source_address=(address, 0))
        one.sendall(sent)
        return one

    def ready(self) -> str:
        """What the monitor says of being ready."""
        return httpx.get(f"http://127.0.0.1:{self.monitor}/readyz", timeout=5).text.strip()

    def processor_seconds(self) -> float:
        """Processor time of the server so far."""
        numbers = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(numbers[11]) + int(numbers[12])) / TICK

    def megabytes(self) -> float:
        """Memory that the server holds."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@contextlib.contextmanager
def target(
    settings: Mapping[str, str] | None = None, *, files: int = 0, addresses: int = 0, whole: bool = True
) -> Iterator[Target]:
    """``python app.py`` with so many open files and so much memory (bytes); 0 is what the system gives."""
    ports = [_free_port(), _free_port()]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        more = {"PORT": str(ports[0]), "MONITOR_PORT": str(ports[1]), "STOP_FILE": f"{folder}/stop", **(settings or {})}
        environment = {**os.environ, **{f"CHATBOT_{name}": value for name, value in more.items()}}

        def limit() -> None:
            for kind, most in ((resource.RLIMIT_NOFILE, files), (resource.RLIMIT_AS, addresses)):
                if most:
                    resource.setrlimit(kind, (most, most))

        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=file, stderr=file, preexec_fn=limit
            )
        try:
            made = Target(ports[0], ports[1], process, log)
            if whole:
                _until(lambda: made.ready() == "ready", seconds=600)
            yield made
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def ask(client: httpx.Client, question: str, *, session: str = "", number: int = 0) -> tuple[int, float]:
    """Ask as the page does; the status and the seconds until the reply was there."""
    begun, session = time.perf_counter(), session or uuid.uuid4().hex
    body = {"data": [question, None, "en", ""], "fn_index": number, "session_hash": session}
    joined = client.post("/gradio_api/queue/join", json=body)
    if joined.status_code != 200:
        return joined.status_code, time.perf_counter() - begun
    with client.stream("GET", "/gradio_api/queue/data", headers={"x-session": session}) as lines:
        for line in lines.iter_lines():
            if line.startswith("data:") and json.loads(line[5:]).get("msg") == "process_completed":
                return 200, time.perf_counter() - begun
    return 0, time.perf_counter() - begun


def costs(target: Target, *, smoke: bool) -> Iterator[Held]:
    """No request takes more than half a second of processor time."""
    worst = dict(worst_messages(4000))
    chosen = list(worst.items())[:: 8 if smoke else 1]
    with target.client() as client:
        _api(client, ORDINARY)
        for history in (0, 3):
            spent = {name: _spent(target, partial(_api, client, text, [text] * history)) for name, text in chosen}
            worst_now = sorted(spent, key=lambda one: spent[one])[-3:]
            for name in worst_now:  # others on the machine only add: the least of some tries is the message's own
                again = partial(_api, client, worst[name], [worst[name]] * history)
                spent[name] = min(spent[name], *(_spent(target, again) for _ in range(1 if smoke else 4)))
            name = max(worst_now, key=lambda one: spent[one])
            yield _at_most(f"worst of {len(spent)} messages after {history} like it: {name}", spent[name], 0.5)
        body = TIMES * 21_700
        yield _at_most("65 KB of signs over the API", _spent(target, lambda: _api(client, body)), 0.5)
        spent_413 = _spent(target, lambda: _api(client, body * 2))
        yield _at_most("a body over the limit", spent_413, 0.05)
    longest = [worst["a sign that becomes two sentences"], worst["addresses of sites"]] * (1 if smoke else 3)
    switch, of_asking, of_switching = _number("switch"), list[float](), list[float]()
    for _ in range(1 if smoke else 3):
        session = uuid.uuid4().hex
        with target.client() as client:
            asked = [_spent(target, partial(ask, client, text, session=session)) for text in longest]
            of_asking.append(max(asked))
            of_switching.append(_spent(target, partial(_switch, client, session, switch)))
    yield _at_most("page, worst messages one after another in a conversation", min(of_asking), 0.5)
    yield _at_most("one press of Español after them", min(of_switching), 0.5)


def overtaking(target: Target, *, smoke: bool) -> Iterator[Held]:
    """While hostile clients send the worst, emergencies are answered at once and ordinary questions in time."""
    seconds, hostile = (5, 4) if smoke else (40, 16)
    worst = [text for _, text in worst_messages(4000)]
    ended = threading.Event()

    def attack(number: int) -> int:
        refused = 0
        with target.client() as client:
            while not ended.is_set():
                status, _ = ask(client, worst[(number + refused) % len(worst)])
                refused += status != 200
                ended.wait(0.02 if status == 200 else 0.5)
        return refused

    def watch(question: str, pause: float) -> list[float]:
        times = list[float]()
        while not ended.is_set():
            with target.client() as client:  # another person each time
                status, waited = ask(client, question)
                if status == 200:
                    times.append(waited)
            ended.wait(pause)
        return times

    with ThreadPoolExecutor(hostile + 3) as threads:
        attacking = [threads.submit(attack, number) for number in range(hostile)]
        in_need, asking = threads.submit(watch, EMERGENCY, 0.3), threads.submit(watch, ORDINARY, 0.5)
        threads.submit(ended.wait, seconds)
        time.sleep(seconds)
        ended.set()
        urgent, ordinary = in_need.result(), asking.result()
        refused = sum(one.result() for one in attacking)
    said = f"{len(urgent)} asked, median {1000 * statistics.median(urgent):.0f} ms"
    yield Held(
        f"emergency beside {hostile} hostile clients ({refused} of their requests refused)",
        f"{said}, slowest {1000 * max(urgent):.0f} ms",
        "median 200 ms",
        statistics.median(urgent) <= 0.2,
    )
    yield _at_most("ordinary question beside them, median", statistics.median(ordinary) if ordinary else 1e9, 10)


def full_queue(target: Target, *, smoke: bool) -> Iterator[Held]:
    """When the queue is full an emergency is answered, others are told to wait with the numbers."""
    text = dict(worst_messages(4000))["a story"]
    alone = statistics.median(seconds for _, seconds in _emergencies(target))
    sessions = [target.client() for _ in range(20)]

    def join(number: int) -> httpx.Response:
        body = {"data": [text, None, "en", ""], "fn_index": 0, "session_hash": uuid.uuid4().hex}
        return sessions[number % len(sessions)].post("/gradio_api/queue/join", json=body)

    with ThreadPoolExecutor(20) as threads:
        statuses = [answer.status_code for answer in threads.map(join, range(180))]
        answers = _emergencies(target)
    for one in sessions:
        one.close()
    waited = statistics.median(seconds for _, seconds in answers)
    refused = statuses.count(503)
    yield Held(
        "180 questions at once: told to wait",
        str(refused),
        "some, no other error",
        refused > 0 and not set(statuses) - {200, 503},
    )
    all_answered = {status for status, _ in answers} == {200}
    slowest = 1000 * max(seconds for _, seconds in answers)
    said = f"median {1000 * waited:.0f} ms, slowest {slowest:.0f} ms"
    bound = max(0.2, 4 * alone)  # on a busy machine one alone takes long, too
    yield Held(
        f"{len(answers)} emergencies then; alone the median is {1000 * alone:.0f} ms",
        said,
        f"median {1000 * bound:.0f} ms",
        all_answered and waited <= bound,
    )
    _until(lambda: _is_idle(target), seconds=120)


def _emergencies(target: Target) -> list[tuple[int, float]]:
    """What nine people in need meet, one after another."""
    answers = list[tuple[int, float]]()
    for _ in range(9):
        with target.client() as client:
            answers.append(ask(client, EMERGENCY))
    return answers


def open_connections(target: Target, *, smoke: bool) -> Iterator[Held]:
    """Half requests are closed, and the page stays; many tabs can be open."""
    before = target.log.stat().st_size
    with contextlib.ExitStack() as held:
        for number in range(300):
            held.enter_context(target.open(b"GET / HTTP/1.1\r\nX: ", address=f"127.0.8.{1 + number % 200}"))
        begun, page = time.monotonic(), _page_seconds(target)
        yield _at_most("page while 300 half requests are open", page, 1)
        one = target.open(b"POST /gradio_api/queue/join HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{")
        closed = one.recv(1) == b""
        yield Held(
            "half a request",
            f"closed after {time.monotonic() - begun:.1f} s",
            "8 to 13 s",
            closed and 8 <= time.monotonic() - begun <= 13,
        )
    tabs = 200 if smoke else 2000
    memory = target.megabytes()
    with contextlib.ExitStack() as held:
        for number in range(tabs):
            head = f"GET /gradio_api/heartbeat/own HTTP/1.1\r\nHost: a\r\nX-Session: tab{number}\r\n\r\n"
            held.enter_context(target.open(head.encode(), address=f"127.0.7.{1 + number % 200}"))
        time.sleep(2)
        yield _at_most(f"page while {tabs} tabs are open", _page_seconds(target), 1)
        with target.client() as client:
            yield _at_most("a question then", ask(client, ORDINARY)[1], 1)
        yield _at_most(f"memory of {tabs} tabs, MB", target.megabytes() - memory, 300)
    yield _at_most("log of all this, bytes", target.log.stat().st_size - before, 500)


def by_hand(target: Target, *, smoke: bool) -> Iterator[Held]:
    """Every refusal shows the numbers; what nobody knows costs no line in the log."""
    entry = {"data": ["signs", None, "en", ""], "fn_index": 0, "session_hash": "abc"}
    sent: list[tuple[str, str, bytes]] = [
        ("POST", "/gradio_api/queue/join", json.dumps({**entry, "trigger_id": "x"}).encode()),
        ("POST", "/gradio_api/queue/join", b'{"data": [NaN, null, "en", ""], "fn_index": 0, "session_hash": "abc"}'),
        ("POST", "/gradio_api/queue/join", b"[" * 60_000),
        ("POST", "/gradio_api/queue/join", b"x" * 70_000),
        ("POST", "/gradio_api/cancel", b"{"),
        ("GET", "/article/%D9%A1", b""),
        ("GET", "/static/none.js", b""),
        ("GET", "/assets/%2e%2e", b""),
        ("GET", "/gradio_api/queue/data", b""),
        ("GET", "/gradio_api/file=/etc/passwd", b""),
        ("PUT", "/", b""),
    ]
    with target.client() as client:
        without = []
        for method, path, body in sent:
            answer = client.request(method, path, content=body, headers={"content-type": "application/json"})
            if answer.status_code < 400 or not all(number in answer.text for number in NUMBERS):
                without.append(f"{method} {path}: {answer.status_code}")
        yield Held("refusals without the numbers", ", ".join(without) or "none", f"none of {len(sent)}", not without)
        before = target.log.stat().st_size
        for number in range(100 if smoke else 1000):
            client.get("/gradio_api/queue/data", params={"session_hash": f"unknown{number}"})
        yield _at_most("log of unknown conversations, bytes", target.log.stat().st_size - before, 0)
    with target.client("127.0.0.1") as client:
        passed = [_join(client, {"x-forwarded-for": f"203.0.113.{number}"}) for number in range(40)].count(200)
        yield _at_most("of 40 questions with a claimed address pass", passed, 16)
    with target.client() as client:
        for number in range(40):
            client.post("/v1/ask", json={"id": "a", "question": "x"}, headers={"authorization": f"Bearer {number}"})
        status = _api(client, ORDINARY).status_code
        yield Held("the right key after 40 wrong ones", str(status), "200", status == 200)


def few_files(*, smoke: bool) -> Iterator[Held]:
    """With few open files the page comes back after an attack, and changes are still looked for."""
    with target(files=128) as few:
        with contextlib.ExitStack() as held:
            for number in range(300):
                with contextlib.suppress(OSError):
                    held.enter_context(few.open(b"GET / HTTP/1.1\r\nX: ", address=f"127.0.6.{1 + number % 200}"))
            yield _at_most("log of 300 half requests with 128 files, bytes", few.log.stat().st_size, 5000)
            time.sleep(1 if smoke else 12)
            yield _at_most("page while they are open", _page_seconds(few), 1)
        time.sleep(6)
        yield Held("ready afterwards", few.ready(), "ready", few.ready() == "ready")
        figures = httpx.get(f"http://127.0.0.1:{few.monitor}/metrics", timeout=5).text
        looks = float(figures.partition('looks_total{result="able"} ')[2].split("\n")[0] or 0)
        time.sleep(6)
        figures = httpx.get(f"http://127.0.0.1:{few.monitor}/metrics", timeout=5).text
        later = float(figures.partition('looks_total{result="able"} ')[2].split("\n")[0] or 0)
        yield Held("looks for changes go on", f"{looks:.0f}, then {later:.0f}", "more", later > looks)


def cannot_start(*, smoke: bool) -> Iterator[Held]:
    """What keeps the page from answering is said within half a minute, on the page too; emergencies are answered."""
    with tempfile.TemporaryDirectory() as folder:
        causes: dict[str, dict[str, str]] = {"no weights": {"MODEL": folder}, "little memory": {}}
        for name, settings in causes.items():
            addresses = 0 if settings else 1_500_000 * 1024
            with target(settings, addresses=addresses, whole=False) as broken:
                begun = time.monotonic()
                _until(lambda: broken.client().get("/ready").json()["failed"], seconds=60)
                yield _at_most(f"{name}: said on the page after, s", time.monotonic() - begun, 30)
                yield Held(f"{name}: the monitor says", broken.ready()[:60], "words", "Next step" in broken.ready())
                with broken.client() as client:
                    yield Held(
                        f"{name}: an emergency", str(ask(client, EMERGENCY)[0]), "200", ask(client, EMERGENCY)[0] == 200
                    )
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        environment = {**os.environ, "CHATBOT_PORT": str(other.getsockname()[1])}
        done = subprocess.run(
            [sys.executable, "app.py"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        yield Held(
            "a used port", done.stderr.strip()[:60], "words", done.returncode == 2 and "Traceback" not in done.stderr
        )


def ending(*, smoke: bool) -> Iterator[Held]:
    """Told to end, the page ends quickly and quietly although half requests are open."""
    with target() as one:
        head = b"POST /gradio_api/queue/join HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{"
        halves = [one.open(head) for _ in range(5)]
        begun = time.monotonic()
        one.process.send_signal(signal.SIGTERM)
        one.process.wait(30)
        yield _at_most("end with five half bodies open, s", time.monotonic() - begun, 5)
        yield Held(
            "tracebacks in the log",
            str(one.log.read_text().count("Traceback")),
            "0",
            "Traceback" not in one.log.read_text(),
        )
        for half in halves:
            half.close()


def unread(target: Target, *, smoke: bool) -> Iterator[Held]:
    """Conversations and replies that nobody reads do not fill the memory."""
    text = dict(worst_messages(4000))["a story"]
    clients = [target.client() for _ in range(8)]
    for client in clients:
        ask(client, text)
    before = target.megabytes()
    for _ in range(3 if smoke else 15):
        for number, client in enumerate(clients):
            body = {"data": [text, None, "en", ""], "fn_index": 0, "session_hash": f"never{number}"}
            client.post("/gradio_api/queue/join", json=body)
        _until(lambda: _is_idle(target), seconds=120)
    yield _at_most("memory of replies that nobody reads, MB", target.megabytes() - before, 100)
    for client in clients:
        client.close()


def main() -> int:
    """Try all, print and write the table; 1 when a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="fewer and shorter tries, nothing written: does it run?")
    parser.add_argument("--only", default="", help="the name of one group of tries")
    smoke, only = parser.parse_args().smoke, parser.parse_args().only
    own: Sequence[Callable[..., Iterator[Held]]] = (costs, by_hand, full_queue, overtaking, open_connections, unread)
    alone: Sequence[Callable[..., Iterator[Held]]] = (ending, cannot_start, few_files)
    found = list[Held]()
    limits = {"API_KEY": KEY, "API_QUESTIONS_PER_MINUTE": "100000", "API_QUESTION_BURST": "100000"}
    chosen = [group for group in own if only in ("", group.__name__)]
    if chosen:
        with target(limits) as one:
            for group in chosen:
                found += _told(group(one, smoke=smoke))
    for group in alone:
        if only in ("", group.__name__):
            found += _told(group(smoke=smoke))
    rows = [[one.name, one.measured, one.bound, "yes" if one.held else "NO"] for one in found]
    if not smoke and not only:
        words = f"{circumstances('python -m benchmarks.attack')}; load of the machine {os.getloadavg()[0]:.1f}"
        write_section(FOLDER / "RESULTS.md", "attack", f"{words}\n\n{table(HEAD, rows)}")
    return int(not all(one.held for one in found))


def _told(tries: Iterator[Held]) -> list[Held]:
    found = list[Held]()
    for one in tries:
        print(f"{'held  ' if one.held else 'BROKEN'} {one.name}: {one.measured} (bound: {one.bound})", flush=True)
        found.append(one)
    return found


def _at_most(name: str, measured: float, bound: float) -> Held:
    return Held(name, f"{measured:.3g}", f"{bound:g}", measured <= bound)


def _api(client: httpx.Client, question: str, history: Sequence[str] = ()) -> httpx.Response:
    body = {"id": "a", "question": question, "history": list(history)}
    return client.post("/v1/ask", json=body, headers={"authorization": f"Bearer {KEY}"})


def _join(client: httpx.Client, headers: dict[str, str]) -> int:
    body = {"data": [EMERGENCY, None, "en", ""], "fn_index": 0, "session_hash": uuid.uuid4().hex}
    return client.post("/gradio_api/queue/join", json=body, headers=headers).status_code


def _number(handler: str) -> int:
    """The number of a handler of the page, by its name."""
    from chatbot.service.emergency_chatbot import EmergencyChatbot
    from chatbot.web.gradio_page import Pages  # Gradio takes seconds to load: here, not before the first try

    functions = Pages(EmergencyChatbot.open(Settings())).blocks["en"].fns
    return next(number for number, function in functions.items() if function.name == handler)


def _switch(client: httpx.Client, session: str, number: int) -> None:
    body = {"data": ["es", None, ""], "fn_index": number, "session_hash": session}
    client.post("/gradio_api/queue/join", json=body).raise_for_status()
    with client.stream("GET", "/gradio_api/queue/data", headers={"x-session": session}) as lines:
        for line in lines.iter_lines():
            if "process_completed" in line:
                return


def _spent(target: Target, call: Callable[[], object]) -> float:
    """Processor seconds of the server while something is asked; what it takes without is subtracted."""
    begun, before = time.monotonic(), target.processor_seconds()
    call()
    return target.processor_seconds() - before - 0.03 * (time.monotonic() - begun)


def _page_seconds(target: Target) -> float:
    begun = time.perf_counter()
    with target.client() as client:
        client.get("/").raise_for_status()
    return time.perf_counter() - begun


def _is_idle(target: Target) -> bool:
    figures = httpx.get(f"http://127.0.0.1:{target.monitor}/metrics", timeout=30).text
    return "word_for_word_waiting 0.0" in figures and "in_progress 0.0" in figures


def _until(fact: Callable[[], object], *, seconds: float) -> None:
    """Wait until a condition holds; a server that is not there yet is no failure."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if fact():
                return
        if time.monotonic() > deadline:
            raise TimeoutError("this never came")
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
