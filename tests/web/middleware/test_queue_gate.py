"""Who is let into the queue, who overtakes, and how a tab names its conversation."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from chatbot.query.question import Question
from chatbot.settings import Settings
from chatbot.web.gradio_page import Pages
from chatbot.web.middleware.queue_gate import MOST_UNREAD, QueueGate
from chatbot.web.rules_first import RulesFirst
from chatbot.web.transcript import Exchange, Transcript
from tests.support.client import Client, Clock
from tests.support.page_fakes import FakeChatbot, made

JOIN, DATA, BEAT = "/gradio_api/queue/join", "/gradio_api/queue/data", "/gradio_api/heartbeat/own"
ENTRY = {"data": ["signs", None, "en", ""], "fn_index": 0, "session_hash": "abc", "trigger_id": 7}
NAMED = {"x-session": "abc"}


class FakeQueue:
    """A queue that is as full as a test says."""

    def __init__(self) -> None:
        self.is_full = False
        self.messages: int | None = 0

    def question(self, language: str, entry: Mapping[str, Any]) -> Question | None:
        """Handler 0 asks."""
        return Question(entry["data"][0], (), language) if entry["fn_index"] == 0 else None

    def overtaking(self, entry: Mapping[str, Any]) -> Mapping[str, Any]:
        """Handler 9 is the one that nobody waits for."""
        return {**entry, "fn_index": 9}

    def unread(self, language: str, session: str) -> int | None:
        """As many as a test says, of one tab."""
        return self.messages if session == "abc" else None


async def tell(scope: Scope, receive: Receive, send: Send) -> None:
    """What came through the gate."""
    request = Request(scope, receive)
    body = json.loads(await request.body()) if request.method == "POST" else None
    await JSONResponse({"path": scope["path"], "query": request.url.query, "body": body})(scope, receive, send)


@pytest.fixture
def queue() -> FakeQueue:
    """An empty queue."""
    return FakeQueue()


@pytest.fixture
def client(queue: FakeQueue) -> Client:
    """Somebody in front of the gate."""
    app: ASGIApp = QueueGate(tell, queue, RulesFirst(FakeChatbot()))
    return Client(app)


def test_emergencies_overtake(client: Client, queue: FakeQueue) -> None:
    """An emergency goes to the handler that nobody waits for, when the queue is full as well; nothing else does."""
    urgent = {**ENTRY, "data": ["his lips are blue", None, "en"]}
    assert client.ask("POST", JOIN, json=ENTRY).json()["body"]["fn_index"] == 0
    assert client.ask("POST", JOIN, json=urgent).json()["body"]["fn_index"] == 9
    queue.is_full = True
    assert client.ask("POST", JOIN, json=ENTRY).status_code == 503
    assert client.ask("POST", JOIN, json=urgent).json()["body"]["fn_index"] == 9
    assert client.ask("POST", JOIN, json={**urgent, "fn_index": 1}).status_code == 503


def test_gradio_gets_what_the_page_sends(client: Client) -> None:
    """Of a question the known fields go on, and nothing else that Gradio would understand."""
    sent = {**ENTRY, "batched": True, "oauth_token": "x", "simple_format": True, "event_data": {"a": 1}}
    assert client.ask("POST", JOIN, json=sent).json()["body"] == ENTRY


def test_unread_replies_are_bounded(client: Client, queue: FakeQueue) -> None:
    """A tab that reads none of its replies gets no further ones."""
    queue.messages = MOST_UNREAD + 1
    assert client.ask("POST", JOIN, json=ENTRY).status_code == 429
    assert client.ask("POST", JOIN, json={**ENTRY, "session_hash": "other"}).status_code == 200


def test_a_conversation_is_named_in_a_header(client: Client) -> None:
    """Gradio finds the name where it looks for it, and one that is none is not found."""
    assert client.get(DATA, headers=NAMED).json()["query"] == "session_hash=abc"
    assert client.get(f"/es{BEAT}", headers=NAMED).json()["path"] == "/es/gradio_api/heartbeat/abc"
    for name in ("", "../x", "a b", "a" * 65, "é"):
        assert client.get(BEAT, headers={"x-session": name.encode()}).status_code == 404


def test_unknown_conversations_are_not_found(client: Client) -> None:
    """A line for a conversation that is not known ends before Gradio, which would break it off with an error."""
    assert client.get(DATA, params={"session_hash": "unknown"}).status_code == 404
    assert client.get(DATA).status_code == 404
    assert client.get(DATA, params={"session_hash": "abc"}).status_code == 200


def with_transcript(pages: Pages, count: int) -> None:
    """A tab that has asked so many questions."""
    state = pages.blocks["en"].state_holder["abc"]
    transcript = next(number for number, block in pages.blocks["en"].blocks.items() if block.stateful)
    reply = FakeChatbot().reply(Question("signs"))
    state.state_data[transcript] = Transcript((Exchange(Question("signs"), reply),) * count)


def test_each_question_of_a_change_counts() -> None:
    """A change of the language counts as many questions as it answers again, a clearing none, another press one."""
    pages = made(lambda: Pages(FakeChatbot(Settings())))
    numbers = {function.name: number for number, function in pages.blocks["en"].fns.items()}
    with_transcript(pages, 5)
    switch = {"fn_index": numbers["switch"], "data": ["es", None, ""], "session_hash": "abc"}
    assert pages.sessions.weigh("en", switch) == 5
    assert pages.sessions.weigh("en", {**switch, "data": ["en", None, ""]}) == 1
    assert pages.sessions.weigh("en", {**switch, "session_hash": "other"}) == 1
    assert pages.sessions.weigh("en", {**ENTRY, "fn_index": numbers["ask"]}) == 1
    assert pages.sessions.weigh("xx", switch) == 1
    assert pages.sessions.weigh("en", {**ENTRY, "fn_index": numbers["clear"], "data": []}) == 0


def test_rules_read_what_was_said_before() -> None:
    """The question that is read for emergencies follows those that the tab has asked."""
    pages = made(lambda: Pages(FakeChatbot()))
    with_transcript(pages, 2)
    question = pages.sessions.question("en", {**ENTRY, "data": ["now", None, "es", ""]})
    assert question is not None
    assert (question.text, question.history, question.language) == ("now", ("signs", "signs"), "es")


def test_unread_replies_are_dropped() -> None:
    """What waits to be read for a minute is dropped, unless its tab reads; what came later stays."""
    clock = Clock()
    pages = made(lambda: Pages(FakeChatbot(), clock=clock))
    pending = pages.blocks["en"]._queue.pending_messages_per_session
    pending["lost"], pending["open"] = None, None  # type: ignore[assignment]
    for now in (0, 59, 61):
        clock.now = now
        if now == 59:
            pending["later"] = None  # type: ignore[assignment]
        pages.sessions.forget_unread({"open"})
    assert sorted(pending) == ["later", "open"]
