"""Files of every kind made from one plan of blocks, so that what is read can be held against what was meant."""

import html as escaping
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from tests.support.file_fakes import Drawn, Printed, write_pdf

KINDS = (".html", ".docx", ".md", ".txt", ".pdf")
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


@dataclass(frozen=True)
class Planned:
    """A block as it is meant: "heading", "paragraph", "item" with its level, "box" or "table".

    ``struck`` words follow the text; the first of ``rows`` has the names of the columns.
    """

    kind: str
    text: str
    level: int = 0
    note: str = ""  # a raised mark right behind the text
    struck: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


def write_file(path: Path, blocks: Sequence[Planned]) -> Path:
    """The blocks as a file of the kind that the name says."""
    if path.suffix == ".docx":
        return write_word(path, "".join(map(_word, blocks)))
    if path.suffix == ".pdf":
        return _pdf(path, blocks)
    path.write_text({".html": _html, ".md": _markdown, ".txt": _text}[path.suffix](blocks), encoding="utf-8")
    return path


def _html(blocks: Sequence[Planned]) -> str:
    parts, open_lists = [], 0
    for block in blocks:
        depth = block.level + 1 if block.kind == "item" else 0
        while open_lists > depth:
            parts.append("</li></ul>")
            open_lists -= 1
        words = escaping.escape(block.text)
        words += f"<sup>{block.note}</sup>" if block.note else ""
        words += f" <del>{escaping.escape(block.struck)}</del>" if block.struck else ""
        if block.kind == "table":
            parts.append(_html_table(block.rows))
        elif block.kind == "box":
            parts.append(f'<aside class="warning"><p>{words}</p></aside>')
        elif block.kind == "item":
            parts.append("</li>" if open_lists == depth else "")
            while open_lists < depth:
                parts.append("<ul>")
                open_lists += 1
            parts.append(f"<li>{words}")
        else:
            parts.append(f"<h2>{words}</h2>" if block.kind == "heading" else f"<p>{words}</p>")
    return "<!doctype html><title>Plan</title><body>" + "".join(parts) + "</li></ul>" * open_lists


def _html_table(rows: Sequence[Sequence[str]]) -> str:
    cells = [
        "".join(f"<{'td' if number else 'th'}>{escaping.escape(cell)}" for cell in row)
        for number, row in enumerate(rows)
    ]
    return f"<table>{''.join(f'<tr>{row}' for row in cells)}</table>"


def _markdown(blocks: Sequence[Planned]) -> str:
    lines = []
    for block in blocks:
        words = block.text + (f"[^{block.note}]" if block.note else "")
        words += f" ~~{block.struck}~~" if block.struck else ""
        if block.kind == "table":
            rows = [f"| {' | '.join(row)} |" for row in block.rows]
            lines += ["", rows[0], "|---" * len(block.rows[0]) + "|", *rows[1:], ""]
            continue
        start = {"heading": "\n## ", "item": "    " * block.level + "- ", "box": "\n> [!WARNING]\n> "}.get(
            block.kind, "\n"
        )
        lines.append(f"{start}{words}" + ("" if block.kind == "item" else "\n"))
    notes = sorted({block.note for block in blocks if block.note})
    return "\n".join([*lines, "", *(f"[^{note}]: A source." for note in notes)])


def _text(blocks: Sequence[Planned]) -> str:
    lines = []
    for block in blocks:
        words = block.text + (f"[{block.note}]" if block.note else "")
        if block.kind == "table":
            widths = [max(map(len, column)) + 3 for column in zip(*block.rows, strict=True)]
            lines += ["", *("".join(map(str.ljust, row, widths)).rstrip() for row in block.rows), ""]
        elif block.kind == "item":
            lines.append(f"{'    ' * block.level}- {words}")
        else:
            lines += ["", words, *(["-" * len(words)] if block.kind == "heading" else []), ""]
    return "\n".join(lines)


def _word(block: Planned) -> str:
    if block.kind == "table":
        rows = [
            "".join(f"<w:tc><w:p>{run(cell, '' if number else '<w:b/>')}</w:p></w:tc>" for cell in row)
            for number, row in enumerate(block.rows)
        ]
        return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"
    if block.kind == "box":
        return f"<w:tbl><w:tr><w:tc><w:p>{run(block.text)}</w:p></w:tc></w:tr></w:tbl>"
    style = '<w:pStyle w:val="Heading2"/>' if block.kind == "heading" else ""
    listed = f'<w:numPr><w:ilvl w:val="{block.level}"/><w:numId w:val="1"/></w:numPr>' if block.kind == "item" else ""
    raised = '<w:rPr><w:vertAlign w:val="superscript"/></w:rPr>'
    runs = run(block.text)
    runs += f"<w:r>{raised}<w:t>{block.note}</w:t></w:r>" if block.note else ""
    runs += run(f" {block.struck}", "<w:strike/>") if block.struck else ""
    return f"<w:p><w:pPr>{style}{listed}</w:pPr>{runs}</w:p>"


def run(text: str, properties: str = "") -> str:
    """A run of a Word file."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def write_word(path: Path, body: str, *, parts: dict[str, str] | None = None) -> Path:
    """A Word file with this body, a list of three levels, and further parts by name."""
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:numFmt w:val="bullet"/><w:pPr><w:ind w:left="{360 * level}"/></w:pPr></w:lvl>'
        for level in range(3)
    )
    numbering = f'<w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
    numbering += '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="Heading{n}"><w:name w:val="heading {n}"/></w:style>' for n in (1, 2)
    )
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("word/document.xml", f"<w:document {_W}><w:body>{body}</w:body></w:document>")
        packed.writestr("word/numbering.xml", f"<w:numbering {_W}>{numbering}</w:numbering>")
        packed.writestr("word/styles.xml", f"<w:styles {_W}>{styles}</w:styles>")
        for name, content in (parts or {}).items():
            packed.writestr(name, content)
    return path


def _pdf(path: Path, blocks: Sequence[Planned]) -> Path:
    pages: list[list[Printed]] = [[]]
    boxes: list[tuple[int, Drawn]] = []
    height = 780.0
    for block in blocks:
        height -= 15 if block.kind == "item" else 30
        if height - 20 * len(block.rows) < 60:
            pages.append([])
            height = 750.0
        page = len(pages) - 1
        for row in block.rows:
            bold = row is block.rows[0]
            pages[-1] += [(76 + 150 * column, height, 10, bold, cell) for column, cell in enumerate(row)]
            boxes += [(page, (72 + 150 * column, height - 6, 150, 20)) for column in range(len(row))]
            height -= 20
        if block.rows:
            continue
        left = 72 + 18 * (block.level + 1) if block.kind == "item" else 72
        words = f"• {block.text}" if block.kind == "item" else block.text
        size = 15 if block.kind == "heading" else 10
        pages[-1].append((left, height, size, block.kind == "heading", words))
        if block.kind == "box":
            boxes.append((page, (66, height - 6, 460, 20)))
        if block.note:
            pages[-1].append((left + width(words, size), height + 3.5, 6, False, block.note))
    return write_pdf(path, pages, boxes=boxes)


# Widths of Helvetica in thousandths of its size, for the signs that the tests use: public metrics of the font.
_WIDTHS = {" ": 278, ".": 278, ",": 278, ":": 278, "•": 350, **dict.fromkeys("0123456789", 556)}
_WIDTHS |= dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        (
            556,
            556,
            500,
            556,
            556,
            278,
            556,
            556,
            222,
            222,
            500,
            222,
            833,
            556,
            556,
            556,
            556,
            333,
            500,
            278,
            556,
            500,
            722,
            500,
            500,
            500,
        ),
        strict=True,
    )
)


def width(text: str, size: float) -> float:
    """How wide a text is in Helvetica, in points."""
    return sum(_WIDTHS.get(sign, 667) for sign in text) * size / 1000
