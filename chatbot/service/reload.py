"""Reload without a restart: detects a new index or changed notice files, loads them beside the old, and switches.

An index fits one state of the corpus only, so both are read anew together. A state that does not fit or cannot be read
is refused, with the reason in the log, and the old one goes on.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from chatbot.errors import ChatbotError, CorpusError
from chatbot.retrieval.index_files import MANIFEST
from chatbot.service.interface import ChatbotProtocol
from chatbot.service.startup import StartingChatbot
from chatbot.settings import Settings

_logger = logging.getLogger("chatbot")

# Path, time of the last change, length and inode of each file: a file put in the place of another has a new inode.
State = frozenset[tuple[str, int, int, int]]


def corpus_state(settings: Settings) -> State:
    """How the corpus and the wording look now, by the dates of their files: none is read."""
    more = [Path(settings.contacts)] if settings.contacts else []
    files = (path for path in settings.corpus.rglob("*") if path.suffix in (".toml", ".txt"))
    return frozenset(_dates([*files, *more]))


def index_state(settings: Settings) -> State:
    """The same of the index: its manifest is put in place last, in one step."""
    return frozenset(_dates([settings.index / MANIFEST]))


def _dates(paths: Iterable[Path]) -> Iterator[tuple[str, int, int, int]]:
    for path in paths:
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue  # taken away in this moment: the next look sees the rest
        yield str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino


class Reloader:
    """Switches ``chatbot`` to what ``load`` makes whenever the files have changed since ``known``.

    ``on_reload`` is called with whether the new state was taken, ``on_look`` with whether the files could be looked at.
    ``look`` is one look. ``trouble`` is the class of the error that the last look met; empty when it met none.
    """

    def __init__(
        self,
        chatbot: StartingChatbot,
        *,
        load: Callable[[], ChatbotProtocol],
        known: State,
        on_reload: Callable[[bool], object] | None = None,
        on_look: Callable[[bool], object] | None = None,
    ) -> None:
        self._chatbot = chatbot
        self._load = load
        self._known = known
        self._seen = known
        self._on_reload = on_reload
        self._on_look = on_look
        self.trouble = ""

    def start(self) -> threading.Thread:
        """Look every few seconds, for as long as the process runs."""
        thread = threading.Thread(target=self._look_for_ever, name="reload", daemon=True)
        thread.start()
        return thread

    def look(self) -> None:
        """Reload when there is something new, and it is the same as at the last look: nothing half written."""
        settings = self._chatbot.settings
        now = corpus_state(settings) | index_state(settings)
        if now != self._known and now == self._seen:
            self._known = now
            taken = self._reloaded()
            if self._on_reload:
                self._on_reload(taken)
        self._seen = now

    def try_to_look(self) -> None:
        """One look that never raises: whatever is wrong with the files now, they are looked at again."""
        try:
            self.look()
            trouble = ""
        except Exception as error:  # too many open files, a loop of links, a disk that is gone: what comes next time?
            trouble = type(error).__name__
        if trouble != self.trouble and trouble:
            _logger.error("the articles cannot be looked at, the old ones go on: %s; tried again", trouble)
        elif trouble != self.trouble:
            _logger.info("the articles can be looked at again")
        self.trouble = trouble
        if self._on_look:
            self._on_look(not trouble)

    def _look_for_ever(self) -> None:
        while True:
            time.sleep(self._chatbot.settings.reload_seconds)
            if self._chatbot.ready:
                self.try_to_look()

    def _reloaded(self) -> bool:
        """Whether the new state was taken."""
        try:
            chatbot = self._load()
            self._refuse_other_languages(chatbot)
        except ChatbotError as error:
            _logger.warning("the changed articles are refused, the old ones go on: %s", error)
            return False
        except Exception:  # whatever is wrong with new files, the page must go on; nothing typed can be in this one
            _logger.exception("the changed articles are refused, the old ones go on")
            return False
        self._chatbot.switch_to(chatbot)
        _logger.info("switched to the changed articles: %d of them", len(chatbot.corpus.documents))
        return True

    def _refuse_other_languages(self, chatbot: ChatbotProtocol) -> None:
        """CorpusError when a language came or went: the page was made for those of the start."""
        if chatbot.wordings.keys() != self._chatbot.wordings.keys():
            raise CorpusError(
                f"The wording is now in {', '.join(sorted(chatbot.wordings))}.",
                where=chatbot.settings.corpus / "notices",
                next_step="start the page again.",
            )
