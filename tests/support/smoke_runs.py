"""Smoke runs of several benchmark scripts in one process: ``python -m tests.support.smoke_runs FILE SCRIPT...``.

The encoder and the sources are loaded once for all of them. FILE gets what each script printed, as JSON; for a script
that failed, what it printed and the traceback.
"""

import contextlib
import functools
import importlib
import io
import json
import sys
import traceback
from pathlib import Path

from chatbot.indexing import sources
from chatbot.models import encoder

FAILED = "Traceback (most recent call last)"


def smoke_run(script: str) -> str:
    """What a script prints in its smoke run, with the traceback at its end when it fails."""
    sys.argv = [script, "--smoke"]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            importlib.import_module(f"benchmarks.{script}").main()
        except Exception:
            printed.write(traceback.format_exc())
    return printed.getvalue()


def main() -> None:
    """Run the scripts that the command line names."""
    file, *scripts = sys.argv[1:]
    sources.load_sources = functools.cache(sources.load_sources)
    encoder.load_embedder = functools.cache(encoder.load_embedder)
    Path(file).write_text(json.dumps({script: smoke_run(script) for script in scripts}), encoding="utf-8")


if __name__ == "__main__":
    main()
