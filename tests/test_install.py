"""What `make chat` installs, and from where: tools/install.py."""

import functools
import http.server
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from chatbot.settings import ROOT
from tools import install

WANTED = install.torch_requirement(ROOT / "requirements.txt")
VERSION = WANTED.partition("==")[2]


def ways(platform: str = "linux", configured: str = "", **environment: str) -> list[bool]:
    """For each way to get torch, in order, whether it asks the index for CPUs."""
    found = install.torch_ways(WANTED, platform=platform, environment=environment, configured=configured)
    return [install.CPU_INDEX in way for way in found]


def test_linux_tries_the_build_for_cpus_first() -> None:
    """On Linux the index for CPUs is asked once, with a short timeout, and then the plain one."""
    assert ways() == [True, False]
    first = install.torch_ways(WANTED, platform="linux", environment={}, configured="")[0]
    assert first[first.index("--retries") + 1] == "0"
    assert int(first[first.index("--timeout") + 1]) <= 15


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_elsewhere_the_plain_build_has_no_gpu_packages(platform: str) -> None:
    """On other systems only the plain index is asked."""
    assert ways(platform) == [False]


@pytest.mark.parametrize(
    "configured",
    [
        "global.index-url='https://mirror.example/simple'",
        "global.timeout='5'\nuser.extra-index-url='https://mirror.example'",
        ":env:.find-links='/wheels'",
        "install.no-index='true'",
    ],
)
def test_an_index_of_ones_own_decides(configured: str) -> None:
    """Where pip is configured with an index, a folder of packages or none, no other host is asked."""
    assert ways(configured=configured) == [False]


@pytest.mark.parametrize("variable", ["CI", "PIP_INDEX_URL", "PIP_NO_INDEX"])
def test_neither_in_ci(variable: str) -> None:
    """In CI, and with an index in the environment, no other host is asked."""
    assert ways(**{variable: "1"}) == [False]


@pytest.mark.parametrize(
    "configured", ["", "global.cert='/etc/ssl/cert.pem'", "global.disable-pip-version-check='1'", "global.timeout='5'"]
)
def test_other_settings_of_pip_do_not_count(configured: str) -> None:
    """Settings that name no index change nothing."""
    assert ways(configured=configured) == [True, False]


class Pip:
    """Runs nothing: keeps what it was asked, and fails where told to."""

    def __init__(self, *failing: str) -> None:
        self.asked: list[list[str]] = []
        self._failing = failing

    def __call__(self, command: Sequence[str], **_: object) -> "subprocess.CompletedProcess[str]":
        """Like ``subprocess.run``."""
        words = [str(word) for word in command[3:]]
        self.asked.append(words)
        return subprocess.CompletedProcess(command, int(any(word in self._failing for word in words)), "", "")


@pytest.fixture
def plain_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Linux on which nothing about packages is set."""
    monkeypatch.setattr(sys, "platform", "linux")
    for name in [name for name in os.environ if name == "CI" or name.startswith("PIP_")]:
        monkeypatch.delenv(name)


@pytest.mark.usefixtures("plain_linux")
def test_without_the_index_for_cpus_the_plain_build_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    """When that index cannot be reached, the plain one is asked, and that is said; then the rest, with hashes."""
    pip = Pip(install.CPU_INDEX)
    assert install.main(["requirements.lock"], run=pip) == 0
    _, first, second, rest = pip.asked
    assert (install.CPU_INDEX in first, install.CPU_INDEX in second) == (True, False)
    assert {"--require-hashes", "--no-deps", "requirements.lock"} <= set(rest)
    assert "plain build" in capsys.readouterr().out


@pytest.mark.usefixtures("plain_linux")
def test_what_fails_is_told() -> None:
    """The status of a command that failed is that of the whole."""
    assert install.main(["requirements.lock"], run=Pip("requirements.lock")) == 1
    assert install.main([], run=Pip(WANTED)) == 1


@pytest.fixture
def index(tmp_path: Path) -> Iterator[str]:
    """A package index on this machine that has torch, as a package of one line."""
    folder = tmp_path / "index" / "torch"
    folder.mkdir(parents=True)
    wheel = folder / f"torch-{VERSION}+cpu-py3-none-any.whl"
    info = f"torch-{VERSION}+cpu.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("torch/__init__.py", "made_for = 'cpu'\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: torch\nVersion: {VERSION}+cpu\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    (folder / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>', encoding="utf-8")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path / "index"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.slow
def test_pip_takes_the_build_for_cpus_from_an_index(index: str, tmp_path: Path) -> None:
    """With a real pip and an index on this machine, the build for CPUs is installed, and counts as the version."""
    kept = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("PIP_")}
    environment = {
        **kept,
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_TARGET": str(tmp_path / "packages"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "TORCH_INDEX": index,
    }
    command = [sys.executable, str(ROOT / "tools" / "install.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    assert (tmp_path / "packages" / "torch" / "__init__.py").read_text(encoding="utf-8") == "made_for = 'cpu'\n"
    assert "plain" not in done.stdout
