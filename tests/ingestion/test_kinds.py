"""What is dangerous or no text in files as clinics have them: each kind, in the formats that have it."""

import os
import stat
from pathlib import Path

import pytest

from chatbot.errors import CorpusError
from chatbot.ingestion.convert import convert
from chatbot.ingestion.mending.copies import once
from chatbot.ingestion.readers.pdf.scans import WARNING
from chatbot.ingestion.source import Block, Kind, has_number_to_call, plain
from chatbot.ingestion.writing import Converted
from tests.support.file_fakes import Printed, write_pdf
from tests.support.source_files import run, write_word

INTRO = "The nurses wrote this leaf for the families, and they read it with you when you come to the ward."


def read(path: Path, content: str | bytes) -> Converted:
    """What is read from a file with this content."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return convert(path)


def html(tmp_path: Path, body: str) -> Converted:
    """What is read from a page with this body below a first paragraph."""
    return read(tmp_path / "a.html", f"<!doctype html><title>Leaf</title><body><h1>Leaf</h1><p>{INTRO}</p>{body}")


def word(tmp_path: Path, body: str, **parts: str) -> Converted:
    """The same of a Word file; ``parts`` are further files in it, by name with two underscores for a slash."""
    named = {name.replace("__", "/") + ".xml": content for name, content in parts.items()}
    return convert(write_word(tmp_path / "a.docx", f"<w:p>{run(INTRO)}</w:p>{body}", parts=named))


def lines(converted: Converted) -> list[str]:
    """The lines of the article behind the first paragraph."""
    text = converted.text
    return [line for line in text[text.index(INTRO) + len(INTRO) :].splitlines() if line.strip()]


def told(converted: Converted) -> str:
    """The report as one text."""
    return "\n".join(map(str, converted.remarks))


def printed(*rows: tuple[float, float, str], size: float = 11, bold: bool = False) -> list[Printed]:
    """Lines of a PDF from their left edge, height and text, below the first paragraph."""
    return [(72, 760, 11, False, INTRO), *((left, height, size, bold, text) for left, height, text in rows)]


def pdf(tmp_path: Path, *pages: list[Printed]) -> Converted:
    """What is read from a PDF of these pages."""
    return convert(write_pdf(tmp_path / "a.pdf", pages))


RAISED = {
    "until the 2<sup>nd</sup> week": "until the 2nd week",
    "20 m<sup>2</sup> wide": "20 m² wide",
    "1<sup>1</sup>/<sub>2</sub> tablets": "1 1/2 tablets",
    "10<sup>6, 7</sup> days": "10 days",
    "4<sup>†</sup> hours": "4 hours",
    "4¹ hours and 5²³ more": "4 hours and 5 more",
    "3[1] days, 4 [2, 3] weeks, 5(1) months": "3 days, 4 weeks, 5 months",
    "CO<sub>2</sub> stays": "CO2 stays",
    "take 2<sup>new</sup> sprays": "take 2 new sprays",
    "2<sup>1</sup>5": "2 5",
    "5 x 10<sup>9</sup> cells, 10<sup>9</sup> hours": "5 x 10⁹ cells, 10 hours",
    "38.5<sup>o</sup>C or 101<sup>0</sup> F": "38.5°C or 101° F",
    "the 1<sup>a</sup> day": "the 1 day",
}


@pytest.mark.parametrize("source", RAISED)
def test_raised_signs(tmp_path: Path, source: str) -> None:
    """Marks of notes go; ordinals, powers, fractions and formulas stay, and no number becomes another."""
    assert lines(html(tmp_path, f"<p>Wait {source}.</p>")) == [f"Wait {RAISED[source]}."]


def test_ordinals_of_spanish(tmp_path: Path) -> None:
    """Raised letters of Spanish ordinals stay, in any spelling; a small digit behind them goes."""
    source = "Es la 1<sup>a</sup> vez, el 2<sup>o</sup> día, la 2<sup>da</sup> dosis y el N.<sup>o</sup> 3<sup>1</sup>."

    assert lines(html(tmp_path, f"<p>{source}</p>")) == ["Es la 1ª vez, el 2º día, la 2da dosis y el N.º 3."]
    assert lines(html(tmp_path, "<p>La 1ª, la 1.ª, el N.º 3 y la D<sup>ra</sup> Paz.</p>")) == [
        "La 1ª, la 1.ª, el N.º 3 y la Dra Paz."
    ]


def test_notes_are_told_and_not_quoted(tmp_path: Path) -> None:
    """The text of a note is no part of the article, in a page and in a Word file, but stands in the report."""
    page = html(tmp_path, '<p>Wait 3<a href="#fn1">[1]</a> days.</p><p>[1] Rule of the ward.</p>')
    notes = (
        f'<w:footnotes xmlns:w="{WORD}"><w:footnote><w:p>{run("Rule of the ward.")}</w:p></w:footnote></w:footnotes>'
    )
    mark = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    document = word(tmp_path, f"<w:p>{run('Wait 3')}{mark}{run(' days.')}</w:p>", word__footnotes=notes)

    for converted in (page, document):
        assert lines(converted) == ["Wait 3 days."]
        assert "Rule of the ward." in told(converted)


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def test_struck_and_hidden_words_of_word(tmp_path: Path) -> None:
    """Struck, deleted and hidden runs of a Word file are left behind, each whole in the report."""
    deleted = '<w:del><w:r><w:delText xml:space="preserve">at noon </w:delText></w:r></w:del>'
    body = f"<w:p>{run('Give ')}{run('8 mg ', '<w:strike/>')}{run('4 mg ')}{deleted}{run('at night.')}</w:p>"
    body += f"<w:p>{run('The door is open.')}{run(' DRAFT, not checked.', '<w:vanish/>')}</w:p>"
    converted = word(tmp_path, body)

    assert lines(converted) == ["Give 4 mg at night.", "The door is open."]
    for words in ("8 mg", "at noon", "DRAFT, not checked."):
        assert words in told(converted)


def test_rows_that_are_struck_out(tmp_path: Path) -> None:
    """A row that was deleted under review, or is struck or hidden as a whole, is not quoted, not even by its heads."""
    cells = "<w:tc><w:p>{}</w:p></w:tc><w:tc><w:p>{}</w:p></w:tc></w:tr>"
    rows = "<w:tr>" + cells.format(run("Old one"), run("80 mg"))
    rows = rows.replace("<w:tr>", '<w:tr><w:trPr><w:del w:id="1"/></w:trPr>') + "<w:tr>"
    rows += cells.format(run("Methadone"), run("20 mg") + run("1", '<w:vertAlign w:val="superscript"/>'))
    page = "<tr class=old><td>Old one<td>80 mg<tr hidden><td>Hidden<td>90 mg<tr><td>Methadone<td>20 mg<sup>1</sup>"
    sheet = "<style>.old td {text-decoration: line-through}</style>"
    for converted in (word(tmp_path, f"<w:tbl>{rows}</w:tbl>"), html(tmp_path, f"{sheet}<table>{page}</table>")):
        assert lines(converted) == ["Methadone: 20 mg"]
        assert "Old one | 80 mg" in told(converted)
        assert "20 mg[1]" in told(converted)


def test_items_that_are_struck_out(tmp_path: Path) -> None:
    """What strikes an item, a term or a list as a whole strikes its words."""
    style = 'style="text-decoration: line-through"'
    body = (
        f"<p>Give:</p><ul><li {style}>8 mg<li>4 mg</ul><ul {style}><li>2 mg</ul><dl><dt>Old</dt><dd {style}>9</dd></dl>"
    )

    assert lines(html(tmp_path, body)) == ["Give:", "• 4 mg", "Old:"]


def test_signs_and_formulas_of_word(tmp_path: Path) -> None:
    """Signs of symbol fonts say what they say on paper, and a fraction of a formula is no lost dose."""
    cross = '<w:r><w:sym w:font="Wingdings" w:char="F0FB"/></w:r>'
    degree = '<w:r><w:sym w:font="Symbol" w:char="F0B0"/></w:r>'
    one, two = (f"<m:{name}><m:r><m:t>{n}</m:t></m:r></m:{name}>" for name, n in (("num", 1), ("den", 2)))
    half = (
        f'<m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><m:f>{one}{two}</m:f></m:oMath>'
    )
    body = f"<w:p>{cross}{run(' no baths')}</w:p><w:p>{run('Above 38.5')}{degree}{run('C call us.')}</w:p>"
    body += f"<w:p>{run('Take ')}{half}{run(' tablet.')}</w:p>"

    assert lines(word(tmp_path, body)) == ["• ✗ no baths", "Above 38.5°C call us.", "Take 1/2 tablet."]


def test_what_of_word_is_no_text(tmp_path: Path) -> None:
    """A table of contents and words that ask to fill in a form go; what a drawing says is told; helplines stay."""
    contents = '<w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj>'
    control = "<w:sdt><w:sdtPr>{}</w:sdtPr><w:sdtContent><w:p>{}</w:p></w:sdtContent></w:sdt>"
    body = control.format(contents, run("Sleep 3")) + control.format("<w:showingPlcHdr/>", run("Click here."))
    body += f"<w:p>{run('Sleep well.')}</w:p>"
    drawing = f'<d xmlns:a="{DRAWN}"><a:p><a:r><a:t>Step one: call</a:t></a:r></a:p></d>'
    note = f"<w:footnote><w:p>{run('Night: 1-800-662-HELP')}</w:p></w:footnote>"
    note = f'<w:footnotes xmlns:w="{WORD}">{note}</w:footnotes>'
    converted = word(tmp_path, body, word__diagrams__data1=drawing, word__footnotes=note)

    assert lines(converted) == ["Sleep well.", "Night: 1-800-662-HELP"]
    for words in ("Sleep 3", "Click here.", "Step one: call"):
        assert words in told(converted)


MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"
DRAWN = "http://schemas.openxmlformats.org/drawingml/2006/main"


def test_what_goes_on_with_an_item_of_word(tmp_path: Path) -> None:
    """A paragraph set in like the words of an item belongs to it, so that the items behind it keep their lead-in."""

    def item(text: str, level: int = 0) -> str:
        listed = (
            f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr><w:ind w:left="{360 * (level + 1)}"/>'
        )
        return f"<w:p><w:pPr>{listed}</w:pPr>{run(text)}</w:p>"

    set_in = f'<w:p><w:pPr><w:ind w:left="360"/></w:pPr>{run("Then call.")}</w:p>'
    body = f"<w:p>{run('Never:')}</w:p>{item('leave')}{item('at night', 1)}{set_in}{item('shout')}"
    body += f"<w:p>{run('Rest.')}</w:p>"

    assert word(tmp_path, body).text.endswith("Never:\n• leave\n  ◦ at night\n  Then call.\n• shout\n\nRest.\n")


@pytest.mark.parametrize(
    "style",
    [
        'style="display:none"',
        'style="visibility: hidden"',
        'style="opacity:0"',
        'class="gone"',
        "hidden",
        'class="sr-only"',
        'class="away"',
        'class="small"',
        'style="text-indent: -9999px"',
        'style="position: absolute; clip: rect(0, 0, 0, 0)"',
    ],
)
def test_hidden_text_of_a_page(tmp_path: Path, style: str) -> None:
    """What a page hides is not quoted, however it hides it, and stands in the report."""
    sheet = ".gone {display: none} .away {position: absolute; left: -9999px} .small {font-size: 0px !important}"
    converted = html(tmp_path, f"<style>{sheet}</style><p>Shown.<span {style}> Not shown.</span></p>")

    assert lines(converted) == ["Shown."]
    assert "Not shown." in told(converted)


@pytest.mark.parametrize("sheet", [".a {text-decoration: line-through} .b {vertical-align: super}", ""])
def test_marks_by_class_alone(tmp_path: Path, sheet: str) -> None:
    """Letters that only a class strikes or raises are read so, by the style sheet or by what the class is called."""
    names = ("a", "b") if sheet else ("strikethrough", "footnote-ref")
    body = '<p>Wait <span class="{}">8 hours</span> 3<span class="{}">1</span> hours.</p>'.format(*names)
    converted = html(tmp_path, f"<style>{sheet}</style>{body}")

    assert lines(converted) == ["Wait 3 hours."]
    assert "8 hours" in told(converted)
    assert "3[1]" in told(converted)


PANELS = {
    "what works like a button": '<div role=button aria-controls="p">May she drive?</div><div id="p" hidden>{}</div>',
    "a panel without height": '<p><b>May she drive?</b></p><div style="max-height:0;overflow:hidden">{}</div>',
    "a hidden panel of a button": '<button aria-controls="p">May she drive?</button><div id="p" hidden>{}</div>',
    "a panel by its class": '<h3>May she drive?</h3><div class="accordion-panel" style="display:none">{}</div>',
    "details": "<details><summary>May she drive?</summary>{}</details>",
    "a tab": '<ul><li><a role="tab" href="#p">May she drive?</a></li></ul><div id="p" hidden>{}</div>',
}


@pytest.mark.parametrize("name", PANELS)
def test_panels_are_read_under_their_question(tmp_path: Path, name: str) -> None:
    """Text that a tap opens is kept, and what is tapped is its heading."""
    converted = html(tmp_path, PANELS[name].format("<p>Yes, after two weeks on one dose.</p>"))

    assert lines(converted) == ["May she drive?", "Yes, after two weeks on one dose."]
    assert "May she drive?" in converted.headings


def test_boxes_are_kept_and_told(tmp_path: Path) -> None:
    """A warning set apart is kept at its place in a page and in a Word file, and stands in the report."""
    warning = "One tablet can kill a child."
    box = f"<w:txbxContent><w:p>{run(warning)}</w:p></w:txbxContent>"
    shape = f'<w:r><mc:AlternateContent xmlns:mc="{COMPATIBLE}"><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}'
    shape += "</mc:Fallback></mc:AlternateContent></w:r>"
    for converted in (
        html(tmp_path, f"<aside><p>{warning}</p></aside><p>Lock it up.</p>"),
        word(tmp_path, f"<w:p>{shape}{run('Lock it up.')}</w:p>"),
    ):
        assert lines(converted) == [warning, "Lock it up."]
        assert warning in told(converted)


COMPATIBLE = "http://schemas.openxmlformats.org/markup-compatibility/2006"


def test_furniture_is_told_and_its_numbers_stay(tmp_path: Path) -> None:
    """Menus and banners go, whole into the report; a line of them with a number to call stays."""
    converted = html(
        tmp_path,
        "<nav><a>Home</a></nav><div class='cookie-banner'>We use small files.</div><p>The article.</p>"
        "<ul><li><a href=x>Our new house</a></li><li><a href=y>Ten tips</a></li></ul>"
        "<footer><p>All rights</p><p>Night line: 1-800-555-0142</p></footer>",
    )

    assert lines(converted) == ["The article.", "Night line: 1-800-555-0142"]
    for words in ("Home", "We use small files.", "Our new house Ten tips", "All rights"):
        assert words in told(converted)


def test_what_readers_wrote_is_no_article(tmp_path: Path) -> None:
    """Comments below an article, lists of related pages and bylines go, however long, and stand in the report."""
    comment = "My son took 40 mg at once and was fine, so nobody has to be afraid. " * 12
    converted = html(
        tmp_path,
        f'<div class="entry-meta">by Ana</div><p>Never take more.</p><div id="comments"><p>{comment}</p></div>'
        '<div class="jp-relatedposts"><p>Ten tips</p></div>',
    )

    assert lines(converted) == ["Never take more."]
    for words in ("by Ana", "My son took 40 mg", "Ten tips"):
        assert words in told(converted)


def test_definitions_stay_with_their_terms(tmp_path: Path) -> None:
    """Several terms, several meanings and lists of a definition list are never quoted without their term."""
    body = "<dl><dt>Onset</dt><dt>Start</dt><dd>5 minutes</dd><dd>longer with food</dd>"
    body += "<dt>Dose</dt><dd><ul><li>4 mg<li>8 mg</ul></dd></dl>"

    assert lines(html(tmp_path, body)) == ["Onset, Start: 5 minutes; longer with food", "Dose:", "• 4 mg", "• 8 mg"]


def test_numbers_of_lists_are_those_of_the_page(tmp_path: Path) -> None:
    """Items are counted as a browser counts them: from another start, with a number of their own, by letters."""
    body = "<ol start=4><li>Four<li value=6>Six<li>Seven</ol><p>And:</p><ol type=a><li>sit<li>wait</ol>"

    assert lines(html(tmp_path, body)) == ["4. Four", "6. Six", "7. Seven", "And:", "a. sit", "b. wait"]


def test_a_page_within_a_form(tmp_path: Path) -> None:
    """The text of a form is read; the values of its fields are only told."""
    converted = html(
        tmp_path, "<form><p>Write down whom you call.</p><input value='Maria'><select><option>Mon</select></form>"
    )

    assert lines(converted) == ["Write down whom you call."]
    assert "Maria" in told(converted)
    assert "Mon" in told(converted)


TABLES = {
    "heads": "<tr><th>Medicine</th><th>Taken</th></tr><tr><td>Methadone</td><td>as a drink</td></tr>",
    "a cell over two rows": "<tr><th>Day</th><th>From</th></tr><tr><td rowspan=2>Monday</td><td>8</td></tr>"
    "<tr><td>14</td></tr>",
    "no heads": "<tr><td>Nurse</td><td>room 4</td></tr><tr><td>Doctor</td><td>room 5</td></tr>",
}
ROWS = {
    "heads": ["Medicine: Methadone; Taken: as a drink"],
    "a cell over two rows": ["Day: Monday; From: 8", "Day: Monday; From: 14"],
    "no heads": ["Nurse: room 4", "Doctor: room 5"],
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_rows(tmp_path: Path, name: str) -> None:
    """Each row of a table names its columns, and the table stands whole in the report."""
    converted = html(tmp_path, f"<table>{TABLES[name]}</table>")

    assert lines(converted) == ROWS[name]
    assert "A table" in told(converted)


def test_a_table_of_a_pdf(tmp_path: Path) -> None:
    """Cells of a PDF that stand side by side are one row with their columns."""
    rows = [
        ("Medicine", "Taken", "How often"),
        ("Methadone", "as a drink", "daily"),
        ("Naltrexone", "as a shot", "monthly"),
    ]
    cells = [
        (72 + 150 * column, 700 - 22 * row, text) for row, own in enumerate(rows) for column, text in enumerate(own)
    ]

    assert lines(pdf(tmp_path, printed(*cells))) == [
        "Medicine: Methadone; Taken: as a drink; How often: daily",
        "Medicine: Naltrexone; Taken: as a shot; How often: monthly",
    ]


def test_a_cell_over_two_rows_of_a_pdf(tmp_path: Path) -> None:
    """What stands between two rows that it belongs to is in both; no dose is without its medicine."""
    heads = printed((80, 690, "Medicine"), (230, 690, "Dose"), bold=True)
    cells = [(80, 660, "Methadone"), (230, 670, "20 mg"), (230, 650, "30 mg")]
    boxes = [(72, 685, 150, 20), (222, 685, 150, 20), (72, 645, 150, 40), (222, 665, 150, 20), (222, 645, 150, 20)]
    path = write_pdf(tmp_path / "a.pdf", [[*heads, *printed(*cells)[1:]]], boxes=[(0, box) for box in boxes])

    assert lines(convert(path)) == ["Medicine: Methadone; Dose: 20 mg", "Medicine: Methadone; Dose: 30 mg"]


def test_a_box_beside_the_text_of_a_pdf(tmp_path: Path) -> None:
    """A framed warning beside a paragraph is whole behind it and told, not in the middle of a sentence."""
    text = [
        "The first days are hard for all of you, and the",
        "nights are worse than the days. Nobody in the",
        "house sleeps well.",
    ]
    rows = [(72, 700 - 14 * number, line) for number, line in enumerate(text)]
    rows += [(380, 695, "Never mix it with pills"), (380, 681, "or with drink.")]
    path = write_pdf(tmp_path / "a.pdf", [printed(*rows)], boxes=[(0, (370, 672, 150, 36))])
    converted = convert(path)

    assert lines(converted) == [" ".join(text), "Never mix it with pills or with drink."]
    assert "A box" in told(converted)


def test_a_foot_that_counts_and_helps(tmp_path: Path) -> None:
    """A line at the foot of each page is kept once for its number to call, wherever the number of the page stands."""
    text = [(72.0, 700.0, 11.0, False, "It goes on over the pages of this leaf, one by one.")]
    pages = [[*text, (72.0, 30.0, 8.0, False, f"Page {n} - Night line 1-800-555-0142 - {n} of 3")] for n in (1, 2, 3)]
    converted = pdf(tmp_path, printed(), *pages)

    assert converted.text.count("1-800-555-0142") == 1
    assert "Page" not in converted.text


def test_columns_of_a_pdf(tmp_path: Path) -> None:
    """Two columns are read one after the other, each heading with its text."""
    left = [
        "Keep the room quiet and cool for her",
        "and put water and light food beside",
        "the bed, also in the night.",
    ]
    right = ["Lock up all tablets of the household", "also those of the grandparents, for", "one can kill a child."]
    rows = [(72, 700 - 14 * n, text) for n, text in enumerate(left)]
    rows += [(320, 700 - 14 * n, text) for n, text in enumerate(right)]

    assert lines(pdf(tmp_path, printed(*rows))) == [" ".join(left), " ".join(right)]


def test_running_lines_of_a_pdf(tmp_path: Path) -> None:
    """Heads, feet and page numbers go, in the middle of a sentence too; a number to call in them is kept once."""
    pages = [
        [
            (72, 800, 9, False, "Family book"),
            *printed((72, 700, "Never leave her alone when she")),
            (72, 40, 9, False, "1"),
        ],
        [(72, 800, 9, False, "Family book"), (72, 760, 11, False, "does not wake up at all."), (72, 40, 9, False, "2")],
    ]
    for number, page in enumerate(pages, 1):
        page.append((72, 25, 9, False, f"Crisis line 1-800-555-0142, page {number}"))
    converted = pdf(tmp_path, *pages)

    assert lines(converted) == ["Never leave her alone when she does not wake up at all.", "Crisis line 1-800-555-0142"]
    assert "Family book" in told(converted)
    assert [page for page, _ in converted.pages] == [1, 2]
    assert converted.text[converted.pages[1][1] :].startswith("does not wake up")


def test_print_tricks_of_a_pdf(tmp_path: Path) -> None:
    """Letters printed twice to look bold are read once, and a large first letter belongs to its word."""
    twice = [(72, 700, "Never mix it with alcohol."), (72.4, 700, "Never mix it with alcohol.")]
    cap: Printed = (72, 640, 40, False, "N")
    beside = [(104, 662, "obody has to do this alone, and nobody"), (104, 648, "has to do it in a day.")]
    converted = pdf(tmp_path, [*printed(*twice, *beside), cap])

    assert lines(converted) == [
        "Never mix it with alcohol.",
        "Nobody has to do this alone, and nobody has to do it in a day.",
    ]


def test_numbered_questions_of_a_pdf(tmp_path: Path) -> None:
    """A bold question over two lines is one heading."""
    bold = [(72, 700, 11, True, "2. What should we do when she vomits after"), (72, 686, 11, True, "the dose?")]
    converted = pdf(tmp_path, [*printed(), *bold, (72, 670, 11, False, "Call the ward. Do not give it again.")])

    assert lines(converted) == [
        "2. What should we do when she vomits after the dose?",
        "Call the ward. Do not give it again.",
    ]
    assert lines(converted)[0] in converted.headings


def test_signs_typed_by_hand(tmp_path: Path) -> None:
    """Signs of every kind make one list with its lead-in; crosses stay, for they say not to."""
    paragraphs = "".join(
        f"<w:p>{run(text)}</w:p>" for text in ("Bring:", "o a card", "o a letter", "⁃ a friend", "✗ no drugs")
    )

    assert lines(word(tmp_path, paragraphs)) == ["Bring:", "• a card", "• a letter", "• a friend", "• ✗ no drugs"]
    broken = "<p>If she is ill:<br>call us<br>stay with her<br>write it down</p>"
    assert lines(html(tmp_path, broken)) == ["If she is ill:", "• call us", "• stay with her", "• write it down"]


def test_questions_are_headings(tmp_path: Path) -> None:
    """A question before its answer is a heading, whether it is marked, bold or on one line with the answer."""
    text = f"{INTRO}\n\nQ: May she drive?\nA: Yes, later.\n\nQ: May he work? A: Yes, from the first day on.\n"
    converted = read(tmp_path / "a.txt", text)

    assert converted.headings == ("Q: May she drive?", "Q: May he work?")
    answers = "¿Puede beber?\nNo. El alcohol mata.\n\nIs it free?\n\nYes, for all.\n"
    bare = read(tmp_path / "b.txt", f"Leaf\n\n{INTRO}\n\n{answers}")
    assert bare.headings == ("Leaf", "¿Puede beber?", "Is it free?")
    assert bare.title == "Leaf"


def test_one_yes_among_many_questions(tmp_path: Path) -> None:
    """Where lines that stand alone are headings, one whose text begins with "Yes" hides none of the others."""
    text = "\n\n".join(["Leaf", "What is it?", INTRO, "Is it free?", "Yes, for all.", "Where do I go", "To the door."])

    assert read(tmp_path / "a.txt", text).headings == ("Leaf", "What is it?", "Is it free?", "Where do I go")


def test_a_long_first_line_is_the_title(tmp_path: Path) -> None:
    """A title of more than a heading's length is the title, and the heading after it is none."""
    title = "Raising your grandchildren when their parents use drugs: a guide to rights, money and your own rest"
    converted = read(tmp_path / "a.txt", f"{title}\n\nBefore you read\n\n{INTRO}\n\nMoney\n\nAsk for it.\n")

    assert converted.title == title
    assert converted.headings == (title, "Before you read", "Money")


LETTERS = {
    "latin1 that is windows-1252": ("<meta charset=iso-8859-1><p>Don’t – €15</p>".encode("cp1252"), "Don’t – €15", 0),
    "one bad byte": ("<meta charset=utf-8><p>Café é".encode() + b"\xe9 y m\xc3\xa1s</p>", "Café éé y más", 1),
    "UTF-16 without a mark": ("<p>Café</p>".encode("utf-16-le"), "Café", 0),
    "no code named": ("<p>Café</p>".encode("cp1252"), "Café", 1),
}


@pytest.mark.parametrize("name", LETTERS)
def test_letters_as_browsers_read_them(tmp_path: Path, name: str) -> None:
    """A wrong name of the code or a bad byte costs a letter at most, and a remark where the letter is a guess."""
    raw, expected, remarks = LETTERS[name]
    encoding = "utf-16-le" if "16" in name else "ascii"
    converted = read(tmp_path / "a.html", f"<p>{INTRO}</p>".encode(encoding) + raw)

    assert lines(converted) == [expected]
    assert len(converted.remarks) == remarks


def test_xhtml_that_names_its_code(tmp_path: Path) -> None:
    """A page that begins with an XML declaration is read."""
    page = f'<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><body><p>{INTRO}</p></body></html>'

    assert read(tmp_path / "a.html", page).text == f"{INTRO}\n"


def test_archives_and_wrong_names(tmp_path: Path) -> None:
    """A web archive is read; a file of another kind than its name says is refused by name."""
    archive = (
        'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="b"\n\n--b\nContent-Type: text/html; '
        f'charset="utf-8"\nContent-Transfer-Encoding: quoted-printable\n\n<p>{INTRO} It=E2=80=99s free.</p>\n--b--\n'
    )
    assert read(tmp_path / "a.html", archive).text == f"{INTRO} It’s free.\n"
    for raw, words in ((b"%PDF-1.4", "a PDF"), (b"{\\rtf1", "rich text"), (b"PK\x03\x04", "packed")):
        with pytest.raises(CorpusError, match=words):
            read(tmp_path / "b.html", raw)


def test_signs_of_generators(tmp_path: Path) -> None:
    """Front matter, short codes, admonitions and attribute lists of Markdown are never text."""
    source = (
        f'+++\ntitle = "Leaf"\n+++\n\n{INTRO}\n\n!!! warning "First"\n    Call 911.\n\n{{{{< box >}}}}\nStay.\n'
        "{{< /box >}}\n\n:::note\nBe calm.\n:::\n\nBreathe. {: .big } :smile:\n\n- [ ] Get a spray\n"
    )
    converted = read(tmp_path / "a.md", source)

    assert converted.title == "Leaf"
    assert lines(converted) == ["First", "Call 911.", "Stay.", "Be calm.", "Breathe.", "• Get a spray"]


def test_more_signs_of_markdown(tmp_path: Path) -> None:
    """Tabs, folded panels, a single tilde and tables drawn with signs are read as their readers see them."""
    grid = "+------+-------+\n| Drug | Dose  |\n+======+=======+\n| M    | 20 mg |\n|      | daily |\n+------+-------+"
    source = f'{INTRO}\n\n=== "At home"\n\n    Rest.\n\n??? note "May she?"\n    Yes.\n\nGive ~8 mg~ 4 mg.\n\n{grid}\n'
    converted = read(tmp_path / "a.md", source)

    assert lines(converted) == ["At home", "Rest.", "May she?", "Yes.", "Give 4 mg.", "Drug: M; Dose: 20 mg daily"]
    assert converted.headings == ("At home", "May she?")


def test_tables_and_ranges_of_text(tmp_path: Path) -> None:
    """Columns set with spaces or tabs are rows, and a dose broken at its line's end stays one."""
    spaces = "Medicine      Dose      How often\nMethadone     20 mg     daily\nNaltrexone    380 mg    monthly"
    source = f"{INTRO}\n\n{spaces}\n\nAna\t1-800-555-0142\nBen\troom 4\n\nIt is 5-\n10 mg or 10–\n20 mg.\n"

    assert lines(read(tmp_path / "a.txt", source)) == [
        "Medicine: Methadone; Dose: 20 mg; How often: daily",
        "Medicine: Naltrexone; Dose: 380 mg; How often: monthly",
        "Ana: 1-800-555-0142",
        "Ben: room 4",
        "It is 5-10 mg or 10–20 mg.",
    ]


def test_html_with_gaps_in_markdown(tmp_path: Path) -> None:
    """Markup that is set far in behind an empty line is markup, not text."""
    items = "        <li>One thing.</li>\n\n        <li>Another.</li>"
    source = f"{INTRO}\n\n<div>\n    <ul>\n{items}\n    </ul>\n\n    </div>\n"

    assert lines(read(tmp_path / "a.md", source)) == ["• One thing.", "• Another."]


def test_copies_are_kept_once(tmp_path: Path) -> None:
    """A section that stands twice, for desk and phone, is kept once; a lone sentence may well stand twice."""
    told_twice = "Leave it where it lies until you have gloves. A can with a lid holds it."
    twice = f"<h2>Found one</h2><p>{told_twice}</p><p>Tape it up.</p>"
    converted = html(
        tmp_path, f"<div>{twice}</div><div>{twice}</div><h2>After</h2><p>Call 911.</p><h2>Later</h2><p>Call 911.</p>"
    )

    assert converted.text.count("A can with") == 1
    assert converted.text.count("Call 911.") == 2
    assert "the same stands above" in told(converted)


def test_the_first_heading_is_the_title(tmp_path: Path) -> None:
    """The title is what the properties say, else the first heading, also where that is only bold."""
    body = f"<w:p>{run('Family nights', '<w:b/>')}</w:p><w:p>{run('They are on Monday.')}</w:p>"
    body += (
        '<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr>' + run("Appendix: the way") + f"</w:p><w:p>{run(INTRO)}</w:p>"
    )
    properties = f'<c:p xmlns:c="c" xmlns:dc="{DUBLIN}"><dc:title>Nights 2026</dc:title></c:p>'

    assert convert(write_word(tmp_path / "a.docx", body)).title == "Family nights"
    assert (
        convert(write_word(tmp_path / "b.docx", body, parts={"docProps/core.xml": properties})).title == "Nights 2026"
    )


DUBLIN = "http://purl.org/dc/elements/1.1/"


def test_wrapped_text(tmp_path: Path) -> None:
    """Lines that were broken to be printed are one paragraph at any usual width, and rules are no text."""
    line = "The nurse comes on Monday, looks at the arm, and writes down what she has seen there"
    wrapped = f"THE VISIT\n=========\n{line},\n{line},\n{line} so.\n\n* * *\n\nIt is free for every family.\n"
    converted = read(tmp_path / "a.txt", wrapped)

    assert converted.text == f"THE VISIT\n\n{line}, {line}, {line} so.\n\nIt is free for every family.\n"


@pytest.mark.parametrize(
    ("line", "calls"),
    [
        ("Call 988.", True),
        ("(800) 555-0142", True),
        ("+1 800 555 0142", True),
        ("1-800-662-HELP", True),
        ("by 10-20 percent", False),
        ("from 2019 to 2024", False),
        ("12 to 24 hours", False),
    ],
)
def test_numbers_to_call(line: str, calls: bool) -> None:
    """A number that a phone can call is told from figures."""
    assert has_number_to_call(line) is calls


def test_items_are_no_copies() -> None:
    """The same steps in two lists stay in both."""
    blocks = [Block(Kind.ITEM, plain(f"Step {number} of the plan is this long"), sign="•") for number in (1, 2, 3)] * 2

    assert list(once(blocks)) == blocks


FAKE = """#!/bin/sh
if [ "$1" = "--list-langs" ]; then echo "eng"; exit 0; fi
[ "$3" = "-l" ] && [ "$4" = "eng" ] && [ -s "$1" ] && cat "{read}"
"""


@pytest.fixture
def tesseract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of that name, which reads the same page from every picture."""
    read = write_pdf(tmp_path / "read.pdf", [printed((72, 700, "Wait 3 minutes."))])
    program = tmp_path / "bin" / "tesseract"
    program.parent.mkdir()
    program.write_text(FAKE.format(read=read))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.usefixtures("tesseract")
def test_scans_are_read_where_tesseract_is(tmp_path: Path) -> None:
    """Pages that are pictures are read by the program, and the report says to check every number of them."""
    converted = pdf(tmp_path, [])

    assert converted.text == f"{INTRO}\n\nWait 3 minutes.\n"
    assert [(remark.what, remark.place) for remark in converted.remarks] == [(WARNING, "page 1")]
    assert converted.pages == ((1, 0),)


def test_scans_are_refused_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the program a scan is refused, and the next step is to install it."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CorpusError, match=r"pictures.*install the program tesseract"):
        pdf(tmp_path, [])
