"""Reading grade: the school year that a fixed text needs, by a formula for its language; hard ones are refused.

English has the grade of Flesch and Kincaid, Spanish that of Crawford: both count words a sentence and syllables a word.
Telephone numbers do not count. The formulas were made for a hundred words: of a text of ten the grade is a rough one.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import syllapy

from chatbot.corpus.notices import Notice, Wording
from chatbot.corpus.places import CallingPlace
from chatbot.corpus.segmentation import sentences
from chatbot.errors import CorpusError

HARDEST = 7.0  # school years; public health bodies ask for grade 6 to 8, and this is read in fear
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# Spanish is spelled as it is spoken: a syllable is a strong vowel, or weak ones that touch none; the u of que is mute.
# The libraries that count it are under the GPL; a dictionary of hyphens (pyphen) misses three syllables in a hundred.
_MUTE = re.compile(r"(?<=q)u|(?<=g)u(?=[eiéí])")
_NUCLEUS = re.compile(r"[aeoáéíóú]|(?<![aeoáéíóú])[iuüy]+(?![iuüyaeoáéíóú])")


@dataclass(frozen=True, slots=True)
class Graded:
    """A fixed text with its school year; ``reason`` says why it may be a hard one, empty when it may not."""

    name: str
    language: str
    grade: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Formula:
    """How the syllables of a word are counted, and the grade from words a sentence and syllables a word."""

    syllables: Callable[[str], int]
    grade: Callable[[float, float], float]


def _syllables_of_english(word: str) -> int:
    return max(1, int(syllapy.count(word)))


def _syllables_of_spanish(word: str) -> int:
    return max(1, len(_NUCLEUS.findall(_MUTE.sub("", word))))


_FORMULAS: Mapping[str, _Formula] = {
    "en": _Formula(_syllables_of_english, lambda words, syllables: 0.39 * words + 11.8 * syllables - 15.59),
    "es": _Formula(_syllables_of_spanish, lambda words, syllables: -20.5 / words + 4.9 * syllables - 3.407),
}


def grade_of(lines: Iterable[str], language: str) -> float | None:
    """The school year that these lines need together; None without a word, or in a language without a formula.

    >>> round(grade_of(["Stay with them. Call for help."], "en"), 1)
    -2.6
    >>> round(grade_of(["Administration of medication necessitates authorization."], "en"), 1)
    33.6
    """
    formula = _FORMULAS.get(language)
    if formula is None:
        return None
    read = [words for line in lines for words in _sentences(line, language)]
    words = sum(map(len, read))
    if not words:
        return None
    return formula.grade(words / len(read), sum(formula.syllables(word) for one in read for word in one) / words)


def _sentences(line: str, language: str) -> Iterator[list[str]]:
    """The words of each sentence that has any."""
    for span in sentences(line, language=language):
        words = _WORD.findall(line[span.start : span.end].lower())
        if words:
            yield words


def grade_all(wordings: Mapping[str, Wording], places: Sequence[CallingPlace]) -> list[Graded]:
    """Every fixed text of a sentence or more: notices, also as they read with several articles, labels and places."""
    return [one for wording in wordings.values() for one in _grade_wording(wording, places)]


def _grade_wording(wording: Wording, places: Sequence[CallingPlace]) -> Iterator[Graded]:
    several = [(f"{notice.id} (several articles)", notice) for notice in wording.several_notices.values()]
    lines = [(f"label {key}", label) for key, label in wording.labels.items() if label.endswith(".")]
    lines += [(f"place {one.id}", one.line[wording.language]) for one in places if wording.language in one.line]
    for name, reason, text in (
        *((notice.id, notice.reading_grade_reason, _lines(notice)) for notice in wording.notices.values()),
        *((name, notice.reading_grade_reason, _lines(notice)) for name, notice in several),
        *((name, "", [line]) for name, line in lines),
    ):
        grade = grade_of(text, wording.language)
        if grade is not None:
            yield Graded(name, wording.language, grade, reason)


def _lines(notice: Notice) -> list[str]:
    return [notice.title, *notice.lines]


def refuse_hard(graded: Iterable[Graded], folder: Path) -> None:
    """CorpusError for a text above HARDEST without a reason, and for a reason that no text needs any more."""
    hard = {(one.language, one.name): one for one in graded if one.grade > HARDEST}
    for one in hard.values():
        if not one.reason:
            raise CorpusError(
                f"`{one.name}` needs reading grade {one.grade:.1f}; {HARDEST:.0f} is the most.",
                where=folder / f"{one.language}.toml",
                next_step="use shorter sentences and words, or say why not in reading_grade_reason.",
            )
    for one in graded:
        if one.reason and (one.language, one.name) not in hard:
            raise CorpusError(
                f"`{one.name}` is easy enough (reading grade {one.grade:.1f}), yet has a reading_grade_reason.",
                where=folder / f"{one.language}.toml",
                next_step="remove the reason: it would hide a harder text later.",
            )


def lines_of_grades(graded: Sequence[Graded]) -> list[str]:
    """Every text by its grade, the hardest first, a line a grade and language."""
    grades = sorted({(one.language, round(one.grade)) for one in graded}, key=lambda pair: (pair[0], -pair[1]))
    return [
        f"reading grade {grade} ({language}): {', '.join(_named(graded, language, grade))}"
        for language, grade in grades
    ]


def _named(graded: Sequence[Graded], language: str, grade: int) -> list[str]:
    return [
        f"{one.name} ({one.reason})" if one.reason else one.name
        for one in graded
        if (one.language, round(one.grade)) == (language, grade)
    ]
