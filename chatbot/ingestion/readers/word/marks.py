"""Marks of letters in a Word file: bold, struck, hidden, raised, from the properties of a run."""

import re

from lxml import etree

from chatbot.ingestion.readers.word.package import W, value_of
from chatbot.ingestion.source import Mark

_OFF = ("0", "false", "off", "none")


def marked(properties: etree._Element | None, marks: frozenset[Mark]) -> frozenset[Mark]:
    """The marks with those that properties of a run set or take away."""
    if properties is None:
        return marks
    for name, mark in (
        ("b", Mark.BOLD),
        ("strike", Mark.STRUCK),
        ("dstrike", Mark.STRUCK),
        ("vanish", Mark.HIDDEN),
        ("webHidden", Mark.HIDDEN),
    ):
        found = properties.find(f"{W}{name}")
        if found is not None:
            marks = marks - {mark} if value_of(found) in _OFF else marks | {mark}
    align = value_of(properties.find(f"{W}vertAlign"))
    if align:
        marks = marks - {Mark.RAISED, Mark.LOWERED}
        marks |= {"superscript": {Mark.RAISED}, "subscript": {Mark.LOWERED}}.get(align, set())
    position = value_of(properties.find(f"{W}position"))
    if re.fullmatch(r"\d+", position) and int(position) >= 4:
        marks |= {Mark.RAISED}
    size = value_of(properties.find(f"{W}sz"))
    if _is_white_on_white(properties) or (size.isdigit() and int(size) <= 2):
        marks |= {Mark.HIDDEN}
    return marks


def _is_white_on_white(properties: etree._Element) -> bool:
    """Whether letters are white with nothing dark behind them: no shade of theirs, their paragraph, cell or box."""
    if value_of(properties.find(f"{W}color")).upper() != "FFFFFF":
        return False
    around = [properties, *properties.iterancestors()]
    boxed = any(one.tag == f"{W}txbxContent" for one in around)
    shades = (one.findall(f"{W}shd") + one.findall(f"{W}pPr/{W}shd") + one.findall(f"{W}tcPr/{W}shd") for one in around)
    return not boxed and not any(
        value_of(shade, "fill").upper() not in ("", "AUTO", "FFFFFF") for found in shades for shade in found
    )
