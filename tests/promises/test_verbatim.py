"""The promises, whatever is asked and whatever the articles say: every character has a source."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.answering.contract import reply_object
from chatbot.answering.emergency import STILL
from chatbot.answering.pipeline import AnswerPipeline
from chatbot.answering.quoting import make_quotes
from chatbot.answering.reply import Reply
from chatbot.corpus.corpus import load_corpus
from chatbot.corpus.documents import Document, Span
from chatbot.corpus.notices import Wording
from chatbot.query.question import Question
from chatbot.retrieval.candidates import Candidate
from chatbot.settings import ROOT, Settings
from chatbot.web.origin import render_origin
from chatbot.web.reply_html import ReplyContext, article_addresses, render_reply
from tests.support.fakes import WordReader, chatbot_over, write_article, write_corpus

UNBANKED = (
    "Tools\n\nA *spoon* costs $5 & <b>more</b>. Its “handle_of_wood” is bent.\r\n\r\nKeep:\n\n  • tab\there\n  • 😀 né"
)

PIECES = [
    "what are the signs",
    "which medicines are used",
    "can he hide it",
    "how much does it cost",
    "his lips are blue",
    "how many mg should he take",
    "hello",
    "why not",
    "a spoon costs",
    "its handle_of_wood",
    "¿cuáles son las señales?",
    "<script>alert(1)</script>",
    "{helpline}",
    "*_$&",
    "\n",
    "??",
]
MESSAGES = st.one_of(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map(" ".join),
    st.text(max_size=60),
)
QUESTIONS = st.builds(
    Question,
    MESSAGES,
    st.lists(MESSAGES, max_size=2).map(tuple),
    st.sampled_from(["en", "es", "xx"]),
    st.booleans(),
)


class _Pieces(HTMLParser):
    """The pieces of text between tags, without the white space around them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)


@pytest.fixture(scope="module")
def chatbot(tmp_path_factory: pytest.TempPathFactory) -> AnswerPipeline:
    """A small chatbot: one article with a question bank, one without, full of characters that markup could eat."""
    folder = tmp_path_factory.mktemp("verbatim")
    corpus = write_corpus(folder, notices=ROOT / "corpus" / "notices")
    write_article(corpus / "unbanked", UNBANKED)
    small = Settings(corpus=corpus, index=folder / "index")
    return chatbot_over(small, reader=WordReader())


@given(QUESTIONS)
def test_every_quote_is_its_slice(chatbot: AnswerPipeline, question: Question) -> None:
    """Whatever is asked, the text of each quote is the slice of its article, to the last character."""
    articles = {document.name: document.text for document in chatbot.corpus.documents}
    reply = reply_object("", chatbot.reply(question))
    for quote in [*reply["quotes"], *reply["maybe"]]:
        assert articles[quote["document"]][quote["start"] : quote["end"]] == quote["text"]


@given(QUESTIONS)
def test_every_text_of_a_reply_has_a_source(chatbot: AnswerPipeline, question: Question) -> None:
    """Whatever is asked, a reply as data holds reviewed notices, slices and titles of articles, and numbers."""
    wordings = chatbot.wordings.values()
    notices = {notice.id for wording in wordings for notice in wording.notices.values()}
    lines = {line for wording in wordings for notice in wording.notices.values() for line in notice.text.splitlines()}
    lines |= {wording.label(STILL) for wording in wordings}
    lines |= {line for place in chatbot.emergencies.places for line in place.line.values()}
    names = {document.name for document in chatbot.corpus.documents}
    titles = {document.title for document in chatbot.corpus.documents}
    headings = {document.slice(heading) for document in chatbot.corpus.documents for heading in document.headings}
    reply = reply_object("id", chatbot.reply(question))

    assert notices >= {notice["id"] for notice in reply["notices"]}
    assert lines >= {line for notice in reply["notices"] for line in notice["text"].splitlines()}
    quotes = [*reply["quotes"], *reply["maybe"]]
    assert names >= {quote["document"] for quote in quotes}
    assert titles >= {quote["title"] for quote in quotes}
    assert titles | headings >= {place["section"] for place in [*quotes, *reply["related"]]}


@given(QUESTIONS)
def test_every_visible_character_has_a_source(chatbot: AnswerPipeline, question: Question) -> None:
    """Whatever is asked, the page shows of a reply only wording, slices and origins of articles, and numbers."""
    wording = chatbot.wordings.get(question.language, chatbot.wordings["en"])
    reply = chatbot.reply(question)
    parser = _Pieces()
    shown = render_reply(reply, ReplyContext(wording, article_addresses(chatbot.corpus), chatbot.wordings))
    parser.feed(re.sub(r'<span class="phone">([^<]*)</span>', r"\1", shown))  # only keeps a number on one line
    known = {piece for one in chatbot.wordings.values() for piece in _wording_pieces(one)}
    origins = _Pieces()  # held by tests/web/test_origin.py
    origins.feed("".join(render_origin(document, wording) for document in chatbot.corpus.documents))
    known |= {piece.strip() for piece in origins.found}

    for piece in filter(str.strip, parser.found):
        assert piece.strip() in known or _is_from_articles(piece, chatbot.corpus.documents), piece


@given(QUESTIONS)
def test_an_emergency_stands_alone(chatbot: AnswerPipeline, question: Question) -> None:
    """Whatever is asked, an emergency notice comes first and nothing is quoted beside it."""
    reply = chatbot.reply(question)
    urgent = [number for number, notice in enumerate(reply.notices) if notice.kind == "crisis"]

    assert urgent in ([], [0])
    assert not (urgent and reply.quotes)


@given(QUESTIONS)
def test_a_reply_quotes_or_says_why_not(chatbot: AnswerPipeline, question: Question) -> None:
    """Whatever is asked, there is a quote, or a notice that says something; never an empty reply."""
    reply = chatbot.reply(question)

    assert reply.quotes or reply.notices
    assert reply.outcome == "not_covered" or reply.abstention is None
    assert not any(notice.kind == "trouble" for notice in reply.notices)


@given(QUESTIONS)
def test_quotes_are_few_apart_and_whole(chatbot: AnswerPipeline, question: Question) -> None:
    """Whatever is asked: few quotes, none over a heading or a left-out stretch, no list torn, none overlapping."""
    quotes = chatbot.reply(question).quotes

    assert len(quotes) <= chatbot.settings.most_quotes
    for number, quote in enumerate(quotes):
        _assert_whole(quote.document, quote.span)
        others = [other for other in quotes[number + 1 :] if other.document == quote.document]
        assert not any(quote.span.overlap(other.span) for other in others)


@given(QUESTIONS, QUESTIONS)
def test_nothing_is_kept_between_questions(chatbot: AnswerPipeline, first: Question, second: Question) -> None:
    """Whatever was asked before, by whomever, the same question gets the same reply."""
    expected = chatbot.reply(second)
    chatbot.reply(first)

    assert expected == chatbot.reply(second)


BLOCKS = [
    "One. Two! Three?",
    "Signs are:",
    "\n\n",
    "\n",
    "\r\n\r\n",
    "  • item one\n  • item two",
    "1. first\n2. second",
    "É “x” — 5.5 mg.",
    "😀 *a* _b_ <i>c</i> $d$ & e",
    "Dr. Smith said so.",
    " ",
    "\t",
]
ARTICLES = st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=20).map("".join)


@given(ARTICLES.filter(str.strip), st.data())
def test_any_article_is_quoted_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, text: str, data: st.DataObject
) -> None:
    """Whatever the article, quotes of any of its units are slices of the file and tear no list."""
    folder = tmp_path_factory.mktemp("article")
    write_article(folder / "one", text)
    document = load_corpus(folder).documents[0]
    units = [unit for passage in document.passages for unit in passage.units]
    chosen = data.draw(st.lists(st.sampled_from(units), min_size=1, max_size=5))
    candidates = [Candidate(document, (unit,), unit, 0.5) for unit in chosen]

    for quote in make_quotes(candidates, most_quotes=3, most_characters=900):
        assert (folder / "one" / "article.txt").read_bytes().decode()[quote.span.start : quote.span.end] == quote.text
        _assert_whole(document, quote.span)


def test_crisis_with_quotes_cannot_be_made(chatbot: AnswerPipeline) -> None:
    """A reply that would quote beside an emergency notice cannot be constructed."""
    document = chatbot.corpus.documents[0]
    unit = document.passages[0].units[0]
    quotes = make_quotes([Candidate(document, (unit,), unit, 0.5)], most_quotes=3, most_characters=900)

    with pytest.raises(ValueError, match="stands alone"):
        Reply(notices=(chatbot.wordings["en"].notice("crisis.overdose"),), quotes=quotes)


def test_no_sentence_in_code() -> None:
    """No module that makes a reply holds a sentence of its own, apart from docstrings, patterns, errors and the log."""
    makers = [ROOT / "chatbot" / "corpus" / "documents.py", ROOT / "chatbot" / "web" / "reply_html.py"]
    makers += [ROOT / "chatbot" / "web" / "transcript.py"]
    makers += [ROOT / "chatbot" / "retrieval" / f"{name}.py" for name in ("candidates", "bank_search", "text_search")]
    for package in ("query", "answering"):
        makers += sorted((ROOT / "chatbot" / package).glob("*.py"))
    for path in makers:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert [text for text in _texts_in(tree) if re.search(r"[a-z]+ [a-z]+ [a-z]+", text)] == [], path.name


def test_answering_writes_no_file(chatbot: AnswerPipeline) -> None:
    """Answering a question changes, adds and removes no file."""
    before = {path: path.read_bytes() for path in chatbot.settings.corpus.parent.rglob("*") if path.is_file()}
    chatbot.reply(Question("what are the signs"))

    assert before == {path: path.read_bytes() for path in before}
    assert set(before) == {path for path in chatbot.settings.corpus.parent.rglob("*") if path.is_file()}


def _texts_in(node: ast.AST) -> Iterator[str]:
    """Every string in a piece of code, without docstrings, patterns, errors and their next steps, and the log."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Raise) or ast.unparse(child).startswith(("_logger.", "re.compile(", "_NEXT =")):
            continue
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.keyword) and child.arg in ("description", "json_schema_extra"):
            continue  # what the API's manual says of a field: no reply holds it
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value
        yield from _texts_in(child)


def _assert_whole(document: Document, span: Span) -> None:
    """The span touches no left-out stretch, no heading but the one it begins with, and no list without its lead-in.

    Of a list it holds all from the sentence that leads in to it, or it ends where a nested list ends.
    """
    assert not any(span.overlap(entry.span) for entry in document.left_out)
    assert all(heading.start == span.start for heading in document.headings if span.overlap(heading))
    for passage in document.passages:
        lead_in = max(passage.levels.count(0) - 1, 0)
        units, levels = passage.units[lead_in:], passage.levels[lead_in:]
        if passage.is_list and any(span.overlap(unit) for unit in units):
            held = [level for unit, level in zip(units, levels, strict=True) if span.covers(unit)]
            assert span.start <= units[0].start
            assert len(held) == len(units) or levels[len(held)] < held[-1]


def _wording_pieces(wording: Wording) -> Iterator[str]:
    """Every line of the wording."""
    yield from (label.strip() for label in wording.labels.values())
    for notice in wording.notices.values():
        yield from (notice.title.strip(), *(line.strip() for line in notice.lines))
    for contact in wording.contacts.values():
        yield from (contact.name, contact.shown)
        yield from (f"{wording.label(label)} {contact.shown}" for label in ("call", "text_message"))


def _is_from_articles(piece: str, documents: tuple[Document, ...]) -> bool:
    """Whether a piece is a number, a slice of an article, or the section and title that name a quote's place."""
    section, dot, title = piece.partition(" · ")
    titles = {document.title for document in documents}
    return (
        piece.isdecimal()
        or any(piece in document.text for document in documents)
        or bool(dot and title in titles and (section in titles or any(section in d.text for d in documents)))
    )
