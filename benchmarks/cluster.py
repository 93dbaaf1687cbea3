"""Replies made by Ray Serve: how many a second, and what becomes of them when a part is lost under load.

A cluster of three nodes is simulated on this machine: one without replicas, which takes requests, and two with one
replica each. Askers in this process play a page process. Every reply is compared with the one made in process before.
Run: ``python -m benchmarks.cluster [--smoke]``, with requirements-cluster.txt installed.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import ray
from ray import serve
from ray.cluster_utils import Cluster

from benchmarks.support.asking import ASKERS, Asked, Page, page_of, percentiles, verdicts, while_lost
from benchmarks.support.link import Link
from benchmarks.support.report import circumstances, table, write_section
from chatbot.cluster.replica import make_app
from chatbot.settings import ROOT, Settings

PORT = 18_441
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


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a few seconds, nothing written: does it run?")
    options = parser.parse_args()
    page = page_of(Settings.from_environment(os.environ), count=40 if options.smoke else 300)
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
    elsewhere = sum(one.made_here for one in asked)
    return [title, f"{len(asked) / seconds:.1f}", len(asked) / len(alone), *percentiles(asked), elsewhere]


def _lost(
    page: Page, cluster: Cluster, what: str, lose: Callable[[Cluster, Link], None], *, seconds: float
) -> list[object]:
    """A row: what becomes of questions while something is lost."""
    _serve(replicas=2, threads=1)
    link = Link(PORT)
    remote = page.remote(link.port)
    page.closed_loop(remote.reply, seconds=3)
    loss = while_lost(page, remote.reply, lambda: lose(cluster, link), seconds=seconds)
    link.close()
    asked = loss.asked
    return [what, len(asked), *verdicts(page, asked), *percentiles(asked), _recovered(asked, loss.begun)]


def _recovered(asked: Sequence[Asked], moment: float) -> str:
    """Seconds from the loss to the last question that the cluster did not answer; a dash when it answered all."""
    late = [one.sent - moment for one in asked if one.made_here]
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


if __name__ == "__main__":
    main()
