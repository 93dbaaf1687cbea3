"""Connections to the page: bounded for each client and in all; a request that does not come to its end is closed.

uvicorn has one bound for all connections, whose refusal names no number, and no time for a request to arrive.
"""

import asyncio
import contextlib
import errno
import logging
import socket
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from chatbot.errors import SettingsError
from chatbot.web.clients import CROWDED, network_of

WHOLE_WITHIN = 10.0  # seconds from the first byte of a request to its last; from the connection to that first byte
RESERVED = 100  # open files that are no connections: articles, index, log
TOLD = 50  # connections over a bound that still live long enough to be told so; further ones are cut off
LOGGED_EVERY = 60.0  # seconds between two lines about connections that cannot be accepted
BACKLOG = 128  # connections that wait to be accepted; when files run out, asyncio tries so many each second
_logger = logging.getLogger("chatbot")


class Connections:
    """Counts open connections by client. ``unbounded`` is the address of a proxy that speaks for many clients."""

    def __init__(self, *, most: int, most_of_client: int, unbounded: str = "") -> None:
        self._most = most
        self._most_of_client = most_of_client
        self._unbounded = unbounded
        self._open: Counter[str] = Counter()
        self._all = 0

    def opened(self, address: str) -> int:
        """A connection was opened; by how many there are too many now, of this client or in all."""
        client = network_of(address)
        self._open[client] += 1
        self._all += 1
        own = 0 if self._unbounded and address == self._unbounded else self._open[client] - self._most_of_client
        return max(0, own, self._all - self._most)

    def closed(self, address: str) -> None:
        """A connection was closed."""
        client = network_of(address)
        self._open[client] -= 1
        self._all -= 1
        if not self._open[client]:
            del self._open[client]


class BoundedProtocol(H11Protocol):
    """HTTP over one connection, as uvicorn speaks it, within the bounds of ``connections``."""

    def __init__(self, *, connections: Connections, whole_within: float = WHOLE_WITHIN, **options: Any) -> None:  # noqa: ANN401  # what uvicorn gives its protocols
        super().__init__(**options)
        self._counted = connections
        self._whole_within = whole_within
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """See asyncio."""
        super().connection_made(transport)
        surplus = self._counted.opened(self._address)
        if surplus > TOLD:
            transport.abort()
            return
        if surplus:
            self.app_state = {**self.app_state, CROWDED: True}
            self.timeout_keep_alive = 0  # closed with the refusal
        self._wait_for_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio."""
        super().connection_lost(exc)
        self._counted.closed(self._address)
        self._stop_waiting()

    def data_received(self, data: bytes) -> None:
        """See asyncio."""
        super().data_received(data)
        if self.is_half:
            self._wait_for_request()
        else:
            self._stop_waiting()

    @property
    def is_half(self) -> bool:
        """Whether a request, or its first byte, is still waited for."""
        return self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

    def _should_upgrade(self) -> bool:
        return False  # the page uses no websocket; uvicorn would log two lines for each that is asked for

    @property
    def _address(self) -> str:
        return self.client[0] if self.client else ""

    def _wait_for_request(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self._whole_within, self._give_up)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        self.transport.close()


class AcceptLog:
    """Handler of the loop's own errors: says once a minute that no connection can be accepted, and leaves the others.

    asyncio itself tries again after a second, and would write a traceback for each connection that waits.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said_at: float | None = None

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """See ``loop.set_exception_handler``."""
        error = context.get("exception")
        if not isinstance(error, OSError) or "socket" not in context:
            loop.default_exception_handler(context)
            return
        now = self._clock()
        if self._said_at is None or now - self._said_at >= LOGGED_EVERY:
            self._said_at = now
            _logger.error("no connection can be accepted: %s; tried again each second", _name(error))


def _name(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, type(error).__name__)


def raise_open_files(wanted: int) -> int:
    """Let this process open so many files, as far as the system allows; how many it may open now."""
    try:
        import resource  # not on every system
    except ImportError:
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft in (resource.RLIM_INFINITY, -1) or soft >= wanted:
        return wanted
    able = wanted if hard in (resource.RLIM_INFINITY, -1) else min(wanted, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (able, hard))
    return min(wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def most_connections(wanted: int) -> int:
    """How many connections can be open: so many, or what the limit of open files leaves; a warning when it is less."""
    needed = wanted + TOLD + RESERVED
    files = raise_open_files(needed)
    if files >= needed:
        return wanted
    able = max(files // 2, files - TOLD - RESERVED)
    _logger.warning(
        "only %d people can have the page open at once, not %d: this process may open %d files. "
        "Next step: LimitNOFILE=%d in the unit, or ulimit -n %d.",
        *(able, wanted, files, needed, needed),
    )
    return able


def listen(host: str, port: int, *, setting: str) -> list[socket.socket]:
    """Sockets that listen at every address of a host; SettingsError, naming ``setting``, when they cannot."""
    sockets = list[socket.socket]()
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        ):
            one = socket.socket(family, kind, protocol)
            sockets.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind(address)
            one.listen(BACKLOG)
    except OSError as error:
        for one in sockets:
            one.close()
        why = "in use by another program" if error.errno == errno.EADDRINUSE else f"of no use: {error.strerror}"
        raise SettingsError(
            f"Port {port} of {host or 'this machine'} is {why}.",
            where=setting,
            next_step=f"end the other program, or set {setting} to a free port.",
        ) from error
    return sockets
