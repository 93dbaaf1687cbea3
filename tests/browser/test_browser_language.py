"""The page in another language, and the switch to it within a conversation."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browser import GRADIO_AND_PANDAS, answered, ask, opened
from tests.support.page_fakes import Server

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings(GRADIO_AND_PANDAS)]


def test_spanish(page: Page, server: Server) -> None:
    """The whole page is Spanish, quotes stay English and say so, and each part has its language."""
    opened(page, f"{server.address}/?lang=es")
    wording = server.chatbot.wordings["es"]
    assert page.evaluate("document.documentElement.lang") == "es"
    expect(page.locator("#ask")).to_have_text(wording.label("ask"))
    page.locator("#starters button").first.click()
    answered(page, 1)
    expect(page.locator("#log .reply")).to_contain_text(wording.notice("language.quotes").title)
    expect(page.locator("#log blockquote").first).to_have_attribute("lang", "en")
    assert server.chatbot.asked[-1].language == "es"
    labels = server.chatbot.wordings["en"].labels
    shown = page.locator("#talk").inner_text()
    words = {text for key, text in labels.items() if text not in wording.labels.values() and len(text) > 12}
    assert [text for text in words if re.search(rf"\b{re.escape(text)}\b", shown)] == []


def test_switching_keeps_the_conversation(page: Page, server: Server) -> None:
    """The switch answers the conversation again in the other language, on the same page, and keeps what is typed."""
    ask(page, "signs")
    ask(page, "weather")
    page.fill("#box textarea", "half a thought")
    loads: list[str] = []
    page.on("load", lambda loaded: loads.append(loaded.url))
    english, spanish = server.chatbot.wordings["en"], server.chatbot.wordings["es"]
    page.get_by_role("link", name="Español").click()
    expect(page.locator("#ask")).to_have_text(spanish.label("ask"))
    expect(page.locator("#log .asked h2").first).to_have_text(spanish.label("you_asked"))
    expect(page.locator("#log .reply")).to_have_count(2)
    expect(page.locator("#box textarea")).to_have_value("half a thought")
    expect(page.locator("#said")).to_have_text(spanish.label("switched"))
    expect(page.get_by_role("link", name="English")).to_be_focused()
    expect(page.locator("#article .quote-number")).to_contain_text(spanish.label("quote_number"))
    assert (page.evaluate("document.documentElement.lang"), page.title(), loads) == ("es", "Apoyo familiar", [])
    shown = page.locator("body").inner_text()
    words = {text for key, text in english.labels.items() if text not in spanish.labels.values() and len(text) > 12}
    assert [text for text in words if re.search(rf"\b{re.escape(text)}\b", shown)] == []
    page.press("#box textarea", "Enter")
    answered(page, 3)
    assert server.chatbot.asked[-1].language == "es"
    assert server.chatbot.asked[-1].history == ("signs", "weather")
    page.reload()
    assert page.evaluate("document.documentElement.lang") == "es"


def test_switching_from_the_offer(page: Page) -> None:
    """Who types Spanish is offered it within the reply; a tap answers that question again in Spanish."""
    ask(page, "mi hijo usa heroína y no sé qué hacer, signs")
    page.locator("#log a.switch").click()
    expect(page.locator("#log .reply")).to_contain_text("Del artículo")
    expect(page.locator("#log .asked h2")).to_be_focused()


def test_switching_without_a_line(page: Page) -> None:
    """When the other language cannot be fetched, or its answers cannot, the conversation stays as it is."""
    ask(page, "signs")
    for pattern in ("**/?lang=es", "**/queue/join*"):
        page.route(pattern, lambda route: route.abort())
        page.get_by_role("link", name="Español").click()
        expect(page.locator("#trouble")).to_contain_text("connection")
        page.unroute(pattern)
    expect(page.locator("#log .asked h2")).to_have_text("You asked")
    page.get_by_role("link", name="Español").click()
    expect(page.locator("#log .asked h2")).to_have_text("Usted preguntó")
    expect(page.locator("#trouble")).to_have_text("")
