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
    # Replies computed at once, and waiting: 8 served about 50 people with a p95 of 0.5 s on 2 shared cores.
    parallel_replies: int = 8
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
    answer_threshold: float = 0.45
    best_answer_threshold: float = 0.3
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
    reading_threshold: float = 0.3
    reading_threshold_beside_bank: float = 0.35
    second_reading_threshold: float = 0.5
    offer_threshold: float = 0.25
    # Characters of a quote around such a sentence: on SQuAD 2.0 the first quote then holds the answer in 81 %, with
    # the sentence alone in 74 %.
    quote_width: int = 450
    # Probability from which a further answer is quoted beside the first.
    second_quote_threshold: float = 0.35
    # Probability of an emergency now, and of an emergency at all, of a whole message, of a part of it, and of a message
    # joined with the one before. Chosen on 155
    # labelled cases and two public sets (benchmarks/quality.md) so that few are missed; a false one costs a tap.
    crisis_threshold: float = 0.65
    crisis_part_threshold: float = 0.9
    crisis_joined_threshold: float = 0.65
    # The same of a message whose every sign is cancelled ("years ago", "in the movie"): the classifier must be surer.
    crisis_cancelled_threshold: float = 0.9
    watch_threshold: float = 0.45
    watch_part_threshold: float = 0.97
    # Follow-up score (dependence) from which an earlier emergency notice is repeated alone;
    # below it, or with a subject of its own, it comes as a short notice before the answer. "ok what now" has 0.8.
    follow_up_threshold: float = 0.5
    # Probability from which a message counts as asking for advice, for harm, as the writer's own pain, as small talk.
    advice_threshold: float = 0.23
    harm_threshold: float = 0.45
    comfort_threshold: float = 0.5
    chitchat_threshold: float = 0.5

    def __post_init__(self) -> None:
        if not re.fullmatch(r"(?:/[\w.~-]+)*", self.base_path):
            raise SettingsError(
                f"The base path is {self.base_path!r}.", next_step="write it as /family-support, without a last slash."
            )
        if self.precision not in ("float32", "bfloat16"):
            raise SettingsError(f"The precision is {self.precision!r}.", next_step="set it to float32 or bfloat16.")
        if self.log_format not in ("plain", "json"):
            raise SettingsError(f"The log format is {self.log_format!r}.", next_step="set it to plain or json.")

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
