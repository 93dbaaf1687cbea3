"""What Gradio keeps of each tab: its transcript, and what waits in its queue or to be read. Bounded here, and dropped.

Gradio itself keeps 10,000 transcripts and the unread messages of 2,000 tabs, however long they are.
"""

import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

from gradio import Blocks
from gradio.routes import App
from gradio.state_holder import SessionState, StateHolder

from chatbot.query.question import Question
from chatbot.web.earlier import read_earlier
from chatbot.web.handlers import PageHandlers
from chatbot.web.transcript import Transcript

ASK, SWITCH, URGENT, CLEAR = "ask", "switch", "ask_urgent", "clear"  # names of handlers
UNREAD_FOR = 60.0  # seconds after which what nobody reads is dropped


POLLED_EVERY = 0.003  # seconds between two looks of a page for a question in its queue


class _Tab(SessionState):
    """What a tab has said and been shown.

    Gradio's own also holds a copy of every component with its value, from which a link to the conversation could be
    made: 29 KB besides what was shown, and 1.6 ms for each tab. There are no such links here.
    """

    def __init__(self, blocks: Blocks) -> None:
        self.blocks_config = copy(blocks.default_config)
        self.config_values = {}
        self.state_data = {}
        self._state_ttl = {}  # nothing goes by itself: ``forget_idle`` drops whole tabs
        self.is_closed = False

    def __setitem__(self, key: int, value: Any) -> None:  # noqa: ANN401  # as Gradio has it
        """See Gradio: a new value of the transcript, or a component with other labels."""
        block = self.blocks_config.blocks.get(key)
        (self.state_data if block and block.stateful else self.blocks_config.blocks)[key] = value

    def _update_config(self, key: int) -> None:
        """See Gradio."""

    def _update_value_in_config(self, key: int, value: Any) -> None:  # noqa: ANN401  # as Gradio has it
        """See Gradio."""


class Tabs(StateHolder):
    """The tabs by the names of their sessions."""

    def __getitem__(self, session_id: str) -> SessionState:
        """See Gradio: a tab that is not known is a new one."""
        if session_id not in self.session_data:
            self.session_data[session_id] = _Tab(self.blocks)
        return super().__getitem__(session_id)


def keep_little(app: App) -> None:
    """Have a page of Gradio keep of each tab what the conversation needs, and nothing else."""
    app.state_holder = Tabs()  # type: ignore[no-untyped-call]  # Gradio's has no types
    app.state_holder.set_blocks(app.get_blocks())


def calm_queue(blocks: Blocks) -> None:
    """Have the queue of a page do nothing but answer.

    After each reply Gradio made a table of the last 10,000 with the names of their sessions, for a dashboard that is
    off here: 2 ms of processor time after 1,000 replies, 7 after 10,000. A thousand times a second it looked for a
    question, and a hundred times for progress that is never told.
    """
    queue = blocks._queue
    queue.ANALYTICS_MAX_EVENTS = 1
    queue.ANAYLTICS_CACHE_FREQUENCY = sys.maxsize
    queue.sleep_when_free = POLLED_EVERY
    queue.progress_update_sleep_when_free = 1.0


@dataclass(frozen=True, slots=True)
class GradioPage:
    """The page in one language, and the numbers of the parts that hold the transcript and what the page carries."""

    blocks: Blocks
    transcript: int
    carried: int

    def number(self, handler: str) -> int:
        """The number of a handler by its name."""
        return next(number for number, function in self.blocks.fns.items() if function.name == handler)

    def place_of_carried(self, handler: int) -> int | None:
        """Where among the inputs of a handler stands what the page carries; None where it takes none."""
        inputs = [part._id for part in self.blocks.fns[handler].inputs]
        return inputs.index(self.carried) if self.carried in inputs else None

    def transcript_of(self, session: str) -> Transcript | None:
        """What a tab was shown so far; None when no session holds it."""
        state = self.blocks.state_holder.session_data.get(session)
        kept = state.state_data.get(self.transcript) if state else None
        return kept if isinstance(kept, Transcript) else None

    def forget(self, session: str) -> None:
        """Drop the transcript of a tab."""
        self.blocks.state_holder.session_data.pop(session, None)
        self.blocks.state_holder.time_last_used.pop(session, None)

    def forget_unread(self, session: str) -> None:
        """Drop what waits to be read by a tab, and what it still waits for."""
        queue = self.blocks._queue
        queue.pending_messages_per_session.pop(session, None)
        for event in queue.pending_event_ids_session.pop(session, set()):
            found = queue.event_ids_to_events.pop(event, None)
            if found:
                found.alive = False  # no message is kept for it any more


class GradioSessions:
    """The tabs of the pages, by language; see ``queue_gate.Queue``. ``clock`` gives seconds and never runs back."""

    def __init__(
        self,
        pages: Mapping[str, GradioPage],
        handlers: PageHandlers,
        *,
        longest_queue: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pages = pages
        self._handlers = handlers
        self._longest_queue = longest_queue
        self._clock = clock
        self._used_at: dict[tuple[str, str], float] = {}
        self._unread_since: dict[tuple[str, str], float] = {}
        self._numbers = {name: pages["en"].number(name) for name in (ASK, SWITCH, URGENT, CLEAR)}

    @property
    def waiting(self) -> int:
        """How many questions stand in the queue."""
        return sum(len(page.blocks._queue) for page in self._pages.values())

    @property
    def is_full(self) -> bool:
        """Whether as many wait as may."""
        return self.waiting >= self._longest_queue

    def question(self, language: str, entry: Mapping[str, Any]) -> Question | None:
        """The typed question that a request asks; None when it presses something else."""
        if entry["fn_index"] != self._numbers[ASK]:
            return None
        text, _, wanted, carried = entry["data"]
        return self._handlers.question(text, self._transcript(language, entry), wanted, carried)

    def overtaking(self, entry: Mapping[str, Any]) -> Mapping[str, Any]:
        """The same request to the handler that nobody waits for."""
        return {**entry, "fn_index": self._numbers[URGENT]}

    def weigh(self, language: str, entry: Mapping[str, Any]) -> int:
        """For how many questions a request counts: also for each earlier one that is answered again.

        That is what the page carries, where no session holds the conversation yet, and all in another language. To
        have the conversation forgotten counts for none: it must never be refused.
        """
        if entry["fn_index"] == self._numbers[CLEAR]:
            return 0
        transcript = self._transcript(language, entry)
        if transcript is None:
            place = self._pages["en"].place_of_carried(entry["fn_index"])
            return 1 + (0 if place is None else len(read_earlier(str(entry["data"][place]))))
        if entry["fn_index"] != self._numbers[SWITCH]:
            return 1
        wording = self._handlers.wording(entry["data"][0])
        return max(1, len(transcript.in_another_language(wording.language)))

    def unread(self, language: str, session: str) -> int | None:
        """How many messages wait to be read by a tab; None when it has asked nothing."""
        page = self._pages.get(language)
        messages = page.blocks._queue.pending_messages_per_session.get(session) if page else None
        return None if messages is None else int(messages.qsize())

    def forget_idle(self, *, seconds: float) -> None:
        """Drop the transcripts of tabs that asked nothing for so long."""
        now = self._clock()
        kept = {}
        for language, page in self._pages.items():
            for session, last_used in list(page.blocks.state_holder.time_last_used.items()):
                # Gradio's own time is that of the wall clock, which may jump: it only tells that something has changed.
                used_at = self._used_at.get((language, f"{session} {last_used}"), now)
                if now - used_at > seconds:
                    page.forget(session)
                else:
                    kept[language, f"{session} {last_used}"] = used_at
        self._used_at = kept

    def forget_unread(self, reading: Collection[str]) -> None:
        """Drop what has waited for ``UNREAD_FOR`` seconds to be read by tabs that are not ``reading``."""
        now, kept = self._clock(), {}
        for language, session in self._not_read(reading):
            since = self._unread_since.get((language, session), now)
            if now - since > UNREAD_FOR:
                self._pages[language].forget_unread(session)
            else:
                kept[language, session] = since
        self._unread_since = kept

    def _not_read(self, reading: Collection[str]) -> Iterator[tuple[str, str]]:
        for language, page in self._pages.items():
            for session in list(page.blocks._queue.pending_messages_per_session):
                if session not in reading:
                    yield language, session

    def _transcript(self, language: str, entry: Mapping[str, Any]) -> Transcript | None:
        page = self._pages.get(language)
        return page.transcript_of(entry["session_hash"]) if page else None
