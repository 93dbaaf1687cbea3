"""Rules of triage: which notices the grammar of signs raises for a message, after the messages before it."""

from collections.abc import Sequence

from chatbot.triage.severity import is_alarm, still_raised
from chatbot.triage.signs import Grammar


def raised_by_rules(
    grammar: Grammar, text: str, earlier: Sequence[str] = (), *, depends: bool = True
) -> tuple[str, ...]:
    """The notices of all signs that nothing cancels, in the message and, for emergencies, in ``earlier`` ones.

    One that only an earlier message raises is repeated if this message depends on it, and softened if it does not. A
    message that says that help is there or that it is over ends it.
    """
    found = [sign for sign in grammar.read([*earlier, text]) if not sign.cancelled_by]
    own = [sign.notice for sign in found if sign.message == len(earlier)]
    before = [sign.notice for sign in found if sign.message < len(earlier) and is_alarm(sign.notice)]
    if before and grammar.says_over(text):
        before = []
    return tuple(dict.fromkeys([*own, *(still_raised(notice_id, depends=depends) for notice_id in before)]))
