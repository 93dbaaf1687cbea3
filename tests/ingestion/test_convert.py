"""What is read from a file, and what is refused."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfWriter

from chatbot.corpus.segmentation import split_passages
from chatbot.errors import CorpusError
from chatbot.ingestion.convert import LARGEST, convert
from chatbot.ingestion.readers.signs import item_of
from chatbot.ingestion.readers.wrapping import joined
from chatbot.ingestion.source import cleaned
from chatbot.settings import ROOT
from tests.support.file_fakes import Printed, write_docx, write_pdf

ARTICLES = ROOT / "tests" / "data" / "articles"
PROSE = "Relatives of a person who uses opioids are often tired, and rest is no luxury for any of them at all."


def converted_text(path: Path, content: str | bytes) -> str:
    """The article that is made of a file with this content."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return convert(path).text


def printed(*lines: str, left: float = 72, top: float = 760, size: float = 11, bold: bool = False) -> list[Printed]:
    """Lines of a PDF, one under the other."""
    return [(left, top - 1.2 * size * number, size, bold, line) for number, line in enumerate(lines)]


def test_html_keeps_the_article_and_leaves_the_site_behind() -> None:
    """Of a page the article is kept word for word; menus, scripts and footers are not, and that is said."""
    converted = convert(ARTICLES / "naloxone-at-home.html")

    assert converted.title == "Naloxone at home"
    assert converted.headings == ("Naloxone at home", "Where to keep it", "When it expires", "Related articles")
    assert "These places are not good:\n• A car, since it gets too hot or too cold there\n• A locked cabinet\n\n" in (
        converted.text
    )
    assert "Pharmacies can replace an old spray." in converted.text
    assert "Form: Nasal spray; Training: None needed" in converted.text
    assert not [words for words in ("Donate", "Get help", "track", "All rights", "color") if words in converted.text]
    assert [(remark.what, remark.words) for remark in converted.remarks] == [
        ("Left behind, furniture of the site (header)", "Test Families Donate"),
        ("Left behind, furniture of the site (nav)", "Home Get help"),
        ("A table; hold its rows against the original", "Form | Training / Nasal spray | None needed"),
        ("Left behind, furniture of the site (footer)", "© Test Families. All rights reserved."),
    ]


def test_markdown_is_read_as_it_is_shown() -> None:
    """Signs of Markdown and its front matter go; paragraphs are one line, lists have one sign."""
    converted = convert(ARTICLES / "caring-for-yourself.md")

    assert converted.title == "Caring for yourself"
    assert converted.headings == ("Caring for yourself", "Small steps", "Money")
    assert "are often tired. Rest is no luxury, and nobody can think clearly without sleep.\n\n" in converted.text
    assert "Start with one of these:\n• Sleep at fixed hours\n• Eat with somebody\n\n" in converted.text
    assert "Lock your bank card away & change the PIN." in converted.text


def test_printed_lines_become_paragraphs() -> None:
    """Text that was broken into lines is made whole, also within list items and words; headings are guessed."""
    converted = convert(ARTICLES / "after-a-relapse.txt")

    assert converted.headings == ("AFTER A RELAPSE", "The first day", "Talking about it")
    assert "has failed, and a detoxification centre will take a person back." in converted.text
    assert (
        "These openings help:\n• I am glad that you are here, and I have time for as long as you would like to talk "
        "about it\n• What do you need today?\n" in converted.text
    )


def test_a_line_a_paragraph(tmp_path: Path) -> None:
    """Where each line is a paragraph, each stands apart."""
    text = converted_text(tmp_path / "a.txt", f"A heading\r\n{PROSE} {PROSE}\r\n{PROSE} And so on.\r\n")

    assert text == f"A heading\n\n{PROSE} {PROSE}\n\n{PROSE} And so on.\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_letters_survive_any_common_code(tmp_path: Path, encoding: str) -> None:
    """Accents are right whether a file is UTF-8, UTF-16 or from an old Windows."""
    text = f"Cómo ayudar: “la niñez”. {PROSE}"

    assert converted_text(tmp_path / "a.txt", text.encode(encoding)) == text + "\n"


def test_html_in_the_code_that_it_names(tmp_path: Path) -> None:
    """A page that names its code is read in it."""
    page = f"<meta charset='iso-8859-2'><p>Zażółć: {PROSE}</p>".encode("iso-8859-2")

    assert "Zażółć" in converted_text(tmp_path / "a.html", page)


def test_word_headings_and_bold_lines_are_headings(tmp_path: Path) -> None:
    """Headings of a Word file are headings, and so are short bold paragraphs."""
    path = write_docx(
        tmp_path / "a.docx",
        [("Heading1", "After a relapse"), ("", PROSE), ("bold", "The first day"), ("", f"{PROSE} Stay < calm & kind.")],
    )
    converted = convert(path)

    assert converted.title == "After a relapse"
    assert converted.headings == ("After a relapse", "The first day")
    assert converted.text == f"After a relapse\n\n{PROSE}\n\nThe first day\n\n{PROSE} Stay < calm & kind.\n"


def test_pdf_lines_are_joined_and_running_titles_go(tmp_path: Path) -> None:
    """Lines of a PDF become paragraphs across pages; broken words, lists and headings are seen; page titles go."""
    footer = [printed(f"A guide for families - page {number}", top=40, size=8) for number in (1, 2, 3)]
    first = [
        *printed("Naloxone at home", size=22),
        *printed("Naloxone can wake a person whose breathing has slowed after an over-", "dose.", top=720),
        *printed("Where to keep it", top=680, bold=True),
        *printed("These places are good:", top=660),
        *printed("• A drawer that everybody in the house can", left=80, top=646),
        *printed("open", left=90, top=632),
        *printed("• A bag", left=80, top=618),
        *printed("A pharmacist can tell how long the spray lasts when it is kept at home, and", top=580),
    ]
    second = printed("which places are too hot for it in the summer. Ask at the counter.", top=760)
    third = printed("Look at the date on the box.")
    pages = [[*lines, *foot] for lines, foot in zip((first, second, third), footer, strict=True)]
    converted = convert(write_pdf(tmp_path / "a.pdf", pages))

    assert converted.title == "Naloxone at home"
    assert converted.headings == ("Naloxone at home", "Where to keep it")
    assert "whose breathing has slowed after an overdose.\n\n" in converted.text
    assert "These places are good:\n• A drawer that everybody in the house can open\n• A bag\n" in converted.text
    assert "kept at home, and which places are too hot for it in the summer. Ask at the counter." in converted.text
    assert "guide for families" not in converted.text
    assert [(remark.words, remark.place) for remark in converted.remarks] == [
        ("A guide for families - page 1", "page 1, 2, 3")
    ]


@pytest.fixture
def no_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No program is installed that reads pictures."""
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))


@pytest.mark.usefixtures("no_programs")
def test_page_without_text_is_named(tmp_path: Path) -> None:
    """A page of a PDF that is only a picture is named, for its text is missing."""
    (remark,) = convert(write_pdf(tmp_path / "a.pdf", [printed(PROSE), []])).remarks

    assert remark.place == "page 2"
    assert "tesseract" in remark.what


def locked(path: Path) -> Path:
    """A PDF that opens with a password only."""
    writer = PdfWriter(clone_from=write_pdf(path, [printed(PROSE)]))
    writer.encrypt("secret", algorithm="RC4-128")  # AES needs a library more
    writer.write(path)
    return path


REFUSED = {
    "a.txt": (b"", "is empty"),
    "b.txt": (b"\x00\x01\x02" * 99, "no text"),
    "c.txt": (b"Hello you.", "Hardly any text"),
    "d.txt": (("\ue001\ue002\ue003 " * 99).encode(), "not readable|Hardly any"),
    "e.txt": (b"12 34 56 78 90 " * 99, "not readable"),
    "f.txt": (b"Wkh txlfn eurzq ira mxpsv ryhu wkh odcb grj dqg wkhq lw uxqv dzdb " * 9, "not readable"),
    "g.txt": (b"word " * 300_000, "chapter by chapter"),
    "h.html": (b"<script>var a = 1</script>", "Hardly any text"),
    "i.docx": (b"PK\x03\x04 no archive", "no Word file"),
    "j.pdf": (b"%PDF-1.4 and nothing else", "cannot be read"),
    "k.pdf": (b"no PDF at all", "cannot be read"),
    "l.xyz": (PROSE.encode(), "end in .xyz"),
    "m": (PROSE.encode(), "end in nothing"),
    "n.docx": (b"\xd0\xcf\x11\xe0 old Word", "no Word file"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_used_is_refused(tmp_path: Path, name: str) -> None:
    """A file that cannot become an article is refused by name, with the reason and the next step."""
    content, words = REFUSED[name]
    (tmp_path / name).write_bytes(content)

    with pytest.raises(CorpusError, match=words) as caught:
        convert(tmp_path / name)
    assert caught.value.next_step
    assert caught.value.where == str(tmp_path / name)


@pytest.mark.usefixtures("no_programs")
def test_other_files_that_are_refused(tmp_path: Path) -> None:
    """A missing file, a folder, a huge file, a scan and a locked PDF are refused."""
    (tmp_path / "folder.txt").mkdir()
    with (tmp_path / "huge.txt").open("wb") as file:
        os.truncate(file.fileno(), LARGEST + 1)
    for path, words in (
        (tmp_path / "none.txt", "no such file"),
        (tmp_path / "folder.txt", "no such file"),
        (tmp_path / "huge.txt", "20 are the most"),
        (write_pdf(tmp_path / "scan.pdf", [[], []]), "pictures of pages"),
        (locked(tmp_path / "locked.pdf"), "password"),
    ):
        with pytest.raises(CorpusError, match=words):
            convert(path)


@given(st.text(max_size=300))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    """Cleaned text is clean."""
    assert cleaned(cleaned(text)) == cleaned(text)


@pytest.mark.parametrize(
    ("before", "after", "words", "whole"),
    [
        ("a well-", "known place", "", "a well-known place"),
        ("the medi-", "cine", "", "the medicine"),
        ("a nurse-", "led group", "nurse-led", "a nurse-led group"),
        ("in Baden-", "Baden", "", "in Baden-Baden"),
        ("5-", "day", "", "5-day"),
        ("one word", "more", "", "one word more"),
    ],
)
def test_hyphens_at_line_ends(before: str, after: str, words: str, whole: str) -> None:
    """A hyphen that broke a word goes, one that belongs to it stays."""
    assert joined(before, after, frozenset(words.split())) == whole


@pytest.mark.parametrize("path", sorted(path for path in ARTICLES.iterdir() if path.name != "README.md"), ids=str)
def test_lists_are_lists_for_the_splitter(path: Path) -> None:
    """What the converters write as a list, the splitter takes for a list, whole and with its lead-in."""
    text = convert(path).text
    items = sum(item_of(line) is not None for line in text.splitlines())
    passages = split_passages(text, language="en", headings=(), left_out=())

    assert bool(items) == any(passage.is_list for passage in passages)
    for passage in passages:
        if passage.is_list and not item_of(text[passage.span.start : passage.span.end]):
            assert ":" in text[passage.units[0].start : passage.units[-1].end]
