"""The whole way of a file: read, put in place, reported, and quoted as it was meant."""

from pathlib import Path

import pytest

from chatbot.answering.quoting import make_quotes
from chatbot.commands.cli import main
from chatbot.corpus.articles import load_document
from chatbot.corpus.corpus import load_corpus
from chatbot.corpus.documents import Document, Span
from chatbot.corpus.fragments import answering_units
from chatbot.evaluation.coverage import lines_of_numbers, numbers_left_out
from chatbot.ingestion.add_article import Added, add_article
from chatbot.ingestion.boilerplate import suspicious
from chatbot.ingestion.convert import convert
from chatbot.retrieval.candidates import Candidate
from tests.conftest import REAL_CORPUS
from tests.support.fakes import write_corpus
from tests.support.source_files import KINDS, Planned, write_file

SHEET = [
    Planned("heading", "Until the ambulance comes"),
    Planned("paragraph", "Somebody who does not breathe needs help within minutes, and you can give it at home."),
    Planned("paragraph", "Until help is there:"),
    Planned("item", "None of this helps:"),
    Planned("item", "leave the person alone", level=1),
    Planned("item", "give coffee", level=1),
    Planned("item", "Turn the person on one side"),
    Planned("heading", "Can the spray hurt somebody?"),
    Planned("paragraph", "No. It does nothing to a person who took no opioid, so do not wait."),
    Planned("heading", "The second spray"),
    Planned("paragraph", "Give it when nothing has changed after minutes 3", note="1"),
]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """The small corpus."""
    return write_corpus(tmp_path, notices=REAL_CORPUS / "notices")


def added(path: Path, corpus: Path) -> Added:
    """The file as an article of the corpus."""
    return add_article(convert(path), path, corpus=corpus, name="sheet")


def quoted(document: Document, words: str) -> str:
    """What is quoted when these words decide."""
    start = document.text.index(words)
    place = Span(start, start + len(words))
    (quote,) = make_quotes([Candidate(document, (place,), place, 0.9)], most_quotes=3, most_characters=2000)
    return quote.text


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_any_kind_is_quoted_as_it_was_meant(
    corpus: Path, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``add`` with a report makes an article whose quotes have their lead-in, their question and the right numbers."""
    monkeypatch.setenv("CHATBOT_CORPUS", str(corpus))
    path, report = write_file(tmp_path / f"sheet{kind}", SHEET), tmp_path / "report.html"

    assert main(["add", str(path), "--name", "sheet", "--report", str(report)]) == 0
    shown = capsys.readouterr().out
    document = load_document(corpus / "sheet")
    assert "mark of a note" in shown
    assert str(report) in shown
    page = report.read_text(encoding="utf-8")
    assert "mark of a note" in page
    assert "leave the person alone" in page

    coffee = quoted(document, "give coffee")
    assert coffee.startswith("Until help is there:\n")
    assert "None of this helps:" in coffee
    assert "Turn the person" not in coffee
    assert quoted(document, "Turn the person on one side").startswith("Until help is there:")
    assert quoted(document, "No. It does nothing").startswith("Can the spray hurt somebody?")
    assert quoted(document, "after minutes 3").endswith("after minutes 3")
    assert bool(document.pages) == (kind == ".pdf")
    assert load_corpus(corpus).documents


def test_a_report_that_cannot_be_written(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A report whose file cannot be written is named with the next step."""
    monkeypatch.setenv("CHATBOT_CORPUS", str(corpus))
    path = write_file(tmp_path / "sheet.md", SHEET)

    assert main(["add", str(path), "--report", str(tmp_path / "no" / "where.html")]) == 2
    assert "name another file" in capsys.readouterr().err


def test_a_language_for_each_part(corpus: Path, tmp_path: Path) -> None:
    """A file that says all twice has the language of each part, for sentences, glosses and quotes."""
    path = tmp_path / "a.md"
    path.write_text(
        "# Kits\n\nA kit with two sprays fits into a coat pocket, and it keeps well for three years.\n\n"
        "El estuche con dos rociadores cabe en el bolsillo del abrigo y dura tres años.\n\n"
        "Kits are handed out on Mondays, by the stairs of the library.\n"
    )
    document = added(path, corpus).document

    assert document.language == "en"
    assert document.spoken == ("en", "es")
    found = {words: document.language_at(document.text.index(words)) for words in ("A kit", "El estuche", "Kits are")}
    assert found == {"A kit": "en", "El estuche": "es", "Kits are": "en"}


FRAGMENTS = "I agree\n\nMethadone\n\nWhat is it? And why?\n\n• • •\n\nWard rule.\n\n"


def test_fragments_are_no_answers(corpus: Path, tmp_path: Path) -> None:
    """Lone words, buttons, questions and signs are never what a quote is chosen for; sentences and rows are."""
    path = tmp_path / "a.txt"
    whole = "The spray has to be kept in a dry place of the house.\n\nDay: Monday; From: 8\n\nCall 911.\n"
    path.write_text(f"About the spray\n\n{FRAGMENTS}{whole}")
    document = added(path, corpus).document
    answering = [document.slice(unit) for passage in document.passages for unit in answering_units(document, passage)]

    assert answering == ["The spray has to be kept in a dry place of the house.", "Day: Monday; From: 8", "Call 911."]


def test_lines_with_a_number_are_never_proposed(corpus: Path, tmp_path: Path) -> None:
    """A line that looks like promotion stays unproposed when it has a number to call; ``check`` names it left out."""
    assert suspicious("Call our admissions team today!") == "promotion"
    assert suspicious("Call our night nurse at 800-555-0142.") == ""
    path = tmp_path / "a.txt"
    path.write_text(
        "Nights\n\nSomebody who is afraid at night can call the nurse of the ward.\n\nCall us at 800-555-0142.\n"
    )
    folder = added(path, corpus).folder
    about = folder / "about.toml"
    about.write_text(about.read_text() + '\n[[leave_out]]\ntext = "Call us at 800-555-0142."\nreason = "promotion"\n')
    (folder / "questions.toml").write_text("")
    found = numbers_left_out(load_corpus(corpus, drafts=True))

    assert [document.slice(span) for document, span in found] == ["Call us at 800-555-0142."]
    assert "1 left-out stretches hold a number to call" in next(lines_of_numbers(found))
