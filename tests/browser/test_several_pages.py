"""Several page processes behind nginx: a client stays with one, and losing it loses no word that was shown or typed."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from playwright.sync_api import Browser, expect

from chatbot.settings import ROOT
from tests.browser.browser import GRADIO_AND_PANDAS, PHONE, answered, ask, opened
from tests.deploy.test_deploy import configured, needs_nginx, text
from tests.web.test_server import free_port, until

pytestmark = [pytest.mark.filterwarnings(GRADIO_AND_PANDAS), pytest.mark.browser, needs_nginx]


class PageProcess(NamedTuple):
    """One of them, and the file that says that it was asked."""

    process: subprocess.Popen[bytes]
    port: int
    asked: Path


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[list[PageProcess]]:
    """Two page processes."""
    with ExitStack() as stack:
        made = []
        for name in ("one", "two"):
            port, asked = free_port(), tmp_path / name
            command = [sys.executable, "-m", "tests.browser.page_process", str(port), str(asked)]
            process = stack.enter_context(subprocess.Popen(command, cwd=ROOT))
            stack.callback(process.kill)
            made.append(PageProcess(process, port, asked))
        for one in made:
            until(lambda one=one: _answers(f"http://127.0.0.1:{one.port}/ready"), seconds=40)
        yield made


@pytest.fixture
def address(processes: list[PageProcess], tmp_path: Path) -> Iterator[str]:
    """The example of deploy/ in front of both."""
    port = configured(tmp_path, "http://word_for_word_pages", base="")
    upstream, ports = text("nginx-pages.conf"), iter(processes)
    upstream = re.sub(r"127\.0\.0\.1:\d+", lambda _: f"127.0.0.1:{next(ports).port}", upstream.partition("upstream")[2])
    path = tmp_path / "nginx.conf"
    path.write_text(path.read_text().replace("http {", f"http {{ upstream{upstream}", 1))
    with subprocess.Popen(["nginx", "-g", "daemon off; master_process off;", "-c", path]) as nginx:
        until(lambda: _answers(f"https://127.0.0.1:{port}/ready"), seconds=20)
        yield f"https://127.0.0.1:{port}/"
        nginx.terminate()


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, verify=False).status_code == 200
    except httpx.HTTPError:
        return False


def test_a_lost_process_loses_nothing_that_was_seen(
    browser: Browser, address: str, processes: list[PageProcess]
) -> None:
    """Its people are told to send again, with the numbers; what they saw and typed stays, and the other one answers."""
    context = browser.new_context(viewport=PHONE, ignore_https_errors=True)
    page = opened(context.new_page(), address)
    ask(page, "signs")
    ask(page, "aftercare")
    (owner,) = (one for one in processes if one.asked.exists())

    page.fill("#box textarea", "slow recovery")
    page.press("#box textarea", "Enter")
    page.wait_for_timeout(300)
    owner.process.kill()
    expect(page.locator("#trouble")).to_contain_text(re.compile("try again|asking right now", re.IGNORECASE))
    expect(page.locator("a[href='tel:911']").first).to_be_in_viewport()
    expect(page.locator("#box textarea")).to_have_value("slow recovery")
    if page.locator("#trouble").get_attribute("data-name") == "offline":  # else the page tries again by itself
        page.press("#box textarea", "Enter")

    answered(page, 3)
    expect(page.locator("#log blockquote").first).to_contain_text("Signs of use can include:")
    expect(page.locator("#trouble")).to_be_empty()
    context.close()
