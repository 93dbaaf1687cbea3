"""Groups the lines of a file into blocks of plain text: paragraphs, lists of "• item" lines, and headings.

Every converter ends here, so that ``corpus/segmentation.py`` finds the same marks for every kind of file. No word is
added, dropped or moved. Only white space, list markers and hyphens at line ends change.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")  # soft hyphens, zero-width signs, byte order marks
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_LIGATURES = re.compile("[\ufb00-\ufb06]")  # one sign for "fi": nobody who searches types it
# Signs that begin a list item; some are letters of symbol fonts. A star, a plus or a dash needs a space behind it.
_SIGN = re.compile("[ \t]*(?:[•◦▪▫‣·●○■□➢➤✓✔\uf0a7\uf0b7\uf0d8\uf0fc][ \t]*|[*+–-][ \t]+)(?=\\S)")
_NUMBER = re.compile(r"[ \t]*(\d{1,2}[.)])[ \t]+(?=\S)")
_BROKEN = re.compile("[^\\W\\d_][-\u2010]$")
# First parts of words that are written with a hyphen wherever they stand.
_KEEPS_HYPHEN = {
    *("self", "well", "non", "co", "ex", "all", "one", "two", "three", "high", "low", "long", "short", "part", "full"),
    *("first", "half", "evidence", "family", "drug", "anti", "post", "pre", "on", "in", "out", "day", "side", "risk"),
}


_STEP = re.compile(r"(?:step|part|chapter|section|paso|parte|capítulo|sección|fase) \d{1,2}\b.{0,100}", re.IGNORECASE)
_LONGEST_HEADING = 90


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together: one for a heading or a paragraph, one an item for a list (with its lead-in)."""

    lines: tuple[str, ...]
    is_heading: bool = False


@dataclass(frozen=True, slots=True)
class Converted:
    """What was read from a file. ``remarks`` say what a person should look at in the text."""

    title: str
    blocks: tuple[Block, ...]
    remarks: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All blocks with an empty line between them: the article from now on."""
        return "\n\n".join("\n".join(block.lines) for block in self.blocks) + "\n"

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings in order, each once."""
        return tuple(dict.fromkeys(block.lines[0] for block in self.blocks if block.is_heading))


def cleaned(text: str) -> str:
    r"""The text without signs that nobody sees; accents as one sign, special spaces as spaces, line ends as ``\n``.

    >>> cleaned("de\u00adtox\u00a0is \ufb01ne\r\n")
    'detox is fine\n'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n").replace("\u2028", "\n")
    text = _CONTROL.sub("", _INVISIBLE.sub("", text))
    text = _LIGATURES.sub(lambda sign: unicodedata.normalize("NFKC", sign[0]), text)
    text = re.sub("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]", " ", text)
    return unicodedata.normalize("NFC", text)


def block_of(lines: Iterable[str], *, is_heading: bool = False) -> Block | None:
    """A block of these lines, white space tidied and list signs made one; None when nothing is left."""
    tidy = tuple(tidied(line) for line in lines if line.strip())
    return Block(tidy, is_heading) if tidy else None


def tidied(line: str) -> str:
    """A line without white space at its ends, single spaces within, and "• " or "1. " before a list item.

    >>> tidied("  *  Track   marks"), tidied("·Needles"), tidied(" 2)  Call"), tidied("-5 degrees")
    ('• Track marks', '• Needles', '2) Call', '-5 degrees')
    """
    sign, number = _SIGN.match(line), _NUMBER.match(line)
    rest = line[sign.end() :] if sign else line
    return ("• " if sign and not number else "") + " ".join(rest.split())


def is_item(line: str) -> bool:
    """Whether a line begins as a list item."""
    return bool(_SIGN.match(line) or _NUMBER.match(line))


def unwrapped(lines: Sequence[str], goes_on: Sequence[bool], *, words: frozenset[str]) -> list[Block]:
    """Blocks from the printed lines of one paragraph or list.

    ``goes_on`` says of each line whether it goes on from the one before; ``words`` are those of the whole text, see
    ``joined``. A list item stays in the block before it when that is a list or leads in to one.

    >>> [block.lines for block in unwrapped(["Look", "for:", "- Marks"], [False, True, False], words=frozenset())]
    [('Look for:', '• Marks')]
    """
    groups: list[list[str]] = []
    for line, continues in zip(lines, goes_on, strict=True):
        last = groups[-1][-1].rstrip() if groups else ""
        if groups and continues and not is_item(line):
            groups[-1][-1] = joined(last, line.strip(), words)
        elif groups and is_item(line) and (is_item(last) or last.endswith(":")):
            groups[-1].append(line)
        else:
            groups.append([line])
    return [block for group in groups if (block := block_of(group))]


def joined(before: str, after: str, words: frozenset[str]) -> str:
    """Two printed lines as one. A hyphen at the end goes when it only broke a word.

    It stays when the text writes the word with it elsewhere, or when the first part is one that keeps it.

    >>> joined("a detoxi-", "fication centre", frozenset()), joined("a self-", "help group", frozenset())
    ('a detoxification centre', 'a self-help group')
    """
    if not (_BROKEN.search(before) and after[:1].islower()):
        return f"{before} {after}"
    first, second = re.split(r"[^\w'’-]", before[:-1])[-1].lower(), re.split(r"[^\w'’-]", after)[0].lower()
    whole = first + second not in words and (f"{first}-{second}" in words or first in _KEEPS_HYPHEN or "-" in first)
    return before + after if whole else before[:-1] + after


def words_of(text: str) -> frozenset[str]:
    """Every word of a text in small letters, with its hyphens."""
    return frozenset(word.lower() for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text))


def looks_like_heading(line: str) -> bool:
    """Whether a line that stands alone could be a heading: short, without a full stop, begun with a capital.

    >>> [looks_like_heading(line) for line in ("What to do", "Step 2: Call.", "It helps.", "• Needles", "call 911")]
    [True, True, False, False, False]
    """
    if is_item(line) and not _NUMBER.match(line):
        return False
    if _STEP.fullmatch(line):
        return True
    words = _NUMBER.sub("", line).lstrip("¿¡“\"'")
    return len(line) <= _LONGEST_HEADING and words[:1].isupper() and line.rstrip()[-1:] not in '.!:;,”"'
