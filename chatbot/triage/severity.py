"""Severity of notices: their order, and which of several are shown."""

from collections.abc import Iterable

KINDS = ("overdose", "collapse", "suicide", "poisoning", "withdrawal", "violence")
NONE = "none"
# Kinds of notices, the most urgent first.
_URGENCY = ("crisis", "watch", "trouble", "harm", "advice", "caution", "language", "choice", "not_covered", "chitchat")


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
    """The ids of what is shown: each once, the most urgent first; one emergency at most, softer when all is ``calm``.

    An emergency that is happening now is shown alone.

    >>> shown(["advice.dose", "watch.overdose", "crisis.overdose"], calm=False)
    ['crisis.overdose']
    >>> shown(["advice.dose", "watch.overdose"], calm=False)
    ['watch.overdose', 'advice.dose']
    """
    order = sorted(dict.fromkeys(ids), key=lambda notice_id: _URGENCY.index(notice_id.partition(".")[0]))
    alarms = [notice_id for notice_id in order if is_alarm(notice_id)]
    if not calm and any_crisis(alarms):
        return alarms[:1]
    others = [notice_id for notice_id in order if notice_id not in alarms]
    return [*(softened(notice_id) if calm else notice_id for notice_id in alarms[:1]), *others]


def still_raised(notice_id: str, *, depends: bool) -> str:
    """What is left of an earlier message's alarm: all of it for "ok what now", a reminder for a new question."""
    return notice_id if depends else softened(notice_id)
