"""The page on a phone: nothing covers the numbers, and what was opened can be closed, in every language."""

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

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


def test_back_closes_the_article(phone: Page) -> None:
    """On a phone Back closes the opened article and leaves the conversation as it is, as often as it is opened."""
    ask(phone, "signs")
    for _ in range(2):
        phone.locator("#log a.citation").click()
        expect(phone.get_by_role("dialog")).to_be_visible()
        phone.evaluate("history.back()")
        expect(phone.locator("#article")).to_be_hidden()
        expect(phone.locator("#log a.citation")).to_be_focused()
    phone.locator("#log a.citation").click()
    phone.get_by_role("button", name="Close the article").click()
    expect(phone.locator("#article")).to_be_hidden()
    expect(phone.locator("#log .reply")).to_have_count(1)


def test_back_says_what_is_lost(browser: Browser, server: Server) -> None:
    """Back from a conversation first says that it is not kept; a second time it leaves."""
    page = browser.new_page(viewport={"width": 390, "height": 700})
    page.goto("about:blank")
    opened(page, server.address)
    ask(page, "signs")
    ask(page, "aftercare")
    page.evaluate("history.back()")
    expect(page.locator("#said")).to_have_text(server.chatbot.wordings["en"].label("back_again"))
    expect(page.locator("#log .reply")).to_have_count(2)
    ask(page, "signs")
    page.evaluate("history.back()")
    expect(page.locator("#said")).to_have_text(server.chatbot.wordings["en"].label("back_again"))
    page.evaluate("history.back()")
    page.wait_for_url("about:blank")
    page.close()


def test_reload_asks_first(browser: Browser, server: Server) -> None:
    """A reload asks before it ends a conversation, and does not before there is one, after a clearing or for a call."""
    page = opened(browser.new_page(viewport={"width": 390, "height": 700}), server.address)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.evaluate("location.reload()")
    page.wait_for_selector("#first", state="detached")
    ask(page, "signs")
    page.evaluate("setTimeout(() => location.reload())")
    page.wait_for_timeout(500)
    expect(page.locator("#log .reply")).to_have_count(1)
    assert asked == ["beforeunload"]
    page.evaluate("document.querySelector('.bar a[href^=tel]').click()")
    assert asked == ["beforeunload"]
    page.locator("#clear").click()
    expect(page.locator("#log .reply")).to_have_count(0)
    page.evaluate("setTimeout(() => location.reload())")
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    page.close()


def test_clearing_is_tried_until_it_is_done(browser: Browser, server: Server) -> None:
    """A conversation is out of sight when it is cleared, and gone, though the first request was lost."""
    page = opened(browser.new_page(viewport={"width": 390, "height": 700}), server.address)
    ask(page, "signs")
    page.route("**/queue/join*", lambda route: route.abort(), times=1)
    page.locator("#clear").click()
    expect(page.locator("#log .reply")).to_be_hidden(timeout=500)
    expect(page.locator("#log .reply")).to_have_count(0)
    ask(page, "signs")
    expect(page.locator("#log .reply")).to_be_visible()
    page.close()


def test_question_after_a_lost_clearing_begins_anew(browser: Browser, server: Server) -> None:
    """A question asked before the clearing has reached the server does not bring the cleared conversation back."""
    page = opened(browser.new_page(viewport={"width": 390, "height": 700}), server.address)
    ask(page, "signs")
    page.route("**/queue/join*", lambda route: route.abort(), times=1)
    page.locator("#clear").click()
    page.fill("#box textarea", "aftercare")
    page.press("#box textarea", "Enter")
    expect(page.locator("#log .asked")).to_contain_text("aftercare")
    expect(page.locator("#log .reply")).to_have_count(1)
    expect(page.locator("#log .reply")).to_be_visible()
    page.close()


def test_exit_goes_over_every_step(browser: Browser, server: Server) -> None:
    """From an opened article the exit is blank at once, and Back leads neither to the article nor to the page."""
    page = browser.new_page(viewport={"width": 390, "height": 700})
    page.route("https://www.weather.gov/**", lambda route: route.fulfill(body="Sunny", content_type="text/plain"))
    page.goto("about:blank")
    opened(page, server.address)
    ask(page, "signs")
    page.locator("#log a.citation").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.locator("#exit").click()
    page.wait_for_url("https://www.weather.gov/")
    page.go_back()
    assert not page.url.startswith(server.address)
    page.close()
