"""The page while it loads, on a slow line: what is tapped and typed meanwhile is kept, sent and answered."""

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from chatbot.settings import Settings
from chatbot.web.asgi import build_server
from tests.browser.browser import GRADIO_AND_PANDAS, PHONE, answered, ask, opened, served
from tests.support.page_fakes import FakeChatbot, Server

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings(GRADIO_AND_PANDAS)]

SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}  # 400 kbit/s
TAPPED = "Which medications are used?"


@pytest.fixture
def slow(browser: Browser) -> Iterator[Page]:
    """A phone on a line of 400 kbit/s with 400 ms."""
    context = browser.new_context(viewport=PHONE, has_touch=True)
    page = context.new_page()
    tools = context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send("Network.emulateNetworkConditions", SLOW)
    yield page
    context.close()


@pytest.fixture
def held(browser: Browser) -> Iterator[tuple[BrowserContext, Callable[[str], Callable[[], None]]]]:
    """A phone whose requests for an address wait until they are let go."""
    context = browser.new_context(viewport=PHONE, has_touch=True)
    waiting: list[Route] = []

    def hold(pattern: str) -> Callable[[], None]:
        context.route(pattern, lambda route: waiting.append(route))

        def release() -> None:
            context.unroute(pattern)  # lets what waits go on

        return release

    yield context, hold
    context.close()


@pytest.mark.parametrize("after", [1.2, 2.9, 5.1, 8.3])
def test_a_tap_on_a_slow_line_is_answered(slow: Page, server: Server, after: float) -> None:
    """A question tapped at any moment of the loading gets its answer within six seconds, and is asked once."""
    before = len(server.chatbot.asked)
    begun = time.monotonic()
    slow.goto(server.address, wait_until="commit")
    button = slow.get_by_role("button", name=TAPPED)
    button.wait_for()
    slow.wait_for_timeout(max(0.0, after - (time.monotonic() - begun)) * 1000)
    tapped = time.monotonic()
    button.tap()
    slow.locator(".reply blockquote").first.wait_for(timeout=6000)
    assert time.monotonic() - tapped < 6
    assert [question.text for question in server.chatbot.asked[before:]] == [TAPPED]


def test_box_is_usable_on_a_slow_line(slow: Page, server: Server) -> None:
    """At 400 kbit/s one can type from the first paint, and what is typed and sent is answered within five seconds."""
    begun = time.monotonic()
    slow.goto(server.address, wait_until="commit")
    slow.fill("#first textarea", "signs")
    assert time.monotonic() - begun < 2
    slow.press("#first textarea", "Enter")
    expect(slow.locator("#said")).not_to_be_empty(timeout=1000)
    slow.locator(".reply blockquote").first.wait_for(timeout=6000)
    assert time.monotonic() - begun < 5


def test_conversation_goes_on_when_everything_has_come(
    held: tuple[BrowserContext, Callable[[str], Callable[[], None]]], server: Server
) -> None:
    """What was asked before Gradio came is shown with what is asked after it, once, and is remembered."""
    context, hold = held
    release = hold("**/assets/**")
    page = context.new_page()
    page.goto(server.address, wait_until="commit")
    page.get_by_role("button", name=TAPPED).tap()
    expect(page.locator("#early .reply")).to_have_count(1)
    page.locator("#first textarea").fill("half a thought")
    release()
    page.wait_for_selector("#first", state="detached")
    expect(page.locator("#box textarea")).to_have_value("half a thought")
    expect(page.locator(".reply")).to_have_count(1)
    ask_on = page.locator("#box textarea")
    ask_on.fill("signs")
    ask_on.press("Enter")
    answered(page, 2)
    expect(page.locator(".reply")).to_have_count(2)
    expect(page.locator("#quote-2")).to_be_visible()
    assert server.chatbot.asked[-1].history == (TAPPED,)
    page.locator("#clear").tap()
    expect(page.locator(".reply")).to_have_count(0)
    ask(page, "aftercare")
    assert server.chatbot.asked[-1].history == ()


def test_typing_goes_on_in_the_new_box(
    held: tuple[BrowserContext, Callable[[str], Callable[[], None]]], server: Server
) -> None:
    """While somebody types the box is exchanged under no key: text, focus and place in it are kept."""
    context, hold = held
    release = hold("**/assets/**")
    page = context.new_page()
    page.goto(server.address, wait_until="commit")
    page.locator("#first textarea").focus()
    page.wait_for_timeout(800)
    release()
    text = "what are the signs and what should we do about them now"
    page.keyboard.type(text, delay=60)
    page.wait_for_selector("#first", state="detached")
    expect(page.locator("#box textarea")).to_have_value(text)
    expect(page.locator("#box textarea")).to_be_focused()


def test_an_emergency_needs_no_gradio(
    held: tuple[BrowserContext, Callable[[str], Callable[[], None]]], server: Server
) -> None:
    """When Gradio never comes, an emergency is still said, alone and with its number, and quotes come after a tap."""
    context, hold = held
    hold("**/assets/**")
    page = context.new_page()
    page.goto(server.address, wait_until="commit")
    page.locator("#first textarea").fill("he is blue signs")
    page.locator("#first textarea").press("Enter")
    expect(page.locator("#alarm")).to_contain_text("911")
    expect(page.locator('#early a[href="tel:911"]')).to_be_in_viewport()
    page.locator("#early .anyway").tap()
    expect(page.locator("#early blockquote")).to_have_count(1)
    assert server.chatbot.asked[-1].anyway


def test_last_question_is_changed_before_and_after_gradio_comes(
    held: tuple[BrowserContext, Callable[[str], Callable[[], None]]], server: Server
) -> None:
    """A question is taken back while the plain form answers, and one of the form's still when Gradio has come."""
    context, hold = held
    release = hold("**/assets/**")
    page = context.new_page()
    page.goto(server.address, wait_until="commit")
    for text in ("weather", "signs", "steps"):
        page.locator("#first textarea").fill(text)
        page.locator("#first textarea").press("Enter")
        expect(page.locator("#early .asked").last).to_contain_text(text)
    page.locator("#early .edit").tap()
    expect(page.locator("#early .asked")).to_have_count(2)
    expect(page.locator("#first textarea")).to_have_value("steps")
    expect(page.locator("#first textarea")).to_be_focused()
    page.locator("#first textarea").fill("")
    release()
    page.wait_for_selector("#first", state="detached")
    page.locator("#early .edit").tap()
    expect(page.locator("#log .asked")).to_have_count(1)
    expect(page.locator("#early .asked")).to_have_count(0)
    expect(page.locator("#box textarea")).to_have_value("signs")
    ask(page, "aftercare")
    assert server.chatbot.asked[-1].history == ("weather",)


def test_a_press_that_sent_nothing_is_repeated(page: Page, server: Server) -> None:
    """A press that Gradio does not hear is repeated within two seconds."""
    before = len(server.chatbot.asked)
    page.evaluate(
        "document.getElementById('ask').addEventListener('click', (event) => event.stopImmediatePropagation(),"
        " {capture: true, once: true})"
    )
    page.fill("#box textarea", "signs")
    page.click("#ask")
    answered(page, 1)
    assert len(server.chatbot.asked) == before + 1


def test_refused_early(browser: Browser) -> None:
    """A question refused before Gradio is there says why, and stays in the box."""
    with served(lambda: build_server(FakeChatbot(Settings(question_burst=1, questions_per_minute=0.1)))) as address:
        context = browser.new_context(viewport=PHONE)
        context.route("**/assets/**", lambda route: None)
        page = context.new_page()
        page.goto(address, wait_until="commit")
        page.locator("#first textarea").fill("signs")
        page.locator("#first textarea").press("Enter")
        expect(page.locator("#early .reply")).to_have_count(1)
        page.locator("#first textarea").fill("aftercare")
        page.locator("#first textarea").press("Enter")
        expect(page.locator("#trouble")).to_contain_text("Please wait a minute")
        expect(page.locator("#first textarea")).to_have_value("aftercare")
        context.close()


def test_without_any_script(browser: Browser, server: Server) -> None:
    """Without JavaScript a tapped and a typed question are answered, the newest in sight, each with its number."""
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(f"{server.address}/?lang=es")
    page.locator("#starters button").first.click()
    expect(page.locator(".reply blockquote").first).to_be_visible()
    page.fill("#first textarea", "medications-named")
    page.click("#first .ask")
    expect(page.locator(".reply")).to_have_count(2)
    expect(page.locator("#newest .asked")).to_be_in_viewport()
    assert server.chatbot.asked[-1].language == "es"
    assert len(server.chatbot.asked[-1].history) == 1
    assert "medications-named" not in page.url
    page.fill("#first textarea", "he is blue")
    page.click("#first .ask")
    page.locator(".anyway").click()
    assert server.chatbot.asked[-1].anyway
    context.close()


def test_a_script_that_never_comes(browser: Browser, server: Server) -> None:
    """When the page's script does not arrive, what was sent is answered by a page that needs none."""
    context = browser.new_context(viewport=PHONE)
    context.route("**/shell/main.js", lambda route: route.abort())
    page = opened_without_gradio(context, server.address)
    page.get_by_role("button", name=TAPPED).click()
    expect(page.locator("#said")).not_to_be_empty()
    page.wait_for_url("**/ask?lang=en*", timeout=12_000)
    expect(page.locator(".reply blockquote").first).to_be_visible()
    context.close()


def opened_without_gradio(context: BrowserContext, address: str) -> Page:
    """The page at its first paint."""
    page = context.new_page()
    page.goto(address, wait_until="commit")
    page.wait_for_selector("#first textarea")
    return page


def test_opening_hands_over(browser: Browser, server: Server) -> None:
    """On a fast line the form gives way to Gradio's box without a jump."""
    page = browser.new_page(viewport=PHONE)
    page.goto(server.address, wait_until="commit")
    first = page.locator("#first textarea").bounding_box()
    opened(page, server.address)
    page.wait_for_selector("#first", state="detached")
    there = page.locator("#box textarea").bounding_box()
    assert first
    assert there
    assert abs(first["y"] - there["y"]) <= 4
    assert abs(first["height"] - there["height"]) <= 4
    page.close()
