"""Runs the public server and the private monitoring server (uvicorn), with graceful shutdown."""

import asyncio
import contextlib
import logging
import socket
import threading
import time
from dataclasses import dataclass
from functools import partial
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from chatbot.errors import SettingsError
from chatbot.settings import Settings
from chatbot.web.connections import BACKLOG, AcceptLog, BoundedProtocol, Connections, listen, most_connections
from chatbot.web.middleware.in_flight import InFlight

KEPT_OPEN = 20  # seconds that a connection stays open after a reply


@dataclass(frozen=True, slots=True)
class Listening:
    """The sockets of both servers; opened before anything is loaded, so that a port in use is said at once."""

    page: list[socket.socket]
    monitor: list[socket.socket]

    @classmethod
    def open(cls, settings: Settings) -> "Listening":
        """At the ports of the settings; SettingsError when one cannot be used."""
        page = listen(settings.host, settings.port, setting="CHATBOT_PORT")
        if not settings.monitor_port:
            return cls(page, [])
        try:
            return cls(page, listen(settings.monitor_host, settings.monitor_port, setting="CHATBOT_MONITOR_PORT"))
        except SettingsError:
            cls(page, []).close()
            raise

    def close(self) -> None:
        """Stop listening."""
        for one in (*self.page, *self.monitor):
            one.close()


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

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn: the loop runs, and connections are accepted from now on."""
        asyncio.get_running_loop().set_exception_handler(AcceptLog())
        await super().startup(sockets)

    async def on_tick(self, counter: int) -> bool:
        """See uvicorn: called ten times a second."""
        self.turned_at = time.monotonic()
        if self._told and not self.should_exit:
            sig, frame, since = self._told
            self._close_half()
            if self._traffic.quiet or time.monotonic() - since > self._seconds:
                self._traffic.end_idle()
                super().handle_exit(sig, frame)
        return await super().on_tick(counter)

    def _close_half(self) -> None:
        """Close connections over which no whole request has come: nobody waits there for an answer."""
        for connection in list(self.server_state.connections):
            if isinstance(connection, BoundedProtocol) and connection.is_half:
                connection.transport.close()

    def stuck_for(self) -> float:
        """Seconds since the loop last turned."""
        return time.monotonic() - self.turned_at


def page_server(settings: Settings, app: ASGIApp, traffic: InFlight) -> DrainingServer:
    """The server of the page, not yet running."""
    connections = Connections(
        most=most_connections(settings.most_connections),
        most_of_client=settings.most_connections_of_client,
        unbounded=settings.trusted_proxy,
    )
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=partial(BoundedProtocol, connections=connections),  # type: ignore[arg-type]  # uvicorn calls it, no more
        ws="none",
        backlog=BACKLOG,
        log_config=None,
        # No access log: addresses and query strings of visitors are nobody's business.
        access_log=False,
        server_header=False,
        # uvicorn would believe any program of this machine; the guard believes the proxy that the settings name.
        proxy_headers=False,
        # Longer than an answer is read: a question sent in the moment in which its connection is closed is lost.
        timeout_keep_alive=KEPT_OPEN,
        timeout_graceful_shutdown=2,
    )
    return DrainingServer(config, traffic, seconds=settings.drain_seconds)


def monitor_server(settings: Settings, app: ASGIApp) -> uvicorn.Server:
    """The server of the monitor, not yet running."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.monitor_host,
            port=settings.monitor_port,
            log_config=None,
            access_log=False,
            proxy_headers=False,
            ws="none",
        )
    )


def run(page: DrainingServer, monitor: uvicorn.Server | None, listening: Listening) -> None:
    """Serve until told to end."""
    # What anybody sends must not fill the log: uvicorn has a warning for each request that is no HTTP.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    if monitor:
        # In a thread of its own: it must answer when the page's loop is stuck.
        threading.Thread(target=monitor.run, args=(listening.monitor,), name="monitor", daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        page.run(listening.page)
