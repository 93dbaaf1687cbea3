"""The rate limit: a token bucket for each client, in a bounded table."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.web.middleware import rate_limit
from chatbot.web.middleware.rate_limit import KEY_LASTS, MOST_CLIENTS, RateLimit
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


def test_burst_is_allowed_at_once_and_no_more() -> None:
    """A client may ask ``burst`` questions in the same moment; the next one is refused."""
    limit = RateLimit(per_minute=30, burst=4, clock=Clock())

    assert [limit.allows("a") for _ in range(6)] == [True] * 4 + [False] * 2


def test_bucket_fills_again_at_the_rate() -> None:
    """At 30 questions a minute an empty bucket allows a question after two seconds, not before."""
    clock = Clock()
    limit = RateLimit(per_minute=30, burst=2, clock=clock)
    assert [limit.allows("a") for _ in range(3)] == [True, True, False]

    clock.now += 1.75
    assert not limit.allows("a")
    clock.now += 0.25
    assert [limit.allows("a") for _ in range(2)] == [True, False]


def test_bucket_never_holds_more_than_the_burst() -> None:
    """After an hour without a question a client may ask as many as at the start."""
    clock = Clock()
    limit = RateLimit(per_minute=30, burst=3, clock=clock)
    assert limit.allows("a")
    clock.now += 3600

    assert [limit.allows("a") for _ in range(4)] == [True, True, True, False]


def test_clients_have_buckets_of_their_own() -> None:
    """A client that asks too often takes nothing from another one."""
    limit = RateLimit(per_minute=30, burst=1, clock=Clock())
    assert [limit.allows("a") for _ in range(3)] == [True, False, False]

    assert limit.allows("b")


def test_longest_quiet_client_is_pushed_out_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the table is full, the client that has been quiet longest is forgotten; a refused question counts too."""
    monkeypatch.setattr(rate_limit, "MOST_CLIENTS", 3)
    limit = RateLimit(per_minute=1, burst=1, clock=Clock())
    assert [limit.allows(client) for client in "abc"] == [True] * 3
    assert not limit.allows("a")  # now "b" has been quiet longest
    assert limit.allows("d")

    assert [limit.allows(client) for client in "acd"] == [False] * 3
    assert limit.allows("b")


def test_buckets_end_with_their_key() -> None:
    """A day after the key was made, all buckets are forgotten with it."""
    clock = Clock()
    limit = RateLimit(per_minute=1 / 1_000_000, burst=1, clock=clock)
    assert limit.allows("a")

    clock.now = KEY_LASTS
    assert not limit.allows("a")
    clock.now = KEY_LASTS + 1
    assert limit.allows("a")


def allowed_by_history(now: Fraction, earlier: list[Fraction], *, rate: Fraction, burst: int) -> bool:
    """The oracle. A question is allowed if no stretch of time up to ``now`` gets more than ``burst`` and its refill."""
    return all(sum(time >= since for time in earlier) + 1 <= burst + rate * (now - since) for since in [*earlier, now])


# Quarters of a second and rates of which a float is exact, so that a bucket is never a rounding away from full.
steps = st.lists(st.tuples(st.integers(0, 60), st.sampled_from("ab")), max_size=60)


@given(steps=steps, per_minute=st.sampled_from([15, 30, 60, 120]), burst=st.integers(1, 6))
def test_equals_a_bucket_worked_out_from_the_whole_history(
    steps: list[tuple[int, str]], per_minute: int, burst: int
) -> None:
    """For any questions at any times, the limit allows what the history of allowed questions allows."""
    clock = Clock()
    limit = RateLimit(per_minute=per_minute, burst=burst, clock=clock)
    history: dict[str, list[Fraction]] = {"a": [], "b": []}
    for quarters, client in steps:
        clock.now += quarters / 4
        now = Fraction(clock.now)
        expected = allowed_by_history(now, history[client], rate=Fraction(per_minute, 60), burst=burst)
        assert limit.allows(client) == expected
        if expected:
            history[client].append(now)
