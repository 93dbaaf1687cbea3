"""The one public name of the package: ``from chatbot import Chatbot``."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import chatbot
from chatbot import Chatbot
from chatbot.errors import IndexMissing
from chatbot.indexing import build, sources
from chatbot.models.encoder import load_embedder
from chatbot.query.question import Question
from chatbot.settings import ROOT, Settings
from tests.conftest import REAL_CORPUS
from tests.support.fakes import ARTICLE, EMERGENCIES, QUESTIONS, REQUESTS, TOPICS, write_corpus, write_model


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A small corpus with its index and a tiny model."""
    folder = tmp_path_factory.mktemp("door")
    write_corpus(folder, notices=REAL_CORPUS / "notices")
    write_model(folder / "model", [ARTICLE, QUESTIONS, TOPICS, EMERGENCIES, REQUESTS])
    settings = Settings(corpus=folder / "corpus", index=folder / "index", model=str(folder / "model"))
    build.build(settings, sources.load_sources(settings), load_embedder(settings))
    return settings


@pytest.fixture
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same as an operator's environment."""
    for name in ("corpus", "index", "model"):
        monkeypatch.setenv(f"CHATBOT_{name.upper()}", str(getattr(settings, name)))


@pytest.mark.usefixtures("environment")
def test_example_of_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """The example in README.md runs as it stands and prints an outcome."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    exec(compile(example, "README.md", "exec"), {})
    assert capsys.readouterr().out.splitlines()[0] in ("answer", "not_covered", "notice")


def test_ask_is_reply(settings: Settings) -> None:
    """``ask`` gives what ``reply`` gives for the same question, history and language."""
    opened = Chatbot.open(settings)
    asked = opened.ask("and which are used?", ["is there a medicine for it"], language="es")
    assert asked == opened.reply(Question("and which are used?", ("is there a medicine for it",), "es"))
    assert [quote.text for quote in opened.ask("which medicines are used").quotes] == [
        "Two medicines are used: alpha and beta."
    ]


@pytest.mark.parametrize(("longest", "kept"), [(0, ()), (1, ("b",)), (9, ("a", "b"))])
def test_history_is_bounded(settings: Settings, longest: int, kept: tuple[str, ...]) -> None:
    """Of a long history the latest messages count, as over HTTP and on the command line."""
    heard: list[Question] = []

    class Listening(Chatbot):
        def reply(self, question: Question):
            heard.append(question)

    opened = Listening.__new__(Listening)
    opened.settings = Settings(longest_history=longest)
    opened.ask("c", ["a", "b"])
    assert heard == [Question("c", kept)]


def test_without_an_index_it_says_how_to_make_one(settings: Settings, tmp_path: Path) -> None:
    """Nothing is built behind the caller's back: without an index the error names the command."""
    with pytest.raises(IndexMissing, match="python -m chatbot build"):
        Chatbot.open(replace(settings, index=tmp_path))


def test_importing_stays_light() -> None:
    """Importing the package loads nothing heavy; naming ``Chatbot`` does, with the hub switched off before."""
    script = (
        "import sys, os, chatbot; print('sentence_transformers' in sys.modules, os.environ.get('HF_HUB_OFFLINE'));"
        "from chatbot import Chatbot; print('faiss' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "1", "True"]


def test_other_names_are_not_there() -> None:
    """A name that the package does not have is missing as in any other."""
    with pytest.raises(AttributeError, match="Chatbott"):
        chatbot.Chatbott  # noqa: B018  (the access itself is tested)
