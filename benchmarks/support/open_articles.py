"""The open articles with labelled questions as a corpus to answer from.

They lie in ``../shared/new-articles``, and one in Spanish in ``benchmarks/data``. ``benchmarks/data/articles`` has
sixteen more, four in Spanish, that weights are fitted on, and ``benchmarks/data/reader`` 171, 34 in Spanish, for the
training of the reader's adapter: one person wrote the article, and another, who knew neither program nor bank, the
questions (of 51 that read as in an encyclopedia one person wrote both). ``benchmarks/data/elsewhere.jsonl`` has
questions about anything but health, by three writers.
"""

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.support.report import FOLDER
from chatbot.corpus.approvals import UNREVIEWED
from chatbot.settings import ROOT

SHARED = ROOT.parent / "shared"
ARTICLES = SHARED / "new-articles"
SPANISH = FOLDER / "data" / "alcohol-en-casa"
FITTED_ON = FOLDER / "data" / "articles"
TRAINED_ON = FOLDER / "data" / "reader"
ELSEWHERE = FOLDER / "data" / "elsewhere.jsonl"
TRAINERS = ("1", "2")  # writers of questions about anything else that the adapter is trained on; weights on the others

Row = Mapping[str, Any]


def rows_in(path: Path) -> list[Row]:
    """The labelled questions of a file, a JSON object a line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def rows_under(folder: Path) -> list[Row]:
    """The labelled questions of all articles in a folder."""
    return [row for path in sorted(folder.glob("*/questions.jsonl")) for row in rows_in(path)]


def asked_elsewhere(articles: Sequence[Path], *, to_train: bool) -> dict[str, list[Row]]:
    """Questions about anything else, dealt out to the articles of their language, by the name of the article.

    They are rows as those about the article, of kind "far".
    """
    rows = [row for row in rows_in(ELSEWHERE) if (row["by"] in TRAINERS) is to_train]
    dealt: dict[str, list[Row]] = {article.name: [] for article in articles}
    for language in ("en", "es"):
        own = [article.name for article in articles if f'language = "{language}"' in _about(article)]
        for number, row in enumerate(row for row in rows if row["language"] == language):
            name = own[number % len(own)]
            far = {"article": name, "history": [], "expect": "not_covered", "must": [], "ok": [], "tags": ["far"]}
            dealt[name].append({**row, **far})
    return dealt


def _about(article: Path) -> str:
    return (article / "about.toml").read_text(encoding="utf-8")


def corpus_of(names: Sequence[str], folder: Path, *, seed: bool) -> Path:
    """A corpus of these articles in ``folder``, with the seed's article and topics or without."""
    corpus = folder / "-".join(["corpus", *names, *(["seed"] if seed else [])])
    if not corpus.exists():
        shutil.copytree(ROOT / "corpus", corpus)
        if not seed:
            (corpus / "not-covered.toml").unlink()
            for about in corpus.glob("*/about.toml"):
                shutil.rmtree(about.parent)
        for name in names:
            shutil.copytree(_folder_of(name), corpus / name)
            take_as_approved(corpus / name)
    return corpus


def _folder_of(name: str) -> Path:
    """Where the article of this name lies."""
    if name == SPANISH.name:
        return SPANISH
    return next(folder / name for folder in (FITTED_ON, TRAINED_ON, ARTICLES) if (folder / name).exists())


def take_as_approved(article: Path) -> None:
    """Let an article be quoted: what is measured is how it is answered from, not who has read it."""
    about = article / "about.toml"
    text = about.read_text(encoding="utf-8")
    written = re.sub(r"(?m)^status = .*\n", "", text)
    about.write_text(f'status = "{UNREVIEWED}"\n{written}', encoding="utf-8")
