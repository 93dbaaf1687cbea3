"""What happens when something goes wrong: refused, full, slow, failed, cut off. Nothing typed is lost."""

import pytest
from playwright.sync_api import Browser, Page, expect

from chatbot.settings import Settings
from chatbot.web.asgi import build_server
from tests.browser.browser import GRADIO_AND_PANDAS, PHONE, answered, ask, opened, served
from tests.support.page_fakes import GatedChatbot, LateChatbot, Server

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings(GRADIO_AND_PANDAS)]


def test_too_long(page: Page) -> None:
    """A message over the limit is answered with its notice and stays in the box."""
    text = "word " * 200
    ask(page, text)
    expect(page.locator("#box textarea")).to_have_value(text)
    expect(page.locator("#log .reply")).to_contain_text("too long")


@pytest.mark.parametrize(("status", "id_"), [(429, "rate"), (503, "busy"), (413, "too_big"), (500, "failed")])
def test_refusal(page: Page, status: int, id_: str) -> None:
    """A refused question says why, the numbers stay in sight, and what was typed stays in the box."""
    page.route("**/queue/join*", lambda route: route.fulfill(status=status, body="{}"))
    page.fill("#box textarea", "signs")
    page.press("#box textarea", "Enter")
    title = page.locator(f"#trouble-{id_}").evaluate("template => template.content.querySelector('h3').textContent")
    expect(page.locator("#trouble[role=alert]")).to_contain_text(title)
    expect(page.locator('.bar a[href="tel:911"]')).to_be_in_viewport()
    expect(page.locator("#box textarea")).to_have_value("signs")


def test_full_queue(browser: Browser) -> None:
    """With a queue that is really full, the page says so, the numbers in sight, keeps the question, and tries again.

    What somebody changes meanwhile is not sent by itself.
    """
    chatbot = GatedChatbot(Settings(question_burst=10_000, parallel_replies=1, longest_queue=1))
    with served(lambda: build_server(chatbot)) as address:
        page = opened(browser.new_page(viewport=PHONE), address)
        other = opened(browser.new_page(viewport=PHONE), address)
        wording = chatbot.wordings["en"]
        for number in range(20):
            body = {"data": ["signs", None, "en", ""], "fn_index": 0, "session_hash": f"somebody{number}"}
            refused = page.request.post(f"{address}/gradio_api/queue/join", data=body)
            if refused.status == 503:
                break
        assert refused.status == 503
        assert all(wording.contacts[name].shown in refused.text() for name in ("emergency", "lifeline", "helpline"))
        for each in (page, other):
            each.fill("#box textarea", "medications-named")
            each.press("#box textarea", "Enter")
            expect(each.locator("#trouble[role=alert]")).to_contain_text(wording.notice("trouble.busy").title)
            expect(each.locator('.bar a[href="tel:911"]')).to_be_in_viewport()
            expect(each.locator("#box textarea")).to_have_value("medications-named")
        other.fill("#box textarea", "half a thought")
        chatbot.gate.set()
        expect(page.locator("#log .reply")).to_have_count(1, timeout=15_000)
        expect(page.locator("#trouble")).to_have_text("")
        expect(page.locator("#box textarea")).to_have_value("")
        other.wait_for_timeout(3500)
        expect(other.locator("#box textarea")).to_have_value("half a thought")
        expect(other.locator("#log .reply")).to_have_count(0)
        page.close()
        other.close()


def test_refused_tap_can_be_sent_again(page: Page) -> None:
    """A tapped question that could not be sent is put into the box."""
    page.route("**/queue/join*", lambda route: route.abort())
    page.get_by_role("button", name="Which medications are used?").click()
    expect(page.locator("#trouble")).to_contain_text("connection")
    expect(page.locator("#box textarea")).to_have_value("Which medications are used?")
    page.unroute("**/queue/join*")
    page.press("#box textarea", "Enter")
    answered(page, 1)
    expect(page.locator("#trouble")).to_have_text("")


def test_failure_of_a_reply(page: Page) -> None:
    """A reply that fails is said to have failed, never that nothing was found, and the text stays."""
    page.fill("#box textarea", "boom")
    page.press("#box textarea", "Enter")
    expect(page.locator("#trouble")).to_contain_text("went wrong")
    expect(page.locator("#box textarea")).to_have_value("boom")
    ask(page, "signs")
    expect(page.locator("#trouble")).to_have_text("")


def test_slow_reply(page: Page, server: Server) -> None:
    """After a third of a second the page says that it is looking; sending twice asks once."""
    before = len(server.chatbot.asked)
    page.fill("#box textarea", "slow signs")
    page.press("#box textarea", "Enter")
    page.press("#box textarea", "Enter")
    expect(page.locator("#said")).to_have_text(server.chatbot.wordings["en"].label("looking"))
    answered(page, 1)
    expect(page.locator("#said")).to_have_text("")
    assert len(server.chatbot.asked) == before + 1


def test_few_characters_left(page: Page) -> None:
    """Near the limit the page counts what is left, and only there."""
    page.fill("#box textarea", "x" * 300)
    page.wait_for_timeout(500)
    expect(page.locator("#characters-left")).to_have_count(0)
    page.fill("#box textarea", "x" * 500)
    expect(page.locator("#characters-left")).to_have_text("100 characters left")


def test_getting_ready(browser: Browser) -> None:
    """While the model loads the page says so; a question asked meanwhile is answered as soon as it can be."""
    chatbot = LateChatbot()
    with served(lambda: build_server(chatbot, ready=lambda: chatbot.ready)) as address:
        page = opened(browser.new_page(), address)
        expect(page.locator("#said")).to_have_text(chatbot.wordings["en"].label("getting_ready"))
        page.fill("#box textarea", "signs")
        page.press("#box textarea", "Enter")
        page.wait_for_timeout(300)
        expect(page.locator("#box textarea")).to_have_value("signs")
        chatbot.ready = True
        answered(page, 1)
        expect(page.locator("#said")).to_have_text("")
        page.close()


def test_a_lost_line_loses_nothing(page: Page, server: Server) -> None:
    """When the line is lost and comes back, what was shown and typed is still there, and asking goes on."""
    ask(page, "signs")
    page.fill("#box textarea", "aftercare")
    page.context.set_offline(True)
    page.press("#box textarea", "Enter")
    expect(page.locator("#trouble")).to_contain_text("connection")
    page.wait_for_timeout(2500)
    page.context.set_offline(False)
    page.wait_for_timeout(2500)
    expect(page.locator("#box textarea")).to_have_value("aftercare")
    page.press("#box textarea", "Enter")
    answered(page, 2)
    expect(page.locator("#log blockquote").first).to_contain_text("Signs of use can include:")
