"""The reader as a component of Haystack and as a postprocessor of LlamaIndex, each by that framework's own interface.

Their ready-made ones load a cross-encoder through sentence-transformers, which reads ONNX files by optimum-onnx only:
that wants an older transformers than the project's, and a file of settings that the packaged reader has not.
"""

from dataclasses import replace
from typing import Any

from chatbot.models.reader import Reader


def haystack_ranker(reader: Reader, *, top: int) -> Any:  # noqa: ANN401  # Haystack is not here
    """A ranker as Haystack's own: the best documents first, with the logit as their score."""
    from haystack import Document, component

    @component
    class Ranker:
        @component.output_types(documents=list[Document])  # type: ignore[untyped-decorator]
        def run(self, query: str, documents: list[Document]) -> dict[str, list[Document]]:
            logits = reader.read(query, [document.content or "" for document in documents]).tolist()
            ranked = [replace(document, score=logit) for document, logit in zip(documents, logits, strict=True)]
            return {"documents": sorted(ranked, key=lambda document: -document.score)[:top]}

    return Ranker()


def llama_index_reranker(reader: Reader, *, top: int) -> Any:  # noqa: ANN401  # LlamaIndex is not here
    """A postprocessor as LlamaIndex's own: the best nodes first, with the logit as their score."""
    from llama_index.core.postprocessor.types import BaseNodePostprocessor
    from llama_index.core.schema import NodeWithScore, QueryBundle

    class Reranker(BaseNodePostprocessor):  # type: ignore[misc]
        def _postprocess_nodes(
            self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
        ) -> list[NodeWithScore]:
            question = query_bundle.query_str if query_bundle else ""
            logits = reader.read(question, [one.node.get_content() for one in nodes]).tolist()
            ranked = [NodeWithScore(node=one.node, score=logit) for one, logit in zip(nodes, logits, strict=True)]
            return sorted(ranked, key=lambda one: -one.score)[:top]

    return Reranker()
