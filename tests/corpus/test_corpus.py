"""The corpus as a whole: what is refused, and by which words."""

from pathlib import Path

import pytest

from chatbot.corpus.corpus import file_hashes, load_corpus
from chatbot.errors import CorpusError
from tests.conftest import REAL_CORPUS
from tests.support.fakes import ABOUT, ARTICLE, QUESTIONS, write_article, write_corpus


def test_same_name_twice_is_refused(tmp_path: Path) -> None:
    """Two answers cannot have one name."""
    write_article(tmp_path / "corpus" / "small", ARTICLE, about=ABOUT, questions=QUESTIONS + QUESTIONS)

    with pytest.raises(CorpusError, match="Two entries"):
        load_corpus(tmp_path / "corpus")


def test_article_without_a_bank_works(tmp_path: Path) -> None:
    """An article needs no question bank."""
    write_article(tmp_path / "corpus" / "small", ARTICLE, about=ABOUT)

    assert load_corpus(tmp_path / "corpus").answers == ()


def test_empty_folder_is_refused(tmp_path: Path) -> None:
    """A corpus without an article is refused with the next step."""
    with pytest.raises(CorpusError, match="no article"):
        load_corpus(tmp_path)


def test_unknown_starters_are_refused(tmp_path: Path) -> None:
    """An answer that the first view should offer must be in the bank."""
    about = ABOUT.replace('"hidden", "signs"', '"hidden", "singns"')
    write_article(tmp_path / "corpus" / "small", ARTICLE, about=about, questions=QUESTIONS)

    with pytest.raises(CorpusError, match=r"about\.toml.*singns"):
        load_corpus(tmp_path / "corpus")


def test_every_file_is_in_the_fingerprint(tmp_path: Path) -> None:
    """A change of any file that the index is made from changes what it is compared with; new wording does not."""
    corpus = write_corpus(tmp_path, notices=REAL_CORPUS / "notices")
    before = load_corpus(corpus).files
    sources = [*corpus.glob("*.toml"), *corpus.glob("small/*")]
    assert sorted(before) == sorted(path.relative_to(corpus).as_posix() for path in sources)
    for path in sources:
        name = path.relative_to(corpus).as_posix()
        path.write_bytes(path.read_bytes() + b"\n")
        assert file_hashes(corpus)[name] != before[name]
