"""Vectors kept between builds: the same as new ones, and never from another model or a torn file."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot.indexing.embedding_cache import CACHE_FILE, CachingEmbedder
from chatbot.models.adapter import EncoderForm
from tests.support.fakes import HashEmbedder

TEXTS = ["one", "two", "one", "three words here"]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.lists(st.text(max_size=6), min_size=1, max_size=6),
    second=st.lists(st.text(max_size=6), min_size=1, max_size=6),
)
def test_kept_vectors_are_those_of_the_model(tmp_path: Path, first: list[str], second: list[str]) -> None:
    """Whatever was embedded before, each text has the vector that the model gives it."""
    before = CachingEmbedder(HashEmbedder(), tmp_path / CACHE_FILE)
    before.encode(first)
    before.save()
    after = CachingEmbedder(HashEmbedder(), tmp_path / CACHE_FILE).encode(second)

    np.testing.assert_array_equal(HashEmbedder().encode(second), after)


def test_only_new_texts_are_embedded(tmp_path: Path) -> None:
    """What was embedded for the last build is not embedded again; what has gone is forgotten."""
    first = CachingEmbedder(HashEmbedder(), tmp_path / CACHE_FILE)
    first.encode(TEXTS)
    first.save()
    model = HashEmbedder()
    second = CachingEmbedder(model, tmp_path / CACHE_FILE)
    measured: list[int] = []
    second.encode(["two", "four"], progress=measured.append)
    second.save()

    assert (model.encoded, sum(measured)) == (1, 2)
    again = HashEmbedder()
    CachingEmbedder(again, tmp_path / CACHE_FILE).encode(["one"])
    assert again.encoded == 1


def test_both_forms_of_the_model_are_kept_apart(tmp_path: Path) -> None:
    """The vector of a text for the classifiers is not that for the search."""
    model = HashEmbedder()
    keeping = CachingEmbedder(model, tmp_path / CACHE_FILE)
    keeping.encode(["one"], form=EncoderForm.BANK)
    keeping.encode(["one"], form=EncoderForm.PLAIN)
    assert model.encoded == 2


@pytest.mark.parametrize("fault", ["other model", "torn", "changed", "no archive"])
def test_what_does_not_fit_is_made_anew(tmp_path: Path, fault: str) -> None:
    """Vectors of another model and files that were touched are not used."""
    first = CachingEmbedder(HashEmbedder(), tmp_path / CACHE_FILE)
    first.encode(TEXTS)
    first.save()
    raw = (tmp_path / CACHE_FILE).read_bytes()
    middle = raw.index(b"vectors.npy") + 400
    changed = raw[:middle] + bytes([raw[middle] ^ 1]) + raw[middle + 1 :]
    (tmp_path / CACHE_FILE).write_bytes({"torn": raw[:-50], "changed": changed, "no archive": b"x"}.get(fault, raw))
    model = HashEmbedder(fingerprint="two" if fault == "other model" else "one")
    CachingEmbedder(model, tmp_path / CACHE_FILE).encode(["one"])

    assert model.encoded == 1


def test_two_builds_may_end_at_once(tmp_path: Path) -> None:
    """Builds that save in the same moment do not take each other's files, and what is kept is whole."""
    keeping = [CachingEmbedder(HashEmbedder(), tmp_path / CACHE_FILE) for _ in range(8)]
    for one in keeping:
        one.encode(TEXTS)
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(one.save) for one in keeping]:
            done.result(10)
    model = HashEmbedder()
    CachingEmbedder(model, tmp_path / CACHE_FILE).encode(TEXTS)

    assert model.encoded == 0
    assert [path.name for path in tmp_path.iterdir()] == [CACHE_FILE]
