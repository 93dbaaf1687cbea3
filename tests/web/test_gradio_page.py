"""The handlers of the page, called as Gradio calls them, without a browser."""

import json
import logging
from dataclasses import replace

import pytest
from fastapi import FastAPI
from gradio.state_holder import StateHolder
from hypothesis import given
from hypothesis import strategies as st

from chatbot.answering.reply import Reply
from chatbot.errors import ModelError, SettingsError
from chatbot.indexing.sources import load_sources, load_words
from chatbot.query.question import Question
from chatbot.service.interface import NotReady
from chatbot.service.startup import StartingChatbot
from chatbot.settings import Settings
from chatbot.web.gradio_page import Pages, refuse_unsafe
from chatbot.web.handlers import KEPT, PageHandlers, PageUpdate
from chatbot.web.transcript import (
    MOST_AGAIN,
    MOST_CHARACTERS_AGAIN,
    MOST_CHARACTERS_KEPT,
    MOST_EXCHANGES,
    Exchange,
    Transcript,
)
from tests.support.page_fakes import FakeChatbot, made


@pytest.fixture
def chatbot() -> FakeChatbot:
    """A chatbot without a model."""
    return FakeChatbot()


def mounted(chatbot: FakeChatbot) -> Pages:
    """The pages, put into an app."""
    pages = Pages(chatbot)
    pages.mount(FastAPI())
    return pages


@pytest.fixture
def page(chatbot: FakeChatbot) -> PageHandlers:
    """The handlers of the English page."""
    return PageHandlers(chatbot)


def kept(update: PageUpdate) -> Transcript:
    """The transcript that the page keeps after an event."""
    assert isinstance(update.transcript, Transcript)
    return update.transcript


def shown(update: PageUpdate) -> list[str]:
    """The markup of every message in the log after an event."""
    assert isinstance(update.log, list)
    return [message["content"][0]["text"] for message in update.log]


def test_answer_is_shown(page: PageHandlers) -> None:
    """A question becomes two messages of type text, the box is emptied, and no trouble is told."""
    update = page.ask("signs", None)
    assert isinstance(update.log, list)
    assert [message["role"] for message in update.log] == ["user", "assistant"]
    assert all(message["content"][0]["type"] == "text" for message in update.log)
    assert (update.box, update.told, len(kept(update).exchanges)) == ("", "", 1)


def test_history_is_plain_earlier_messages(page: PageHandlers, chatbot: FakeChatbot) -> None:
    """A follow-up carries the earlier messages of the same person, as typed, oldest first."""
    transcript: Transcript | None = None
    for text in ("signs <b>", "medications-named", "and then"):
        transcript = kept(page.ask(text, transcript))
    assert chatbot.asked[-1].history == ("signs <b>", "medications-named")


def test_tapping_keeps_what_is_typed(page: PageHandlers) -> None:
    """A tapped question leaves the box alone."""
    assert page.tap("signs", None).box is KEPT


def test_too_long_keeps_what_is_typed(page: PageHandlers, chatbot: FakeChatbot) -> None:
    """A message over the limit gets its notice, and stays in the box to be shortened."""
    update = page.ask("x" * (chatbot.settings.longest_message + 1), None)
    assert update.box is KEPT
    assert chatbot.wordings["en"].notice("not_covered.too_long").title in shown(update)[1]


def test_anyway_asks_the_same_again(page: PageHandlers, chatbot: FakeChatbot) -> None:
    """The button “I am safe” asks the question of that emergency again, and quotes."""
    transcript = kept(page.ask("he is blue, signs", None))
    transcript = kept(page.ask("weather", transcript))
    update = page.anyway("1", transcript)
    assert (chatbot.asked[-1].anyway, chatbot.asked[-1].text) == (True, "he is blue, signs")
    assert "<blockquote" in shown(update)[-1]


@pytest.mark.parametrize("number", ["0", "2", "-1", "x", "", "9" * 30, None, ["1"]])
def test_anyway_for_no_emergency_does_nothing(page: PageHandlers, number: object) -> None:
    """A number that no exchange has changes nothing."""
    assert page.anyway(number, kept(page.ask("signs", None))) == PageUpdate()


def test_failure_is_a_trouble_and_logs_its_class_only(page: PageHandlers, caplog: pytest.LogCaptureFixture) -> None:
    """When a reply fails, the page says so, keeps what was typed, and the log does not hold it."""
    with caplog.at_level(logging.DEBUG):
        update = page.ask("boom MARKER", None)
    assert replace(update, told="") == PageUpdate()
    assert update.told.startswith("failed:")
    assert "KeyError" in caplog.text
    assert "MARKER" not in caplog.text


class _Loading(FakeChatbot):
    def reply(self, question: Question) -> Reply:
        raise NotReady("still loading")


def test_not_ready_is_its_own_trouble() -> None:
    """While the model loads, the page says that it is getting ready."""
    chatbot = _Loading()
    assert PageHandlers(chatbot).ask("signs", None).told.startswith("starting:")


@pytest.mark.parametrize("typed", [None, 5, ["a"], {"a": 1}, "\ud800"])
def test_whatever_is_sent_is_text(page: PageHandlers, typed: object) -> None:
    """What a browser sends that is no text counts as an empty message, half a character as a question mark."""
    assert shown(page.ask(typed, None))[1].encode()


def test_spanish_message_is_offered_spanish(page: PageHandlers) -> None:
    """A Spanish message on the English page gets the offer of the Spanish page, in Spanish."""
    markup = shown(page.ask("mi hijo usa heroína y no sé qué hacer", None))[1]
    assert 'lang="es"' in markup
    assert "/?lang=es" not in shown(page.ask("what are the signs", None))[1]


def test_switching_answers_everything_again(page: PageHandlers, chatbot: FakeChatbot) -> None:
    """In another language every question is answered again in order, what is typed stays, and the next follows on."""
    transcript = kept(page.ask("mi hijo usa heroína y no sé qué hacer", kept(page.ask("signs", None))))
    update = page.switch("es", transcript)
    markup = " ".join(shown(update))
    wording = chatbot.wordings["es"]
    assert (len(shown(update)), update.box, update.told.partition(":")[0]) == (4, KEPT, "switched")
    assert update.wording == wording
    assert wording.label("you_asked") in markup
    assert chatbot.wordings["en"].label("you_asked") not in markup
    assert wording.notice("language.suggest").title not in markup
    assert [question.language for question in chatbot.asked[2:]] == ["es", "es"]
    page.ask("weather", kept(update), "es")
    assert (chatbot.asked[-1].language, len(chatbot.asked[-1].history)) == ("es", 2)


def test_switching_answers_the_newest_first(page: PageHandlers, chatbot: FakeChatbot) -> None:
    """Of a long conversation one press answers the newest again, and tells that older ones are left until none is."""
    transcript, wordings = Transcript(), chatbot.wordings
    for _ in range(MOST_AGAIN + 2):
        transcript = kept(page.ask("signs", transcript))
    begun = page.switch("es", transcript)
    assert (begun.told.partition(":")[0], begun.wording) == ("switching", None)
    asked = [wordings["es"].label("you_asked") in markup for markup in shown(begun)[::2]]
    assert asked == [False] * 2 + [True] * MOST_AGAIN
    ended = page.switch("es", kept(begun))
    assert (ended.told.partition(":")[0], ended.wording) == ("switched", wordings["es"])
    assert [exchange.question.language for exchange in kept(ended).exchanges] == ["es"] * (MOST_AGAIN + 2)


@given(st.lists(st.integers(0, 4000), max_size=MOST_EXCHANGES))
def test_one_press_answers_no_more_than_one_question(lengths: list[int]) -> None:
    """What is answered again at once is no longer together than the longest message, and something always is."""
    said = ["a" * length for length in lengths]
    questions = [Question(text, tuple(said[:place])) for place, text in enumerate(said)]
    transcript = Transcript(tuple(Exchange(question, Reply()) for question in questions))
    places = transcript.in_another_language("es")
    assert len(places) == min(1, len(said)) or sum(
        len(questions[place].text) + sum(map(len, questions[place].recent)) for place in places
    ) <= min(4000, MOST_CHARACTERS_AGAIN)
    assert list(places) == sorted(places, reverse=True)
    assert transcript.in_another_language("en") == ()


def test_long_questions_leave_the_screen_sooner(page: PageHandlers) -> None:
    """A conversation keeps so many characters of questions, and the newest one however long it is."""
    transcript = Transcript()
    for length in (4000, 30_000, 29_000, 4000, 65_000):
        transcript = kept(page.ask("x" * length, transcript))
        assert len(transcript.exchanges) == 1 or (
            sum(len(exchange.question.text) for exchange in transcript.exchanges) <= MOST_CHARACTERS_KEPT
        )
    assert (len(transcript.exchanges), transcript.dropped) == (1, 4)


def test_what_cannot_be_opened_is_told(small_settings: Settings) -> None:
    """When model or index cannot be loaded the page is told that it failed, and does not wait for ever."""
    sources = load_sources(small_settings)
    wordings = load_words(small_settings, sources.corpus)
    opening = StartingChatbot(settings=small_settings, sources=sources, wordings=wordings)

    def fail() -> FakeChatbot:
        raise ModelError("The weights are missing.")

    assert PageHandlers(opening).ask("signs", None).told.startswith("starting:")
    opening.start(fail).join()
    assert PageHandlers(opening).ask("signs", None).told.startswith("failed:")
    assert shown(PageHandlers(opening).ask("his lips are blue", None))


def test_switching_keeps_who_is_safe(page: PageHandlers, chatbot: FakeChatbot) -> None:
    """Quotes that somebody asked for after an emergency are shown in the other language, too."""
    transcript = kept(page.anyway("1", kept(page.ask("he is blue, signs", None))))
    log = shown(page.switch("es", transcript))
    assert "<blockquote" in log[-1]
    assert 'class="notice crisis"' in log[1]


def test_switching_that_fails_changes_nothing(page: PageHandlers) -> None:
    """When a question cannot be answered again, log and transcript stay as they are."""
    transcript = kept(page.ask("signs", None))
    broken = Transcript((*transcript.exchanges, replace(transcript.exchanges[0], question=Question("boom"))))
    update = page.switch("es", broken)
    assert replace(update, told="") == PageUpdate()
    assert update.told.startswith("failed:")


@pytest.mark.parametrize("language", ["xx", None, 5, ["es"]])
def test_unknown_language_is_english(page: PageHandlers, chatbot: FakeChatbot, language: object) -> None:
    """A language that there is no wording for is answered in English."""
    page.ask("signs", None, language)
    assert chatbot.asked[-1].language == "en"


def test_clear_forgets(page: PageHandlers) -> None:
    """Clearing empties log, box and transcript."""
    update = page.clear()
    assert (update.log, update.box, kept(update).exchanges) == ([], "", ())


def test_what_was_cleared_is_not_asked_after(page: PageHandlers, chatbot: FakeChatbot) -> None:
    """A question that carries what was cleared comes after nothing of it, though the session still holds it."""
    before = kept(page.ask("signs", None))
    cleared = json.dumps({"cleared": before.exchanges[-1].key})
    after = kept(page.ask("medications-named", before, "en", cleared))
    assert [exchange.question.text for exchange in after.exchanges] == ["medications-named"]
    assert page.question("and then", before, "en", cleared).history == chatbot.asked[-1].history == ()
    assert len(kept(page.ask("and then", after, "en", cleared)).exchanges) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [("analytics_enabled", True), ("run_history", True), ("share", True), ("enable_monitoring", True), ("pwa", True)],
)
def test_unsafe_page_is_not_served(chatbot: FakeChatbot, name: str, value: bool) -> None:
    """A page with a leak switched on is refused before it is served."""
    pages = made(lambda: mounted(chatbot))
    setattr(pages.blocks["en"], name, value)
    with pytest.raises(SettingsError):
        refuse_unsafe(pages.blocks["en"])


def test_nothing_is_kept_for_a_dashboard(chatbot: FakeChatbot) -> None:
    """A page whose queue remembers who asked, or that keeps copies of what it shows, is not served."""
    blocks = made(lambda: mounted(chatbot)).blocks["en"]
    assert not blocks.state_holder["tab"].config_values
    blocks._queue.ANALYTICS_MAX_EVENTS = 10_000
    with pytest.raises(SettingsError, match="analysed"):
        refuse_unsafe(blocks)
    blocks._queue.ANALYTICS_MAX_EVENTS = 1
    blocks.state_holder = StateHolder()  # type: ignore[no-untyped-call]  # Gradio's own
    with pytest.raises(SettingsError, match="copies"):
        refuse_unsafe(blocks)


def test_no_more_tabs_are_kept_than_can_be_open(chatbot: FakeChatbot) -> None:
    """Of more tabs than connections the one that was used longest ago is forgotten."""
    chatbot.settings = replace(chatbot.settings, most_connections=3)
    tabs = made(lambda: mounted(chatbot)).blocks["en"].state_holder
    for name in ("one", "two", "three", "one", "four"):
        assert tabs[name]

    assert list(tabs.session_data) == ["three", "one", "four"]
    assert set(tabs.time_last_used) == {"three", "one", "four"}


def test_a_tab_keeps_its_own_transcript(chatbot: FakeChatbot) -> None:
    """What is set for one tab, a transcript or a component with other labels, no other tab has."""
    blocks = made(lambda: mounted(chatbot)).blocks["en"]
    one, other = blocks.state_holder["one"], blocks.state_holder["other"]
    transcript = next(number for number, block in blocks.blocks.items() if block.stateful)
    label = next(number for number, block in blocks.blocks.items() if not block.stateful)
    one[transcript], one[label] = Transcript(dropped=3), blocks.blocks[transcript]

    assert (one[transcript].dropped, other[transcript]) == (3, None)
    assert other[label] is blocks.blocks[label]
    assert blocks.state_holder["one"] is one


def test_public_handler_is_not_served(chatbot: FakeChatbot) -> None:
    """A handler that Gradio would publish is refused."""
    pages = made(lambda: mounted(chatbot))
    next(iter(pages.blocks["en"].fns.values())).api_visibility = "public"
    with pytest.raises(SettingsError, match="public"):
        refuse_unsafe(pages.blocks["en"])


def test_fewer_settings_do_not_break(chatbot: FakeChatbot) -> None:
    """The page takes its limits from the settings."""
    chatbot.settings = replace(chatbot.settings, longest_history=1)
    page = PageHandlers(chatbot)
    transcript: Transcript | None = None
    for text in ("one", "two", "three"):
        transcript = kept(page.ask(text, transcript))
    assert chatbot.asked[-1].history == ("two",)
