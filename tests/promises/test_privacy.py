"""The privacy notice, sentence by sentence: each promise has a test that would fail if it were not true."""

import ast
import functools
import gc
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from chatbot.answering.pipeline import AnswerPipeline
from chatbot.corpus.notices import Wording, load_wordings
from chatbot.query.question import Question
from chatbot.settings import ROOT
from chatbot.web.gradio_page import Pages
from chatbot.web.middleware.rate_limit import KEY_LASTS, RateLimit
from chatbot.web.pages import privacy_notices
from tests.support.client import Client, Clock
from tests.support.page_fakes import FakeChatbot, made

# What lies with the visitor's device, browser and network: it warns and promises nothing, so no test can hold it.
WARNING: tuple[str, ...] = ()

# Every sentence that the page says about privacy, word for word, and the tests that hold it. Whoever changes a sentence
# looks at its proof again.
PROOFS: dict[str, tuple[str, ...]] = {
    "Nothing you type is kept.": (
        "test_privacy.test_no_cache_keeps_what_was_typed",
        "test_privacy.test_no_cache_of_the_models_keeps_what_was_typed",
        "test_browser_private.test_marker_appears_nowhere",
        "test_browser_private.test_server_forgets",
        "test_privacy.test_answering_writes_no_file",
    ),
    "Your words are dropped when you clear the conversation, close the page, or leave it unused for a while.": (
        "test_browser_private.test_server_forgets",
        "test_asgi.test_idle_conversations_are_dropped",
        "test_gradio_page.test_clear_forgets",
    ),
    "“Exit this page” does not erase the browser's history. "
    "Someone who checks the device may see that you were here.": WARNING,
    "Leave out names. Nothing you type is stored.": (
        "test_browser_private.test_marker_appears_nowhere",
        "test_privacy.test_answering_writes_no_file",
    ),
    "Your words are not saved in a file, and not in a log.": (
        "test_browser_private.test_marker_appears_nowhere",
        "test_gradio_page.test_failure_is_a_trouble_and_logs_its_class_only",
        "test_privacy.test_answering_writes_no_file",
    ),
    "While you use the page, our server holds the conversation in its memory, so that you can ask on.": (
        "test_browser_private.test_server_forgets",
        "test_gradio_page.test_history_is_plain_earlier_messages",
    ),
    "It drops the conversation when you clear it or close the page.": (
        "test_browser_private.test_server_forgets",
        "test_gradio_page.test_clear_forgets",
    ),
    "It also drops a conversation that nobody has used for a while.": (
        "test_asgi.test_idle_conversations_are_dropped",
    ),
    "There is no account. We ask for nothing but your question.": (
        "test_privacy.test_nothing_but_a_question_is_asked_for",
        "test_guard.test_everything_else_is_not_found",
    ),
    "This page and its server send nothing to any other site.": (
        "test_browser_private.test_no_other_host",
        "test_guard.test_headers",
    ),
    "There are no ads, no trackers and no cookies.": (
        "test_browser_private.test_no_other_host",
        "test_browser_private.test_nothing_is_stored",
        "test_privacy.test_no_answer_sets_a_cookie",
    ),
    "When you follow a link, we do not tell the other site where you came from.": ("test_guard.test_headers",),
    "This page stores nothing on your device.": ("test_browser_private.test_nothing_is_stored",),
    "Your browser may list this page in its history, as “Family support”.": ("test_asgi.test_title_is_neutral",),
    "What you typed does not stand in its address.": ("test_browser_private.test_nothing_is_stored",),
    "“Exit this page” leaves at once. Going back does not lead to the conversation.": (
        "test_browser_private.test_exit_button",
        "test_browser_private.test_exit_while_waiting",
    ),
    "It does not erase the browser's history. What you print or copy may stay, too.": WARNING,
    "In a private window your browser may keep no history of this page. Open one before you come back.": WARNING,
    "You may also clear the history in the settings of your browser. Clearing all of it can be noticed.": WARNING,
    "Somebody with your passwords, or a program on the device, may still see what you do. "
    "Another person's phone or a library is safer.": WARNING,
    "To come back, type the address of this page again. “Exit this page” leaves no way back on purpose.": (
        "test_browser_private.test_exit_button",
        "test_browser_phone.test_exit_goes_over_every_step",
    ),
    "As on every site, the internet address of your device reaches our server.": WARNING,
    "Our server keeps no list of visitors.": (
        "test_privacy.test_no_access_log",
        "test_privacy.test_limit_keeps_no_address",
    ),
    "To stop floods of questions it counts them, under a code in place of your address. The code changes every day.": (
        "test_privacy.test_limit_keeps_no_address",
        "test_privacy.test_codes_change_every_day",
        "test_rate_limit.test_limit_is_bounded_and_forgets",
    ),
    "Whoever runs this page may count answers by their kind. They count no words and no people.": (
        "test_metrics.test_figures_hold_no_content",
        "test_metrics.test_audit_line_is_off_and_bare",
    ),
    "Where you see “This did not answer me”, a tap adds one to a count for that answer and day. "
    "It sends and keeps nothing else.": (
        "test_browser_edit.test_miss_is_counted_once",
        "test_browser_edit.test_miss_is_not_asked_for_without_the_tally",
        "test_topic_counts.test_miss_is_a_number_by_answer_and_day",
    ),
    "Your network, and whoever hosts this page, may keep lists of their own.": WARNING,
}


def english() -> Wording:
    """The English wording that is shipped."""
    return load_wordings(ROOT / "corpus" / "notices")["en"]


def sentences(wording: Wording) -> list[str]:
    """Every sentence about privacy: the short notice, what stands at the box, and the notice of its own page."""
    short = [wording.notice(notice_id) for notice_id in ("about.privacy", "about.exit")]
    return [
        *(line for notice in short for line in (notice.title, *notice.lines)),
        wording.label("question_hint"),
        *(line for notice in privacy_notices(wording) for line in notice.lines),
    ]


def promises_of(path: Path) -> set[str]:
    """The tests of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_sentence_has_its_proof() -> None:
    """No sentence about privacy stands without a proof, and no proof without its sentence, word for word."""
    assert sorted(sentences(english())) == sorted(PROOFS)


def test_every_proof_is_a_test() -> None:
    """Every test that a proof names exists, so that it is run with the others."""
    named = {name for proof in PROOFS.values() for name in proof}
    known = {f"{path.stem}.{name}" for path in (ROOT / "tests").rglob("test_*.py") for name in promises_of(path)}
    assert sorted(named - known) == []


def test_only_warnings_promise_nothing() -> None:
    """A sentence without a test says what may happen elsewhere, or what is true of every site."""
    warnings = [sentence for sentence, proof in PROOFS.items() if proof is WARNING]
    assert [sentence for sentence in warnings if " may " not in sentence and "every site" not in sentence] == []


def test_every_language_says_as_much() -> None:
    """The notice has the same sections with as many sentences in every language, in the same order."""
    wordings = load_wordings(ROOT / "corpus" / "notices").values()
    forms = [[(notice.id, len(notice.lines)) for notice in privacy_notices(wording)] for wording in wordings]
    assert forms.count(forms[0]) == len(forms)


@pytest.mark.parametrize("language", ["en", "es"])
def test_page_shows_every_sentence(client: Client, language: str) -> None:
    """The page at /privacy shows every sentence and the numbers in its language, and needs no Gradio."""
    wording = load_wordings(ROOT / "corpus" / "notices")[language]
    page = client.get(f"/privacy?lang={language}").text
    shown = _Text(page).found
    for notice in privacy_notices(wording):
        assert [line for line in (notice.title, *notice.lines) if line not in shown] == []
    assert f'<html lang="{language}">' in page
    assert "<gradio-app" not in page
    assert 'href="tel:911"' in page


@pytest.mark.parametrize("language", ["en", "es"])
def test_page_is_linked_from_the_foot(client: Client, language: str) -> None:
    """The foot of the page links to the notice in the same language, before any script has arrived."""
    foot = client.get(f"/?lang={language}").text.partition('<footer class="foot">')[2]
    link = re.search(r'<a href="(/privacy[^"]*)">', foot)
    assert link
    assert f'<html lang="{language}">' in client.get(link.group(1)).text


def test_unknown_language_is_english(client: Client) -> None:
    """A language that there is no notice in is answered in English."""
    assert '<html lang="en">' in client.get("/privacy?lang=xx").text


class _Text(HTMLParser):
    """The texts between tags."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.found.append(data)


# Every file that is opened for writing. An audit hook cannot be taken away again, so it only takes notes.
written: list[Any] = []


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        written.append(arguments[0])


sys.addaudithook(_note)


def test_answering_writes_no_file(small_chatbot: AnswerPipeline, tmp_path: Path) -> None:
    """Answering, abstaining, warning and failing open no file for writing."""
    before = len(written)
    for text in ("can he hide it", "how much does it cost", "his lips are blue", "how many mg", "hello", "\ud800", ""):
        small_chatbot.reply(Question(text, ("which medicines are used",)))
    assert written[before:] == []
    (tmp_path / "a").write_text("seen")
    assert len(written) == before + 1


# A word that nobody has typed yet; written backwards, so that this file does not hold it.
MARKER = "ovirknalpzem"


def _marked() -> list[str]:
    """Messages of each way through the pipeline with the marker in them, as one word and as several spellings of it."""
    word = MARKER[::-1]
    return [
        f"which medicines are used for {word}",
        f"he is not breathing {word}",
        f"mi hijo usa {word} y no sé qué hacer",
        f"what about {word}s? And how does {word.upper()} work",
        f"How many mg of {word} should I take",
        word,
    ]


def _kept() -> list[str]:
    """Every text in the memory of this process that holds the marker: in any object that another one refers to."""
    gc.unfreeze()  # what is left out of the rounds of the collector is not left out here
    gc.collect()
    word, seen, found = MARKER[::-1], set[int](), list[str]()
    ahead = gc.get_objects()
    seen.update(map(id, ahead))
    while ahead:
        # A dictionary does not name the texts that are its keys, and is in no list of the collector if it holds no more
        # than texts: it is reached from what refers to it.
        keys = (key for one in ahead if issubclass(type(one), dict) for key in list(one))
        further = [one for one in (*gc.get_referents(*ahead), *keys) if id(one) not in seen]
        seen.update(map(id, further))
        found += [one for one in further if type(one) is str and one is not word and word in one.lower()]
        found += [repr(one) for one in further if type(one) is bytes and word.encode() in one.lower()]
        ahead = [one for one in further if type(one) not in (str, bytes)]
    return list(dict.fromkeys(found))


def test_kept_words_are_found() -> None:
    """The search of the memory finds a word in a dictionary of texts, in an attribute and in a cached function."""
    word = MARKER[::-1]
    length = functools.cache(len)
    length(f"{word} cached")
    thing = SimpleNamespace(words={f"{word} in words": ""}, text=f"{word} in a thing")
    assert sorted(_kept()) == [f"{word} cached", f"{word} in a thing", f"{word} in words"]
    assert thing


def _ask_all(chatbot: AnswerPipeline) -> None:
    for text in _marked():
        for history in ((), tuple(_marked()[:2])):
            chatbot.reply(Question(text, history))


def test_no_cache_keeps_what_was_typed(small_chatbot: AnswerPipeline) -> None:
    """A word that was typed is nowhere in the memory of the process after the replies, whatever their outcome."""
    _ask_all(small_chatbot)
    assert _kept() == []


@pytest.mark.model
def test_no_cache_of_the_models_keeps_what_was_typed(real_chatbot: AnswerPipeline) -> None:
    """The same with the shipped corpus and its models."""
    _ask_all(real_chatbot)
    assert _kept() == []


def test_nothing_but_a_question_is_asked_for(client: Client) -> None:
    """The page has one box that is seen, and no other field: none for a name, a mail address, a file or a choice."""
    page = client.get("/").text
    fields = re.findall(r"<(input|textarea|select|form)\b([^>]*)", page)
    assert [name for name, _ in fields] == ["form", "textarea", "input"]
    assert 'type="hidden" name="earlier" value="[]"' in fields[2][1]  # the questions before, sent back with the next
    blocks = made(lambda: Pages(FakeChatbot())).blocks["en"]
    seen = [block for block in blocks.config["components"] if block["props"].get("visible") is True]
    fields = sorted(block["props"].get("elem_id") for block in seen if block["type"] not in FURNITURE)
    assert fields == ["ask", "box", "clear", "log", "print"]


FURNITURE = {"column", "row", "state", "markdown", "form"}  # what holds other parts or shows a text


@pytest.mark.parametrize("path", ["/", "/privacy", "/article/1", "/config", "/ready", "/nothing", "/shell/main.js"])
def test_no_answer_sets_a_cookie(client: Client, path: str) -> None:
    """No answer of the server sets a cookie."""
    assert "set-cookie" not in client.get(path).headers


def _server_starts() -> Iterator[ast.Call]:
    for path in (ROOT / "app.py", *(ROOT / "chatbot").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("uvicorn.run", "uvicorn.Config"):
                yield node


def test_no_access_log() -> None:
    """Wherever a server is started, its list of visitors is off."""
    starts = list(_server_starts())
    assert starts
    for start in starts:
        assert {keyword.arg: ast.unparse(keyword.value) for keyword in start.keywords}.get("access_log") == "False"


def test_limit_keeps_no_address() -> None:
    """What is kept to count questions does not hold the address of a client."""
    limit = RateLimit(per_minute=1, burst=5, clock=Clock())
    limit.allows("203.0.113.77")
    assert "203.0.113.77" not in repr(vars(limit))
    assert b"203.0.113.77" not in b"".join(limit._buckets)


def test_codes_change_every_day() -> None:
    """The same client has another code after a day, and nothing of the day before is left."""
    clock = Clock()
    limit = RateLimit(per_minute=1, burst=5, clock=clock)
    limit.allows("203.0.113.77")
    (first,) = limit._buckets
    clock.now += KEY_LASTS + 1
    limit.allows("203.0.113.77")
    (second,) = limit._buckets
    assert first != second
