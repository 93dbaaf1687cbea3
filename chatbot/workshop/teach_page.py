"""What an editor does with a trial: sees it as a family does, reads why it won, and says where the question belongs."""

import html
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment

from chatbot.answering.reply import Quote
from chatbot.preview.explain import Explanation
from chatbot.query.language import detect
from chatbot.retrieval.candidates import Candidate, DocumentSpan, answer_label
from chatbot.settings import Settings
from chatbot.web.layout import HERE
from chatbot.web.transcript import Exchange, Transcript
from chatbot.workshop.workshop import Workshop

_LIKELY = 5  # answers that are named with a button of their own
_PASSAGES = 3  # passages of articles without a bank that an answer can be made of
_NEAR = 0.5  # of the winner's probability, from which another answer was near
_STYLES = ("layout.css", "reply.css")


def teaching(trial: Explanation, before: Transcript, workshop: Workshop, templates: Environment) -> str:
    """HTML: the conversation, why in words, and the forms that say where the question belongs."""
    trace, settings = trial.trace, workshop.bench.chatbot.settings
    whole = before.with_exchange(Exchange(trial.question, trace.reply))
    why = "".join(f"<li>{html.escape(reason)}</li>" for reason in reasons(trial, settings))
    stale = '<p class="flag">Something was changed since the replies were built: they answer as before.</p>'
    known = {*workshop.labels()}
    likely = [answer_label(one.answer) for one in (*trace.bank.candidates, *trace.bank.asked) if one.answer]
    languages = sorted(workshop.bench.chatbot.wordings)
    language = detect(trial.question.text)
    forms = templates.get_template("teach.html").render(
        question=trial.question,
        languages=languages,
        language=language if language in languages else "en",
        likely=[label for label in dict.fromkeys(likely) if label in known][:_LIKELY],
        labels=workshop.labels(),
        passages=[DocumentSpan(one.document, one.stretches[0]) for one in trace.texts.candidates[:_PASSAGES]],
    )
    return (
        f"{stale if workshop.stale else ''}{_as_families_see(whole, trial, workshop)}<h2>Why</h2><ul>{why}</ul>{forms}"
    )


def reasons(trial: Explanation, settings: Settings) -> Iterator[str]:
    """Why the reply is what it is, in words, one a quote; the numbers are elsewhere."""
    reply = trial.trace.reply
    for number, quote in enumerate(reply.quotes, 1):
        yield f"Quote {number}: {_why(quote, trial)}"
    if reply.choices:
        yield "Some answer fits, but none is sure: families are asked which one they mean."
    if reply.maybe:
        yield "A passage comes near and is offered as perhaps no answer: no question of a bank leads to it."
    if reply.outcome == "not_covered" and not reply.maybe:
        topic = trial.trace.bank.topic
        taken = f" It was taken for the topic “{topic}”." if topic else ""
        yield f"Nothing is quoted: no answer is sure enough.{taken}"
    if reply.outcome == "notice":
        yield "A notice stands alone: the message says that somebody is in danger, asks for harm, or asks for nothing."


def _why(quote: Quote, trial: Explanation) -> str:
    won = next((one for one in trial.trace.sure if _holds(one, quote)), None)
    if won is None:
        return "the article's own words on who decides, since the message asks for advice."
    others = [one for one in trial.trace.bank.candidates if one.answer and one.answer != won.answer]
    near = [answer_label(one.answer) for one in others if one.answer and one.score >= _NEAR * won.score]
    if won.answer is None:
        return "found by the article's own words and the reader: no question of a bank leads to this passage."
    label = answer_label(won.answer)
    if near:
        return f"{label}, although another was near: {', '.join(near[:2])}."
    return f"{label}, sure: no other answer comes near."


def _holds(candidate: Candidate, quote: Quote) -> bool:
    return candidate.document == quote.document and any(quote.span.overlap(one) for one in candidate.stretches)


def _as_families_see(whole: Transcript, trial: Explanation, workshop: Workshop) -> str:
    """The conversation in a frame with the page's own markup and styles, and a box to go on with it."""
    chatbot = workshop.bench.chatbot
    language = trial.question.language if trial.question.language in chatbot.wordings else "en"
    log = "".join(markup for _, markup in whole.messages(chatbot.corpus, chatbot.settings, wordings=chatbot.wordings))
    style = "".join((Path(HERE) / name).read_text(encoding="utf-8") for name in _STYLES)
    head = f'<!doctype html><html lang="{language}"><meta charset="utf-8"><style>{style}</style>'
    page = f'{head}<body><div id="log">{log}</div>'
    said = "\n".join(exchange.question.text.replace("\n", " ") for exchange in whole.exchanges)
    return (
        "<h2>As families see it</h2>"
        f'<iframe title="The conversation" sandbox="" class="families" srcdoc="{html.escape(page)}"></iframe>'
        f'<form method="post" action="try"><input type="hidden" name="language" value="{html.escape(language)}">'
        f'<input type="hidden" name="history" value="{html.escape(said)}">'
        '<label>They go on<textarea name="question" rows="2"></textarea></label><button>Say it</button></form>'
    )
