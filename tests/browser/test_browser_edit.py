"""Taking the last question back to change it, and saying that a reply did not answer."""

import contextlib
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.types import ASGIApp

from chatbot.answering.reply import Reply
from chatbot.settings import Settings
from chatbot.web.asgi import build_server
from chatbot.web.gradio_page import Pages
from tests.browser.browser import GRADIO_AND_PANDAS, PHONE, answered, ask, opened, served
from tests.support.page_fakes import FakeChatbot, Server

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings(GRADIO_AND_PANDAS)]


def box(page: Page) -> str:
    """What stands in the box."""
    return page.locator("#box textarea").input_value()


def change(page: Page, *, replies: int) -> None:
    """Take the last question back, and wait until so many replies are left."""
    page.locator("#log .edit").click()
    expect(page.locator("#log .reply")).to_have_count(replies)
    expect(page.locator("#box textarea")).to_be_focused()


@contextlib.contextmanager
def opened_over(
    browser: Browser, chatbot: FakeChatbot, made: list[Pages], *, count_miss: Callable[[Reply], object] | None = None
) -> Iterator[Page]:
    """The page over a chatbot of its own; ``made`` gets what holds its conversations."""

    def build() -> ASGIApp:
        made.append(Pages(chatbot, count_miss=count_miss))
        return build_server(chatbot, pages=made[-1])

    with served(build) as address:
        page = opened(browser.new_page(), address)
        yield page
        page.close()


def test_last_question_is_changed(page: Page, server: Server) -> None:
    """Its words return into the box with the focus, its reply goes, and the next question knows nothing of it."""
    ask(page, "signs")
    ask(page, "medications-named\nof all")
    expect(page.locator("#log .edit")).to_have_count(1)  # of the last question only
    change(page, replies=1)
    assert box(page) == "medications-named\nof all"
    expect(page.locator("#said")).to_have_text(server.chatbot.wordings["en"].label("editing"))
    expect(page.locator("#log .asked")).to_have_count(1)
    page.keyboard.type(" please")
    page.keyboard.press("Enter")
    answered(page, 2)
    question = server.chatbot.asked[-1]
    assert (question.text, question.history) == ("medications-named\nof all please", ("signs",))
    assert len(question.quoted) == 1  # of the first reply only


def test_only_question_is_changed(page: Page, server: Server) -> None:
    """With the first question gone the page is as before it, with the words in the box."""
    ask(page, "weather")
    change(page, replies=0)
    assert box(page) == "weather"
    expect(page.locator("html")).not_to_have_class("talking")
    ask(page, "signs")
    assert server.chatbot.asked[-1].history == ()


def test_half_a_thought_stays_below(page: Page) -> None:
    """What is typed already is not lost: it stands below the question."""
    ask(page, "signs")
    page.fill("#box textarea", "half a thought")
    change(page, replies=0)
    assert box(page) == "signs\nhalf a thought"


def test_emergency_taken_back(page: Page, server: Server) -> None:
    """With a question that raised an alarm the alarm goes, also when it was asked again by somebody safe."""
    ask(page, "he is blue signs")
    expect(page.locator("#alarm")).to_contain_text("911")
    page.locator("#log .anyway").click()
    answered(page, 2)
    change(page, replies=0)
    assert box(page) == "he is blue signs"
    expect(page.locator("#alarm")).to_have_text("")
    ask(page, "signs")
    assert server.chatbot.asked[-1].history == ()


def test_changed_by_keyboard(page: Page) -> None:
    """The button has a name, follows the question in reading order, and Enter presses it."""
    ask(page, "signs")
    button = page.get_by_role("button", name="Change this question")
    page.locator("#log .asked h2").evaluate("heading => { heading.tabIndex = -1; heading.focus(); }")
    page.keyboard.press("Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#log .reply")).to_have_count(0)
    expect(page.locator("#box textarea")).to_be_focused()


def test_changed_after_another_language(page: Page, server: Server) -> None:
    """After a change of language and back the question is taken back as before, in words of that language."""
    ask(page, "signs")
    ask(page, "medications-named")
    for language, name in (("es", "Cambiar esta pregunta"), ("en", "Change this question")):
        page.locator(".languages a").click()
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.get_by_role("button", name=name)).to_be_visible()
    page.locator(".languages a").click()
    expect(page.get_by_role("button", name="Cambiar esta pregunta")).to_be_visible()
    change(page, replies=1)
    expect(page.locator("#said")).to_have_text(server.chatbot.wordings["es"].label("editing"))
    page.keyboard.press("Enter")
    answered(page, 2)
    assert (server.chatbot.asked[-1].language, server.chatbot.asked[-1].history) == ("es", ("signs",))


def test_changed_without_script(browser: Browser, server: Server) -> None:
    """The plain form takes the question back as well: its words in the box, nothing of it carried on."""
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(server.address)
    for text in ("signs", "medications-named"):
        page.fill("#first textarea", text)
        page.click("#first .ask")
    page.click(".asked .edit")
    expect(page.locator(".reply")).to_have_count(1)
    expect(page.locator("#first textarea")).to_have_value("medications-named")
    page.fill("#first textarea", "weather")
    page.click("#first .ask")
    assert server.chatbot.asked[-1].history == ("signs",)
    context.close()


def test_miss_is_counted_once(browser: Browser) -> None:
    """One tap tells the server which reply it was, the focus goes to the thanks, and no second tap is offered."""
    chatbot, missed = FakeChatbot(Settings(question_burst=10_000)), list[Reply]()
    with opened_over(browser, chatbot, [], count_miss=missed.append) as page:
        ask(page, "weather")
        expect(page.locator("#log .missed")).to_have_count(0)  # nothing was quoted
        ask(page, "signs")
        page.get_by_role("button", name="This did not answer me").click()
        expect(page.locator("#log .counted")).to_be_focused()
        expect(page.locator("#log .missed")).to_have_count(0)
        assert [reply.quotes[0].document for reply in missed] == [chatbot.corpus.documents[0]]
        ask(page, "medications-named")
        expect(page.locator("#log .missed")).to_have_count(1)


def test_miss_is_not_asked_for_without_the_tally(page: Page) -> None:
    """Without the topic counts there is no such button."""
    ask(page, "signs")
    expect(page.locator("#log .quote")).to_have_count(1)
    expect(page.locator("#log .missed")).to_have_count(0)


def test_changed_after_the_server_forgot(browser: Browser) -> None:
    """A server that has dropped the conversation changes nothing: the words return, and what stood before stays."""
    made: list[Pages] = []
    with opened_over(browser, FakeChatbot(Settings(question_burst=10_000)), made) as page:
        ask(page, "signs")
        ask(page, "weather")
        made[0].sessions.forget_idle(seconds=-1)
        page.locator("#log .edit").click()
        expect(page.locator("#box textarea")).to_have_value("weather")
        expect(page.locator("#log .asked p")).to_have_text("signs")
        page.fill("#box textarea", "steps")
        page.keyboard.press("Enter")
        expect(page.locator("#log .asked")).to_have_count(2)
