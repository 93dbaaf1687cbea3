"""Memory of the process: the garbage collector leaves alone what stays, and what does not stay goes."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from chatbot.service.memory import settle


class Ring:
    """Something that refers to itself: only the collector frees it."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture(autouse=True)
def _all_are_looked_through_again() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_stays_is_not_looked_through() -> None:
    """After settling a full round looks at nothing that was there before."""
    stays = Ring()
    settle()
    assert gc.get_freeze_count() > 10_000
    assert not any(one is stays for one in gc.get_objects())


def test_what_went_since_is_freed() -> None:
    """Who settles again, as after a turn to changed articles, frees what was left out before and is used no more."""
    old = Ring()
    gone = weakref.ref(old)
    settle()
    del old
    gc.collect()
    assert gone() is not None
    settle()
    assert gone() is None
