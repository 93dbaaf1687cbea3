"""The page on a phone: nothing covers the numbers, and what was opened can be closed, in every language."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.browser import GRADIO_AND_PANDAS, ask, opened
from tests.support.page_fakes import Server

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings(GRADIO_AND_PANDAS)]

# Numbers of the bar over which something else lies.
COVERED = """() => [...document.querySelectorAll('.bar a:not(.skip)')].filter((link) => {
  const box = link.getBoundingClientRect();
  const over = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const said = document.getElementById('said').getBoundingClientRect();
  const apart = said.height < 2 || said.top >= box.bottom || said.bottom <= box.top;
  return !link.contains(over) || !apart;
}).map((link) => link.href)"""


def switch(page: Page, server: Server, language: str) -> None:
    """Tap the other language, and wait for it."""
    page.locator(".languages a").tap()
    expect(page.locator("#ask")).to_have_text(server.chatbot.wordings[language].label("ask"))
    expect(page.locator("#said")).to_have_text(server.chatbot.wordings[language].label("switched"))


def open_and_close(page: Page) -> None:
    """Tap the newest citation, then what closes the article: by a finger, so nothing may lie over it."""
    page.locator("#log a.citation").last.tap()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.locator("#close-article").tap(timeout=3000)
    expect(page.locator("#article")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 390])
def test_article_closes_after_each_switch(browser: Browser, server: Server, width: int) -> None:
    """After a switch to Spanish, and back, the article can be closed by a tap and no message covers a number."""
    page = opened(
        browser.new_page(viewport={"width": width, "height": 700}, has_touch=True, is_mobile=True), server.address
    )
    ask(page, "signs")
    open_and_close(page)
    for language in ("es", "en", "es"):
        switch(page, server, language)
        assert page.evaluate(COVERED) == []
        ask(page, "medications-named")
        edge = page.locator(".bar").evaluate("bar => bar.getBoundingClientRect().bottom")
        assert page.locator("#log .asked").last.evaluate("asked => asked.getBoundingClientRect().top") > edge
        open_and_close(page)
    page.close()


def test_a_message_does_not_hide_the_next_question(browser: Browser, server: Server) -> None:
    """What is said after a clearing covers neither the question asked next nor the box."""
    page = opened(browser.new_page(viewport={"width": 390, "height": 700}, has_touch=True), server.address)
    ask(page, "signs")
    page.locator("#clear").tap()
    expect(page.locator("#said")).to_have_text(server.chatbot.wordings["en"].label("cleared"))
    ask(page, "medications-named")
    expect(page.locator("#said")).not_to_be_empty()
    said = page.locator("#said").bounding_box()
    assert said
    for part in (page.locator("#log .asked h2").last, page.locator("#box textarea")):
        box = part.bounding_box()
        assert box
        assert said["y"] >= box["y"] + box["height"] or said["y"] + said["height"] <= box["y"]
    page.close()


@pytest.mark.parametrize("touch", [True, False])
def test_focus_is_in_view_after_clearing(browser: Browser, server: Server, touch: bool) -> None:
    """After a clearing the box is in sight below the bar; it has the focus unless that would call up a keyboard."""
    page = opened(
        browser.new_page(viewport={"width": 390, "height": 700}, has_touch=touch, is_mobile=touch), server.address
    )
    for text in ("signs", "medications-named", "aftercare"):
        ask(page, text)
    page.locator("#clear").click()
    expect(page.locator("#log .reply")).to_have_count(0)
    expect(page.locator("h1" if touch else "#box textarea")).to_be_focused()
    edge = page.locator(".bar").evaluate("bar => bar.getBoundingClientRect().bottom")
    assert page.locator("#box textarea").evaluate("box => box.getBoundingClientRect().top") > edge
    expect(page.locator("#box textarea")).to_be_in_viewport(ratio=0.99)
    page.close()
