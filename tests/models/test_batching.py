"""Encoding together: everybody gets their own vectors, in fewer passes."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.models.adapter import EncoderForm
from chatbot.models.batching import BatchingEmbedder
from chatbot.models.encoder import Vectors
from tests.support.fakes import BrokenEmbedder, HashEmbedder


class SlowEmbedder(HashEmbedder):
    """Waits in its first pass until told; counts its passes."""

    def __init__(self) -> None:
        super().__init__()
        self.passes: list[int] = []
        self.started, self.go_on = threading.Event(), threading.Event()

    def encode(
        self,
        texts: Sequence[str],
        *,
        form: EncoderForm = EncoderForm.PLAIN,
        progress: Callable[[int], object] | None = None,
    ) -> Vectors:
        """Encode, once allowed."""
        self.passes.append(len(texts))
        self.started.set()
        assert self.go_on.wait(10)
        return super().encode(texts, form=form, progress=progress)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.text(max_size=8), min_size=1, max_size=3), min_size=1, max_size=12))
def test_everybody_gets_their_own(messages: list[list[str]]) -> None:
    """Whatever is asked at once, each caller gets the vectors of its own texts, in order."""
    batching = BatchingEmbedder(HashEmbedder())
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(batching.encode, messages))
    for texts, vectors in zip(messages, found, strict=True):
        np.testing.assert_array_equal(HashEmbedder().encode(texts), vectors)


def test_those_who_wait_are_encoded_together() -> None:
    """Messages that arrive during a pass share the next one."""
    slow = SlowEmbedder()
    batching = BatchingEmbedder(slow)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(batching.encode, ["one"])
        assert slow.started.wait(10)
        others = [pool.submit(batching.encode, ["two", "three"]) for _ in range(5)]
        while len(batching._waiting) < 5:  # until all five have joined
            threading.Event().wait(0.001)
        slow.go_on.set()
        assert all(len(future.result(10)) == 2 for future in others)
        assert len(first.result(10)) == 1
    assert slow.passes == [1, 10]


def test_both_forms_of_the_model_are_kept_apart() -> None:
    """Texts for the adapted model and for the plain one never share a pass."""
    slow = SlowEmbedder()
    batching = BatchingEmbedder(slow)
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(batching.encode, ["one"])]
        assert slow.started.wait(10)
        jobs += [
            pool.submit(batching.encode, ["two"], form=form)
            for form in (EncoderForm.BANK, EncoderForm.PLAIN, EncoderForm.BANK)
        ]
        while len(batching._waiting) < 3:
            threading.Event().wait(0.001)
        slow.go_on.set()
        assert all(len(job.result(10)) == 1 for job in jobs)
    assert slow.passes == [1, 2, 1]


def test_a_failure_reaches_everybody() -> None:
    """A model that fails fails for each caller, and none waits for ever."""
    batching = BatchingEmbedder(BrokenEmbedder())
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(batching.encode, ["one"]) for _ in range(8)]
        for job in jobs:
            with pytest.raises(RuntimeError):
                job.result(10)
