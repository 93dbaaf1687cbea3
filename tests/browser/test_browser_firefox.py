"""The main tests of the page once more, in Firefox: asking, emergencies, the article, another language, changing."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.browser import GRADIO_AND_PANDAS, opened_firefox
from tests.browser.test_browser import test_article_is_a_sheet_on_a_phone as test_article_is_a_sheet_on_a_phone
from tests.browser.test_browser import test_ask_button as test_ask_button
from tests.browser.test_browser import test_asking as test_asking
from tests.browser.test_browser import test_breaking_a_line as test_breaking_a_line
from tests.browser.test_browser import test_citation_opens_the_article as test_citation_opens_the_article
from tests.browser.test_browser import test_clearing as test_clearing
from tests.browser.test_browser import test_emergency as test_emergency
from tests.browser.test_browser import test_not_covered as test_not_covered
from tests.browser.test_browser import test_questions_to_tap as test_questions_to_tap
from tests.browser.test_browser_edit import test_changed_after_another_language as test_changed_after_another_language
from tests.browser.test_browser_edit import test_last_question_is_changed as test_last_question_is_changed
from tests.browser.test_browser_language import (
    test_switching_keeps_the_conversation as test_switching_keeps_the_conversation,
)
from tests.browser.test_browser_long import test_jump_unfolds as test_jump_unfolds

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings(GRADIO_AND_PANDAS)]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Firefox in place of Chromium, for every page of this file."""
    with opened_firefox(tmp_path_factory.mktemp("firefox")) as firefox:
        yield firefox


def test_it_is_firefox(browser: Browser) -> None:
    """What runs here is Firefox."""
    page = browser.new_page()
    assert "Firefox/" in page.evaluate("navigator.userAgent")
    page.close()
