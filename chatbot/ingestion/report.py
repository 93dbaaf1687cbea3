"""The report of ``add``: what was made of a file and what a person has to look at, on the screen or as HTML."""

import html
from collections.abc import Iterator
from pathlib import Path

from chatbot.ingestion.add_article import Added
from chatbot.ingestion.source import Remark, has_number_to_call
from chatbot.ingestion.writing import Converted
from chatbot.query.language import ENGLISH, SPANISH

_LANGUAGES = {ENGLISH: "English", SPANISH: "Spanish"}


def to_review(added: Added, original: Path, converted: Converted) -> Iterator[str]:
    """Line by line what was made, what a person should look at, and the next commands."""
    document, folder = added.document, added.folder
    languages = " and ".join(_LANGUAGES.get(code, code) for code in document.spoken)
    yield f"{folder}: “{document.title}”, {languages}, {len(document.passages)} passages\n"
    yield "Review, in this order:"
    yield f"  {folder / 'article.txt'}: is it the text of {original.name}, whole?"
    yield from (f"    {_flagged(remark)}" for remark in converted.remarks)
    yield f"  {folder / 'about.toml'}: title, publisher (empty), {len(document.headings)} guessed headings"
    for suspect in added.suspects:
        yield f"    to leave out? {suspect.reason}: {' '.join(document.slice(suspect.span).split())}"
    yield f"  {folder / 'questions.toml'}: {added.answers} passages wait for questions"
    yield "\nIt is a draft: families do not see it. Try it, and write its questions:"
    yield "  python -m chatbot check\n  python -m chatbot preview"
    yield f'Then:\n  python -m chatbot approve {document.name} --by "name, role"\n  python -m chatbot build'
    yield f"To undo: python -m chatbot remove {document.name}"


def _flagged(remark: Remark) -> str:
    calls = has_number_to_call(remark.words) and remark.what.startswith("Left")
    return f"{remark} [a number to call is in there]" if calls else str(remark)


def report_page(added: Added, original: Path, converted: Converted) -> str:
    """An HTML page to read beside the original: every remark whole with its place, then the text as it is quoted."""
    document = added.document
    title = html.escape(f"{document.title}: report of add")
    remarks = "".join(map(_row, converted.remarks))
    suspects = "".join(
        f"<tr><td>{html.escape(suspect.reason)}</td><td>{html.escape(document.slice(suspect.span))}</td></tr>"
        for suspect in added.suspects
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 1rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }} td, th {{ border: 1px solid; padding: .25rem .5rem; }}
td, th {{ text-align: left; vertical-align: top; }}
pre {{ white-space: pre-wrap; font: inherit; border: 1px solid; padding: 1rem; }}
</style></head><body><h1>{title}</h1>
<p>Made of {html.escape(original.name)}. Read this page beside the original. Nothing is shown to families before it is
read.</p>
<h2>Look at these places ({len(converted.remarks)})</h2>
<table><tr><th>Where</th><th>What</th><th>The words</th></tr>{remarks}</table>
<h2>Perhaps no part of the article ({len(added.suspects)})</h2>
<table><tr><th>What it seems to be</th><th>The words</th></tr>{suspects}</table>
<h2>The text as it can be quoted</h2><pre lang="{html.escape(document.language)}">{html.escape(document.text)}</pre>
</body></html>
"""


def _row(remark: Remark) -> str:
    cells = (remark.place, remark.what, remark.words)
    return f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells)}</tr>"
