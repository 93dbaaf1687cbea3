"""Rules of triage: which notices the grammar of signs raises for a message, after the messages before it."""

from collections.abc import Sequence
from dataclasses import dataclass

from chatbot.query.question import MOST_EARLIER
from chatbot.triage.severity import is_alarm, still_raised
from chatbot.triage.signs import Grammar


@dataclass(frozen=True, slots=True)
class RaisedByRules:
    """Ids of notices: those of the message itself, and those of emergencies of earlier messages that go on.

    ``language`` is that of the words that raised the most urgent one; empty when there is none. ``cancelled`` says that
    the message shows signs of an emergency, and that something cancels all of them; ``over`` that it says that help is
    there, or that nothing is wrong any more. ``standing`` counts the earlier messages since one that said so.
    """

    own: tuple[str, ...] = ()
    still: tuple[str, ...] = ()
    language: str = ""
    cancelled: bool = False
    over: bool = False
    standing: int = 0


def raised_by_rules(grammar: Grammar, text: str, earlier: Sequence[str] = (), *, depends: bool = True) -> RaisedByRules:
    """The notices of all signs that nothing cancels, in the message and, for emergencies, in ``earlier`` ones.

    One that only an earlier message raises is repeated if this message depends on it, and softened if it does not. A
    message that says that help is there or that it is over ends it, also for those after it. A message that does not
    depend on it is reminded of the last ones only: who has asked two other things has seen the notice.
    """
    earlier = earlier if depends else earlier[-MOST_EARLIER:]
    ended = [number for number, message in enumerate(earlier) if number and grammar.says_over(message)]
    earlier = earlier[max(ended, default=0) :]
    shown = grammar.read([*earlier, text])
    found = [sign for sign in shown if not sign.cancelled_by]
    own = [sign for sign in found if sign.message == len(earlier)]
    before = [sign for sign in found if sign.message < len(earlier) and is_alarm(sign.notice)]
    over = bool(earlier) and grammar.says_over(text)
    if over:
        before = []
    ids = dict.fromkeys(sign.notice for sign in own)
    still = dict.fromkeys(still_raised(sign.notice, depends=depends) for sign in before if sign.notice not in ids)
    return RaisedByRules(
        own=tuple(ids),
        still=tuple(still),
        cancelled=not any(map(is_alarm, ids))
        and any(sign.cancelled_by and sign.message == len(earlier) and is_alarm(sign.notice) for sign in shown),
        over=over,
        standing=len(earlier),
        language=next((sign.language for sign in (*own, *before) if is_alarm(sign.notice)), ""),
    )
