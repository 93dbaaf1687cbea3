"""The language of a page: the one that its address names, else the first one that the browser asks for."""

import re
from collections.abc import Collection
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import Scope

_ENTRY = re.compile(r"\s*([a-z]{1,8})(?:-[\w-]+)?\s*(?:;\s*q=(\d(?:\.\d{1,3})?))?\s*", re.IGNORECASE)


def language_of(scope: Scope, languages: Collection[str]) -> str:
    """One of ``languages``; English when neither address nor browser names one of them."""
    named = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [""])[-1]
    wanted = [named] if named else preferred(Headers(scope=scope).get("accept-language", ""))
    return next((language for language in wanted if language in languages), "en")


def preferred(accepted: str) -> list[str]:
    """The languages of an ``Accept-Language`` header, the most wanted first; what cannot be read is left out.

    >>> preferred("fr;q=0.3, es-MX, en;q=0.8")
    ['es', 'en', 'fr']
    """
    found = [match for entry in accepted[:200].split(",") if (match := _ENTRY.fullmatch(entry))]
    ordered = sorted(found, key=lambda match: -float(match[2] or 1))
    return list(dict.fromkeys(match[1].lower() for match in ordered if float(match[2] or 1) > 0))
