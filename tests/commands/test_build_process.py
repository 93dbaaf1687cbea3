"""A build in a process of its own: it makes the index, says why it could not, and ends with the one that began it."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from chatbot.commands.build_process import BuildProcess
from chatbot.errors import ChatbotError
from chatbot.settings import ROOT, Settings

pytestmark = pytest.mark.slow


def test_what_cannot_be_built_is_told(small_settings: Settings) -> None:
    """The words of the other process, with their next step, come back."""
    small_settings.index.write_text("no folder", encoding="utf-8")
    with pytest.raises(ChatbotError, match="cannot be written") as caught:
        BuildProcess(small_settings).wait()
    assert "CHATBOT_INDEX" in caught.value.next_step


def test_a_model_that_is_missing_is_told(small_settings: Settings) -> None:
    """A model that is not there is named, and no index is made."""
    with pytest.raises(ChatbotError, match="no such folder"):
        BuildProcess(replace(small_settings, model="/no/such/model")).wait()
    assert not (small_settings.index / "manifest.json").exists()


@pytest.mark.model
def test_it_makes_the_index(small_settings: Settings) -> None:
    """With the real encoder the index is in place when it has ended."""
    BuildProcess(small_settings).wait()
    assert (small_settings.index / "manifest.json").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of other systems")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_who_began_it(small_settings: Settings, how: signal.Signals) -> None:
    """When the page ends or is killed during a build, no build goes on without it."""
    script = (
        "import sys, time, pathlib\n"
        "from chatbot.commands.build_process import BuildProcess\n"
        "from chatbot.settings import Settings\n"
        "if __name__ == '__main__':\n"
        "    process = BuildProcess(Settings(corpus=pathlib.Path(sys.argv[1]), index=pathlib.Path(sys.argv[2])))\n"
        "    print(process._process.pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    path = small_settings.index.parent / "page.py"
    path.write_text(script, encoding="utf-8")
    command = [sys.executable, path, small_settings.corpus, small_settings.index]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as page:
        assert page.stdout is not None
        number = int([page.stdout.readline(), page.stdout.readline()][1])
        time.sleep(0.5)
        page.send_signal(how)
        page.wait(20)
    deadline = time.monotonic() + 20
    while _alive(number):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(number)], capture_output=True, text=True, check=False).stdout
    return not state.startswith("Z")
