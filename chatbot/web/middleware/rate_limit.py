"""Rate limiter of the guard: a token bucket per client, in memory. A client is known by a keyed hash of its address."""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MOST_CLIENTS = 10_000  # buckets kept; about 2 MB
KEY_LASTS = 86_400.0  # seconds; with the key go all buckets, so that no address can be followed for longer than a day


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class RateLimit:
    """Token buckets. ``clock`` gives seconds and never runs back."""

    def __init__(self, *, per_minute: float, burst: int, clock: Callable[[], float]) -> None:
        self._rate = per_minute / 60
        self._burst = float(burst)
        self._clock = clock
        self._renew(clock())

    def allows(self, client: str, *, count: int = 1) -> bool:
        """Whether this client may ask so many questions now; counts them if so."""
        now = self._clock()
        if now - self._key_made_at > KEY_LASTS:
            self._renew(now)
        name = hmac.new(self._key, client.encode(), hashlib.sha256).digest()
        bucket = self._buckets.pop(name, None) or _Bucket(self._burst, now)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.filled_at) * self._rate)
        bucket.filled_at = now
        self._buckets[name] = bucket  # put back last: the front is who has been quiet longest
        if len(self._buckets) > MOST_CLIENTS:
            self._buckets.popitem(last=False)
        if bucket.tokens < min(count, self._burst):
            return False
        bucket.tokens -= count  # below 0 where more are asked than may be at once: they are waited for afterwards
        return True

    def _renew(self, now: float) -> None:
        self._key = secrets.token_bytes(32)
        self._key_made_at = now
        self._buckets: OrderedDict[bytes, _Bucket] = OrderedDict()
