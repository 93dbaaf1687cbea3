"""Reads the whole corpus folder: documents, answers with their questions, topics, and the sha256 of every file.

Every error names the file and the next step. Nothing here writes.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from chatbot.corpus.articles import load_document
from chatbot.corpus.documents import Document
from chatbot.corpus.question_bank import Answer, Topic, load_answers, load_topics
from chatbot.errors import CorpusError


@dataclass(frozen=True)  # no slots: ``unbanked`` is asked for with every message and is worked out once
class Corpus:
    """All that may be shown and how families ask for it. ``files`` maps relative paths to their sha256."""

    documents: tuple[Document, ...]
    answers: tuple[Answer, ...]
    topics: tuple[Topic, ...]
    files: Mapping[str, str]

    @cached_property
    def fingerprint(self) -> str:
        """sha256 over every file: a place means the same words to all who have the same."""
        return hashlib.sha256(json.dumps(sorted(self.files.items())).encode()).hexdigest()

    @cached_property
    def unbanked(self) -> frozenset[int]:
        """Numbers of the documents whose bank has questions for fewer than half of the sentences, or none.

        Their sentences are searched as well, so that a bank can be written passage by passage.
        """
        asked = {(answer.document.name, unit) for answer in self.answers if answer.questions for unit in answer.units}
        counts = Counter(name for name, _ in asked)
        return frozenset(
            number for number, document in enumerate(self.documents) if 2 * counts[document.name] < len(document.units)
        )


def load_corpus(folder: Path) -> Corpus:
    """Read and check everything under ``folder``; CorpusError on the first fault."""
    articles = article_folders(folder)
    if not articles:
        raise CorpusError(
            "There is no article here.",
            where=folder,
            next_step="add a folder with article.txt and about.toml; README.md in this folder tells how.",
        )
    documents = tuple(load_document(article) for article in articles)
    answers = tuple(
        answer
        for article, document in zip(articles, documents, strict=True)
        for answer in load_answers(article / "questions.toml", document)
    )
    return Corpus(documents, answers, load_topics(folder / "not-covered.toml"), file_hashes(folder))


def article_folders(folder: Path) -> list[Path]:
    """The folders of the articles under ``folder``, in order; hidden ones hold drafts and what was removed."""
    return sorted(path.parent for path in folder.glob("[!.]*/about.toml"))


def file_hashes(folder: Path) -> dict[str, str]:
    """Sha256 of every file that the index is made from, by its path relative to ``folder``.

    The wording is none of them: it is read at each start, and a new phone number must not wait for a build.
    """
    own = [path for article in article_folders(folder) for path in (*article.glob("*.toml"), article / "article.txt")]
    paths = sorted([*folder.glob("*.toml"), *own])
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
