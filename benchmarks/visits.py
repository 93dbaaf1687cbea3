"""Visits: whole conversations by writers whom nobody has read, answered message by message as on the page.

Most of what is typed in a chat is no tidy question: people tell what happened, grumble, correct themselves. Each writer
said of each message whether it speaks of danger (``now``, ``later``, ``none``) and what it does: it ``asks`` something
that can be looked up, it is about what to do (``decides``), it ``tells`` something, or it is ``talk``. Counted is what
goes wrong in the visits without danger, and what is seen in the others. Run: ``python -m benchmarks.visits``.
"""

import argparse
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.conversation import Conversation, ReplyTo
from benchmarks.new_articles import mean_of
from benchmarks.support.report import FOLDER, circumstances, table, write_section
from chatbot.answering.reply import Reply
from chatbot.service.factory import Chatbot
from chatbot.settings import Settings
from chatbot.triage.severity import any_crisis, is_alarm

VISITS = Path(__file__).parent / "data" / "unread-visits.jsonl"
HEAD = [
    *("writer", "messages without danger", "emergency said", "any danger said"),
    *("told", "told: quoted", "told: advice notice", "asked", "asked: quoted", "asked: advice notice"),
    *("danger now", "first", "noticed", "danger later", "noticed"),
]


@dataclass(frozen=True, slots=True)
class Said:
    """A message of a visit, and the reply; ``calm``: nothing in the visit is dangerous."""

    danger: str
    does: str
    calm: bool
    reply: Reply

    @property
    def ids(self) -> list[str]:
        """Of its notices."""
        return [notice.id for notice in self.reply.notices]


def main() -> None:
    """Print the table and put it into quality.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=VISITS, help="other visits, of which nothing is written")
    options = parser.parse_args()
    chatbot = Chatbot.open(Settings.from_environment(os.environ))
    visits = [json.loads(line) for line in options.file.read_text(encoding="utf-8").splitlines()]
    body = table(HEAD, rows(visits, chatbot.reply))
    print(body)
    if options.file == VISITS:
        about = circumstances("python -m benchmarks.visits")
        write_section(FOLDER / "quality.md", "visits", f"{about}\n\n{body}")


def rows(visits: Iterable[Mapping[str, Any]], reply_to: ReplyTo) -> list[list[object]]:
    """A row a writer, and one a language."""
    said: dict[str, list[Said]] = defaultdict(list)
    for visit in visits:
        for one in played(visit, reply_to):
            said[visit["by"]].append(one)
            said[f"all {visit['language']}"].append(one)
    return [[name, *figures(said[name])] for name in sorted(said, key=lambda name: (name.startswith("all "), name))]


def played(visit: Mapping[str, Any], reply_to: ReplyTo) -> Iterator[Said]:
    """The messages of a visit, one after another."""
    talk = Conversation(visit["language"], reply_to)
    calm = all(message["danger"] == "none" for message in visit["messages"])
    for message in visit["messages"]:
        yield Said(message["danger"], message["does"], calm, talk.say(message["text"]))


def figures(said: Sequence[Said]) -> list[object]:
    """In the order of ``HEAD``."""
    calm = [one for one in said if one.calm]
    told = [one for one in calm if one.does == "tells"]
    asked = [one for one in calm if one.does == "asks"]
    now, later = ([one for one in said if one.danger == danger] for danger in ("now", "later"))
    return [
        len(calm),
        mean_of(any_crisis(one.ids) for one in calm),
        mean_of(any(map(is_alarm, one.ids)) for one in calm),
        len(told),
        mean_of(bool(one.reply.quotes) for one in told),
        mean_of(_advises(one) for one in told),
        len(asked),
        mean_of(bool(one.reply.quotes) for one in asked),
        mean_of(_advises(one) for one in asked),
        len(now),
        mean_of(any_crisis(one.ids) for one in now),
        mean_of(any(map(is_alarm, one.ids)) for one in now),
        len(later),
        mean_of(any(map(is_alarm, one.ids)) for one in later),
    ]


def _advises(one: Said) -> bool:
    return any(notice_id.startswith("advice.") for notice_id in one.ids)


if __name__ == "__main__":
    main()
