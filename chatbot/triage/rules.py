"""Matches a message against the rules of emergencies.toml: phrases that show an emergency. No model is needed."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from chatbot.triage.severity import is_alarm, still_raised

_SENTENCE_END = re.compile(r"[.!?\n;]+")
_NOT_WORD = re.compile(r"[^a-z0-9%]+")
_STRETCHED = re.compile(r"(.)\1{2,}")


@dataclass(frozen=True, slots=True)
class Rule:
    """An unmistakable sign: a sentence that has a phrase of every group in ``all_of`` and none of ``none_of``."""

    notice: str
    all_of: tuple[tuple[str, ...], ...]
    none_of: tuple[str, ...]

    def found(self, sentence: str) -> tuple[str, ...]:
        """A phrase of each group, if a normalised sentence (see ``normalised``) shows the sign; else nothing."""
        padded, found = f" {sentence} ", []
        for group in self.all_of:
            phrase = next((phrase for phrase in group if f" {phrase} " in padded), None)
            if phrase is None:
                return ()
            found.append(phrase)
        return () if any(f" {phrase} " in padded for phrase in self.none_of) else tuple(found)

    def fits(self, sentence: str) -> bool:
        """Whether a normalised sentence shows the sign."""
        return bool(self.found(sentence))


def normalised(text: str) -> list[str]:
    """Sentences in lower case without accents, apostrophes, punctuation and stretched letters.

    >>> normalised("He's BLUE!! wakeeeee up… ¿está vivo?")
    ['hes blue', 'wakee up esta vivo']
    """
    plain = unicodedata.normalize("NFKD", text.lower().replace("’", "").replace("'", "").replace("…", " "))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    shortened = _STRETCHED.sub(r"\1\1", bare)
    sentences = (_NOT_WORD.sub(" ", sentence).strip() for sentence in _SENTENCE_END.split(shortened))
    return [sentence for sentence in sentences if sentence]


def raised_by_rules(
    rules: Sequence[Rule], text: str, earlier: Sequence[str] = (), *, depends: bool = True
) -> tuple[str, ...]:
    """The notices of all rules that fit a sentence, or two sentences that follow each other.

    Emergencies are looked for in ``earlier`` messages as well, and across them. One that only an earlier message
    raises is repeated if this message depends on it, and softened if it does not.
    """
    own = _fitting(rules, text)
    before = [notice_id for message in earlier for notice_id in _fitting(rules, message)]
    across = _fitting(rules, "\n".join([*earlier, text])) if earlier else []
    return tuple(
        dict.fromkeys(
            [
                *own,
                *(notice_id for notice_id in across if is_alarm(notice_id) and notice_id not in before),
                *(still_raised(notice_id, depends=depends) for notice_id in before if is_alarm(notice_id)),
            ]
        )
    )


def signs(rules: Sequence[Rule], text: str) -> list[tuple[Rule, tuple[str, ...]]]:
    """Every rule that fits a sentence of a text, or two that follow each other, with the phrases that it found."""
    sentences = normalised(text)
    variants = [*sentences, *(f"{one} {two}" for one, two in pairwise(sentences))]
    found = ((rule, next(filter(None, map(rule.found, variants)), ())) for rule in rules)
    return [(rule, phrases) for rule, phrases in found if phrases]


def _fitting(rules: Sequence[Rule], text: str) -> list[str]:
    return [rule.notice for rule, _ in signs(rules, text)]
