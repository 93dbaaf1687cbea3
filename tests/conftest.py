"""Fixtures that several test files share. Nothing here needs a model unless its name says so."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings as hypothesis_settings

from chatbot.answering.pipeline import AnswerPipeline
from chatbot.corpus.corpus import Corpus, load_corpus
from chatbot.corpus.notices import Wording, load_wordings
from chatbot.indexing import build
from chatbot.indexing.sources import load_sources
from chatbot.retrieval import candidates
from chatbot.service import factory
from chatbot.settings import ROOT, Settings
from tests.support.fakes import chatbot_over, write_corpus

REAL_CORPUS = ROOT / "corpus"

if TYPE_CHECKING:
    # Loaded by the fixtures themselves: most tests need neither a browser nor a page.
    from playwright.sync_api import Browser, BrowserContext, Page
    from starlette.types import ASGIApp

    from tests.support.client import Client
    from tests.support.page_fakes import Server

# No time limit for one example: on a machine that others use, a slow second would look like a fault.
hypothesis_settings.register_profile("shared machine", deadline=None)
hypothesis_settings.load_profile("shared machine")


@pytest.fixture(scope="session")
def real_corpus() -> Corpus:
    """The corpus that is shipped."""
    return load_corpus(REAL_CORPUS)


@pytest.fixture(scope="session")
def real_questions(real_corpus: Corpus) -> list[tuple[str, str]]:
    """Every question of the bank and of the topics, with its class."""
    return candidates.bank_examples(real_corpus)


@pytest.fixture(scope="session")
def wording() -> Wording:
    """The English wording that is shipped."""
    return load_wordings(REAL_CORPUS / "notices")["en"]


@pytest.fixture
def small_settings(tmp_path: Path) -> Settings:
    """Settings over the small corpus, with an empty index folder."""
    corpus = write_corpus(tmp_path, notices=REAL_CORPUS / "notices")
    return Settings(corpus=corpus, index=tmp_path / "index")


@pytest.fixture
def small_chatbot(small_settings: Settings) -> AnswerPipeline:
    """A chatbot over the small corpus, with an embedder that needs no model."""
    return chatbot_over(small_settings)


@pytest.fixture(scope="session")
def real_chatbot(tmp_path_factory: pytest.TempPathFactory) -> AnswerPipeline:
    """The chatbot that is shipped, with its model; uses the index in place when it fits, else builds one aside."""
    from chatbot.errors import ChatbotError
    from chatbot.models.encoder import load_embedder
    from chatbot.retrieval.index_files import load_index

    settings = Settings()
    sources, embedder = load_sources(settings), load_embedder(settings)
    try:
        index = load_index(settings.index, files=sources.corpus.files, embedder=embedder)
    except ChatbotError:
        settings = Settings(index=tmp_path_factory.mktemp("index"))
        index = build.build(settings, sources, embedder)
    return factory.make_chatbot(settings, sources, index, embedder)


@pytest.fixture(scope="module")
def server() -> Iterator["Server"]:
    """The page over the fake chatbot."""
    from chatbot.web.asgi import build_server
    from tests.browser.browser import served
    from tests.support.page_fakes import FakeChatbot, Server

    chatbot = FakeChatbot(Settings(question_burst=10_000, longest_message=600))
    with served(lambda: build_server(chatbot)) as address:
        yield Server(address, chatbot)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A browser; for one file at a time, since Playwright keeps an event loop open as long as it is there."""
    from tests.browser.browser import opened_browser

    with opened_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: "Browser", server: "Server") -> Iterator["Page"]:
    """The first view on a wide screen; fails the test when a script fails."""
    from tests.browser.browser import WIDE, opened

    page = browser.new_page(viewport=WIDE)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield opened(page, server.address)
    page.close()
    assert faults == []


@pytest.fixture
def phone(browser: "Browser", server: "Server") -> Iterator["Page"]:
    """The first view on a phone."""
    from tests.browser.browser import PHONE, opened

    page = browser.new_page(viewport=PHONE)
    yield opened(page, server.address)
    page.close()


@pytest.fixture
def context(browser: "Browser") -> Iterator["BrowserContext"]:
    """A fresh profile, in which the neutral page behind the exit exists."""
    from tests.browser.browser import NEUTRAL, WIDE

    context = browser.new_context(viewport=WIDE)
    context.route(f"{NEUTRAL}**", lambda route: route.fulfill(body="Sunny", content_type="text/plain"))
    yield context
    context.close()


@pytest.fixture(scope="module")
def app() -> "ASGIApp":
    """The server over the fake chatbot, without a rate limit in the way."""
    from chatbot.web.asgi import build_server
    from tests.support.page_fakes import FakeChatbot, made

    return made(lambda: build_server(FakeChatbot(Settings(question_burst=10_000))))


@pytest.fixture(scope="module")
def client(app: "ASGIApp") -> "Client":
    """Somebody who asks that server, from another machine."""
    from tests.support.client import Client

    return Client(app)
