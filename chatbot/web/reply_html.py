"""A Reply -> safe HTML for the page: markup around notices and quotes, and their characters escaped, never changed.

Works without Gradio. All words come from the notice files or from a document. The markup holds no line break (one in a
quote becomes ``<br>``), because Gradio reads messages as Markdown, where an empty line would end the HTML. Its
sanitiser keeps ``class``, ``id``, ``lang``, ``role`` and ``href`` and drops ``data-*`` and ``aria-*``, so ids carry
what the page's script needs.
"""

import hashlib
import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from chatbot.answering.reply import Quote, Reason, Reply, Section
from chatbot.corpus.corpus import Corpus
from chatbot.corpus.documents import Document, Span
from chatbot.corpus.notices import Contact, Notice, Wording
from chatbot.corpus.question_bank import Answer
from chatbot.web.origin import render_origin
from chatbot.web.reply_text import escaped

FORM = "first"  # id of the plain form
ASKS = f'type="submit" form="{FORM}"'  # of a button that asks: it works without JavaScript


@dataclass(frozen=True, slots=True)
class ReplyContext:
    """Where a reply stands: the number of its exchange, quotes numbered before it, and what may be asked next.

    ``articles`` maps the name of each document to the address of its own page; ``wordings`` are those of all languages,
    for a notice in the language of the message; ``suggestion`` offers the page in the language of the question;
    ``base_path`` is where the page stands on its site.
    """

    wording: Wording
    articles: Mapping[str, str]
    wordings: Mapping[str, Wording] = field(default_factory=dict)
    exchange: int = 1
    quoted_before: int = 0
    next_questions: tuple[Answer, ...] = ()
    suggestion: Notice | None = None
    base_path: str = ""


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


def render_question(text: str, wording: Wording, *, key: str, longest: int) -> str:
    """What the person typed, as text; a message that is too long is shown in part."""
    shown = text if len(text) <= longest else f"{text[:200]}…"
    return (
        f'<div class="asked" id="asked-{key}" lang="{wording.language}">'
        f"{_heading('you_asked', wording)}<p>{escaped(shown)}</p></div>"
    )


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
        _questions(reply.choices, place, kind="choices") if reply.choices else "",
        _maybe(reply.maybe, place) if reply.maybe else "",
        _near(reply.related, place) if reply.related else "",
        _questions(place.next_questions, place, kind="onward", heading="next_questions")
        if place.next_questions
        else "",
    ]
    return f'<div class="reply outcome-{reply.outcome}" lang="{place.wording.language}">{"".join(parts)}</div>'


def _was_looked_for(reply: Reply) -> bool:
    """Whether the article was searched in vain; a message that is too long or empty was not looked for at all."""
    return reply.abstention is not None and reply.abstention.reason in (Reason.TOPIC, Reason.NEAR, Reason.MAYBE)


def _notices(notices: Sequence[Notice], place: ReplyContext, *, looked_for: bool = False) -> str:
    """Notices one below the other: a contact to tap once, and what was looked for above the one that says it."""
    parts: list[str] = []
    above: list[Contact] = []
    for notice in notices:
        if looked_for and notice.kind == "not_covered":
            parts.append(_heading("looked_for", place.wording))
        parts.append(render_notice(notice, place.wordings.get(notice.language, place.wording), above=above))
        above += notice.contacts
    return "".join(parts)


def render_notice(notice: Notice, wording: Wording, *, above: Sequence[Contact] = ()) -> str:
    """A reviewed text, labelled as ours, with its contacts as things to tap, but for those right above it."""
    title = f"<h3>{_line(notice.title, wording)}</h3>" if notice.title else ""
    lines = (
        _steps(notice, wording)
        if notice.kind == "crisis"
        else "".join(_paragraph(line, wording) for line in notice.lines)
    )
    contacts = render_contacts((contact for contact in notice.contacts if contact not in above), wording)
    return (
        f'<div class="notice {notice.kind}" lang="{html.escape(notice.language)}">'
        f"{_heading('from_us', wording)}{title}{_urgent_first(notice, lines, contacts)}</div>"
    )


def _steps(notice: Notice, wording: Wording) -> str:
    """What to do in an emergency, in its order, as a numbered list; what was put before it for this message first."""
    before, steps = notice.lines[: len(notice.added)], notice.lines[len(notice.added) :]
    items = "".join(f"<li>{_line(line, wording)}</li>" for line in steps)
    return "".join(_paragraph(line, wording) for line in before) + f'<ol class="steps">{items}</ol>'


def _paragraph(line: str, wording: Wording) -> str:
    return f"<p>{_line(line, wording)}</p>"


def _line(text: str, wording: Wording) -> str:
    """A line of ours as HTML, with each telephone number in an element that no line end may break."""
    numbers = {contact.shown for contact in wording.contacts.values() if "-" in contact.shown}
    # The longest first, where one number begins with another.
    pieces = re.split(f"({'|'.join(map(re.escape, sorted(numbers, reverse=True)))})", text)
    return "".join(
        f'<span class="phone">{escaped(piece)}</span>' if piece in numbers else escaped(piece) for piece in pieces
    )


def _suggestion(notice: Notice, place: ReplyContext) -> str:
    """The offer of another language, with the link that switches to it: one line, since the reply matters more."""
    language = html.escape(notice.language)
    label = escaped(place.wording.label("language_switch"))
    link = f'<a class="switch" href="{html.escape(place.base_path)}/?lang={language}">{label}</a>'
    return f'<p class="offer" lang="{language}">{escaped(notice.title)} {link}</p>'


def _urgent_first(notice: Notice, lines: str, contacts: str) -> str:
    """The numbers stand before the reasons in an emergency, after them otherwise."""
    return contacts + lines if notice.kind == "crisis" else lines + contacts


def render_contacts(contacts: Iterable[Contact], wording: Wording) -> str:
    """Contacts as a list; each can be called, texted or opened by a tap."""
    items = "".join(f"<li>{_contact(contact, wording)}</li>" for contact in contacts)
    return f'<ul class="contacts">{items}</ul>' if items else ""


def _contact(contact: Contact, wording: Wording) -> str:
    shown, links = _line(contact.shown, wording), []
    if contact.tel:
        links.append(_link(f"tel:{contact.tel}", f"{escaped(wording.label('call'))} {shown}", "call"))
    if contact.sms:
        links.append(_link(f"sms:{contact.sms}", f"{escaped(wording.label('text_message'))} {shown}", "text"))
    if contact.url and not links:
        links.append(_link(contact.url, shown, "open"))
    return f'{"".join(links)}<span class="whom">{escaped(contact.name)}</span>'


def _link(address: str, content: str, kind: str) -> str:
    return f'<a class="{kind}" href="{html.escape(address)}" rel="noreferrer">{content}</a>'


def _heading(label_id: str, wording: Wording) -> str:
    return f"<h2>{escaped(wording.label(label_id))}</h2>"


# Emergencies of the person who reads: "I am safe" answers them. The others are mostly somebody else's, and the answer
# to a needless alarm is that it is none.
_OWN_DANGERS = {"crisis.suicide", "crisis.violence"}


def _anyway(reply: Reply, place: ReplyContext) -> str:
    own = any(notice.id in _OWN_DANGERS for notice in reply.notices)
    label = escaped(place.wording.label("show_quotes_anyway" if own else "not_emergency"))
    number = place.exchange
    return f'<p><button {ASKS} name="anyway" value="{number}" class="anyway" id="anyway-{number}">{label}</button></p>'


def _quotes(quotes: Sequence[Quote], place: ReplyContext) -> str:
    foreign = any(quote.language != place.wording.language for quote in quotes)
    remark = f'<p class="remark">{escaped(place.wording.notice("language.quotes").title)}</p>' if foreign else ""
    figures = "".join(_figure(quote, number, place) for number, quote in enumerate(quotes, place.quoted_before + 1))
    return f'<div class="quotes">{_heading("from_article", place.wording)}{remark}{figures}</div>'


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


def _maybe(quote: Quote, place: ReplyContext) -> str:
    """A place that may be no answer: word for word and cited like any quote, in a frame of its own."""
    return f'<div class="quotes maybe">{_figure(quote, place.quoted_before + 1, place)}</div>'


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
    return f'<div class="related">{_heading("maybe_related", place.wording)}<ul>{items}</ul></div>'


def _questions(answers: Sequence[Answer], place: ReplyContext, *, kind: str, heading: str = "") -> str:
    """Questions of the bank as buttons."""
    language = place.wording.language
    items = "".join(
        f'<li><button {ASKS} name="tapped" value="{html.escape(answer.ask[language])}" class="next">'
        f"{escaped(answer.ask[language])}</button></li>"
        for answer in answers
        if answer.ask.get(language)
    )
    above = _heading(heading, place.wording) if heading else ""
    return f'<div class="{kind}">{above}<ul>{items}</ul></div>'
