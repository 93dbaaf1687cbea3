"""The same answers over HTTP: who may ask, what comes back, and what never does."""

import re
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import schemathesis
from hypothesis import settings as hypothesis_settings

from chatbot.answering.contract import reply_object
from chatbot.errors import SettingsError
from chatbot.query.question import Question
from chatbot.service.kill_switch import StoppableChatbot
from chatbot.service.metrics import Metrics
from chatbot.settings import ROOT, Settings
from chatbot.web.api import build_api, with_api
from chatbot.web.asgi import build_server
from chatbot.web.middleware.in_flight import InFlight
from chatbot.web.paths import ASK_PATH
from chatbot.web.rules_first import RulesFirst
from tests.support.client import Client, Clock
from tests.support.page_fakes import FakeChatbot, GatedChatbot, LateChatbot, made

KEY = "a-key-that-only-tests-have"
OPEN = Settings(api_key=KEY, api_question_burst=10_000)
WITH_KEY = {"authorization": f"Bearer {KEY}"}
NUMBERS = {"911", "988", "1-800-662-4357"}


@pytest.fixture(scope="module")
def api() -> Client:
    """Somebody who asks a server that has the API on."""
    return Client(made(lambda: build_server(FakeChatbot(OPEN))))


def ask(client: Client, question: object = "signs", *, headers: object = WITH_KEY, **fields: object) -> httpx.Response:
    """Ask a question over HTTP."""
    return client.ask("POST", ASK_PATH, json={"question": question, **fields}, headers=headers)


def shown(answer: httpx.Response) -> set[str]:
    """The numbers that an answer gives as contacts."""
    return {contact["shown"] for contact in answer.json()["contacts"]}


@pytest.mark.parametrize(("method", "path"), [("POST", ASK_PATH), ("GET", "/docs"), ("GET", "/openapi.json")])
def test_off_by_default(client: Client, method: str, path: str) -> None:
    """Without a key in the settings there is no API, and nothing says that there could be one."""
    answer = client.ask(method, path, json={"question": "signs"}, headers=WITH_KEY)
    assert answer.status_code == 404
    assert "v1" not in answer.text


@pytest.mark.parametrize("question", ["signs", "weather", "should i signs", "his lips are blue", ""])
def test_answers_are_those_of_the_command_line(api: Client, question: str) -> None:
    """What comes back is the object of the data contract, the same that the command line prints."""
    answer = ask(api, question, id=7)
    assert answer.status_code == 200
    assert answer.json() == reply_object("7", FakeChatbot(OPEN).reply(Question(question)))


def test_history_and_language_arrive() -> None:
    """The chatbot is asked with the language, the latest messages before, and what was said about an emergency."""
    chatbot = FakeChatbot(replace(OPEN, longest_history=2))
    client = Client(made(lambda: build_server(chatbot)))
    ask(client, "signs", history=["a", "b", "c"], language="es", anyway=True)
    assert chatbot.asked == [Question("signs", ("b", "c"), "es", anyway=True)]


def test_stopped_answers_are_stopped_here_too(tmp_path: Path) -> None:
    """While the operator's stop file is there nothing is answered over HTTP either; the numbers are there."""
    settings = replace(OPEN, stop_file=tmp_path / "stop")
    client = Client(made(lambda: build_server(Metrics().measured(StoppableChatbot(FakeChatbot(settings))))))
    before = ask(client).status_code
    settings.stop_file.touch()
    stopped = ask(client)

    assert (before, stopped.status_code, shown(stopped)) == (200, 403, NUMBERS)
    assert {notice["id"] for notice in stopped.json()["notices"]} == {"trouble.closed"}


def test_an_ending_server_takes_no_more_questions() -> None:
    """A server that is told to end asks programs to come back, as it asks people."""
    traffic = InFlight()
    client = Client(made(lambda: build_server(FakeChatbot(OPEN), traffic=traffic)))
    before = ask(client).status_code
    traffic.ending = True

    assert (before, ask(client).status_code) == (200, 503)


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": KEY}, {"authorization": f"Basic {KEY}"}, {"authorization": f"Bearer {KEY}x"}]
)
def test_no_key_no_answer(headers: dict[str, str]) -> None:
    """Without the key nothing is answered, and the chatbot is not asked; the numbers are there all the same."""
    chatbot = FakeChatbot(OPEN)
    answer = ask(Client(made(lambda: build_server(chatbot))), headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"], chatbot.asked) == (401, "Bearer", [])
    assert shown(answer) == NUMBERS


@pytest.mark.parametrize("key", ["short", "é" * 40])
def test_a_key_that_can_be_guessed_is_refused(key: str) -> None:
    """A key that is short, or cannot be sent in a header, stops the start and tells how to make one."""
    chatbot = FakeChatbot(Settings(api_key=key))
    with pytest.raises(SettingsError, match="CHATBOT_API_KEY") as caught:
        with_api(Client, chatbot, RulesFirst(chatbot))  # type: ignore[arg-type]  # never called
    assert "secrets" in caught.value.next_step
    assert key not in str(caught.value)
    assert key not in repr(Settings(api_key=key))


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[]", b"null", b"\xff", b"[" * 30_000, b'{"question": 1}', b'{"question": "\\ud800"}'),
        *(b'{"question": "a", "id": true}', b'{"question": "a", "history": "b"}', b'{"question": "a", "anyway": 1}'),
    ],
)
def test_another_form_is_refused(api: Client, body: bytes) -> None:
    """A body that is no question is refused with what to mend and the numbers."""
    answer = api.ask("POST", ASK_PATH, content=body, headers=WITH_KEY)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert shown(answer) == NUMBERS


def test_a_long_body_is_refused(api: Client) -> None:
    """A body over the cap is refused with the notice about long messages in every language, and the numbers."""
    answer = ask(api, "x" * 70_000)
    assert (answer.status_code, shown(answer)) == (413, NUMBERS)
    assert [(told["id"], told["language"]) for told in answer.json()["notices"]] == [
        ("not_covered.too_long", "en"),
        ("not_covered.too_long", "es"),
    ]


def test_too_many_questions_are_refused() -> None:
    """Past the limit the numbers come with the refusal; wrong keys count apart, so that none can be found by trying."""
    settings = replace(OPEN, api_question_burst=2, api_questions_per_minute=60.0)
    clock = Clock()
    client = Client(made(lambda: build_server(FakeChatbot(settings), clock=clock)))
    assert [ask(client, headers={}).status_code for _ in range(3)] == [401, 401, 429]
    assert ask(client, headers={"authorization": "Bearer wrong"}).status_code == 429
    assert [ask(client).status_code for _ in range(2)] == [200, 200]
    refused = ask(client)
    assert (refused.status_code, shown(refused), refused.headers["retry-after"]) == (429, NUMBERS, "10")
    assert refused.json()["notices"][0]["id"] == "trouble.rate"
    clock.now += 1
    assert ask(client).status_code == 200


def test_still_getting_ready() -> None:
    """Before the model is there, an answer is refused for now, with the numbers."""
    answer = ask(Client(made(lambda: build_server(LateChatbot(OPEN)))))
    assert (answer.status_code, shown(answer)) == (503, NUMBERS)
    assert answer.headers["retry-after"]


def test_too_many_at_once_are_refused() -> None:
    """When every place is taken and the queue is full, who comes then is refused at once, with the numbers."""
    chatbot = GatedChatbot(replace(OPEN, parallel_replies=1, longest_queue=1))
    client = Client(made(lambda: build_server(chatbot)))
    with ThreadPoolExecutor(3) as threads:
        asking = [threads.submit(ask, client) for _ in range(3)]
        first = next(as_completed(asking)).result()
        chatbot.gate.set()
        assert (first.status_code, shown(first)) == (503, NUMBERS)
        assert sorted(one.result().status_code for one in asking) == [200, 200, 503]


def test_a_failure_tells_nothing_of_the_question(api: Client, caplog: pytest.LogCaptureFixture) -> None:
    """When the chatbot fails, neither the answer nor the log holds what was asked."""
    answer = ask(api, "boom on the seventh of May")
    assert (answer.status_code, shown(answer)) == (500, NUMBERS)
    assert answer.json()["notices"][0]["id"] == "trouble.failed"
    assert "seventh" not in answer.text + caplog.text


def test_request_of_the_readme(api: Client) -> None:
    """The request that README.md shows is answered."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (body,) = re.findall(r"-d '(\{.*?\})' http", readme)
    assert api.ask("POST", ASK_PATH, content=body, headers=WITH_KEY).json()["outcome"] == "answer"


def test_headers(api: Client) -> None:
    """Answers are stored nowhere, and no other site's script may read them."""
    headers = ask(api, headers={**WITH_KEY, "origin": "https://evil.example"}).headers
    assert headers["cache-control"] == "no-store"
    assert [name for name in headers if name.startswith("access-control-")] == []


def test_manual_needs_nobody_else(api: Client) -> None:
    """The manual names every field and status, runs no script, and fetches nothing."""
    page, document = api.get("/docs").text, api.get("/openapi.json").json()
    fields = [name for schema in document["components"]["schemas"].values() for name in schema["properties"]]
    assert [name for name in [*fields, "history", ASK_PATH] if f"{name}</code>" not in page] == []
    assert [
        status for status in document["paths"][ASK_PATH]["post"]["responses"] if f"<b>{status}</b>" not in page
    ] == []
    for forbidden in ("<script", "src=", "<link", "http:"):
        assert forbidden not in page


def test_the_page_goes_on_beside_it(api: Client) -> None:
    """With the API on, the page is as it was, and what neither of them has is not found."""
    assert 'href="tel:911"' in api.get("/").text
    assert api.get("/v1/ask/").status_code == api.get("/docs/x").status_code == 404
    refused = api.get(ASK_PATH)
    assert (refused.status_code, refused.headers["allow"], shown(refused)) == (405, "POST", NUMBERS)


def described() -> schemathesis.BaseSchema:
    """What the API says of itself."""
    chatbot = FakeChatbot(OPEN)
    rules = RulesFirst(chatbot)
    return schemathesis.openapi.from_asgi("/openapi.json", with_api(build_api(chatbot, rules), chatbot, rules))


@described().parametrize()
@hypothesis_settings(max_examples=60)
def test_schemathesis_finds_nothing(case: schemathesis.Case) -> None:
    """Whatever is sent, right or wrong, the answer is one that the OpenAPI document names, and no failure."""
    case.call_and_validate(headers={"Authorization": WITH_KEY["authorization"]})
