"""The private port: alive, ready, figures."""

import pytest

from chatbot.service.metrics import Metrics
from chatbot.web.health import STUCK_AFTER, build_monitor
from tests.support.client import Client


def monitor(*, reason: str = "", stuck: float = 0.0) -> Client:
    """A monitor that is told these."""
    return Client(build_monitor(figures=Metrics().figures, not_ready=lambda: reason, stuck_for=lambda: stuck))


@pytest.mark.parametrize(("stuck", "status"), [(0.0, 200), (STUCK_AFTER + 1, 503)])
def test_alive_is_a_turning_loop(stuck: float, status: int) -> None:
    """It lives as long as the loop that serves the page turns."""
    assert monitor(stuck=stuck).get("/healthz").status_code == status


@pytest.mark.parametrize(("reason", "status", "text"), [("", 200, "ready\n"), ("ending", 503, "ending\n")])
def test_ready_says_why_not(reason: str, status: int, text: str) -> None:
    """It is ready, or says in words why not."""
    answer = monitor(reason=reason).get("/readyz")
    assert (answer.status_code, answer.text) == (status, text)


def test_trouble_with_changes_is_told() -> None:
    """Who cannot follow changes still answers, so it is ready, and says by its class what is wrong."""
    app = build_monitor(
        figures=Metrics().figures, not_ready=lambda: "", stuck_for=lambda: 0.0, trouble=lambda: "PermissionError"
    )
    answer = Client(app).get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ready, but changed articles are not followed: PermissionError\n")


def test_figures_are_for_prometheus() -> None:
    """The figures come in the form that Prometheus reads; nothing else is served there."""
    answer = monitor().get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE word_for_word_replies_total counter" in answer.text
    assert monitor().get("/").status_code == 404
