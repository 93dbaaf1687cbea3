"""Changed articles are taken over while the page runs, and broken ones are not."""

import gc
import hashlib
import json
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from chatbot.answering.pipeline import AnswerPipeline
from chatbot.answering.reply import Reply
from chatbot.indexing import build
from chatbot.indexing.sources import load_sources, load_words
from chatbot.query.question import Question
from chatbot.service import factory
from chatbot.service.interface import ChatbotProtocol
from chatbot.service.reload import Reloader, corpus_state, index_state
from chatbot.service.startup import StartingChatbot
from chatbot.service.topic_counts import LEAST_COUNT, WRITTEN_EVERY, CountingChatbot, TopicCounts
from chatbot.settings import Settings
from chatbot.web.asgi import build_server
from tests.support.client import Client, Clock
from tests.support.fakes import HashEmbedder
from tests.support.page_fakes import GatedChatbot, made

pytestmark = pytest.mark.slow

QUESTION = Question("which medicines are used")
OLD, NEW = "Two medicines are used: alpha and beta.", "Two medicines are used: gamma and beta."


class Running:
    """A page over the small corpus, and the hands of an editor; ``turns`` notes what became of each change."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.embedder = HashEmbedder()
        self.turns: list[bool] = []
        self.looks: list[bool] = []
        self.load: Callable[[], ChatbotProtocol] = lambda: factory.load_chatbot(settings, self.embedder)
        sources = load_sources(settings)
        self.opening = StartingChatbot(
            settings=settings,
            sources=sources,
            wordings=load_words(settings, sources.corpus),
        )
        self.opening.start(lambda: factory.load_chatbot(settings, self.embedder)).join()
        self.renewal = Reloader(
            self.opening,
            load=lambda: self.load(),
            known=corpus_state(settings) | index_state(settings),
            on_reload=self.turns.append,
            on_look=self.looks.append,
        )

    def build(self) -> None:
        """What ``python -m chatbot build`` does, in another process mostly."""
        build.build(self.settings, load_sources(self.settings), self.embedder)

    def rewrite(self, old: str, new: str) -> None:
        """Change words of the article, and of what names them, as an editor does."""
        folder = self.settings.corpus / "small"
        before = hashlib.sha256((folder / "article.txt").read_bytes()).hexdigest()
        for name in ("article.txt", "questions.toml", "about.toml"):
            path = folder / name
            path.write_bytes(path.read_bytes().replace(old.encode(), new.encode()))
        after = hashlib.sha256((folder / "article.txt").read_bytes()).hexdigest()
        about = folder / "about.toml"
        about.write_bytes(about.read_bytes().replace(before.encode(), after.encode()))

    def look_twice(self) -> None:
        """Two looks with nothing changing between them."""
        self.renewal.look()
        self.renewal.look()

    def quoted(self) -> str:
        """The words that the page quotes now."""
        return self.opening.reply(QUESTION).quotes[0].text


@pytest.fixture
def running(indexed_settings: Settings) -> Running:
    """A page that answers from the small corpus."""
    return Running(replace(indexed_settings, reload_seconds=0.05))


def test_new_index_is_taken_over(running: Running) -> None:
    """After an article was changed and its index built, the next answers and the article's page are the new ones."""
    client = Client(made(lambda: build_server(running.opening)))
    assert (running.quoted(), "alpha" in client.get("/article/1").text) == (OLD, True)
    running.rewrite("alpha", "gamma")
    running.build()
    running.look_twice()
    assert (running.quoted(), running.turns) == (NEW, [True])
    for path in ("/article/1", "/"):
        page = client.get(path).text
        assert "gamma" in page
        assert "alpha" not in page


def test_nothing_new_is_not_read(running: Running) -> None:
    """As long as no file changes nothing is loaded."""
    for _ in range(3):
        running.look_twice()
    assert running.turns == []


def test_half_written_files_are_left_alone(running: Running) -> None:
    """Files that still change between two looks are not read."""
    path = running.settings.corpus / "glossary.toml"
    for size in range(1, 5):
        path.write_text("#" * size, encoding="utf-8")
        running.renewal.look()
    assert running.turns == []
    path.unlink()
    running.look_twice()
    assert running.turns == []


@pytest.mark.parametrize("fault", ["stale", "torn", "no manifest", "broken file", "crash"])
def test_broken_news_is_refused(running: Running, caplog: pytest.LogCaptureFixture, fault: str) -> None:
    """What cannot be used is refused with the reason in words and only once; the old articles go on."""
    if fault == "stale":
        running.rewrite("alpha", "gamma")  # and nobody has built
    elif fault == "torn":
        running.rewrite("alpha", "gamma")
        running.build()
        next(running.settings.index.glob("build-*/rows.npy")).write_bytes(b"")
    elif fault == "no manifest":
        (running.settings.index / "manifest.json").unlink()
    elif fault == "broken file":
        (running.settings.corpus / "requests.toml").write_text("[[", encoding="utf-8")
    else:
        running.rewrite("alpha", "gamma")
        running.load = lambda: AnswerPipeline(**{})
    for _ in range(3):
        running.look_twice()
    assert (running.quoted(), running.turns) == (OLD, [False])
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert [line.startswith("the changed articles are refused, the old ones go on") for line in said] == [True]
    assert fault == "crash" or "Next step:" in said[0]


def test_mended_news_is_taken_over(running: Running) -> None:
    """What was refused is tried again as soon as it is mended: here the index comes before its articles."""
    old = {path: path.read_bytes() for path in running.settings.corpus.rglob("*") if path.is_file()}
    running.rewrite("alpha", "gamma")
    running.build()
    new = {path: path.read_bytes() for path in old}
    for contents, quoted in ((old, OLD), (new, NEW)):
        for path, content in contents.items():
            path.write_bytes(content)
        running.look_twice()
        assert running.quoted() == quoted
    assert running.turns == [False, True]


def test_corrected_number_needs_no_build(running: Running) -> None:
    """A corrected telephone number is on the page without an index being built."""
    client = Client(made(lambda: build_server(running.opening)))
    contacts = running.settings.corpus / "notices" / "contacts.toml"
    contacts.write_text(contacts.read_text(encoding="utf-8").replace('tel = "988"', 'tel = "989"'), encoding="utf-8")
    running.look_twice()
    assert running.turns == [True]
    assert 'href="tel:989"' in client.get("/").text


def test_a_tally_goes_on(running: Running, tmp_path: Path) -> None:
    """What is counted goes on over a change, in the same numbers."""
    clock, path = Clock(), tmp_path / "tally.json"
    tally = TopicCounts(path, today=lambda: date(2026, 1, 31), clock=clock)
    before = CountingChatbot(factory.load_chatbot(running.settings, running.embedder), tally)
    running.load = lambda: CountingChatbot(factory.load_chatbot(running.settings, running.embedder), tally)
    before.reply(QUESTION)
    running.rewrite("alpha", "gamma")
    running.build()
    running.look_twice()
    clock.now += WRITTEN_EVERY - 1
    for _ in range(LEAST_COUNT - 2):
        assert running.quoted() == NEW
    clock.now += 1
    running.quoted()
    assert json.loads(path.read_text())["2026-01-31"]["answer small/medicines"] == LEAST_COUNT


def test_another_language_needs_a_restart(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    """A language that came or went is refused with the word that a restart takes it."""
    (running.settings.corpus / "notices" / "es.toml").unlink()
    running.look_twice()
    assert (sorted(running.opening.wordings), running.turns) == (["en", "es"], [False])
    assert "start the page again" in caplog.text


def test_old_one_is_released(running: Running) -> None:
    """After the turn nothing holds the old chatbot with its index any more, however often it turns."""
    for letters in (("alpha", "gamma"), ("gamma", "delta")):
        old = weakref.ref(running.opening.current)
        running.rewrite(*letters)
        running.build()
        running.look_twice()
        gc.collect()
        assert old() is None
    assert running.turns == [True, True]


def test_question_on_its_way_is_finished_by_the_old_one(small_settings: Settings) -> None:
    """Who asked before the turn gets the old one's answer after it, and a new question does not wait for that."""
    slow, quick = GatedChatbot(replace(small_settings, corpus=Settings().corpus)), GatedChatbot()
    quick.gate.set()
    opening = StartingChatbot(
        settings=slow.settings,
        sources=load_sources(small_settings),
        wordings=slow.wordings,
    )
    opening.start(lambda: slow).join()
    replies: list[Reply] = []
    asking = threading.Thread(target=lambda: replies.append(opening.reply(Question("signs"))))
    asking.start()
    opening.switch_to(quick)
    assert opening.reply(Question("signs")).quotes
    assert replies == []
    slow.gate.set()
    asking.join(timeout=10)
    assert (len(replies), len(slow.asked), len(quick.asked)) == (1, 1, 1)


def test_it_looks_by_itself(running: Running) -> None:
    """Once started it notices a change within a few looks, without anybody asking."""
    running.renewal.start()
    running.rewrite("alpha", "gamma")
    running.build()
    deadline = time.monotonic() + 20
    while running.quoted() != NEW:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_file_put_in_place_is_noticed(small_settings: Settings, tmp_path: Path) -> None:
    """A file with the same length and date that was moved over the old one is a change."""
    path = small_settings.corpus / "requests.toml"
    before, stat = corpus_state(small_settings), path.stat()
    other = tmp_path / "other"
    other.write_bytes(path.read_bytes())
    os.utime(other, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    other.replace(path)
    assert corpus_state(small_settings) != before


def test_looking_goes_on_after_any_error(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    """A loop of links in the corpus is said once, by its class; when it is gone, changes are followed as before."""
    loop = running.settings.corpus / "loop.toml"
    loop.symlink_to(loop)
    with caplog.at_level("INFO", "chatbot"):
        for _ in range(3):
            running.renewal.try_to_look()
        assert (running.renewal.trouble, running.looks) == ("OSError", [False] * 3)
        loop.unlink()
        running.renewal.try_to_look()
    assert (running.renewal.trouble, running.looks[-1]) == ("", True)
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "the articles cannot be looked at, the old ones go on",
        "the articles can be looked at again",
    ]
