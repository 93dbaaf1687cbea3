"""A browser for the page tests, and a server to open: found or skipped with a reason, ended by whoever started it."""

import asyncio
import contextlib
import shutil
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright
from starlette.types import ASGIApp

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Gradio counts events with options that pandas 3 deprecates; nothing of ours.
GRADIO_AND_PANDAS = "ignore:.*(no_silent_downcasting|The copy keyword)"
FIREFOX_RELAY = Path(__file__).resolve().parents[1] / "support" / "firefox_relay.py"
PHONE = {"width": 390, "height": 844}
NEUTRAL = "https://weather.example/"  # behind the exit
WIDE = {"width": 1280, "height": 800}


@contextlib.contextmanager
def opened_browser() -> Iterator[Browser]:
    """Chromium from the system, or the one that playwright installed; skips the test when there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        except Error as error:
            pytest.skip(f"no browser: {str(error).splitlines()[0]}; `make test` installs one")
        yield browser
        browser.close()


@contextlib.contextmanager
def opened_firefox(folder: Path) -> Iterator[Browser]:
    """The Firefox of the system; skips the test when there is none, or no library to drive it by."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if not program:
        pytest.skip("no Firefox: install firefox or firefox-esr")
    pytest.importorskip("websockets", reason="no websockets: install requirements-dev.txt")
    launcher = folder / "firefox.sh"
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FIREFOX_RELAY}" "{program}" "$@"\n', encoding="utf-8")
    launcher.chmod(0o755)
    with sync_playwright() as playwright:
        browser = playwright.firefox.launch(channel="moz-firefox", executable_path=launcher, timeout=60_000)
        yield browser
        browser.close()


@contextlib.contextmanager
def served(make: Callable[[], ASGIApp]) -> Iterator[str]:
    """The address of an app on a free port of this machine, while the block lasts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    servers: list[uvicorn.Server] = []

    async def serve() -> None:
        # Made within the loop: outside of one Gradio opens loops and never closes them.
        config = uvicorn.Config(make(), port=port, log_level="error", access_log=False, timeout_graceful_shutdown=1)
        servers.append(uvicorn.Server(config))
        await servers[0].serve()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not (servers and servers[0].started) and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        servers[0].should_exit = True
        thread.join(timeout=10)


def ask(page: Page, text: str) -> None:
    """Type a question, send it with Enter, and wait for its reply."""
    before = page.locator("#log .reply").count()
    page.fill("#box textarea", text)
    page.press("#box textarea", "Enter")
    answered(page, before + 1)


def answered(page: Page, replies: int) -> None:
    """Wait until so many replies are shown."""
    expect(page.locator("#log .reply")).to_have_count(replies)
    page.wait_for_timeout(120)  # the script scrolls and numbers after the next frame


def opened(page: Page, address: str) -> Page:
    """The page, when the question box is there."""
    page.goto(address)
    page.wait_for_selector("#first", state="detached")  # the plain form has given way
    page.wait_for_selector("#box textarea")
    return page


# The text of an element as a reader copies it.
TEXT = """element => {
  const plain = element.cloneNode(true);
  plain.querySelectorAll("br").forEach((line) => line.replaceWith("\\n"));
  return plain.textContent;
}"""
