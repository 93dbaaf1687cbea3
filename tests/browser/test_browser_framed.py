"""The page within a frame of another site, as docs/embedding.md describes it; and the exit there."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import BrowserContext, expect
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from chatbot.settings import ROOT, Settings
from chatbot.web.asgi import build_server
from tests.browser.browser import GRADIO_AND_PANDAS, NEUTRAL, served
from tests.support.page_fakes import FakeChatbot

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings(GRADIO_AND_PANDAS)]

EMBEDDING = ROOT / "docs" / "embedding.md"


class Framed(NamedTuple):
    """A site of somebody else, and what it shows in its frame; ``address`` is where our page is."""

    site: str
    address: str
    shown: list[str]

    def show(self, *, sandbox: str | None = None) -> None:
        """Put the documented snippet into the site, as it is or with another ``sandbox``."""
        (snippet,) = re.findall(r"^```html\n(.*?)^```", EMBEDDING.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
        snippet = snippet.replace("https://support.clinic.example/", f"{self.address}/")
        if sandbox is not None:
            snippet = re.sub(r'sandbox="[^"]*"', sandbox, snippet)
        self.shown[:] = [f"<!doctype html><h1>Clinic</h1>{snippet}"]


@pytest.fixture(scope="module")
def framed() -> Iterator[Framed]:
    """Our page, and a site with another origin that may show it."""
    shown: list[str] = []
    site = Starlette(routes=[Route("/", lambda _: HTMLResponse(shown[0]))])
    with served(lambda: site) as here:
        there = here.replace("127.0.0.1", "localhost")
        settings = Settings(question_burst=10_000, exit_address=NEUTRAL, frame_ancestors=there)
        with served(lambda: build_server(FakeChatbot(settings))) as address:
            yield Framed(there, address, shown)


def test_only_named_sites_may_show_it(context: BrowserContext, framed: Framed) -> None:
    """The same frame on a site that the operator does not name stays empty."""
    framed.show()
    page = context.new_page()
    page.goto(framed.site.replace("localhost", "127.0.0.1"))
    page.wait_for_timeout(500)
    expect(page.frame_locator("iframe").locator("#exit")).to_have_count(0)


@pytest.mark.parametrize("by_keys", [True, False])
def test_exit_from_the_documented_frame(context: BrowserContext, framed: Framed, by_keys: bool) -> None:
    """Within the documented snippet, on another site, one can ask and copy; the exit takes the whole tab away."""
    framed.show()
    context.grant_permissions(["clipboard-write"])
    page = context.new_page()
    page.goto("about:blank")
    page.goto(framed.site)
    frame = page.frame_locator("iframe")
    frame.locator("#box textarea").fill("signs")
    frame.locator("#box textarea").press("Enter")
    frame.locator("#log .copy").click()
    expect(frame.locator("#said")).to_have_text("Copied")
    if by_keys:
        for _ in range(3):
            page.keyboard.press("Shift")
    else:
        frame.locator("#exit").click()
    page.wait_for_url(NEUTRAL)
    page.go_back()
    assert page.url == "about:blank"


@pytest.mark.parametrize("sandbox", ["", 'sandbox="allow-scripts allow-same-origin"', 'sandbox="allow-scripts"'])
def test_exit_from_other_frames(context: BrowserContext, framed: Framed, sandbox: str) -> None:
    """Without a sandbox the tab is left; in a stricter one the frame at least is blank, and stays so."""
    framed.show(sandbox=sandbox)
    page = context.new_page()
    page.goto(framed.site)
    page.frame_locator("iframe").locator("#exit").click()
    if not sandbox:
        page.wait_for_url(NEUTRAL)
        return
    page.wait_for_timeout(2000)
    assert page.url.startswith(framed.site)
    assert page.frames[1].evaluate("document.body.innerText").strip() == ""
    assert page.frames[1].url == "about:blank"
