"""Quotes: order, merging, lists, limits."""

from chatbot.answering.quoting import WIDEST, begins_pointing, make_quotes, nearest_sections, unit_before, whole_thought
from chatbot.corpus.corpus import Corpus
from chatbot.corpus.documents import Document, Span
from chatbot.corpus.segmentation import split_passages
from chatbot.retrieval.candidates import Candidate

LIMITS = {"most_quotes": 3, "most_characters": 900}


def candidate(corpus: Corpus, *stretches: tuple[int, int], score: float = 0.5) -> Candidate:
    """A candidate of the real article."""
    spans = tuple(Span(*stretch) for stretch in stretches)
    return Candidate(corpus.documents[0], spans, spans[0], score)


def test_item_brings_its_list(real_corpus: Corpus) -> None:
    """A list is never torn from its lead-in: one item quotes the whole list, with the item as deciding part."""
    (quote,) = make_quotes([candidate(real_corpus, (1763, 1778))], **LIMITS)

    assert Span(1593, 1797) == quote.span
    assert Span(1763, 1778) == quote.key


def document_of(text: str) -> Document:
    """A text as an article."""
    passages = split_passages(text, language="en", headings=(), left_out=())
    return Document("a", "A", "", "en", text, (), (), (), passages)


LEAD_IN = "The clinic is free. Ask a friend to come along. You need these papers:\n\n"


def test_a_list_begins_with_its_own_lead_in() -> None:
    """An item brings the sentence that leads in to the list, and not the paragraph before that."""
    document = document_of(f"{LEAD_IN}\u2022 A card\n\u2022 A letter")
    asked = document.text.index("A letter")
    span = whole_thought(document, Span(asked, asked + 8))
    assert document.slice(span).startswith("You need these papers:")
    assert span.end == len(document.text)


def test_a_sentence_before_a_lead_in_stands_alone() -> None:
    """A sentence that stands before the one that leads in to a list does not bring the list."""
    document = document_of(f"{LEAD_IN}\u2022 A card\n\u2022 A letter")
    assert whole_thought(document, document.units[0]) == document.units[0]
    assert whole_thought(document, document.units[2]).end == len(document.text)


def test_touching_quotes_merge(real_corpus: Corpus) -> None:
    """Stretches with only white space between them are one quote."""
    (quote,) = make_quotes([candidate(real_corpus, (4785, 4887)), candidate(real_corpus, (4888, 4973))], **LIMITS)

    assert Span(4785, 4973) == quote.span


def test_a_further_quote_never_makes_the_first_point_back() -> None:
    """What would put a word that points back in front of the first quote is not quoted; of the best answer it is."""
    back, asked = "However, it is not for all. It has a limit.", "The limit is known to doctors."
    document = document_of(f"{'It may help, ' * 32}but who knows. {back} {asked}")
    behind, before = (
        Span(document.text.index(words), document.text.index(words) + len(words)) for words in (asked, back)
    )
    best, other = (Candidate(document, (span,), span, 0.5) for span in (behind, before))
    both = Candidate(document, (behind, before), behind, 0.5)

    assert [quote.span for quote in make_quotes([best, other], **LIMITS)] == [behind]
    assert [quote.span for quote in make_quotes([both], **LIMITS)] == [Span(before.start, behind.end)]


def test_best_comes_first(real_corpus: Corpus) -> None:
    """Quotes stand in the order of the candidates, not of the article."""
    found = make_quotes([candidate(real_corpus, (8419, 8565)), candidate(real_corpus, (89, 134))], **LIMITS)

    assert [Span(8419, 8565), Span(89, 134)] == [quote.span for quote in found]


def test_at_most_three(real_corpus: Corpus) -> None:
    """There are never more than three quotes."""
    spans = [(89, 134), (411, 502), (1071, 1235), (2228, 2304), (3635, 3729)]

    assert len(make_quotes([candidate(real_corpus, span) for span in spans], **LIMITS)) == 3


def test_not_too_long(real_corpus: Corpus) -> None:
    """Further quotes are dropped when all together would be too long; the first is always whole."""
    spans = [(1071, 1591), (2797, 3204), (89, 134)]
    found = make_quotes([candidate(real_corpus, span) for span in spans], **LIMITS)

    assert [Span(1071, 1591), Span(89, 134)] == [quote.span for quote in found]


def test_headings_part_quotes(real_corpus: Corpus) -> None:
    """Stretches with a heading between them stay two quotes."""
    assert len(make_quotes([candidate(real_corpus, (4343, 4390)), candidate(real_corpus, (4426, 4572))], **LIMITS)) == 2


def test_nearest_sections_are_named_once(real_corpus: Corpus) -> None:
    """Each section is pointed at once, in the order of the candidates."""
    candidates = [candidate(real_corpus, span) for span in [(8419, 8565), (8870, 8903), (1624, 1655)]]

    titles = [section.title for section in nearest_sections(candidates, most=3)]
    assert titles == ["Step 8: Enroll in aftercare.", "Step 1: Be aware of what heroin abuse looks like."]


def test_merging_goes_on(real_corpus: Corpus) -> None:
    """A quote that grows until it touches a third becomes one with it."""
    first, second, third = real_corpus.documents[0].passages[3].units[:3]
    spans = [(unit.start, unit.end) for unit in (first, third, second)]
    (quote,) = make_quotes([candidate(real_corpus, span) for span in spans], **LIMITS)

    assert quote.span == Span(first.start, third.end)


def test_list_is_not_torn_at_its_end(real_corpus: Corpus) -> None:
    """A stretch that begins before a list and ends within it brings the whole list."""
    start = real_corpus.documents[0].text.index("People who use are very likely")
    (quote,) = make_quotes([candidate(real_corpus, (start, 1655))], **LIMITS)

    assert quote.span == Span(start, 1797)


def test_first_quote_is_whole_however_long(real_corpus: Corpus) -> None:
    """The first quote is shown whole even when it is longer than all quotes together should be."""
    (quote,) = make_quotes([candidate(real_corpus, (1593, 1797))], most_quotes=3, most_characters=10)

    assert quote.span == Span(1593, 1797)


def test_a_quote_that_points_back_is_widened(real_corpus: Corpus) -> None:
    """A quote that begins with a word that points back holds the sentence before it as well, up to its limit."""
    document = real_corpus.documents[0]
    for unit in document.units:
        (quote,) = make_quotes([candidate(real_corpus, (unit.start, unit.end))], **LIMITS)
        before = unit_before(document, quote.span)

        assert quote.span.covers(unit)
        assert not begins_pointing(document, quote.span) or before is None or quote.span.end - before.start > WIDEST


def test_the_steps_are_quoted_whole(real_corpus: Corpus) -> None:
    """All stretches of the best answer are quoted, in the order of the article, however many there are."""
    (steps,) = [answer for answer in real_corpus.answers if answer.name == "steps"]
    found = make_quotes(
        [Candidate(steps.document, steps.stretches, steps.units[0], 0.9, steps)], most_quotes=3, most_characters=900
    )

    assert all(any(quote.span.covers(stretch) for quote in found) for stretch in steps.stretches)
    assert [quote.span for quote in found] == sorted(quote.span for quote in found)
