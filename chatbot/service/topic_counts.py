"""Topic counts per day: how often each topic was asked about, nothing was quoted, or a reply did not answer.

Off by default.

Numbers only: no text, no address, no time of day. Emergencies are not counted. A count below LEAST_COUNT is never
written, so that no line is about one person.
"""

import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path

from chatbot.answering.pipeline import AnswerPipeline, Trace
from chatbot.answering.reply import Quote, Reason, Reply
from chatbot.corpus.corpus import Corpus
from chatbot.errors import SettingsError
from chatbot.query.question import Question
from chatbot.retrieval.candidates import TOPIC, answer_label
from chatbot.service.interface import ChatbotWrapper

LEAST_COUNT = 5  # a smaller number of a day is not written
WRITTEN_EVERY = 3600.0  # seconds; a time of writing tells nothing of when somebody asked
_logger = logging.getLogger("chatbot")


class TopicCounts:
    """Counts of today in memory; the file has those of every day, ``{"2026-01-31": {"answer all": 12}}``."""

    def __init__(
        self, path: Path, *, today: Callable[[], date] = date.today, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._path = path
        self._today = today
        self._clock = clock
        self._days = read_counts(path)
        self._day = str(today())
        self._counts = Counter(self._days.get(self._day, {}))  # after a restart: as far as they were written
        self._written_at = clock()
        self._lock = threading.Lock()
        self._write()  # a folder that cannot be written to is told at the start

    def count(self, trace: Trace) -> None:
        """Count a reply. A full disk costs numbers, never an answer."""
        self._add(names_of(trace))

    def _add(self, names: Iterable[str]) -> None:
        with self._lock:
            if str(self._today()) != self._day:
                self._try_to_write()
                self._day, self._counts = str(self._today()), Counter()
            self._counts.update(names)
            if self._clock() - self._written_at >= WRITTEN_EVERY:
                self._try_to_write()

    def count_miss(self, reply: Reply, corpus: Corpus) -> None:
        """Count a reply with quotes of which its reader says that it did not answer."""
        if reply.quotes:
            self._add(("missed all", f"missed {_quoted_label(reply.quotes[0], corpus)}"))

    def _try_to_write(self) -> None:
        try:
            self._write()
        except SettingsError as error:
            _logger.warning("%s", error)

    def _write(self) -> None:
        shown = {name: count for name, count in sorted(self._counts.items()) if count >= LEAST_COUNT}
        self._days = {**self._days, **({self._day: shown} if shown else {})}
        self._written_at = self._clock()
        draft = self._path.with_name(f"{self._path.name}.draft")
        try:
            draft.write_text(json.dumps(self._days, indent=1), encoding="utf-8")
            draft.replace(self._path)
        except OSError as error:
            raise SettingsError(
                f"The topic counts cannot be written: {error.strerror}.",
                where=self._path,
                next_step="let the server write there, or empty CHATBOT_TOPIC_COUNTS.",
            ) from error


class CountingChatbot(ChatbotWrapper):
    """A chatbot whose replies are counted by topic."""

    def __init__(self, pipeline: AnswerPipeline, counts: TopicCounts) -> None:
        super().__init__(pipeline)
        self._pipeline = pipeline
        self._counts = counts

    def reply(self, question: Question) -> Reply:
        """See ``ChatbotProtocol``."""
        trace = self._pipeline.trace(question)
        self._counts.count(trace)
        return trace.reply


def names_of(trace: Trace) -> Iterator[str]:
    """What a reply is: an answer by its name, an abstention by its topic or reason, a notice alone as nothing."""
    reply = trace.reply
    if reply.quotes:
        best = trace.sure[0]
        yield from ("answer all", f"answer {answer_label(best.answer) if best.answer else best.document.name}")
    if reply.abstention:
        reason = reply.abstention.reason
        topic = trace.bank.topic if reason in (Reason.TOPIC, Reason.NEAR) else ""
        yield from ("not_covered all", f"not_covered {TOPIC + topic if topic else reason.value}")


def _quoted_label(quote: Quote, corpus: Corpus) -> str:
    """The answer of the bank that a quote was made for, by its name; of an article without a bank the article."""
    of_article = (answer for answer in corpus.answers if answer.document.name == quote.document.name)
    answer = next((one for one in of_article if any(quote.key.overlap(part) for part in one.stretches)), None)
    return answer_label(answer) if answer else quote.document.name


def read_counts(path: Path) -> dict[str, dict[str, int]]:
    """The days of a file; none when there is none yet, SettingsError when it is something else."""
    try:
        days = json.loads(path.read_bytes())
        return {
            str(date.fromisoformat(day)): {str(name): int(of) for name, of in found.items()}
            for day, found in days.items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise SettingsError(
            "The file holds no topic counts.", where=path, next_step="name another file in CHATBOT_TOPIC_COUNTS."
        ) from error
