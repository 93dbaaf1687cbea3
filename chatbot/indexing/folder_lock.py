"""Lock of the index folder: one build at a time works in it, and clears away what builds before it left unfinished."""

import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from chatbot.errors import IndexBusy, IndexUnwritable
from chatbot.retrieval.index_files import remove_left_over

LOCK = "lock"
LONGEST_WAIT = 1800.0  # seconds that another build is waited for; a whole one takes minutes
_logger = logging.getLogger("chatbot")


@contextmanager
def held_folder(folder: Path, *, patience: float = LONGEST_WAIT) -> Iterator[None]:
    """Hold the index folder, made if it is missing, and clear it of what others have left.

    The operating system lets go of the lock when its process ends, however it ends.

    Raises:
        IndexUnwritable: no file can be made in it.
        IndexBusy: another process still holds it after ``patience`` seconds.

    """
    with said_when_unwritable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass  # a lock file of an earlier build can be opened where no new file can be made
        lock = _locked(folder, patience)
    try:
        remove_left_over(folder)
        yield
    finally:
        lock.release()


def _locked(folder: Path, patience: float) -> FileLock:
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        _logger.warning("%s: another build works here. Waiting for it.", folder)
        try:
            lock.acquire(timeout=patience, poll_interval=0.2)
        except Timeout as error:
            raise IndexBusy(
                f"Another build has been at work here for more than {patience:.0f} seconds.",
                where=folder,
                next_step="end it, or set CHATBOT_INDEX to another folder.",
            ) from error
    return lock


@contextmanager
def said_when_unwritable(folder: Path) -> Iterator[None]:
    """IndexUnwritable instead of what the system, or a library that writes by itself, raises."""
    try:
        yield
    except (OSError, RuntimeError) as error:  # the latter is faiss'
        free = _free(folder)
        raise IndexUnwritable(
            f"The index cannot be written ({error}). {free}",
            where=folder,
            next_step="make space or allow writing there, or set CHATBOT_INDEX to another folder; then run: "
            "python -m chatbot build",
        ) from error


def _free(folder: Path) -> str:
    try:
        return f"Free space there: {shutil.disk_usage(folder).free / 1e6:.0f} MB."
    except OSError:
        return "There is no such folder."
