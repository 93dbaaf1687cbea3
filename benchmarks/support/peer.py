"""One way to find passages, in a process of its own: ``benchmarks/peers.py`` starts it, in the environment of that way.

Reads a job as JSON from standard input and writes places as JSON to standard output: for each setting the seconds it
took to index, and for each question the places found, best first, each as [start, end, score], with the milliseconds it
took. Nothing of the chatbot is imported but by the chatbot's own way. Offsets are code points of the article.
"""

import importlib.metadata
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Place = tuple[int, int, float]
Ask = Callable[[str, Sequence[str]], list[Place]]  # the question and what was asked before it -> places
Make = Callable[[Mapping[str, Any], Mapping[str, Any]], Ask]  # the job and a setting -> a way to ask

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"


def haystack(job: Mapping[str, Any], setting: Mapping[str, Any]) -> Ask:
    """Haystack as its first steps do it: splitter, document embedder, in-memory store, text embedder, retriever."""
    from haystack import Document, Pipeline
    from haystack.components.preprocessors import DocumentSplitter
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
    from haystack.components.writers import DocumentWriter
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders.sentence_transformers import (
        SentenceTransformersDocumentEmbedder,
        SentenceTransformersTextEmbedder,
    )

    by_words = setting.get("words", False)
    store = InMemoryDocumentStore()
    making = Pipeline()
    making.add_component("splitter", DocumentSplitter(**setting.get("splitter", {})))
    making.add_component("writer", DocumentWriter(store))
    if by_words:
        making.connect("splitter.documents", "writer.documents")
    else:
        embedder = SentenceTransformersDocumentEmbedder(model=job["model"], progress_bar=False)
        making.add_component("embedder", embedder)
        making.connect("splitter.documents", "embedder.documents")
        making.connect("embedder.documents", "writer.documents")
    making.run({"splitter": {"documents": [Document(content=_article(job))]}})
    asking = Pipeline()
    if by_words:
        asking.add_component("retriever", InMemoryBM25Retriever(store, top_k=job["top"]))
    else:
        asking.add_component("embedder", SentenceTransformersTextEmbedder(model=job["model"], progress_bar=False))
        asking.add_component("retriever", InMemoryEmbeddingRetriever(store, top_k=job["top"]))
        asking.connect("embedder.embedding", "retriever.query_embedding")

    def ask(question: str, history: Sequence[str]) -> list[Place]:
        text = _joined(question, history, setting)
        asked = {"retriever": {"query": text}} if by_words else {"embedder": {"text": text}}
        found = asking.run(asked)["retriever"]["documents"]
        starts = [document.meta["split_idx_start"] for document in found]
        return [
            (start, start + len(document.content), document.score)
            for start, document in zip(starts, found, strict=True)
        ]

    return ask


def llama_index(job: Mapping[str, Any], setting: Mapping[str, Any]) -> Ask:
    """LlamaIndex as its starter does it with a local model: documents into a vector index, a retriever over it."""
    from llama_index.core import Document, Settings, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter, SentenceWindowNodeParser
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    Settings.embed_model = HuggingFaceEmbedding(model_name=job["model"], device="cpu")
    if "window" in setting:
        # A sentence is found, and shown with so many sentences on either side.
        splitter: Any = SentenceWindowNodeParser.from_defaults(window_size=max(1, setting["window"]))
    else:
        splitter = SentenceSplitter(**setting.get("splitter", {}))
    document = Document(text=_article(job))
    retriever = VectorStoreIndex.from_documents([document], transformations=[splitter]).as_retriever(
        similarity_top_k=job["top"]
    )

    def ask(question: str, history: Sequence[str]) -> list[Place]:
        found = retriever.retrieve(_joined(question, history, setting))
        return [(*_shown(one.node, document.text, setting), one.score) for one in found]

    return ask


def _shown(node: Any, text: str, setting: Mapping[str, Any]) -> tuple[int, int]:  # noqa: ANN401  # LlamaIndex is not here
    """Where a node, or the window around it, stands in the article."""
    start, end = node.start_char_idx, node.end_char_idx
    if setting.get("window"):
        window = node.metadata["window"]
        parts = [re.escape(part) for part in window.split()]
        matched = [match.span() for match in re.finditer(r"\s+".join(parts), text)]
        start, end = next((span for span in matched if span[0] <= start and end <= span[1]), (start, end))
    return start, end


def bm25(job: Mapping[str, Any], setting: Mapping[str, Any]) -> Ask:
    """Plain BM25 over the paragraphs or sentences of the article, by the library bm25s with its own settings."""
    import bm25s

    text = _article(job)
    spans = [match.span() for match in re.finditer(setting["pieces"], text)]
    weights = bm25s.BM25()
    weights.index(bm25s.tokenize([text[start:end] for start, end in spans], show_progress=False), show_progress=False)

    def ask(question: str, history: Sequence[str]) -> list[Place]:
        tokens = bm25s.tokenize([_joined(question, history, setting)], show_progress=False)
        found, scores = weights.retrieve(tokens, k=job["top"], show_progress=False)
        return [(*spans[number], float(score)) for number, score in zip(found[0], scores[0], strict=True) if score > 0]

    return ask


def chatbot(job: Mapping[str, Any], setting: Mapping[str, Any]) -> Ask:
    """The chatbot of this project. Its index is built when the folder that the job names holds none."""
    from chatbot.indexing.sources import load_sources
    from chatbot.models.encoder import load_embedder
    from chatbot.query.question import Question
    from chatbot.service import factory
    from chatbot.settings import Settings

    settings = Settings(index=Path(job["index"]))
    sources, embedder = load_sources(settings), load_embedder(settings)
    index = factory.load_or_build(settings, sources, embedder)
    made = factory.make_chatbot(settings, sources, index, embedder)
    factory.warm_up(sources.corpus, embedder)

    def ask(question: str, history: Sequence[str]) -> list[Place]:
        reply = made.reply(Question(question, tuple(history)))
        return [(quote.span.start, quote.span.end, quote.score) for quote in reply.quotes]

    return ask


WAYS: dict[str, Make] = {"haystack": haystack, "llama_index": llama_index, "bm25": bm25, "chatbot": chatbot}


def _article(job: Mapping[str, Any]) -> str:
    return Path(job["article"]).read_bytes().decode("utf-8")  # as bytes: ends of lines stay as they are


def _joined(question: str, history: Sequence[str], setting: Mapping[str, Any]) -> str:
    """The question, and where the setting says so the message before it in front."""
    return " ".join([*history[-1:], question]) if setting.get("glued") else question


def installed_megabytes(names: Sequence[str]) -> float:
    """What these packages take on disk, with all that they need."""
    from packaging.requirements import Requirement

    seen: set[str] = set()
    waiting = list(names)
    total = 0
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            package = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # asked for on other systems only
        paths = (Path(str(file.locate())) for file in package.files or ())
        total += sum(path.stat().st_size for path in paths if path.is_file())
        needed = map(Requirement, package.requires or ())
        waiting += [one.name for one in needed if one.marker is None or one.marker.evaluate({"extra": ""})]
    return total / 2**20


def _memory() -> float:
    """Megabytes that this process holds; 0 where the system does not say."""
    try:
        text = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return int(text.partition("VmRSS:")[2].split()[0]) / 1024


def _answers(job: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What each setting finds."""
    for setting in job["settings"]:
        begun = time.perf_counter()
        ask = WAYS[job["way"]](job, setting)
        indexed = time.perf_counter() - begun
        places, taken = [], []
        for question in job["questions"]:
            begun = time.perf_counter()
            places.append(ask(question["question"], question["history"]))
            taken.append(1000 * (time.perf_counter() - begun))
            if len(places) == 1:
                first = time.time()
        yield {"indexed": indexed, "first": first, "places": places, "taken": taken}


def main() -> None:
    """Do one job."""
    job = json.load(sys.stdin)
    answers = list(_answers(job))
    memory = _memory()
    print(json.dumps({"answers": answers, "memory": memory, "installed": installed_megabytes(job["packages"])}))


if __name__ == "__main__":
    main()
