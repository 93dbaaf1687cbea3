"""How soon the page can be used on a slow line, by ``python -m tools.slow_line``: real wording and article, no model.

400 kbit/s with 400 ms, as a telephone far from its mast has it; seconds since the address was opened.
"""

import sys
import time

from playwright.sync_api import Page

from chatbot.settings import Settings
from chatbot.web.asgi import build_server
from tests.browser.browser import PHONE, opened_browser, served
from tests.support.page_fakes import FakeChatbot

SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
TAPPED_AT = (1.2, 2.9, 5.1, 8.3)  # seconds


def main() -> int:
    """Print a table of times."""
    with served(lambda: build_server(FakeChatbot(Settings(question_burst=10_000)))) as address, opened_browser() as one:

        def slow() -> Page:
            context = one.new_context(viewport=PHONE)  # type: ignore[arg-type]
            page = context.new_page()
            tools = context.new_cdp_session(page)
            tools.send("Network.enable")
            tools.send("Network.emulateNetworkConditions", SLOW)
            return page

        print("| what | seconds |\n|---|---|")
        page, begun = slow(), time.monotonic()
        page.goto(address, wait_until="commit")
        for what, selector in (
            ("numbers painted", '.bar a[href="tel:911"]'),
            ("box there to type into", "#first textarea"),
            ("script alive", "html.js"),
            ("Gradio's box in its place", "html:not(:has(#first)) #box textarea"),
        ):
            page.locator(selector).wait_for()
            print(f"| {what} | {time.monotonic() - begun:.1f} |")
        page.context.close()
        page, begun = slow(), time.monotonic()
        page.goto(address, wait_until="commit")
        page.fill("#first textarea", "signs")
        page.press("#first textarea", "Enter")
        page.locator(".reply blockquote").first.wait_for()
        print(f"| typed at once: answered | {time.monotonic() - begun:.1f} |")
        page.context.close()
        for after in TAPPED_AT:
            page, begun = slow(), time.monotonic()
            page.goto(address, wait_until="commit")
            button = page.locator("button.starter").nth(5)
            button.wait_for()
            page.wait_for_timeout(max(0.0, after - (time.monotonic() - begun)) * 1000)
            tapped = time.monotonic()
            button.click()
            page.locator(".reply blockquote").first.wait_for()
            print(f"| tapped after {after} s: answered after the tap | {time.monotonic() - tapped:.1f} |")
            page.context.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
