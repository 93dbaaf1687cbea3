"""The same answers everywhere: the labelled questions in process, through Ray Serve, and with vectors in Milvus."""

import importlib.util
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

if importlib.util.find_spec("ray") is None or importlib.util.find_spec("pymilvus") is None:
    pytest.skip("make test-cluster installs Ray and Milvus", allow_module_level=True)

import ray
from ray import serve

from benchmarks.answers import CASES
from benchmarks.support.asking import unbanked
from chatbot.answering.contract import reply_object
from chatbot.answering.pipeline import AnswerPipeline
from chatbot.answering.reply import Reply
from chatbot.cluster.client import RemoteChatbot, open_client
from chatbot.cluster.replica import make_app
from chatbot.evaluation.evaluate import load_cases
from chatbot.indexing import build
from chatbot.indexing.sources import load_sources
from chatbot.models.encoder import SentenceEncoder, load_embedder
from chatbot.query.question import Question
from chatbot.retrieval.index import Index
from chatbot.retrieval.milvus_store import MilvusEngine
from chatbot.service import factory
from chatbot.settings import ROOT, Settings
from tests.conftest import REAL_CORPUS

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(not CASES.exists(), reason="the labelled questions are not beside the project"),
]
PORT = 18_451


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    """The labelled questions."""
    return [case.question for case in load_cases(CASES)]


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    """The encoder that is shipped."""
    return load_embedder(Settings())


@pytest.fixture(scope="module")
def serving(real_chatbot: AnswerPipeline) -> Iterator[str]:
    """Where two replicas answer, over the same corpus and index."""
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60"}
    variables = {"PYTHONPATH": str(ROOT), "CHATBOT_INDEX": str(real_chatbot.settings.index)}
    ray.init(
        address="local",
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        runtime_env={"env_vars": {**variables, "OMP_NUM_THREADS": "2"}},
    )
    serve.start(http_options={"host": "127.0.0.1", "port": PORT})
    serve.run(make_app(num_replicas=2, ray_actor_options={"num_cpus": 1}), name="word-for-word", route_prefix="/")
    yield f"http://127.0.0.1:{PORT}"
    serve.shutdown()
    ray.shutdown()


def answers(questions: list[Question], reply: Callable[[Question], Reply]) -> list[bytes]:
    """The data contract's object for each, as bytes."""
    return [json.dumps(reply_object("", reply(question))).encode() for question in questions]


def test_equal_through_ray_serve(real_chatbot: AnswerPipeline, questions: list[Question], serving: str) -> None:
    """Every labelled question gets the same bytes from two replicas as in process; none was made in process instead."""
    told: list[str] = []
    settings = Settings(cluster=serving, cluster_seconds=30.0)
    remote = RemoteChatbot(real_chatbot, open_client(settings), on_result=told.append)

    assert answers(questions, remote.reply) == answers(questions, real_chatbot.reply)
    assert set(told) == {"taken"}


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory, encoder: SentenceEncoder) -> tuple[Settings, Index]:
    """The article without its bank."""
    folder = tmp_path_factory.mktemp("unbanked")
    settings = Settings(corpus=unbanked(REAL_CORPUS, folder), index=folder / "index")
    return settings, build.build(settings, load_sources(settings), encoder)


def test_equal_through_milvus(
    searched: tuple[Settings, Index], encoder: SentenceEncoder, questions: list[Question], tmp_path: Path
) -> None:
    """Every labelled question gets the same bytes with vectors in Milvus as in a file."""
    settings, index = searched
    rows = np.arange(len(index.rows))
    axes = np.eye(encoder.dimension, dtype=np.float32)
    vectors = np.stack([index.similarities(rows, axis) for axis in axes], axis=1)
    store = MilvusEngine(str(tmp_path / "vectors.db")).make(vectors)
    store.save(tmp_path, {})
    sources = load_sources(settings)
    in_file, in_milvus = (
        factory.make_chatbot(settings, sources, one, encoder) for one in (index, replace(index, vectors=store))
    )
    expected = answers(questions, in_file.reply)

    assert answers(questions, in_milvus.reply) == expected
    assert sum(b'"outcome": "answer"' in answer for answer in expected) > len(questions) / 4
