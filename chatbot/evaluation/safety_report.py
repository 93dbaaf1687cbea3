"""The safety report: every notice with what nobody has confirmed yet, its rules and examples, and its score.

The score tells how often the notice is raised on labelled questions.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from chatbot.answering.reply import Reply
from chatbot.corpus.corpus import Corpus
from chatbot.corpus.documents import Document
from chatbot.corpus.notices import Contact, Notice, Wording
from chatbot.evaluation.evaluate import Case, Measure, evaluate
from chatbot.query.question import Question
from chatbot.triage import severity
from chatbot.triage.examples import Examples
from chatbot.triage.severity import NONE
from chatbot.triage.signs import Sign

YEAR = timedelta(days=365)
UNCONFIRMED = "UNCONFIRMED"
ANSWERED_FOR = ("crisis", "watch", "advice", "harm", "caution")  # kinds that something must raise
# Of everything that `evaluate` measures, what a clinician answers for.
MEASURES = {
    "crisis or watch",
    "crisis of the right kind",
    "crisis now",
    "false crisis",
    "false watch",
    "advice notice",
    "advice notice on answers",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One notice in every language, English first; ``flags`` say in words what is open about it."""

    versions: tuple[Notice, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """One contact in every language, English first, and the notices that show it."""

    versions: tuple[Contact, ...]
    shown_by: tuple[str, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taught:
    """What raises a notice: signs, stretches of articles, and example messages by language."""

    name: str
    signs: int
    stretches: int
    messages: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Raised:
    """How often a notice was raised, and how often the label asked for it; None where labels cannot say."""

    notice: str
    times: int
    expected: int | None


@dataclass(frozen=True, slots=True)
class LabelledRun:
    """What the chatbot raised on one labelled set."""

    name: str
    cases: int
    left_out: int
    raised: tuple[Raised, ...]
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class SafetyReport:
    """Everything that a clinician reads before signing, as it is on one day."""

    today: date
    languages: tuple[str, ...]
    entries: tuple[Entry, ...]
    contacts: tuple[Listed, ...]
    signs: tuple[Sign, ...]
    taught: tuple[Taught, ...]
    look_alikes: tuple[Taught, ...]
    trials: tuple[LabelledRun, ...]
    articles: tuple[Document, ...]
    drafts: tuple[str, ...]

    @property
    def reviewers(self) -> tuple[str, ...]:
        """Everybody who signed a notice."""
        names = {version.reviewed_by for entry in self.entries for version in entry.versions}
        return tuple(sorted(names - {""}))

    @property
    def settled(self) -> bool:
        """Whether all that families see is signed or approved and nothing overdue.

        What is unconfirmed is for the one who signs to judge.
        """
        flags = [*(entry.flags for entry in self.entries), *(contact.flags for contact in self.contacts)]
        approved = all(document.approval for document in self.articles)
        return approved and all(flag.startswith(UNCONFIRMED) for some in flags for flag in some)


def make_safety_report(
    wordings: Mapping[str, Wording],
    examples: Examples,
    corpus: Corpus,
    *,
    today: date,
    trials: Sequence[LabelledRun] = (),
) -> SafetyReport:
    """The record of a corpus on a day."""
    english, languages = wordings["en"], ("en", *sorted(wordings.keys() - {"en"}))
    notices = [tuple(wordings[code].notices[notice_id] for code in languages) for notice_id in english.notices]
    contacts = [tuple(wordings[code].contacts[contact_id] for code in languages) for contact_id in english.contacts]
    return SafetyReport(
        today=today,
        languages=languages,
        entries=tuple(Entry(versions, _open_in_notice(versions, today)) for versions in notices),
        contacts=tuple(
            Listed(
                versions,
                _shown_by(versions[0], english),
                _open_in_contact(versions[0], today),
            )
            for versions in contacts
        ),
        signs=examples.grammar.signs,
        taught=_taught(english, examples, corpus),
        look_alikes=_look_alikes(examples),
        trials=tuple(trials),
        articles=corpus.documents,
        drafts=corpus.drafts,
    )


def try_out(name: str, cases: Sequence[Case], reply_to: Callable[[Question], Reply]) -> LabelledRun:
    """Put every case to the chatbot, once. Cases that may be answered either way are left out: nobody scored them."""
    scored = [case for case in cases if case.expect != "either"]
    replies = {case.question: reply_to(case.question) for case in scored}
    shown = [
        (notice, case)
        for case in scored
        for notice in (*replies[case.question].notices, *replies[case.question].companions)
    ]
    times = Counter(notice.id for notice, _ in shown)
    expected = Counter(notice.id for notice, case in shown if _asked_for(notice, case))
    unlabelled = {notice.id for notice, case in shown if _asked_for(notice, case) is None}
    return LabelledRun(
        name=name,
        cases=len(scored),
        left_out=len(cases) - len(scored),
        raised=tuple(
            Raised(notice_id, times[notice_id], None if notice_id in unlabelled else expected[notice_id])
            for notice_id in sorted(times)
        ),
        measures=tuple(measure for measure in evaluate(scored, replies.__getitem__) if measure.name in MEASURES),
    )


def _asked_for(notice: Notice, case: Case) -> bool | None:
    """Whether the label of a case asks for this notice; None when labels have no word for it."""
    if severity.is_alarm(notice.id):
        return case.expect == "crisis" and notice.id.partition(".")[2] == case.crisis
    if notice.kind in ("advice", "chitchat", "not_covered"):
        return case.expect == notice.kind
    return None


def _open_in_notice(versions: Sequence[Notice], today: date) -> tuple[str, ...]:
    found = {
        "NOT SIGNED": [notice.language for notice in versions if not notice.reviewed_by],
        UNCONFIRMED: [notice.language for notice in versions if notice.unconfirmed],
        "OLDER THAN A YEAR": [notice.language for notice in versions if today - notice.last_verified > YEAR],
        "REVIEW OVERDUE": [notice.language for notice in versions if notice.review_by < today],
    }
    return tuple(
        flag if len(languages) == len(versions) else f"{flag} ({', '.join(languages)})"
        for flag, languages in found.items()
        if languages
    )


def _shown_by(contact: Contact, wording: Wording) -> tuple[str, ...]:
    """The notices that name a contact, in a line or as a thing to tap."""
    return tuple(
        notice.id for notice in wording.notices.values() if contact in notice.contacts or contact.shown in notice.text
    )


def _open_in_contact(contact: Contact, today: date) -> tuple[str, ...]:
    checked = contact.last_verified
    found = {
        UNCONFIRMED: not any(source.status == "confirmed" for source in contact.sources),
        "NEVER CHECKED": checked is None,
        "OLDER THAN A YEAR": checked is not None and today - checked > YEAR,
    }
    return tuple(flag for flag, holds in found.items() if holds)


def _taught(wording: Wording, examples: Examples, corpus: Corpus) -> tuple[Taught, ...]:
    """Every notice that is raised by what was written: also one that nothing raises, for that is a gap."""
    signs = Counter(notice for sign in examples.grammar.signs for notice in sign.notices)
    stretches = Counter(caution.notice for document in corpus.documents for caution in document.cautions)
    messages = Counter((example.notice, example.language) for example in (*examples.emergencies, *examples.requests))
    named = {*signs, *stretches, *(notice_id for notice_id, _ in messages)}
    return tuple(
        Taught(notice.id, signs[notice.id], stretches[notice.id], _by_language(messages, notice.id))
        for notice in wording.notices.values()
        if notice.kind in ANSWERED_FOR or notice.id in named
    )


def _look_alikes(examples: Examples) -> tuple[Taught, ...]:
    """Messages that raise nothing, by the editor's name for them."""
    calm = Counter(
        (example.group or "without a group", example.language)
        for example in (*examples.emergencies, *examples.requests)
        if example.notice.partition(".")[0] == NONE
    )
    return tuple(Taught(group, 0, 0, _by_language(calm, group)) for group in dict.fromkeys(group for group, _ in calm))


def _by_language(counts: Counter[tuple[str, str]], name: str) -> dict[str, int]:
    return {language: count for (measured, language), count in counts.items() if measured == name}
