"""A build in a process of its own, so that the workshop goes on meanwhile: its progress, and its last words."""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

from chatbot.settings import ROOT, Settings

_MOST_SHOWN = 2000  # characters of what a build has printed


@dataclass(frozen=True, slots=True)
class BuildState:
    """``code`` is the exit status; None while the build runs. ``said`` is the last of what it printed."""

    drafts: bool
    code: int | None
    said: str


class Builds:
    """Starts one build at a time. ``on_success`` is called in a thread when one has ended well."""

    def __init__(self, settings: Settings, *, on_success: Callable[[bool], object]) -> None:
        self._settings = settings
        self._on_success = on_success
        self._lock = threading.Lock()
        self._state: BuildState | None = None
        self._log = Path()

    @property
    def state(self) -> BuildState | None:
        """The build that runs or ran last; None before the first."""
        with self._lock:
            state = self._state
        if state is None or state.code is not None:
            return state
        return BuildState(state.drafts, None, _last(self._log))

    def start(self, *, drafts: bool) -> bool:
        """Begin one; False when one is running."""
        with self._lock:
            if self._state is not None and self._state.code is None:
                return False
            self._state = BuildState(drafts, None, "")
        threading.Thread(target=self._run, args=(drafts,), name="build", daemon=True).start()
        return True

    def _run(self, drafts: bool) -> None:
        command = [sys.executable, "-m", "chatbot", "build", "--quick", *(["--drafts"] if drafts else [])]
        with tempfile.TemporaryDirectory(prefix="build-") as folder:
            self._log = Path(folder) / "log"
            with self._log.open("wb") as log:
                done = subprocess.run(
                    command,
                    cwd=ROOT,
                    env=environment_of(self._settings),
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    check=False,
                )
            said, code = _last(self._log), done.returncode
        if code == 0:
            try:
                self._on_success(drafts)
            except Exception as error:  # a file was changed meanwhile, for example: it is shown as the build's own end
                said, code = f"{said}\n{error}", 2
        with self._lock:
            self._state = BuildState(drafts, code, said)


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment in which another process has these settings."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("CHATBOT_")}
    own, usual = settings, Settings()
    return others | {
        f"CHATBOT_{field.name.upper()}": _written(getattr(own, field.name))
        for field in fields(own)
        if getattr(own, field.name) != getattr(usual, field.name)
    }


def _written(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _last(log: Path) -> str:
    """The end of what was printed; of a progress bar its last state."""
    try:
        text = log.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""
    # Not splitlines: that would cut a progress bar at its carriage returns, and show every state of it.
    return "\n".join(line.rstrip().rpartition("\r")[2] for line in text.split("\n"))[-_MOST_SHOWN:].strip()
