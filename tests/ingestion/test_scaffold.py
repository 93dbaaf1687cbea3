"""The draft of an article's folder: its name."""

import pytest

from chatbot.ingestion.scaffold import name_from


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("The Family's Guide", "the-familys-guide"),
        ("¿Qué hacer?", "que-hacer"),
        ("中文", ""),
        ("word " * 30, "word-" * 11 + "word"),
    ],
)
def test_names_are_made_of_titles(title: str, name: str) -> None:
    """A name has small letters, digits and hyphens, and is not cut within a word."""
    assert name_from(title) == name
