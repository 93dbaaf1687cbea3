"""One promise for every engine that keeps vectors: what a plain matrix product finds, and nothing of another corpus."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chatbot.answering.contract import reply_object
from chatbot.errors import ChatbotError, EngineError, IndexDamaged, IndexMissing, IndexStale
from chatbot.indexing import build
from chatbot.indexing.sources import load_sources
from chatbot.models.encoder import Vectors
from chatbot.query.question import Question
from chatbot.retrieval.faiss_store import FAISS
from chatbot.retrieval.index_files import load_index, read_manifest
from chatbot.retrieval.milvus_store import MilvusEngine
from chatbot.retrieval.vector_store import VectorEngine, VectorStore
from chatbot.service import factory
from chatbot.settings import Settings
from tests.conftest import REAL_CORPUS
from tests.support.fakes import FailingStore, HashEmbedder, chatbot_over, write_article, write_corpus

MADE_OF = {"model": "m", "corpus": {"a": "1"}}
needs_milvus = pytest.mark.skipif(
    importlib.util.find_spec("pymilvus") is None, reason="pymilvus is not installed: make test-cluster installs it"
)
both = pytest.mark.parametrize("engine", ["faiss", pytest.param("milvus", marks=needs_milvus)], indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> VectorEngine:
    """The engine of this name; Milvus as Milvus Lite, in a file."""
    return FAISS if request.param == "faiss" else MilvusEngine(str(tmp_path / "vectors.db"))


def unit(count: int, *, seed: int = 0) -> Vectors:
    """Unit vectors in all directions, in half precision as the index gives them."""
    made = np.random.default_rng(seed).standard_normal((count, 16))
    unit = made / np.linalg.norm(made, axis=1, keepdims=True)
    return unit.astype(np.float16).astype(np.float32)


def kept(engine: VectorEngine, vectors: Vectors, folder: Path) -> VectorStore:
    """The vectors, saved and opened again."""
    entry = engine.make(vectors).save(folder, MADE_OF)
    return engine.load(folder, MADE_OF, entry)


@both
@pytest.mark.parametrize(("rows", "below", "count"), [(300, 300, 10), (300, 120, 10), (7, 7, 10), (40, 3, 10)])
def test_nearest_equals_brute_force(engine: VectorEngine, tmp_path: Path, rows: int, below: int, count: int) -> None:
    """The nearest rows are those of a matrix product, in its order, also when only the first rows count."""
    vectors, store = unit(rows), kept(engine, unit(rows), tmp_path)
    questions = unit(20, seed=1)
    for question, found in zip(questions, store.nearest(questions, count=count, rows=range(below)), strict=True):
        similar = vectors[:below] @ question
        best = np.argsort(-similar, kind="stable")[:count]
        assert [number for number, _ in found] == best.tolist()
        np.testing.assert_allclose([similarity for _, similarity in found], similar[best], atol=1e-6)
    assert len(store) == rows


@both
def test_similarities_are_the_same_digits(engine: VectorEngine, tmp_path: Path) -> None:
    """The similarity of any rows, in any order and more than once, is that of the vectors as they were given."""
    vectors, store = unit(50), kept(engine, unit(50), tmp_path)
    numbers, question = np.array([7, 3, 49, 3, 0]), unit(1, seed=2)[0]

    np.testing.assert_array_equal(store.similarities(numbers, question), vectors[numbers] @ question)


@both
def test_another_engine_is_refused(engine: VectorEngine, tmp_path: Path) -> None:
    """An index whose vectors are kept elsewhere is stale, and the message names the next step."""
    with pytest.raises(IndexStale, match="chatbot build"):
        engine.load(tmp_path, MADE_OF, {"engine": "a third"})


@pytest.fixture
def milvus(small_settings: Settings, tmp_path: Path) -> Settings:
    """The small corpus with an article that has no bank, and Milvus for its vectors."""
    write_article(small_settings.corpus / "more", "Tools\n\nA wooden spoon hangs beside the oven. It is grandmother's.")
    return replace(small_settings, milvus=str(tmp_path / "vectors.db"))


def collections(settings: Settings) -> set[str]:
    """The names of all collections."""
    return set(MilvusEngine(settings.milvus)._client().list_collections())


@needs_milvus
def test_same_replies_as_from_a_file(milvus: Settings, tmp_path: Path) -> None:
    """Every reply is the same, byte for byte, with vectors in Milvus and in a file, built now and opened again."""
    in_file = chatbot_over(replace(milvus, milvus="", index=tmp_path / "other"))
    for chatbot in (chatbot_over(milvus), chatbot_over(milvus)):
        for text in ("where does the spoon hang", "which medicines are used", "what are the signs", "weather today"):
            question = Question(text)
            assert reply_object("", chatbot.reply(question)) == reply_object("", in_file.reply(question))


@needs_milvus
def test_a_collection_of_something_else_is_refused(milvus: Settings) -> None:
    """A collection that was made of another corpus or model, has lost rows, or is gone, is never asked."""
    chatbot_over(milvus)
    entry = dict(read_manifest(milvus.index)["vectors"])
    engine = MilvusEngine(milvus.milvus)

    with pytest.raises(IndexStale, match="something else"):
        engine.load(milvus.index, {"model": "another"}, entry)
    made_of = {key: read_manifest(milvus.index)[key] for key in ("format", "model", "model weights", "corpus")}
    with pytest.raises(IndexMissing, match="no collection"):
        engine.load(milvus.index, made_of, {**entry, "collection": "word_for_word_none"})
    engine._client().delete(entry["collection"], ids=[0])
    with pytest.raises(IndexDamaged, match="rows"):
        engine.load(milvus.index, made_of, entry)


@needs_milvus
def test_readers_of_the_last_build_go_on(milvus: Settings) -> None:
    """After a build the collection before it still answers; after the next it is gone, and others' collections stay."""
    sources, embedder = load_sources(milvus), HashEmbedder()
    builds = [build.build(milvus, sources, embedder) for _ in range(2)]
    vector = embedder.encode(["spoon"])
    assert builds[0].nearest_questions(vector, count=3) == builds[1].nearest_questions(vector, count=3)
    client = MilvusEngine(milvus.milvus)._client()
    client.create_collection("somebody_elses", dimension=4)
    build.build(milvus, sources, embedder)

    assert len(collections(milvus)) == 3
    assert "somebody_elses" in collections(milvus)


@needs_milvus
def test_a_server_that_was_started_again_is_asked_again(milvus: Settings) -> None:
    """A server that has let go of the collection is told to load it, and then answers as before."""
    index = build.build(milvus, load_sources(milvus), HashEmbedder())
    (name,) = collections(milvus)
    vector = HashEmbedder().encode(["spoon"])
    rows = np.arange(3)
    nearest, similar = index.nearest_questions(vector, count=3), index.similarities(rows, vector[0])
    for again, before in (
        (lambda: index.nearest_questions(vector, count=3), nearest),
        (lambda: index.similarities(rows, vector[0]), similar),
    ):
        MilvusEngine(milvus.milvus)._client().release_collection(name)
        np.testing.assert_array_equal(again(), before)


@needs_milvus
def test_a_retried_request_doubles_nothing(milvus: Settings, tmp_path: Path) -> None:
    """Rows that are sent twice are there once."""
    engine = MilvusEngine(milvus.milvus)
    store = engine.make(unit(50))
    entry = store.save(tmp_path, MADE_OF)
    client = engine._client()
    client.upsert(entry["collection"], [{"row": row, "vector": vector} for row, vector in enumerate(unit(50))])

    assert len(engine.load(tmp_path, MADE_OF, entry)) == 50


@pytest.mark.skipif(importlib.util.find_spec("pymilvus") is not None, reason="pymilvus is installed")
def test_missing_client_names_the_next_step(small_settings: Settings) -> None:
    """Without pymilvus, an operator who names Milvus is told what to install."""
    with pytest.raises(EngineError, match="requirements-cluster"):
        chatbot_over(replace(small_settings, milvus="vectors.db"))


@needs_milvus
def test_a_server_that_is_away_names_the_next_step(small_settings: Settings) -> None:
    """A server that cannot be reached is an error of its own: nothing is built in its place."""
    chatbot_over(small_settings)
    with pytest.raises(EngineError, match="CHATBOT_MILVUS"):
        chatbot_over(replace(small_settings, milvus="http://127.0.0.1:9"))


def test_engine_lost_while_somebody_waits(tmp_path: Path) -> None:
    """When the engine fails the reply says so, and is no abstention; an emergency that the classifier saw stays."""
    corpus = write_corpus(tmp_path, notices=REAL_CORPUS / "notices")
    write_article(corpus / "more", "Tools\n\nA wooden spoon hangs beside the oven.")
    settings = Settings(
        corpus=corpus, index=tmp_path / "index", crisis_threshold=2.0, crisis_part_threshold=2.0, watch_threshold=0.2
    )
    sources, embedder = load_sources(settings), HashEmbedder()
    index = build.build(settings, sources, embedder)
    chatbot = factory.make_chatbot(settings, sources, replace(index, vectors=FailingStore()), embedder)

    def ids(text: str) -> list[str]:
        return [notice.id for notice in chatbot.reply(Question(text)).notices]

    assert ids("where does the spoon hang") == ["trouble.failed"]
    assert ids("wake up he took too much") == ["watch.overdose", "trouble.failed"]


def test_loading_knows_no_other_engine(small_settings: Settings) -> None:
    """An index of FAISS is stale for whoever names Milvus now: nothing is searched in the wrong place."""
    chatbot_over(small_settings)
    files = load_sources(small_settings).corpus.files
    with pytest.raises(ChatbotError):
        load_index(small_settings.index, files=files, embedder=HashEmbedder(), engine=MilvusEngine("nowhere.db"))
