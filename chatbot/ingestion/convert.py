"""Converts a received file (text, Markdown, HTML, Word, PDF) to plain text with headings: the text that is quoted.

The libraries for each kind of file are imported when such a file is converted: serving needs none of them.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from chatbot.errors import CorpusError
from chatbot.ingestion.mending.steps import mended
from chatbot.ingestion.source import Block, Kind, ReadFile, Remark, blocks_of, one_line, with_places
from chatbot.ingestion.writing import Converted, levelled

LARGEST = 20_000_000  # bytes of a file; a book without pictures has less than two
_STRAY = re.compile("\\(cid:\\d+\\)|[\ufffd\ue000-\uf8ff]")  # letters of a font that does not say which they are
_FEWEST_WORDS = 20
# Words that no English or Spanish text goes without: a PDF whose font says the wrong letters has none of them.
_COMMON = "the of and to a in is that for it you are or de la el que en y los un una por con no se es"
# Least shares: of signs that are no stray ones, of letters among the signs, and of common words among the words (prose
# has a third). Below, a text is not mostly readable.
_LEAST = (0.97, 0.6, 0.1)
_LONGEST = 1_000_000  # characters; a thick book
_LONGEST_HEADING = 90
_LONGEST_TITLE = 150
_NO_TITLE = re.compile(
    r"untitled.*|sin título.*|document\s*\d*|documento\s*\d*|microsoft word.*|title|home|"
    r".*\.(docx?|pdf|indd|pptx?|html?)|powerpoint.*|slide \d+|\W*",
    re.IGNORECASE,
)
_SITE = re.compile(r"\s+[|–—»·]\s+|\s+-\s+")


def convert(path: Path) -> Converted:
    """The text of a .txt, .md, .html, .docx or .pdf file; CorpusError says why it cannot be used."""
    kind = path.suffix.lower()
    if kind not in _READERS:
        raise CorpusError(
            f"Files that end in {kind or 'nothing'} are not read.",
            where=path,
            next_step=f"save it as one of {', '.join(sorted(_READERS))}.",
        )
    refuse_size(path)
    source = _READERS[kind](path)
    parts = with_places(mended(source.parts))
    blocks = tuple(levelled(blocks_of(parts)))
    remarks = tuple(part for part in parts if isinstance(part, Remark))
    converted = Converted(title_of(source, blocks), blocks, remarks)
    refuse_unreadable(converted, where=path)
    return converted


def title_of(source: ReadFile, blocks: Sequence[Block]) -> str:
    """What the file calls itself, when that is a title; else its first heading, or a first line that looks like one."""
    named = one_line(source.title)
    headings = [one_line(block.text) for block in blocks if block.kind == Kind.HEADING]
    first = next(iter(headings), "")
    if named and not _NO_TITLE.fullmatch(named) and len(named) <= _LONGEST_TITLE:
        site = _SITE.split(named)
        return first if first and first in site else named
    top = one_line(blocks[0].text) if blocks else ""
    top = top if len(top) <= _LONGEST_HEADING and top[-1:] not in ".:;," else ""
    return top if top and first.endswith("?") else first or top


def refuse_size(path: Path) -> None:
    """CorpusError when there is no file, nothing in it, or too much."""
    if not path.is_file():
        raise CorpusError("There is no such file.", where=path, next_step="look at its name and folder.")
    size = path.stat().st_size
    if not size:
        raise CorpusError("The file is empty.", where=path, next_step="save it anew, with its text.")
    if size > LARGEST:
        raise CorpusError(
            f"The file has {size / 1e6:.0f} MB; {LARGEST / 1e6:.0f} are the most.",
            where=path,
            next_step="save it without its pictures.",
        )


def refuse_unreadable(converted: Converted, *, where: Path) -> None:
    """CorpusError when there is too little text, or much of it is no words."""
    text = converted.text
    signs, words = [sign for sign in text if not sign.isspace()], re.findall(r"\w+", text.lower())
    if len(words) < _FEWEST_WORDS:
        left = " / ".join(str(remark) for remark in converted.remarks)
        raise CorpusError(
            "Hardly any text was found." + (f" What was left out: {left[:2000]}." if left else ""),
            where=where,
            next_step="open it, and save its text as .txt or .docx.",
        )
    if len(text) > _LONGEST:
        raise CorpusError(
            f"The text has {len(text):,} characters; {_LONGEST:,} are the most.",
            where=where,
            next_step="add it chapter by chapter.",
        )
    stray = sum(len(match[0]) for match in _STRAY.finditer(text))
    readable = sum(sign.isprintable() for sign in signs) - stray
    letters = sum(sign.isalpha() for sign in signs)
    known = frozenset(_COMMON.split())
    common = sum(word in known for word in words)
    shares = (readable / len(signs), letters / len(signs), common / len(words))
    if any(share < least for share, least in zip(shares, _LEAST, strict=True)):
        raise CorpusError(
            "Much of the text is not readable.",
            where=where,
            next_step="open it, copy its text into a plain text file, read that, and add it.",
        )


def _read_text(path: Path) -> ReadFile:
    from chatbot.ingestion.readers.plain_text import read_text

    return read_text(path)


def _read_html(path: Path) -> ReadFile:
    from chatbot.ingestion.readers.html.reader import read_html

    return read_html(path)


def _read_markdown(path: Path) -> ReadFile:
    from chatbot.ingestion.readers.markdown import read_markdown

    return read_markdown(path)


def _read_word(path: Path) -> ReadFile:
    from chatbot.ingestion.readers.word.reader import read_word

    return read_word(path)


def _read_pdf(path: Path) -> ReadFile:
    from chatbot.ingestion.readers.pdf.reader import read_pdf

    return read_pdf(path)


_READERS: dict[str, Callable[[Path], ReadFile]] = {
    ".txt": _read_text,
    ".md": _read_markdown,
    ".markdown": _read_markdown,
    ".html": _read_html,
    ".htm": _read_html,
    ".xhtml": _read_html,
    ".mht": _read_html,
    ".mhtml": _read_html,
    ".webarchive": _read_html,
    ".docx": _read_word,
    ".pdf": _read_pdf,
}
