"""The scripts that measure what docs/scaling.md shows: they run."""

import importlib.util
import os
import subprocess
import sys

import pytest

if importlib.util.find_spec("ray") is None or importlib.util.find_spec("pymilvus") is None:
    pytest.skip("make test-cluster installs Ray and Milvus", allow_module_level=True)

from chatbot.bot import Chatbot
from chatbot.settings import ROOT


@pytest.mark.model
@pytest.mark.parametrize("script", ["cluster", "milvus", "workers"])
def test_script_runs(script: str, real_chatbot: Chatbot) -> None:
    """A smoke run of every script ends well and shows a table."""
    environment = {**os.environ, "CHATBOT_INDEX": str(real_chatbot.settings.index)}
    command = [sys.executable, "-m", f"benchmarks.{script}", "--smoke"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr[-2000:]
    assert "|---|" in done.stdout
