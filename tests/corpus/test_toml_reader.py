"""The files of the corpus, whatever somebody wrote into them: they load, or the fault is named with its place."""

import copy
import hashlib
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.corpus.corpus import load_corpus
from chatbot.corpus.notices import load_wordings
from chatbot.corpus.toml_reader import read_toml
from chatbot.errors import CorpusError
from chatbot.indexing.sources import refuse_unworded
from chatbot.query.glossary import load_phrases
from chatbot.settings import ROOT
from chatbot.triage.examples import load_examples
from tests.support.fakes import write_corpus

# A pattern of an editor may make Python warn about its future meaning; that is no fault of the loader.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Possible (nested set|set):FutureWarning"),
]

WORDING = """
[[notices]]
id = "crisis.overdose"
title = "Call {emergency} now."
lines = ["Stay."]
contacts = ["emergency"]
sources = ["CDC", { body = "FCC", status = "confirmed" }]
unconfirmed = "the line"
reviewed_by = ""
last_verified = 2026-11-23
review_by = 2027-05-23

[labels]
ask = "Ask"
"""
CONTACTS = """
region = "US"

[[contacts]]
id = "emergency"
name = { en = "Emergency", es = "Emergencia" }
shown = "911"
tel = "911"
sources = [{ body = "FCC", status = "confirmed" }]
last_verified = 2026-11-23
"""
GLOSSARY = '[[entries]]\nstandard = "suboxone"\nphrases = ["subs", "bupe"]\n'


def load_everything(corpus: Path) -> None:
    """Read what a start reads of a corpus."""
    load_corpus(corpus)
    load_phrases(corpus / "glossary.toml")
    load_examples(corpus)
    load_wordings(corpus / "notices")


def load_and_compare(corpus: Path) -> None:
    """Read everything, and hold the ids that the files name against each other."""
    wordings = load_wordings(corpus / "notices")
    refuse_unworded(load_corpus(corpus), load_examples(corpus), wordings, folder=corpus)


FILES = (
    *("small/about.toml", "small/questions.toml", "not-covered.toml", "glossary.toml", "emergencies.toml"),
    *("signs.toml", "requests.toml", "notices/en.toml", "notices/contacts.toml"),
)
LOADS: tuple[Callable[[Path], None], ...] = (load_everything, load_and_compare)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small corpus with every kind of file."""
    corpus = write_corpus(tmp_path_factory.mktemp("forms"), notices=ROOT / "corpus" / "notices")
    (corpus / "glossary.toml").write_text(GLOSSARY, encoding="utf-8")
    (corpus / "notices" / "es.toml").unlink()
    (corpus / "notices" / "en.toml").write_text(WORDING, encoding="utf-8")
    (corpus / "notices" / "contacts.toml").write_text(CONTACTS, encoding="utf-8")
    load_everything(corpus)
    return corpus


def holds(corpus: Path, **written: bytes) -> None:
    """With these files in place, everything loads, or the fault names a place in the corpus and a next step."""
    fault = fault_of(corpus, written)
    if fault:
        assert fault.next_step, str(fault)
        assert Path(fault.where).is_relative_to(corpus), str(fault)
        assert fault.where in str(fault)


def fault_of(corpus: Path, written: Mapping[str, bytes]) -> CorpusError | None:
    """What is wrong with the corpus while these files are in place."""
    before = {name: (corpus / name).read_bytes() for name in written}
    try:
        for name, text in written.items():
            (corpus / name).write_bytes(text)
        for load in LOADS:
            load(corpus)
    except CorpusError as error:
        return error
    finally:
        for name, text in before.items():
            (corpus / name).write_bytes(text)
    return None


def keys_of(table: object) -> Iterator[str]:
    """Every key of a table and of the tables within it."""
    if isinstance(table, dict):
        for key, value in table.items():
            yield key
            yield from keys_of(value)
    elif isinstance(table, list):
        for value in table:
            yield from keys_of(value)


def places_of(value: object, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value within a value."""
    yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        yield from places_of(child, (*at, key))


LEAVES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(
        ["", " ", "en", "emergency", "{nobody}", "crisis.overdose", "none", "A doctor can help.", "(a", "["]
    ),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
)
KNOWN = (
    *("id", "name", "title", "text", "notice", "notices", "labels", "contacts", "answers", "stretches", "first", "ask"),
    *("questions", "topics", "entries", "phrases", "signs", "examples", "lists", "messages", "en", "headings"),
)
KEYS = st.one_of(st.sampled_from(KNOWN), st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)
TABLES = st.dictionaries(KEYS, VALUES, max_size=4)
NO_HANG = settings(deadline=timedelta(seconds=20), max_examples=60)


@pytest.mark.parametrize("name", FILES)
@NO_HANG
@given(written=st.one_of(st.binary(max_size=200), st.text("[]{}=.,\"'#\n abc12-:\\u", max_size=60).map(str.encode)))
def test_any_bytes(corpus: Path, name: str, written: bytes) -> None:
    """Whatever bytes a file holds, it loads, or the fault is named with its file and the next step."""
    holds(corpus, **{name: written})


@pytest.mark.parametrize("name", FILES)
@NO_HANG
@given(table=TABLES)
def test_any_table(corpus: Path, name: str, table: Mapping[str, Any]) -> None:
    """Whatever a well-formed file holds, it loads, or the fault is named with its file and the next step."""
    holds(corpus, **{name: tomli_w.dumps(table).encode()})


@pytest.mark.parametrize("name", FILES)
@NO_HANG
@given(data=st.data())
def test_any_change(corpus: Path, name: str, data: st.DataObject) -> None:
    """Whatever one value of a good file is changed to, it loads, or the fault is named with its file and next step."""
    table = tomllib.loads((corpus / name).read_text(encoding="utf-8"))
    place = data.draw(st.sampled_from([place for place in places_of(table) if place]))
    changed = copy.deepcopy(table)
    holder: Any = changed
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = data.draw(VALUES)
    holds(corpus, **{name: tomli_w.dumps(changed).encode()})


PIECES = [
    "Step 2: Find help.",
    "  • a need",
    "1. one",
    "Signs:",
    "Dr. No said so.",
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    "\x00",
    "…",
]


@NO_HANG
@given(
    raw=st.one_of(
        st.binary(max_size=60),
        st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")),
        st.lists(st.sampled_from(PIECES), max_size=12).map(lambda pieces: "".join(pieces).encode()),
    )
)
def test_any_article(corpus: Path, raw: bytes) -> None:
    """Whatever an article holds, it loads whole, or the fault is named with its file and the next step."""
    about = {"status": "unreviewed", "title": "A", "language": "en", "headings": [r"Step \d+: .+"]}
    about |= {"sha256": hashlib.sha256(raw).hexdigest()}
    files = {"small/article.txt": raw, "small/about.toml": tomli_w.dumps(about).encode(), "small/questions.toml": b""}
    holds(corpus, **files)


@pytest.mark.parametrize("name", FILES)
def test_misspelt_keys_are_named(corpus: Path, name: str) -> None:
    """Every key of every file, when a letter is added to it, is refused by name, and the right one is suggested."""
    text = (corpus / name).read_text(encoding="utf-8")
    free = {"en", "es"}  # languages, then labels, which the page names, and names of lists and short forms
    free |= {"ask"} if name.startswith("notices/") else {"colour", "hes", "q"} if name == "signs.toml" else set()
    for key in sorted(set(keys_of(tomllib.loads(text))) - free):
        table = _renamed(tomllib.loads(text), key, f"{key}x")
        fault = str(fault_of(corpus, {name: tomli_w.dumps(table).encode()}))
        assert f"`{key}x`" in fault, fault
        assert f"if you mean `{key}`, write that" in fault, fault


def _renamed(value: Any, old: str, new: str) -> Any:  # noqa: ANN401  (what a TOML file holds)
    if isinstance(value, dict):
        return {new if key == old else key: _renamed(inner, old, new) for key, inner in value.items()}
    return [_renamed(inner, old, new) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "written",
    [b"\xff", b"a = " + b"[" * 5000, b"a = " + b"1" * 5000, b"a = 2026-02-30", b"a = 1\na = 2", b"\x00", b"[[]]"],
    ids=["no UTF-8", "nested too deep", "a number too long", "no day", "a key twice", "a zero byte", "no name"],
)
def test_what_is_no_toml_is_refused(tmp_path: Path, written: bytes) -> None:
    """A file that cannot be read as TOML is refused by name, whatever the reader fails on."""
    (tmp_path / "a.toml").write_bytes(written)
    with pytest.raises(CorpusError, match=r"a\.toml: Not readable as TOML"):
        read_toml(tmp_path / "a.toml", ("a",))


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    """A folder that has the name of a file is refused by name."""
    (tmp_path / "a.toml").mkdir()
    with pytest.raises(CorpusError, match=r"a\.toml: The file cannot be read"):
        read_toml(tmp_path / "a.toml", ("a",))


def test_days_are_days(tmp_path: Path) -> None:
    """A day with a time, a time and a text are no days, and the fault says how to write one."""
    for value in (datetime(2026, 1, 31, 8), time(8), "2026-01-31"):
        (tmp_path / "a.toml").write_text(tomli_w.dumps({"a": value}), encoding="utf-8")
        with pytest.raises(CorpusError, match="2026-01-31 without quotation marks"):
            read_toml(tmp_path / "a.toml", ("a",)).day("a")
    (tmp_path / "a.toml").write_text(tomli_w.dumps({"a": date(2026, 1, 31)}), encoding="utf-8")
    assert read_toml(tmp_path / "a.toml", ("a",)).day("a") == date(2026, 1, 31)
