"""Questions of the bank that the page offers to tap: at the start, and after an answer."""

from chatbot.corpus.corpus import Corpus
from chatbot.corpus.question_bank import Answer

MOST_STARTERS = 7


def starters(corpus: Corpus, language: str) -> tuple[Answer, ...]:
    """The questions of the first view: those that about.toml lists, or the first that may be offered."""
    offered = {answer.name: answer for answer in corpus.answers if answer.ask.get(language)}
    listed = [name for document in corpus.documents for name in document.starters]
    chosen = [offered[name] for name in listed if name in offered] or list(offered.values())
    return tuple(chosen[:MOST_STARTERS])
