"""Metrics for the operator's monitor (Prometheus): replies by outcome, latency, requests; and an optional audit log.

The audit log has a line a reply: minute, outcome, ids of notices, milliseconds. No text, no client.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from chatbot.answering.reply import Reply
from chatbot.query.question import Question
from chatbot.service.interface import ChatbotProtocol, ChatbotWrapper, Closed, NotReady

audit = logging.getLogger("chatbot.audit")

# Seconds: from a notice by the rules to what a person takes for a fault.
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Prometheus counters and gauges. Each server has its own registry, so that two in one process do not add up."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        counter, registry = Counter, self._registry
        self._replies = counter("word_for_word_replies", "Replies by outcome.", ["outcome"], registry=registry)
        self._seconds = Histogram(
            "word_for_word_reply_seconds", "Seconds to make a reply.", buckets=_SECONDS, registry=registry
        )
        self._making = Gauge("word_for_word_replies_in_progress", "Replies being made.", registry=registry)
        self._requests = counter(
            "word_for_word_requests", "Requests by kind and status.", ["kind", "status"], registry=registry
        )
        self._reloads = counter("word_for_word_renewals", "Changed articles by result.", ["result"], registry=registry)
        self._looks = counter(
            "word_for_word_looks", "Looks for changed articles by result.", ["result"], registry=registry
        )
        self._elsewhere = counter(
            "word_for_word_cluster", "Questions sent to the cluster by result.", ["result"], registry=registry
        )
        self._waiting = Gauge("word_for_word_waiting", "Questions that wait for a reply.", registry=registry)
        self._ready = Gauge("word_for_word_ready", "1 when questions are answered.", registry=registry)
        ProcessCollector(registry=registry)
        for outcome in ("answer", "not_covered", "notice", "failed", "not_ready", "stopped"):
            self._replies.labels(outcome)  # a count that begins at 0 can be watched from the beginning

    def measure(self, *, waiting: Callable[[], float], ready: Callable[[], bool]) -> None:
        """Ask these for their numbers whenever the figures are read."""
        self._waiting.set_function(waiting)
        self._ready.set_function(lambda: float(ready()))

    def request(self, kind: str, status: int) -> None:
        """A request was answered with this status."""
        self._requests.labels(kind, str(status)).inc()

    def reloaded(self, taken: bool) -> None:
        """Changed articles were taken or refused."""
        self._reloads.labels("taken" if taken else "refused").inc()

    def looked(self, able: bool) -> None:
        """The files of the articles could be looked at, or not."""
        self._looks.labels("able" if able else "failed").inc()

    def elsewhere(self, result: str) -> None:
        """A question was sent to the cluster, with this result; see ``cluster.client.Result``."""
        self._elsewhere.labels(result).inc()

    def reply(self, outcome: str, *, notices: Sequence[str], seconds: float, audited: bool) -> None:
        """A reply was made, or refused."""
        self._replies.labels(outcome).inc()
        self._seconds.observe(seconds)
        if audited:
            audit.info("%s", _line(outcome, notices, seconds), extra=_entry(outcome, notices, seconds))

    def figures(self) -> bytes:
        """All figures, in the text form of Prometheus."""
        return generate_latest(self._registry)

    def measured(
        self, chatbot: ChatbotProtocol, *, clock: Callable[[], float] = time.perf_counter
    ) -> "MeasuredChatbot":
        """The same chatbot, with every reply in these metrics."""
        return MeasuredChatbot(chatbot, self, self._making, clock)


class MeasuredChatbot(ChatbotWrapper):
    """A chatbot whose replies are counted and timed."""

    def __init__(self, inner: ChatbotProtocol, metrics: Metrics, making: Gauge, clock: Callable[[], float]) -> None:
        super().__init__(inner)
        self._metrics = metrics
        self._making = making
        self._clock = clock

    def reply(self, question: Question) -> Reply:
        """See ``ChatbotProtocol``."""
        begun, outcome, ids = self._clock(), "failed", list[str]()
        try:
            with self._making.track_inprogress():
                reply = self._inner.reply(question)
            ids = [notice.id for notice in (*reply.notices, *reply.companions)]
            outcome = "failed" if reply.failed else reply.outcome
            return reply
        except NotReady as error:
            outcome = "stopped" if isinstance(error, Closed) else "not_ready"
            raise
        finally:
            seconds = self._clock() - begun
            self._metrics.reply(outcome, notices=ids, seconds=seconds, audited=self.settings.audit_log)


def _entry(outcome: str, notices: Sequence[str], seconds: float) -> dict[str, object]:
    """What an operator may have to show: to the minute only, so that no line leads back to a visit."""
    minute = datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ")
    return {"minute": minute, "outcome": outcome, "notices": list(notices), "milliseconds": round(seconds * 1000)}


def _line(outcome: str, notices: Sequence[str], seconds: float) -> str:
    return " ".join(f"{key}={value}" for key, value in _entry(outcome, notices, seconds).items())
