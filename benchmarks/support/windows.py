"""The nearest windows of a question, and the text that the reader gets of it, as in the pipeline."""

from chatbot.answering.pipeline import AnswerPipeline
from chatbot.models.encoder import Embedder
from chatbot.query.question import Question
from chatbot.query.rewriting import Query, variants
from chatbot.retrieval.candidates import SearchResult
from chatbot.retrieval.text_search import read_as, search_texts, weighted_queries


def nearest_windows(chatbot: AnswerPipeline, question: Question, embedder: Embedder) -> tuple[str, SearchResult]:
    """The text that the reader gets, and the nearest windows in articles without a bank, nearest first."""
    texts = variants(Query(question, chatbot.glossary))
    queries = weighted_queries(texts, embedder)
    found = search_texts(chatbot.corpus, chatbot.index, queries, width=chatbot.settings.quote_width)
    return read_as(texts), found
