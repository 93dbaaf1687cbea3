"""The Gradio page: a log, a question box and buttons. Nothing typed here is kept longer than the tab is open.

Gradio's own defaults would keep transcripts in the browser, report usage and offer sharing; what is switched off here
and in ``server.py`` is checked before serving.
"""

import logging
import os
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

# Before the import: Gradio reads these when it is imported, and would contact other hosts.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_RUN_HISTORY"] = "False"

import gradio as gr
from fastapi import FastAPI

from chatbot.answering.quoting import Reason
from chatbot.corpus.notices import Notice, Wording, in_language
from chatbot.errors import SettingsError
from chatbot.query.language import detect
from chatbot.service.startup import Answering, Closed, NotReady
from chatbot.web.transcript import Exchange, Transcript

logger = logging.getLogger("chatbot")

Message = dict[str, Any]
# What every handler returns: messages of the log, text of the box, transcript, and what the script should know.
Shown = tuple[Any, Any, Any, str]


class Page:
    """The handlers of the page; each is called with what the browser sent, and never raises."""

    def __init__(self, chatbot: Answering) -> None:
        self._chatbot = chatbot

    def ask(self, typed: object, transcript: Transcript | None, language: object = "en") -> Shown:
        """Answer the question in the box, and empty the box if it could be answered."""
        wording = self.wording(language)
        return self._safely(lambda: self._answer(_text(typed), transcript or Transcript(), wording))

    def tap(self, tapped: object, transcript: Transcript | None, language: object = "en") -> Shown:
        """Answer a question that was tapped; what is typed in the box stays."""
        log, _, after, told = self.ask(tapped, transcript, language)
        return log, gr.skip(), after, told

    def anyway(self, number: object, transcript: Transcript | None, language: object = "en") -> Shown:
        """Answer the question of an exchange again, for somebody who said that they are safe."""
        wording = self.wording(language)
        return self._safely(lambda: self._answer_anyway(_text(number), transcript or Transcript(), wording))

    def switch(self, language: object, transcript: Transcript | None) -> Shown:
        """Answer every question of the conversation again, in another language; what is typed in the box stays."""
        wording = self.wording(language)
        return self._safely(lambda: self._answer_all(transcript or Transcript(), wording))

    def clear(self) -> Shown:
        """An empty log, an empty box, no transcript."""
        return [], "", Transcript(), ""

    def wording(self, language: object) -> Wording:
        """The texts in the language that the browser names; English when there are none."""
        return in_language(self._chatbot.wordings, _text(language))

    def _answer(self, text: str, transcript: Transcript, wording: Wording) -> Shown:
        settings = self._chatbot.settings
        question = transcript.question(text, language=wording.language, longest=settings.longest_history)
        reply = self._chatbot.reply(question)
        too_long = reply.abstention is not None and reply.abstention.reason is Reason.TOO_LONG
        after = transcript.with_exchange(Exchange(question, reply, self._suggestion(text, wording)))
        return self._messages(after, wording), gr.skip() if too_long else "", after, ""

    def _answer_anyway(self, number: str, transcript: Transcript, wording: Wording) -> Shown:
        question = transcript.again(int(number) if number.isdecimal() else 0)
        if question is None:
            return gr.skip(), gr.skip(), gr.skip(), ""
        after = transcript.with_exchange(Exchange(question, self._chatbot.reply(question)))
        return self._messages(after, wording), gr.skip(), after, ""

    def _answer_all(self, transcript: Transcript, wording: Wording) -> Shown:
        again = tuple(self._again(exchange, wording) for exchange in transcript.exchanges)
        after = Transcript(again, dropped=transcript.dropped)
        return self._messages(after, wording), gr.skip(), after, _told("switched")

    def _again(self, exchange: Exchange, wording: Wording) -> Exchange:
        question = replace(exchange.question, language=wording.language)
        # Whoever has chosen a language is not offered another.
        return replace(exchange, question=question, reply=self._chatbot.reply(question), suggestion=None)

    def _suggestion(self, text: str, wording: Wording) -> Notice | None:
        """The notice that offers the page in the language of a message, where it has another."""
        other = detect(text)
        if other == wording.language or other not in self._chatbot.wordings:
            return None
        # It stands among the texts of this page, but is written in the other language.
        return replace(wording.notice("language.suggest"), language=other)

    def _messages(self, transcript: Transcript, wording: Wording) -> list[Message]:
        # Parts of type text: Gradio would strip and re-indent a plain string.
        return [
            {"role": role, "content": [{"type": "text", "text": markup}]}
            for role, markup in transcript.messages(self._chatbot.corpus, wording, self._chatbot.settings)
        ]

    def _safely(self, answer: Callable[[], Shown]) -> Shown:
        """The name of a trouble instead of an exception: the text of one may hold what was typed, and logs are kept."""
        try:
            return answer()
        except Closed:
            return gr.skip(), gr.skip(), gr.skip(), _told("closed")
        except NotReady:
            return gr.skip(), gr.skip(), gr.skip(), _told("starting")
        except Exception as error:
            logger.error("the page failed: %s", type(error).__name__)
            return gr.skip(), gr.skip(), gr.skip(), _told("failed")


def _told(name: str) -> str:
    """What happened, by a name that the script knows, new each time: it notices the change, not the name."""
    return f"{name}:{secrets.token_hex(3)}"


def _text(value: object) -> str:
    """What the browser sent, if it is a text."""
    text = value if isinstance(value, str) else ""
    return text.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair could not be sent back


def build_page(chatbot: Answering, wording: Wording) -> gr.Blocks:
    """The page in one language. Ids are what layout.css and main.js know the parts by."""
    page, settings = Page(chatbot), chatbot.settings
    blocks: gr.Blocks = gr.Blocks(
        analytics_enabled=False, title=wording.label("page_title"), delete_cache=(600, 600), fill_width=True
    )
    with blocks:
        log = gr.Chatbot(
            elem_id="log",
            label=wording.label("log_label"),
            show_label=False,
            container=False,
            height=None,
            layout="panel",
            buttons=[],
            feedback_options=None,
            allow_tags=False,
            latex_delimiters=[],
            autoscroll=False,
            group_consecutive_messages=False,
        )
        with gr.Column(elem_id="composer"):
            box = gr.Textbox(
                elem_id="box",
                lines=1,
                max_lines=6,
                **_words_of_box(wording),
            )
            ask = gr.Button(wording.label("ask"), elem_id="ask", variant="primary")
        with gr.Row(elem_id="tools"):
            clear = gr.Button(wording.label("clear"), elem_id="clear")
            print_page = gr.Button(wording.label("print_page"), elem_id="print")
        # The script writes into these and presses them; the first tells it what happened.
        told = gr.Markdown(elem_id="told", visible="hidden")
        language = gr.Textbox(elem_id="language", visible="hidden", value=wording.language, label=wording.language)
        tapped = gr.Textbox(elem_id="tapped", visible="hidden", label=wording.label("suggested_questions"))
        tap = gr.Button(wording.label("ask"), elem_id="tap", visible="hidden")
        anyway = gr.Button(wording.label("show_quotes_anyway"), elem_id="anyway", visible="hidden")
        switch = gr.Button(wording.label("language_switch"), elem_id="switch", visible="hidden")
        transcript = gr.State()

        shown = [log, box, transcript, told]
        quiet: dict[str, Any] = {
            "api_visibility": "private",
            "show_progress": "hidden",
            "trigger_mode": "once",  # a second press while an answer is on its way is no second question
            "concurrency_id": "replies",
            "concurrency_limit": settings.parallel_replies,
        }
        gr.on([box.submit, ask.click], page.ask, inputs=[box, transcript, language], outputs=shown, **quiet)
        tap.click(page.tap, inputs=[tapped, transcript, language], outputs=shown, **quiet)
        anyway.click(page.anyway, inputs=[tapped, transcript, language], outputs=shown, **quiet)

        def switch_everything(name: object, transcript: Transcript | None) -> tuple[Any, ...]:
            log, _, after, happened = page.switch(name, transcript)
            if not happened.startswith("switched"):
                return (*(gr.skip() for _ in [*shown[:3], language, ask, clear, print_page]), happened)
            other = page.wording(name)
            labels = (other.label(label_id) for label_id in ("ask", "clear", "print_page"))
            return log, gr.update(**_words_of_box(other)), after, other.language, *labels, happened

        everything = [log, box, transcript, language, ask, clear, print_page, told]
        switch.click(switch_everything, inputs=[tapped, transcript], outputs=everything, **quiet)

        def clear_everywhere(request: gr.Request) -> Shown:
            forget(blocks, str(request.session_hash))
            return page.clear()

        def forget_closed(request: gr.Request) -> None:
            forget(blocks, str(request.session_hash))

        clear.click(clear_everywhere, outputs=shown, **quiet)
        blocks.unload(forget_closed)
    blocks.queue(max_size=settings.longest_queue, default_concurrency_limit=settings.parallel_replies, api_open=False)
    return blocks


def _words_of_box(wording: Wording) -> dict[str, Any]:
    return {
        "label": wording.label("question_label"),
        "info": wording.label("question_hint"),
        "html_attributes": gr.InputHTMLAttributes(
            autocomplete="off", enterkeyhint="send", lang=wording.language, spellcheck=True
        ),
    }


def forget(blocks: gr.Blocks, session: str) -> None:
    """Drop all that Gradio keeps for a session: by itself it would keep the transcript until 10,000 others came."""
    holder = blocks.state_holder
    holder.session_data.pop(session, None)
    holder.time_last_used.pop(session, None)


class Pages:
    """The page in every language, ready to be mounted. English stands at the root, the others under their code."""

    def __init__(self, chatbot: Answering) -> None:
        self.blocks = {language: build_page(chatbot, wording) for language, wording in chatbot.wordings.items()}

    def mount(self, app: FastAPI) -> None:
        """Put every page into ``app``; SettingsError when something is on that must be off."""
        for language in sorted(self.blocks, key=lambda language: language == "en"):  # English last: it takes any path
            gr.mount_gradio_app(
                app,
                self.blocks[language],
                path="/" if language == "en" else f"/{language}",
                footer_links=[],
                run_history=False,
                allowed_paths=[],
                show_error=False,
                max_file_size=1,  # byte: nothing is uploaded here
                ssr_mode=False,
                enable_monitoring=False,
                pwa=False,
                mcp_server=False,
                theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["monospace"]),
            )
        for blocks in self.blocks.values():
            refuse_unsafe(blocks)

    def inputs(self) -> dict[int, int]:
        """How many inputs each handler takes, by its number; the same in every language."""
        return {number: len(function.inputs) for number, function in self.blocks["en"].fns.items()}

    def waiting(self) -> int:
        """How many questions stand in the queue."""
        return sum(len(blocks._queue) for blocks in self.blocks.values())

    def forget_idle(self, *, longer_than_minutes: float) -> None:
        """Drop the sessions that nobody used for so long."""
        before = datetime.now() - timedelta(minutes=longer_than_minutes)  # like Gradio's own clock: local and naive
        for blocks in self.blocks.values():
            for session, last_used in list(blocks.state_holder.time_last_used.items()):
                if last_used < before:
                    forget(blocks, session)


def refuse_unsafe(blocks: gr.Blocks) -> None:
    """SettingsError when Gradio would keep, report or publish what people type."""
    faults = {
        "analytics are on": blocks.analytics_enabled,
        "the run history is on": blocks.run_history,
        "the page is shared": blocks.share,
        "monitoring is on": blocks.enable_monitoring,
        "errors are shown": blocks.show_error,
        "files may be read": blocks.allowed_paths,
        "uploads are allowed": (blocks.max_file_size or 2) > 1,
        "the page can be installed": blocks.pwa,
        "a handler is public": any(function.api_visibility != "private" for function in blocks.fns.values()),
        "sessions cannot be dropped": not hasattr(blocks.state_holder, "session_data"),
    }
    for fault, is_on in faults.items():
        if is_on:
            raise SettingsError(f"The page is not safe to serve: {fault}.", next_step="see Pages.mount in page.py.")
