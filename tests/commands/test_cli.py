"""The command line, with a tiny real model over the small corpus."""

import io
import json
from pathlib import Path

import pytest

from chatbot.commands.cli import main
from chatbot.corpus.documents import Document
from tests.conftest import REAL_CORPUS
from tests.support.fakes import ARTICLE, EMERGENCIES, QUESTIONS, REQUESTS, TOPICS, write_corpus, write_model

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus, a model, and the index that ``build`` made of them."""
    folder = tmp_path_factory.mktemp("main")
    write_corpus(folder, notices=REAL_CORPUS / "notices")
    write_model(folder / "model", [ARTICLE, QUESTIONS, TOPICS, EMERGENCIES, REQUESTS])
    with pytest.MonkeyPatch.context() as environment:
        _set(environment, folder)
        assert main(["build"]) == 0
    return folder


@pytest.fixture
def environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The settings of an operator who works in that folder."""
    _set(monkeypatch, folder)
    return monkeypatch


def _set(environment: pytest.MonkeyPatch, folder: Path) -> None:
    for name in ("corpus", "index", "model"):
        environment.setenv(f"CHATBOT_{name.upper()}", str(folder / name))


def batch(environment: pytest.MonkeyPatch, capsys: Captured, raw: bytes) -> tuple[int, list[dict[str, object]]]:
    """Exit status of ``ask --batch`` on these bytes, and the objects that it printed."""
    environment.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8"))
    status = main(["ask", "--batch"])
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def line(question_id: str, question: str, *history: str) -> bytes:
    """One question of the data contract."""
    return json.dumps({"id": question_id, "history": list(history), "question": question}).encode() + b"\n"


@pytest.mark.usefixtures("environment")
def test_ask_prints_quotes_with_their_place(capsys: Captured) -> None:
    """A question prints the quote, its section, its title and its place, readable as it stands."""
    assert main(["ask", "which medicines are used"]) == 0

    start = ARTICLE.index("Two medicines")
    assert (
        "“Two medicines are used: alpha and beta.”\n"
        f"  Step 2: Find help. · A Small Article · {start}-{start + 39}\n" in capsys.readouterr().out
    )


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(("language", "page"), [("en", "page 3"), ("es", "página 3")])
def test_ask_names_the_page(capsys: Captured, monkeypatch: pytest.MonkeyPatch, language: str, page: str) -> None:
    """Of an article with pages the page is named as the page for families names it, in its language."""
    monkeypatch.setattr(Document, "page_at", lambda *_: 3)
    assert main(["ask", "--language", language, "which medicines are used"]) == 0

    assert f"A Small Article, {page} · " in capsys.readouterr().out


@pytest.mark.usefixtures("environment")
def test_ask_as_json(capsys: Captured) -> None:
    """With --json one object of the data contract is printed, and nothing else on standard output."""
    assert main(["ask", "--json", "which medicines are used"]) == 0

    reply = json.loads(capsys.readouterr().out)
    assert {"id", "outcome", "notices", "quotes", "choices", "suggestions", "related", "maybe"} == reply.keys()
    assert reply["outcome"] == "answer"
    assert [quote["text"] for quote in reply["quotes"]] == ["Two medicines are used: alpha and beta."]


@pytest.mark.usefixtures("environment")
def test_ask_in_spanish(capsys: Captured) -> None:
    """--language gives the notices in that language, but an emergency is answered in that of its words."""
    texts = []
    for asked in ("hello", "his lips are blue", "tiene los labios azules"):
        assert main(["ask", "--json", "--language", "es", asked]) == 0
        texts.append(json.loads(capsys.readouterr().out)["notices"][0]["text"])
    assert texts[0].startswith("Hola")
    assert texts[1].startswith("In the US, call 911")
    assert texts[2].startswith("En EE. UU., llame al 911")


@pytest.mark.parametrize("arguments", [["ask", "--json", "his lips are blue"], ["ask", "--batch"]])
def test_emergency_needs_no_index(
    environment: pytest.MonkeyPatch, tmp_path: Path, capsys: Captured, arguments: list[str]
) -> None:
    """Without an index or weights an emergency is answered, in a batch as well; other questions name the next step."""
    environment.setenv("CHATBOT_INDEX", str(tmp_path / "empty"))
    environment.setenv("CHATBOT_MODEL", "no model")
    lines = b'{"id": "1", "question": "his lips are blue"}\n{"id": "2", "question": "what are the signs"}\n'
    environment.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines), encoding="utf-8"))

    status = main(arguments)

    printed = capsys.readouterr()
    first, *others = [json.loads(line) for line in printed.out.splitlines()]
    assert [notice["id"] for notice in first["notices"]] == ["crisis.overdose"]
    assert status == (1 if others else 0)
    assert all("error" in other for other in others)
    assert not others or "Only emergencies are answered" in printed.err


@pytest.mark.usefixtures("environment")
def test_history_may_be_given_several_times(capsys: Captured) -> None:
    """--history may be given again and again, oldest first."""
    assert main(["ask", "--history", "hello", "--history", "what are the signs", "--json", "can he hide it"]) == 0
    assert json.loads(capsys.readouterr().out)["outcome"] in {"answer", "not_covered", "notice"}


@pytest.mark.usefixtures("environment")
def test_ask_without_a_question(capsys: Captured) -> None:
    """Without a question the command says what to give."""
    assert main(["ask"]) == 2
    assert "There is no question." in capsys.readouterr().err


def test_batch_keeps_the_order(environment: pytest.MonkeyPatch, capsys: Captured) -> None:
    """One object a line comes out in the order in which the questions went in; blank lines are no questions."""
    raw = line("a", "what are the signs") + b"\n" + line("b", "his lips are blue") + line("c", "how much does it cost")
    status, replies = batch(environment, capsys, raw)

    assert status == 0
    assert [reply["id"] for reply in replies] == ["a", "b", "c"]
    assert [reply["outcome"] for reply in replies] == ["answer", "notice", "not_covered"]


BAD_LINES = {
    "no JSON": b"no json\n",
    "a list": b"[1, 2]\n",
    "nothing asked": b'{"id": "bad"}\n',
    "a number": b'{"id": "bad", "question": 7}\n',
    "history is text": b'{"id": "bad", "question": "x", "history": "y"}\n',
    "history of numbers": b'{"id": "bad", "question": "x", "history": [1]}\n',
    "id is a list": b'{"id": ["bad"], "question": "x"}\n',
    "not UTF-8": b'{"id": "bad", "question": "caf\xe9"}\n',
    "half a surrogate pair in the id": b'{"id": "bad \\ud800", "question": "x"}\n',
    "half a surrogate pair": b'{"id": "bad", "question": "\\udfff x"}\n',
    "too deep": b"[" * 200_000 + b"\n",
}


@pytest.mark.parametrize("bad", BAD_LINES.values(), ids=BAD_LINES.keys())
def test_a_bad_line_spoils_no_other(environment: pytest.MonkeyPatch, capsys: Captured, bad: bytes) -> None:
    """A line that cannot be read gives an error object in its place and exit status 1; the others are answered."""
    raw = line("a", "what are the signs") + bad + line("c", "which medicines are used")
    status, (first, second, third) = batch(environment, capsys, raw)

    assert status == 1
    assert (first["id"], first["outcome"]) == ("a", "answer")
    assert second.keys() == {"id", "error"}
    assert (third["id"], third["outcome"]) == ("c", "answer")


def test_batch_counts_code_points(environment: pytest.MonkeyPatch, capsys: Captured) -> None:
    """Spans of a batch are half-open code points of the article, quotes and signs of markup unchanged."""
    _, (reply,) = batch(environment, capsys, line("a", "can he hide it from us"))
    (quote,) = reply["quotes"]  # type: ignore[misc]  # an object of the data contract

    assert ARTICLE[quote["start"] : quote["end"]] == quote["text"]


@pytest.mark.usefixtures("environment")
def test_check_names_what_it_found(capsys: Captured) -> None:
    """A good corpus with a fitting index passes, and the numbers of each article are told."""
    assert main(["check"]) == 0

    out = capsys.readouterr().out
    assert "small: 3 passages, 3 answers" in out
    assert "The index fits the corpus." in out


def test_check_says_what_is_wrong(environment: pytest.MonkeyPatch, tmp_path: Path, capsys: Captured) -> None:
    """A fault of the corpus ends check with the file, the fault and the next step."""
    corpus = write_corpus(tmp_path, notices=REAL_CORPUS / "notices")
    (corpus / "small" / "article.txt").write_text("another text", encoding="utf-8")
    environment.setenv("CHATBOT_CORPUS", str(corpus))

    assert main(["check"]) == 2
    assert "article.txt: Its sha256 is" in (err := capsys.readouterr().err)
    assert "Next step:" in err


UNWORDED = {
    "a sign": ("signs.toml", "caution.pregnancy", "caution.weather", "caution.weather"),
    "an example": ("requests.toml", "advice.dose", "advice.cooking", "advice.cooking"),
    "a caution": ("small/about.toml", "caution.medication", "caution.weather", "caution.weather"),
    "a softer sign": ("notices/{}.toml", "watch.overdose", "watch.other", "has no `watch.overdose`"),
}


@pytest.mark.parametrize(("file", "old", "new", "words"), UNWORDED.values(), ids=UNWORDED.keys())
def test_check_misses_no_wording(
    environment: pytest.MonkeyPatch, tmp_path: Path, capsys: Captured, file: str, old: str, new: str, words: str
) -> None:
    """What names a notice without wording is refused by check, not found out when somebody needs the notice."""
    corpus = write_corpus(tmp_path, notices=REAL_CORPUS / "notices")
    for language in ("en", "es"):
        path = corpus / file.format(language)
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    environment.setenv("CHATBOT_CORPUS", str(corpus))

    assert main(["check"]) == 2
    assert words in (err := capsys.readouterr().err)
    assert "Next step: mend the id" in err


@pytest.mark.usefixtures("environment")
def test_check_lists_what_is_lacking(capsys: Captured) -> None:
    """Check names the first few gaps of each kind and how to see the others; with --gaps it names all."""
    assert main(["check"]) == 0
    short = capsys.readouterr().out
    assert "5 of the answers and topics have fewer than 20 questions:" in short
    assert "… and 2 more: python -m chatbot check --gaps" in short
    assert "0 questions teach two things.\n" in short
    assert main(["check", "--gaps"]) == 0
    full = capsys.readouterr().out
    assert "more:" not in full
    assert "not-covered/weather: 8" in full


def test_safety_needs_no_index(environment: pytest.MonkeyPatch, tmp_path: Path, capsys: Captured) -> None:
    """The clinician's record is printed without model and index, and says how to count on labelled questions."""
    environment.setenv("CHATBOT_INDEX", str(tmp_path / "empty"))
    environment.setenv("CHATBOT_MODEL", str(tmp_path / "no model"))

    assert main(["check", "--safety"]) == 0
    assert "Reviewed by: nobody yet" in (out := capsys.readouterr().out)
    assert "check --safety FILE" in out


@pytest.mark.usefixtures("environment")
def test_strict_fails_while_something_is_due(capsys: Captured) -> None:
    """With --strict the record of unsigned notices ends with status 1, and --strict alone is refused."""
    assert main(["check", "--safety", "--strict"]) == 1
    assert "NOT SIGNED" in capsys.readouterr().out
    assert main(["check", "--strict"]) == 2
    assert "check --safety --strict" in capsys.readouterr().err


@pytest.mark.usefixtures("environment")
def test_safety_counts_on_labelled_questions(tmp_path: Path, capsys: Captured) -> None:
    """Each labelled file named is put to the chatbot, and what it raised is counted under the file's name."""
    case = {"history": [], "must": [], "ok": [], "tags": []}
    cases = [
        {**case, "id": "1", "question": "his lips are blue", "expect": "crisis", "crisis": "overdose"},
        {**case, "id": "2", "question": "blue lips help", "expect": "either", "crisis": None},
    ]
    for name in ("one.jsonl", "two.jsonl"):
        (tmp_path / name).write_text("".join(json.dumps(entry) + "\n" for entry in cases), encoding="utf-8")

    assert main(["check", "--safety", str(tmp_path / "one.jsonl"), str(tmp_path / "two.jsonl")]) == 0
    assert "two.jsonl: 1 questions" in (out := capsys.readouterr().out).partition("one.jsonl: 1 questions")[2]
    assert [line.split() for line in out.splitlines() if line.startswith("crisis.overdose   ")][-1][1:] == ["1", "1"]


def test_safety_names_a_file_that_cannot_be_read(environment: pytest.MonkeyPatch, capsys: Captured) -> None:
    """A labelled file that is missing is named before any model is loaded."""
    environment.setenv("CHATBOT_MODEL", "no model")

    assert main(["check", "--safety", "missing.jsonl"]) == 2
    assert "missing.jsonl" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["ask", "what are the signs"], ["check"]])
def test_an_index_that_does_not_fit_is_refused(
    environment: pytest.MonkeyPatch, tmp_path: Path, capsys: Captured, arguments: list[str]
) -> None:
    """Without a fitting index nothing is answered, and the command that mends it is named."""
    environment.setenv("CHATBOT_INDEX", str(tmp_path / "empty"))

    assert main(arguments) == 2
    assert "python -m chatbot build" in (printed := capsys.readouterr()).err
    assert "· A Small Article ·" not in printed.out
    assert not (tmp_path / "empty").exists()


def test_a_missing_model_is_refused(environment: pytest.MonkeyPatch, tmp_path: Path, capsys: Captured) -> None:
    """A model that is no folder is not fetched unless that is allowed."""
    environment.setenv("CHATBOT_MODEL", str(tmp_path / "owner" / "model"))

    assert main(["ask", "what are the signs"]) == 2
    assert "downloading is off" in capsys.readouterr().err


def test_an_unknown_setting_is_refused(environment: pytest.MonkeyPatch, capsys: Captured) -> None:
    """A misspelt setting is told, not ignored."""
    environment.setenv("CHATBOT_COVRED", "0.5")

    assert main(["check"]) == 2
    assert "CHATBOT_COVRED" in capsys.readouterr().err


@pytest.mark.usefixtures("environment")
def test_evaluate(tmp_path: Path, capsys: Captured) -> None:
    """Evaluate prints each measure with its number of cases, by tag when asked, and as JSON."""
    start = ARTICLE.index("Two medicines")
    case = {"id": "1", "history": [], "question": "which medicines are used", "expect": "answer", "crisis": None}
    (tmp_path / "cases.jsonl").write_text(
        json.dumps({**case, "must": [[start, start + 39]], "ok": [], "tags": ["plain"]}) + "\n", encoding="utf-8"
    )

    assert main(["evaluate", str(tmp_path / "cases.jsonl"), "--by", "tag"]) == 0
    assert "hit@1, single                 1.000  of    1" in (out := capsys.readouterr().out)
    assert "\nplain\n" in out
    assert main(["evaluate", str(tmp_path / "cases.jsonl"), "--json"]) == 0
    assert {"name": "hit@1, single", "share": 1.0, "of": 1, "misses": []} in json.loads(capsys.readouterr().out)["all"]


@pytest.mark.parametrize("command", ["", "build", "ask", "check", "evaluate"])
def test_help(capsys: Captured, command: str) -> None:
    """Every command explains itself."""
    with pytest.raises(SystemExit, match="0"):
        main([*command.split(), "--help"])
    assert "usage: python -m chatbot" in capsys.readouterr().out
