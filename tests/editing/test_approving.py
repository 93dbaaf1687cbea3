"""Approval: who read which text, written into about.toml with everything else kept."""

import hashlib
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.commands.cli import main
from chatbot.corpus.corpus import load_corpus
from chatbot.corpus.documents import Approval
from chatbot.editing.approving import approve, approved
from chatbot.errors import CorpusError, RequestError
from chatbot.settings import Settings
from tests.support.fakes import ABOUT, write_article

DAY = date(2026, 11, 28)
TEXT = "Rest helps. Water helps too.\n"
BY = "Ana Diaz, nurse"


@pytest.fixture
def corpus(small_settings: Settings) -> Path:
    """The small corpus with a draft."""
    write_article(small_settings.corpus / "rest", TEXT, status="draft")
    return small_settings.corpus


def approval_of(corpus: Path, name: str) -> Approval | None:
    """Who approved an article of the corpus that families see; StopIteration when it is not in it."""
    return next(document for document in load_corpus(corpus).documents if document.name == name).approval


def test_approved_article_is_in_the_corpus(corpus: Path) -> None:
    """An approval makes the draft an article, with name, day and the sha256 of its text."""
    assert load_corpus(corpus).drafts == ("rest",)

    approve("rest", by=f"  {BY} ", on=DAY, corpus=corpus)

    assert approval_of(corpus, "rest") == Approval(BY, DAY)
    assert load_corpus(corpus).drafts == ()
    about = tomllib.loads((corpus / "rest" / "about.toml").read_text(encoding="utf-8"))
    assert about["approved_sha256"] == hashlib.sha256(TEXT.encode()).hexdigest()


def test_changed_text_is_a_draft_again(corpus: Path) -> None:
    """One byte more in the article's text takes the approval back, and a new approval is of the new text."""
    approve("rest", by=BY, on=DAY, corpus=corpus)
    path = corpus / "rest" / "article.txt"
    path.write_bytes(path.read_bytes() + b"\n")

    assert load_corpus(corpus).drafts == ("rest",)
    assert [one.name for one in load_corpus(corpus, drafts=True).documents if one.draft] == ["rest"]

    approve("rest", by="Bo Lee, doctor", on=DAY, corpus=corpus)
    assert approval_of(corpus, "rest") == Approval("Bo Lee, doctor", DAY)


def test_article_without_a_status_is_shown_unapproved(corpus: Path) -> None:
    """An article from before there was a status goes on being quoted, approved by nobody; a misspelt one is named."""
    about = corpus / "small" / "about.toml"
    known = about.read_text(encoding="utf-8")
    about.write_text(known.replace('status = "unreviewed"\n', ""), encoding="utf-8")
    assert [(one.name, one.draft, one.approval) for one in load_corpus(corpus).documents] == [("small", False, None)]

    about.write_text(known.replace("status", "staus"), encoding="utf-8")
    with pytest.raises(CorpusError, match="`staus` is unknown"):
        load_corpus(corpus)
    about.write_text(known.replace("unreviewed", "aproved"), encoding="utf-8")
    with pytest.raises(CorpusError, match="`status` is 'aproved'"):
        load_corpus(corpus)


def test_fault_of_a_draft_does_not_stop_the_page(corpus: Path) -> None:
    """A draft that cannot be used is no fault of the corpus that families see."""
    before = load_corpus(corpus)
    (corpus / "rest" / "about.toml").write_text('status = "draft"\nheadings = ["("]\nodd = 1\n', encoding="utf-8")
    (corpus / "rest" / "questions.toml").write_text("no toml", encoding="utf-8")

    assert load_corpus(corpus) == before
    with pytest.raises(CorpusError, match="rest"):
        load_corpus(corpus, drafts=True)


@pytest.mark.parametrize("by", ["", "Ana", " , ", "Ana,", ", nurse", "x, " * 100])
def test_approval_needs_name_and_role(corpus: Path, by: str) -> None:
    """Who does not say name and role approves nothing."""
    with pytest.raises(RequestError, match="name and the role"):
        approve("rest", by=by, on=DAY, corpus=corpus)
    assert load_corpus(corpus).drafts == ("rest",)


@pytest.mark.parametrize("name", ["nothing", "../small", "", "rest/../small"])
def test_unknown_article_is_refused(corpus: Path, name: str) -> None:
    """Only a folder of the corpus can be approved, and the names are listed."""
    with pytest.raises(CorpusError, match="There is no article") as caught:
        approve(name, by=BY, on=DAY, corpus=corpus)
    assert "rest, small" in caught.value.next_step


def test_faulty_article_is_not_approved(corpus: Path) -> None:
    """An article that would stop the page is refused, and its file stays as it was."""
    path = corpus / "rest" / "about.toml"
    path.write_text(path.read_text(encoding="utf-8") + 'headings = ["("]\n', encoding="utf-8")
    before = path.read_bytes()

    with pytest.raises(CorpusError, match=r"Refused, nothing is changed.*headings") as caught:
        approve("rest", by=BY, on=DAY, corpus=corpus)
    assert caught.value.where == str(path)
    assert path.read_bytes() == before


LINES = st.lists(
    st.sampled_from(["# a remark\n", "\n", "starters = []\n", 'source = "x" # of it\n', "headings = [\n  # none\n]\n"]),
    unique=True,
)


@given(before=LINES, after=LINES, crlf=st.booleans())
def test_everything_else_stays(before: list[str], after: list[str], crlf: bool) -> None:
    """An approval only adds lines or fills in its own entries: each other line stays, in its order."""
    others = [line for line in after if line not in before]
    rest = f"[[{ABOUT.partition('[[')[2]}"
    text = "".join([*before, 'title = "A" # the title\n', *others, "# end\n", rest]).replace(
        "\n", "\r\n" if crlf else "\n"
    )

    once = approved(text, by=BY, on=DAY, sha256="0" * 64)

    own = [line for line in once.splitlines() if line.startswith(("status", "approved_", "sha256"))]
    assert len(own) == 5
    others = [line for line in once.splitlines(keepends=True) if line.rstrip() not in own]
    assert others == text.splitlines(keepends=True)
    assert approved(once, by=BY, on=DAY, sha256="0" * 64) == once


def test_command_approves(corpus: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """``approve`` says what it wrote and the next step; without a name it says how to give one."""
    monkeypatch.setenv("CHATBOT_CORPUS", str(corpus))

    assert main(["approve", "rest", "--by", "Ana"]) == 2
    assert '--by "name, role"' in capsys.readouterr().err
    assert main(["approve", "rest", "--by", BY]) == 0
    shown = capsys.readouterr().out
    assert f'+approved_by = "{BY}"' in shown
    assert "python -m chatbot build" in shown
    assert approval_of(corpus, "rest") == Approval(BY, date.today())
