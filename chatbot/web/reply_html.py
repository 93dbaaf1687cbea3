"""A Reply -> safe HTML for the page: markup around notices and quotes, and their characters escaped, never changed.

Works without Gradio. All words come from the notice files or from a document. The markup holds no line break (one in a
quote becomes ``<br>``), because Gradio reads messages as Markdown, where an empty line would end the HTML. Its
sanitiser keeps ``class``, ``id``, ``lang``, ``role`` and ``href`` and drops ``data-*`` and ``aria-*``, so ids carry
what the page's script needs.
"""

import hashlib
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chatbot.answering.reply import CHOICE, Quote, Reason, Reply, Section
from chatbot.corpus.corpus import Corpus
from chatbot.corpus.documents import Document, Span
from chatbot.corpus.notices import Contact, Notice, Wording
from chatbot.corpus.question_bank import Answer
from chatbot.web.notice_html import render_heading, render_lines, render_notice
from chatbot.web.origin import render_origin
from chatbot.web.question_html import ASKS, render_button
from chatbot.web.reply_text import escaped

_WITHIN = {CHOICE, Reason.MAYBE.value}  # notices that are shown with what they speak of


@dataclass(frozen=True, slots=True)
class ReplyContext:
    """Where a reply stands: the number of its exchange, quotes numbered before it, and what may be asked next.

    ``articles`` maps the name of each document to the address of its own page; ``wordings`` are those of all languages,
    for a notice in the language of the message; ``suggestion`` offers the page in the language of the question;
    ``base_path`` is where the page stands on its site. Only the ``newest`` reply has questions to tap. ``counting``:
    its reader can say that it did not answer; ``missed``: has said so.
    """

    wording: Wording
    articles: Mapping[str, str]
    wordings: Mapping[str, Wording] = field(default_factory=dict)
    exchange: int = 1
    quoted_before: int = 0
    next_questions: tuple[Answer, ...] = ()
    suggestion: Notice | None = None
    base_path: str = ""
    newest: bool = True
    folded: bool = False
    counting: bool = False
    missed: bool = False


def article_addresses(corpus: Corpus, *, base_path: str = "") -> dict[str, str]:
    """An address for each document: a number, since the name would leave its subject in the browser's history."""
    return {document.name: f"{base_path}/article/{number}" for number, document in enumerate(corpus.documents, 1)}


def seal(text: str) -> str:
    """Eight letters that say whether a stretch still has the text that a link was made for."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:8]


def stretch_address(article: str, document: Document, span: Span) -> str:
    """The link that opens an article at a stretch. With the seal, a link that outlives an article marks nothing."""
    return f"{article}?quote={span.start}-{span.end}-{seal(document.slice(span))}#quoted"


def section_address(articles: Mapping[str, str], section: Section) -> str:
    """The link that opens the article at a section."""
    return f"{articles[section.document.name]}#{section_id(section.number)}"


def section_id(section: int) -> str:
    """The id of a section's heading on the article's page."""
    return f"section-{section + 1}"


def render_reply(reply: Reply, place: ReplyContext) -> str:
    """Reading order: notices, quotes with their sources, companion notices, choices, near sections, next questions."""
    urgent = any(notice.kind == "crisis" for notice in reply.notices)
    suggestion = _suggestion(place.suggestion, place) if place.suggestion else ""
    parts = [
        suggestion if not urgent else "",  # nothing stands before an emergency
        _notices(reply.notices, place, looked_for=_was_looked_for(reply)),
        _anyway(reply, place) + suggestion if urgent else "",
        _quotes(reply.quotes, place) if reply.quotes else "",
        _notices(reply.companions, place),
        _listen(place) if reply.quotes or urgent else "",
        _missed(place) if reply.quotes and place.counting else "",
        _choices(reply, place) if reply.choices else "",
        _maybe(reply, reply.maybe, place) if reply.maybe else "",
        _near(reply.related, place) if reply.related else "",
        _onward(place.next_questions, place) if place.next_questions else "",
    ]
    whole = _folded("".join(parts), place) if place.folded else "".join(parts)
    return f'<div class="reply outcome-{reply.outcome}" lang="{place.wording.language}">{whole}</div>'


def _folded(reply: str, place: ReplyContext) -> str:
    """A reply under a line that opens it; its question stands above."""
    return f'<details class="folded"><summary>{escaped(place.wording.label("folded_reply"))}</summary>{reply}</details>'


def _missed(place: ReplyContext) -> str:
    """Says that the quotes did not answer: counted, and nothing else. Only with the page's script."""
    if place.missed:
        return f'<p class="counted">{escaped(place.wording.label("counted"))}</p>'
    label, number = escaped(place.wording.label("missed")), place.exchange
    return f'<p class="missing"><button type="button" class="missed" id="missed-{number}">{label}</button></p>'


def _listen(place: ReplyContext) -> str:
    """Reads the quotes, or the steps of an emergency, aloud; shown only where the device can speak."""
    return (
        f'<p class="aloud"><button type="button" class="listen">{escaped(place.wording.label("listen"))}</button></p>'
    )


def _was_looked_for(reply: Reply) -> bool:
    """Whether the article was searched in vain; a message that is too long or empty was not looked for at all."""
    return reply.abstention is not None and reply.abstention.reason in (Reason.TOPIC, Reason.NEAR, Reason.MAYBE)


def _notices(notices: Sequence[Notice], place: ReplyContext, *, looked_for: bool = False) -> str:
    """Notices one below the other: a contact to tap once, and what was looked for above the one that says it."""
    parts: list[str] = []
    above: list[Contact] = []
    for notice in notices:
        if notice.id in _WITHIN:
            continue
        if looked_for and notice.kind == "not_covered":
            parts.append(render_heading("looked_for", place.wording))
        parts.append(render_notice(notice, place.wordings.get(notice.language, place.wording), above=above))
        above += notice.contacts
    return "".join(parts)


def _suggestion(notice: Notice, place: ReplyContext) -> str:
    """The offer of another language, with the link that switches to it: one line, since the reply matters more."""
    language = html.escape(notice.language)
    label = escaped(place.wording.label("language_switch"))
    link = f'<a class="switch" href="{html.escape(place.base_path)}/?lang={language}">{label}</a>'
    return f'<p class="offer" lang="{language}">{escaped(notice.title)} {link}</p>'


# Emergencies of the person who reads: "I am safe" answers them. The others are mostly somebody else's, and the answer
# to a needless alarm is that it is none.
_OWN_DANGERS = {"crisis.suicide", "crisis.violence"}


def _anyway(reply: Reply, place: ReplyContext) -> str:
    own = any(notice.id in _OWN_DANGERS for notice in reply.notices)
    label = place.wording.label("show_quotes_anyway" if own else "not_emergency")
    return f"<p>{render_button(label, name='anyway', number=place.exchange, kind='anyway')}</p>"


def _quotes(quotes: Sequence[Quote], place: ReplyContext) -> str:
    foreign = any(quote.language != place.wording.language for quote in quotes)
    remark = f'<p class="remark">{escaped(place.wording.notice("language.quotes").title)}</p>' if foreign else ""
    figures = "".join(_figure(quote, number, place) for number, quote in enumerate(quotes, place.quoted_before + 1))
    return f'<div class="quotes">{render_heading("from_article", place.wording)}{remark}{figures}</div>'


def _figure(quote: Quote, number: int, place: ReplyContext) -> str:
    language = html.escape(quote.language)
    # A heading is a few words with a link: many stand in a row, and a button below each would hide them.
    is_heading = quote.span in quote.document.headings
    copy = (
        ""
        if is_heading
        else f'<button type="button" class="copy">{escaped(place.wording.label("copy_quote"))}</button>'
    )
    numbered = f'<span class="number">{number}</span> '
    elsewhere = "".join(_citation(other, place, kind="also") for other in quote.also)
    return (
        f'<figure class="quote{" heading" if is_heading else ""}" id="quote-{number}">'
        f'<blockquote lang="{language}">{quote_html(quote)}</blockquote>'
        f"<figcaption>{_citation(quote, place, kind='citation', before=numbered)}{elsewhere}"
        f"{copy}</figcaption></figure>"
    )


def _citation(quote: Quote, place: ReplyContext, *, kind: str, before: str = "") -> str:
    """Section and title, as a link to the place in the article."""
    language = html.escape(quote.language)
    page = f", {escaped(place.wording.label('page'))} {quote.page}" if quote.page else ""
    # Before the first heading the section is the article itself: it is named once.
    names = dict.fromkeys((quote.section, quote.document.title))
    source = f'{before}<span class="source">{" · ".join(map(escaped, names))}{page}</span>'
    # An article can be taken away while its quote stands in an open conversation: then there is nothing to link to.
    article, origin = place.articles.get(quote.document.name), render_origin(quote.document, place.wording)
    if not article:
        return f'<span class="{kind}" lang="{language}">{source}</span>{origin}'
    address = html.escape(stretch_address(article, quote.document, quote.span))
    return f'<a class="{kind}" lang="{language}" href="{address}">{source}{_opens(place.wording)}</a>{origin}'


def _opens(wording: Wording) -> str:
    """What a link to the article does, for those who hear its name alone."""
    return f'<span class="heard" lang="{wording.language}"> {escaped(wording.label("opens_article"))}</span>'


def quote_html(quote: Quote) -> str:
    """The words of a quote; the text of the result is the text of the quote.

    The deciding part is marked, but in a list: there one marked item would look like the one that counts.
    """
    document, span, key = quote.document, quote.span, quote.key
    items = _items(document, span)
    if items:
        lead = _slice(document, span.start, items[0].start)
        listed = "".join(f'<span role="listitem">{escaped(document.slice(item))}</span>' for item in items)
        return f'{lead}<span role="list">{listed}</span>{_slice(document, items[-1].end, span.end)}'
    if key == span:
        return escaped(quote.text)  # where everything decides, a mark would say nothing
    before = _slice(document, span.start, key.start)
    after = _slice(document, key.end, span.end)
    return f"{before}<mark>{_slice(document, key.start, key.end)}</mark>{after}"


def _items(document: Document, span: Span) -> list[Span]:
    """The items of a list within a span, each from the end of what stands before it; none when there is no list."""
    passage = document.passage_at(span.start)
    if not (passage and passage.is_list):
        return []
    items, end = list[Span](), passage.span.start
    for unit in passage.units:
        # A bullet or a number stands before an item, and only white space before a sentence.
        if end < unit.start and document.slice(Span(end, unit.start)).strip():
            items.append(Span(max(end, span.start), unit.end))
        end = unit.end
    return [item for item in items if span.covers(item)]


def _slice(document: Document, start: int, end: int) -> str:
    return escaped(document.slice(Span(start, end))) if start < end else ""


def _maybe(reply: Reply, quote: Quote, place: ReplyContext) -> str:
    """A place that may be no answer: word for word and cited like any quote, in a frame that says so."""
    notice = _within(reply, Reason.MAYBE.value)
    above, below = ("", "") if notice is None else (_title(notice), render_lines(notice, place.wording))
    return f'<div class="quotes maybe">{above}{_figure(quote, place.quoted_before + 1, place)}{below}</div>'


def _choices(reply: Reply, place: ReplyContext) -> str:
    """Questions of which one was probably meant: neither an answer nor a notice, so with neither's heading."""
    notice = _within(reply, CHOICE)
    above = "" if notice is None else f"{_title(notice)}{render_lines(notice, place.wording)}"
    asks = _asks if place.newest else _asked
    return f'<div class="choices">{above}{asks(reply.choices, place)}</div>'


def _within(reply: Reply, notice_id: str) -> Notice | None:
    """A notice that is shown with what it speaks of."""
    return next((notice for notice in reply.notices if notice.id == notice_id), None)


def _title(notice: Notice) -> str:
    return f"<h2>{escaped(notice.title)}</h2>"


def _near(sections: Sequence[Section], place: ReplyContext) -> str:
    several = len(place.articles) > 1  # two articles may have a heading in common
    items = "".join(
        f'<li><a class="near" lang="{html.escape(section.document.language)}" '
        f'href="{html.escape(section_address(place.articles, section))}">{escaped(section.title)}'
        f"{f' · {escaped(section.document.title)}' if several else ''}"
        f"{_opens(place.wording)}</a></li>"
        for section in sections
        if section.document.name in place.articles
    )
    return f'<div class="related">{render_heading("maybe_related", place.wording)}<ul>{items}</ul></div>'


def _onward(answers: Sequence[Answer], place: ReplyContext) -> str:
    heading = render_heading("next_questions", place.wording)
    return f'<div class="onward">{heading}{_asks(answers, place)}</div>'


def _asked(answers: Sequence[Answer], place: ReplyContext) -> str:
    """Questions that were offered: what was tapped of them stands below, so they are text by now."""
    items = (f"<li>{escaped(ask)}</li>" for answer in answers if (ask := answer.ask.get(place.wording.language)))
    return f"<ul>{''.join(items)}</ul>"


def _asks(answers: Sequence[Answer], place: ReplyContext) -> str:
    """Questions of the bank as buttons."""
    asks = [html.escape(ask) for answer in answers if (ask := answer.ask.get(place.wording.language))]
    items = (f'<li><button {ASKS} name="tapped" value="{ask}" class="next">{ask}</button></li>' for ask in asks)
    return f"<ul>{''.join(items)}</ul>"
