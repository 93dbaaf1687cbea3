"""The decision between quotes, a choice and an abstention: thresholds for candidates, and the reason for abstaining."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chatbot.answering.reply import Reason
from chatbot.answering.suggestions import choices
from chatbot.corpus.question_bank import Answer
from chatbot.query.language import OTHER
from chatbot.query.message_form import asks, points_back, words
from chatbot.query.rewriting import Query
from chatbot.retrieval.candidates import Candidate, SearchResult
from chatbot.settings import Settings

FEW_WORDS = 4  # of a message that may ask for many things
OF_FEW_WORDS = 0.3  # what is enough for it, as a share of what is enough for others
CONTESTS = 0.78  # from which a window takes the place of a sure answer of a bank
CLEARLY = 0.85  # from which no answer of a bank stands against it, even if the window does not answer either
ANSWERS_ITSELF = 0.05  # probability that it answers, below which it does not, however it compares
LEANS_AWAY = -0.05  # leaning of a message that is about an article without a bank
LEANS_TO_BANK = 0.02  # leaning of one that is not, if it does not say what it is about
LIKELY = 0.1  # probability from which an answer is offered in a choice
SURE_DESPITE_FEAR = 0.8  # probability from which an answer stands below a notice about suicide or violence
# Probability from which a message that asks nothing gets a quote. Of 76 quotes that 267 such messages of six writers
# got, half were less likely; of 318 answers to questions that other writers asked one in ten.
SURE_UNASKED = 0.6
OF_THE_BEST = 0.5  # a further answer of the bank is at least this share as likely as the best
_LEAST = 1e-3  # probability that is told from none, and from certainty


@dataclass(frozen=True, slots=True)
class Contest:
    """Weights of the logit of "this is a question about an article without a bank, and not about the bank's".

    ``nearest`` of the similarity of the bank's most similar question, ``covered`` of the log-odds that the bank
    answers, ``leaning`` of how much nearer the message is to the article with the bank than to the others.
    """

    bias: float
    nearest: float
    covered: float
    leaning: float

    def won(self, nearest: float, covered: float, leaning: float) -> float:
        """The probability; ``covered`` is here the probability that the bank has an answer."""
        total = self.bias + self.nearest * nearest + self.covered * log_odds(covered) + self.leaning * leaning
        return 1 / (1 + math.exp(-total))


def log_odds(probability: float) -> float:
    """Its logit; certainty and impossibility have one, too."""
    likely = min(max(probability, _LEAST), 1 - _LEAST)
    return math.log(likely / (1 - likely))


# Fitted by ``python -m benchmarks.fit_reading``.
CONTEST = Contest(bias=4.2418, nearest=-2.9143, covered=-0.5911, leaning=-13.7797)


def unreadable(query: Query, settings: Settings) -> Reason | None:
    """Why a message cannot be read as a question; None when it can. Letters that make no word are no question."""
    text = query.question.text
    if len(text) > settings.longest_message:
        return Reason.TOO_LONG
    if not words(text):
        return Reason.EMPTY
    if query.language == OTHER:
        return Reason.LANGUAGE
    return None if query.glossary.knows_a_word_of(text) else Reason.VAGUE


def sure_candidates(
    bank: SearchResult,
    texts: SearchResult,
    query: Query,
    settings: Settings,
    *,
    feared: bool = False,
    told: bool = False,
) -> tuple[Candidate, ...]:
    """The candidates that are good enough to quote.

    ``feared``: the message speaks of suicide or violence. Then only what it asks for is quoted, and only what is very
    sure: articles about addiction say little of these, and something that is merely near would make light of them.
    ``told``: the message asks nothing. Then only what is sure is quoted.
    """
    sure = _sure(bank, texts, query, settings)
    if not sure or (told and sure[0].score < SURE_UNASKED):
        return ()
    if not feared:
        return sure
    best = sure[0]
    return sure if asks(query.question.text) and (best.answer is None or best.score >= SURE_DESPITE_FEAR) else ()


def _sure(bank: SearchResult, texts: SearchResult, query: Query, settings: Settings) -> tuple[Candidate, ...]:
    """Those that are sure enough for any message: none is lost by its language, which orders equals only.

    Without a reader the score of a window is its similarity: it comes after the answers of a bank, and must then be
    more similar.
    """
    banked = sure_answers(bank, settings)
    if any(candidate.reading is not None for candidate in texts.candidates):
        return tuple(_read_beside(bank, banked, texts, settings, unnamed=is_unnamed(query, texts)))
    least = settings.similarity_threshold_beside_bank if banked else settings.similarity_threshold
    sure = [*banked, *(candidate for candidate in texts.candidates if candidate.score >= least)]
    return tuple(sorted(sure, key=lambda one: one.document.language_at(one.key.start) != query.reader_language))


def _read_beside(
    bank: SearchResult, banked: Sequence[Candidate], texts: SearchResult, settings: Settings, *, unnamed: bool
) -> Iterator[Candidate]:
    """Answers of a bank and windows that were read, the first of them first.

    A window takes the place of a sure answer of a bank when it wins the contest and may well answer. When it wins
    clearly and does not answer, nothing does: the question is about another article. A further window is quoted only if
    it is sure. ``unnamed``: no window is quoted; see ``is_unnamed``.
    """
    best, *others = texts.candidates
    if banked:
        won = CONTEST.won(bank.nearest, bank.covered, texts.leaning)
        if won >= CONTESTS and best.score >= ANSWERS_ITSELF and not unnamed:
            yield best
        elif won < CLEARLY:
            yield from banked
        return
    if unnamed:
        return
    if best.score >= (settings.reading_threshold_beside_bank if bank.candidates else settings.reading_threshold):
        yield best
        yield from (other for other in others if other.score >= settings.second_reading_threshold)


def is_unnamed(query: Query, texts: SearchResult) -> bool:
    """Whether a first message calls its thing only "it" or "that", and is nearer to the article with the bank.

    A window of another article may then be about anything: what "it" looks like is another matter for each. With
    messages before it, or nearer to the other articles, the message has a subject.
    """
    pointed = points_back(query.question.text) and not query.subjects
    return pointed and not query.question.history and texts.leaning > LEANS_TO_BANK


def offered(bank: SearchResult, texts: SearchResult, settings: Settings) -> Candidate | None:
    """The best window that was read, when it comes near without being sure; None when it does not."""
    best = next(iter(texts.candidates), None)
    least = settings.offer_threshold_beside_bank if bank.candidates else settings.offer_threshold
    near = best is not None and best.reading is not None and best.score >= least
    return best if near else None


def sure_answers(bank: SearchResult, settings: Settings) -> list[Candidate]:
    """Answers of the bank: the best one if it is sure itself, those to single questions of the message, and others.

    That some answer is sure proves nothing: many unlikely ones add up. Another is quoted only if it answers, too.
    """
    if bank.covered < settings.answer_threshold or not bank.candidates:
        return []
    best, *others = bank.candidates
    if best.score < settings.best_answer_threshold:
        return []
    least = max(settings.second_quote_threshold, best.score * OF_THE_BEST)
    return [best, *bank.asked, *(other for other in others if other.score >= least)]


def choices_between(bank: SearchResult, query: Query, settings: Settings) -> tuple[Answer, ...]:
    """Questions to choose from when an answer is likely, and none is sure; none otherwise.

    A message of a word or two that points at nothing shown ("treatment", "is it safe" as a first message) asks for many
    things at once: less is likely enough.
    """
    text = query.question.text
    asks_for_much = len(words(text)) <= FEW_WORDS and not (query.question.history and points_back(text))
    if bank.covered < settings.choice_threshold * (OF_FEW_WORDS if asks_for_much else 1):
        return ()
    least = LIKELY * (OF_FEW_WORDS if asks_for_much else 1)
    return choices(bank.candidates, query.question.language, least=least)


def why_not(query: Query, bank: SearchResult, texts: SearchResult, settings: Settings) -> Reason:
    """Why nothing is quoted: the message says too little, the article comes near, or it does not speak of this."""
    depends = not query.question.history and query.depends(settings.vague_threshold)
    if depends or (is_unnamed(query, texts) and offered(bank, texts, settings)):
        return Reason.VAGUE
    return Reason.NEAR if bank.covered >= settings.near_threshold else Reason.TOPIC


def near_candidates(bank: SearchResult, texts: SearchResult) -> Sequence[Candidate]:
    """The candidates whose sections are pointed at when nothing is quoted: of the article that the message is about."""
    leans_away = bool(texts.candidates) and texts.leaning <= LEANS_AWAY
    return bank.candidates if bank.candidates and not leans_away else texts.candidates
