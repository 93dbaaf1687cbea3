"""Askers of a page, each reply beside the one that was made before anything was lost."""

import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.latency import mixed_questions
from chatbot.answering.pipeline import AnswerPipeline
from chatbot.answering.reply import Reply
from chatbot.cluster.client import RemoteChatbot, Result, open_client
from chatbot.indexing.sources import load_sources
from chatbot.models.encoder import load_embedder
from chatbot.query.question import Question
from chatbot.service import factory
from chatbot.settings import Settings
from chatbot.triage import severity

ASKERS = 8
PACE = 4.0  # questions a second while something is lost: a fraction of what two replicas can do here


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of one question: when it was sent (seconds), how long it took, the reply, and who made it."""

    number: int
    sent: float
    seconds: float
    reply: Reply
    result: Result | None  # None: an emergency that the rules saw

    @property
    def made_here(self) -> bool:
        """Whether the page made the reply although the cluster was asked."""
        return self.result not in (None, "taken")


@dataclass(frozen=True, slots=True)
class Page:
    """A page process: the questions, the replies that it makes by itself, and the way to the cluster."""

    settings: Settings
    chatbot: AnswerPipeline
    questions: Sequence[Question]
    right: Sequence[Reply]
    told: threading.local = field(default_factory=threading.local)

    def remote(self, port: int) -> RemoteChatbot:
        """The way to a cluster at this port."""
        settings = replace(self.settings, cluster=f"http://127.0.0.1:{port}")
        return RemoteChatbot(
            self.chatbot, open_client(settings), on_result=lambda result: setattr(self.told, "result", result)
        )

    def ask(self, number: int, reply: Callable[[Question], Reply]) -> Asked:
        """One question, timed."""
        self.told.result = None
        begun = time.perf_counter()
        made = reply(self.questions[number % len(self.questions)])
        return Asked(number, begun, time.perf_counter() - begun, made, self.told.result)

    def closed_loop(self, reply: Callable[[Question], Reply], *, seconds: float) -> list[Asked]:
        """Askers who ask again as soon as they are answered."""
        end = time.perf_counter() + seconds

        def ask_on(number: int) -> list[Asked]:
            asked = []
            while time.perf_counter() < end:
                asked.append(self.ask(number, reply))
                number += ASKERS
            return asked

        return _in_threads([partial(ask_on, number) for number in range(ASKERS)])

    def paced(self, reply: Callable[[Question], Reply], *, seconds: float) -> list[Asked]:
        """Questions at a steady pace, whether or not the earlier ones are answered."""
        count = int(seconds * PACE)
        begun = time.perf_counter()

        def ask_later(number: int) -> list[Asked]:
            time.sleep(max(0.0, begun + number / PACE - time.perf_counter()))
            return [self.ask(number, reply)]

        return _in_threads([partial(ask_later, number) for number in range(count)])


@dataclass(frozen=True, slots=True)
class Loss:
    """What was asked while something was lost, when that began, and when what could come back was back (seconds)."""

    asked: Sequence[Asked]
    begun: float
    ended: float


def while_lost(page: Page, reply: Callable[[Question], Reply], lose: Callable[[], object], *, seconds: float) -> Loss:
    """Questions keep coming at a steady pace, and after a quarter of the time something is lost."""
    with ThreadPoolExecutor(1) as aside:  # what is lost is lost from the main thread: Ray starts nodes from no other
        asking = aside.submit(page.paced, reply, seconds=seconds)
        time.sleep(seconds / 4)
        begun = time.perf_counter()
        lose()
        ended = time.perf_counter()
        return Loss(asking.result(), begun, ended)


def page_of(settings: Settings, *, count: int) -> Page:
    """A page with so many mixed questions."""
    sources, embedder = load_sources(settings), load_embedder(settings)
    index = factory.load_or_build(settings, sources, embedder)
    chatbot = factory.make_chatbot(settings, sources, index, embedder)
    questions = mixed_questions(sources, count=count)
    return Page(settings, chatbot, questions, [chatbot.reply(question) for question in questions])


def verdicts(page: Page, asked: Sequence[Asked]) -> list[object]:
    """How many replies were wrong, failed, without an emergency notice that was due, and made in process."""
    found: Counter[str] = Counter()
    for one in asked:
        right = page.right[one.number % len(page.right)]
        due, shown = ({notice.id for notice in reply.notices} for reply in (right, one.reply))
        found["failed"] += one.reply.failed
        found["wrong"] += not one.reply.failed and not _same(one.reply, right)
        found["lost"] += any(severity.is_alarm(notice_id) for notice_id in due - shown)
        found["here"] += one.made_here
    return [found["wrong"], found["failed"], found["lost"], found["here"]]


def unbanked(corpus: Path, folder: Path) -> Path:
    """A copy of the corpus without its question bank, so that every answer comes from a search of vectors."""
    copy = Path(shutil.copytree(corpus, folder / "corpus"))
    for bank in copy.glob("*/questions.toml"):
        bank.write_text("", encoding="utf-8")
    for about in copy.glob("*/about.toml"):  # what names answers of the bank
        lines = about.read_text(encoding="utf-8").splitlines(keepends=True)
        about.write_text("".join(line for line in lines if not line.startswith(("starters", "who_decides"))))
    return copy


def _same(reply: Reply, right: Reply) -> bool:
    """Whether two replies show the same: scores may differ in their last digits, with what was encoded beside."""
    unquoted, right_unquoted = replace(reply, quotes=()), replace(right, quotes=())
    return (unquoted, _places(reply)) == (right_unquoted, _places(right))


def _places(reply: Reply) -> list[object]:
    return [(quote.document.name, quote.span, quote.key) for quote in reply.quotes]


def percentiles(asked: Sequence[Asked]) -> list[object]:
    """Median and 99th percentile, milliseconds."""
    return [round(1000 * float(value)) for value in np.percentile([one.seconds for one in asked], [50, 99])]


def _in_threads(jobs: Sequence[Callable[[], list[Asked]]]) -> list[Asked]:
    """What all of them found; each in a thread of its own."""
    with ThreadPoolExecutor(len(jobs)) as threads:
        return [one for done in threads.map(lambda job: job(), jobs) for one in done]
