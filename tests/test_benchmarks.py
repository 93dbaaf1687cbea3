"""The scripts that measure: they run, and each writes its own section only."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.support.report import table, write_section
from chatbot.answering.pipeline import AnswerPipeline
from chatbot.settings import ROOT

SCRIPTS = [
    "classifiers",
    "articles",
    "answers",
    "safety",
    "growth",
    "peers",
    "latency",
    "load",
    "start",
    "build",
    "encoder",
    "capacity",
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


def smoke_run(script: str, chatbot: AnswerPipeline) -> str:
    """What a script prints in its smoke run, which ends well."""
    environment = {**os.environ, "CHATBOT_INDEX": str(chatbot.settings.index)}
    command = [sys.executable, "-m", f"benchmarks.{script}", "--smoke"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.model
@pytest.mark.parametrize("script", SCRIPTS)
def test_script_runs(script: str, real_chatbot: AnswerPipeline) -> None:
    """A smoke run of every script ends well and shows a table."""
    printed = smoke_run(script, real_chatbot)

    if "is not there" in printed:
        pytest.skip("what it measures with is not beside the project")
    assert "|---|" in printed
