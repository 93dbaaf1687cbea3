"""Signs of danger: the grammar of ``corpus/signs.toml``, which needs neither model nor index.

A sign is a set of patterns (``patterns.py``) in each language. What cancels it ("last year", "in the movie", "nobody")
is another such set with a reach: where, from the sign, it must stand.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from chatbot.query.language import detect
from chatbot.query.normalising import plain_sentences
from chatbot.triage.patterns import Pattern, PatternSet, Words
from chatbot.triage.severity import KINDS, is_alarm
from chatbot.triage.spelling import Speller

MOST_CHARACTERS = 4000  # normalised characters of all messages that are read: the last ones
# Reaches of a cancellation: in the same clause, some words before the sign, right before it, from its clause on.
SENTENCE, BEFORE, TOUCHING, ONWARD = "sentence", "before", "touching", "onward"
OWN = "its own exception"
OVER = "over"  # name of the cancellation that says that help is there or nothing is wrong any more
_MOST_TYPED = 2 * MOST_CHARACTERS  # characters of one message that are normalised
_BEFORE = 8  # words before a sign that the reach ``before`` covers
_LONGEST = 60  # words of a sentence that are read together; a longer one is read in overlapping windows

Patterns = Mapping[str, PatternSet[None]]  # by language


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What takes a sign back; ``reach`` says where it must stand."""

    name: str
    reach: str
    patterns: Patterns


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign in every language.

    ``instead`` are other notices, each with patterns of what must be said as well, anywhere. ``but`` cancels this sign
    only, ``stays`` names cancellations that do not. ``knows`` and ``leaves`` are sentences that it must and must not
    know.
    """

    name: str
    notice: str
    patterns: Mapping[str, tuple[Pattern, ...]]
    instead: tuple[tuple[str, Patterns], ...] = ()
    but: Patterns = field(default_factory=dict)
    stays: frozenset[str] = frozenset()
    knows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    leaves: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def notices(self) -> tuple[str, ...]:
        """Every notice that the sign may raise."""
        return (self.notice, *(notice for notice, _ in self.instead))


@dataclass(frozen=True, slots=True)
class Found:
    """A sign that messages show: its notice, the words, the number of the message, and what cancels it, if anything.

    ``language`` is that of the words.
    """

    sign: Sign
    notice: str
    words: str
    message: int
    language: str
    cancelled_by: str = ""


@dataclass(frozen=True, slots=True)
class _Sentence:
    """The words of a sentence, or of a window over a long one, as the patterns of one language have them."""

    words: Words
    message: int


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a sentence shows a sign; ``earlier`` is where it begins in the sentence before, if it does."""

    words: str
    start: int
    end: int
    earlier: int | None


@dataclass(frozen=True, slots=True)
class _Language:
    code: str
    speller: Speller
    turns: re.Pattern[str]  # where another clause begins
    signs: PatternSet[Sign]


class Grammar:
    """All signs with all that cancels them.

    ``turns`` are words that begin another clause; ``fingerprint`` changes whenever the file does.
    """

    def __init__(
        self,
        signs: Sequence[Sign],
        cancellations: Sequence[Cancellation],
        spellers: Mapping[str, Speller],
        turns: Mapping[str, Sequence[str]],
        *,
        fingerprint: str = "",
    ) -> None:
        self.fingerprint = fingerprint
        self.signs = tuple(signs)
        self.cancellations = tuple(cancellations)
        self._languages = [
            _Language(code, speller, _before_any(map(speller.sound, turns[code])), _of_signs(signs, code))
            for code, speller in spellers.items()
        ]

    def read(self, messages: Sequence[str]) -> list[Found]:
        """Every sign that messages show, oldest message first, cancelled or not; the most urgent kind first."""
        plain = _read_once(messages)
        shown: dict[tuple[str, str, int], Found] = {}
        for language in self._languages:
            read = language.speller.words(sentence for _, sentence in plain)
            sentences = [
                _Sentence(Words.of(window), number)
                for (number, _), words in zip(plain, read, strict=True)
                for window in _windows(words)
            ]
            for found in self._in_language(language, sentences):
                key = (found.sign.name, found.notice, found.message)
                if key not in shown or _prevails(found, shown[key], messages[found.message]):
                    shown[key] = found
        return sorted(shown.values(), key=_urgency)

    def raised(self, text: str) -> tuple[str, ...]:
        """The notices of all signs of one message that nothing cancels, the most urgent kind first, each once."""
        return tuple(dict.fromkeys(found.notice for found in self.read([text]) if not found.cancelled_by))

    def says_over(self, text: str) -> bool:
        """Whether a message says that help is there, or that nothing is wrong any more."""
        said = [sentence for _, sentence in _read_once([text])]
        for language in self._languages:
            sentences = [_Sentence(Words.of(words), 0) for words in language.speller.words(said)]
            if _Reading(language, sentences, self.cancellations).says(OVER):
                return True
        return False

    def _in_language(self, language: _Language, sentences: Sequence[_Sentence]) -> Iterator[Found]:
        reading = _Reading(language, sentences, self.cancellations)
        raised = set[tuple[str, int]]()  # signs of messages that nothing cancels: another find of one adds nothing
        for number, sentence in enumerate(sentences):
            before = sentences[number - 1].words.beginnings if number else frozenset[str]()
            around = before | sentence.words.beginnings
            for pattern, sign in language.signs.candidates(around):
                if (sign.name, sentence.message) not in raised and (shown := reading.shown(pattern, number)):
                    cancelled = reading.cancelled(sign, number, shown)
                    if not cancelled:
                        raised.add((sign.name, sentence.message))
                    yield Found(sign, reading.notice(sign), shown.words, sentence.message, language.code, cancelled)


class _Reading:
    """Sentences of one language while they are read: remembers what was looked for in them already."""

    def __init__(
        self, language: _Language, sentences: Sequence[_Sentence], cancellations: Sequence[Cancellation]
    ) -> None:
        self._sentences = [sentence.words for sentence in sentences]
        self._messages = [sentence.message for sentence in sentences]
        self._language = language
        self._cancellations = cancellations
        self._fits: dict[tuple[str, int], bool] = {}
        self._found: dict[tuple[int, int], list[tuple[int, int] | None]] = {}

    def shown(self, pattern: Pattern, number: int) -> _Place | None:
        """Where a pattern is shown in this sentence; some of its parts may stand in the one before."""
        own = self._places(pattern, number)
        here = [place for place in own if place]
        before = self._places(pattern, number - 1) if number and len(own) > 1 else own
        if not here or not all(one or other for one, other in zip(own, before, strict=True)):
            return None
        earlier = [other for one, other in zip(own, before, strict=True) if not one and other]
        start, end = min(start for start, _ in here), max(end for _, end in here)
        words = [
            *(self._sentences[number - 1].padded[slice(*place)] for place in earlier),
            self._sentences[number].padded[start:end],
        ]
        return _Place("".join(words).strip(), start, end, min((first for first, _ in earlier), default=None))

    def _places(self, pattern: Pattern, number: int) -> list[tuple[int, int] | None]:
        key = (number, id(pattern))
        if key not in self._found:
            self._found[key] = pattern.places(self._sentences[number].padded)
        return self._found[key]

    def says(self, name: str) -> bool:
        """Whether any sentence holds a pattern of the cancellation with this name."""
        return any(self._said_from(0, one.patterns) for one in self._cancellations if one.name == name)

    def notice(self, sign: Sign) -> str:
        """The notice of a sign, or the one for what is said beside it."""
        return next((notice for notice, patterns in sign.instead if self._said_from(0, patterns)), sign.notice)

    def cancelled(self, sign: Sign, number: int, place: _Place) -> str:
        """The name of what cancels a sign at a place of a sentence; empty when nothing does."""
        code, text = self._language.code, self._sentences[number].padded
        turns = [match.start() for match in self._language.turns.finditer(text)]
        start = max((turn for turn in turns if turn <= place.start), default=0)
        end = min((turn + 1 for turn in turns if turn >= place.end - 1), default=len(text))
        clauses, before = [Words(text[start:end])], [_last_words(text[start : place.start])]
        # A sign that begins in the sentence before is cancelled there as well, but not by another message.
        if place.earlier is not None and self._messages[number - 1] == self._messages[number]:
            clauses.append(self._sentences[number - 1])
            before.append(_last_words(self._sentences[number - 1].padded[: place.earlier]))
        if code in sign.but and self._holds(clauses[0], sign.but):
            return OWN
        for cancellation in self._cancellations if is_alarm(sign.notice) else ():
            patterns = cancellation.patterns
            if cancellation.name in sign.stays:
                continue
            if cancellation.reach == TOUCHING:
                cancels = any(map(patterns[code].ends, before))
            elif cancellation.reach == ONWARD:
                cancels = self._holds(Words(text[start:]), patterns) or self._said_from(number + 1, patterns)
            else:
                around = before if cancellation.reach == BEFORE else clauses
                cancels = any(self._holds(words, patterns) for words in around)
            if cancels:
                return cancellation.name
        return ""

    def _said_from(self, first: int, patterns: Patterns) -> bool:
        """Whether a sentence from this one on holds one of the patterns."""
        return any(self._holds(words, patterns) for words in self._sentences[first:])

    def _holds(self, words: Words, patterns: Patterns) -> bool:
        """Whether words hold one of the patterns: looked for once, for signs often stand in the same clause."""
        key = (words.padded, id(patterns))
        if key not in self._fits:
            self._fits[key] = patterns[self._language.code].fits(words)
        return self._fits[key]


def _prevails(found: Found, other: Found, message: str) -> bool:
    """Whether what was found comes before another find of the same sign in the same message.

    What nothing cancels comes first; but a word that both languages have is cancelled in that of the message.
    """
    if found.language != other.language and bool(found.cancelled_by) != bool(other.cancelled_by):
        cancelled = found if found.cancelled_by else other
        return (found is cancelled) == (cancelled.language == detect(message))
    return bool(other.cancelled_by) and not found.cancelled_by


def _last_words(text: str) -> Words:
    return Words.of(text.split()[-_BEFORE:])


def _before_any(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(f" (?=(?:{'|'.join(words)}) )")


def _of_signs(signs: Sequence[Sign], code: str) -> PatternSet[Sign]:
    return PatternSet((pattern, sign) for sign in signs for pattern in sign.patterns[code])


def _read_once(messages: Sequence[str]) -> list[tuple[int, str]]:
    """The last sentences of messages with the numbers of theirs, each distinct one where it stands last."""
    found: dict[str, int] = {}
    left = MOST_CHARACTERS
    for number in range(len(messages) - 1, -1, -1):
        if left <= 0:
            break
        for sentence in reversed(list(plain_sentences(messages[number], longest=_MOST_TYPED))):
            if left > 0 and sentence not in found:
                found[sentence[-left:]] = number
                left -= len(sentence) + 1
    return [(number, sentence) for sentence, number in reversed(found.items())]


def _windows(words: list[str]) -> Iterator[list[str]]:
    """The words together, or in windows of ``_LONGEST`` that overlap by a third."""
    step = 2 * _LONGEST // 3
    for start in range(0, max(1, len(words) - _LONGEST + step), step):
        yield words[start : start + _LONGEST]


def _urgency(found: Found) -> int:
    _, _, kind = found.notice.partition(".")
    return KINDS.index(kind) if is_alarm(found.notice) else len(KINDS)
