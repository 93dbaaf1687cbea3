"""Replies made by Ray Serve: how many a second, and what becomes of them when a part is lost under load.

A cluster of three nodes is simulated on this machine: one without replicas, which takes requests, and two with one
replica each. Askers in this process play a page process. Every reply is compared with the one made in process before.
Run: ``python -m benchmarks.cluster [--smoke]``, with requirements-cluster.txt installed.
"""

import argparse
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import ray
from ray import serve
from ray.cluster_utils import Cluster

from benchmarks.latency import mixed_questions
from benchmarks.link import Link
from benchmarks.report import circumstances, table, write_section
from chatbot import assembly, triage
from chatbot.bot import Chatbot
from chatbot.cluster import make_app
from chatbot.conversation import Question
from chatbot.embedder import load_embedder
from chatbot.remote import Remote, Result, open_client
from chatbot.reply import Reply
from chatbot.settings import ROOT, Settings

PORT = 18_441
ASKERS = 8
PACE = 4.0  # questions a second while something is lost: a fraction of what two replicas can do here
SPEED = ["replies made", "a second", "of in process", "p50, ms", "p99, ms", "not by the cluster"]
LOSS = [
    "what is lost",
    "replies",
    "wrong",
    "failed",
    "emergencies lost",
    "made in process instead",
    "p50, ms",
    "p99, ms",
    "seconds until the cluster made all again",
]


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of one question: when it was sent (seconds), how long it took, the reply, and who made it."""

    number: int
    sent: float
    seconds: float
    reply: Reply
    result: Result | None  # None: an emergency that the rules saw


@dataclass(frozen=True, slots=True)
class Page:
    """A page process: the questions, the replies that it makes by itself, and the way to the cluster."""

    settings: Settings
    chatbot: Chatbot
    questions: Sequence[Question]
    right: Sequence[Reply]
    told: threading.local = field(default_factory=threading.local)

    def remote(self, port: int) -> Remote:
        """The way to a cluster at this port."""
        settings = replace(self.settings, cluster=f"http://127.0.0.1:{port}")
        return Remote(self.chatbot, open_client(settings), told=lambda result: setattr(self.told, "result", result))

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


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a few seconds, nothing written: does it run?")
    options = parser.parse_args()
    page = _page(Settings.from_environment(os.environ), count=40 if options.smoke else 300)
    seconds = 3.0 if options.smoke else 20.0
    with _cluster() as cluster:
        speed = table(SPEED, list(_speeds(page, seconds=seconds)))
        print(speed, flush=True)
        losses = _LOSSES[:1] if options.smoke else _LOSSES
        loss = table(LOSS, [_lost(page, cluster, what, lose, seconds=2 * seconds) for what, lose in losses])
        print(loss)
    if not options.smoke:
        about = f"{circumstances('python -m benchmarks.cluster')}, ray {ray.__version__}. {ASKERS} askers."
        write_section(ROOT / "docs" / "scaling.md", "cluster", f"{about}\n\n{speed}\n\n{loss}")


def _page(settings: Settings, *, count: int) -> Page:
    sources, embedder = assembly.load_sources(settings), load_embedder(settings)
    index = assembly.load_or_build(settings, sources, embedder)
    chatbot = assembly.make_chatbot(settings, sources, index, embedder)
    questions = mixed_questions(sources, count=count)
    return Page(settings, chatbot, questions, [chatbot.reply(question) for question in questions])


@contextmanager
def _cluster() -> Iterator[Cluster]:
    """A head that takes requests, and two nodes that make replies."""
    # Slow machines need longer than the seconds that Serve gives its proxy.
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60"}
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    for _ in range(2):
        cluster.add_node(num_cpus=1)
    variables = {"PYTHONPATH": str(ROOT), **{key: os.environ[key] for key in os.environ if key.startswith("CHATBOT_")}}
    ray.init(address=cluster.address, log_to_driver=False, runtime_env={"env_vars": variables})
    serve.start(http_options={"host": "127.0.0.1", "port": PORT, "location": "HeadOnly"})
    try:
        yield cluster
    finally:
        serve.shutdown()
        ray.shutdown()
        cluster.shutdown()


def _serve(*, replicas: int, threads: int) -> None:
    actor = {"num_cpus": 1, "runtime_env": {"env_vars": {"OMP_NUM_THREADS": str(threads)}}}
    app = make_app(num_replicas=replicas, ray_actor_options=actor, health_check_period_s=2)
    serve.run(app, name="word-for-word", route_prefix="/")


def _speeds(page: Page, *, seconds: float) -> Iterator[list[object]]:
    """Rows: in process, then by one replica and by two."""
    alone = page.closed_loop(page.chatbot.reply, seconds=seconds)
    yield _speed("in process, 2 threads", alone, alone, seconds)
    for replicas, threads in ((1, 1), (1, 2), (2, 1)):
        _serve(replicas=replicas, threads=threads)
        remote = page.remote(PORT)
        page.closed_loop(remote.reply, seconds=seconds / 4)  # the first replies of a replica are slow
        title = f"{replicas} replica{'s'[: replicas - 1]}, {threads} thread{'s'[: threads - 1]} each"
        yield _speed(title, page.closed_loop(remote.reply, seconds=seconds), alone, seconds)


def _speed(title: str, asked: Sequence[Asked], alone: Sequence[Asked], seconds: float) -> list[object]:
    elsewhere = sum(one.result not in (None, "taken") for one in asked)
    return [title, f"{len(asked) / seconds:.1f}", len(asked) / len(alone), *_percentiles(asked), elsewhere]


def _percentiles(asked: Sequence[Asked]) -> list[object]:
    return [round(1000 * float(value)) for value in np.percentile([one.seconds for one in asked], [50, 99])]


def _lost(
    page: Page, cluster: Cluster, what: str, lose: Callable[[Cluster, Link], None], *, seconds: float
) -> list[object]:
    """A row: questions keep coming, and after a quarter of the time something is lost."""
    _serve(replicas=2, threads=1)
    link = Link(PORT)
    remote = page.remote(link.port)
    page.closed_loop(remote.reply, seconds=3)
    with ThreadPoolExecutor(1) as aside:  # what is lost is lost from the main thread: Ray starts nodes from no other
        asking = aside.submit(page.paced, remote.reply, seconds=seconds)
        time.sleep(seconds / 4)
        moment = time.perf_counter()
        lose(cluster, link)
        asked = asking.result()
    link.close()
    return [what, len(asked), *_verdicts(page, asked), *_percentiles(asked), _recovered(asked, moment)]


def _verdicts(page: Page, asked: Sequence[Asked]) -> list[object]:
    """How many replies were wrong, failed, without an emergency notice that was due, and made in process."""
    found: Counter[str] = Counter()
    for one in asked:
        right = page.right[one.number % len(page.right)]
        due, shown = ({notice.id for notice in reply.notices} for reply in (right, one.reply))
        found["failed"] += "trouble.failed" in shown
        found["wrong"] += not _same(one.reply, right) and "trouble.failed" not in shown
        found["lost"] += any(triage.is_alarm(notice_id) for notice_id in due - shown)
        found["here"] += one.result not in (None, "taken")
    return [found["wrong"], found["failed"], found["lost"], found["here"]]


def _same(reply: Reply, right: Reply) -> bool:
    """Whether two replies show the same: scores may differ in their last digits, with what was encoded beside."""
    return (reply.notices, reply.companions, reply.abstention, reply.follow_ups, _places(reply)) == (
        right.notices,
        right.companions,
        right.abstention,
        right.follow_ups,
        _places(right),
    )


def _places(reply: Reply) -> list[object]:
    return [(quote.document.name, quote.span, quote.key) for quote in reply.quotes]


def _recovered(asked: Sequence[Asked], moment: float) -> str:
    """Seconds from the loss to the last question that the cluster did not answer; a dash when it answered all."""
    late = [one.sent - moment for one in asked if one.result not in (None, "taken")]
    if not late:
        return "-"
    last = max(one.sent for one in asked) - moment
    return "not again" if max(late) > last - 2 else f"{max(late):.1f}"


def _kill_replica(cluster: Cluster, link: Link) -> None:
    actors = ray.util.list_named_actors(all_namespaces=True)
    name = next(actor["name"] for actor in actors if actor["name"].startswith("SERVE_REPLICA"))
    ray.kill(ray.get_actor(name, namespace="serve"), no_restart=False)


def _kill_node(cluster: Cluster, link: Link) -> None:
    """The machine is gone at once; another takes its place seconds later."""
    node = sorted(cluster.worker_nodes, key=str)[0]
    cluster.remove_node(node, allow_graceful=False)
    time.sleep(5)
    cluster.add_node(num_cpus=1)


def _cut_link(cluster: Cluster, link: Link) -> None:
    link.cut = True
    time.sleep(5)
    link.cut = False


def _kill_head(cluster: Cluster, link: Link) -> None:
    """All of the cluster."""
    link.close()
    serve.shutdown()


_LOSSES: list[tuple[str, Callable[[Cluster, Link], None]]] = [
    ("a replica of two", _kill_replica),
    ("a node of two; another comes after 5 s", _kill_node),
    ("the link, for 5 s", _cut_link),
    ("the whole cluster", _kill_head),
]


def _in_threads(jobs: Sequence[Callable[[], list[Asked]]]) -> list[Asked]:
    """What all of them found; each in a thread of its own."""
    with ThreadPoolExecutor(len(jobs)) as threads:
        return [one for done in threads.map(lambda job: job(), jobs) for one in done]


if __name__ == "__main__":
    main()
