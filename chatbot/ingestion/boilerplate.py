"""Boilerplate of a new article: finds promotion, links, dates and site notes, and proposes not to quote them.

Nothing is left out automatically. A pattern that finds too much costs the editor a glance. A line with a number to call
is never proposed: that it looks like promotion is no reason to lose a helpline.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chatbot.corpus.documents import Document, Passage, Span
from chatbot.ingestion.source import has_number_to_call

_LONGEST_NOTE = 160  # characters of a stretch that a pattern for short notes may take

# Reasons with what betrays them, in English and Spanish. The first two kinds are looked for in whole sentences of any
# length, the rest in short ones only, for an article may well speak of "related" or "share".
_ANYWHERE = {
    "promotion": r"our (admissions|sales|intake) |\b(call|contact|reach) (us|our)\b|\b(our|a) (caring |friendly )?"
    r"(navigators?|treatment advisors?)|we('re| are) here to help|verify your (insurance|benefits)|get started today|"
    r"(request|book|schedule) (a|an|your) (call|appointment|tour|consultation)|money-back|special offer|"
    r"\b(llámenos|contáctenos|comuníquese con nosotros|nuestro equipo de admisiones)\b",
    "note of the site": r"\bcookies?\b|all rights reserved|todos los derechos reservados|terms of (use|service)|"
    r"privacy policy|política de privacidad|newsletter|boletín|enable javascript",
}
_IN_SHORT = {
    "promotion": r"\b(buy|order) (now|today|our)\b|sign up (now|today|for)|subscribe\b|suscríbase|\bdonate\b|"
    r"limited time|free (quote|trial)|advertisement|sponsored|publicidad",
    "link": r"^(see|read|learn|view|show|click|leer|ver|haga clic)\b.{0,10}\b(more|also|here|all|más|también|aquí)\b|"
    r"^(related|recommended|popular|recent|further) (articles?|reading|posts?|topics?|links?|stories|content)|"
    r"^(you may also|also of interest|more on this|también le puede)|"
    r"^(artículos|temas|enlaces) relacionados|back to (top|home)|volver arriba|^(next|previous)( page| article)?$|"
    r"^(https?|file|www)[:.]\S+$|table of contents|skip to",
    "note of the site": r"^share\W*$|^(tweet|print|email|pin|save|comments?|log in|search|menu|home|help|close)$|"
    r"^(i agree|agree|accept( all)?|ok|got it|feedback|yes|no)\.?$|was this (page|article) (helpful|useful)|"
    r"^(leave a (reply|comment)|compartir|imprimir|buscar)$|share (this (page|article|post|story)|on )|"
    r"follow us|síganos|^copyright|©|"
    r"posted (in|on|by)|^tags?:|min(ute)?s? read\b",
    "date or name": r"^(first |originally |last )?(published|posted|updated|reviewed|modified|written)\b.{0,100}$|"
    r"^((última )?actualización|publicado|revisado)\b.{0,100}$|^(medically |clinically )?reviewed by|"
    r"^\d{1,2}/\d{1,2}/\d{2,4}\b.{0,20}$",
    "page number": r"^(page |página )?\d{1,3}( ?(/|of|de) ?\d{1,3})?$",
    "caption": r"^(figure|fig\.|image|photo|picture|source|credit|figura|imagen|foto|fuente)\b[^.]{0,12}[:.]|"
    r"(photo|image) (by|credit|courtesy)|getty images|shutterstock",
    "note or footnote": r"^(references?|sources?|citations?|bibliography|disclaimer|footnotes?|referencias|fuentes|"
    r"bibliografía)\b.{0,12}$|^\[\d+\]",
}
_GOES_ON = ("link", "note or footnote")


@dataclass(frozen=True, slots=True)
class Suspect:
    """A stretch that is probably no part of the article, and what it seems to be."""

    span: Span
    reason: str


def suspicious(text: str) -> str:
    """What a stretch of text seems to be instead of a part of the article; empty when nothing speaks against it.

    >>> suspicious("Subscribe to our newsletter!"), suspicious("Naloxone can wake a person up.")
    ('note of the site', '')
    """
    if has_number_to_call(text):
        return ""
    text = text.replace("’", "'")
    kinds = [_ANYWHERE, _IN_SHORT] if len(text) <= _LONGEST_NOTE else [_ANYWHERE]
    return next(
        (reason for kind in kinds for reason, pattern in kind.items() if re.search(pattern, text, re.IGNORECASE)),
        "",
    )


def find_suspects(document: Document) -> Iterator[Suspect]:
    """Passages, sentences and list items that are suspicious; neighbours of one passage as one stretch."""
    before = ""
    for passage in document.passages:
        text = document.slice(passage.span)
        reason = suspicious(text) if len(text) <= _LONGEST_NOTE else ""
        if not reason and before in _GOES_ON and not re.search(r"[.!?:]", text):
            reason = before  # what stands below "Related articles"
        yield from [Suspect(passage.span, reason)] if reason else _suspicious_units(document, passage)
        before = reason


def _suspicious_units(document: Document, passage: Passage) -> Iterator[Suspect]:
    run: list[Suspect] = []
    for unit in passage.units:
        reason = suspicious(document.slice(unit))
        if reason and run:
            run = [Suspect(Span(run[0].span.start, unit.end), run[0].reason)]
        elif reason:
            run = [Suspect(unit, reason)]
        else:
            yield from run
            run = []
    yield from run
