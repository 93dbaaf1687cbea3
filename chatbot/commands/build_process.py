"""A build in a process of its own: what it needs besides the index is given back to the system when it ends.

A build holds up to 800 MB (measured as its greatest resident size), and libraries keep what they once had.
"""

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import Connection
from typing import NoReturn

from tqdm import tqdm

from chatbot.errors import ChatbotError
from chatbot.indexing.sources import load_sources
from chatbot.models.encoder import load_embedder
from chatbot.service.factory import load_or_build
from chatbot.settings import Settings


class BuildBar:
    """A progress bar of a build, shown when it is known how many texts there are."""

    def __init__(self) -> None:
        self._bar: tqdm[NoReturn] | None = None
        self._missing = 0  # texts that have no vector yet

    def expect(self, texts: int) -> None:
        """See ``indexing.build.Progress``."""
        self._missing = texts
        self._bar = tqdm(total=texts, desc="embedding", unit=" texts")

    def __call__(self, count: int) -> None:
        """See ``indexing.build.Progress``."""
        self._missing -= count
        if self._bar is not None:
            self._bar.update(count)
            if self._missing <= 0:
                self._bar.close()
                self._bar = None
                print("Training the classifiers: the last step.", flush=True)


class BuildProcess:
    """A build of the index that these settings name, from its start on. It ends with the process that started it."""

    def __init__(self, settings: Settings) -> None:
        print("There is no index that fits the corpus: building it. This takes about a minute, once.", flush=True)
        context = multiprocessing.get_context("spawn")  # the libraries of this process have threads: no fork
        self._heard, telling = context.Pipe(duplex=False)
        self._process = context.Process(target=_build, args=(settings, telling), name="build", daemon=True)
        self._process.start()
        telling.close()

    def wait(self) -> None:
        """Return when the index is in place; ChatbotError, with the words of the build, when it could not be made."""
        try:
            fault: tuple[str, str, str] | None = self._heard.recv()
        except EOFError:
            fault = ("The build was ended from outside.", "", "if memory ran out, give it 2 GB. Start the page again.")
        self._process.join()
        if fault:
            what, where, next_step = fault
            raise ChatbotError(what, where=where, next_step=next_step)


def _build(settings: Settings, telling: Connection) -> None:
    """Run in the other process: tell None, or the words of the error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches both; the one that started this one ends it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        load_or_build(settings, load_sources(settings), load_embedder(settings, packed=False), progress=BuildBar())
    except ChatbotError as error:
        telling.send((error.what, error.where, error.next_step))
    except MemoryError:
        telling.send(("There is not enough memory to build the index.", "", "give it 2 GB, then start the page again."))
    else:
        telling.send(None)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)
