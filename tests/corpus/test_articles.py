"""An article as it is read: its bytes, what is left out of it, and the faults of its files."""

from pathlib import Path

import pytest

from chatbot.corpus.articles import load_document
from chatbot.corpus.corpus import Corpus, load_corpus
from chatbot.errors import CorpusError
from tests.support.fakes import ABOUT, ARTICLE, write_article

SEED_SHA256 = "6b179c3ebf1d6b7478806a57c15e184e0e1dacfd883dd0cbfca9399de48ff9ab"


def test_seed_article_is_byte_for_byte(real_corpus: Corpus) -> None:
    """The article is the one that was received."""
    assert real_corpus.files["kicking-a-heroin-addiction/article.txt"] == SEED_SHA256


def test_promotion_is_never_quotable(real_corpus: Corpus) -> None:
    """No passage holds a word of the promotion, the image caption or the links."""
    document = real_corpus.documents[0]
    text = " ".join(document.slice(passage.span) for passage in document.passages)

    assert not [words for words in ("admissions navigators", "Best steps to", "Related Reading") if words in text]


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ('[[leave_out]]\ntext = "not there"\nreason = "x"\n', "not found in the article"),
        ('[[leave_out]]\ntext = "can"\nreason = "x"\n', "found more than once"),
        ('[[leave_out]]\ntext = "Find help"\n', "`reason` of left-out stretch 1 is missing"),
        ("this is no toml", "Not readable as TOML"),
        ('headings = ["Step (", "x"]', "`headings`"),
        (
            '[[leave_out]]\ntext = "Step 2: Find"\nreason = "x"\n[[leave_out]]\ntext = "Find help."\nreason = "x"\n',
            "overlap",
        ),
        ('headings = ["Step 2.+"]\n[[leave_out]]\ntext = "2: Find help."\nreason = "x"\n', "overlap"),
        ('[[cautions]]\ntext = "not there"\nnotice = "x"\n', "not found in the article"),
    ],
)
def test_faults_of_about_are_named(tmp_path: Path, about: str, words: str) -> None:
    """A fault in about.toml names the fault and the next step."""
    with pytest.raises(CorpusError, match=words) as caught:
        load_document(write_article(tmp_path / "small", ARTICLE, about=about))
    assert caught.value.next_step


def test_changed_article_is_refused(tmp_path: Path) -> None:
    """An article that does not match its sha256 is refused by name."""
    folder = write_article(tmp_path / "small", ARTICLE, about=ABOUT)
    (folder / "article.txt").write_text(ARTICLE + "one word more", encoding="utf-8")

    with pytest.raises(CorpusError, match=r"article\.txt.*sha256"):
        load_document(folder)


def test_other_encoding_is_refused(tmp_path: Path) -> None:
    """An article that is not UTF-8 is refused."""
    import hashlib

    raw = "café".encode("latin-1")
    folder = write_article(tmp_path / "small", "x")
    (folder / "article.txt").write_bytes(raw)
    digest = hashlib.sha256(raw).hexdigest()
    (folder / "about.toml").write_text(
        f'status = "unreviewed"\ntitle = "A"\nlanguage = "en"\nsha256 = "{digest}"\n', encoding="utf-8"
    )

    with pytest.raises(CorpusError, match="Not UTF-8"):
        load_document(folder)


def test_line_ends_are_kept(tmp_path: Path) -> None:
    """Offsets count the article as it lies on disk, carriage returns included."""
    document = load_document(write_article(tmp_path / "small", "One.\r\n\r\nTwo.\r\n"))

    assert [document.slice(passage.span) for passage in document.passages] == ["One.", "Two."]


def test_article_without_a_passage_is_refused(tmp_path: Path) -> None:
    """An article of which everything is left out is refused."""
    write_article(tmp_path / "small", "Title\n", about='[[leave_out]]\ntext = "Title"\nreason = "title"\n')

    with pytest.raises(CorpusError, match="nothing to quote"):
        load_corpus(tmp_path)
