"""Pictures of the page for the README, by ``python -m tools.screenshots``: real wording and article, no model."""

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page

from chatbot.settings import ROOT, Settings
from chatbot.web.asgi import build_server
from tests.browser.browser import PHONE, WIDE, answered, opened, opened_browser, served
from tests.support.page_fakes import FakeChatbot

FOLDER = ROOT / "docs" / "screenshots"
NAMES = ("first", "answer", "article", "abstention", "emergency")


def main() -> int:
    """Take every picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    settings = Settings(question_burst=10_000)
    with served(lambda: build_server(FakeChatbot(settings))) as address, opened_browser() as browser:
        for device, size in (("phone", PHONE), ("wide", WIDE)):
            take(browser, f"{address}/", FOLDER / f"{device}-light", size=size, scheme="light")
            take(
                browser,
                f"{address}/",
                FOLDER / f"{device}-dark",
                size=size,
                scheme="dark",
                names=("answer", "emergency"),
            )
        take(
            browser,
            f"{address}/?lang=es",
            FOLDER / "phone-spanish",
            size=PHONE,
            scheme="light",
            names=("first", "answer"),
        )
    return 0


def take(
    browser: Browser, address: str, stem: Path, *, size: dict[str, int], scheme: str, names: tuple[str, ...] = NAMES
) -> None:
    """One conversation, with a picture of the states that are named."""
    context = browser.new_context(viewport=size, color_scheme=scheme, device_scale_factor=1)  # type: ignore[arg-type]
    page = opened(context.new_page(), address)
    page.wait_for_timeout(300)
    shoot(page, stem, names, "first")
    page.locator("#starters button").nth(5).click()
    answered(page, 1)
    shoot(page, stem, names, "answer")
    page.locator("#log a.citation").last.click()
    shoot(page, stem, names, "article")
    page.keyboard.press("Escape")
    for replies, (name, text) in enumerate(
        (("abstention", "Will my insurance pay for it?"), ("emergency", "he is blue and I can't wake him")), 2
    ):
        page.fill("#box textarea", text)
        page.press("#box textarea", "Enter")
        answered(page, replies)
        shoot(page, stem, names, name)
    context.close()


def shoot(page: Page, stem: Path, names: tuple[str, ...], name: str) -> None:
    """One picture, when the page has come to rest."""
    page.wait_for_timeout(200)
    if name in names:
        page.screenshot(path=f"{stem}-{name}.png")


if __name__ == "__main__":
    sys.exit(main())
