"""Readable and usable for everybody: rules of axe, sizes to tap, zoom, keyboard, languages, at every width."""

from collections.abc import Callable, Iterator
from itertools import combinations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from chatbot.settings import Settings
from chatbot.web.asgi import build_server
from tests.browser.browser import GRADIO_AND_PANDAS, PHONE, ask, opened, served
from tests.support.page_fakes import FakeChatbot

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings(GRADIO_AND_PANDAS)]

# Colours change with the scheme and sizes with the width: every width in one scheme, two in the other.
WIDTHS = {"light": (320, 360, 768, 1280), "dark": (390, 1280)}
TARGETS = """all => all.filter((element) => {
  const box = element.getBoundingClientRect();
  const seen = element.checkVisibility({ visibilityProperty: true }) && box.width > 1;
  return seen && (box.width < 43.5 || box.height < 43.5);
}).map((element) => element.outerHTML.slice(0, 120))"""

# Text that is wider than its box and does not show.
CUT_OFF = """root => [...root.querySelectorAll('*')].filter((element) => {
  const seen = element.checkVisibility({ visibilityProperty: true }) && element.clientWidth > 1;
  const hides = getComputedStyle(element).overflowX !== 'visible';
  return seen && hides && element.scrollWidth > element.clientWidth + 1;
}).map((element) => element.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The page over the fake chatbot."""
    with served(lambda: build_server(FakeChatbot(Settings(question_burst=10_000)))) as address:
        yield address


def first_view(page: Page) -> None:
    """Nothing is asked yet."""


def answer(page: Page) -> None:
    """A list, a companion notice, next questions."""
    ask(page, "signs should i")


def abstention(page: Page) -> None:
    """Not covered."""
    ask(page, "weather")


def choice(page: Page) -> None:
    """Questions of which one was probably meant."""
    ask(page, "which one")


def perhaps(page: Page) -> None:
    """A place that may be no answer."""
    ask(page, "perhaps")


def emergency(page: Page) -> None:
    """The red card."""
    ask(page, "he is blue")


def article_open(page: Page) -> None:
    """The article, as a sheet where it is narrow."""
    ask(page, "medications-named")
    page.locator("#log a.citation").last.click()


def folded(page: Page) -> None:
    """Old replies, one of them opened, and the list to jump by."""
    for text in ("signs", "weather", "aftercare", "he is blue", "signs"):
        ask(page, text)
    page.locator("#log .folded summary").first.click()
    page.locator("#asked-list summary").click()


def taken_back(page: Page) -> None:
    """The last question in the box again."""
    ask(page, "signs")
    ask(page, "weather")
    page.locator("#log .edit").click()
    expect(page.locator("#log .reply")).to_have_count(1)


def trouble(page: Page) -> None:
    """A refused question."""
    page.route("**/queue/join*", lambda route: route.fulfill(status=429, body="{}"))
    page.fill("#box textarea", "signs")
    page.press("#box textarea", "Enter")
    expect(page.locator("#trouble h3")).to_be_visible()


def on_paper(page: Page) -> None:
    """As it is printed."""
    ask(page, "signs")
    page.emulate_media(media="print")


def privacy_notice(page: Page) -> None:
    """The page behind the link at the foot."""
    page.locator('.foot a[href*="/privacy"]:not([href*="#"])').click()
    page.wait_for_url("**/privacy*")


STATES = (
    *(first_view, answer, abstention, choice, perhaps, emergency, article_open, folded, taken_back),
    *(trouble, on_paper, privacy_notice),
)


def violations(page: Page) -> list[str]:
    """What axe finds, of any level."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:200]}"
        for rule in found
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_axe_finds_nothing(browser: Browser, address: str, state: Callable[[Page], None], scheme: str) -> None:
    """No rule of axe is broken in any state, width and scheme; nothing is wider than the screen."""
    page = browser.new_page(viewport=PHONE, color_scheme=scheme)  # type: ignore[arg-type]
    opened(page, address)
    state(page)
    for width in WIDTHS[scheme]:
        page.set_viewport_size({"width": width, "height": 800})
        if state is article_open and width < 1024:
            page.locator("#log a.citation").last.evaluate("link => link.click()")
        page.wait_for_timeout(60)
        assert violations(page) == [], width
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize("locale", ["ar-EG", "es-MX"])
def test_axe_finds_nothing_in_another_browser(browser: Browser, address: str, locale: str) -> None:
    """No rule is broken where the browser prefers another language, one that is written from the right among them."""
    page = browser.new_page(viewport=PHONE, locale=locale)
    opened(page, f"{address}/?lang=en")
    for state in (first_view, answer, abstention, emergency):
        state(page)
        assert violations(page) == [], state.__name__
        assert page.evaluate("getComputedStyle(document.querySelector('#page')).direction") == "ltr"
    page.close()


@pytest.mark.parametrize("language", ["en", "es"])
def test_400_percent(browser: Browser, address: str, language: str) -> None:
    """At 400 % zoom of a 1280 by 1024 screen everything is there in one column: no rule broken, nothing cut off."""
    page = browser.new_page(viewport={"width": 320, "height": 256})
    opened(page, f"{address}/?lang={language}")
    for state in (first_view, answer, abstention, emergency):
        state(page)
        assert violations(page) == [], state.__name__
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert page.locator("#page").evaluate(CUT_OFF) == []
    page.locator("#log .near").first.click()
    assert page.get_by_role("dialog").evaluate(CUT_OFF) == []
    assert violations(page) == []
    page.close()


@pytest.mark.parametrize("language", ["en", "es"])
def test_call_is_in_view_at_400_percent(browser: Browser, address: str, language: str) -> None:
    """At 400 % zoom the way to call 911 is in sight when an emergency is answered, below the words that say why."""
    page = browser.new_page(viewport={"width": 320, "height": 256})
    opened(page, f"{address}/?lang={language}")
    ask(page, "he is blue")
    expect(page.locator('#log .crisis a[href="tel:911"]')).to_be_in_viewport(ratio=0.99)
    expect(page.locator("#log .crisis h3")).to_be_in_viewport(ratio=0.99)
    page.close()


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(("width", "height"), [(320, 568), (360, 640), (768, 1024), (1280, 720)])
def test_first_view_fits(browser: Browser, address: str, width: int, height: int, language: str) -> None:
    """Without scrolling one sees the numbers, the way out, what this is, and where to ask."""
    page = browser.new_page(viewport={"width": width, "height": height})
    opened(page, f"{address}/?lang={language}")
    for selector in (
        '.bar a[href="tel:911"]',
        "#exit",
        "h1",
        ".intro p:not(.languages, .to-article)",
        "#box textarea",
        "#ask",
    ):
        expect(page.locator(selector).last).to_be_in_viewport(ratio=0.99)
    assert page.locator("#page").evaluate(CUT_OFF) == []
    page.close()


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_targets_are_large(browser: Browser, address: str, width: int, language: str) -> None:
    """Everything to tap has 44 by 44 pixels, in both languages, in every state."""
    page = browser.new_page(viewport={"width": width, "height": 800})
    opened(page, f"{address}/?lang={language}")
    for text in ("", "signs should i", "weather", "he is blue"):
        if text:
            ask(page, text)
        assert page.locator("a, button, summary, textarea").evaluate_all(TARGETS) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize("language", ["en", "es"])
def test_bar_has_room(browser: Browser, address: str, language: str) -> None:
    """In both languages nothing in the bar lies over anything else, on the narrowest phone too."""
    page = browser.new_page(viewport=PHONE)
    opened(page, f"{address}/?lang={language}")
    for width in (320, 360, 390, 768):
        page.set_viewport_size({"width": width, "height": 800})
        boxes = [link.bounding_box() for link in page.locator(".bar a:not(.skip)").all()]
        for one, other in combinations([box for box in boxes if box], 2):
            beside = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
            assert beside or one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
        assert page.locator(".bar b").evaluate_all(
            "all => all.every((b) => b.scrollWidth <= b.parentElement.clientWidth)"
        )
    page.close()


# How many lines the text of an element takes.
LINES = """all => all.map((element) => {
  const range = document.createRange();
  range.selectNodeContents(element);
  return new Set([...range.getClientRects()].map((line) => Math.round(line.top))).size;
})"""


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [256, 320, 360, 390, 1280])
def test_numbers_stay_in_one_piece(browser: Browser, address: str, width: int, language: str) -> None:
    """No number to call is broken at the end of a line, in the bar or in a reply, and none widens the page."""
    page = browser.new_page(viewport={"width": width, "height": 800})
    opened(page, f"{address}/?lang={language}")
    for text in ("should i weather", "he is blue", "insurance"):
        ask(page, text)
        numbers = page.locator(".bar b, #log .phone").evaluate_all(LINES)
        assert set(numbers) == {1}
        assert page.evaluate("document.documentElement.scrollWidth") <= max(width, 320)
    page.close()


# Pixels between the words before a number and the number, on each button that has both.
APART = """buttons => buttons.filter(button => button.querySelector(".phone")).map(button => {
  const words = document.createRange();
  words.selectNodeContents(button.firstChild);
  return button.querySelector(".phone").getBoundingClientRect().left - words.getBoundingClientRect().right;
})"""


def test_words_and_numbers_stand_apart(browser: Browser, address: str) -> None:
    """On a button the number does not run into the word before it."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    opened(page, address)
    ask(page, "insurance")
    gaps = page.locator("#log .contacts a").evaluate_all(APART)
    page.close()
    assert gaps
    assert min(gaps) >= 3


@pytest.mark.parametrize("language", ["en", "es"])
def test_nothing_lies_under_the_bar(browser: Browser, address: str, language: str) -> None:
    """However high the bar grows, the begin of a reply stands below it, and so does the article."""
    page = browser.new_page(viewport={"width": 320, "height": 640})
    opened(page, f"{address}/?lang={language}")
    ask(page, "medications-named")
    page.add_style_tag(content="html { font-size: 130% }")
    ask(page, "signs")
    edge = page.locator(".bar").evaluate("bar => bar.getBoundingClientRect().bottom")
    for part in (page.locator("#log .asked").last, page.locator("#close-article")):
        if part.get_attribute("id") == "close-article":
            page.locator("#log a.citation").last.click()
        assert part.evaluate("element => element.getBoundingClientRect().top") > edge - 1
    page.close()


def test_bar_is_low(browser: Browser, address: str) -> None:
    """The bar takes at most 68 pixels of a phone, and nothing sticks to the screen at 400 % zoom."""
    page = browser.new_page(viewport=PHONE)
    opened(page, address)
    bar = page.locator(".bar").bounding_box()
    assert bar
    assert bar["height"] <= 68
    page.set_viewport_size({"width": 320, "height": 256})
    ask(page, "signs")
    positions = page.locator(".bar, #composer").evaluate_all("all => all.map((e) => getComputedStyle(e).position)")
    assert set(positions) == {"static"}
    page.close()


@pytest.mark.parametrize("locale", ["en-US", "es-MX", "ar-EG"])
def test_language_is_the_pages_own(browser: Browser, address: str, locale: str) -> None:
    """The language of the page is the one chosen, whatever the browser prefers."""
    page = browser.new_page(locale=locale)
    opened(page, f"{address}/?lang=en")
    ask(page, "signs")
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") in (["en", ""], ["en", "ltr"])
    assert page.locator("#log [aria-label*='<']").count() == 0
    page.close()


def test_keyboard_alone(browser: Browser, address: str) -> None:
    """Everything is reached by Tab in reading order, focus is never hidden by the bar, and shows."""
    page = browser.new_page(viewport=PHONE)
    opened(page, address)
    ask(page, "signs")
    seen: list[str] = []
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("(e => e.id || e.className || e.tagName)(document.activeElement)"))
        hidden = page.evaluate(
            "(e => { const b = e.getBoundingClientRect(), bar = document.querySelector('.bar').getBoundingClientRect();"
            "return !e.closest('.bar, .skip') && b.bottom <= bar.bottom && b.height > 1; })(document.activeElement)"
        )
        assert not hidden, seen[-1]
    order = ["citation", "copy", "next", "ask", "clear", "print", "starter"]
    places = [seen.index(name) for name in order]
    assert places == sorted(places)
    page.close()


def test_one_heading_and_landmarks(browser: Browser, address: str) -> None:
    """One h1, one main region, the help as a region, the article as complement, and live regions from load."""
    page = browser.new_page()
    opened(page, address)
    assert page.locator("h1").count() == 1
    assert page.get_by_role("main").count() == 1
    assert page.get_by_role("region", name="Emergency help").count() == 1
    for role in ("banner", "complementary", "contentinfo"):
        assert page.get_by_role(role).count() == 1, role  # type: ignore[arg-type]
    assert page.locator("[role=alert]").count() == 2
    assert page.locator("[role=log]").get_attribute("aria-label") == "Conversation"
    page.close()
