"""Passages and their units."""

from hypothesis import given
from hypothesis import strategies as st

from chatbot.corpus.corpus import Corpus
from chatbot.corpus.documents import Passage, Span
from chatbot.corpus.segmentation import find_headings, sentences, split_passages

WORDS = [
    "Step 1: Go.",
    "One. Two! Three?",
    "Here are:",
    "É “x” — 5.5 mg.",
    "😀",
    "*a* <b> $c$ & d",
    "Dr. Smith said so.",
]
ITEMS = ["  • item one", "- item", "1. first"]
SPACE = ["\n", "\n\n", "\r\n", "\r\n\r\n", "\r", "\t", " ", "\x0c", "\u2028", "\xa0"]
PIECES = st.lists(st.sampled_from([*WORDS, *ITEMS, *SPACE]), max_size=25)


def covered(text: str, headings: tuple[Span, ...], holes: list[Span], passages: tuple[Passage, ...]) -> list[int]:
    """How many headings, left-out stretches and passages hold each position of the text."""
    counts = [0] * len(text)
    for span in (*headings, *holes, *(passage.span for passage in passages)):
        for position in range(span.start, span.end):
            counts[position] += 1
    return counts


def check(text: str, headings: tuple[Span, ...], holes: list[Span], passages: tuple[Passage, ...]) -> None:
    """No position is held twice, and only white space is held by nothing."""
    for position, count in enumerate(covered(text, headings, holes, passages)):
        assert count <= 1, position
        assert count == 1 or text[position].isspace(), position


def test_article_is_covered_once(real_corpus: Corpus) -> None:
    """Passages, left-out stretches, headings and white space cover the article without overlap."""
    document = real_corpus.documents[0]
    check(document.text, document.headings, [hole.span for hole in document.left_out], document.passages)


@given(PIECES)
def test_any_text_is_covered_once(pieces: list[str]) -> None:
    """Whatever the text, every character lies in exactly one passage or heading, or is white space."""
    text = "".join(pieces)
    headings = find_headings(text, [r"Step \d+: .+"])
    check(text, headings, [], split_passages(text, language="en", headings=headings, left_out=[]))


@given(PIECES, st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), max_size=3))
def test_any_text_with_holes_is_covered_once(pieces: list[str], places: list[tuple[int, int]]) -> None:
    """Wherever stretches are left out, no passage holds a character of them, and none is lost beside them."""
    text = "".join(pieces)
    spans = [Span(start, start + length) for start, length in sorted(places) if start + length <= len(text)]
    holes = [span for number, span in enumerate(spans) if not any(span.overlap(other) for other in spans[:number])]
    check(text, (), holes, split_passages(text, language="en", headings=(), left_out=holes))


@given(st.text(max_size=200))
def test_any_characters_are_covered_once(text: str) -> None:
    """Whatever the characters, none is lost and none is in two passages."""
    check(text, (), [], split_passages(text, language="en", headings=(), left_out=[]))


@given(PIECES)
def test_units_lie_in_order_within_their_passage(pieces: list[str]) -> None:
    """Units do not overlap, stand in order, and are slices of their passage."""
    text = "".join(pieces)
    for passage in split_passages(text, language="en", headings=(), left_out=[]):
        ends = [passage.span.start, *(unit.end for unit in passage.units)]
        assert all(passage.span.covers(unit) for unit in passage.units)
        assert all(end <= unit.start for end, unit in zip(ends, passage.units, strict=False))


@given(st.text(alphabet=st.sampled_from("aB.?! \n“”é😀5"), max_size=80))
def test_sentences_slice_back(text: str) -> None:
    """Sentences keep every character that is not white space, in order."""
    kept = "".join(text[span.start : span.end] for span in sentences(text, language="en"))

    assert "".join(text.split()) == "".join(kept.split())


def test_list_stays_with_its_lead_in(real_corpus: Corpus) -> None:
    """The signs and the words that lead in to them are one passage."""
    passage = real_corpus.documents[0].passage_at(1763)

    assert passage is not None
    assert passage.is_list
    assert Span(1593, 1797) == passage.span
    assert len(passage.units) == 8


def test_what_goes_on_behind_a_nested_list_is_no_part_of_it() -> None:
    """A line that goes on with an outer item behind a nested list is a unit of the outer level."""
    text = "Until help comes:\n1. Never:\n  • shake\n    goes on\n  Then breathe.\n  • late\n2. Wait\nlazily"
    (passage,) = split_passages(text, language="en", headings=(), left_out=())

    said = [text[unit.start : unit.end] for unit in passage.units]
    assert said == [
        "Until help comes:",
        "Never:",
        "shake\n    goes on",
        "Then breathe.",
        "late",
        "Wait\nlazily",
    ]
    assert passage.levels == (0, 1, 2, 1, 2, 1)
