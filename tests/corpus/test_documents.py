"""Spans, documents and quotes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.answering.reply import Quote
from chatbot.corpus.corpus import Corpus
from chatbot.corpus.documents import Span
from chatbot.errors import CorpusError


def test_overlap_counts_shared_positions() -> None:
    """Two spans overlap by the positions that both have."""
    assert Span(0, 5).overlap(Span(3, 9)) == 2
    assert Span(0, 5).overlap(Span(5, 9)) == 0


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 3), (4, 2)])
def test_span_refuses_nothing(start: int, end: int) -> None:
    """A span always holds at least one position of a text."""
    with pytest.raises(ValueError, match="a span needs"):
        Span(start, end)


def test_quote_text_is_the_slice(real_corpus: Corpus) -> None:
    """The text of a quote is the slice of the article at its span."""
    document = real_corpus.documents[0]
    quote = Quote(document, Span(5103, 5255), Span(5103, 5255), 0.9)

    assert document.text[5103:5255] == quote.text
    assert quote.section == "Step 5: Choose the right medication."


@given(st.text(min_size=1), st.data())
def test_any_quote_is_its_slice(real_corpus: Corpus, text: str, data: st.DataObject) -> None:
    """Whatever the article and the place, white space and signs at the ends of a quote stay as they are."""
    start = data.draw(st.integers(0, len(text) - 1))
    span = Span(start, data.draw(st.integers(start + 1, len(text))))
    quote = Quote(replace(real_corpus.documents[0], text=text), span, span, 0.5)

    assert quote.text == text[span.start : span.end]


def test_quote_takes_no_text() -> None:
    """A quote has no field in which words could be put."""
    assert {"document", "span", "key", "score", "also"} == set(Quote.__slots__)


def test_quote_holds_its_deciding_part(real_corpus: Corpus) -> None:
    """The deciding part of a quote lies within it."""
    with pytest.raises(ValueError, match="within it"):
        Quote(real_corpus.documents[0], Span(10, 20), Span(15, 25), 0.5)


def test_slice_refuses_places_behind_the_end(real_corpus: Corpus) -> None:
    """A span that is not in the article is an error, not a shorter text."""
    document = real_corpus.documents[0]
    with pytest.raises(CorpusError):
        document.slice(Span(len(document.text) - 1, len(document.text) + 1))


def test_sections_follow_the_headings(real_corpus: Corpus) -> None:
    """Every position belongs to the heading before it, and to the title before the first heading."""
    document = real_corpus.documents[0]

    assert document.title == document.section_title(document.section_at(100))
    assert document.section_title(document.section_at(8870)) == "Step 8: Enroll in aftercare."
    assert document.section_span(7).covers(Span(8870, 8903))
