"""The safety report as plain text, to read, print and sign. It is never shown on the page."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from chatbot.corpus.notices import Notice, Source
from chatbot.evaluation.safety_report import Entry, Raised, SafetyReport, Taught

GROUPS = {
    "crisis": "Emergencies: shown alone",
    "watch": "Watch, a softer sign of the same: shown before quotes",
    "advice": "Requests for advice: shown before quotes",
    "harm": "Requests for harm: shown alone",
    "caution": "Cautions: shown with certain words or quotes",
}
OTHERS = "Others"
LANGUAGES = {"en": "English", "es": "Spanish"}
WIDTH = 100


def printed(record: SafetyReport) -> str:
    """The record as plain text, to read and to sign."""
    parts = (_heading, _articles, _notices, _contacts, _teaching, _trials, _signing)
    return "\n".join(line.rstrip() for part in parts for line in part(record))


def _heading(record: SafetyReport) -> Iterator[str]:
    yield from _title(f"Word for Word: what a clinician signs, as of {record.today}", "=")
    yield f"Reviewed by: {'; '.join(record.reviewers) or 'nobody yet'}"
    languages = " and ".join(LANGUAGES.get(code, code) for code in record.languages)
    yield f"{len(record.entries)} notices in {languages}, {len(record.contacts)} contacts. Open:"
    found = {
        "notices": Counter(flag for entry in record.entries for flag in entry.flags),
        "contacts": Counter(flag for contact in record.contacts for flag in contact.flags),
    }
    for name, counts in found.items():
        yield f"  {name}: {', '.join(f'{count} {flag}' for flag, count in counts.items()) or 'nothing'}"
    yield ""


def _articles(record: SafetyReport) -> Iterator[str]:
    yield from _title("Articles: who approved what is quoted", "-")
    for document in record.articles:
        approval = document.approval
        said = f"approved by {approval.by} on {approval.on}" if approval else "[APPROVED BY NOBODY] and quoted"
        yield from _wrapped(f"{document.name} (“{document.title}”): {said}.", "")
    yield from (f"{name}: a draft, not quoted." for name in record.drafts)
    yield ""


def _notices(record: SafetyReport) -> Iterator[str]:
    for kind, title in [*GROUPS.items(), ("", OTHERS)]:
        yield from _title(title, "-")
        for entry in record.entries:
            if entry.versions[0].kind == kind or (not kind and entry.versions[0].kind not in GROUPS):
                yield from _notice(entry)


def _notice(entry: Entry) -> Iterator[str]:
    yield f"{entry.versions[0].id}   {_flags(entry.flags)}"
    for notice in entry.versions:
        yield from _wrapped(notice.title, f"  {LANGUAGES.get(notice.language, notice.language)}: ")
        for line in notice.lines:
            yield from _wrapped(line, "    - ")
    facts: dict[str, list[str]] = {}  # what is the same in every language is said once
    for notice in entry.versions:
        for fact in _facts(notice):
            facts.setdefault(fact, []).append(notice.language)
    for fact, languages in facts.items():
        yield from _wrapped(fact, "  " if len(languages) == len(entry.versions) else f"  {', '.join(languages)}: ")
    yield ""


def _facts(notice: Notice) -> Iterator[str]:
    if notice.contacts:
        yield f"To tap: {', '.join(f'{contact.id} {contact.shown}' for contact in notice.contacts)}."
    yield from _sources(notice.sources)
    if notice.unconfirmed:
        yield f"Unconfirmed: {notice.unconfirmed}."
    signed = f"signed by {notice.reviewed_by}" if notice.reviewed_by else "signed by nobody"
    yield f"Last verified {notice.last_verified}, review by {notice.review_by}, {signed}."


def _sources(sources: Sequence[Source]) -> Iterator[str]:
    for source in sources:
        yield f"Source: {source.body} ({source.status or 'not noted whether confirmed'})."


def _contacts(record: SafetyReport) -> Iterator[str]:
    yield from _title("Contacts", "-")
    for listed in record.contacts:
        contact = listed.versions[0]
        yield f"{contact.id}   {contact.shown}   {_flags(listed.flags)}"
        for code, version in zip(record.languages, listed.versions, strict=True):
            yield from _wrapped(version.name, f"  {LANGUAGES.get(code, code)}: ")
        ways = [f"{way} {value}" for way in ("tel", "sms", "url") if (value := getattr(contact, way))]
        yield from _wrapped(f"Reached by: {', '.join(ways) or 'nothing to tap'}.", "  ")
        for fact in _sources(contact.sources):
            yield from _wrapped(fact, "  ")
        yield f"  Last verified {contact.last_verified or 'never'}."
        yield from _wrapped(f"Shown by: {', '.join(listed.shown_by) or 'no notice'}.", "  ")
        yield ""


def _signs(record: SafetyReport) -> Iterator[str]:
    yield from _title("Signs: what each must know and must not know, without the model", "-")
    for sign in record.signs:
        yield f"{sign.name}   {', '.join(dict.fromkeys(sign.notices))}"
        for code in sign.knows:
            yield from _wrapped(f"{LANGUAGES.get(code, code)}, knows: {'; '.join(sign.knows[code])}.", "  ")
            yield from _wrapped(f"{LANGUAGES.get(code, code)}, leaves: {'; '.join(sign.leaves[code])}.", "  ")
        yield ""


def _teaching(record: SafetyReport) -> Iterator[str]:
    yield from _title("What raises each notice", "-")
    yield "Signs work without the model; example messages teach the classifier; a stretch is a quote with a caution."
    yield f"{'':26}{'signs':>8}{'stretches':>11}" + "".join(f"{code:>8}" for code in record.languages)
    for taught in record.taught:
        yield f"{taught.name:26}{taught.signs:8}{taught.stretches:11}" + _by_column(taught, record)
    yield ""
    yield "Look-alikes: messages that must raise nothing, by group"
    for taught in record.look_alikes:
        yield f"{taught.name:26}{'':19}" + _by_column(taught, record)
    yield ""


def _trials(record: SafetyReport) -> Iterator[str]:
    yield from _title("How often each notice was raised", "-")
    if not record.trials:
        yield "No labelled set was named: python -m chatbot check --safety FILE [FILE ...]"
        yield "puts each of its questions to the chatbot. It needs the index; corpus/README.md has the form of a file."
        yield ""
    for trial in record.trials:
        yield f"{trial.name}: {trial.cases} questions; {trial.left_out} more may be answered either way, left out"
        yield f"{'':26}{'raised':>8}{'of those expected':>20}"
        times = {raised.notice: raised for raised in trial.raised}
        for name in dict.fromkeys([*(taught.name for taught in record.taught), *times]):
            raised = times.get(name, Raised(name, 0, 0))
            yield f"{name:26}{raised.times:8}{'no label' if raised.expected is None else raised.expected:>20}"
        for measure in trial.measures:
            if measure.share is not None:
                wrong = f": {' '.join(measure.misses)}" if measure.misses else ""
                said = f"{measure.name} {measure.share:.3f} of {measure.of}, wrong {len(measure.misses)}{wrong}"
                yield from _wrapped(said, "  ")
        yield ""


def _signing(record: SafetyReport) -> Iterator[str]:
    yield from _title("To sign", "-")
    yield from _wrapped(
        "I have read the notices above in the languages that I name, and they may be shown, except those that I list.",
        "",
    )
    for field in ("Languages", "Except", "Name", "Licence", "Date", "Signature"):
        yield f"\n{field + ':':12}{'_' * 60}"
    yield ""
    yield from _wrapped(
        "Then write into corpus/notices/en.toml and es.toml, for each notice that you sign: name and licence into "
        "`reviewed_by`, the day into `last_verified`, the day of the next review into `review_by`; take `unconfirmed` "
        "out when it is settled. In contacts.toml: the day of the call into `last_verified`. `python -m chatbot "
        "check --safety --strict` ends with status 0 when nothing is unsigned or overdue.",
        "",
    )


def _title(text: str, line: str) -> Iterator[str]:
    yield from (text, line * len(text), "")


def _flags(flags: Sequence[str]) -> str:
    return "".join(f"[{flag}] " for flag in flags)


def _by_column(taught: Taught, record: SafetyReport) -> str:
    return "".join(f"{taught.messages.get(code, 0):8}" for code in record.languages)


def _wrapped(text: str, lead: str) -> list[str]:
    """Lines of a page's width; a number or an address is never torn."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )
