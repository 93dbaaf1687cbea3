"""The page as a person uses it: asking, reading, the article, copying and printing."""

import io
import unicodedata

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from tests.browser.browser import GRADIO_AND_PANDAS, PHONE, TEXT, answered, ask, opened
from tests.support.page_fakes import Server, quote_of

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings(GRADIO_AND_PANDAS)]


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
    expect(page.locator("#starters button")).to_have_count(7)
    page.fill("#box textarea", "half a thought")
    page.get_by_role("button", name="Which medications are used?").click()
    answered(page, 1)
    assert server.chatbot.asked[-1].text == "Which medications are used?"
    expect(page.locator("#box textarea")).to_have_value("half a thought")
    page.locator("#log button.next").first.click()
    answered(page, 2)
    expect(page.locator("#starters button")).to_have_count(7)
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
    text = page.locator("#article .text").inner_text()
    ask(page, "weather")
    assert page.locator("#article .text").inner_text() == text  # numbering anew adds nothing
    link.click()
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


def test_choice(page: Page, server: Server) -> None:
    """Questions to choose from stand below what they are, as neither an answer nor a notice; Tab and Enter choose."""
    ask(page, "which one")
    notice = server.chatbot.wordings["en"].notice("choice.which")
    expect(page.get_by_role("heading", name=notice.title)).to_be_visible()
    assert page.locator("#log .notice, #log .quote").count() == 0
    assert page.locator("#log .choices").inner_text().index(notice.lines[0]) > 0
    page.locator("#log .asked h2").evaluate("heading => { heading.tabIndex = -1; heading.focus(); }")
    page.keyboard.press("Tab")  # to change the question
    page.keyboard.press("Tab")
    first = page.locator("#log .choices .next").first
    expect(first).to_be_focused()
    asked = first.text_content()
    page.keyboard.press("Enter")
    answered(page, 2)
    assert server.chatbot.asked[-1].text == asked
    assert server.chatbot.asked[-1].tapped


def test_what_may_be_no_answer_says_so_first(page: Page, server: Server) -> None:
    """A place that may be no answer stands in a frame of its own, below the words that say so, above whom to ask."""
    ask(page, "perhaps")
    frame = page.locator("#log .maybe")
    notice = server.chatbot.wordings["en"].notice("not_covered.maybe")
    parts = frame.inner_text()
    places = [parts.index(text) for text in (notice.title, frame.locator(".source").inner_text(), "1-800-662-4357")]
    assert places == sorted(places)
    assert page.locator("#log .notice").count() == 0
    assert frame.evaluate("frame => getComputedStyle(frame).borderStyle") == "dashed"


def test_background_of_an_emergency_is_folded(page: Page, server: Server) -> None:
    """The law is folded below the numbered steps, and opens by a tap; what happens on the telephone as well."""
    ask(page, "he is blue")
    notice = server.chatbot.wordings["en"].notice("crisis.overdose")
    steps = page.locator("#log .crisis ol li")
    expect(steps).to_have_count(len(notice.lines) - 1)
    expect(page.get_by_text(notice.lines[-1])).to_be_hidden()
    page.locator("#log .crisis summary").last.click()
    expect(page.get_by_text(notice.lines[-1])).to_be_visible()


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


def test_no_keyboard_over_a_reply(browser: Browser, server: Server) -> None:
    """On a phone the keyboard goes once a question is sent, by Enter or by the button, and the reading begins."""
    page = opened(browser.new_page(viewport=PHONE, has_touch=True, is_mobile=True), server.address)
    ask(page, "signs")
    expect(page.locator("#log .asked h2").last).to_be_focused()
    page.fill("#box textarea", "medications-named")
    page.tap("#ask")
    answered(page, 2)
    expect(page.locator("#log .asked h2").last).to_be_focused()
    page.close()


def test_emergency_is_not_covered(browser: Browser, server: Server) -> None:
    """On a phone nothing lies over an emergency card: neither the question box nor the keyboard that it calls up."""
    page = opened(browser.new_page(viewport=PHONE, has_touch=True, is_mobile=True), server.address)
    ask(page, "he is blue")
    expect(page.locator("#log .asked h2").last).to_be_focused()
    assert page.locator("#composer").evaluate("element => getComputedStyle(element).position") == "static"
    page.close()


def test_copying(browser: Browser, server: Server) -> None:
    """A quote is copied word for word, with its section, title and origin."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = opened(context.new_page(), server.address)
    ask(page, "signs")
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#said")).to_have_text(server.chatbot.wordings["en"].label("copied"))
    quote = quote_of(next(answer for answer in server.chatbot.corpus.answers if answer.name == "signs"))
    copied = page.evaluate("navigator.clipboard.readText()")
    origin = "American Addiction Centers (sells treatment) · no date given · approved by nobody here yet"
    assert copied == f"“{quote.text}”\n{quote.section} · {quote.document.title}\n{origin}\n"
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
        citation = " · ".join(dict.fromkeys((quote.section, quote.document.title)))
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


def test_clearing(page: Page) -> None:
    """Clearing empties the log, says so, and puts the focus into the empty box."""
    ask(page, "he is blue")
    page.click("#clear")
    expect(page.locator("#log .reply")).to_have_count(0)
    expect(page.locator("#said")).to_have_text("All is cleared.")
    expect(page.locator("#alarm")).to_have_text("")
    expect(page.locator("#box textarea")).to_be_focused()
