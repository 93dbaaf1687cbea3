"""Nothing leaves, nothing stays: hosts asked, traces on the device and on the server, and the way out."""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect
from starlette.types import ASGIApp

from chatbot.settings import Settings
from chatbot.web.asgi import build_server
from chatbot.web.gradio_page import Pages
from chatbot.web.transcript import Transcript
from tests.browser.browser import GRADIO_AND_PANDAS, NEUTRAL, PHONE, ask, opened, served
from tests.support.page_fakes import FakeChatbot

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings(GRADIO_AND_PANDAS)]

MARKER = "Zebrafinch"
STORED = """async () => ({
  local: Object.keys(localStorage), session: Object.keys(sessionStorage), cookies: document.cookie,
  databases: (await indexedDB.databases()).map((entry) => entry.name), caches: await caches.keys(),
})"""
NOTHING = {"local": [], "session": [], "cookies": "", "databases": [], "caches": []}

# Every name that this process looks up and every address it connects to. An audit hook cannot be taken away again,
# so it only takes notes.
reached: list[Any] = []


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        reached.append(arguments[0])
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        reached.append(arguments[1][0])


sys.addaudithook(_note)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The page, with a neutral page behind the exit."""
    settings = Settings(question_burst=10_000, exit_address=NEUTRAL)
    with served(lambda: build_server(FakeChatbot(settings))) as address:
        yield address


def test_no_other_host(context: BrowserContext, address: str) -> None:
    """Neither page nor process asks another host, not even for a picture that somebody typed into a question."""
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, address)
    ask(page, 'signs <img src="https://tracker.example/a.png"> ![x](https://tracker.example/b.png)')
    page.locator("#log a.citation").click()
    page.goto(f"{address}/article/1?quote=1593-1797#quoted")
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
    assert {host for host in reached if host not in ("127.0.0.1", "localhost", "::1", None, b"127.0.0.1")} == set()


def test_no_address_names_the_conversation(context: BrowserContext, address: str) -> None:
    """The name that Gradio gives a conversation stands in no address that is asked for, only in bodies and headers."""
    page = context.new_page()
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    opened(page, address)
    ask(page, "signs")
    joined = [one for one in asked if "/queue/join" in one.url]
    names = {json.loads(one.post_data or "{}")["session_hash"] for one in joined}
    assert len(names) == 1
    assert [one.url for one in asked if any(name in one.url for name in names)] == []
    assert [one.url for one in asked if "heartbeat" in one.url] == [f"{address}/gradio_api/heartbeat/own"]


def test_nothing_is_stored(context: BrowserContext, address: str) -> None:
    """After a conversation the device holds nothing, and loading the page anew or going back brings nothing back."""
    page = opened(context.new_page(), address)
    ask(page, f"signs {MARKER}")
    page.fill("#box textarea", f"half {MARKER}")
    page.get_by_role("link", name="Español").click()
    expect(page.locator("#ask")).to_have_text("Preguntar")
    assert MARKER not in page.url
    assert page.evaluate(STORED) == NOTHING
    assert context.cookies() == []
    page.reload()
    page.wait_for_selector("#box textarea")
    assert MARKER not in page.content()
    page.goto(f"{address}/article/1")
    page.go_back()
    page.wait_for_selector("#box textarea")
    assert MARKER not in page.content() + page.input_value("#box textarea")
    assert page.evaluate(STORED) == NOTHING


def test_server_forgets(context: BrowserContext) -> None:
    """What the server keeps for a conversation is gone after clearing it, and after closing the tab."""
    chatbot = FakeChatbot(Settings(question_burst=10_000))
    pages: list[Pages] = []

    def make() -> ASGIApp:
        pages.append(Pages(chatbot))
        return build_server(chatbot, pages=pages[0])

    with served(make) as address:
        page = opened(context.new_page(), address)
        sessions = pages[0].blocks["en"].state_holder.session_data
        ask(page, f"signs {MARKER}")
        assert len(sessions) == 1
        page.locator("#clear").click()
        expect(page.locator("#log .reply")).to_have_count(0)
        assert MARKER not in _kept(sessions)
        ask(page, f"signs {MARKER}")
        assert MARKER in _kept(sessions)
        page.close()
        _until(lambda: not sessions)


def _kept(sessions: Any) -> str:  # noqa: ANN401  (Gradio's own)
    """All that Gradio keeps for its sessions, as text."""
    kept = (value for session in sessions.values() for value in session.state_data.values())
    exchanges = [exchange for value in kept if isinstance(value, Transcript) for exchange in value.exchanges]
    return f"{exchanges} {[(session.state_data, session.config_values) for session in sessions.values()]}"


def _until(fact: Any) -> None:  # noqa: ANN401  (any condition)
    deadline = time.monotonic() + 8
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_marker_appears_nowhere(
    context: BrowserContext, address: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A typed word appears in no output and in no file, also when the handler fails and when a request is malformed."""
    page = opened(context.new_page(), address)
    ask(page, f"signs {MARKER}")
    page.fill("#box textarea", f"boom {MARKER}")
    page.press("#box textarea", "Enter")
    expect(page.locator("#trouble")).to_contain_text("went wrong")
    for data in ([MARKER], [{"x": MARKER}, None], [MARKER, MARKER], MARKER):
        body = json.dumps({"data": data, "fn_index": 0, "session_hash": "abc"})
        page.request.post(f"{address}/gradio_api/queue/join", data=body)
    time.sleep(0.3)
    output = capfd.readouterr()
    assert MARKER not in output.out + output.err + caplog.text
    folder = Path(tempfile.gettempdir()) / "gradio"
    assert [path for path in folder.rglob("*") if path.is_file() and MARKER in path.read_text(errors="ignore")] == []


def test_exit_button(context: BrowserContext, address: str) -> None:
    """The button leaves for the neutral page, and Back does not lead to the conversation."""
    page = context.new_page()
    page.goto("about:blank")
    opened(page, address)
    ask(page, f"signs {MARKER}")
    page.locator("#exit").click()
    page.wait_for_url(NEUTRAL)
    page.go_back()
    assert not page.url.startswith(address)


def test_exit_keys(context: BrowserContext, address: str) -> None:
    """Shift three times leaves, each press is announced; Shift as part of typing does not count."""
    page = opened(context.new_page(), address)
    for letter in "ABCD":
        page.keyboard.press(f"Shift+{letter}")
    assert page.url.startswith(address)
    page.keyboard.press("Shift")
    expect(page.locator("#said")).to_contain_text("two more")
    page.keyboard.press("Shift")
    expect(page.locator("#said")).to_contain_text("one more")
    page.keyboard.press("Shift")
    page.wait_for_url(NEUTRAL)


def test_exit_is_the_first_stop(context: BrowserContext, address: str) -> None:
    """The first press of Tab reaches an exit that was hidden, the second the way to the question box."""
    page = opened(context.new_page(), address)
    page.keyboard.press("Tab")
    expect(page.locator(".exit-first")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#box textarea")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.locator(".exit-first").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(NEUTRAL)


def test_exit_while_waiting(context: BrowserContext, address: str) -> None:
    """The exit works while a reply is on its way; the screen is blank before the neutral page has come."""
    page = opened(context.new_page(), address)
    page.fill("#box textarea", "slow signs")
    page.press("#box textarea", "Enter")
    left = (
        "document.getElementById('exit').click(); const style = (id) => getComputedStyle(document.querySelector(id));"
    )
    assert page.evaluate(f"() => {{ {left} return [style('#page').display, style('.bar').display]; }}") == ["none"] * 2
    page.wait_for_url(NEUTRAL)


def test_without_script(browser: Browser, address: str) -> None:
    """Without JavaScript the numbers, the exit and the article are there, and a place in the article can be opened."""
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(address)
    expect(page.locator('.bar a[href="tel:911"]')).to_be_in_viewport()
    expect(page.get_by_text("Pinprick pupils")).to_be_visible()
    page.get_by_role("button", name="Which medications are used?").click()
    page.locator("a.citation").click()
    expect(page.locator("#quoted")).to_be_in_viewport()
    expect(page.locator("#quoted")).to_contain_text("There are two primary medications")
    context.close()


def test_numbers_come_first_on_a_slow_line(browser: Browser, address: str) -> None:
    """On 400 kbit/s with 400 ms the numbers are in sight in under two seconds."""
    context = browser.new_context(viewport=PHONE)
    page: Page = context.new_page()
    tools = context.new_cdp_session(page)
    tools.send("Network.enable")
    line = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
    tools.send("Network.emulateNetworkConditions", line)
    begun = time.monotonic()
    page.goto(address, wait_until="commit")
    page.locator('.bar a[href="tel:911"]').wait_for()
    assert time.monotonic() - begun < 2
    context.close()
