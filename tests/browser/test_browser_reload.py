"""Articles are changed while somebody has the page open."""

import hashlib
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from chatbot.indexing import sources
from chatbot.service.startup import StartingChatbot
from chatbot.settings import Settings
from chatbot.web.asgi import build_server
from tests.browser.browser import GRADIO_AND_PANDAS, answered, ask, opened, served
from tests.conftest import REAL_CORPUS
from tests.support.page_fakes import FakeChatbot

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings(GRADIO_AND_PANDAS)]

ADDED = "An editor has added this sentence.\n\n"
AFTER = "Families that want to help encourage"


def changed(folder: Path) -> Settings:
    """The real corpus with a sentence more, so that everything behind it stands elsewhere."""
    corpus = shutil.copytree(REAL_CORPUS, folder / "corpus")
    (article,) = corpus.glob("*/article.txt")
    raw = article.read_bytes()
    article.write_bytes(raw.replace(AFTER.encode(), f"{ADDED}{AFTER}".encode()))
    about = article.with_name("about.toml")
    before, after = (hashlib.sha256(content).hexdigest() for content in (raw, article.read_bytes()))
    assert before != after
    about.write_text(about.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
    return Settings(corpus=corpus, question_burst=10_000)


def test_open_page_outlives_its_articles(context: BrowserContext, tmp_path: Path) -> None:
    """On a page from before a change each quote opens the text that it was taken from, a new one in another tab."""
    old, new = FakeChatbot(Settings(question_burst=10_000)), FakeChatbot(changed(tmp_path))
    opening = StartingChatbot(
        settings=old.settings,
        sources=sources.load_sources(old.settings),
        wordings=old.wordings,
    )
    opening.start(lambda: old).join()
    with served(lambda: build_server(opening)) as address:
        page = opened(context.new_page(), address)
        ask(page, "signs")
        opening.switch_to(new)
        ask(page, "signs")
        answered(page, 2)
        citations, quotes = page.locator("#log a.citation"), page.locator("#log blockquote")
        assert citations.nth(0).get_attribute("href") != citations.nth(1).get_attribute("href")
        citations.nth(0).click()
        marked = page.locator("#article .current")
        assert [text for text in marked.all_text_contents() if text not in (quotes.nth(0).text_content() or "")] == []
        assert marked.count() > 0
        with context.expect_page() as opened_beside:
            citations.nth(1).click()
        beside = opened_beside.value
        expect(beside.locator("#quoted")).to_be_in_viewport()
        expect(beside.locator("#quoted")).to_have_text("Signs of use can include:")
        expect(beside.locator("#text")).to_contain_text(ADDED.strip())
        expect(page.locator("#log .reply")).to_have_count(2)
