"""A change of one file of the corpus: tried on a copy of the corpus, then put in place in one step, and undone again.

A change that the corpus would not load with is refused, and nothing is written.
"""

import difflib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from chatbot.corpus.corpus import load_corpus
from chatbot.errors import CorpusError

READ = (".toml", ".txt")  # endings of the files that loading reads


@dataclass(frozen=True, slots=True)
class Change:
    """The text of a file before and after; ``path`` is relative to the corpus, ``title`` says in words what is done."""

    path: str
    before: str
    after: str
    title: str

    @property
    def undone(self) -> "Change":
        """The change back."""
        return Change(self.path, self.after, self.before, f"undone: {self.title}")

    def diff(self) -> list[str]:
        """The lines that go (-) and come (+), with two lines around them."""
        lines = difflib.unified_diff(self.before.splitlines(), self.after.splitlines(), lineterm="", n=2)
        return list(lines)[2:]


def read_file(corpus: Path, path: str) -> str:
    """The text of a file of the corpus, line ends as they are; empty when there is none.

    Raises:
        CorpusError: the path leads out of the corpus, or the file is no UTF-8.

    """
    try:
        return _place(corpus, path).read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except ValueError as error:
        raise CorpusError(f"Not UTF-8: {error}.", where=corpus / path, next_step="save it as UTF-8.") from error


def apply(change: Change, corpus: Path) -> None:
    """Put a change in place. CorpusError, and nothing written, when it does not fit or the corpus is faulty with it."""
    target = _place(corpus, change.path)
    if read_file(corpus, change.path) != change.before:
        raise CorpusError(
            "The file was changed meanwhile.", where=target, next_step="look at it again, and repeat the change."
        )
    _try(change, corpus)
    # Its ending is none that loading reads: a reader sees the old file or the new one.
    draft = target.with_name(f".{target.name}.draft")
    draft.write_bytes(change.after.encode())
    if target.exists():
        shutil.copymode(target, draft)
    draft.replace(target)


def _try(change: Change, corpus: Path) -> None:
    """Load a copy of the corpus with the change, drafts as well."""
    with tempfile.TemporaryDirectory(prefix="corpus-") as folder:
        copy = Path(folder) / corpus.name
        for path in corpus.rglob("*"):
            place = path.relative_to(corpus)
            if path.suffix in READ and path.is_file() and not any(part.startswith(".") for part in place.parts):
                (copy / place).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy / place)
        (copy / change.path).write_bytes(change.after.encode())
        try:
            load_corpus(copy, drafts=True)
        except CorpusError as error:
            where = error.where.replace(str(copy), str(corpus))
            raise CorpusError(
                f"Refused, nothing is changed. {error.what}", where=where, next_step=error.next_step
            ) from error


def _place(corpus: Path, path: str) -> Path:
    """The file; CorpusError when it is none that an editor changes, or lies elsewhere."""
    root, place = corpus.resolve(), (corpus / path).resolve()
    if not place.is_relative_to(root) or place.suffix != ".toml" or any(p.startswith(".") for p in Path(path).parts):
        raise CorpusError("This is no file of the corpus that can be changed.", where=path, next_step="name another.")
    return place
