"""Fixtures that several test files share. Nothing here needs a model unless its name says so."""

import shutil
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
from chatbot.retrieval.index import Index
from chatbot.service import factory
from chatbot.settings import ROOT, Settings
from tests.support.fakes import HashEmbedder, chatbot_over, write_corpus

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, and those with the encoder last, so that no process ends long after the other.

    The first file that needs the index has it built while the other process runs files that do not need it.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    model = {item.path for item in items if item.get_closest_marker("model")}
    items.sort(key=lambda item: 0 if item.path in slow else 2 if item.path in model else 1)


@pytest.fixture(scope="session")
def real_corpus() -> Corpus:
    """The corpus that is shipped."""
    return load_corpus(REAL_CORPUS)


@pytest.fixture(scope="session")
def real_questions(real_corpus: Corpus) -> list[tuple[str, str]]:
    """Every question of the bank and of the topics, with its class."""
    return [(example.text, example.label) for example in candidates.bank_examples(real_corpus)]


@pytest.fixture(scope="session")
def wording() -> Wording:
    """The English wording that is shipped."""
    return load_wordings(REAL_CORPUS / "notices")["en"]


@pytest.fixture
def small_settings(tmp_path: Path) -> Settings:
    """Settings over the small corpus, with an empty index folder."""
    corpus = write_corpus(tmp_path, notices=REAL_CORPUS / "notices")
    return Settings(corpus=corpus, index=tmp_path / "index")


@pytest.fixture(scope="session")
def small_build(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Index]:
    """The index of the small corpus, as it is in memory, and its folder; built once."""
    folder = tmp_path_factory.mktemp("small")
    settings = Settings(corpus=write_corpus(folder, notices=REAL_CORPUS / "notices"), index=folder / "index")
    return settings.index, build.build(settings, load_sources(settings), HashEmbedder())


@pytest.fixture
def indexed_settings(small_settings: Settings, small_build: tuple[Path, Index]) -> Settings:
    """Settings over the small corpus, with a copy of its index in place."""
    shutil.copytree(small_build[0], small_settings.index)
    return small_settings


@pytest.fixture
def small_chatbot(indexed_settings: Settings) -> AnswerPipeline:
    """A chatbot over the small corpus, with an embedder that needs no model."""
    return chatbot_over(indexed_settings)


@pytest.fixture(scope="session")
def real_chatbot(pytestconfig: pytest.Config) -> AnswerPipeline:
    """The chatbot that is shipped, with its model and the operator's index; without a fitting one, with pytest's own.

    pytest's own index lies in its cache folder and is kept for the next run. One process builds it, the others wait.
    """
    from filelock import FileLock  # torch brings it

    from chatbot.errors import ChatbotError
    from chatbot.models.encoder import load_embedder
    from chatbot.retrieval.index_files import load_index

    settings = Settings()
    sources, embedder = load_sources(settings), load_embedder(settings)
    try:
        index = load_index(settings.index, files=sources.corpus.files, embedder=embedder)
    except ChatbotError:
        folder = pytestconfig.cache.mkdir("index")
        settings = Settings(index=folder)
        with FileLock(folder.with_suffix(".lock")):
            index = factory.load_or_build(settings, sources, embedder)
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
