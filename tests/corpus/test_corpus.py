"""What is refused, and by which words."""

from pathlib import Path

import pytest

from chatbot.corpus.articles import load_document
from chatbot.corpus.corpus import Corpus, file_hashes, load_corpus
from chatbot.errors import CorpusError
from tests.conftest import REAL_CORPUS
from tests.support.fakes import ABOUT, ARTICLE, QUESTIONS, write_article, write_corpus

SEED_SHA256 = "6b179c3ebf1d6b7478806a57c15e184e0e1dacfd883dd0cbfca9399de48ff9ab"


def test_seed_article_is_byte_for_byte(real_corpus: Corpus) -> None:
    """The article is the one that was received."""
    assert real_corpus.files["kicking-a-heroin-addiction/article.txt"] == SEED_SHA256


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
    (folder / "about.toml").write_text(f'title = "A"\nlanguage = "en"\nsha256 = "{digest}"\n', encoding="utf-8")

    with pytest.raises(CorpusError, match="Not UTF-8"):
        load_document(folder)


def test_line_ends_are_kept(tmp_path: Path) -> None:
    """Offsets count the article as it lies on disk, carriage returns included."""
    document = load_document(write_article(tmp_path / "small", "One.\r\n\r\nTwo.\r\n"))

    assert [document.slice(passage.span) for passage in document.passages] == ["One.", "Two."]


@pytest.mark.parametrize(
    ("stretch", "words"),
    [
        ('{ first = "nowhere", last = "A doctor can help." }', "not found"),
        ('{ first = "A", last = "A doctor can help." }', "more than once"),
        ('{ first = "Track marks", last = "A doctor can help." }', "heading or a left-out"),
        ('{ first = "Two medicines", last = "Track marks" }', "not a stretch"),
        ('{ first = "hide it well.", last = "Some people" }', "not a stretch"),
        ('{ first = "Buy our", last = "product today!" }', "not a stretch"),
        ('{ first = "Two medicines" }', "`last` of stretch 1 is missing"),
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


def test_unknown_starters_are_refused(tmp_path: Path) -> None:
    """An answer that the first view should offer must be in the bank."""
    about = ABOUT.replace('"hidden", "signs"', '"hidden", "singns"')
    write_article(tmp_path / "corpus" / "small", ARTICLE, about=about, questions=QUESTIONS)

    with pytest.raises(CorpusError, match=r"about\.toml.*singns"):
        load_corpus(tmp_path / "corpus")


def test_answer_without_a_stretch_is_refused(tmp_path: Path) -> None:
    """An answer that shows nothing is refused."""
    write_article(tmp_path / "corpus" / "small", ARTICLE, about=ABOUT, questions='[[answers]]\nname = "empty"\n')

    with pytest.raises(CorpusError, match="the answer `empty` has no entry"):
        load_corpus(tmp_path / "corpus")


def test_questions_must_be_texts(tmp_path: Path) -> None:
    """A question that is empty or no text is refused with its file."""
    for questions in ('en = ["", "x"]', "en = [1]", 'en = "one"'):
        bank = QUESTIONS.partition("[answers.questions]")[0] + f"[answers.questions]\n{questions}\n"
        write_article(
            tmp_path / questions[5:8] / "small", ARTICLE, about=ABOUT.replace(', "signs"', ""), questions=bank
        )
        with pytest.raises(CorpusError, match=r"questions\.toml: `en` of `questions` of the answer `hidden` is"):
            load_corpus(tmp_path / questions[5:8])


def test_units_of_an_answer_are_those_of_its_stretches(real_corpus: Corpus) -> None:
    """Every answer that is shipped has sentences or list items, each within one of its stretches."""
    for answer in real_corpus.answers:
        assert answer.units, answer.name
        assert all(any(stretch.covers(unit) for stretch in answer.stretches) for unit in answer.units), answer.name


def test_no_question_stands_in_two_places(real_questions: list[tuple[str, str]]) -> None:
    """The same question under two answers or topics would teach nothing."""
    places: dict[str, set[str]] = {}
    for text, label in real_questions:
        places.setdefault(" ".join(text.casefold().split()), set()).add(label)

    assert {text: sorted(labels) for text, labels in places.items() if len(labels) > 1} == {}


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


def test_article_without_a_passage_is_refused(tmp_path: Path) -> None:
    """An article of which everything is left out is refused."""
    write_article(tmp_path / "small", "Title\n", about='[[leave_out]]\ntext = "Title"\nreason = "title"\n')

    with pytest.raises(CorpusError, match="nothing to quote"):
        load_corpus(tmp_path)
