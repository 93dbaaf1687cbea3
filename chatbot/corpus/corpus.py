"""Reads the whole corpus folder: documents, answers with their questions, topics, and the sha256 of every file.

Every error names the file and the next step. Nothing here writes.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from chatbot.corpus.approvals import is_draft, refuse_only_drafts
from chatbot.corpus.articles import load_document
from chatbot.corpus.documents import Document, Span
from chatbot.corpus.question_bank import Answer, Topic, load_answers, load_topics
from chatbot.errors import CorpusError

# Questions about a sentence from which it need not be searched by its own words. With five an answer, and the bank of
# another article beside them, the first quote was right for 36 % of 22 questions; with the article's sentences searched
# as well, for 82 % (docs/operating.md). Between five and the hundred of the seed's answers nothing was measured.
ENOUGH_TO_BE_FOUND = 8


@dataclass(frozen=True)  # no slots: ``unbanked`` is asked for with every message and is worked out once
class Corpus:
    """All that may be shown and how families ask for it. ``files`` maps relative paths to their sha256.

    ``drafts`` names the articles that are not in it, since nobody has approved them.
    """

    documents: tuple[Document, ...]
    answers: tuple[Answer, ...]
    topics: tuple[Topic, ...]
    files: Mapping[str, str]
    drafts: tuple[str, ...] = ()

    @cached_property
    def fingerprint(self) -> str:
        """sha256 over every file: a place means the same words to all who have the same."""
        return hashlib.sha256(json.dumps(sorted(self.files.items())).encode()).hexdigest()

    @cached_property
    def unbanked(self) -> frozenset[int]:
        """Numbers of the documents whose bank has enough questions for fewer than half of the sentences, or none.

        Their sentences are searched as well, so that a bank can be written passage by passage.
        """
        asked: Counter[tuple[str, Span]] = Counter()
        for answer in self.answers:
            asked.update({(answer.document.name, unit): len(answer.questions) for unit in answer.units})
        banked = Counter(name for (name, _), questions in asked.items() if questions >= ENOUGH_TO_BE_FOUND)
        return frozenset(
            number for number, document in enumerate(self.documents) if 2 * banked[document.name] < len(document.units)
        )


def load_corpus(folder: Path, *, drafts: bool = False) -> Corpus:
    """Read and check everything under ``folder``; CorpusError on the first fault.

    Drafts are left out, so that nothing of them can be quoted or change a reply; with ``drafts`` they are in it, to be
    tried.
    """
    articles, left_out = _articles(folder, drafts=drafts)
    if not articles:
        refuse_only_drafts(left_out, folder=folder)
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
    topics = _without(load_topics(folder / "not-covered.toml"), answers)
    return Corpus(documents, answers, topics, _hashes(folder, articles), tuple(left_out))


def _without(topics: Sequence[Topic], answers: Sequence[Answer]) -> tuple[Topic, ...]:
    """The topics without the questions that an article answers: when a draft is approved, it takes its own over."""
    answered = {question.text for answer in answers for question in answer.questions}
    return tuple(
        replace(topic, questions=tuple(one for one in topic.questions if one.text not in answered)) for topic in topics
    )


def _articles(folder: Path, *, drafts: bool) -> tuple[list[Path], list[str]]:
    """The folders to read, and the names of the drafts that are left out."""
    folders = article_folders(folder)
    left_out = [] if drafts else [path for path in folders if is_draft(path)]
    return [path for path in folders if path not in left_out], [path.name for path in left_out]


def article_folders(folder: Path) -> list[Path]:
    """The folders of the articles under ``folder``, in order; hidden ones hold what is half written or was removed."""
    return sorted(path.parent for path in folder.glob("[!.]*/about.toml"))


def file_hashes(folder: Path, *, drafts: bool = False) -> dict[str, str]:
    """Sha256 of every file that the index is made from, by its path relative to ``folder``.

    The wording is none of them: it is read at each start, and a new phone number must not wait for a build.
    """
    articles, _ = _articles(folder, drafts=drafts)
    return _hashes(folder, articles)


def _hashes(folder: Path, articles: Sequence[Path]) -> dict[str, str]:
    own = [path for article in articles for path in (*article.glob("*.toml"), article / "article.txt")]
    paths = sorted([*folder.glob("*.toml"), *own])
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
