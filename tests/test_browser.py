"""The page as a person uses it: asking, reading, the article, and what happens when something goes wrong."""

import io
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from chatbot.server import build_server
from chatbot.settings import Settings
from tests.browser import GRADIO_AND_PANDAS, PHONE, TEXT, WIDE, answered, ask, opened, opened_browser, served
from tests.page_fakes import FakeChatbot, GatedChatbot, LateChatbot, quote_of

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings(GRADIO_AND_PANDAS)]


class Server(NamedTuple):
    """Where the page is, and the chatbot behind it."""

    address: str
    chatbot: FakeChatbot


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """The page over the fake chatbot."""
    chatbot = FakeChatbot(Settings(question_burst=10_000, longest_message=600))
    with served(lambda: build_server(chatbot)) as address:
        yield Server(address, chatbot)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser."""
    with opened_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """The first view on a wide screen; fails the test when a script fails."""
    page = browser.new_page(viewport=WIDE)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield opened(page, server.address)
    page.close()
    assert faults == []


@pytest.fixture
def phone(browser: Browser, server: Server) -> Iterator[Page]:
    """The first view on a phone."""
    page = browser.new_page(viewport=PHONE)
    yield opened(page, server.address)
    page.close()


def test_asking(page: Page, server: Server) -> None:
    """Enter sends; the reply says who speaks, begins in sight, and the focus stays in the emptied box."""
    ask(page, "signs")
    wording = server.chatbot.wordings["en"]
    for label in ("you_asked", "from_article"):
        expect(page.get_by_role("heading", name=wording.label(label))).to_be_visible()
    top = page.locator("#log .asked").last.bounding_box()
    assert top
    assert 0 < top["y"] < 250
    expect(page.locator("#box textarea")).to_be_focused()
    expect(page.locator("#box textarea")).to_have_value("")


def test_ask_button(page: Page) -> None:
    """The button sends, and the focus returns to the box."""
    page.fill("#box textarea", "signs")
    page.click("#ask")
    answered(page, 1)
    expect(page.locator("#box textarea")).to_be_focused()


def test_every_visible_quote_equals_its_source(page: Page, server: Server) -> None:
    """What the browser shows as a quote is exactly the slice of the article, for every answer of the corpus."""
    answers = server.chatbot.corpus.answers
    for start in range(0, len(answers), 3):
        three = answers[start : start + 3]
        ask(page, " ".join(answer.name for answer in three))
        shown = page.locator("#log .reply").last.locator("blockquote").evaluate_all(f"all => all.map({TEXT})")
        named = [answer for answer in answers if answer in three]
        assert [quote_of(answer).text for answer in named] == shown


def test_breaking_a_line(page: Page) -> None:
    """Shift+Enter breaks the line, sends nothing, and the box grows."""
    box = page.locator("#box textarea")
    low = box.bounding_box()
    box.press_sequentially("one")
    box.press("Shift+Enter")
    box.press_sequentially("two")
    expect(box).to_have_value("one\ntwo")
    high = box.bounding_box()
    assert low
    assert high
    assert high["height"] > low["height"]
    expect(page.locator("#log .reply")).to_have_count(0)


def test_questions_to_tap(page: Page, server: Server) -> None:
    """The first view offers seven questions; a tap asks one, keeps what is typed, and more can be tapped after it."""
    expect(page.locator("#starters a")).to_have_count(7)
    page.fill("#box textarea", "half a thought")
    page.get_by_role("link", name="Which medications are used?").click()
    answered(page, 1)
    assert server.chatbot.asked[-1].text == "Which medications are used?"
    expect(page.locator("#box textarea")).to_have_value("half a thought")
    page.locator("#log button.next").first.click()
    answered(page, 2)
    expect(page.locator("#starters a")).to_have_count(7)
    assert server.chatbot.asked[-1].history == ("Which medications are used?",)


def test_citation_opens_the_article(page: Page, server: Server) -> None:
    """On a wide screen the citation marks the stretch in the article beside the chat, numbered as in the chat."""
    ask(page, "signs")
    link = page.locator("#log a.citation")
    document = server.chatbot.corpus.documents[0]
    expect(link).to_contain_text(f"{document.slice(document.headings[0])} · {document.title}")
    link.click()
    expect(page.locator("#article .current").first).to_be_in_viewport()
    expect(page.locator("#article .current").first).to_have_text("Signs of use can include:")
    expect(page.locator("#article .quote-number")).to_have_text("Quote 1")
    page.keyboard.press("Escape")
    expect(link).to_be_focused()
    assert page.url.rstrip("/") == server.address


def test_article_is_a_sheet_on_a_phone(phone: Page) -> None:
    """On a phone the article lies over the chat, the numbers stay in sight, and closing leads back to the citation."""
    ask(phone, "signs")
    expect(phone.locator("#article")).to_be_hidden()
    phone.locator("#log a.citation").click()
    sheet = phone.get_by_role("dialog")
    expect(sheet.locator(".current").first).to_be_in_viewport()
    expect(phone.locator(".bar")).to_be_in_viewport()
    phone.get_by_role("button", name="Close the article").click()
    expect(sheet).to_be_hidden()
    expect(phone.locator("#log a.citation")).to_be_focused()
    phone.keyboard.press("Enter")
    expect(sheet).to_be_visible()
    phone.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_not_covered(page: Page, server: Server) -> None:
    """Nothing found is said as such, with near sections that open the article, and with the helpline."""
    ask(page, "weather")
    reply = page.locator("#log .reply")
    expect(reply).to_contain_text(server.chatbot.wordings["en"].notice("not_covered.topic").title)
    expect(reply.locator('a[href^="tel:"]').first).to_be_visible()
    reply.locator("a.near").last.click()
    expect(page.locator("#article h3:focus")).to_contain_text("Step 5")


def test_emergency(page: Page, server: Server) -> None:
    """An emergency fills the alert region that was there from the start; quotes come only after a tap."""
    alarm = page.locator("#alarm[role=alert]")
    expect(alarm).to_have_text("")
    ask(page, "he is blue signs")
    expect(alarm).to_contain_text("911")
    expect(page.locator("#log blockquote")).to_have_count(0)
    expect(page.locator("#article")).to_be_hidden()
    call = page.locator('#log .crisis a[href="tel:911"]')
    expect(call).to_be_visible()
    assert call.get_attribute("target") is None
    page.get_by_role("button", name="This is not an emergency").click()
    answered(page, 2)
    assert server.chatbot.asked[-1].anyway
    expect(page.locator("#log blockquote")).to_have_count(1)
    expect(page.locator("#article")).to_be_visible()
    expect(alarm).to_have_text("")


def test_emergency_is_not_covered(browser: Browser, server: Server) -> None:
    """On a phone nothing lies over an emergency card: neither the question box nor the keyboard that it calls up."""
    page = opened(browser.new_page(viewport=PHONE, has_touch=True, is_mobile=True), server.address)
    ask(page, "signs")
    expect(page.locator("#box textarea")).to_be_focused()
    ask(page, "he is blue")
    expect(page.locator("#log .asked h2").last).to_be_focused()
    assert page.locator("#composer").evaluate("element => getComputedStyle(element).position") == "static"
    page.close()


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
            body = {"data": ["signs", None, "en"], "fn_index": 0, "session_hash": f"somebody{number}"}
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
    page.get_by_role("link", name="Which medications are used?").click()
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


def test_copying(browser: Browser, server: Server) -> None:
    """A quote is copied word for word, with its section and title."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = opened(context.new_page(), server.address)
    ask(page, "signs")
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#said")).to_have_text(server.chatbot.wordings["en"].label("copied"))
    quote = quote_of(next(answer for answer in server.chatbot.corpus.answers if answer.name == "signs"))
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"“{quote.text}”\n{quote.section} · {quote.document.title}\n"
    context.close()


def test_printing(page: Page) -> None:
    """On paper details are open, and nothing to press is in the way."""
    ask(page, "signs")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    for hidden in ("#composer", "#starters", "#article", ".bar .exit", "#log .copy", "#log .next"):
        expect(page.locator(hidden).first).to_be_hidden()
    assert page.evaluate("[...document.querySelectorAll('details')].every((details) => details.open)")


def test_paper_holds_everything(phone: Page, server: Server) -> None:
    """A conversation printed from a phone: every quote whole, each followed by its citation, notices and numbers."""
    answers = server.chatbot.corpus.answers
    for start in range(0, len(answers), 3):
        ask(phone, " ".join(answer.name for answer in answers[start : start + 3]))
    ask(phone, "he is blue")
    ask(phone, "weather")
    pages = PdfReader(io.BytesIO(phone.pdf(format="Letter"))).pages
    paper = printed("".join(page.extract_text() for page in pages))
    position = 0
    for answer in answers:
        quote = quote_of(answer)
        citation = f"{quote.section} · {quote.document.title}"
        for text in (quote.text, citation):
            found = paper.find(printed(text), position)
            assert found >= 0, text
            position = found
    wording = server.chatbot.wordings["en"]
    for text in (*wording.notice("crisis.overdose").lines, wording.notice("not_covered.topic").title, "1-800-662-4357"):
        assert printed(text) in paper, text
    assert printed(wording.label("exit_page")) not in paper


def printed(text: str) -> str:
    """The characters of a text as a PDF holds them: its white space is made up, and letters may be joined (ﬀ)."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def test_spanish(page: Page, server: Server) -> None:
    """The whole page is Spanish, quotes stay English and say so, and each part has its language."""
    opened(page, f"{server.address}/?lang=es")
    wording = server.chatbot.wordings["es"]
    assert page.evaluate("document.documentElement.lang") == "es"
    expect(page.locator("#ask")).to_have_text(wording.label("ask"))
    page.locator("#starters a").first.click()
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


def test_clearing(page: Page) -> None:
    """Clearing empties the log, says so, and puts the focus into the empty box."""
    ask(page, "he is blue")
    page.click("#clear")
    expect(page.locator("#log .reply")).to_have_count(0)
    expect(page.locator("#said")).to_have_text("The conversation is cleared.")
    expect(page.locator("#alarm")).to_have_text("")
    expect(page.locator("#box textarea")).to_be_focused()


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
