"""Markdown -> HTML, by the library markdown-it-py -> parts of a source.

Generators of sites add signs of their own (short codes, admonitions, attribute lists). They are read or dropped before,
each with a remark: none of them is text.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from chatbot.ingestion.readers.decoding import decoded
from chatbot.ingestion.readers.html.reader import read_markup
from chatbot.ingestion.source import ReadFile, Remark, cleaned, one_line

_FRONT = re.compile(r"\A\s*(---|\+\+\+)[ \t]*\n(.*?)\n(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
# Signs that no reader of the page sees, with what each is. They are taken out with a remark.
_DROPPED = {
    "a short code of the site's generator": re.compile(r"\{\{[<%].*?[%>]\}\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL),
    "struck out": re.compile(r"\{--.*?--\}", re.DOTALL),
    "a comment of an editor": re.compile(r"\{>>.*?<<\}|<!--.*?-->|%%.*?%%", re.DOTALL),
    "a sign by its name": re.compile(r"(?<![\w:]):[a-z][a-z0-9_+-]*[a-z0-9]:(?![\w:])"),
    "what an abbreviation means": re.compile(r"^\*\[[^\]]+\]:.*$", re.MULTILINE),
}
_SILENT = re.compile(
    r"[ \t]*\{:?[ \t]*[.#][^}\n]*\}|\{:[^}\n]*\}|^\s*\[\[?_?TOC_?\]?\]\s*$|\{\+\+|\+\+\}|^\[(?:comment|//)\]: .*$",
    re.M | re.I,
)
_FENCE = re.compile(r"^[ \t]*:{3,}[ \t]*(?:\{?[\w-]*\}?)[ \t]*(?:\[(.*?)\]|(.*?))[ \t]*$")
_ALERT = re.compile(r"^([ \t]*)>[ \t]*\[!(\w+)\][+-]?[ \t]*(.*)(?:\n|\Z)((?:[ \t]*>.*(?:\n|\Z))*)", re.MULTILINE)
_ADMONITION = re.compile(r"^([ \t]*)(?:!!!|\?\?\?)\+?[ \t]*([\w-]+)?(?:[ \t]+\"?(.*?)\"?)?[ \t]*$")
_TYPED = re.compile(r"^([ \t]*)[•◦▪▫‣·●○■□⁃–—➢➤✓✔§][ \t]+(?=\S)")
_ITEM = re.compile(r"^([ \t]*)([-*+]|\d{1,3}[.)])([ \t]+)(?=\S)")
_WIKI = re.compile(r"\[\[(?:[^\]|]*\|)?([^\]|]+)\]\]")
_HIGHLIGHT = re.compile(r"==(?=\S)(.+?)(?<=\S)==")
_TASK = re.compile(r"^([ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+)\[[ xX]\][ \t]+")
_GRID = re.compile(r"^\+[-=:+]+\+[ \t]*\n(?:[|+].*(?:\n|\Z)){2,}", re.MULTILINE)
_TAB = re.compile(r"^([ \t]*)===[!+]?[ \t]+\"(.*?)\"[ \t]*$")
_STRUCK_ONCE = re.compile(r"(?<![~\w\\])~(?=[^\s~])([^~\n]*[^\s~])~(?![~\w])")
_SUPERSCRIPT = re.compile(r"(?<=\w)\^([\w,*†]{1,6})\^")


def read_markdown(path: Path) -> ReadFile:
    """The article of a Markdown file."""
    text, remarks = decoded(path)
    text = cleaned(text)
    title, text = _without_front(text)
    notes: list[Remark] = []
    markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).disable("code")
    markdown.use(footnote_plugin).use(deflist_plugin).use(admon_plugin)
    page = markdown.render("\n".join(_lines(_without_signs(text, notes))))
    source = read_markup(f"<html><body>{page}</body></html>")
    return ReadFile(title or source.title, (*remarks, *notes, *source.parts))


def _without_front(text: str) -> tuple[str, str]:
    """The title that the front matter names, and the text below it."""
    front = _FRONT.match(text)
    if not front:
        return "", text
    rest = text[front.end() :]
    if front[1] == "+++":
        try:
            return str(tomllib.loads(front[2]).get("title", "")), rest
        except tomllib.TOMLDecodeError:
            return "", rest
    if ":" not in front[2]:
        return "", text  # two rules of a text, with words between
    named = re.search(r"^title:[ \t]*(.+?)[ \t]*$", front[2], re.MULTILINE)
    return named[1].strip("\"'") if named else "", rest


def _without_signs(text: str, remarks: list[Remark]) -> str:
    for what, pattern in _DROPPED.items():
        for found in pattern.finditer(text):
            if "TOC" not in found[0]:
                remarks.append(Remark(f"Left behind, {what}", one_line(found[0]), place=_place(text, found.start())))
        text = pattern.sub("", text)
    text = _ALERT.sub(_admonition, _GRID.sub(_without_grid, text))
    text = _HIGHLIGHT.sub(r"\1", _WIKI.sub(r"\1", _SILENT.sub("", text)))
    return _SUPERSCRIPT.sub(r"<sup>\1</sup>", _STRUCK_ONCE.sub(r"~~\1~~", text))


def _place(text: str, position: int) -> str:
    above = re.findall(r"^#{1,6}[ \t]*(.+?)[ \t#]*(?:\{.*)?$", text[:position], re.MULTILINE)
    return f"below “{above[-1]}”" if above else ""


def _lines(text: str) -> Iterator[str]:
    """The lines, with what the generators add written as plain Markdown."""
    width, indents = 0, False  # of the sign of the item above, and whether an admonition is open
    for line in text.split("\n"):
        line = _TASK.sub(r"\1", re.sub(r"^(#{1,6})(?=[^#\s])", r"\1 ", _TYPED.sub(r"\1- ", line)))
        if fence := _FENCE.match(line):
            title = fence[1] or fence[2] or ""
            yield f"\n**{title}**\n" if title else ""
        elif opened := _opened(line):
            indents = True
            yield opened
        elif (item := _ITEM.match(line)) and not indents:
            indent = len(item[1].expandtabs(4))
            if 0 < indent < width:  # meant to be below the item before, but too little for CommonMark
                line = " " * width + line.lstrip()
            elif indent == 0:
                width = len(item[0])
            yield line
        else:
            indents = indents and (not line.strip() or line[:1] in " \t")
            yield line


def _opened(line: str) -> str:
    """The line that opens an admonition or a tab, as an admonition; empty for other lines."""
    if tab := _TAB.match(line):
        return f'{tab[1]}!!! tab "{tab[2]}"'
    found = _ADMONITION.match(line)
    return f'{found[1]}!!! {found[2] or "note"} "{found[3] or ""}"' if found else ""


def _admonition(found: re.Match[str]) -> str:
    """A quotation that is marked as a warning, as an admonition."""
    inner = (re.sub(r"^[ \t]*> ?", f"{found[1]}    ", line) for line in found[4].splitlines())
    return "\n".join(["", f'{found[1]}!!! {found[2].lower()} "{found[3]}"', *inner, "", ""])


def _without_grid(found: re.Match[str]) -> str:
    """A table whose cells are drawn with signs, as a table of Markdown."""
    rows: list[list[str]] = []
    new = True
    for line in found[0].splitlines():
        if line.startswith("+"):
            new = True
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if new or len(cells) != len(rows[-1]):
            rows.append(cells)
        else:
            rows[-1] = [f"{above} {cell}".strip() for above, cell in zip(rows[-1], cells, strict=True)]
        new = False
    rows.insert(1, ["---"] * len(rows[0]))
    return "\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"
