"""Settings: every number and path that an operator may set, each with the measurement that it was chosen by."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from chatbot.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent
DRAFTS = "drafts"  # within the index folder: the index to try drafts with

# Old names of settings, and the names that they have now.
RENAMED = {
    "covered": "answer_threshold",
    "near": "near_threshold",
    "vague": "vague_threshold",
    "similar": "similarity_threshold",
    "similar_beside": "similarity_threshold_beside_bank",
    "width": "quote_width",
    "second_quote": "second_quote_threshold",
    "crisis_now": "crisis_threshold",
    "crisis_now_part": "crisis_part_threshold",
    "crisis_watch": "watch_threshold",
    "crisis_watch_part": "watch_part_threshold",
    "lingers": "follow_up_threshold",
    "advice": "advice_threshold",
    "harm": "harm_threshold",
    "chitchat": "chitchat_threshold",
    "tally": "topic_counts",
    "look_seconds": "reload_seconds",
    "audit": "audit_log",
}


_ONE_OF = {"precision": ("float32", "bfloat16"), "log_format": ("plain", "json")}
# From and to of numbers that may not be anything from 0 on. A threshold above 1 is never reached: a way to turn it off.
_PORT, _ONE = (1, 65_535), (1, float("inf"))
_BOUNDS = {
    "port": _PORT,
    "monitor_port": (0, 65_535),
    "questions_per_minute": (0.1, 1e9),
    "question_burst": _ONE,
    "api_questions_per_minute": (0.1, 1e9),
    "api_question_burst": _ONE,
    "longest_body": (1000, 16 * 2**20),
    "longest_message": _ONE,
    "most_connections": _ONE,
    "most_connections_of_client": _ONE,
    "parallel_replies": (1, 1000),
    "longest_queue": _ONE,
    "idle_minutes": (0.1, 1e6),
    "cluster_seconds": (0.01, 3600),
    "most_quotes": _ONE,
    "most_characters": _ONE,
    "quote_width": _ONE,
}
_ADDRESS = r"[A-Za-z0-9.:%_-]+"
_SITE = r"(?:https?://)?(?:\*\.)?[A-Za-z0-9.-]+(?::\d{1,5})?"
# What texts that go into pages, headers or comparisons must look like.
_FORMS = {
    "exit_address": re.compile(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[^\s\"'<>\\]*)?"),
    "frame_ancestors": re.compile(rf"{_SITE}(?: +{_SITE})*"),
    "trusted_proxy": re.compile(_ADDRESS),
    "host": re.compile(_ADDRESS),
    "monitor_host": re.compile(_ADDRESS),
    "cluster": re.compile(r"https?://[^\s/]+/?"),
    "languages": re.compile(r"[a-z]{2,3}(?: +[a-z]{2,3})*"),
}
_EXAMPLES = {
    "exit_address": "https://www.weather.gov/",
    "frame_ancestors": "https://clinic.example https://www.clinic.example",
    "trusted_proxy": "127.0.0.1",
    "host": "127.0.0.1",
    "monitor_host": "127.0.0.1",
    "cluster": "http://127.0.0.1:8000",
    "languages": "en es",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator can set. Each field can come from the environment as ``CHATBOT_`` and its name in capitals."""

    corpus: Path = ROOT / "corpus"
    index: Path = ROOT / "index"
    # Empty: the packaged all-MiniLM-L6-v2. A folder: that model. A name "owner/model": only with allow_download.
    model: str = ""
    allow_download: bool = False
    # Empty: the adapter that comes with the packaged model. A file: that one. "none": the model as it is.
    adapter: str = ""
    # Empty: the packaged reader. A folder: that cross-encoder of sentence-transformers. "none": none.
    reader: str = ""
    # What the encoder counts with: float32, or bfloat16, which is faster on processors made for it, but then what is
    # encoded beside a message moves the last digits of its reply (benchmarks/RESULTS.md, answer time).
    precision: str = "float32"
    # Languages of the page, by code, separated by spaces; empty: every one that has wording. English is always there.
    languages: str = ""
    # Another file of helplines and their numbers, for another region; empty: notices/contacts.toml of the corpus.
    contacts: str = ""
    host: str = "127.0.0.1"
    port: int = 7860
    # Where the page stands on a site that is shared with others, for example /family-support; empty: at its root.
    base_path: str = ""
    # Port of health, readiness and figures, for the operator's own monitor; 0: off.
    monitor_port: int = 0
    monitor_host: str = "127.0.0.1"
    # "plain" or "json"
    log_format: str = "plain"
    # A log line for each answer: minute, outcome, ids of the notices, milliseconds. No text and no client.
    audit_log: bool = False
    # As long as this file is there, no question is answered: the numbers and the articles stay.
    stop_file: Path = ROOT / "stop-answering"
    # Seconds between two looks for a new index or changed wording; 0: never. A look is a few file dates.
    reload_seconds: float = 5.0
    # Seconds that answers on their way get when the server is told to end. Replies take less than one.
    drain_seconds: float = 10.0

    # Who runs the page, as its texts name it: "From Hope Clinic". Empty: "From this page".
    operator: str = ""
    # Where "Exit this page" leads: neutral, without a search history of its own, and useful to nobody who looks over a
    # shoulder. An operator outside the US sets another weather page.
    exit_address: str = "https://www.weather.gov/"
    # Sites that may show the page in a frame, separated by spaces; empty: none but this one.
    frame_ancestors: str = ""
    # Address of a proxy whose X-Forwarded-For is believed when clients are counted; empty: none.
    trusted_proxy: str = ""
    # Questions a minute from one client, and at once. A family room shares one address; a script asks thousands.
    questions_per_minute: float = 30.0
    question_burst: int = 15
    # Connections to the page that may be open at once, in all and from one client. A tab holds one as long as it is
    # open; a trusted proxy speaks for many clients, so of its connections only the sum is bounded.
    most_connections: int = 4000
    most_connections_of_client: int = 200
    # Bytes of a request. The longest message has 4,000 characters: 16,000 bytes at most, 24,000 as escaped JSON.
    longest_body: int = 65_536
    # Who sends this key may ask over HTTP: POST /v1/ask. Empty: there is no such thing.
    api_key: str = field(default="", repr=False)
    # Questions a minute from one client of it, and at once: a clinic's own server asks for many people.
    api_questions_per_minute: float = 120.0
    api_question_burst: int = 30
    # A file for how often each topic is asked about a day: numbers only (chatbot/service/topic_counts.py).
    # Empty: nothing is counted.
    topic_counts: str = ""
    # Where Milvus keeps the vectors (docs/scaling.md): http://host:19530, or a path that ends in .db; empty: a file of
    # FAISS in the index folder does.
    milvus: str = ""
    milvus_token: str = field(default="", repr=False)
    # What encodes texts when an index is built: "local" for a Ray over all cores, the address of a Ray cluster, or
    # empty: this process does.
    build_on: str = ""
    # Address of a cluster that makes the replies (docs/scaling.md); empty: they are made here.
    cluster: str = ""
    # Seconds that it gets for one; then it is made here. A reply takes a hundredth, on a busy machine a tenth.
    cluster_seconds: float = 1.0
    # Minutes without a question after which the server drops a conversation. A closed tab drops it at once.
    idle_minutes: float = 30.0
    # Replies computed at once, and waiting. Two would be enough for 2 cores, but texts of several replies are encoded
    # together: with 128 people half of the replies take 0.25 s with 4, and 1.3 s with 2 (benchmarks/RESULTS.md, load).
    parallel_replies: int = 4
    longest_queue: int = 64

    # Longest message in characters; longer ones get a notice. A 100-word story has about 600.
    longest_message: int = 4000
    # Earlier user messages that are looked at; the page keeps no more.
    longest_history: int = 12
    # Quotes in one reply, and characters in all unless a list needs more.
    most_quotes: int = 3
    most_characters: int = 900

    # Probability that some answer fits, below which the page abstains, and that of the best answer itself, below which
    # nothing is quoted. Chosen on questions whose writer was left out (benchmarks/quality.md).
    answer_threshold: float = 0.22
    best_answer_threshold: float = 0.14
    # Probability that some answer fits, from which likely ones are offered to choose from when none is sure.
    choice_threshold: float = 0.4
    # The same probability, from which the article is said to come near without answering.
    near_threshold: float = 0.2
    # Dependence of a first message on something said before (query.message_form.dependence), from which an
    # unanswered one is asked to say more: "what about it?" has 0.8, a question of eight words less than 0.6.
    vague_threshold: float = 0.7
    # Similarity below which a sentence of an article without a bank is not quoted: on SQuAD 2.0 it refuses 3 % of the
    # answerable questions, and 99 % of questions on anything else (benchmarks/quality.md).
    similarity_threshold: float = 0.34
    # The same, from which such a sentence is quoted beside the answer of another article's bank.
    similarity_threshold_beside_bank: float = 0.6
    # Probability, by the reader, that a window of an article without a bank answers: from which it is quoted, a further
    # one is, and it is offered as perhaps no answer (docs/reader.md).
    reading_threshold: float = 0.24
    second_reading_threshold: float = 0.75
    offer_threshold: float = 0.22
    # The same beside a bank, for the first window and for what is offered.
    reading_threshold_beside_bank: float = 0.12
    offer_threshold_beside_bank: float = 0.11
    # Characters of a quote around such a sentence: on SQuAD 2.0 the first quote then holds the answer in 81 %, with
    # the sentence alone in 74 %.
    quote_width: int = 450
    # Probability from which a further answer is quoted beside the first.
    second_quote_threshold: float = 0.35
    # Probability of an emergency now, and of an emergency at all, of a whole message, of a part of it, and of what an
    # earlier message says, alone or joined with this one. Chosen so that few are missed, and so that what people tell
    # on an ordinary visit raises few (benchmarks/quality.md, "visits"); a false one costs a tap, and trust.
    crisis_threshold: float = 0.4
    crisis_part_threshold: float = 0.9
    crisis_joined_threshold: float = 0.75
    # The same of a message whose every sign is cancelled ("years ago", "in the movie"): the classifier must be surer.
    crisis_cancelled_threshold: float = 0.8
    watch_threshold: float = 0.35
    watch_part_threshold: float = 0.8
    # Follow-up score (dependence) from which an earlier emergency notice is repeated alone;
    # below it, or with a subject of its own, it comes as a short notice before the answer. "ok what now" has 0.8.
    follow_up_threshold: float = 0.5
    # Probability from which a message counts as asking for advice, for harm, as the writer's own pain, as small talk,
    # as telling something that asks nothing.
    advice_threshold: float = 0.43
    harm_threshold: float = 0.3
    comfort_threshold: float = 0.5
    chitchat_threshold: float = 0.5
    told_threshold: float = 0.15

    def __post_init__(self) -> None:
        if not re.fullmatch(r"(?:/[\w.~-]+)*", self.base_path):
            raise SettingsError(
                f"The base path is {self.base_path!r}.", next_step="write it as /family-support, without a last slash."
            )
        for name, allowed in _ONE_OF.items():
            if getattr(self, name) not in allowed:
                raise SettingsError(
                    f"The {_words(name)} is {getattr(self, name)!r}.", next_step=f"set it to {' or '.join(allowed)}."
                )
        for one in fields(self):
            self._refuse(one.name, getattr(self, one.name))

    def _refuse(self, name: str, value: object) -> None:
        """SettingsError when a value cannot be meant."""
        if isinstance(value, str) and not value.isprintable():
            raise SettingsError(f"The {_words(name)} has a line break in it.", next_step="write it in one line.")
        if isinstance(value, int | float):
            least, most = _BOUNDS.get(name, (0, float("inf")))
            if not least <= value <= most or value == float("inf"):  # nan is in no bounds
                to = f" to {most:g}" if most != float("inf") else " on"
                raise SettingsError(f"The {_words(name)} is {value!r}.", next_step=f"set it from {least:g}{to}.")
        if value and name in _FORMS and not _FORMS[name].fullmatch(str(value)):
            raise SettingsError(f"The {_words(name)} is {value!r}.", next_step=f"write it as {_EXAMPLES[name]}.")

    def for_drafts(self) -> "Settings":
        """The same with an index of its own, made here and in a file: drafts are tried apart from the page."""
        return replace(self, index=self.index / DRAFTS, milvus="", build_on="", cluster="")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Settings with every ``CHATBOT_*`` variable applied; SettingsError when one is unknown or malformed."""
        known = {f"CHATBOT_{field.name.upper()}": field for field in fields(cls)}
        values: dict[str, Any] = {}
        for variable in sorted(name for name in environ if name.startswith("CHATBOT_")):
            if variable not in known:
                renamed = RENAMED.get(variable.removeprefix("CHATBOT_").lower())
                known_names = [f"CHATBOT_{renamed.upper()}"] if renamed else sorted(known)
                raise SettingsError(
                    f"There is no setting {variable}.", next_step=f"use one of {', '.join(known_names)}."
                )
            name = known[variable].name
            values[name] = _parsed(environ[variable], getattr(cls(), name), variable)
        return cls(**values)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _parsed(text: str, default: object, variable: str) -> object:
    """The text as the type of the default value."""
    if isinstance(default, bool):
        if text.lower() not in ("0", "1", "true", "false"):
            raise SettingsError(f"{variable} is {text!r}.", next_step="set it to 1 or 0.")
        return text.lower() in ("1", "true")
    try:
        return type(default)(text)  # type: ignore[call-arg]  # int, float, str and Path all take a text
    except ValueError as error:
        raise SettingsError(f"{variable} is {text!r}.", next_step="set it to a number.") from error
