"""Builds in a process of their own: the settings reach it, and its end is told."""

import time
from pathlib import Path

import pytest

from chatbot.settings import Settings
from chatbot.workshop.builds import Builds, BuildState, environment_of


def ended(builds: Builds) -> BuildState:
    """The build when it is over."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        state = builds.state
        if state is not None and state.code is not None:
            return state
        time.sleep(0.1)
    raise AssertionError("the build does not end")


def test_settings_reach_the_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The other process reads the same settings from its environment, whatever stands in this one's."""
    monkeypatch.setenv("CHATBOT_PORT", "1")
    settings = Settings(
        corpus=tmp_path / "c", index=tmp_path / "i", audit_log=True, reader="none", answer_threshold=0.5
    )
    environment = environment_of(settings)
    assert Settings.from_environment(environment) == settings
    assert "PATH" in environment


@pytest.mark.slow
def test_failed_build_says_why(tmp_path: Path) -> None:
    """A build that fails ends with the reason, and what was there before stays in use; one runs at a time."""
    told: list[bool] = []
    builds = Builds(Settings(corpus=tmp_path, index=tmp_path / "index"), on_success=told.append)
    assert builds.state is None
    assert builds.start(drafts=True)
    assert not builds.start(drafts=False)
    state = ended(builds)
    assert state.drafts
    assert state.code == 2
    assert "Next step:" in state.said
    assert told == []
