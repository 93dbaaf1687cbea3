"""A conversation of twelve exchanges: what is read is in sight, what was read is folded, and no emergency is."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browser import GRADIO_AND_PANDAS, ask
from tests.support.page_fakes import Server

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings(GRADIO_AND_PANDAS)]

EXCHANGES = 12
# Pixels of the whole page on a phone of 390, where each fold shows a question and a line to open: six screens, of which
# two replies and the page below them take three. Unfolded it is thirteen.
MOST_HEIGHT = 6 * 844
SUBJECTS = ("signs", "medications-named", "weather", "withdrawal-like-flu", "aftercare", "what-is-intervention")


def test_page_height_is_bounded(phone: Page) -> None:
    """After twelve exchanges the newest question stands below the bar, and the page is six screens high at most."""
    for number in range(EXCHANGES):
        ask(phone, f"{SUBJECTS[number % len(SUBJECTS)]} please, number {number}")
    last = phone.locator("#log .asked").last.bounding_box()
    assert last
    assert 0 < last["y"] < 250
    assert phone.evaluate("document.documentElement.scrollHeight") <= MOST_HEIGHT
    for question in phone.locator("#log .asked p").all():
        expect(question).to_be_visible()
    expect(phone.locator("#log .folded:not([open])")).to_have_count(EXCHANGES - 2)
    expect(phone.locator("#log .onward")).to_have_count(1)  # suggestions below the newest only


def test_jump_unfolds(phone: Page) -> None:
    """The list of what was asked leads to a question, and its reply is open then and stays so; by keyboard as well."""
    for text in ("signs", "weather", "aftercare", "signs", "weather"):
        ask(phone, text)
    expect(phone.locator("#log blockquote").first).to_be_hidden()
    phone.locator("#asked-list summary").click()
    phone.locator("#asked-list a").first.focus()
    phone.keyboard.press("Enter")
    expect(phone.locator("#log blockquote").first).to_be_visible()
    expect(phone.locator("#log .asked h2").first).to_be_focused()
    ask(phone, "aftercare")
    expect(phone.locator("#log blockquote").first).to_be_visible()


def test_fold_opens_by_keyboard(page: Page, server: Server) -> None:
    """A folded reply is a named button in reading order that Enter opens and shuts."""
    for text in ("signs", "weather", "weather"):
        ask(page, text)
    fold = page.locator("#log .folded summary")
    expect(fold).to_have_text(server.chatbot.wordings["en"].label("folded_reply"))
    fold.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#log blockquote")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#log blockquote")).to_be_hidden()


def test_standing_emergency_is_never_folded(page: Page) -> None:
    """An emergency stays open as long as every reply speaks of danger, and folds when it is over."""
    for text in ("signs", "he is blue", "he is blue now", "so blue", "still blue"):
        ask(page, text)
    assert page.locator("#log .crisis").count() == 4
    for card in page.locator("#log .crisis").all():
        expect(card).to_be_visible()
    for text in ("signs", "weather"):
        ask(page, text)
    for card in page.locator("#log .crisis").all():
        expect(card).to_be_hidden()
