"""Small files of the kinds that are hard to write by hand: Word and PDF."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)

Drawn = tuple[float, float, float, float]
Printed = tuple[float, float, float, bool, str]


def write_docx(path: Path, paragraphs: Sequence[tuple[str, str]]) -> Path:
    """A Word file of (style, text): a style id such as ``Heading1``, ``bold``, or nothing."""
    body = "".join(_paragraph(style, text) for style, text in paragraphs)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", _TYPES)
        packed.writestr("_rels/.rels", _RELATIONS)
        packed.writestr("word/document.xml", f"<w:document {_W}><w:body>{body}</w:body></w:document>")
        packed.writestr("word/styles.xml", f"<w:styles {_W}>{_STYLES}</w:styles>")
    return path


_STYLES = "".join(
    f'<w:style w:type="paragraph" w:styleId="Heading{n}"><w:name w:val="heading {n}"/></w:style>' for n in (1, 2)
)


def _paragraph(style: str, text: str) -> str:
    named = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style not in ("", "bold") else ""
    bold = "<w:rPr><w:b/></w:rPr>" if style == "bold" else ""
    return f'<w:p>{named}<w:r>{bold}<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def write_pdf(path: Path, pages: Sequence[Sequence[Printed]], *, boxes: Sequence[tuple[int, Drawn]] = ()) -> Path:
    """A PDF whose pages have lines (left, height, size of letters, bold, text), in points from below left.

    ``boxes`` are frames as (number of the page from 0, (left, bottom, width, height)).
    """
    fonts = "/F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >> "
    fonts += "/F2 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>"
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(len(pages)))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>"]
    for number, lines in enumerate(pages):
        frames = [" ".join(f"{value:g}" for value in box) + " re S" for page, box in boxes if page == number]
        drawn = "\n".join([*(_drawn(*line) for line in lines), *frames])
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {4 + 2 * number} 0 R "
            f"/Resources << /Font << {fonts} >> >> >>"
        )
        objects.append(f"<< /Length {len(drawn.encode('cp1252'))} >>\nstream\n{drawn}\nendstream")
    raw, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(raw))
        raw += f"{number} 0 obj\n{content}\nendobj\n".encode("cp1252")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    raw_table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    raw_table += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(raw)}\n%%EOF\n"
    path.write_bytes(raw + raw_table.encode())
    return path


def _drawn(left: float, height: float, size: float, bold: bool, text: str) -> str:
    shown = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /F{2 if bold else 1} {size} Tf {left} {height} Td ({shown}) Tj ET"
