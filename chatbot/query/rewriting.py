"""Query rewriting: builds the variants of a message that are searched with.

A follow-up is searched alone, and with the subjects of what was said and shown before added to it (``pointed``). Joined
with the message before (``glued``), it is read for emergencies; it is searched so only when no subject is known, since
the reply would answer the earlier question. Nothing written here is ever shown.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from chatbot.corpus.segmentation import sentences
from chatbot.query.glossary import Glossary
from chatbot.query.language import ENGLISH, detect, wanted
from chatbot.query.message_form import dependence, ordinal, points_back
from chatbot.query.question import MOST_EARLIER, Question

_TAG = re.compile(r"</?[a-zA-Z!][^<>]{0,500}>")  # of a pasted page: no words of a question


MOST_PARTS = 16  # parts of a long message that are read one by one; the last ones hold the question most often


LONG_SENTENCE = 24  # words; a longer one is a story without full stops


WINDOW = 16  # words of it that are read together, every half of that


MOST_SUBJECTS = 3  # words of earlier messages that are added to a follow-up


MOST_LOOKED_BACK = 3  # messages in which they are looked for


DEPENDS = 0.4  # dependence from which a message's subject may stand in the one before it


@dataclass(frozen=True)  # no slots: each property is worked out once, when it is first asked for
class Query:
    """A question with what its words tell without a model: language, dependence on earlier messages, subjects."""

    question: Question
    glossary: Glossary = field(compare=False, repr=False)

    @cached_property
    def language(self) -> str:
        """The language of the message: ``en``, ``es`` or ``other``; see ``language.detect``."""
        return detect(self.question.text)

    @cached_property
    def reader_language(self) -> str:
        """The language that the person reads: that of the message, or of the page when the message could be any."""
        return wanted(self.language, page=self.question.language)

    @cached_property
    def dependence(self) -> float:
        """See ``dependence``."""
        return dependence(self.question.text)

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """The words of the message that the articles use and that are no everyday words; see ``Glossary.subjects``."""
        return self.glossary.subjects(self.glossary.standard(self.question.text, language=self.language))

    def depends(self, threshold: float) -> bool:
        """Whether the message cannot be read alone: its form depends on earlier messages, and it names no subject."""
        return self.dependence >= threshold and not self.subjects


@dataclass(frozen=True, slots=True)
class QueryVariants:
    """Texts that stand for a question, in standard words.

    ``respelled`` is the question with words in place of others that make no sense there; empty when there are none.
    ``parts`` are its sentences when it has several, long ones once more in overlapping windows. With messages before
    it, ``earlier`` are the last of them, oldest first, ``glued`` is the last of them and the question together, and
    ``pointed`` is the question with its subject added. ``dependence`` is that of the question: 0 for one that was
    tapped, which is complete. ``points`` says whether it points back at a thing.
    """

    whole: str
    respelled: str = ""
    parts: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    glued: str = ""
    pointed: str = ""
    dependence: float = 0.0
    points: bool = False

    @property
    def all(self) -> tuple[str, ...]:
        """Every text, in the order of the rows that the properties below name."""
        own = (self.whole, *([self.respelled] if self.respelled else []), *self.parts)
        return (*own, *self.earlier, *([self.glued, self.pointed] if self.earlier else []))

    @property
    def readings(self) -> int:
        """How many rows of ``all`` hold the whole message: its own words, and those that were probably meant."""
        return 2 if self.respelled else 1

    @property
    def own_rows(self) -> slice:
        """Rows of ``all`` that hold the message itself: whole, respelled, then its parts."""
        return slice(0, self.readings + len(self.parts))

    @property
    def part_rows(self) -> slice:
        """Rows of ``all`` that hold the parts of the message."""
        return slice(self.readings, self.readings + len(self.parts))

    @property
    def earlier_rows(self) -> slice:
        """Rows of ``all`` that hold earlier messages, oldest first."""
        first = self.readings + len(self.parts)
        return slice(first, first + len(self.earlier))

    @property
    def last_earlier_row(self) -> int:
        """Row of ``all`` that holds the message before; only with ``earlier``."""
        return self.readings + len(self.parts) + len(self.earlier) - 1

    @property
    def glued_row(self) -> int:
        """Row of ``all`` that holds ``glued``; only with ``earlier``."""
        return self.last_earlier_row + 1

    @property
    def pointed_row(self) -> int:
        """Row of ``all`` that holds ``pointed``; only with ``earlier``."""
        return self.last_earlier_row + 2


def variants(query: Query, *, longest: int | None = None, shown: Sequence[str] = ()) -> QueryVariants:
    """The texts to encode for a question, in one batch. ``shown`` are the texts quoted before it, newest last.

    Of an earlier message only the last ``longest`` characters count: a message that was refused for its length would
    slow every later one down.
    """
    question, glossary, mended = query.question, query.glossary, dict[str, str]()
    typed = " ".join(_TAG.sub(" ", question.text).split())
    whole = glossary.standard(typed, language=query.language, mended=mended)
    parts = tuple(
        glossary.standard(part, language=query.language, mended=mended) for part in _parts(typed, question.language)
    )
    said = [message for message in question.history if message.strip()][-max(MOST_EARLIER, MOST_LOOKED_BACK) :]
    earlier = [" ".join(message[-longest if longest else 0 :].split()) for message in said]
    earlier = [glossary.standard(message, language=detect(message), mended=mended) for message in earlier]
    respelled = glossary.respelled(whole) if query.language == ENGLISH else whole
    respelled = "" if respelled == whole else respelled
    depends = 0.0 if question.tapped else query.dependence
    if not earlier:
        return QueryVariants(whole, respelled, parts, dependence=depends)
    subjects = _pointed_at(typed, shown, glossary) or _subjects(earlier, glossary) or _subjects(shown[-1:], glossary)
    glued = f"{earlier[-1]} {whole}"
    pointed = " ".join([whole, *subjects]) if subjects else glued
    return QueryVariants(
        whole, respelled, parts, tuple(earlier[-MOST_EARLIER:]), glued, pointed, depends, points_back(typed)
    )


def _pointed_at(text: str, shown: Sequence[str], glossary: Glossary) -> list[str]:
    """Subjects of the quote that a message names by its number, as in "the second one"; none when it names none."""
    number = ordinal(text)
    if number is None or len(shown) < 2 or number >= len(shown):
        return []
    return list(glossary.subjects(shown[number]))[:MOST_SUBJECTS]


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


def _subjects(earlier: Sequence[str], glossary: Glossary) -> list[str]:
    """What was spoken of: subjects of the last message, and of those before it as long as each depends on the other."""
    found: list[str] = []
    for message in reversed(earlier[-MOST_LOOKED_BACK:]):
        own = glossary.subjects(message)
        found += [subject for subject in own if subject not in found]
        if own and dependence(message) < DEPENDS:
            break
    return found[:MOST_SUBJECTS]
