"""Severity of notices: their order, and which of several are shown."""

from collections.abc import Iterable

KINDS = ("overdose", "collapse", "suicide", "poisoning", "withdrawal", "violence")
NONE = "none"
# Kinds of notices, the most urgent first.
_URGENCY = (
    *("crisis", "watch", "trouble", "harm", "advice", "comfort", "caution", "info", "language", "choice"),
    *("not_covered", "chitchat"),
)
_OUTCOMES = ("trouble.", "language.other", "choice.", "not_covered.")  # what says how the reply came out
MOST_NOTICES = 2  # notices of one reply


def is_alarm(notice_id: str) -> bool:
    """Whether a notice is about danger: ``crisis.*`` for now, ``watch.*`` for later."""
    return notice_id.startswith(("crisis.", "watch."))


def any_crisis(ids: Iterable[str]) -> bool:
    """Whether one of the notices is about an emergency that is happening now."""
    return any(notice_id.startswith("crisis.") for notice_id in ids)


def softened(notice_id: str) -> str:
    """The notice that stands before quotes instead of alone."""
    return notice_id.replace("crisis.", "watch.")


def shown(ids: Iterable[str], *, calm: bool) -> list[str]:
    """The ids of what is shown: each once, the most urgent first, two at most, of emergencies one.

    An emergency that is happening now is shown alone. When all is ``calm`` no emergency is shown: the person has seen
    it and said that it is none.

    >>> shown(["advice.dose", "watch.overdose", "crisis.overdose"], calm=False)
    ['crisis.overdose']
    >>> shown(["advice.dose", "watch.overdose", "not_covered.topic"], calm=False)
    ['watch.overdose', 'advice.dose']
    >>> shown(["watch.overdose", "caution.minor", "not_covered.topic"], calm=False)
    ['watch.overdose', 'not_covered.topic']
    """
    order = sorted(dict.fromkeys(ids), key=lambda notice_id: _URGENCY.index(notice_id.partition(".")[0]))
    alarms = [] if calm else [notice_id for notice_id in order if is_alarm(notice_id)]
    if any_crisis(alarms):
        return alarms[:1]
    others = [notice_id for notice_id in order if not is_alarm(notice_id)]
    kept = [*alarms[:1], *others]
    # That nothing is quoted, or which questions there are to choose from, must be said, but for a request for advice:
    # its notice says that the page cannot answer.
    last = [notice_id for notice_id in kept if notice_id.startswith(_OUTCOMES)][:1]
    before = [notice_id for notice_id in kept if notice_id not in last]
    advised = any(notice_id.startswith("advice.") for notice_id in before)
    return [*before[: MOST_NOTICES - (0 if advised else len(last))], *last][:MOST_NOTICES]


def still_raised(notice_id: str, *, depends: bool) -> str:
    """What is left of an earlier message's alarm: all of it for "ok what now", a reminder for a new question."""
    return notice_id if depends else softened(notice_id)
