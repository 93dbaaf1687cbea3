"""What the load tool plays: people who ask the page every few seconds. ``benchmarks/load.py`` runs it."""

import json
import os
import random
import time
import uuid
from pathlib import Path

from locust import HttpUser, between, task

# Read from a file: loading the corpus here would eat up the time of the run.
_QUESTIONS = json.loads(Path(os.environ["QUESTIONS"]).read_text(encoding="utf-8"))


class Person(HttpUser):
    """One person with a conversation of their own. Reading an answer takes 3 to 7 seconds."""

    wait_time = between(3, 7)

    @task
    def ask(self) -> None:
        """Ask, and wait for the reply, as the page does; "busy" counts apart from answers and from errors."""
        person, begun = uuid.uuid4().hex, time.perf_counter()
        body = {"data": [random.choice(_QUESTIONS), None, "en", ""], "fn_index": 0, "session_hash": person}
        with self.client.post("/gradio_api/queue/join", json=body, name="join", catch_response=True) as joined:
            if joined.status_code == 503:
                joined.success()  # the page says so, shows the numbers and tries again by itself
                self._count("busy", begun)
                return
        lines = self.client.get("/gradio_api/queue/data", params={"session_hash": person}, name="line", stream=True)
        for line in lines.iter_lines():
            event = json.loads(line.removeprefix(b"data:")) if line.startswith(b"data:") else {}
            if event.get("msg") == "process_completed":
                self._count("answer", begun, None if event["success"] else RuntimeError("no answer"))
                return
        self._count("answer", begun, RuntimeError("the line was closed"))

    def _count(self, name: str, begun: float, error: Exception | None = None) -> None:
        self.environment.events.request.fire(
            request_type="page",
            name=name,
            response_time=1000 * (time.perf_counter() - begun),
            response_length=0,
            exception=error,
        )
