"""What is refused, and by which words."""

from pathlib import Path

import pytest

from chatbot.corpus import Corpus, load_corpus, load_document
from chatbot.errors import CorpusError
from tests.fakes import ABOUT, ARTICLE, QUESTIONS, write_article

SEED_SHA256 = "6b179c3ebf1d6b7478806a57c15e184e0e1dacfd883dd0cbfca9399de48ff9ab"


def test_seed_article_is_byte_for_byte(real_corpus: Corpus) -> None:
    """The article is the one that was received."""
    assert SEED_SHA256 == real_corpus.files["kicking-a-heroin-addiction/article.txt"]


def test_promotion_is_never_quotable(real_corpus: Corpus) -> None:
    """No passage holds a word of the promotion, the image caption or the links."""
    document = real_corpus.documents[0]
    text = " ".join(document.slice(passage.span) for passage in document.passages)

    assert not [words for words in ("admissions navigators", "Best steps to", "Related Reading") if words in text]


def test_every_sentence_belongs_to_an_answer(real_corpus: Corpus) -> None:
    """Every sentence that says something is in at least one answer; three that only lead on are in none."""
    units = {unit for document in real_corpus.documents for passage in document.passages for unit in passage.units}
    answered = {unit for answer in real_corpus.answers for unit in answer.units}
    texts = sorted(real_corpus.documents[0].slice(unit) for unit in units - answered)

    assert texts == [
        "Families that want to help encourage a loved one’s recovery may consider the following steps:",
        "It is just one point to consider.",
        "That is another issue for families to consider.",
    ]


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ('[[leave_out]]\ntext = "not there"\nreason = "x"\n', "Not found in the article"),
        ('[[leave_out]]\ntext = "can"\nreason = "x"\n', "Found more than once"),
        ('[[leave_out]]\ntext = "Find help"\n', "no `reason`"),
        ("this is no toml", "Not readable as TOML"),
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
    (folder / "about.toml").write_text(f'title = "A"\nlanguage = "en"\nsha256 = "{digest}"\n', encoding="utf-8")

    with pytest.raises(CorpusError, match="Not UTF-8"):
        load_document(folder)


def test_line_ends_are_kept(tmp_path: Path) -> None:
    """Offsets count the article as it lies on disk, carriage returns included."""
    document = load_document(write_article(tmp_path / "small", "One.\r\n\r\nTwo.\r\n"))

    assert ["One.", "Two."] == [document.slice(passage.span) for passage in document.passages]


@pytest.mark.parametrize(
    ("stretch", "words"),
    [
        ('{ first = "nowhere", last = "A doctor can help." }', "Not found"),
        ('{ first = "A", last = "A doctor can help." }', "more than once"),
        ('{ first = "Track marks", last = "A doctor can help." }', "heading or a left-out"),
        ('{ first = "Two medicines", last = "Track marks" }', "not a stretch"),
    ],
)
def test_faults_of_stretches_are_named(tmp_path: Path, stretch: str, words: str) -> None:
    """An answer whose words are not a stretch of the article is refused."""
    questions = f'[[answers]]\nname = "x"\nstretches = [{stretch}]\n'
    write_article(tmp_path / "corpus" / "small", ARTICLE, about=ABOUT, questions=questions)

    with pytest.raises(CorpusError, match=words):
        load_corpus(tmp_path / "corpus")


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
