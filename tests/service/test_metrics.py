"""Figures and audit lines: what is in them, and above all what is not."""

import json
import logging
import re
from dataclasses import replace
from pathlib import Path

import pytest

from chatbot.query.question import Question
from chatbot.service.interface import NotReady
from chatbot.service.logs import set_up_logs
from chatbot.service.metrics import Metrics
from chatbot.settings import Settings
from tests.support.client import Clock
from tests.support.page_fakes import FakeChatbot, LateChatbot

MARKER = "Zebrafinch"


def figure(ledger: Metrics, name: str) -> float:
    """One figure, by its full name with its labels."""
    (value,) = re.findall(rf"^{re.escape(name)} (\S+)$", ledger.figures().decode(), re.MULTILINE)
    return float(value)


def test_outcomes_are_counted() -> None:
    """Every reply is counted under its outcome, a failure and an unready chatbot under their own."""
    ledger = Metrics()
    measured = ledger.measured(FakeChatbot(), clock=Clock())
    for text in ("signs", "signs", "weather", "blue"):
        measured.reply(Question(text))
    with pytest.raises(KeyError):
        measured.reply(Question("boom"))
    with pytest.raises(NotReady):
        ledger.measured(LateChatbot()).reply(Question("signs"))
    names = ("answer", "not_covered", "notice", "failed", "not_ready", "stopped")
    counts = [figure(ledger, f'word_for_word_replies_total{{outcome="{name}"}}') for name in names]
    assert counts == [2, 1, 1, 1, 1, 0]
    assert figure(ledger, "word_for_word_reply_seconds_count") == 6
    assert figure(ledger, "word_for_word_replies_in_progress") == 0


def test_seconds_are_measured() -> None:
    """The histogram holds the seconds that a reply took."""
    clock, ledger = Clock(), Metrics()

    class Slow(FakeChatbot):
        def reply(self, question: Question):
            clock.now += 0.2
            return super().reply(question)

    ledger.measured(Slow(), clock=clock).reply(Question("signs"))
    assert figure(ledger, 'word_for_word_reply_seconds_bucket{le="0.1"}') == 0
    assert figure(ledger, 'word_for_word_reply_seconds_bucket{le="0.25"}') == 1


def test_queue_readiness_requests_and_renewals_are_figures() -> None:
    """Who waits, whether it is ready, refused requests and refused articles can be watched."""
    ledger = Metrics()
    ledger.measure(waiting=lambda: 3, ready=lambda: True)
    ledger.request("question", 429)
    ledger.reloaded(False)
    assert figure(ledger, "word_for_word_waiting") == 3
    assert figure(ledger, "word_for_word_ready") == 1
    assert figure(ledger, 'word_for_word_requests_total{kind="question",status="429"}') == 1
    assert figure(ledger, 'word_for_word_renewals_total{result="refused"}') == 1


def test_figures_hold_no_content(caplog: pytest.LogCaptureFixture) -> None:
    """What was typed stands in no figure and, with audit on, in no line of the log."""
    caplog.set_level(logging.INFO)
    ledger = Metrics()
    measured = ledger.measured(FakeChatbot(Settings(audit_log=True)))
    measured.reply(Question(f"signs {MARKER}", (f"weather {MARKER}",)))
    with pytest.raises(KeyError):
        measured.reply(Question(f"boom {MARKER}"))
    assert MARKER.lower() not in (ledger.figures().decode() + caplog.text).lower()


def test_audit_line_is_off_and_bare() -> None:
    """Without a word from the operator there is no line; with it minute, outcome, notices, milliseconds, no more."""
    for audited in (False, True):
        lines: list[logging.LogRecord] = []
        handler = logging.Handler()
        handler.emit = lines.append  # type: ignore[method-assign]
        logger = logging.getLogger("chatbot.audit")
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        try:
            Metrics().measured(FakeChatbot(Settings(audit_log=audited))).reply(Question("blue"))
        finally:
            logger.removeHandler(handler)
            logger.setLevel(logging.NOTSET)
        shown = [re.sub(r"\d", "0", line.getMessage()) for line in lines]
        expected = "minute=0000-00-00T00:00Z outcome=notice notices=['crisis.overdose'] milliseconds=0"
        assert shown == ([expected] if audited else [])


def test_logs_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Set to JSON, each line of the log is one object with level, logger and message, an audit line with its fields."""
    root, ours = logging.getLogger(), logging.getLogger("chatbot")
    kept, levels = root.handlers[:], (root.level, ours.level)
    root.handlers[:] = []
    try:
        set_up_logs(as_json=True)
        logging.getLogger("library").warning("look")
        logging.getLogger("library").info("step")
        Metrics().measured(FakeChatbot(Settings(audit_log=True))).reply(Question("signs"))
    finally:
        root.handlers[:] = kept
        root.setLevel(levels[0])
        ours.setLevel(levels[1])
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert first == {"level": "WARNING", "logger": "library", "message": "look"}
    assert second.keys() == {"level", "logger", "message", "minute", "outcome", "notices", "milliseconds"}
    assert second["outcome"] == "answer"


def test_settings_follow(tmp_path: Path) -> None:
    """A counted chatbot is the chatbot in all else."""
    chatbot = FakeChatbot(replace(Settings(), stop_file=tmp_path / "stop"))
    measured = Metrics().measured(chatbot)
    assert (measured.settings, measured.corpus, measured.wordings) == (
        chatbot.settings,
        chatbot.corpus,
        chatbot.wordings,
    )
