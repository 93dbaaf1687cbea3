"""Files as a clinic has them, added beside the seed: what the page says to questions that they do and do not answer.

The files and the questions lie in ``../shared/files``; they are measured with and never copied into the project.
``needle.jsonl`` are questions about a found needle and about naloxone: they must get no notice against getting drugs.
``not-answered.jsonl`` are questions that no added file answers: the fewer quotes the better.
Run: ``python -m benchmarks.added_files``.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.support.open_articles import take_as_approved
from benchmarks.support.report import FOLDER, circumstances, table, write_section
from chatbot.answering.pipeline import AnswerPipeline
from chatbot.indexing.sources import load_sources
from chatbot.ingestion.add_article import add_article
from chatbot.ingestion.convert import convert
from chatbot.models.encoder import load_embedder
from chatbot.query.question import Question
from chatbot.service.factory import load_or_build, make_chatbot
from chatbot.settings import ROOT, Settings

FILES = ROOT.parent / "shared" / "files"
ADDED = ("a17-qa.txt", "a25-bilingual.md", "a28-details.html", "a29-condition.txt")
ASKED = ("needle.jsonl", "not-answered.jsonl")


def main() -> None:
    """Measure, and write the section of quality.md."""
    settings = Settings.from_environment(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        chatbot = chatbot_with(settings, Path(folder))
        rows = [row for name in ASKED for row in asked(chatbot, name)]
    body = table(["questions", "number", "quoted", "of an added file", "notice against harm"], rows)
    text = f"{circumstances('python -m benchmarks.added_files')}\n\nAdded: {', '.join(ADDED)}\n\n{body}"
    write_section(FOLDER / "quality.md", "added files", text)
    print(text)


def chatbot_with(settings: Settings, folder: Path) -> AnswerPipeline:
    """A chatbot over the corpus of the settings and the added files, all approved."""
    corpus, index = folder / "corpus", folder / "index"
    shutil.copytree(settings.corpus, corpus)
    index.mkdir()
    for kept in settings.index.glob("kept-*.npz"):
        shutil.copy(kept, index)
    for name in ADDED:
        take_as_approved(add_article(convert(FILES / name), FILES / name, corpus=corpus).folder)
    own = replace(settings, corpus=corpus, index=index)
    sources, embedder = load_sources(own), load_embedder(own)
    return make_chatbot(own, sources, load_or_build(own, sources, embedder), embedder)


def asked(chatbot: AnswerPipeline, name: str) -> Iterator[Sequence[object]]:
    """The row of a file of questions."""
    lines = (FILES / name).read_text(encoding="utf-8").splitlines()
    questions = [Question(str(json.loads(line)["question"])) for line in lines]
    replies = [chatbot.reply(question) for question in questions]
    for question, reply in zip(questions, replies, strict=True):
        shown = " / ".join(f"{quote.document.name}: {quote.text[:80]}" for quote in reply.quotes)
        print(f"{question.text}\n    {shown or reply.outcome}  {' '.join(one.id for one in reply.notices)}")
    seeds = {document.name for document in chatbot.corpus.documents if document.published}
    quoted = [reply for reply in replies if reply.quotes]
    added = sum(reply.quotes[0].document.name not in seeds for reply in quoted)
    harm = sum(any(one.id.startswith("harm.") for one in reply.notices) for reply in replies)
    yield name, len(questions), len(quoted), added, harm


if __name__ == "__main__":
    main()
