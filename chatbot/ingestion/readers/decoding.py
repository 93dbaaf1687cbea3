"""Bytes of a text file -> letters, as browsers decode them (WHATWG labels: "latin1" means windows-1252).

A byte that fits no code costs one letter and a remark, never the file.
"""

import email
import email.policy
import plistlib
import re
from pathlib import Path

import webencodings

from chatbot.errors import CorpusError
from chatbot.ingestion.source import Remark

_DECLARED = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w:-]+)|<\?xml[^>]+encoding\s*=\s*["']([\w:-]+)""", re.I)
_HEAD = 4096  # bytes in which a file names its code
_OTHER_KINDS = {  # what files begin with, for those that bear the wrong name
    b"%PDF": ("a PDF", ".pdf"),
    b"PK\x03\x04": ("a packed file, perhaps of Word", ".docx"),
    b"{\\rtf": ("rich text", ""),
    b"\xd0\xcf\x11\xe0": ("a file of an old Word", ""),
    b"\x1f\x8b": ("a compressed file", ""),
}
_MOST_BAD = 0.2  # share of bad bytes among those that are not ASCII, from which a text is no UTF-8
_SHOWN = 30  # characters shown on each side of a bad byte
_TWICE = re.compile("Ã[\u0080-\u00bf\u0192-\u2122]|â€[\u0098-\u2122]")  # UTF-8 that was read as windows-1252 before


def decoded(path: Path) -> tuple[str, list[Remark]]:
    """The letters of a file, and remarks on those that are not sure; CorpusError for what is no text."""
    raw = path.read_bytes()
    refuse_other_kinds(raw, path)
    return decode(raw, where=path)


def refuse_other_kinds(raw: bytes, path: Path) -> None:
    """CorpusError when the bytes are of another kind of file than the name says."""
    for start, (what, suffix) in _OTHER_KINDS.items():
        if raw.lstrip()[: len(start)] == start and path.suffix.lower() != suffix:
            step = f"name it {path.stem}{suffix}, and add that." if suffix else "open it, and save it as .docx or .pdf."
            raise CorpusError(f"This is {what}, whatever its name says.", where=path, next_step=step)


def decode(raw: bytes, *, where: Path, declared: str = "") -> tuple[str, list[Remark]]:
    """The letters of bytes: by their mark, by what they declare, as UTF-8, else as windows-1252."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace"), []
    if b"\0" in raw:
        return _without_mark(raw, where)
    named = declared or _declared(raw)
    encoding = webencodings.lookup(named) if named else None
    try:
        text = raw.decode("utf-8-sig")
        return text, _read_twice(text)
    except UnicodeDecodeError:
        pass
    if encoding and encoding.name not in ("utf-8", "utf-16le", "utf-16be", "replacement"):
        text = encoding.codec_info.decode(raw, "replace")[0]
        return text, _losses(text)
    return _as_utf8_with_losses(raw) if _is_nearly_utf8(raw) else _as_windows(raw, said=bool(named))


def _declared(raw: bytes) -> str:
    found = _DECLARED.search(raw[:_HEAD])
    return (found[1] or found[2]).decode("ascii", "ignore") if found else ""


def _without_mark(raw: bytes, where: Path) -> tuple[str, list[Remark]]:
    """UTF-16 whose mark is missing: every other byte of Western text is zero."""
    even, odd = raw[::2].count(0), raw[1::2].count(0)
    if max(even, odd) > 0.4 * len(raw) / 2 and min(even, odd) < 0.05 * len(raw):
        return raw.decode("utf-16-be" if even > odd else "utf-16-le", "replace"), []
    raise CorpusError("This is no text.", where=where, next_step="open it, and save it as plain text (UTF-8).")


def _is_nearly_utf8(raw: bytes) -> bool:
    """Whether most bytes beyond ASCII are parts of UTF-8 letters."""
    beyond = sum(byte > 127 for byte in raw)
    bad = raw.decode("utf-8", "replace").count("\ufffd")
    return bad < _MOST_BAD * beyond


def _as_utf8_with_losses(raw: bytes) -> tuple[str, list[Remark]]:
    """UTF-8; a byte that is none of it is read as the windows-1252 letter that it most likely was."""
    text, remarks = "", []
    while raw:
        try:
            text += raw.decode("utf-8")
            break
        except UnicodeDecodeError as error:
            before = raw[: error.start].decode("utf-8")
            letter = raw[error.start : error.start + 1].decode("cp1252", "replace")
            after = raw[error.start + 1 : error.start + 1 + _SHOWN].decode("utf-8", "ignore")
            letter = "" if letter.isspace() else letter
            shown = f"…{(text + before)[-_SHOWN:]}{letter}{after}…"
            remarks.append(Remark("A byte is in no code; the letter there is a guess", " ".join(shown.split())))
            text, raw = text + before + letter, raw[error.start + 1 :]
    return text.removeprefix("\ufeff"), remarks


def _as_windows(raw: bytes, *, said: bool) -> tuple[str, list[Remark]]:
    text = raw.decode("cp1252", "replace")
    name = "The file says UTF-8 and is none" if said else "The file does not say in which code its letters are"
    accents = " ".join(dict.fromkeys(re.findall(r"\w*[^\x00-\x7f]\w*", text)))[:200]
    return text, [Remark(f"{name}. Read as Western European (windows-1252); look at these words", accents)]


def _losses(text: str) -> list[Remark]:
    return [
        Remark("A letter could not be read", " ".join(text[max(0, m.start() - _SHOWN) : m.end() + _SHOWN].split()))
        for m in re.finditer("\ufffd", text)
    ]


def _read_twice(text: str) -> list[Remark]:
    found = list(dict.fromkeys(re.findall(rf"\w*(?:{_TWICE.pattern})\S*", text)))
    if len(found) < 2:
        return _losses(text)
    return [Remark("Letters seem to have been read in a wrong code before the file was saved", " ".join(found)[:200])]


def unpacked_archive(raw: bytes, *, where: Path) -> tuple[str, list[Remark]] | None:
    """The page within a web archive (MHTML or Safari's); None when the bytes are none."""
    if raw.startswith(b"bplist") or (b"WebMainResource" in raw[:_HEAD] and b"plist" in raw[:_HEAD]):
        return _safari(raw, where)
    head = raw[:_HEAD].lower()
    if not (b"mime-version:" in head and b"content-type:" in head) or raw.lstrip().startswith(b"<"):
        return None
    message = email.message_from_bytes(raw.lstrip(), policy=email.policy.default)
    for part in message.walk():
        if part.get_content_type() == "text/html":
            content = part.get_payload(decode=True)
            if isinstance(content, bytes) and content.strip():
                return decode(content, where=where, declared=part.get_content_charset() or "")
    raise CorpusError(
        "The web archive holds no page.", where=where, next_step="open it in a browser, and save the page as .html."
    )


def _safari(raw: bytes, where: Path) -> tuple[str, list[Remark]]:
    try:
        main = plistlib.loads(raw)["WebMainResource"]
        return decode(main["WebResourceData"], where=where, declared=main.get("WebResourceTextEncodingName", ""))
    except (plistlib.InvalidFileException, KeyError, TypeError, ValueError) as error:
        raise CorpusError(
            "The web archive cannot be read.", where=where, next_step="open it in Safari, and save the page as .html."
        ) from error
