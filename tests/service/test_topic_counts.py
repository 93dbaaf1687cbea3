"""What is counted, what never is, and what is written of it."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from chatbot.answering.pipeline import Trace
from chatbot.errors import SettingsError
from chatbot.query.question import Question
from chatbot.service.factory import Chatbot
from chatbot.service.topic_counts import LEAST_COUNT, WRITTEN_EVERY, CountingChatbot, TopicCounts, names_of
from chatbot.settings import Settings
from tests.conftest import REAL_CORPUS
from tests.support.client import Clock
from tests.support.fakes import chatbot_over, write_corpus

MEDICINES = Question("which medicines are used")


class Calendar:
    """A calendar that goes on only when told."""

    def __init__(self) -> None:
        self.day = date(2026, 1, 31)

    def __call__(self) -> date:
        """Today."""
        return self.day


class Days:
    """A tally in a folder, with a clock and a calendar that stand still."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock, self.calendar = Clock(), Calendar()
        self.tally = self.opened()

    def opened(self) -> TopicCounts:
        """The tally after a restart."""
        return TopicCounts(self.path, today=self.calendar, clock=self.clock)

    def written(self) -> dict[str, dict[str, int]]:
        """What is on disk."""
        found: dict[str, dict[str, int]] = json.loads(self.path.read_text(encoding="utf-8"))
        return found


@pytest.fixture(scope="module")
def chatbot(tmp_path_factory: pytest.TempPathFactory) -> Chatbot:
    """A chatbot over the small corpus."""
    root = tmp_path_factory.mktemp("tally")
    settings = Settings(corpus=write_corpus(root, notices=REAL_CORPUS / "notices"), index=root / "index")
    return chatbot_over(settings)


@pytest.fixture
def days(tmp_path: Path) -> Days:
    """A new tally."""
    return Days(tmp_path / "tally.json")


def measured(days: Days, trace: Trace, times: int) -> None:
    """Count a reply so many times."""
    for _ in range(times):
        days.tally.count(trace)


def test_off_by_default() -> None:
    """Without a file named by the operator nothing is counted."""
    assert Settings().topic_counts == ""


def test_names(chatbot: Chatbot) -> None:
    """An answer counts under its name, an abstention under its topic or reason, a notice alone not at all."""
    cases = {
        "which medicines are used": ["answer all", "answer small/medicines"],
        "how much does it cost who pays for it can we afford this is it expensive": [
            "not_covered all",
            "not_covered not-covered/cost",
        ],
        "": ["not_covered all", "not_covered not_covered.empty"],
        "her lips are blue": [],
        "hello": [],
    }
    for text, names in cases.items():
        assert list(names_of(chatbot.trace(Question(text)))) == names


def test_small_numbers_are_never_written(chatbot: Chatbot, days: Days) -> None:
    """A number is written from five on; below it nothing is, however long it waits."""
    trace = chatbot.trace(MEDICINES)
    measured(days, trace, LEAST_COUNT - 1)
    days.clock.now += WRITTEN_EVERY
    days.tally.count(chatbot.trace(Question("hello")))
    assert days.written() == {}
    days.tally.count(trace)
    days.clock.now += WRITTEN_EVERY
    days.tally.count(chatbot.trace(Question("hello")))
    assert days.written() == {"2026-01-31": {"answer all": LEAST_COUNT, "answer small/medicines": LEAST_COUNT}}


def test_time_of_writing_tells_nothing(chatbot: Chatbot, days: Days) -> None:
    """Within an hour nothing is written, whatever is asked."""
    measured(days, chatbot.trace(MEDICINES), 100)
    days.clock.now += WRITTEN_EVERY - 1
    measured(days, chatbot.trace(MEDICINES), 100)
    assert days.written() == {}


def test_days_are_apart(chatbot: Chatbot, days: Days) -> None:
    """A day is written when the next begins, and its small numbers do not go over into that one."""
    trace = chatbot.trace(MEDICINES)
    measured(days, trace, 7)
    days.calendar.day += timedelta(days=1)
    measured(days, trace, LEAST_COUNT - 1)
    days.clock.now += WRITTEN_EVERY
    days.tally.count(chatbot.trace(Question("hello")))
    assert days.written() == {"2026-01-31": {"answer all": 7, "answer small/medicines": 7}}


def test_a_restart_goes_on(chatbot: Chatbot, days: Days) -> None:
    """After a restart the numbers of today go on from what was written, and other days stay."""
    trace = chatbot.trace(MEDICINES)
    days.path.write_text('{"2026-01-30": {"answer all": 9}, "2026-01-31": {"answer all": 5}}', encoding="utf-8")
    days.tally = days.opened()
    measured(days, trace, LEAST_COUNT)
    days.clock.now += WRITTEN_EVERY
    days.tally.count(trace)
    assert days.written() == {
        "2026-01-30": {"answer all": 9},
        "2026-01-31": {"answer all": 11, "answer small/medicines": 6},
    }


def test_no_text_is_written(chatbot: Chatbot, days: Days) -> None:
    """Nothing of a question is in the file: only days, names that an editor gave, and numbers."""
    names = {"all", *(f"small/{answer.name}" for answer in chatbot.corpus.answers)}
    names |= {f"not-covered/{topic.name}" for topic in chatbot.corpus.topics}
    for text in ("which medicines are used by my son Peter", "weather in May", "can he hide it from us"):
        measured(days, chatbot.trace(Question(text)), LEAST_COUNT)
    days.clock.now += WRITTEN_EVERY
    measured(days, chatbot.trace(MEDICINES), 1)
    assert days.written()["2026-01-31"]
    for name in days.written()["2026-01-31"]:
        kind, _, rest = name.partition(" ")
        assert kind in ("answer", "not_covered")
        assert rest in names or rest.startswith("not_covered.")


def test_miss_is_a_number_by_answer_and_day(chatbot: Chatbot, days: Days) -> None:
    """A reply that did not answer counts under the answer it quoted, and is written from five on."""
    reply = chatbot.reply(MEDICINES)
    for _ in range(LEAST_COUNT - 1):
        days.tally.count_miss(reply, chatbot.corpus)
    days.clock.now += WRITTEN_EVERY
    days.tally.count_miss(chatbot.reply(Question("hello")), chatbot.corpus)  # no quotes: nothing was missed
    assert days.written() == {}
    days.clock.now += WRITTEN_EVERY
    days.tally.count_miss(reply, chatbot.corpus)
    assert days.written() == {"2026-01-31": {"missed all": LEAST_COUNT, "missed small/medicines": LEAST_COUNT}}


def test_replies_are_the_same(chatbot: Chatbot, days: Days) -> None:
    """Counting changes no reply."""
    assert CountingChatbot(chatbot, days.tally).reply(MEDICINES) == chatbot.reply(MEDICINES)


@pytest.mark.parametrize("text", ["", "[]", '{"today": {}}', '{"2026-01-31": []}', '{"2026-01-31": {"a": "b"}}', "{"])
def test_another_file_is_left_alone(tmp_path: Path, text: str) -> None:
    """A file that is no tally stops the start and stays as it was."""
    path = tmp_path / "notes.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match="CHATBOT_TOPIC_COUNTS"):
        TopicCounts(path)
    assert path.read_text(encoding="utf-8") == text


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    """A folder that is not there is told at the start."""
    with pytest.raises(SettingsError, match="cannot be written"):
        TopicCounts(tmp_path / "none" / "tally.json")


def test_a_full_disk_costs_no_answer(chatbot: Chatbot, days: Days, caplog: pytest.LogCaptureFixture) -> None:
    """When the numbers cannot be written any more, the log says so and questions are answered."""
    days.path.unlink()
    days.path.mkdir()
    measured(days, chatbot.trace(MEDICINES), LEAST_COUNT)
    days.clock.now += WRITTEN_EVERY
    assert CountingChatbot(chatbot, days.tally).reply(MEDICINES).quotes
    assert "cannot be written" in caplog.text
