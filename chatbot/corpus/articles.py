"""Reads one article: article.txt and about.toml -> a checked document with its passages."""

import hashlib
import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from chatbot.corpus.approvals import ABOUT, is_draft_by, read_approval
from chatbot.corpus.documents import Caution, Document, LeftOut, Span
from chatbot.corpus.segmentation import find_headings, split_passages
from chatbot.corpus.toml_reader import TomlTable, read_toml
from chatbot.errors import CorpusError

# What an editor may write, by entry.
_LEFT_OUT = ("text", "reason", "reason_for_readers", "every")
_CAUTION = ("text", "notice")
_OTHER_LANGUAGE = ("from", "language")


def load_document(folder: Path) -> Document:
    """One article with its passages, from ``article.txt`` and ``about.toml``.

    A draft may have another text than about.toml says: whoever approves it has read the text that is there.
    """
    about, path = read_toml(folder / "about.toml", ABOUT), folder / "article.txt"
    draft = is_draft_by(about, folder)
    text = _article_text(path, expected=None if draft else about.text("sha256", ""))
    language = _language(about)
    left_out = tuple(
        LeftOut(span, entry.text("reason"), _for_readers(entry))
        for entry in about.entries("leave_out", "left-out stretch", _LEFT_OUT)
        for span in _places(text, entry)
    )
    cautions = tuple(
        Caution(find_once(text, entry, "text"), entry.text("notice"))
        for entry in about.entries("cautions", "caution", _CAUTION)
    )
    headings = _headings(text, about)
    holes = [entry.span for entry in left_out]
    refuse_overlap([*headings, *holes], where=about.where)
    languages = _languages(text, about)
    passages = split_passages(text, language=language, headings=headings, left_out=holes, languages=languages)
    if not passages:
        raise CorpusError("There is nothing to quote.", where=path, next_step="leave less out, or remove the folder.")
    return Document(
        name=folder.name,
        title=about.text("title"),
        publisher=about.text("publisher", ""),
        language=language,
        text=text,
        headings=headings,
        left_out=left_out,
        cautions=cautions,
        passages=passages,
        starters=about.texts("starters"),
        who_decides=about.text("who_decides", ""),
        draft=draft,
        approval=None if draft else read_approval(about),
        pages=_pages(text, about),
        languages=languages,
        published=about.text("published", ""),
        sells_treatment=about.flag("sells_treatment"),
    )


def _for_readers(entry: TomlTable) -> dict[str, str]:
    reasons = entry.by_language("reason_for_readers")
    return {language: reasons.text(language) for language in reasons.table}


def _language(about: TomlTable) -> str:
    language = about.text("language")
    if not re.fullmatch(r"[a-z]{2}", language):
        raise about.fault("language", f"is {language!r:.60}", next_step="write two small letters, as en or es.")
    return language


def _languages(text: str, about: TomlTable) -> tuple[tuple[int, str], ...]:
    """From which position on the text is in another language."""
    entries = about.entries("languages", "change of language", _OTHER_LANGUAGE)
    return tuple(sorted((find_once(text, entry, "from").start, _language(entry)) for entry in entries))


def _pages(text: str, about: TomlTable) -> tuple[int, ...]:
    """The positions at which the pages of the original begin."""
    pages = about.items("pages")
    if not all(type(page) is int and 0 <= page <= len(text) for page in pages) or pages != sorted(pages):
        raise about.fault("pages", "are no rising positions in the text", next_step="copy them from a new `add`.")
    return tuple(pages)


def _headings(text: str, about: TomlTable) -> tuple[Span, ...]:
    try:
        return find_headings(text, about.texts("headings"))
    except (re.error, OverflowError, RecursionError) as error:
        raise about.fault("headings", f"cannot be used: {error}", next_step="mend the pattern.") from error


def refuse_overlap(spans: Iterable[Span], *, where: Path) -> None:
    """CorpusError when two of the headings and left-out stretches share a place."""
    for one, other in pairwise(sorted(spans)):
        if one.overlap(other):
            raise CorpusError(
                f"Headings and left-out stretches overlap at {other.start}-{one.end}.",
                where=where,
                next_step="make them apart.",
            )


def _article_text(path: Path, *, expected: str | None) -> str:
    # Bytes, not text mode: text mode rewrites line ends, and every offset behind them would be wrong.
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise CorpusError("The file is missing.", where=path, next_step="put the article there.") from error
    except OSError as error:
        raise CorpusError(
            f"The file cannot be read: {error.strerror}.", where=path, next_step="make it a file that may be read."
        ) from error
    actual = hashlib.sha256(raw).hexdigest()
    if expected is not None and actual != expected:
        raise CorpusError(
            f"Its sha256 is {actual}, but about.toml says {expected or 'nothing'}.",
            where=path,
            next_step="restore the file, or review the new text and write its sha256 into about.toml.",
        )
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CorpusError(f"Not UTF-8: {error}.", where=path, next_step="save it as UTF-8.") from error


def find_once(text: str, entry: TomlTable, key: str) -> Span:
    """The place of the words in a field, which must occur exactly once."""
    words = entry.text(key)
    start = text.find(words)
    shown = words if len(words) <= 60 else words[:60] + "…"
    if start < 0:
        raise entry.fault(key, f"is not found in the article: “{shown}”", next_step="copy it exactly.")
    if text.find(words, start + 1) >= 0:
        raise entry.fault(key, f"is found more than once in the article: “{shown}”", next_step="use more words.")
    return Span(start, start + len(words))


def _places(text: str, entry: TomlTable) -> list[Span]:
    """Where the words of a left-out stretch stand: once, or with ``every`` anywhere."""
    found = [Span(*match.span()) for match in re.finditer(re.escape(entry.text("text")), text)]
    return found if found and entry.flag("every") else [find_once(text, entry, "text")]
