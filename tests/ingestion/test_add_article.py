"""A file becomes an article, or nothing happens."""

import hashlib
import shutil
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chatbot.commands.cli import main
from chatbot.corpus.articles import load_document
from chatbot.corpus.corpus import load_corpus
from chatbot.errors import CorpusError
from chatbot.ingestion.add_article import Added, add_article, remove_article
from chatbot.ingestion.boilerplate import suspicious
from chatbot.ingestion.convert import convert
from chatbot.ingestion.source import Block, Kind, plain
from chatbot.ingestion.writing import Converted
from tests.conftest import REAL_CORPUS
from tests.ingestion.test_convert import ARTICLES, PROSE
from tests.support.fakes import write_corpus

FILES = sorted(path for path in ARTICLES.iterdir() if path.name != "README.md")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """The small corpus."""
    return write_corpus(tmp_path, notices=REAL_CORPUS / "notices")


def added(name: str, corpus: Path) -> Added:
    """A file of the test data as an article of the corpus."""
    return add_article(convert(ARTICLES / name), ARTICLES / name, corpus=corpus)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_added_article_loads_and_keeps_everything(corpus: Path, path: Path) -> None:
    """The folder holds the text, its sha256, the original and a bank of all passages; the corpus loads with it."""
    article = added(path.name, corpus)
    files = tree(article.folder)
    about = tomllib.loads(files["about.toml"].decode())

    assert set(files) == {"article.txt", "about.toml", "questions.toml", f"original{path.suffix}"}
    assert files["article.txt"].decode() == convert(path).text
    assert about["sha256"] == hashlib.sha256(files["article.txt"]).hexdigest()
    assert files[f"original{path.suffix}"] == path.read_bytes()
    assert [document.name for document in load_corpus(corpus).documents] == ["small"]
    loaded = load_corpus(corpus, drafts=True)
    document = next(document for document in loaded.documents if document.name == article.folder.name)
    laid_out = {unit for answer in loaded.answers if answer.document == document for unit in answer.units}
    suspected = {unit for unit in document.units for suspect in article.suspects if suspect.span.covers(unit)}
    assert laid_out == set(document.units) - suspected
    assert loaded.documents.index(document) in loaded.unbanked


def test_about_is_filled_in(corpus: Path) -> None:
    """Title, language and headings are guessed; the title is left out where it stands, boilerplate is only proposed."""
    article = added("naloxone-at-home.html", corpus)
    about = (article.folder / "about.toml").read_text(encoding="utf-8")
    document = article.document

    assert (document.name, document.title, document.language) == ("naloxone-at-home", "Naloxone at home", "en")
    assert [document.slice(heading) for heading in document.headings] == ["Where to keep it", "When it expires"]
    assert [document.slice(entry.span) for entry in document.left_out] == ["Naloxone at home"]
    for words in ("We use cookies to improve your visit. Accept all", "Subscribe to our newsletter!"):
        assert f'# [[leave_out]]\n# text = "{words}"\n' in about
    assert added("naloxona-en-casa.md", corpus).document.language == "es"


def test_proposals_can_be_taken_as_they_are(corpus: Path) -> None:
    """With every proposal uncommented the article loads, with its bank, and nothing suspicious is left to quote."""
    article = added("naloxone-at-home.html", corpus)
    path = article.folder / "about.toml"
    start, proposals = path.read_text(encoding="utf-8").split("delete the others.\n")
    path.write_text(start + "\n" + proposals.replace("# ", ""), encoding="utf-8")
    document = load_document(article.folder)

    assert len(document.left_out) == 1 + len(article.suspects) > 4
    assert [text for text in map(document.slice, document.units) if suspicious(text)] == []
    assert load_corpus(corpus, drafts=True)


def test_repeated_boilerplate_is_left_out_everywhere(corpus: Path, tmp_path: Path) -> None:
    """A proposal whose words stand in several places takes them all."""
    path = tmp_path / "a.txt"
    path.write_text(f"{PROSE}\n\nBack to top\n\n{PROSE} Again.\n\nBack to top\n", encoding="utf-8")
    folder = add_article(convert(path), path, corpus=corpus).folder
    about = folder / "about.toml"
    about.write_text(
        about.read_text()
        .replace("delete the others.", "")
        .replace("# [[", "[[")
        .replace("# text", "text")
        .replace("# reason", "reason")
        .replace("# every", "every")
    )
    document = load_document(folder)

    assert [document.slice(entry.span) for entry in document.left_out] == ["Back to top"] * 2


def test_nothing_is_left_behind(corpus: Path) -> None:
    """When writing an article fails half way, the corpus is as it was."""
    before = tree(corpus)
    converted = convert(ARTICLES / "caring-for-yourself.md")
    with pytest.raises(FileNotFoundError):
        add_article(converted, corpus / "gone-meanwhile.md", corpus=corpus)

    assert tree(corpus) == before
    assert not list(corpus.glob(".*"))


def test_a_draft_is_no_article(corpus: Path) -> None:
    """What an interrupted command left is not read as an article."""
    shutil.copytree(corpus / "small", corpus / ".draft-x" / "small")

    assert len(load_corpus(corpus).documents) == 1


@pytest.mark.parametrize("name", ["small", "notices", "glossary.toml", "Big", "../x", "", "a b", "x" * 61, "-x"])
def test_names_that_cannot_be_used(corpus: Path, name: str) -> None:
    """A name that is taken, or is no name of a folder, is refused with the way to give another."""
    converted = Converted("¿?" if not name else "x", (Block(Kind.PARAGRAPH, plain(PROSE)),))
    with pytest.raises(CorpusError, match="--name"):
        add_article(converted, ARTICLES / "after-a-relapse.txt", corpus=corpus, name=name)


def test_same_text_twice_is_refused(corpus: Path) -> None:
    """A text that is an article already is not added under another name."""
    added("caring-for-yourself.md", corpus)
    path = ARTICLES / "caring-for-yourself.md"

    with pytest.raises(CorpusError, match="article already"):
        add_article(convert(path), path, corpus=corpus, name="again")


def test_other_languages_are_refused(corpus: Path) -> None:
    """An article that nobody could ask for is refused."""
    converted = Converted(
        "Titre", (Block(Kind.PARAGRAPH, plain("Les proches d'une personne dépendante sont souvent très fatigués.")),)
    )
    with pytest.raises(CorpusError, match="neither English nor Spanish"):
        add_article(converted, ARTICLES / "after-a-relapse.txt", corpus=corpus)


def test_removing_can_be_undone(corpus: Path) -> None:
    """A removed article is no longer read, and moving its folder back undoes it; a second is put beside the first."""
    folder = added("caring-for-yourself.md", corpus).folder
    before = tree(corpus)
    aside = remove_article(folder.name, corpus=corpus)

    assert [document.name for document in load_corpus(corpus).documents] == ["small"]
    aside.rename(folder)
    assert tree(corpus) == before
    remove_article(folder.name, corpus=corpus)
    added("caring-for-yourself.md", corpus)
    assert remove_article(folder.name, corpus=corpus).name == "caring-for-yourself-2"


@pytest.mark.parametrize("name", ["nobody", "notices", "..", ".removed", ""])
def test_unknown_articles_are_not_removed(corpus: Path, name: str) -> None:
    """What is no article cannot be removed."""
    before = tree(corpus)
    with pytest.raises(CorpusError, match=r"no article.*small"):
        remove_article(name, corpus=corpus)
    assert tree(corpus) == before


def test_the_only_article_stays(corpus: Path) -> None:
    """The last article cannot be removed, for the page needs one."""
    with pytest.raises(CorpusError, match="only article"):
        remove_article("small", corpus=corpus)


def test_commands_say_what_to_do_next(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``add`` prints what to review and the next commands, ``remove`` where the files are now."""
    monkeypatch.setenv("CHATBOT_CORPUS", str(corpus))

    assert main(["add", str(ARTICLES / "naloxone-at-home.html"), "--name", "spray"]) == 0
    shown = capsys.readouterr().out
    for words in (
        "article.txt",
        "(footer)",
        "Subscribe",
        "questions.toml",
        "check",
        "approve spray",
        "build",
        "remove spray",
    ):
        assert words in shown
    assert main(["add", str(ARTICLES / "nothing.pdf")]) == 2
    assert "no such file" in capsys.readouterr().err
    assert main(["remove", "spray"]) == 0
    assert ".removed" in capsys.readouterr().out


LINES = [
    PROSE,
    "What to do",
    "What to do?",
    "• An item",
    "1. Do “this”",
    "Look at these:",
    "Back to top",
    'A "quoted" \\ line',
    "It’s the family's way. (Really.) [1]",
    "Call us now at 555-0100.",
    PROSE + " And $5 more.",
]


@hypothesis_settings(max_examples=20)
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=12), st.data())
def test_any_text_makes_an_article_that_loads(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], data: st.DataObject
) -> None:
    """Whatever the lines of a text are, repeated or quoted, its folder loads and its bank names real places."""
    root = tmp_path_factory.mktemp("any")
    gaps = [data.draw(st.sampled_from(["\n", "\n\n"])) for _ in lines]
    path = root / "a.txt"
    path.write_text(PROSE + "\n\n" + "".join(line + gap for line, gap in zip(lines, gaps, strict=True)))
    article = add_article(convert(path), path, corpus=root / "corpus", name="any")

    assert load_document(article.folder).text == convert(path).text
