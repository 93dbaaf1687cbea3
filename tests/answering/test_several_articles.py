"""Several articles: each is cited by name, the same words are shown once, and the reader's language comes first."""

import gzip
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from chatbot.answering.contract import reply_object
from chatbot.answering.decision import near_candidates, sure_candidates
from chatbot.answering.pipeline import AnswerPipeline
from chatbot.answering.quoting import make_quotes
from chatbot.answering.reply import Reply
from chatbot.corpus.corpus import ENOUGH_TO_BE_FOUND
from chatbot.corpus.documents import Document
from chatbot.corpus.fragments import answering_units
from chatbot.corpus.notices import load_wordings
from chatbot.corpus.question_bank import Answer, BankQuestion, Topic
from chatbot.evaluation.coverage import find_covered, lines_of_covered
from chatbot.ingestion.source import Block, Kind, plain
from chatbot.ingestion.writing import Converted
from chatbot.query.question import Question
from chatbot.query.rewriting import Query
from chatbot.retrieval.candidates import Candidate, SearchResult
from chatbot.retrieval.text_search import OF_A_DOCUMENT, WeightedQuery, search_texts
from chatbot.settings import ROOT, Settings
from chatbot.web.reply_html import ReplyContext, article_addresses, render_reply
from tests.conftest import REAL_CORPUS
from tests.ingestion.test_add_article import FILES, add_article, added
from tests.support.fakes import HashEmbedder, WordReader, approve_all, chatbot_over, write_corpus
from tests.support.glossary import GLOSSARY

DATA = ROOT.parent / "shared" / "data"
NOTHING = SearchResult(0.0, (), "")
LIMITS = {"most_quotes": 3, "most_characters": 900}
SAME = "Call 911 even when the person wakes up."


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> AnswerPipeline:
    """A chatbot over the small corpus and the articles of the test data."""
    root = tmp_path_factory.mktemp("several")
    settings = Settings(corpus=write_corpus(root, notices=REAL_CORPUS / "notices"), index=root / "index")
    for path in FILES:
        added(path.name, settings.corpus)
    approve_all(settings.corpus)
    return chatbot_over(settings)


def document(chatbot: AnswerPipeline, name: str) -> Document:
    """An article by its name."""
    return next(document for document in chatbot.corpus.documents if document.name == name)


def candidate(of: Document, words: str) -> Candidate:
    """The sentence with these words as a candidate."""
    (unit,) = [unit for unit in of.units if words in of.slice(unit)]
    return Candidate(of, (unit,), unit, 0.5)


def test_read_windows_are_quoted_offered_or_silent(tmp_path: Path) -> None:
    """A window that probably answers is quoted, one that comes near is offered apart, and a far one is neither."""
    settings = Settings(corpus=write_corpus(tmp_path, notices=REAL_CORPUS / "notices"), index=tmp_path / "index")
    for path in FILES:
        added(path.name, settings.corpus)
    approve_all(settings.corpus)
    asked = Question("what does the person need when they wake up after 911")
    outcomes = []
    for quoted, offered in ((0.0, 0.0), (1.1, 0.0), (1.1, 1.1)):
        limits = replace(settings, reading_threshold=quoted, second_reading_threshold=1.1, offer_threshold=offered)
        limits = replace(limits, reading_threshold_beside_bank=quoted, offer_threshold_beside_bank=offered)
        limits = replace(limits, answer_threshold=1.1, choice_threshold=9.0)
        reply = chatbot_over(limits, reader=WordReader()).reply(asked)
        outcomes.append((reply.outcome, reply.maybe is not None, len(reply.quotes)))
        told = reply_object("1", reply)
        assert [place["text"] for place in told["maybe"]] == ([reply.maybe.text] if reply.maybe else [])
        if reply.maybe:
            place = ReplyContext(load_wordings(REAL_CORPUS / "notices")["en"], {})
            assert 'class="quotes maybe"' in render_reply(reply, place)
    assert outcomes == [("answer", False, 1), ("not_covered", True, 0), ("not_covered", False, 0)]


def test_same_sentence_is_shown_once_and_cited_twice(several: AnswerPipeline) -> None:
    """A sentence that stands in two articles is one quote with both places, each exact, in every form of a reply."""
    twice = [candidate(document(several, name), SAME) for name in ("naloxone-at-home", "after-a-relapse")]
    (quote,) = make_quotes(twice, **LIMITS)
    reply = Reply(quotes=(quote,))
    markup = render_reply(reply, ReplyContext(several.wordings["en"], article_addresses(several.corpus)))
    (shown,) = reply_object("", reply)["quotes"]

    assert [place.text for place in (quote, *quote.also)] == [SAME, SAME]
    assert markup.count(SAME) == 1
    for name, title in (("naloxone-at-home", "Naloxone at home"), ("after-a-relapse", "AFTER A RELAPSE")):
        assert f"{title}</span>" in markup, name
    assert shown["document"] == "naloxone-at-home"
    assert [place["document"] for place in shown["also"]] == ["after-a-relapse"]


def test_different_sentences_are_two_quotes(several: AnswerPipeline) -> None:
    """Two articles that say different things are both quoted, each with its own name."""
    first = candidate(document(several, "naloxone-at-home"), "sunlight")
    second = candidate(document(several, "after-a-relapse"), "Stay calm")
    quotes = make_quotes([first, second], **LIMITS)

    assert [quote.document.name for quote in quotes] == ["naloxone-at-home", "after-a-relapse"]
    assert [quote.also for quote in quotes] == [(), ()]


def test_language_of_the_reader_comes_first(several: AnswerPipeline) -> None:
    """Candidates in the reader's language stand first, and none is lost."""
    english = candidate(document(several, "naloxone-at-home"), "sunlight")
    spanish = candidate(document(several, "naloxona-en-casa"), "Guarde")

    for page, ordered in (("es", (spanish, english)), ("en", (english, spanish))):
        query = Query(Question("naloxone?", language=page), GLOSSARY)
        for found in ((english, spanish), (spanish, english)):
            assert sure_candidates(NOTHING, SearchResult(1.0, found, ""), query, Settings()) == ordered


def test_a_silence_points_at_the_article_that_the_message_is_about(several: AnswerPipeline) -> None:
    """Where nothing is quoted, sections of the article that the message leans to are named, with a bank or without."""
    of_bank = (candidate(document(several, "naloxone-at-home"), "sunlight"),)
    of_texts = (candidate(document(several, "after-a-relapse"), "Stay calm"),)
    bank = SearchResult(0.1, of_bank, "", nearest=0.4)

    for leaning, expected in ((-0.4, of_texts), (0.4, of_bank)):
        assert near_candidates(bank, SearchResult(0.1, of_texts, "", leaning=leaning)) == expected
    assert near_candidates(NOTHING, SearchResult(0.1, of_texts, "", leaning=0.4)) == of_texts
    assert near_candidates(bank, NOTHING) == of_bank


def test_a_message_leans_to_the_article_that_it_is_about(several: AnswerPipeline) -> None:
    """It is nearer to an article with a bank when it is about that one: by their nearest passages, worked out anew.

    Each candidate knows how near its own article is.
    """
    banked = document(several, "naloxone-at-home")
    asked = tuple(BankQuestion(f"question {number}", "en") for number in range(ENOUGH_TO_BE_FOUND))
    corpus = replace(several.corpus, answers=(Answer("all", banked, banked.units, banked.units, {}, asked),))
    leanings = []
    for text in ("keep naloxone at room temperature, away from sunlight", "support groups for relatives meet in towns"):
        vector = HashEmbedder().encode([text])[0]
        found = search_texts(corpus, several.index, [WeightedQuery(text, vector, 1.0)], width=450)
        leanings.append(found.leaning)
        near = {}
        for each in corpus.documents:
            parts = [part for part in each.passages if answering_units(each, part)]
            shown = [f"{each.section_title(part.section)} {each.slice(part.span)}" for part in parts]
            near[each.name] = np.sort(HashEmbedder().encode(shown) @ vector)[-OF_A_DOCUMENT:].mean()
        others = [nearness for name, nearness in near.items() if name != banked.name]
        assert leanings[-1] == pytest.approx(near[banked.name] - max(others), abs=0.01)
        for one in found.candidates:
            assert one.match
            assert one.match.article == pytest.approx(near[one.document.name], abs=0.01)

    assert leanings[0] > 0 > leanings[1]


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("keep naloxone at room temperature, away from sunlight", "naloxone-at-home"),
        ("say what you saw, and not what you fear.", "after-a-relapse"),
        ("support groups for relatives meet in many towns", "caring-for-yourself"),
        ("guarde la naloxona en un lugar seco que toda la familia conozca", "naloxona-en-casa"),
    ],
)
def test_each_added_article_is_quoted(several: AnswerPipeline, question: str, name: str) -> None:
    """An article whose bank is still empty answers by its own words, with its name."""
    reply = several.reply(Question(question))

    assert reply.quotes, [notice.id for notice in reply.notices]
    assert name in {quote.document.name for quote in reply.quotes}


def test_the_page_speaks_of_articles(several: AnswerPipeline) -> None:
    """With several articles nothing that the page says of itself speaks of one."""
    assert several.wordings["en"].notice("about.promise").title == "This page only quotes its articles, word for word."
    assert several.wordings["es"].label("looked_for") == "No está en los artículos"


def public_pages() -> Iterator[tuple[str, list[str]]]:
    """Titles and blocks: every page of one public set, and every article of another in four parts."""
    for name, parts in (("doc2dial", 1), ("squad2", 4)):
        with gzip.open(DATA / f"{name}.docs.jsonl.gz", "rt", encoding="utf-8") as file:
            for page in map(json.loads, file):
                blocks = [text for text in map(str.strip, page["text"].splitlines()) if text]
                size = math.ceil(len(blocks) / parts)
                yield from ((page["title"], blocks[start : start + size]) for start in range(0, len(blocks), size))


@pytest.mark.slow
def test_many_public_pages(tmp_path: Path) -> None:
    """Two hundred pages of two public sets become articles, the index is built of all, and every quote is exact."""
    if not DATA.exists():
        pytest.skip("the public sets are not beside the project")
    settings = Settings(corpus=write_corpus(tmp_path, notices=REAL_CORPUS / "notices"), index=tmp_path / "index")
    original = tmp_path / "page.txt"
    for number, (title, blocks) in enumerate(islice(public_pages(), 200)):
        original.write_text("\n".join(blocks), encoding="utf-8")
        converted = Converted(title, tuple(Block(Kind.PARAGRAPH, plain(text)) for text in blocks))
        add_article(converted, original, corpus=settings.corpus, name=f"page-{number}")
    approve_all(settings.corpus)
    chatbot = chatbot_over(settings)

    assert len(chatbot.corpus.documents) == 200 + 1
    quoted = 0
    for each in chatbot.corpus.documents[::10]:
        for quote in chatbot.reply(Question(each.slice(each.units[len(each.units) // 2])[:300])).quotes:
            quoted += 1
            path = settings.corpus / quote.document.name / "article.txt"
            assert path.read_bytes().decode()[quote.span.start : quote.span.end] == quote.text
    assert quoted


def test_a_topic_that_an_article_covers_now_is_pointed_out(several: AnswerPipeline) -> None:
    """When an article speaks of a topic that stands as not covered, an editor is told where."""
    asked = tuple(BankQuestion("look at the date on the box twice a year", "en") for _ in range(3))
    corpus = replace(several.corpus, topics=(Topic("expiry", asked),))
    found = find_covered(corpus, several.index, HashEmbedder().encode)

    assert [covered.topic for covered in found] == ["expiry"]
    assert "date on the box" in found[0].document.slice(found[0].span)
    assert "date on the box" in "\n".join(lines_of_covered(found))
