"""HTML page for editors that explains one reply: triggers of its notices, scores of its quotes, and near misses."""

import html
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from chatbot.answering.reply import Quote, Reason
from chatbot.corpus.notices import Notice
from chatbot.preview.corpus_pages import sheet, stretch, table
from chatbot.preview.explain import Explanation, Neighbour
from chatbot.query.question import Question
from chatbot.retrieval.candidates import ANSWERS, Candidate, answer_label
from chatbot.settings import Settings
from chatbot.triage import severity
from chatbot.triage.assessment import EMERGENCIES, REQUESTS

SHOWN = 0.01  # probability of a class from which it is listed
_REASONS = {
    Reason.TOPIC: "No answer fits surely enough, and none comes near.",
    Reason.NEAR: "No answer fits surely enough, but one comes near.",
    Reason.MAYBE: "A passage of an article without a bank comes near, and is not sure enough.",
    Reason.TOLD: "The message tells something and asks nothing, and no answer is sure enough for that.",
    Reason.VAGUE: "The message leans on something said before, and nothing was.",
    Reason.EMPTY: "There is no word in it.",
    Reason.TOO_LONG: "It is longer than the longest message.",
    Reason.LANGUAGE: "It is in a language that the page does not know.",
}


def trial_sheet(
    trial: Explanation | None,
    settings: Settings,
    languages: Sequence[str],
    *,
    more: str = "",
    said: Question | None = None,
) -> str:
    """The box to try a question in, and under it what became of the one that was tried; the numbers are folded.

    ``more`` is HTML that comes first, ``said`` the question as it was typed.
    """
    if trial is None:
        return sheet("Try a question", _box(None, languages))
    reply = trial.trace.reply
    parts = (
        _box(said or trial.question, languages),
        f"<h2>Outcome: {reply.outcome}</h2>",
        more,
        "<details><summary>Numbers</summary>",
        *(_notice(notice, trial, settings) for notice in (*reply.notices, *reply.companions)),
        *(_quote(quote, trial) for quote in reply.quotes),
        _candidates(trial, settings),
        _readings(trial),
        _rows(trial.rows),
        "</details>",
    )
    return sheet("Try a question", "".join(parts))


def _box(question: Question | None, languages: Sequence[str]) -> str:
    text, history = (question.text, "\n".join(question.history)) if question else ("", "")
    options = "".join(
        f"<option{' selected' if question and question.language == language else ''}>{html.escape(language)}</option>"
        for language in languages
    )
    return (
        '<form method="post" action="try">'
        f'<label>Question<textarea name="question" rows="3" autofocus>\n{html.escape(text)}</textarea></label>'
        f'<label>Said before, one message a line<textarea name="history" rows="2">\n{html.escape(history)}</textarea>'
        f'</label><label>Language of the notices <select name="language">{options}</select></label>'
        f'<label><input type="checkbox" name="anyway" value="1"{" checked" if question and question.anyway else ""}> '
        "They said that nobody is in danger</label><button>Try</button></form>"
    )


def _notice(notice: Notice, trial: Explanation, settings: Settings) -> str:
    reasons = "".join(f"<li>{reason}</li>" for reason in _raised_by(notice, trial, settings))
    return (
        f'<div class="notice"><b>{html.escape(notice.id)}</b>\n{html.escape(notice.text)}</div>'
        f"<p>Because:</p><ul>{reasons}</ul>"
    )


def _raised_by(notice: Notice, trial: Explanation, settings: Settings) -> Iterator[str]:
    """HTML of everything that led to a notice."""
    for sign in trial.signs:
        if _same(sign.notice, notice.id) and not sign.cancelled_by:
            words = f"<b>{html.escape(sign.words)}</b>"
            yield f"the sign “{html.escape(sign.sign)}” found {words} in “{html.escape(sign.message)}”"
    yield from _by_classifiers(notice, trial, settings)
    abstention = trial.trace.reply.abstention
    if abstention and notice.id == abstention.reason.value:
        yield html.escape(_REASONS[abstention.reason])
    yield from _by_quotes(notice, trial.trace.reply.quotes)


def _by_classifiers(notice: Notice, trial: Explanation, settings: Settings) -> Iterator[str]:
    trace = trial.trace
    for name, raised in ((EMERGENCIES, trace.assessment.emergencies), (REQUESTS, trace.assessment.requests)):
        for notice_id in raised:
            if _same(notice_id, notice.id):
                yield f"the classifier “{name}” raised {html.escape(notice_id)} ({_thresholds(notice_id, settings)})"
                yield from (_example(like) for like in trial.examples if like.kind == notice_id)


def _by_quotes(notice: Notice, quotes: Iterable[Quote]) -> Iterator[str]:
    for quote in quotes:
        for caution in quote.document.cautions:
            if caution.notice == notice.id and quote.span.overlap(caution.span):
                yield f"about.toml ties it to “{html.escape(quote.document.slice(caution.span))}”, which is quoted"


def _same(one: str, other: str) -> bool:
    """Whether two ids are of one kind of notice: an emergency is softened when it is over."""
    return severity.softened(one) == severity.softened(other)


def _thresholds(notice_id: str, settings: Settings) -> str:
    if notice_id.startswith("crisis."):
        return f"crisis.* in all from {settings.crisis_threshold}, of a part from {settings.crisis_part_threshold}"
    if notice_id.startswith("watch."):
        whole, part = settings.watch_threshold, settings.watch_part_threshold
        return f"crisis.* and watch.* in all from {whole}, of a part from {part}"
    kind = notice_id.partition(".")[0]
    return f"{html.escape(kind)}.* in all from {getattr(settings, f'{kind}_threshold')}"


def _example(like: Neighbour) -> str:
    return f"an example of {html.escape(like.belongs_to)} is like it ({like.score:.2f}): “{html.escape(like.text)}”"


def _quote(quote: Quote, trial: Explanation) -> str:
    sources = [one for one in trial.trace.sure if any(quote.span.overlap(stretch_) for stretch_ in one.stretches)]
    names = ", ".join(dict.fromkeys(_name(one) for one in sources)) or "who_decides of about.toml"
    return (
        f"{stretch(quote.document, quote.span, key=quote.key)}"
        f'<p class="place">From {html.escape(names)}; marked: the sentence that decided; score {quote.score:.3f}.</p>'
    )


def _candidates(trial: Explanation, settings: Settings) -> str:
    bank, texts, fitting = trial.trace.bank, trial.trace.texts, trial.trace.sure
    parts = []
    if bank and bank.outputs:
        topic = f" Likeliest topic not covered: {html.escape(bank.topic)}." if bank.topic else ""
        parts.append(
            f"<h2>Answers of the bank</h2><p>Some answer fits with probability <b>{bank.covered:.3f}</b>; quoted from "
            f"{settings.answer_threshold}, called near from {settings.near_threshold}. A second one is quoted from "
            f"{settings.second_quote_threshold}, if it is at least half as likely as the first.{topic}</p>"
            + table(("", "probability", "answer", "deciding sentence"), _candidate_rows(bank.candidates, fitting))
        )
        if bank.asked:
            parts.append(
                "<p>Questions within the message, each on its own:</p>"
                + table(("", "probability", "answer", "deciding sentence"), _candidate_rows(bank.asked, fitting))
            )
    if texts and texts.candidates:
        parts.append(
            "<h2>Sentences of articles without a bank</h2>"
            f"<p>Quoted from {settings.similarity_threshold}; beside an answer of the bank from "
            f"{settings.similarity_threshold_beside_bank}.</p>"
            + table(
                ("", "similarity", "article", "deciding sentence", "sentence", "passage", "words", "words of passage"),
                _candidate_rows(texts.candidates, fitting),
            )
        )
    return "".join(parts)


def _candidate_rows(candidates: Iterable[Candidate], fitting: Sequence[Candidate]) -> Iterator[str]:
    for candidate in candidates:
        won = any(_is_of(one, candidate) for one in fitting)
        match = candidate.match
        numbers = (match.sentence, match.passage, match.sentence_words, match.passage_words) if match else ()
        yield (
            f"<tr{' class=won' if won else ''}><td>{'fits' if won else ''}</td>{_number(candidate.score)}"
            f"<td>{html.escape(_name(candidate))}</td>"
            f"<td>{html.escape(candidate.document.slice(candidate.key))}</td>{''.join(map(_number, numbers))}</tr>"
        )


def _is_of(quoted: Candidate, found: Candidate) -> bool:
    """Whether a candidate that is quoted is one that was found: of a window only a part may be quoted."""
    return (quoted.document, quoted.key, quoted.answer) == (found.document, found.key, found.answer)


def _name(candidate: Candidate) -> str:
    return answer_label(candidate.answer) if candidate.answer else candidate.document.name


def _number(value: float) -> str:
    return f'<td class="number">{value:.3f}</td>'


def _readings(trial: Explanation) -> str:
    """Each text that was read for the message, with what each classifier made of it."""
    trace = trial.trace
    outputs = {**({ANSWERS: trace.bank.outputs} if trace.bank.outputs else {}), **trace.outputs}
    found = {name: one for name, one in outputs.items() if one}
    if not trace.variants or not found:
        return ""
    rows = []
    for number, text in enumerate(trace.variants.all):
        cells = (
            "<br>".join(
                f"{html.escape(label)} {score:.2f}" for label, score in one.likeliest(number, most=3) if score >= SHOWN
            )
            for one in found.values()
        )
        rows.append(f"<tr><td>{html.escape(text)}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    return (
        "<h2>How it was read</h2><p>In standard words: the whole, its parts, and with what was said before. Beside "
        f"each what the classifiers make of it; the rows of the whole are put together.</p>{table(('', *found), rows)}"
    )


def _rows(rows: Sequence[Neighbour]) -> str:
    """What of the corpus is like the question, by kind of row. With a bank it decides nothing: it is for looking."""
    parts = (
        f"<h3>{html.escape(kind)}</h3>"
        + table(
            ("score", "", "of"),
            (
                f"<tr>{_number(like.score)}<td>{html.escape(like.text)}</td><td>{html.escape(like.belongs_to)}</td></tr>"
                for like in group
            ),
        )
        for kind, group in groupby(rows, key=lambda like: like.kind)
    )
    return f"<h2>What is like it</h2>{''.join(parts)}" if rows else ""
