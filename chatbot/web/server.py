"""Runs the public server and the private monitoring server (uvicorn), with graceful shutdown."""

import contextlib
import threading
import time
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from chatbot.settings import Settings
from chatbot.web.middleware.in_flight import InFlight


class DrainingServer(uvicorn.Server):
    """Told to end, it first waits until nobody waits for an answer, for ``seconds`` at most. A second word ends it."""

    def __init__(self, config: uvicorn.Config, traffic: InFlight, *, seconds: float) -> None:
        super().__init__(config)
        self._traffic = traffic
        self._seconds = seconds
        self._told: tuple[int, FrameType | None, float] | None = None
        self.turned_at = time.monotonic()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """See uvicorn: a signal has come."""
        if self._told:
            super().handle_exit(sig, frame)
        self._told = self._told or (sig, frame, time.monotonic())
        self._traffic.ending = True

    async def on_tick(self, counter: int) -> bool:
        """See uvicorn: called ten times a second."""
        self.turned_at = time.monotonic()
        if self._told and not self.should_exit:
            sig, frame, since = self._told
            if self._traffic.quiet or time.monotonic() - since > self._seconds:
                self._traffic.end_idle()
                super().handle_exit(sig, frame)
        return await super().on_tick(counter)

    def stuck_for(self) -> float:
        """Seconds since the loop last turned."""
        return time.monotonic() - self.turned_at


def page_server(settings: Settings, app: ASGIApp, traffic: InFlight) -> DrainingServer:
    """The server of the page, not yet running."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        # No access log: addresses and query strings of visitors are nobody's business.
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    return DrainingServer(config, traffic, seconds=settings.drain_seconds)


def run(page: DrainingServer, monitor: uvicorn.Server | None) -> None:
    """Serve until told to end."""
    if monitor:
        # In a thread of its own: it must answer when the page's loop is stuck.
        threading.Thread(target=monitor.run, name="monitor", daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        page.run()


def monitor_server(settings: Settings, app: ASGIApp) -> uvicorn.Server:
    """The server of the monitor, not yet running."""
    return uvicorn.Server(
        uvicorn.Config(
            app, host=settings.monitor_host, port=settings.monitor_port, log_config=None, access_log=False, ws="none"
        )
    )
