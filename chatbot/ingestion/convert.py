"""Converts a received file (text, Markdown, HTML, Word, PDF) to plain text with headings: the text that is quoted.

The libraries for each kind of file are imported when such a file is converted: serving needs none of them.
"""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

from chatbot.errors import CorpusError
from chatbot.ingestion.blocks import Block, Converted, cleaned, is_item, looks_like_heading, unwrapped, words_of

LARGEST = 20_000_000  # bytes of a file; a book without pictures has less than two
_LARGEST_UNPACKED = 10 * LARGEST  # a Word file is packed; one that grows more than so is no article
_WIDEST_PRINTED = 100  # characters; text whose longest line is shorter was broken into lines to be printed
_ROOM = 15  # characters by which a broken line may be shorter than the longest
_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n(?:---|\.\.\.)\n", re.DOTALL)
_STRAY = re.compile("\\(cid:\\d+\\)|[\ufffd\ue000-\uf8ff]")  # letters of a font that does not say which they are
_FEWEST_WORDS = 20
# Words that no English or Spanish text goes without: a PDF whose font says the wrong letters has none of them.
_COMMON = "the of and to a in is that for it you are or de la el que en y los un una por con no se es"
# Least shares: of signs that are no stray ones, of letters among the signs, and of common words among the words (prose
# has a third). Below, a text is not mostly readable.
_LEAST = (0.97, 0.6, 0.1)
_LONGEST = 1_000_000  # characters; a thick book


def convert(path: Path) -> Converted:
    """The text of a .txt, .md, .html, .docx or .pdf file; CorpusError says why it cannot be used."""
    kind = path.suffix.lower()
    if kind not in _CONVERTERS:
        raise CorpusError(
            f"Files that end in {kind or 'nothing'} are not read.",
            where=path,
            next_step=f"save it as one of {', '.join(sorted(_CONVERTERS))}.",
        )
    refuse_size(path)
    converted = _with_guessed_headings(_lists_whole(_CONVERTERS[kind](path)))
    refuse_unreadable(converted.text, where=path)
    return converted


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


def refuse_unreadable(text: str, *, where: Path) -> None:
    """CorpusError when there is too little text, or much of it is no words."""
    signs, words = [sign for sign in text if not sign.isspace()], re.findall(r"\w+", text.lower())
    if len(words) < _FEWEST_WORDS:
        raise CorpusError(
            "Hardly any text was found.", where=where, next_step="open it, and save its text as .txt or .docx."
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


def _decoded(path: Path) -> str:
    """The text of a file: UTF-8, UTF-16 with its mark, what an HTML file says of itself, or Western European."""
    raw = path.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return cleaned(raw.decode("utf-16", "replace"))
    if b"\0" in raw:
        raise CorpusError("This is no text.", where=path, next_step="open it, and save it as plain text (UTF-8).")
    declared = re.search(rb"""<meta[^>]+charset=["']?([\w-]+)""", raw[:4096], re.IGNORECASE)
    for encoding in ("utf-8-sig", declared[1].decode() if declared else "cp1252", "cp1252"):
        try:
            return cleaned(raw.decode(encoding))
        except (UnicodeDecodeError, LookupError):
            continue
    raise CorpusError("Its letters are in no known code.", where=path, next_step="save it as UTF-8.")


def _from_text(path: Path) -> Converted:
    """Plain text; lines that were broken to be printed become paragraphs again."""
    text = _decoded(path)
    lines = [line.rstrip() for line in text.split("\n")]
    widest = max(len(line) for line in lines)
    printed = widest <= _WIDEST_PRINTED
    words = words_of(text)
    blocks: list[Block] = []
    for run in re.split(r"\n\s*\n", "\n".join(lines).strip("\n")):
        own = [line for line in run.split("\n") if line.strip()]
        goes_on = [
            bool(number) and printed and len(own[number - 1]) + 1 + len(line.split()[0]) > widest - _ROOM
            for number, line in enumerate(own)
        ]
        blocks += unwrapped(own, goes_on, words=words)
    first = blocks[0].lines[0] if blocks else ""
    return Converted(first if len(first) <= _WIDEST_PRINTED else "", tuple(blocks))


def _from_html(path: Path) -> Converted:
    from chatbot.ingestion.html import convert_markup

    return convert_markup(_decoded(path))


def _from_markdown(path: Path) -> Converted:
    from markdown_it import MarkdownIt

    from chatbot.ingestion.html import convert_markup

    text = _decoded(path)
    front = _FRONT_MATTER.match(text)
    named = re.search(r"^title:\s*[\"']?(.+?)[\"']?\s*$", front[1], re.MULTILINE) if front else None
    rendered = MarkdownIt("commonmark").enable("table").render(text[front.end() :] if front else text)
    converted = convert_markup(rendered)
    return Converted(named[1] if named else converted.title, converted.blocks, converted.remarks)


def _from_word(path: Path) -> Converted:
    import mammoth

    from chatbot.ingestion.html import convert_markup

    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
        if unpacked > _LARGEST_UNPACKED:
            raise CorpusError(
                "Unpacked, the file is far too large.", where=path, next_step="save it without its pictures."
            )
        with path.open("rb") as file:
            result = mammoth.convert_to_html(file, style_map="p[style-name='Title'] => h1:fresh")
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, NotImplementedError) as error:
        raise CorpusError(
            "This is no Word file, or it is locked or damaged.",
            where=path,
            next_step="open it, and save it anew as .docx, without a password.",
        ) from error
    return convert_markup(re.sub("<img[^>]*>", "", result.value))


def _from_pdf(path: Path) -> Converted:
    from chatbot.ingestion.pdf import convert_pdf

    return convert_pdf(path)


_CONVERTERS: dict[str, Callable[[Path], Converted]] = {
    ".txt": _from_text,
    ".md": _from_markdown,
    ".html": _from_html,
    ".htm": _from_html,
    ".docx": _from_word,
    ".pdf": _from_pdf,
}


def _lists_whole(converted: Converted) -> Converted:
    """List items that were given as paragraphs of their own, put together."""
    blocks: list[Block] = []
    for block in converted.blocks:
        last = blocks[-1] if blocks else None
        if last and is_item(block.lines[0]) and is_item(last.lines[-1]) and not (block.is_heading or last.is_heading):
            blocks[-1] = Block((*last.lines, *block.lines))
        else:
            blocks.append(block)
    return Converted(converted.title, tuple(blocks), converted.remarks)


def _with_guessed_headings(converted: Converted) -> Converted:
    """Where the file names no headings, short lines that stand alone before a paragraph are taken for them."""
    blocks = converted.blocks
    if any(block.is_heading for block in blocks[1:]):
        return converted
    guessed = tuple(
        Block(block.lines, _before_text(blocks, number) and looks_like_heading(block.lines[0]))
        for number, block in enumerate(blocks)
    )
    return Converted(converted.title, guessed, converted.remarks)


def _before_text(blocks: tuple[Block, ...], number: int) -> bool:
    follows = blocks[number + 1].lines[0] if number + 1 < len(blocks) else ""
    return len(blocks[number].lines) == 1 and bool(follows) and not looks_like_heading(follows)
