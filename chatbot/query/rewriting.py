"""A question and what was said before. Decides how far an earlier message matters; writes no text of its own.

A follow-up is read alone and pointed with the subject of what was said before, and the two readings are weighed by the
form of the message. Glued to the message before it, it is read for emergencies only, or when there is no subject: what
was asked before would leak into the answer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chatbot.corpus.segmentation import sentences
from chatbot.query.glossary import Glossary
from chatbot.query.question import MOST_EARLIER, Question

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?", re.UNICODE)

# Words that point back at something said before, or open an elliptic question.
_POINTING = re.compile(
    r"its?|it's|that'?s?|this|these|those|the[my]|theirs?|ones?|em|s?he|him|hers?|his|there|same|others?|both|n?either"
    r"|es[oa]s?|ese|est[aeo]s?|l[oa]s?|ell[oa]s?|otr[oa]s?|mism[oa]|amb[oa]s"
)
_OPENING = re.compile(r"and|but|so|or|n|y|pero|entonces|why|how|what|which|also|then|ok|okay|yeah|por|porque")

# Messages that ask to go on where the last answer ended.
_MORE = re.compile(
    r"(?:ok |and |please |y )*(?:tell me more|more(?: please| info| about (?:that|this|it))?|what else|anything else|"
    r"go on|continue|is there more|say more|keep going|qué más|que mas|algo más|algo mas|más|dime más|dígame más|"
    r"cuéntame más|cuénteme más|siga|continúe)(?: .{0,25})?[ ?!.]*"
)


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


def asks_for_more(text: str) -> bool:
    """Whether a message only asks to go on.

    >>> asks_for_more("What else?"), asks_for_more("what else helps with withdrawal besides medication")
    (True, False)
    """
    return _MORE.fullmatch(" ".join(text.lower().split())) is not None


_ASKING = re.compile(
    r"(?:and |but |so |also |ok |y |pero |entonces )*"
    r"(?:what|which|who|how|why|when|where|can|could|is|are|do|does|did|will|would|should|has|have"
    r"|qué|que|cuál|cuáles|cómo|como|cuánto|cuánta|por qué|cuándo|dónde|quién|puede|pueden|hay)\b"
    r"|.*\b(?:wonder|want to know|tell me|any idea|quiero saber|quisiera saber|dígame)\b"
)


def asks(text: str) -> bool:
    """Whether a sentence is a question, as people type them: often without its mark.

    >>> asks("so how long does detox take"), asks("My son is 19.")
    (True, False)
    """
    return text.rstrip().endswith("?") or _ASKING.match(text.lower()) is not None


@dataclass(frozen=True, slots=True)
class QueryVariants:
    """Texts that stand for a question, in standard words.

    ``parts`` are its sentences when it has several, long ones once more in overlapping windows. With something said
    before, ``earlier`` are the last messages before it, ``glued`` is the last of them and the question together,
    ``pointed`` the question with its subject.
    """

    whole: str
    parts: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    glued: str = ""
    pointed: str = ""

    @property
    def all(self) -> tuple[str, ...]:
        """Every text: the message, its parts, what was said before with the last one last, and both ways to join."""
        return (self.whole, *self.parts, *self.earlier, *([self.glued, self.pointed] if self.earlier else []))


_TAG = re.compile(r"</?[a-zA-Z!][^<>]{0,500}>")  # of a pasted page: no words of a question
MOST_PARTS = 16  # parts of a long message that are read one by one; the last ones hold the question most often
LONG_SENTENCE = 24  # words; a longer one is a story without full stops
WINDOW = 16  # words of it that are read together, every half of that
MOST_SUBJECTS = 3  # words of earlier messages that a follow-up is pointed with
MOST_LOOKED_BACK = 3  # messages in which they are looked for
LEANS = 0.4  # dependence from which a message's subject may stand in the one before it


def _parts(text: str, language: str) -> list[str]:
    """The sentences of a message, and windows over the long ones; none when the message is one short sentence."""
    parts: list[str] = []
    for span in sentences(text, language=language):
        sentence = text[span.start : span.end]
        found = sentence.split()
        if len(found) > LONG_SENTENCE:
            starts = range(0, len(found) - WINDOW // 2, WINDOW // 2)
            parts += [" ".join(found[start : start + WINDOW]) for start in starts]
        parts.append(sentence)
    return parts[-MOST_PARTS:] if len(parts) > 1 else []


def variants(question: Question, glossary: Glossary, *, longest: int | None = None) -> QueryVariants:
    """The texts to embed for a question, in one batch.

    Of an earlier message only the last ``longest`` characters count: one that was refused for its length would slow
    every later one down.
    """
    whole = " ".join(_TAG.sub(" ", question.text).split())
    standard_parts = tuple(map(glossary.standard, _parts(whole, question.language)))
    text = glossary.standard(whole)
    said = [message for message in question.history if message.strip()][-max(MOST_EARLIER, MOST_LOOKED_BACK) :]
    earlier = [glossary.standard(" ".join(message[-longest if longest else 0 :].split())) for message in said]
    if not earlier:
        return QueryVariants(text, standard_parts)
    subjects = _subjects(earlier, glossary)
    glued = f"{earlier[-1]} {text}"
    pointed = " ".join([text, *subjects]) if subjects else glued
    return QueryVariants(text, standard_parts, tuple(earlier[-MOST_EARLIER:]), glued, pointed)


def _subjects(earlier: Sequence[str], glossary: Glossary) -> list[str]:
    """What was spoken of: subjects of the last message, and of those before it as long as each leans on the other."""
    found: list[str] = []
    for message in reversed(earlier[-MOST_LOOKED_BACK:]):
        own = glossary.subjects(message)
        found += [subject for subject in own if subject not in found]
        if own and dependence(message) < LEANS:
            break
    return found[:MOST_SUBJECTS]
