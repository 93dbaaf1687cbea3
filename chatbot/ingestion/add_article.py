"""Makes a folder of the corpus from a converted text: checks it as loading does, then puts it in place in one step.

The folder is written under a hidden name first, which no reader looks at. An error or an interruption changes nothing.
"""

import hashlib
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from chatbot.corpus.articles import load_document
from chatbot.corpus.corpus import article_folders
from chatbot.corpus.documents import Document
from chatbot.corpus.question_bank import load_answers
from chatbot.errors import CorpusError
from chatbot.ingestion.boilerplate import Suspect, find_suspects
from chatbot.ingestion.languages import languages_of
from chatbot.ingestion.scaffold import LONGEST_NAME, about_toml, left_out_proposal, name_from, questions_toml
from chatbot.ingestion.writing import Converted
from chatbot.query.language import OTHER

REMOVED = ".removed"  # within the corpus; no article is looked for in there
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Added:
    """An article that was put in place, and what a person should look at."""

    folder: Path
    document: Document
    answers: int
    suspects: tuple[Suspect, ...]


def add_article(converted: Converted, original: Path, *, corpus: Path, name: str = "") -> Added:
    """Make the folder of an article. ``original`` is kept in it.

    Raises:
        CorpusError: the name or the text is there already, the language is none of the page, or nothing can be quoted.

    """
    title = converted.title or original.stem
    name = name or name_from(title)
    refuse_name(name, corpus)
    raw = converted.text.encode()
    language, changes = languages_of(converted.text)
    if language == OTHER:
        raise CorpusError(
            "The text seems to be neither English nor Spanish.",
            where=original,
            next_step="add a translation: the page answers in these two languages.",
        )
    digest = hashlib.sha256(raw).hexdigest()
    refuse_text(digest, corpus)
    corpus.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=corpus))
    try:
        folder = draft / name
        folder.mkdir()
        (folder / "article.txt").write_bytes(raw)
        shutil.copyfile(original, folder / f"original{original.suffix.lower()}")
        about = about_toml(converted, title=title, language=language, changes=changes, digest=digest)
        added = _write_tables(folder, about)
        return Added(folder.rename(corpus / name), *added)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write_tables(folder: Path, about: str) -> tuple[Document, int, tuple[Suspect, ...]]:
    """about.toml and questions.toml, read back as answering reads them."""
    (folder / "about.toml").write_text(about, encoding="utf-8")
    document = load_document(folder)
    suspects = tuple(find_suspects(document))
    proposals = "".join(dict.fromkeys(left_out_proposal(document, suspect) for suspect in suspects))
    (folder / "about.toml").write_text(about + proposals, encoding="utf-8")
    (folder / "questions.toml").write_text(questions_toml(document, suspects), encoding="utf-8")
    return load_document(folder), len(load_answers(folder / "questions.toml", document)), suspects


def refuse_name(name: str, corpus: Path) -> None:
    """CorpusError when a name cannot be used, or is taken by anything in the corpus."""
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise CorpusError(
            f"“{name}” is no name for an article.",
            where=corpus,
            next_step=f"give one with --name: small letters, digits and hyphens, {LONGEST_NAME} at most.",
        )
    if (corpus / name).exists():
        raise CorpusError(
            "The name is taken.",
            where=corpus / name,
            next_step=f"give another with --name, or first: python -m chatbot remove {name}",
        )


def refuse_text(digest: str, corpus: Path) -> None:
    """CorpusError when the same text is an article already."""
    for folder in article_folders(corpus):
        path = folder / "article.txt"
        if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == digest:
            raise CorpusError("This text is an article already.", where=folder, next_step="nothing is to be added.")


def remove_article(name: str, *, corpus: Path) -> Path:
    """Put the folder of an article aside, where it is not read; the new place is returned."""
    names = [folder.name for folder in article_folders(corpus)]
    if name not in names:
        raise CorpusError(
            f"There is no article “{name}”.", where=corpus, next_step=f"name one of: {', '.join(names) or 'none'}."
        )
    if len(names) == 1:
        raise CorpusError(
            "It is the only article, and the page needs one.", where=corpus / name, next_step="add another first."
        )
    aside = corpus / REMOVED
    aside.mkdir(exist_ok=True)
    number, target = 2, aside / name
    while target.exists():
        number, target = number + 1, aside / f"{name}-{number}"
    return (corpus / name).rename(target)
