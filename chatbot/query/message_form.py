"""Features of a message's form, by its words alone: dependence on what was said, ordinals, whether it is a question."""

import re

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?", re.UNICODE)


# Words that point back at something said before, or open an elliptic question.
_POINTING = re.compile(
    r"its?|it's|that'?s?|this|these|those|the[my]|theirs?|ones?|em|s?he|him|hers?|his|there|same|others?|both|n?either"
    r"|es[oa]s?|ese|est[aeo]s?|l[oa]s?|ell[oa]s?|otr[oa]s?|mism[oa]|amb[oa]s"
)


# Those of them that mean a thing, or several of what was spoken of.
_THING = re.compile(
    r"its?|it's|that'?s?|this|these|those|them|ones?|em|there|same|eso|esos|esas?|ese|est[ao]s?|l[oa]s?"
)


_OPENING = re.compile(r"and|but|so|or|n|y|pero|entonces|why|how|what|which|also|then|ok|okay|yeah|por|porque")


# Messages that ask to go on where the last answer ended.
_MORE = re.compile(
    r"(?:ok |and |please |y )*(?:tell me more|more(?: please| info| about (?:that|this|it))?|what else|anything else|"
    r"go on|continue|is there more|say more|keep going|qué más|que mas|algo más|algo mas|más|dime más|dígame más|"
    r"cuéntame más|cuénteme más|siga|continúe)(?: .{0,25})?[ ?!.]*"
)


_ASKING = re.compile(
    r"(?:and |but |so |also |ok |y |pero |entonces )*"
    r"(?:what|which|who|how|why|when|where|can|could|is|are|do|does|did|will|would|should|has|have"
    r"|qué|que|cuál|cuáles|cómo|como|cuánto|cuánta|por qué|cuándo|dónde|quién|puede|pueden|hay)\b"
    r"|.*\b(?:wonder|want to know|tell me|any idea|quiero saber|quisiera saber|dígame)\b"
)


_ORDINALS = {
    "first": 0,
    "1st": 0,
    "second": 1,
    "2nd": 1,
    "third": 2,
    "3rd": 2,
    "last": -1,
    "latter": -1,
    "former": 0,
    "primero": 0,
    "primera": 0,
    "primer": 0,
    "segundo": 1,
    "segunda": 1,
    "tercero": 2,
    "tercera": 2,
    "último": -1,
    "última": -1,
    "ultimo": -1,
    "ultima": -1,
}
_POINTED_BY_NUMBER = re.compile(
    rf"\b(?:the|el|la|lo)\s+({'|'.join(_ORDINALS)})(?:\s+(?:one|thing|option|quote|point|opción|cita|cosa))?\s*(?:[?.!,]|$)"
)


def ordinal(text: str) -> int | None:
    """Which of several things a message names by its number, counted from 0, -1 for the last; None for none.

    >>> ordinal("more on the first one?"), ordinal("the last"), ordinal("the first time he used")
    (0, -1, None)
    """
    found = _POINTED_BY_NUMBER.search(text.lower())
    return _ORDINALS[found.group(1)] if found else None


def words(text: str) -> list[str]:
    """The words of a text in lower case.

    >>> words("And METHADONE?! it's ok")
    ['and', 'methadone', "it's", 'ok']
    """
    return [match.group().lower() for match in _WORD.finditer(text)]


def dependence(text: str) -> float:
    """How much the form of a message asks for what was said before: 0 stands alone, 1 cannot be read alone.

    >>> dependence("Why not?") > dependence("What are the signs that my son uses heroin at home again?")
    True
    """
    found = words(text)
    if not found:
        return 1.0
    points = sum(_POINTING.fullmatch(word) is not None for word in found)
    shortness = max(0.0, 1 - len(found) / 12)
    opening = 0.25 if _OPENING.fullmatch(found[0]) else 0.0
    return min(1.0, 0.75 * shortness + min(0.35, 0.2 * points) + opening)


def points_back(text: str) -> bool:
    """Whether a message names a thing only by a word that points at it; a person may be meant by "she" from the start.

    >>> points_back("and where is it kept"), points_back("is she using again")
    (True, False)
    """
    return any(_THING.fullmatch(word) is not None for word in words(text))


def asks_for_more(text: str) -> bool:
    """Whether a message only asks to go on.

    >>> asks_for_more("What else?"), asks_for_more("what else helps with withdrawal besides medication")
    (True, False)
    """
    return _MORE.fullmatch(" ".join(text.lower().split())) is not None


def asks(text: str) -> bool:
    """Whether a sentence is a question, as people type them: often without its mark.

    >>> asks("so how long does detox take"), asks("My son is 19.")
    (True, False)
    """
    return text.rstrip().endswith("?") or _ASKING.match(text.lower()) is not None
