"""How many questions a client may ask."""

from chatbot.web.middleware.rate_limit import MOST_CLIENTS, RateLimit
from tests.support.client import Clock


def test_limit_is_bounded_and_forgets() -> None:
    """The table of clients has an end, and its key does not outlast a day."""
    clock = Clock()
    limit = RateLimit(per_minute=1, burst=1, clock=clock)
    assert limit.allows("a")
    assert not limit.allows("a")
    for number in range(MOST_CLIENTS + 10):
        limit.allows(str(number))
    assert limit.allows("a")
    clock.now += 100_000
    assert limit.allows("a")
