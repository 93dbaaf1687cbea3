"""Replies made by Ray Serve on this machine, and what becomes of them when a part of it is lost."""

import dataclasses
import importlib.util
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

if importlib.util.find_spec("ray") is None:
    pytest.skip("make test-cluster installs Ray", allow_module_level=True)

import ray
from ray import serve

from benchmarks.support.link import Link
from chatbot.cluster.client import RemoteChatbot, Result, open_client
from chatbot.cluster.replica import make_app
from chatbot.models.encoder import Embedder
from chatbot.query.question import Question
from chatbot.settings import ROOT, Settings
from tests.conftest import REAL_CORPUS
from tests.support.cluster_fakes import load_counting, load_fake
from tests.support.fakes import EVERY_KIND, chatbot_over, write_article, write_corpus

PORT = 18_431


class Site:
    """A page process over a corpus, and the cluster that makes its replies."""

    def __init__(self, settings: Settings) -> None:
        self.settings = dataclasses.replace(settings, cluster=f"http://127.0.0.1:{PORT}", cluster_seconds=5.0)
        self.told: list[Result] = []
        self.local = chatbot_over(self.settings)

    def remote(self, **changes: object) -> RemoteChatbot:
        """The page's way to ask."""
        return RemoteChatbot(
            self.local, open_client(dataclasses.replace(self.settings, **changes)), on_result=self.told.append
        )

    def serve(self, load: Callable[[Settings], Embedder] = load_fake, *, replicas: int = 2) -> None:
        """The replicas run, with these articles."""
        names = {"CHATBOT_CORPUS": self.settings.corpus, "CHATBOT_INDEX": self.settings.index}
        variables = {name: str(path) for name, path in names.items()}
        variables |= {"CHATBOT_RELOAD_SECONDS": "0.2", "FAKE_LOG": str(self.settings.index / "batches.txt")}
        options = {"num_cpus": 0.1, "runtime_env": {"env_vars": variables}}
        app = make_app(load, num_replicas=replicas, ray_actor_options=options, health_check_period_s=1)
        serve.run(app, name="word-for-word", route_prefix="/")


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[None]:
    """A local Ray, with Serve."""
    # Slow machines need longer than the ten seconds that Serve gives its proxy.
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60"}
    ray.init(
        address="local",
        num_cpus=4,
        include_dashboard=False,
        log_to_driver=False,
        runtime_env={"env_vars": {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}},
    )
    serve.start(http_options={"host": "127.0.0.1", "port": PORT})
    yield
    serve.shutdown()
    ray.shutdown()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Two replicas over the small corpus."""
    folder = tmp_path_factory.mktemp("site")
    site = Site(Settings(corpus=write_corpus(folder, notices=REAL_CORPUS / "notices"), index=folder / "index"))
    site.serve()
    return site


def replicas() -> list[str]:
    """Names of the replicas that live."""
    actors = ray.util.list_named_actors(all_namespaces=True)
    return [actor["name"] for actor in actors if actor["name"].startswith("SERVE_REPLICA")]


def until(holds: Callable[[], bool], *, seconds: float = 60) -> None:
    """Wait for it."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.1)


@pytest.mark.parametrize("language", ["en", "es"])
def test_same_replies_as_in_process(site: Site, language: str) -> None:
    """Every kind of reply is the same from the cluster, and all but emergencies came from there."""
    remote = site.remote()
    site.told.clear()
    for text in EVERY_KIND:
        for question in (Question(text, language=language), Question("and why", (text,), language)):
            assert remote.reply(question) == site.local.reply(question)

    assert set(site.told) == {"taken"}


def test_a_conversation_survives_a_lost_replica(site: Site) -> None:
    """While one of two replicas is killed, every follow-up gets the reply that it would have got; both live again."""
    remote, history = site.remote(), list[str]()
    for number in range(60):
        question = Question(EVERY_KIND[number % 3], tuple(history[-3:]))
        assert remote.reply(question) == site.local.reply(question)
        history.append(question.text)
        if number == 10:
            ray.kill(ray.get_actor(replicas()[0], namespace="serve"), no_restart=False)

    until(lambda: len(replicas()) == 2)


def test_a_cut_link_costs_seconds_and_no_answer(site: Site) -> None:
    """With the link to the cluster cut the reply is made here; once it is whole again the cluster makes it."""
    link = Link(PORT)
    remote = site.remote(cluster=f"http://127.0.0.1:{link.port}", cluster_seconds=0.5)
    question = Question(EVERY_KIND[0])
    site.told.clear()
    replies = [remote.reply(question)]
    link.cut = True
    begun = time.monotonic()
    replies.append(remote.reply(question))
    taken = time.monotonic() - begun
    link.cut = False
    until(lambda: remote.reply(question) is not None and site.told[-1] == "taken")
    link.close()

    assert replies == [site.local.reply(question)] * 2
    assert site.told[:2] == ["taken", "late"]
    assert taken < 3


def test_new_articles_without_a_gap(tmp_path: Path) -> None:
    """While articles change, every reply is made of one state of them, whole; afterwards the cluster has the new."""
    site = Site(Settings(corpus=write_corpus(tmp_path, notices=REAL_CORPUS / "notices"), index=tmp_path / "index"))
    site.serve()
    before, question = site.local, Question("is the spoon made of wood")
    old = site.remote()
    assert old.reply(question) == before.reply(question)

    write_article(site.settings.corpus / "more", "Tools\n\nThe spoon is made of wood. It belongs to grandmother.")
    site.local = chatbot_over(site.settings)
    new = site.remote()
    site.told.clear()
    for _ in range(20):
        assert old.reply(question) == before.reply(question)
        assert new.reply(question) == site.local.reply(question)
        time.sleep(0.1)
    site.told.clear()
    until(lambda: new.reply(question) is not None and site.told[-4:] == ["taken"] * 4)

    assert old.reply(question) == before.reply(question)
    assert site.told[-1] == "other_articles"


def test_what_waits_is_encoded_together(site: Site) -> None:
    """Questions that come at once share passes of the encoder."""
    site.serve(load_counting, replicas=1)
    remote = site.remote()
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(remote.reply, [Question(f"{EVERY_KIND[0]} {number}") for number in range(48)]))
    passes = [int(line) for line in (site.settings.index / "batches.txt").read_text().split()]

    assert len(passes) < 48
    assert max(passes) > 1


def test_a_lost_cluster_loses_no_answer(site: Site) -> None:
    """With the cluster gone, every reply is the one that it was: also of the emergencies that no rule sees."""
    serve.delete("word-for-word")
    remote = site.remote()
    site.told.clear()
    for text in [*EVERY_KIND, "wake up he took too much"]:
        assert remote.reply(Question(text)) == site.local.reply(Question(text))

    assert set(site.told) == {"failed"}
