"""Installs the packages of lock files into the environment of the Python that runs this, each with its hash.

torch comes first, by itself. On Linux its plain build brings gigabytes of CUDA that nothing here uses, so the build for
CPUs is tried, from PyTorch's own public index: once, with a short timeout. Where pip has an index of its own, and in
CI, that index decides. Run: ``.venv/bin/python tools/install.py requirements.lock``.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
SECONDS = 10  # that the CPU index may stay silent
_OWN = re.compile(r"^(?:\S+\.)?(?:index-url|extra-index-url|find-links|no-index)=", re.MULTILINE)
Run = Callable[..., "subprocess.CompletedProcess[str]"]
_PIP = (sys.executable, "-m", "pip")


def main(locks: Sequence[str], *, run: Run = subprocess.run) -> int:
    """Install; the status of the first command that failed, or 0."""
    wanted = torch_requirement(Path(__file__).resolve().parent.parent / "requirements.txt")
    configured = str(run([*_PIP, "config", "list"], capture_output=True, text=True).stdout)
    *cheaper, plain = torch_ways(wanted, platform=sys.platform, environment=os.environ, configured=configured)
    for way in cheaper:
        print("torch: trying the build for CPUs, without CUDA.", flush=True)
        if not run([*_PIP, "install", *way], stderr=subprocess.DEVNULL).returncode:
            break
        print("torch: PyTorch's index cannot be reached. Taking the plain build.", flush=True)
    else:
        if status := run([*_PIP, "install", *plain]).returncode:
            return status
    for lock in locks:
        if status := run([*_PIP, "install", "--quiet", "--require-hashes", "--no-deps", "-r", lock]).returncode:
            return status
    return 0


def torch_requirement(requirements: Path) -> str:
    """The line of torch, for example ``torch==2.13.0``."""
    found = re.search(r"^torch==\S+", requirements.read_text(encoding="utf-8"), re.MULTILINE)
    if not found:
        raise ValueError(f"{requirements} names no torch")
    return found[0]


def torch_ways(wanted: str, *, platform: str, environment: Mapping[str, str], configured: str) -> list[list[str]]:
    """What follows ``pip install``, by the ways to try in order; ``configured`` is what ``pip config list`` prints."""
    plain = ["--quiet", wanted]
    own = _OWN.search(configured) or any(f"PIP_{name}" in environment for name in ("INDEX_URL", "NO_INDEX"))
    if platform != "linux" or environment.get("CI") or own:
        return [plain]
    index = environment.get("TORCH_INDEX", CPU_INDEX)
    once = ["--timeout", str(SECONDS), "--retries", "0", "--no-deps", "--index-url", index]
    return [["--quiet", *once, wanted], plain]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
