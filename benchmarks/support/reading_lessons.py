"""What the reader's adapter is trained on: questions with passages that answer them and passages that do not.

The articles of ``benchmarks/data/reader`` and their questions were written for this: one person wrote the article,
another, who knew neither program nor bank, the questions and the near-misses (of those as in an encyclopedia one person
wrote both). Some questions are about anything but health. The seed is taken as an article without a bank, its bank's
questions as questions about it, and those of its topics as near-misses.
"""

import random
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from benchmarks.new_articles import HELD, asked, chatbot_of, covers
from benchmarks.support.open_articles import TRAINED_ON, asked_elsewhere, rows_in
from benchmarks.support.windows import nearest_windows
from chatbot.answering.pipeline import AnswerPipeline
from chatbot.answering.reading import LONGEST_READ, passage_to_read
from chatbot.corpus.documents import Span
from chatbot.indexing.sources import load_sources
from chatbot.models.encoder import Embedder
from chatbot.models.reader import NO_READER
from chatbot.query.question import Question
from chatbot.retrieval.candidates import Candidate
from chatbot.service.factory import load_or_build, make_chatbot
from chatbot.settings import ROOT, Settings

OF_AN_ANSWER, OF_A_TOPIC = 32, 8  # questions of the seed's bank that are taken at most
MOST_OF_SEED = 1500  # of them that are trained on: it is one article among many


@dataclass(frozen=True, slots=True)
class ReadingLesson:
    """A question and passages as the reader gets them.

    ``right`` are windows that answer, ``wrong`` those that hold nothing of the answer, best first. ``exact`` are the
    sentences that answer, no more, ``beside`` their neighbours. A near-miss has ``wrong`` ones only.
    """

    question: str
    is_answerable: bool
    right: tuple[str, ...]
    wrong: tuple[str, ...]
    exact: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


def lessons(settings: Settings, embedder: Embedder, folder: Path, chance: random.Random) -> list[ReadingLesson]:
    """Of all articles, and of the seed."""
    own = list(lessons_of_articles(settings, embedder, folder))
    of_seed = list(lessons_of_seed(settings, embedder, folder, chance))
    return [*own, *chance.sample(of_seed, min(MOST_OF_SEED, len(of_seed)))]


def lessons_of_articles(settings: Settings, embedder: Embedder, folder: Path) -> Iterator[ReadingLesson]:
    """Each article alone, as on its first day; some questions are about anything else."""
    articles = sorted(TRAINED_ON.iterdir())
    elsewhere = asked_elsewhere(articles, to_train=True)
    for path in articles:
        chatbot = chatbot_of([path.name], replace(settings, reader=NO_READER), embedder, folder, seed=False)
        for row in [*rows_in(path / "questions.jsonl"), *elsewhere[path.name]]:
            gold = [Span(*must) for must in row["must"]]
            yield _lesson(chatbot, asked(row), embedder, gold, partial(covers, question=row), short=gold)


def lessons_of_seed(
    settings: Settings, embedder: Embedder, folder: Path, chance: random.Random
) -> Iterator[ReadingLesson]:
    """Some questions of every answer and every topic."""
    known = load_sources(settings).corpus
    chatbot = _seed_without_bank(settings, embedder, folder)
    for answer in known.answers:
        gold = answer.stretches
        short = gold if len(gold) == 1 else ()  # one of several stretches is no answer by itself
        for question in chance.sample(answer.questions, min(OF_AN_ANSWER, len(answer.questions))):
            text = Question(question.text, (), question.language)
            yield _lesson(chatbot, text, embedder, gold, partial(_holds_most, gold=gold), short=short)
    for topic in known.topics:
        for question in chance.sample(topic.questions, min(OF_A_TOPIC, len(topic.questions))):
            yield _lesson(chatbot, Question(question.text, (), question.language), embedder, (), lambda _: False)


def _seed_without_bank(settings: Settings, embedder: Embedder, folder: Path) -> AnswerPipeline:
    """The seed's article as if it had come today."""
    corpus, index = folder / "corpus-without-bank", folder / "index-without-bank"
    own = replace(settings, corpus=corpus, index=index, reader=NO_READER)
    shutil.copytree(ROOT / "corpus", own.corpus)
    shutil.copytree(ROOT / "index", own.index)
    (own.corpus / "not-covered.toml").unlink()
    for about in own.corpus.glob("*/about.toml"):
        (about.parent / "questions.toml").unlink(missing_ok=True)
        text = about.read_text(encoding="utf-8")
        about.write_text(re.sub(r"(?ms)^starters = .*?\]\n|^who_decides = [^\n]*\n", "", text), encoding="utf-8")
    sources = load_sources(own)
    return make_chatbot(own, sources, load_or_build(own, sources, embedder), embedder)


def _lesson(
    chatbot: AnswerPipeline,
    question: Question,
    embedder: Embedder,
    gold: Sequence[Span],
    answers: Callable[[Span], bool],
    *,
    short: Sequence[Span] = (),
) -> ReadingLesson:
    """A question with its windows; ``gold`` is what answers it, ``short`` the spans that do so by themselves."""
    text, search = nearest_windows(chatbot, question, embedder)
    found = search.candidates
    windows = [(candidate, candidate.stretches[0]) for candidate in found]

    def read(candidates: Sequence[Candidate]) -> tuple[str, ...]:
        return tuple(passage_to_read(candidate, chatbot.in_english) for candidate in candidates)

    exact, beside = _short_passages(short, found)
    return ReadingLesson(
        text,
        bool(gold),
        right=read([candidate for candidate, window in windows if answers(window)]),
        wrong=read([candidate for candidate, window in windows if not any(window.overlap(span) for span in gold)]),
        exact=read(exact),
        beside=read(beside),
    )


def _holds_most(window: Span, gold: Sequence[Span]) -> bool:
    """Whether a window holds most of an answer, or of its first stretch."""
    held = sum(window.overlap(span) for span in gold)
    return held >= HELD * sum(map(len, gold)) or window.overlap(gold[0]) >= HELD * len(gold[0])


def _short_passages(gold: Sequence[Span], found: Sequence[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
    """The sentences that answer, as candidates, and one or two sentences before and behind them."""
    exact, beside = list[Candidate](), list[Candidate]()
    for span in gold if found else ():
        units = found[0].document.units
        own = [number for number, unit in enumerate(units) if unit.overlap(span)]
        if not own:
            continue
        first, last = own[0], own[-1]
        exact.append(replace(found[0], stretches=(Span(units[first].start, units[last].end),)))
        for start, end in ((first - 1, first - 1), (first - 2, first - 1), (last + 1, last + 1), (last + 1, last + 2)):
            if start >= 0 and end < len(units):
                near = Span(units[start].start, units[end].end)
                if len(near) <= LONGEST_READ and not any(near.overlap(other) for other in gold):
                    beside.append(replace(found[0], stretches=(near,)))
    return exact, beside
