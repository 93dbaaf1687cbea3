"""What is sure enough to be quoted."""

from dataclasses import replace

import pytest

from chatbot.answering.decision import (
    ANSWERS_ITSELF,
    CLEARLY,
    CONTEST,
    CONTESTS,
    LEANS_TO_BANK,
    SURE_DESPITE_FEAR,
    SURE_UNASKED,
    log_odds,
    sure_candidates,
    why_not,
)
from chatbot.answering.reply import Reason
from chatbot.query.question import Question
from chatbot.query.rewriting import Query
from chatbot.retrieval.candidates import Candidate, SearchResult
from chatbot.settings import Settings
from tests.conftest import REAL_CORPUS
from tests.support.fakes import chatbot_over, write_corpus
from tests.support.glossary import GLOSSARY

NOTHING = SearchResult(0.0, (), "")


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Candidate:
    """An answer of the small corpus's bank as a candidate."""
    root = tmp_path_factory.mktemp("decision")
    settings = Settings(corpus=write_corpus(root, notices=REAL_CORPUS / "notices"), index=root / "index")
    (first, *_) = chatbot_over(settings).corpus.answers
    return Candidate(first.document, first.stretches, first.stretches[0], 1.0, first)


@pytest.mark.parametrize(
    ("text", "score", "feared", "quoted"),
    [
        ("he throws plates at me every friday", 1.0, False, True),
        ("he throws plates at me every friday", 1.0, True, False),
        ("what calms him when he throws plates", SURE_DESPITE_FEAR - 0.1, False, True),
        ("what calms him when he throws plates", SURE_DESPITE_FEAR - 0.1, True, False),
        ("what calms him when he throws plates", SURE_DESPITE_FEAR, True, True),
    ],
)
def test_little_is_quoted_where_suicide_or_violence_is_feared(
    answer: Candidate, text: str, score: float, feared: bool, quoted: bool
) -> None:
    """Below a notice about suicide or violence only what is asked for and very sure is quoted."""
    bank = SearchResult(1.0, (replace(answer, score=score),), "")
    sure = sure_candidates(bank, NOTHING, Query(Question(text), GLOSSARY), Settings(), feared=feared)

    assert bool(sure) == quoted


@pytest.mark.parametrize("score", [SURE_UNASKED - 0.1, SURE_UNASKED])
def test_what_asks_nothing_gets_only_what_is_sure(answer: Candidate, score: float) -> None:
    """A message that tells something is answered with a quote only where this is likely to be about it."""
    bank = SearchResult(1.0, (replace(answer, score=score),), "")
    query = Query(Question("he sold the spoons of my mother"), GLOSSARY)

    assert bool(sure_candidates(bank, NOTHING, query, Settings(), told=True)) == (score >= SURE_UNASKED)
    assert sure_candidates(bank, NOTHING, query, Settings())


@pytest.mark.parametrize(
    ("won", "answers", "quoted"),
    [
        (CONTESTS - 0.01, 0.9, "bank"),
        (CONTESTS + 0.01, ANSWERS_ITSELF, "window"),
        (CONTESTS + 0.01, ANSWERS_ITSELF - 0.01, "bank"),
        (CLEARLY + 0.01, ANSWERS_ITSELF, "window"),
        (CLEARLY + 0.01, ANSWERS_ITSELF - 0.01, "nothing"),
    ],
)
def test_a_sure_answer_stands_unless_another_article_wins(
    answer: Candidate, won: float, answers: float, quoted: str
) -> None:
    """A window that may well answer takes its place; of a question clearly about another article nothing is quoted."""
    nearest, covered = 0.5, 0.9
    bank = SearchResult(covered, (replace(answer, score=covered),), "", nearest=nearest)
    rest = log_odds(won) - CONTEST.bias - CONTEST.nearest * nearest - CONTEST.covered * log_odds(covered)
    window = Candidate(answer.document, answer.stretches, answer.key, answers, reading=1.0)
    texts = SearchResult(0.0, (window,), "", leaning=rest / CONTEST.leaning)
    sure = sure_candidates(bank, texts, Query(Question("what helps"), GLOSSARY), Settings())

    assert list(sure) == {"bank": list(bank.candidates), "window": [window], "nothing": []}[quoted]


@pytest.mark.parametrize(
    ("text", "before", "leaning", "quoted"),
    [
        ("does it make her teeth bad when she has had a lot for some years?", (), LEANS_TO_BANK + 0.01, False),
        ("does it make her teeth bad when she has had a lot for some years?", (), LEANS_TO_BANK, True),
        (
            "does it make her teeth bad when she has had a lot for some years?",
            ("What is suboxone?",),
            LEANS_TO_BANK + 0.01,
            True,
        ),
        ("does it make her teeth bad when she has had suboxone for some years?", (), LEANS_TO_BANK + 0.01, True),
    ],
)
def test_a_window_needs_a_message_that_names_its_thing(
    answer: Candidate, text: str, before: tuple[str, ...], leaning: float, quoted: bool
) -> None:
    """A first message about an "it", nearer to the article with the bank, gets no window, and is asked to say more."""
    bank = SearchResult(0.0, (replace(answer, score=0.0),), "")
    window = Candidate(answer.document, answer.stretches, answer.key, 0.9, reading=1.0)
    texts = SearchResult(0.9, (window,), "", leaning=leaning)
    query = Query(Question(text, before), GLOSSARY)

    assert sure_candidates(bank, texts, query, Settings()) == ((window,) if quoted else ())
    assert (why_not(query, bank, texts, Settings()) is Reason.VAGUE) is not quoted
    assert why_not(query, bank, replace(texts, candidates=()), Settings()) is Reason.TOPIC
