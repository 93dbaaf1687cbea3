"""Reading a long conversation: the newest in view, a list to jump by, listening, and what hears the page reads."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.browser import GRADIO_AND_PANDAS, WIDE, answered, ask, opened
from tests.support.page_fakes import Server

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings(GRADIO_AND_PANDAS)]

# A device with voices of its own for both languages, and with one of another host; notes what is spoken.
VOICES = """() => {
  window.spoken = [];
  const voices = [["Far", "en-US", false], ["Near", "en-GB", true], ["Cerca", "es-US", true]];
  const speech = {
    getVoices: () => voices.map(([name, lang, localService]) => ({ name, lang, localService })),
    speak: (said) => window.spoken.push([said.voice.name, said.lang, said.text]),
    cancel: () => window.spoken.push("stopped"),
  };
  Object.defineProperty(window, "speechSynthesis", { value: speech, configurable: true });
  window.SpeechSynthesisUtterance = class extends EventTarget {
    constructor(text) { super(); this.text = text; }
  };
}"""


def with_voices(browser: Browser, address: str) -> Page:
    """The page on a device that can speak."""
    page = browser.new_page(viewport=WIDE)
    page.add_init_script(f"({VOICES})()")
    return opened(page, address)


def test_listening(browser: Browser, server: Server) -> None:
    """The device's own voice reads quote, source and origin, each in its language; a second tap stops it."""
    page = with_voices(browser, f"{server.address}/?lang=es")
    ask(page, "signs")
    button = page.locator("#log .listen")
    expect(button).to_have_text(server.chatbot.wordings["es"].label("listen"))
    button.click()
    spoken = page.evaluate("window.spoken.filter((one) => one !== 'stopped')")
    assert [voice for voice, _, _ in spoken] == ["Near", "Near", "Cerca"]
    assert "Track marks on the arms or legs" in spoken[0][2]
    assert spoken[1][2] == page.locator("#log .source").inner_text()
    expect(button).to_have_text(server.chatbot.wordings["es"].label("stop_listening"))
    button.click()
    assert page.evaluate("window.spoken.at(-1)") == "stopped"
    expect(button).to_have_text(server.chatbot.wordings["es"].label("listen"))
    page.close()


def test_listening_to_an_emergency_and_leaving(browser: Browser, server: Server) -> None:
    """The steps of an emergency are read in order; the exit stops the voice."""
    page = with_voices(browser, server.address)
    page.route("https://www.weather.gov/**", lambda route: route.abort())
    ask(page, "he is blue")
    page.locator("#log .listen").click()
    notice = server.chatbot.wordings["en"].notice("crisis.overdose")
    said = [one[2] for one in page.evaluate("window.spoken") if one != "stopped"]
    assert said == [notice.title, *notice.lines[:-1]]
    assert page.evaluate("(document.getElementById('exit').click(), window.spoken.at(-1))") == "stopped"
    page.close()


def test_no_voice_of_another_host(browser: Browser, server: Server) -> None:
    """Without a voice of its own nothing is spoken, and the page says so; a device that cannot speak offers nothing."""
    page = with_voices(browser, server.address)
    page.evaluate("window.speechSynthesis.getVoices = () => [{name: 'Far', lang: 'en-US', localService: false}]")
    ask(page, "signs")
    page.locator("#log .listen").click()
    expect(page.locator("#said")).to_have_text(server.chatbot.wordings["en"].label("no_voice"))
    assert page.evaluate("window.spoken.filter((one) => one !== 'stopped')") == []
    page.close()
    page = browser.new_page(viewport=WIDE)
    page.add_init_script("delete window.speechSynthesis; window.SpeechSynthesisUtterance = undefined")
    opened(page, server.address)
    ask(page, "signs")
    expect(page.locator("#log .listen")).to_be_hidden()
    page.close()


def test_twelve_exchanges(page: Page, server: Server) -> None:
    """After twelve exchanges the newest is in view, a list leads to each question, and only the last reply is live."""
    for number in range(12):
        ask(page, f"signs number {number}")
    expect(page.locator("#log .asked").last).to_be_in_viewport()
    expect(page.locator("#log .onward")).to_have_count(1)
    page.locator("#asked-list summary").click()
    links = page.locator("#asked-list a")
    assert links.all_text_contents() == [f"signs number {number}" for number in range(12)]
    links.nth(2).click()
    expect(page.locator("#log .asked").nth(2)).to_be_in_viewport()
    expect(page.locator("#log .asked h2").nth(2)).to_be_focused()
    page.click("#clear")
    expect(page.locator("#asked-list")).to_be_hidden()


def test_old_choices_are_text(page: Page) -> None:
    """What was offered to choose from is no button any more once something was asked after it."""
    ask(page, "which one")
    page.locator("#log .choices .next").first.click()
    answered(page, 2)
    expect(page.locator("#log .choices li")).to_have_count(3)
    expect(page.locator("#log .choices button")).to_have_count(0)


def test_article_moves_to_the_newest_quote(page: Page) -> None:
    """On a wide screen the article beside the chat shows the newest quote, without taking the focus."""
    ask(page, "signs")
    expect(page.locator("#article .current").first).to_be_in_viewport()
    ask(page, "aftercare")
    expect(page.locator("#article .current").first).to_be_in_viewport()
    expect(page.locator("#article .current").first).to_contain_text("aftercare")
    expect(page.locator("#box textarea")).to_be_focused()


def test_hint_belongs_to_the_box(page: Page, server: Server) -> None:
    """Who hears the box hears its hint, in the form of the first seconds, after it, and in another language."""
    for language in ("en", "es"):
        hint = server.chatbot.wordings[language].label("question_hint")
        expect(page.locator("#box textarea")).to_have_accessible_description(hint)
        if language == "en":
            page.locator(".languages a").click()
            expect(page.locator("#ask")).to_have_text(server.chatbot.wordings["es"].label("ask"))
    assert 'aria-describedby="first-hint"' in page.request.get(server.address).text()


def test_links_say_that_they_open_the_article(page: Page) -> None:
    """The name of each link into the article says what it does."""
    ask(page, "signs")
    name = "1 Step 1: Be aware of what heroin abuse looks like. · The Best Steps to Kicking a Heroin Addiction"
    expect(page.locator("#log a.citation")).to_have_accessible_name(f"{name} opens the article")
    ask(page, "weather")
    for link in page.locator("#log a.near").all():
        assert "opens the article" in (link.text_content() or "")


@pytest.mark.parametrize(
    ("locale", "lang", "language"), [("es-MX", "", "es"), ("ar-EG", "", "en"), ("es-MX", "?lang=en", "en")]
)
def test_language_of_the_browser(browser: Browser, server: Server, locale: str, lang: str, language: str) -> None:
    """A browser in Spanish gets the Spanish page; who chooses a language keeps it."""
    page = opened(browser.new_page(locale=locale), f"{server.address}/{lang}")
    assert page.evaluate("document.documentElement.lang") == language
    expect(page.locator("#ask")).to_have_text(server.chatbot.wordings[language].label("ask"))
    page.close()


def test_reading_order_for_those_who_hear(page: Page, server: Server) -> None:
    """In the accessibility tree: question, notice with its number, quotes each with source and origin, actions."""
    ask(page, "signs should i")
    tree = page.locator("#log").aria_snapshot()
    order = [
        'heading "You asked"',
        'heading "From this page"',
        'link "Call 1-800-662-4357"',
        'heading "From the article"',
        "Track marks on the arms or legs",
        "opens the article",
        "American Addiction Centers",
        'button "Copy with source"',
        'heading "You could ask next"',
        'button "Which kinds of treatment are there?"',
    ]
    places = []
    for part in order:
        places.append(tree.find(part, places[-1] if places else 0))
    assert -1 not in places, tree
    assert places == sorted(places)
    assert tree.count("listitem") >= 7
    assert server.chatbot.asked
