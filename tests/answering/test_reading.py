"""Windows that were read: their order, their probability, and what they are read as."""

from hypothesis import given
from hypothesis import strategies as st

from chatbot.answering.reading import READING_WEIGHTS, WindowFeatures, read_candidates
from chatbot.corpus.documents import Document, Span
from chatbot.corpus.segmentation import split_passages
from chatbot.retrieval.candidates import Candidate
from tests.support.fakes import WordReader

TEXT = "Methadone is given at a clinic.\n\nSuboxone can be taken home.\n\nBring water and a blanket."
NUMBERS = st.floats(-20, 20)


def candidates(*, language: str = "en") -> list[Candidate]:
    """Each sentence of the text as a window of its own, equally near."""
    passages = split_passages(TEXT, language="en", headings=(), left_out=())
    document = Document("a", "Medicines", "", language, TEXT, (), (), (), passages)
    return [Candidate(document, (unit,), unit, 0.5) for unit in document.units]


def test_best_window_comes_first() -> None:
    """The windows are ordered by the reader, and each keeps what the reader said of it."""
    read = read_candidates(WordReader(), "which clinic gives methadone", candidates(), gloss=str)
    assert read[0].key == Span(0, 31)
    assert [candidate.reading for candidate in read] == sorted((one.reading for one in read), reverse=True)
    assert all(0 <= candidate.score <= 1 for candidate in read)
    assert {candidate.key for candidate in read} == {candidate.key for candidate in candidates()}


def test_windows_are_read_under_their_heading() -> None:
    """The reader gets heading and window; a Spanish article in English words."""
    reader = WordReader()
    read_candidates(reader, "water", candidates(), gloss=str.upper)
    assert reader.passages[0] == "Medicines. Methadone is given at a clinic."
    read_candidates(reader, "water", candidates(language="es"), gloss=str.upper)
    assert reader.passages[-1] == "MEDICINES. BRING WATER AND A BLANKET."


def test_nothing_is_read_without_candidates() -> None:
    """No candidate, no reading."""
    assert read_candidates(WordReader(), "water", [], gloss=str) == ()


@given(NUMBERS, NUMBERS, st.floats(0, 5))
def test_probability_is_one(logit: float, similarity: float, length: float) -> None:
    """It lies between 0 and 1, and rises with what the reader says and with the lead over other windows."""
    features = WindowFeatures(logit, similarity, 0.0, length)
    better = [WindowFeatures(logit + 1, similarity, 0.0, length), WindowFeatures(logit, similarity, 1.0, length)]
    for other in better:
        assert 0 <= features.answers(READING_WEIGHTS) <= other.answers(READING_WEIGHTS) <= 1
