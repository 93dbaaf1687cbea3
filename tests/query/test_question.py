"""A question with the messages before it."""

from chatbot.query.question import Question
from chatbot.query.rewriting import Query, variants
from tests.support.glossary import GLOSSARY


def test_earlier_messages_are_cut() -> None:
    """Of what was said before only the last messages are read, and of each only the end."""
    long = "suboxone " + "x " * 30_000 + "withdrawal"
    found = variants(Query(Question("for how long?", ("medication", *[long] * 12)), GLOSSARY), longest=100)

    assert all(len(message) <= 100 and message.endswith("withdrawal") for message in found.earlier)
    assert "suboxone" not in found.pointed
    assert len(found.glued) < 200
