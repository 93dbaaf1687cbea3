"""Windows that were read: their order, their probability, and what they are read as."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.answering.decision import CONTEST
from chatbot.answering.reading import (
    LEAST_SIMILARITY,
    REACH,
    READING_WEIGHTS,
    READING_WEIGHTS_BESIDE_BANK,
    WindowFeatures,
    read_candidates,
    read_runs,
    within_reach,
)
from chatbot.corpus.documents import Document, Span
from chatbot.corpus.segmentation import split_passages
from chatbot.retrieval.candidates import Candidate, Match
from tests.support.fakes import WordReader

TEXT = "Methadone is given at a clinic.\n\nSuboxone can be taken home.\n\nAt home\n\nBring water and a blanket."
NUMBERS = st.floats(-20, 20)


def candidates(*, language: str = "en") -> list[Candidate]:
    """Each sentence of the text as a window of its own, equally near."""
    heading = Span(TEXT.index("At home"), TEXT.index("At home") + len("At home"))
    passages = split_passages(TEXT, language="en", headings=(heading,), left_out=())
    document = Document("a", "Medicines", "", language, TEXT, (heading,), (), (), passages)
    return [Candidate(document, (unit,), unit, 0.5) for unit in document.units]


def test_best_window_comes_first() -> None:
    """The windows are ordered by the reader, and each keeps what the reader said of it."""
    read = read_candidates(WordReader(), "which clinic gives methadone", candidates(), gloss=str)
    assert read[0].key == Span(0, 31)
    assert [candidate.reading for candidate in read] == sorted((one.reading for one in read), reverse=True)
    assert all(0 <= candidate.score <= 1 for candidate in read)
    assert {candidate.key for candidate in read} == {candidate.key for candidate in candidates()}


def test_windows_are_read_under_title_and_heading() -> None:
    """The reader gets the article's title, the heading and the window; a Spanish article in English words."""
    reader = WordReader()
    read_candidates(reader, "water", candidates(), gloss=str.upper)
    assert reader.passages[0] == "Medicines. Methadone is given at a clinic."
    assert reader.passages[-1] == "Medicines. At home. Bring water and a blanket."
    read_candidates(reader, "water", candidates(language="es"), gloss=str.upper)
    assert reader.passages[-1] == "MEDICINES. AT HOME. BRING WATER AND A BLANKET."


STORY = (
    "The clinic opens early. Methadone is given there. However, methadone is not given at weekends. "
    "Bring water for the wait outside."
)


def window(text: str) -> Candidate:
    """A text of one paragraph as one window."""
    passages = split_passages(text, language="en", headings=(), left_out=())
    document = Document("a", "Medicines", "", "en", text, (), (), (), passages)
    return Candidate(document, (passages[0].span,), document.units[0], 0.5)


def trimmed_text(text: str, question: str) -> str:
    """What is left of a window for a question."""
    whole = window(text)
    cut, _ = read_runs(WordReader(), question, whole, gloss=str)
    return whole.document.slice(cut or whole.stretches[0])


def test_a_window_is_cut_to_what_answers() -> None:
    """What is quoted of a window is the run of its sentences that the reader likes best; of equals the longest."""
    assert trimmed_text(STORY, "what water") == "Bring water for the wait outside."
    assert trimmed_text(STORY, "when does the clinic open early") == "The clinic opens early."
    assert trimmed_text(f"{STORY} Rest.", "what water") == "Bring water for the wait outside. Rest."


def test_what_answers_is_heard_within_a_window() -> None:
    """The probability of the best window counts its best run as much as itself, and the cut is what is quoted."""
    whole, reader = window(STORY), WordReader()
    (best,) = read_candidates(reader, "water outside", [whole], gloss=str)
    of_window, *runs = reader.read("water outside", reader.passages)
    assert best.reading == pytest.approx((of_window + max(runs)) / 2)
    assert best.cut
    assert whole.document.slice(best.cut) == "Bring water for the wait outside."


def test_sentences_of_a_hopeless_window_are_not_read() -> None:
    """A window that the reader does not like at all is read once, as a whole."""
    reader = WordReader()
    (best,) = read_candidates(reader, "parking fees", [window(STORY)], gloss=str)
    assert (len(reader.passages), best.cut) == (1, None)


def test_what_is_taken_back_stays_with_it() -> None:
    """A sentence is not cut off from the next one that takes something back."""
    assert trimmed_text(STORY, "is it given there") == (
        "Methadone is given there. However, methadone is not given at weekends."
    )


@given(st.lists(st.sampled_from(["Bring water", "But rest", "It helps", "Ask the clinic"]), min_size=1, max_size=5))
def test_a_cut_window_is_sentences_of_it(said: list[str]) -> None:
    """Nothing is cut within a sentence, and nothing is added."""
    text = " ".join(f"{one}." for one in said)
    whole = window(text)
    cut, _ = read_runs(WordReader(), "which clinic", whole, gloss=str)
    left, units = cut or whole.stretches[0], whole.document.units
    assert left.start in {unit.start for unit in units}
    assert left.end in {unit.end for unit in units}


@given(st.lists(st.floats(-1, 1), max_size=12))
def test_far_windows_are_not_read(similarities: list[float]) -> None:
    """Only windows about as near as the nearest are read, in their order, and the nearest always is."""
    windows = [replace(window(f"It is {number}."), score=score) for number, score in enumerate(similarities)]  # no runs
    reader = WordReader()
    read = read_candidates(reader, "what is it", windows, gloss=str)
    near = [one for one in windows if one.score >= max(similarities) - REACH]
    assert [one.document.text for one in within_reach(windows)] == [one.document.text for one in near]
    assert len(read) == len(reader.passages) == len(near)
    assert bool(read) == bool(windows)


def test_nothing_is_read_without_candidates() -> None:
    """No candidate, no reading."""
    assert read_candidates(WordReader(), "water", [], gloss=str) == ()


@given(st.permutations([0.1, 0.3, 0.5, 0.7]))
def test_of_windows_alike_that_of_the_nearer_article_comes_first(nearness: list[float]) -> None:
    """Windows that the reader likes equally, and that are equally near, stand in the order of their articles."""
    alike = [replace(window("Bring water."), match=Match(0.5, 0.5, 1, 1, article=near)) for near in nearness]
    read = read_candidates(WordReader(), "what water", alike, gloss=str)
    assert [one.match.article for one in read if one.match] == sorted(nearness, reverse=True)


@given(NUMBERS, NUMBERS, st.floats(0, 1))
def test_probability_is_one(logit: float, similarity: float, known: float) -> None:
    """It lies between 0 and 1, and rises with what the reader says and with the similarity."""
    features = WindowFeatures(logit, similarity, known)
    better = [replace(features, logit=logit + 1), replace(features, similarity=similarity + 1)]
    for weights in (READING_WEIGHTS, READING_WEIGHTS_BESIDE_BANK):
        for other in better:
            assert 0 <= features.answers(weights) <= other.answers(weights) <= 1


@given(NUMBERS)
def test_what_is_about_something_else_never_answers(logit: float) -> None:
    """A window that is hardly like the question has no probability, whatever the reader says of it."""
    for weights in (READING_WEIGHTS, READING_WEIGHTS_BESIDE_BANK):
        assert WindowFeatures(logit, LEAST_SIMILARITY - 0.01).answers(weights) == 0
        assert WindowFeatures(logit, LEAST_SIMILARITY).answers(weights) > 0


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-1, 1))
def test_a_contest_is_fair(nearest: float, covered: float, leaning: float) -> None:
    """A window wins less surely the surer the bank is, and the nearer its questions and its article."""
    won = CONTEST.won(nearest, covered, leaning)
    assert 0 <= won <= 1
    assert CONTEST.won(nearest + 0.1, covered, leaning) <= won
    assert CONTEST.won(nearest, min(1.0, covered + 0.1), leaning) <= won
    assert CONTEST.won(nearest, covered, leaning + 0.1) <= won
