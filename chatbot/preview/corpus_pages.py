"""HTML pages for editors about the corpus: each answer with its questions and cautions, and what is never quoted.

A caution is a notice that is shown with every quote that holds a certain stretch.
"""

import html
from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlencode

from chatbot.corpus.corpus import Corpus
from chatbot.corpus.documents import Document, Span
from chatbot.corpus.notices import Wording
from chatbot.corpus.question_bank import Answer, BankQuestion
from chatbot.evaluation.coverage import ENOUGH, answers_of, unreached_units
from chatbot.retrieval.candidates import answer_label

# The pages lie side by side, so that their addresses need not repeat what comes before.
PAGES = (
    ("./", "Articles"),
    ("try", "Try a question"),
    ("missing", "What is missing"),
    ("questions", "Questions"),
    ("topics", "Topics not covered"),
    ("notices", "Notices"),
    ("changes", "Changes"),
    ("build", "Build"),
)
PREVIEW_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:0 auto;padding:0 1rem 4rem}
nav{padding:.8rem 0;border-bottom:1px solid}nav a{margin-right:1.5rem}
blockquote{margin:.4rem 0;padding:.4rem 1rem;border-left:4px solid #2b6cb0;white-space:pre-wrap}
blockquote.out{border-color:#888;opacity:.75}
section{margin:1.6rem 0}h3{margin:1.6rem 0 .2rem}
.place,.small{font-size:.85rem;opacity:.8}.flag{color:#b7410e;font-weight:600}
table{border-collapse:collapse;width:100%;margin:.5rem 0}
td,th{border-bottom:1px solid #8886;padding:.25rem .6rem;text-align:left;vertical-align:top}
td.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
tr.won{background:#2b6cb022;font-weight:600}
textarea{width:100%;font:inherit;box-sizing:border-box}label{display:block;margin:.6rem 0}
iframe.families{width:100%;height:28rem;border:1px solid #8886;resize:vertical;background:#fff}
input:not([type=checkbox]),select{font:inherit;max-width:100%}
label input:not([type=checkbox]){width:100%;box-sizing:border-box}
form.in-line{display:inline}pre{white-space:pre-wrap}.come{color:#1a7f37}.gone{color:#b7410e}
.notice{border:1px solid #b7410e;padding:.4rem 1rem;margin:.6rem 0;white-space:pre-wrap}
"""

_LINKS = "".join(f'<a href="{page}">{name}</a>' for page, name in PAGES)


def sheet(title: str, body: str) -> str:
    """A whole page with the links to the others."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><style>{PREVIEW_STYLE}</style></head><body>'
        f"<nav>{_LINKS}</nav>"
        f"<main><h1>{html.escape(title)}</h1>{body}</main></body></html>"
    )


def table(heads: Sequence[str], rows: Iterable[str]) -> str:
    """A table; each row is HTML."""
    return f"<table><tr>{''.join(f'<th>{html.escape(head)}</th>' for head in heads)}</tr>{''.join(rows)}</table>"


def overview_sheet(corpus: Corpus) -> str:
    """Every article with how much of it is answered."""
    rows = (
        f'<tr><td><a href="article?number={number}">{html.escape(document.title)}</a><br>'
        f'<span class="small">{html.escape(document.name)} · {html.escape(document.language)} · '
        f"{_publisher(document)}</span></td><td>{_standing(document)}</td>"
        + "".join(f'<td class="number">{count}</td>' for count in _counts(corpus, document))
        + "</tr>"
        for number, document in enumerate(corpus.documents, 1)
    )
    heads = ("article", "", "answers", "questions", "sentences", "of them in no answer", "cautions", "left out")
    return sheet("What the page may show", table(heads, rows))


def _publisher(document: Document) -> str:
    """HTML of who publishes an article; that nobody has written it down, when nobody has."""
    return html.escape(document.publisher) or "publisher not named in about.toml yet"


def _standing(document: Document) -> str:
    if document.approval:
        return f"approved by {html.escape(document.approval.by)} on {document.approval.on}"
    said = "draft: families do not see it" if document.draft else "approved by nobody, and shown all the same"
    return f'<span class="flag">{said}</span>'


def _approving(document: Document) -> str:
    return (
        '<form method="post" action="approve">'
        f'<input type="hidden" name="article" value="{html.escape(document.name)}">'
        "<label>I have read all of it, and families may see it. Name, role "
        '<input name="by" maxlength="200" required></label><button>Approve</button></form>'
    )


def _counts(corpus: Corpus, document: Document) -> tuple[int, ...]:
    answers = answers_of(corpus, document)
    units = sum(len(passage.units) for passage in document.passages)
    questions = sum(len(answer.questions) for answer in answers)
    unreached = len(unreached_units(corpus, document))
    return len(answers), questions, units, unreached, len(document.cautions), len(document.left_out)


def article_sheet(corpus: Corpus, document: Document, wording: Wording) -> str:
    """One article: who approved it, answers by place, sentences in no answer, cautions, and what is never quoted."""
    answers = answers_of(corpus, document)
    parts = [
        f"<p>{_publisher(document)} · {html.escape(document.language)} · {html.escape(document.name)}</p>",
        f"<p>{_standing(document)}</p>{_approving(document)}",
        f'<p><a href="#answers">{len(answers)} answers</a> · <a href="#unreached">sentences in no answer</a> · '
        f'<a href="#cautions">cautions</a> · <a href="#left-out">left out</a></p>',
        f'<section id="answers"><h2>Answers</h2>{_answers(answers)}</section>',
        f'<section id="unreached"><h2>Sentences in no answer</h2>{_unreached(corpus, document)}</section>',
        f'<section id="cautions"><h2>Cautions</h2>{_cautions(document, wording)}</section>',
        f'<section id="left-out"><h2>Left out: never quoted</h2>{_left_out(document)}</section>',
    ]
    return sheet(document.title, "".join(parts))


def topics_sheet(corpus: Corpus) -> str:
    """What families ask about and no article answers, with the questions that teach it."""
    parts = (f"<h3>{html.escape(topic.name)}</h3>{_questions(topic.questions)}" for topic in corpus.topics)
    return sheet("Topics that are not covered", "".join(parts) or "<p>None.</p>")


def stretch(document: Document, span: Span, *, key: Span | None = None, left_out: bool = False) -> str:
    """A stretch of an article, word for word, with its place and section; ``key`` within it is marked."""
    title = document.section_title(document.section_at(span.start))
    if key is None:
        words = html.escape(document.slice(span))
    else:
        ends = ((span.start, key.start), (key.start, key.end), (key.end, span.end))
        before, deciding, after = (html.escape(document.text[start:end]) for start, end in ends)
        words = f"{before}<mark>{deciding}</mark>{after}"
    return (
        f"<blockquote{' class=out' if left_out else ''}>{words}</blockquote>"
        f'<p class="place">{html.escape(document.name)} {span.start}-{span.end} · {html.escape(title)}</p>'
    )


def _answers(answers: Sequence[Answer]) -> str:
    if not answers:
        return "<p>There is no question bank: sentences are found by meaning and by words.</p>"
    return "".join(
        f'<section id="{html.escape(answer.name)}"><h3>{html.escape(answer.name)} '
        f'<a class="small" href="answer?of={quote(answer_label(answer))}">write questions</a></h3>'
        + "".join(stretch(answer.document, span) for span in answer.stretches)
        + "".join(f"<p>Shown with {html.escape(notice)}</p>" for notice in _notices_with(answer))
        + "".join(f"<p>{html.escape(language)}: “{html.escape(ask)}”</p>" for language, ask in answer.ask.items())
        + f"{_questions(answer.questions)}</section>"
        for answer in answers
    )


def _notices_with(answer: Answer) -> list[str]:
    """The ids of the notices that about.toml ties to what the answer quotes."""
    cautions = (
        caution.notice
        for caution in answer.document.cautions
        if any(span.overlap(caution.span) for span in answer.stretches)
    )
    return list(dict.fromkeys(cautions))


def _questions(questions: Sequence[BankQuestion]) -> str:
    items = "".join(f'<li lang="{html.escape(one.language)}">{html.escape(one.text)}</li>' for one in questions)
    few = ' <span class="flag">few</span>' if len(questions) < ENOUGH else ""
    return f"<details><summary>{len(questions)} questions{few}</summary><ul>{items}</ul></details>"


def _unreached(corpus: Corpus, document: Document) -> str:
    units = unreached_units(corpus, document)
    return (
        "".join(f"{stretch(document, unit)}{_make(document, unit)}" for unit in units)
        or "<p>None: every sentence stands in an answer.</p>"
    )


def _make(document: Document, span: Span) -> str:
    named = urlencode({"article": document.name, "start": span.start, "end": span.end})
    return f'<p><a class="small" href="passage?{html.escape(named)}">make an answer of this passage</a></p>'


def _cautions(document: Document, wording: Wording) -> str:
    return (
        "".join(
            f'{stretch(document, caution.span)}<div class="notice">{html.escape(caution.notice)}\n'
            f"{html.escape(wording.notice(caution.notice).text)}</div>"
            for caution in document.cautions
        )
        or "<p>None.</p>"
    )


def _left_out(document: Document) -> str:
    return (
        "".join(
            f"<p>Because: {html.escape(entry.reason)}</p>{stretch(document, entry.span, left_out=True)}"
            for entry in document.left_out
        )
        or "<p>None.</p>"
    )
