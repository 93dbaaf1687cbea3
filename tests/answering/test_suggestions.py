"""Suggestions and choices: what the page offers to tap."""

from dataclasses import replace

import pytest

from chatbot.answering.quoting import make_quotes
from chatbot.answering.reply import CHOICE, Reply
from chatbot.answering.suggestions import MOST_CHOICES, MOST_SUGGESTIONS, choices, suggested
from chatbot.corpus.corpus import Corpus
from chatbot.corpus.notices import Wording
from chatbot.corpus.question_bank import Answer
from chatbot.retrieval.candidates import Candidate, DocumentSpan


def candidate(answer: Answer, score: float = 0.5) -> Candidate:
    """A candidate for an answer of the bank."""
    return Candidate(answer.document, answer.stretches, answer.units[0], score, answer)


def offered(corpus: Corpus) -> list[Answer]:
    """The answers that the page may offer in English."""
    return [answer for answer in corpus.answers if answer.ask.get("en")]


def test_nothing_that_was_quoted_is_suggested(real_corpus: Corpus) -> None:
    """After each answer up to three others are offered, none of which has been shown, now or before."""
    for answer in offered(real_corpus):
        quotes = make_quotes([candidate(answer)], most_quotes=3, most_characters=900)
        before = [DocumentSpan(other.document, other.stretches[0]) for other in offered(real_corpus)[:5]]
        found = suggested(real_corpus, candidate(answer), quotes, "en", before)

        assert 0 < len(found) <= MOST_SUGGESTIONS
        for other in found:
            assert not any(quote.span.covers(stretch) for quote in quotes for stretch in other.stretches)
            assert other not in offered(real_corpus)[:5]


def test_an_editor_names_what_comes_next(real_corpus: Corpus) -> None:
    """Answers that an editor has named under ``next`` are offered first."""
    first, *_, last = offered(real_corpus)
    named = replace(first, next=(last.name,))
    quotes = make_quotes([candidate(named)], most_quotes=3, most_characters=900)

    assert suggested(real_corpus, candidate(named), quotes, "en")[0] == last


def test_a_choice_is_between_answers_that_differ(real_corpus: Corpus) -> None:
    """A choice has two or three likely questions with nothing in common; one alone is no choice."""
    found = choices([candidate(answer) for answer in real_corpus.answers], "en", least=0.1)

    assert 2 <= len(found) <= MOST_CHOICES
    assert choices([candidate(offered(real_corpus)[0])], "en", least=0.1) == ()
    assert choices([candidate(answer, 0.05) for answer in real_corpus.answers], "en", least=0.1) == ()
    stretches = [stretch for answer in found for stretch in answer.stretches]
    assert not any(one.overlap(other) for one in stretches for other in stretches if one is not other)


def test_a_choice_quotes_nothing(real_corpus: Corpus, wording: Wording) -> None:
    """A reply with a choice has its own outcome and no quote beside it."""
    answers = tuple(offered(real_corpus)[:2])
    reply = Reply(notices=(wording.notice(CHOICE),), choices=answers)

    assert reply.outcome == "choice"
    with pytest.raises(ValueError, match="never two of them"):
        replace(reply, quotes=make_quotes([candidate(answers[0])], most_quotes=3, most_characters=900))
