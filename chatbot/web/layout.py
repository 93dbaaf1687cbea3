"""Renders the static HTML around the conversation: helplines, exit button, heading, article, foot.

The page's script finds every word it shows in a ``<template>`` or ``data-*`` attribute written here.
"""

import html
from dataclasses import dataclass
from pathlib import Path

from chatbot.answering.suggestions import starters
from chatbot.corpus.corpus import Corpus
from chatbot.corpus.documents import Document
from chatbot.corpus.notices import Notice, Wording
from chatbot.service.interface import ChatbotProtocol
from chatbot.settings import Settings
from chatbot.web.article_html import Frame, render_article
from chatbot.web.notice_html import render_contacts, render_notice
from chatbot.web.origin import approval_line, render_origin
from chatbot.web.paths import FORM_PATH
from chatbot.web.question_html import ASKS, FORM
from chatbot.web.reply_html import article_addresses
from chatbot.web.reply_text import escaped

HERE = Path(__file__).resolve().parent / "static"
STYLES = ("layout.css", "gradio.css", "reply.css", "print.css")
SCRIPTS = {path.name for path in HERE.glob("*.js")}
LEAVING = "exit.js"  # no module: those need more than a strict frame grants
FIRST = "first.js"  # stands in the page itself
STARTING = "startup.js"  # only the page of the first seconds has it
BAR_CONTACTS = ("emergency", "lifeline", "helpline")

# What the script can have to say, and the notice that says it.
TROUBLES = {
    "busy": "trouble.busy",
    "rate": "trouble.rate",
    "offline": "trouble.connection",
    "closed": "trouble.closed",
    "failed": "trouble.failed",
    "too_big": "not_covered.too_long",
}

# A plain grey circle: says nothing about the subject, and is part of the page, so nothing is fetched for it.
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Ccircle cx='8' cy='8' r='7' fill='%23667'/%3E%3C/svg%3E"
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything that the fixed part of a page is made of, in one language; ``others`` are the further languages."""

    settings: Settings
    corpus: Corpus
    wording: Wording
    others: tuple[Wording, ...]

    def label(self, label_id: str) -> str:
        """A short text, ready to stand in HTML, also within an attribute."""
        return html.escape(self.wording.label(label_id))

    def head(self) -> str:
        """What belongs into ``<head>``: a neutral title and icon, the style in place, the script."""
        style = "".join((HERE / name).read_text(encoding="utf-8") for name in STYLES)
        base = self.settings.base_path
        # Named here, so that they are fetched side by side and not one after the other.
        preloads = "".join(
            f'<link rel="modulepreload" href="{base}/shell/{name}">'
            for name in sorted(SCRIPTS - {LEAVING, FIRST, STARTING})
        )
        return (
            f'<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{self.label('page_title')}</title>"
            f'<meta name="robots" content="noindex, nofollow"><meta name="referrer" content="no-referrer">'
            f'<meta name="color-scheme" content="light dark"><link rel="icon" href="{ICON}">'
            f'<style>{style}</style><script src="{base}/shell/{LEAVING}" defer></script>'
            f'{preloads}<script type="module" src="{base}/shell/main.js"></script>'
        )

    def before_chat(self) -> str:
        """Exit and skip links, the bar, and what this page is: before the chat in reading order."""
        promise = self.wording.notice("about.promise")
        return (
            f"{self.bar()}{self.live_regions()}"
            f'<div id="page" data-lang="{self.wording.language}" {self.data_words()}>'
            f'<div id="talk"><header class="intro">{self.language_links()}'
            f"<h1>{self.label('heading')}</h1>"
            f"<p>{escaped(promise.title)} {' '.join(escaped(line) for line in promise.lines)}</p>"
            f'<p class="to-article"><a class="open-article" href="{html.escape(self.first_article())}">'
            f"{self.label('open_article')}</a></p></header>"
        )

    def _origins(self) -> str:
        """Where the articles come from; of several the same line once."""
        return " ".join(dict.fromkeys(render_origin(document, self.wording) for document in self.corpus.documents))

    def form(self, *, earlier: str = "[]", text: str = "") -> str:
        """A plain form that asks: it works without JavaScript, and until Gradio's box is there.

        ``earlier`` are the questions asked before (``web/earlier.py``), ``text`` stands in the box.
        """
        language = self.wording.language
        return (
            f'<form id="{FORM}" method="post" autocomplete="off" '
            f'action="{self.settings.base_path}{FORM_PATH}?lang={language}#newest">'
            f'<div><label for="first-question">{self.label("question_label")}</label>'
            f'<p class="hint" id="first-hint">{self.label("question_hint")}</p>'
            f'<textarea id="first-question" name="question" rows="1" lang="{language}" enterkeyhint="send" '
            f'autocomplete="off" spellcheck="true" aria-describedby="first-hint">{html.escape(text)}</textarea></div>'
            f'<button type="submit" class="ask">{self.label("ask")}</button>'
            f'<input type="hidden" name="earlier" value="{html.escape(earlier)}"></form>'
        )

    def after_chat(self) -> str:
        """Questions to tap, the article, and the foot of the page; closes what ``before_chat`` opened."""
        return (
            f'<nav id="asked-list" aria-label="{self.label("asked_so_far")}" hidden><details><summary>'
            f"{self.label('asked_so_far')}</summary><ol></ol></details></nav>"
            f'<section class="origins" aria-label="{self.label("article")}">{self._origins()}</section>'
            f"{self._starters()}{self._foot()}</div>"
            f'<div id="article" role="complementary" aria-label="{self.label("article")}" tabindex="-1">'
            f'<p class="close"><button type="button" id="close-article">{self.label("close_article")}</button></p>'
            f"{self._articles()}</div></div>{self._templates()}"
        )

    def bar(self, *, skip_to: str = "#chat") -> str:
        """The numbers, always in sight, and the way out; first of all a hidden exit and the way past the bar."""
        items = "".join(self._bar_items(contact_id) for contact_id in BAR_CONTACTS)
        leave = f'href="{html.escape(self.settings.exit_address)}" target="_top" rel="noreferrer"'
        return (
            f'<section class="bar" aria-label="{self.label("emergency_bar")}">'
            f'<a class="skip exit-first" {leave}>{self.label("skip_to_exit")}</a>'
            f'<a class="skip" id="skip" href="{skip_to}">{self.label("skip_to_question")}</a><ul>{items}</ul>'
            f'<a class="exit" id="exit" {leave}>{self.label("exit_page")}</a></section>'
        )

    def _bar_items(self, contact_id: str) -> str:
        contact = self.wording.contacts[contact_id]
        shown, caption = html.escape(contact.shown), self.label(f"bar_{contact_id}")
        links = f'<a href="tel:{html.escape(contact.tel)}"><b>{shown}</b> <span>{caption}</span></a>'
        if contact_id == "lifeline" and contact.sms:  # one button of two parts, with the number once
            text = f'<span>{self.label("bar_text")}</span><span class="heard"> {shown}</span>'
            links += f'<a href="sms:{html.escape(contact.sms)}">{text}</a>'
        return f"<li>{links}</li>"

    def live_regions(self) -> str:
        """Present from load, so that screen readers announce what appears in them."""
        return (
            '<div id="alarm" class="heard" role="alert"></div><div id="trouble" role="alert"></div>'
            '<div id="said" role="status" aria-live="polite"></div>'
        )

    def language_links(self) -> str:
        """Links to the page in the other languages; empty when there is none."""
        if not self.others:
            return ""
        links = "".join(
            f'<a href="{self.settings.base_path}/?lang={other.language}" lang="{other.language}" '
            f'hreflang="{other.language}">'
            f"{self.label('language_switch')}</a>"
            for other in self.others
        )
        return f'<p class="languages">{links}</p>'

    def _starters(self) -> str:
        questions = starters(self.corpus, self.wording.language)
        if not questions:
            return ""
        asks = [html.escape(answer.ask[self.wording.language]) for answer in questions]
        items = "".join(
            f'<li><button {ASKS} name="tapped" value="{ask}" class="starter">{ask}</button></li>' for ask in asks
        )
        return (
            f'<section id="starters" aria-labelledby="starters-title">'
            f'<h2 id="starters-title">{self.label("suggested_questions")}</h2><ul>{items}</ul></section>'
        )

    def _foot(self) -> str:
        notice = self.wording.notice
        review = "" if self.wording.reviewed else _paragraph(notice("about.review"))
        review += "".join(f"<p>{self._approved(document)}</p>" for document in self.corpus.documents)
        operator = self.settings.operator
        review += f"<p>{self.label('run_by')} {html.escape(operator)}.</p>" if operator else ""
        return (
            f'<footer class="foot"><h2>{self.label("about_this_page")}</h2>'
            f'<div class="on-screen">{_paragraph(notice("about.privacy"))}{_paragraph(notice("about.exit"))}'
            f"<p>{self.label('exit_how')}</p>"
            f'<p><a href="{self.privacy_address()}#privacy.safe">{self.label("stay_safe")}</a></p>'
            f'<p><a href="{self.privacy_address()}">{self.label("privacy_notice")}</a></p></div>{review}</footer>'
        )

    def _approved(self, document: Document) -> str:
        """The title of an article, and who approved it."""
        title = f'<cite lang="{html.escape(document.language)}">{escaped(document.title)}</cite>'
        return f"{title}: {approval_line(document, self.wording)}"

    def home(self) -> str:
        """The address of the page in this language."""
        return f"{self.settings.base_path}/?lang={self.wording.language}"

    def articles(self) -> dict[str, str]:
        """The address of each article, by its name."""
        return article_addresses(self.corpus, base_path=self.settings.base_path)

    def way_back(self) -> str:
        """The link to the page in this language."""
        return f'<p><a href="{self.home()}">{self.label("back_to_questions")}</a></p>'

    def privacy_address(self) -> str:
        """The address of the privacy notice in this language."""
        path, mark, query = self.home().partition("?")
        return f"{path}privacy{mark}{query}"

    def first_article(self) -> str:
        """The address of the article that opens when none is named."""
        return next(iter(self.articles().values()))

    def _articles(self) -> str:
        return "".join(
            f'<article data-address="{html.escape(address)}" id="article-{number}">'
            f"{render_article(document, Frame(self.wording, level=2, prefix=f'article-{number}-'))}</article>"
            for number, (document, address) in enumerate(
                zip(self.corpus.documents, self.articles().values(), strict=True), 1
            )
        )

    def data_words(self) -> str:
        """Short texts that the script puts into attributes and live regions."""
        names = (
            "log_label",
            "quote_number",
            "looking",
            "getting_ready",
            "copied",
            "copy_failed",
            "cleared",
            "editing",
            "no_voice",
            "stop_listening",
            "back_again",
            "exit_two_more",
            "exit_one_more",
            "exit_done",
            "switched",
            "characters_left",
        )
        texts = " ".join(f'data-{name.replace("_", "-")}="{self.label(name)}"' for name in names)
        return f'{texts} data-longest="{self.settings.longest_message}"'

    def _templates(self) -> str:
        """What went wrong, with the numbers, for the script to show; no trouble may hide them."""
        return "".join(
            f'<template id="trouble-{name}">{render_notice(self.wording.notice(notice_id), self.wording)}'
            f"{'' if notice_id.startswith('trouble.') else self.contacts()}</template>"
            for name, notice_id in TROUBLES.items()
        )

    def contacts(self) -> str:
        """The numbers of the bar as a list."""
        return render_contacts((self.wording.contacts[contact_id] for contact_id in BAR_CONTACTS), self.wording)


def _paragraph(notice: Notice) -> str:
    return f"<p>{escaped(notice.title)} {' '.join(map(escaped, notice.lines))}</p>"


def make_layouts(chatbot: ChatbotProtocol) -> dict[str, Layout]:
    """The fixed part of the page in every language."""
    corpus, wordings = chatbot.corpus, chatbot.wordings
    return {
        language: Layout(
            chatbot.settings,
            corpus,
            wording,
            tuple(other for other in wordings.values() if other.language != language),
        )
        for language, wording in wordings.items()
    }
