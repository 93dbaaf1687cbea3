"""The scripts that measure: they run, and each writes its own section only."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from benchmarks.pairs import Asked, Pair, held, load_pairs, unknown_answers
from benchmarks.support.report import table, write_section
from benchmarks.visits import HEAD, rows
from chatbot.answering.pipeline import AnswerPipeline
from chatbot.answering.reply import Reply
from chatbot.corpus.corpus import Corpus
from chatbot.corpus.notices import load_wordings
from chatbot.settings import ROOT
from tests.conftest import REAL_CORPUS
from tests.support.smoke_runs import FAILED

SCRIPTS = [
    "classifiers",
    "articles",
    "answers",
    "by_writer",
    "conversation",
    "pairs",
    "safety",
    "growth",
    "peers",
    "article_peers",
    "latency",
    "load",
    "start",
    "memory",
    "build",
    "capacity",
    "encoder",  # last: it changes the number of threads
]


def test_section_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    """A section that is written again takes the place of the old one; the text around it stays."""
    path = tmp_path / "report.md"
    path.write_text("# Title\n\nWords.\n")
    write_section(path, "one", "first")
    write_section(path, "two", "second")
    before = path.read_text()
    write_section(path, "one", "mended")

    assert before.replace("first", "mended") == path.read_text()
    assert before.startswith("# Title\n\nWords.\n")


def test_table_shows_three_digits() -> None:
    """Shares have three digits, counts are whole."""
    assert table(["a", "b"], [[0.12345, 7]]) == "| a | b |\n|---|---|\n| 0.123 | 7 |"


def test_pairs_name_answers(real_corpus: Corpus) -> None:
    """The 60 pairs are half of each sort, in both languages, and what they hold right are answers of the bank."""
    pairs = load_pairs()
    assert [sum(pair.same is same for pair in pairs) for same in (True, False)] == [30, 30]
    assert sum(pair.language == "es" for pair in pairs) == 20
    assert unknown_answers(pairs, real_corpus.answers) == set()


def test_a_pair_is_judged_by_its_answers(real_corpus: Corpus) -> None:
    """A first message that is answered wrongly says nothing of its pair; silence is right where nothing answers."""
    silent = Pair("en", Asked("a", ()), Asked("b", ("steps",)), same=False)
    wrong = Pair("en", Asked("a", ("steps",)), Asked("b", ("steps",)), same=True)
    found = held([silent, wrong], real_corpus, lambda _: Reply())
    assert found == {"first of a pair": [True, False], "must not change": [], "must change": [False]}


def smoke_runs(scripts: Sequence[str], chatbot: AnswerPipeline, folder: Path) -> Mapping[str, str]:
    """What each script prints in its smoke run; all of them run in one process, which loads the encoder once."""
    environment = {**os.environ, "CHATBOT_INDEX": str(chatbot.settings.index)}
    file = folder / "printed.json"
    command = [sys.executable, "-m", "tests.support.smoke_runs", file, *scripts]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    printed: Mapping[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return printed


@pytest.fixture(scope="module")
def printed(real_chatbot: AnswerPipeline, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What each script printed."""
    return smoke_runs(SCRIPTS, real_chatbot, tmp_path_factory.mktemp("smoke"))


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.parametrize("script", SCRIPTS)
def test_script_runs(script: str, printed: Mapping[str, str]) -> None:
    """A smoke run of every script ends well and shows a table."""
    assert FAILED not in printed[script], printed[script][-2000:]
    if "is not there" in printed[script]:
        pytest.skip("what it measures with is not beside the project")
    assert "|---|" in printed[script]


def test_visits_count_what_goes_wrong_on_ordinary_ones() -> None:
    """In a visit without danger every notice of danger counts as wrong; in another one it is what should be said."""
    wording = load_wordings(REAL_CORPUS / "notices")["en"]
    alarm = Reply(notices=(wording.notice("crisis.overdose"),))
    calm = {"language": "en", "by": "a", "messages": [{"text": "soup", "danger": "none", "does": "tells"}]}
    grave = {"language": "en", "by": "b", "messages": [{"text": "help", "danger": "now", "does": "tells"}]}
    counted = rows([calm, grave], lambda _: alarm)
    found = {str(name): dict(zip(HEAD[1:], figures, strict=True)) for name, *figures in counted}

    assert (found["a"]["messages without danger"], found["a"]["emergency said"]) == (1, 1.0)
    assert (found["b"]["messages without danger"], found["b"]["danger now"], found["b"]["first"]) == (0, 1, 1.0)
