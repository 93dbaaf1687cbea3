"""No draft is quoted, offered, counted or named to families, whatever they ask; an editor can try it."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from chatbot.answering.reply import Reply
from chatbot.answering.suggestions import starters
from chatbot.commands.cli import main
from chatbot.errors import IndexStale
from chatbot.indexing import build
from chatbot.indexing.sources import load_sources
from chatbot.models.reader import NO_READER
from chatbot.query.question import Question, ShownPlace
from chatbot.service import factory
from chatbot.settings import Settings
from chatbot.web.asgi import build_server
from chatbot.web.layout import make_layouts
from tests.conftest import REAL_CORPUS
from tests.support.client import Client
from tests.support.fakes import (
    EVERY_KIND,
    HashEmbedder,
    WordReader,
    chatbot_over,
    write_article,
    write_corpus,
    write_model,
)
from tests.support.page_fakes import made

KEY = "a key of the clinic of 20"
DRAFT = "Naltrexone blocks opioids in the brain. The monthly shot is called vivitrol.\n"
BANK = """
[[answers]]
name = "shot"
stretches = [{ first = "The monthly shot", last = "called vivitrol." }]
ask = { en = "What is the monthly shot?", es = "¿Qué es la inyección mensual?" }
[answers.questions]
en = ["what is vivitrol", "name of the monthly shot", "is there a shot each month", "vivitrol?", "the shot for opioids",
  "who pays for it"]
es = ["qué es vivitrol", "la inyección de cada mes"]
"""
ASKED = [
    *EVERY_KIND,
    "what is vivitrol",
    "name of the monthly shot",
    "naltrexone blocks opioids in the brain",
    "qué es vivitrol",
    "shot",
    "What is the monthly shot?",
    "who pays for it",
]


@pytest.fixture
def drafted(small_settings: Settings) -> Settings:
    """The small corpus with one draft that has a bank and one that has none."""
    write_article(
        small_settings.corpus / "a-shot", DRAFT, questions=BANK, status="draft", about='starters = ["shot"]\n'
    )
    write_article(small_settings.corpus / "b-shot", f"{DRAFT}It lasts.\n", status="draft")
    return small_settings


def names_in(reply: Reply) -> set[str]:
    """Every article that a reply quotes, offers or points at."""
    quotes = [*reply.quotes, *(place for quote in reply.quotes for place in quote.also)]
    documents = [quote.document for quote in [*quotes, *([reply.maybe] if reply.maybe else [])]]
    documents += [answer.document for answer in (*reply.suggestions, *reply.choices)]
    documents += [section.document for section in reply.related]
    return {document.name for document in documents}


def test_no_reply_holds_a_draft(drafted: Settings) -> None:
    """Whatever is asked, in whatever order, a reply quotes, offers and points at articles that are no drafts."""
    chatbot = chatbot_over(drafted, reader=WordReader())
    places = (ShownPlace("a-shot", 0, 39), ShownPlace("b-shot", 0, 39))
    for text in ASKED:
        for language in ("en", "es"):
            for question in (
                Question(text, (), language),
                Question(text, ("what is vivitrol",), language, quoted=places),
            ):
                assert names_in(chatbot.reply(question)) <= {"small"}
    assert {answer.document.name for answer in starters(chatbot.corpus, "en")} == {"small"}


def test_drafts_change_no_reply(drafted: Settings, tmp_path: Path) -> None:
    """With and without drafts beside them, the articles give the same replies and the same index."""
    alone = Settings(
        corpus=write_corpus(tmp_path / "alone", notices=REAL_CORPUS / "notices"), index=tmp_path / "alone" / "index"
    )
    with_drafts, without = chatbot_over(drafted), chatbot_over(alone)
    for text in ASKED:
        assert with_drafts.reply(Question(text)) == without.reply(Question(text))
    assert with_drafts.corpus.fingerprint == without.corpus.fingerprint
    assert with_drafts.index.rows == without.index.rows


def test_page_and_api_name_no_draft(drafted: Settings) -> None:
    """No page has a word of a draft, and neither has a reply of the API."""
    chatbot = chatbot_over(replace(drafted, api_key=KEY))
    client = Client(made(lambda: build_server(chatbot, ready=lambda: True)))
    for path in ("/", "/?lang=es", "/article/1", "/privacy"):
        assert "vivitrol" not in client.get(path).text
    assert client.get("/article/2").status_code == 404
    for text in ASKED:
        body = {"id": "1", "question": text, "quoted": [{"document": "a-shot", "start": 0, "end": 39}]}
        answer = client.ask("POST", "/v1/ask", json=body, headers={"authorization": f"Bearer {KEY}"})
        assert answer.status_code == 200
        assert not [word for word in ("vivitrol", "a-shot", "b-shot") if word in json.dumps(answer.json()).lower()]


def test_editor_tries_drafts_with_an_index_of_their_own(drafted: Settings) -> None:
    """With ``drafts`` they are quoted, from an index beside that of the page, which stays as it is."""
    chatbot_over(drafted)
    page = (drafted.index / "manifest.json").read_bytes()
    trying = replace(drafted.for_drafts(), reader=NO_READER)
    embedder = HashEmbedder()
    build.build(trying, load_sources(trying, drafts=True), embedder)

    chatbot = factory.load_chatbot(replace(drafted, reader=NO_READER), embedder, drafts=True)

    assert chatbot.reply(Question("what is vivitrol")).quotes[0].document.name == "a-shot"
    assert "who pays for it" not in {one.text for topic in chatbot.corpus.topics for one in topic.questions}
    assert (drafted.index / "manifest.json").read_bytes() == page
    write_article(drafted.corpus / "c-shot", f"{DRAFT}More.\n", status="draft")
    with pytest.raises(IndexStale, match="build --drafts"):
        factory.load_chatbot(drafted, embedder, drafts=True)
    factory.load_chatbot(drafted, embedder)  # the page does not even see that there is another draft


def test_layout_says_who_approved(drafted: Settings) -> None:
    """The foot of the page says in each language that nobody has approved an article that is shown unreviewed."""
    for layout in make_layouts(chatbot_over(drafted)).values():
        foot = layout.after_chat().partition('class="foot"')[2].partition("</footer>")[0]
        assert layout.label("approved_by_nobody") in foot


def test_commands_name_drafts(
    drafted: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``build``, ``ask``, ``evaluate`` and ``check`` name drafts and what to do; with --drafts they are tried."""
    model = write_model(drafted.corpus.parent / "model", [DRAFT, BANK, *ASKED])
    for name, value in {"corpus": drafted.corpus, "index": drafted.index, "model": model, "reader": "none"}.items():
        monkeypatch.setenv(f"CHATBOT_{name.upper()}", str(value))
    told = "2 draft(s), not quoted: a-shot, b-shot."

    def run(*arguments: str, typed: bytes = b"") -> tuple[str, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(typed)))
        assert main(arguments) == 0
        return capsys.readouterr()

    assert told in run("build")[0]
    assert told in run("check")[0]
    line = b'{"id": "1", "question": "what is vivitrol"}\n'
    printed, said = run("ask", "--batch", typed=line)
    assert told in said
    assert "vivitrol" not in printed.lower()
    assert main(["ask", "--drafts", "what is vivitrol"]) == 2
    assert "build --drafts" in capsys.readouterr().err
    run("build", "--drafts")
    printed, said = run("ask", "--batch", "--drafts", typed=line)
    assert json.loads(printed)["quotes"][0]["document"] == "a-shot"
    assert told not in said
    cases = drafted.corpus.parent / "cases.jsonl"
    case = {**json.loads(line), "history": [], "expect": "answer", "crisis": None, "must": [[40, 77]], "ok": []}
    cases.write_text(json.dumps({**case, "tags": []}) + "\n", encoding="utf-8")
    assert told in run("evaluate", str(cases))[1]
    assert "hit@1" in run("evaluate", "--drafts", str(cases))[0]
    assert "a-shot: a draft, not quoted." in run("check", "--safety")[0]
