"""The Gradio page: conversation, question box and buttons. Nothing typed here is kept longer than the tab is open.

Gradio's own defaults would keep transcripts in the browser, report usage and offer sharing. They are switched off here,
and the server does not start when one is still on (``refuse_unsafe``).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import gradio as gr
from fastapi import FastAPI

from chatbot.answering.reply import Reply
from chatbot.corpus.notices import Wording
from chatbot.errors import SettingsError
from chatbot.service.interface import ChatbotProtocol
from chatbot.web.gradio_sessions import URGENT, GradioPage, GradioSessions, Tabs, calm_queue, keep_little
from chatbot.web.handlers import KEPT, PageHandlers, PageUpdate

MOST_URGENT = 4  # emergency notices that are made at once; each takes milliseconds
_MESSAGE = {"metadata": None, "options": None}  # what Gradio's log has of a message besides


@dataclass(frozen=True, slots=True)
class _Parts:
    """The components of one page, by what they are for. Ids are what layout.css and main.js know them by."""

    log: gr.Chatbot
    box: gr.Textbox
    ask: gr.Button
    clear: gr.Button
    print_page: gr.Button
    # The script writes into these and presses them; the first tells it what happened.
    told: gr.Markdown
    language: gr.Textbox
    tapped: gr.Textbox
    carried: gr.Textbox
    tap: gr.Button
    urgent: gr.Button  # pressed by the server alone
    anyway: gr.Button
    withdraw: gr.Button
    missed: gr.Button
    switch: gr.Button
    transcript: gr.State

    def changes(self, update: PageUpdate) -> dict[Any, Any]:
        """The update as Gradio takes it: new values by component; what is left out stays as it is."""
        new: dict[Any, Any] = {self.told: update.told}
        log = update.log if update.log is KEPT else [{**_MESSAGE, **message} for message in update.log]
        for part, value in ((self.log, log), (self.box, update.box), (self.transcript, update.transcript)):
            if value is not KEPT:
                new[part] = value
        return new | (self._switched(update.wording) if update.wording else {})

    def _switched(self, wording: Wording) -> dict[Any, Any]:
        """The labels in another language; what is typed in the box stays."""
        return {
            self.box: gr.update(**_words_of_box(wording)),
            self.language: wording.language,
            self.ask: wording.label("ask"),
            self.clear: wording.label("clear"),
            self.print_page: wording.label("print_page"),
        }


def build_page(chatbot: ChatbotProtocol, handlers: PageHandlers, wording: Wording) -> GradioPage:
    """The page in one language."""
    settings = chatbot.settings
    blocks: gr.Blocks = gr.Blocks(
        analytics_enabled=False, title=wording.label("page_title"), delete_cache=(600, 600), fill_width=True
    )
    # More tabs cannot be open: of what is kept beyond, the tab is gone and has not said so.
    blocks.state_session_capacity = settings.most_connections
    with blocks:
        parts = _make_parts(wording)
        page = GradioPage(blocks, parts.transcript._id, parts.carried._id)
        _connect(page, parts, handlers, parallel=settings.parallel_replies)
    # ``web/middleware/queue_gate.py`` bounds the queue: an emergency may pass the bound.
    blocks.queue(max_size=None, default_concurrency_limit=settings.parallel_replies, api_open=False)
    calm_queue(blocks)
    return page


def _make_parts(wording: Wording) -> _Parts:
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
        box = gr.Textbox(elem_id="box", lines=1, max_lines=6, **_words_of_box(wording))
        ask = gr.Button(wording.label("ask"), elem_id="ask", variant="primary")
    with gr.Row(elem_id="tools"):
        clear = gr.Button(wording.label("clear"), elem_id="clear")
        print_page = gr.Button(wording.label("print_page"), elem_id="print")
    return _Parts(
        log=log,
        box=box,
        ask=ask,
        clear=clear,
        print_page=print_page,
        told=gr.Markdown(elem_id="told", visible="hidden"),
        language=gr.Textbox(elem_id="language", visible="hidden", value=wording.language, label=wording.language),
        tapped=gr.Textbox(elem_id="tapped", visible="hidden", label=wording.label("suggested_questions")),
        carried=gr.Textbox(elem_id="carried", visible="hidden", label=wording.label("log_label")),
        tap=gr.Button(wording.label("ask"), elem_id="tap", visible="hidden"),
        urgent=gr.Button(visible=False),
        anyway=gr.Button(wording.label("show_quotes_anyway"), elem_id="anyway", visible="hidden"),
        withdraw=gr.Button(wording.label("edit"), elem_id="withdraw", visible="hidden"),
        missed=gr.Button(wording.label("missed"), elem_id="missed", visible="hidden"),
        switch=gr.Button(wording.label("language_switch"), elem_id="switch", visible="hidden"),
        transcript=gr.State(),
    )


def _connect(page: GradioPage, parts: _Parts, handlers: PageHandlers, *, parallel: int) -> None:
    """Tie each event to its handler."""
    shown = [parts.log, parts.box, parts.transcript, parts.told]
    labels = [parts.language, parts.ask, parts.clear, parts.print_page]
    quiet: dict[str, Any] = {
        "api_visibility": "private",
        # What the handlers take and give is what the browser sends and shows; each conversion is another thread's turn.
        "preprocess": False,
        "postprocess": False,
        "show_progress": "hidden",
        "trigger_mode": "once",  # a second press while an answer is on its way is no second question
        "concurrency_id": "replies",
        "concurrency_limit": parallel,
    }

    def handled(handler: Callable[..., PageUpdate], name: str = "") -> Callable[..., dict[Any, Any]]:
        @wraps(handler)  # Gradio counts the parameters of what it calls
        def handle(*values: object) -> dict[Any, Any]:
            return parts.changes(handler(*values))

        handle.__name__ = name or handle.__name__
        return handle

    def clear(request: gr.Request) -> dict[Any, Any]:
        page.forget(str(request.session_hash))
        return parts.changes(handlers.clear())

    def forget_closed(request: gr.Request) -> None:
        page.forget(str(request.session_hash))

    typed = [parts.box, parts.transcript, parts.language, parts.carried]
    tapped = [parts.tapped, parts.transcript, parts.language, parts.carried]
    gr.on([parts.box.submit, parts.ask.click], handled(handlers.ask), inputs=typed, outputs=shown, **quiet)
    overtaking = {**quiet, "concurrency_id": "urgent", "concurrency_limit": MOST_URGENT}
    parts.urgent.click(handled(handlers.ask, URGENT), inputs=typed, outputs=shown, **overtaking)
    parts.tap.click(handled(handlers.tap), inputs=tapped, outputs=shown, **quiet)
    parts.anyway.click(handled(handlers.anyway), inputs=tapped, outputs=shown, **quiet)
    parts.withdraw.click(handled(handlers.withdraw), inputs=[*tapped, parts.box], outputs=shown, **quiet)
    parts.missed.click(handled(handlers.missed), inputs=[parts.tapped, parts.transcript], outputs=shown, **quiet)
    parts.switch.click(
        handled(handlers.switch),
        inputs=[parts.tapped, parts.transcript, parts.carried],
        outputs=[*shown, *labels],
        **quiet,
    )
    parts.clear.click(clear, outputs=shown, **quiet)
    page.blocks.unload(forget_closed)


def _words_of_box(wording: Wording) -> dict[str, Any]:
    return {
        "label": wording.label("question_label"),
        "info": wording.label("question_hint"),
        "html_attributes": gr.InputHTMLAttributes(
            autocomplete="off", enterkeyhint="send", lang=wording.language, spellcheck=True
        ),
    }


class Pages:
    """The page in every language, ready to be mounted. English stands at the root, the others under their code."""

    def __init__(
        self,
        chatbot: ChatbotProtocol,
        *,
        clock: Callable[[], float] = time.monotonic,
        count_miss: Callable[[Reply], object] | None = None,
    ) -> None:
        handlers = PageHandlers(chatbot, count_miss=count_miss)
        pages = {language: build_page(chatbot, handlers, wording) for language, wording in chatbot.wordings.items()}
        self.blocks = {language: page.blocks for language, page in pages.items()}
        self.sessions = GradioSessions(pages, handlers, longest_queue=chatbot.settings.longest_queue, clock=clock)

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
            keep_little(app.routes[-1].app)  # type: ignore[attr-defined]  # what Gradio has just mounted
        for blocks in self.blocks.values():
            refuse_unsafe(blocks)

    def inputs(self) -> dict[int, int]:
        """How many inputs each handler takes, by its number; the same in every language."""
        return {number: len(function.inputs) for number, function in self.blocks["en"].fns.items()}


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
        "what was asked is analysed": blocks._queue.ANALYTICS_MAX_EVENTS > 1,
        "copies of the page are kept": not isinstance(blocks.state_holder, Tabs),
    }
    for fault, is_on in faults.items():
        if is_on:
            raise SettingsError(
                f"The page is not safe to serve: {fault}.", next_step="see Pages.mount in chatbot/web/gradio_page.py."
            )
