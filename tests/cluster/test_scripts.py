"""The scripts that measure what docs/scaling.md shows: they run."""

import importlib.util
from pathlib import Path

import pytest

if importlib.util.find_spec("ray") is None or importlib.util.find_spec("pymilvus") is None:
    pytest.skip("make test-cluster installs Ray and Milvus", allow_module_level=True)

from chatbot.answering.pipeline import AnswerPipeline
from tests.test_benchmarks import smoke_runs


@pytest.mark.model
@pytest.mark.parametrize("script", ["cluster", "milvus", "workers"])
def test_script_runs(script: str, real_chatbot: AnswerPipeline, tmp_path: Path) -> None:
    """A smoke run of every script ends well and shows a table."""
    assert "|---|" in smoke_runs([script], real_chatbot, tmp_path)[script]
