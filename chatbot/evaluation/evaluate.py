"""Scores of the chatbot on labelled questions that are not part of the bank.

A case is a JSON object: ``id, history, question, expect, crisis, must, ok, tags``. ``expect`` is answer, not_covered,
advice, crisis, chitchat or either (not scored); ``crisis`` is the kind of emergency. ``must`` are the spans of which
one has to be quoted, ``ok`` those that may be quoted too.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from chatbot.answering.reply import Reply
from chatbot.corpus.documents import Span
from chatbot.errors import RequestError
from chatbot.query.question import Question

COVERS = 0.8  # share of a must span that the first quote has to hold


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled question."""

    id: str
    question: Question
    expect: str
    crisis: str | None
    must: tuple[Span, ...]
    ok: tuple[Span, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """A share of ``of`` cases; None when there is none. ``misses`` are ids of the cases that count against it."""

    name: str
    share: float | None
    of: int
    misses: tuple[str, ...] = ()


def load_cases(path: Path) -> list[Case]:
    """Every line of a JSON-lines file; RequestError names the first line that is no case."""
    try:
        lines = path.read_bytes().splitlines()  # as bytes: in text, U+2028 within a question would end its line
    except OSError as error:
        raise RequestError(f"Cannot be read: {error}.", where=path, next_step="name a file.") from error
    cases = []
    for number, line in enumerate(lines, 1):
        try:
            cases.append(_case(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            raise RequestError(
                f"No labelled question ({error!r}).",
                where=f"{path}, line {number}",
                next_step="mend the line.",
            ) from error
    return cases


def evaluate(cases: Sequence[Case], reply_to: Callable[[Question], Reply]) -> list[Measure]:
    """All measures over the cases."""
    pairs = [(case, reply_to(case.question)) for case in cases]
    answers = [(case, reply) for case, reply in pairs if case.expect == "answer"]
    others = [(case, reply) for case, reply in pairs if case.expect not in ("crisis", "either")]
    return [
        _share("hit@1, single", _alone(answers), _hit_first),
        _share("hit@1, follow-up", _following(answers), _hit_first),
        _share("hit@1, Spanish", [pair for pair in answers if "spanish" in pair[0].tags], _hit_first),
        _share("hit@any", answers, _hit_any),
        _focus(answers),
        _share("abstained", _expecting(pairs, "not_covered"), lambda _, reply: not reply.quotes),
        _share("wrongly refused", answers, lambda _, reply: not reply.quotes, bad=True),
        _share("advice notice", _expecting(pairs, "advice"), lambda _, reply: _has(reply, "advice")),
        _share("advice notice on answers", answers, lambda _, reply: _has(reply, "advice"), bad=True),
        _share("crisis or watch", _expecting(pairs, "crisis"), _crisis_seen),
        _share("crisis of the right kind", _expecting(pairs, "crisis"), _crisis_named),
        _share("crisis now", _expecting(pairs, "crisis"), lambda _, reply: _has(reply, "crisis")),
        _share("false crisis", others, lambda _, reply: _has(reply, "crisis"), bad=True),
        _share("false watch", others, lambda _, reply: _has(reply, "watch"), bad=True),
        _share("small talk unquoted", _expecting(pairs, "chitchat"), lambda _, reply: not reply.quotes),
    ]


def evaluate_by_tag(cases: Sequence[Case], reply_to: Callable[[Question], Reply]) -> dict[str, list[Measure]]:
    """All measures, for the cases of each tag."""
    tags = sorted({tag for case in cases for tag in case.tags})
    return {tag: evaluate([case for case in cases if tag in case.tags], reply_to) for tag in tags}


Pairs = list[tuple[Case, Reply]]


def _case(entry: dict[str, object]) -> Case:
    history, tags = entry["history"], entry["tags"]
    if not isinstance(history, list) or not isinstance(tags, list):
        raise TypeError("history and tags are lists")
    return Case(
        id=str(entry["id"]),
        question=Question(str(entry["question"]), tuple(str(text) for text in history)),
        expect=str(entry["expect"]),
        crisis=str(entry["crisis"]) if entry.get("crisis") else None,
        must=_spans(entry["must"]),
        ok=_spans(entry["ok"]),
        tags=tuple(str(tag) for tag in tags),
    )


def _spans(value: object) -> tuple[Span, ...]:
    if not isinstance(value, list):
        raise TypeError("spans are a list of pairs")
    return tuple(Span(int(start), int(end)) for start, end in value)


def _share(name: str, pairs: Pairs, holds: Callable[[Case, Reply], bool], *, bad: bool = False) -> Measure:
    """The share for which ``holds``; the others are the misses, or with ``bad`` those for which it holds."""
    results = [(case.id, holds(case, reply)) for case, reply in pairs]
    misses = tuple(case_id for case_id, held in results if held == bad)
    held_count = sum(held for _, held in results)
    return Measure(name, held_count / len(results) if results else None, len(results), misses)


def _focus(pairs: Pairs) -> Measure:
    """Share of quoted characters that lie inside must or ok."""
    quoted = inside = 0
    for case, reply in pairs:
        wanted = {position for span in (*case.must, *case.ok) for position in range(span.start, span.end)}
        for quote in reply.quotes:
            quoted += len(quote.span)
            inside += sum(position in wanted for position in range(quote.span.start, quote.span.end))
    return Measure("focus", inside / quoted if quoted else None, len(pairs))


def _expecting(pairs: Pairs, expect: str) -> Pairs:
    return [pair for pair in pairs if pair[0].expect == expect]


def _alone(pairs: Pairs) -> Pairs:
    return [pair for pair in pairs if not pair[0].question.history]


def _following(pairs: Pairs) -> Pairs:
    return [pair for pair in pairs if pair[0].question.history]


def _hit_first(case: Case, reply: Reply) -> bool:
    return bool(reply.quotes) and _holds(reply.quotes[0].span, case.must)


def _hit_any(case: Case, reply: Reply) -> bool:
    return any(_holds(quote.span, case.must) for quote in reply.quotes)


def _holds(quoted: Span, must: Iterable[Span]) -> bool:
    return any(quoted.overlap(span) >= COVERS * len(span) for span in must)


def _has(reply: Reply, kind: str) -> bool:
    return any(notice.kind == kind for notice in reply.notices)


def _crisis_seen(_: Case, reply: Reply) -> bool:
    return _has(reply, "crisis") or _has(reply, "watch")


def _crisis_named(case: Case, reply: Reply) -> bool:
    return any(notice.id in (f"crisis.{case.crisis}", f"watch.{case.crisis}") for notice in reply.notices)
