"""What the README and the manuals in docs/ say is true."""

import re
import shlex

import pytest

from chatbot.answering.contract import Asked
from chatbot.answering.pipeline import AnswerPipeline
from chatbot.commands.cli import main
from chatbot.indexing import build, sources
from chatbot.models.encoder import load_embedder
from chatbot.settings import ROOT, Settings
from tests.conftest import REAL_CORPUS
from tests.support.fakes import ARTICLE, EMERGENCIES, QUESTIONS, REQUESTS, TOPICS, write_corpus, write_model

# The README and the manuals that its details stand in: their commands, settings and examples are checked.
MANUALS = ("README.md", "docs/command-line.md", "docs/http.md", "docs/python.md", "docs/installing.md")
TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in MANUALS}
README = TEXTS["README.md"]
DOCUMENTS = [
    *MANUALS,
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "corpus/README.md",
    "index/README.md",
    "docs/embedding.md",
    "docs/operators-duties.md",
    "docs/threat-model.md",
    "docs/operating.md",
    "docs/settings.md",
]


def blocks(text: str = README) -> list[list[str]]:
    """The lines of every fenced block."""
    return [block.splitlines() for block in re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)]


def commands(start: str, *names: str) -> list[list[str]]:
    """The words of every command in the fenced blocks of these manuals that starts like this, without comments."""
    lines = [line.partition("  #")[0] for name in names for block in blocks(TEXTS[name]) for line in block]
    return [shlex.split(line.partition("<")[0]) for line in lines if line.startswith(start)]


def targets() -> set[str]:
    """The targets of the Makefile that have a recipe or need something."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))


def test_readme_opens_with_the_promise_and_two_commands() -> None:
    """The first things to read are the promise and the two commands."""
    assert blocks()[0][0].startswith("make chat ")
    assert blocks()[0][1].startswith("make test ")
    assert "word for word" in " ".join(README.partition("```")[0].split())


def test_make_targets_exist() -> None:
    """Every make target that a manual names is in the Makefile."""
    named = {words[1] for words in commands("make ", *MANUALS)}
    for text in TEXTS.values():
        named |= set(re.findall(r"`(?:CHATBOT_\w+=\S+ )?make ([a-z-]+)`", text))

    assert {"chat", "test"} <= named <= targets()


@pytest.mark.parametrize("words", commands("python -m chatbot", *MANUALS), ids=" ".join)
def test_commands_exist(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Every command that a manual gives is one that the help explains, with the same options."""
    with pytest.raises(SystemExit, match="0"):
        main([words[3], "--help"])
    trace = capsys.readouterr().out

    assert [word for word in words if word.startswith("--") and word not in trace] == []


def test_every_command_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Every command is explained in README.md or docs/command-line.md."""
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    (listed,) = re.findall(r"\{([\w,]+)\}", capsys.readouterr().out.partition("\n\n")[0])

    given = commands("python -m chatbot", "README.md", "docs/command-line.md")
    assert set(listed.split(",")) == {words[3] for words in given}


def test_map_is_true() -> None:
    """The map of the README names every package, and nothing that is not there."""
    (block,) = [block for block in blocks() if block[0] == "chatbot/"]
    named = {name for line in block for name in re.findall(r"^  ([a-z]+)/", line)}
    packages = {path.parent.name for path in (ROOT / "chatbot").glob("*/__init__.py")}

    assert named == packages


def test_modules_of_the_map_exist() -> None:
    """Every file that the map of the README names under a package is in that package."""
    (block,) = [block for block in blocks() if block[0] == "chatbot/"]
    package = ""
    missing = []
    for line in block:
        package = "".join(re.findall(r"^  ([a-z]+)/", line)) or package
        for name in re.findall(r"[\w/*-]+\.(?:py|css|toml)\b", line):
            folder = ROOT if name.startswith("corpus/") or name == "app.py" else ROOT / "chatbot" / package
            if not list(folder.glob(name)):
                missing.append((package, name))

    assert missing == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    """Every link to a file of ours leads to one."""
    path = ROOT / name
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))

    assert [link for link in links if ":" not in link and not (path.parent / link).exists()] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_modules_named_in_documents_exist(name: str) -> None:
    """Every Python file that a document names exists."""
    text = (ROOT / name).read_text(encoding="utf-8")
    files = {
        path.name for folder in ("chatbot", "tests", "tools", "benchmarks") for path in (ROOT / folder).rglob("*.py")
    } | {"app.py"}

    assert sorted(set(re.findall(r"\b\w+\.py\b", text)) - files) == []


def test_settings_named_exist() -> None:
    """Every environment variable that a manual names is a setting."""
    source = (ROOT / "chatbot" / "settings.py").read_text(encoding="utf-8")
    for name in re.findall(r"CHATBOT_([A-Z_]+\w)", "\n".join(TEXTS.values())):
        assert re.search(rf"^    {name.lower()}: ", source, re.MULTILINE), name


def test_requirements_are_exact_and_explained() -> None:
    """Every requirement has an exact version and a reason."""
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            assert re.fullmatch(r"#.*|-r \S+|[\w.-]+==[\w.]+ +# .+", line), line


@pytest.mark.model
def test_exchange_is_real(
    real_chatbot: AnswerPipeline, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exchange in the README is what the command line prints."""
    (block,) = [block for block in blocks() if block[0].startswith("$ python -m chatbot ask")]
    monkeypatch.setenv("CHATBOT_INDEX", str(real_chatbot.settings.index))

    assert main(shlex.split(block[0])[4:]) == 0
    assert "\n".join(block[1:]).rstrip() == capsys.readouterr().out.rstrip()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A small corpus with its index and a tiny model."""
    folder = tmp_path_factory.mktemp("manuals")
    write_corpus(folder, notices=REAL_CORPUS / "notices")
    write_model(folder / "model", [ARTICLE, QUESTIONS, TOPICS, EMERGENCIES, REQUESTS])
    settings = Settings(corpus=folder / "corpus", index=folder / "index", model=str(folder / "model"))
    build.build(settings, sources.load_sources(settings), load_embedder(settings))
    return settings


def examples(pattern: str) -> list[tuple[str, str]]:
    """The name of each manual with each match of a pattern in it."""
    return [
        (name, found) for name, text in TEXTS.items() for found in re.findall(pattern, text, re.DOTALL | re.MULTILINE)
    ]


PYTHON = examples(r"^```python\n(.*?)^```")
BODIES = examples(r"-d '(\{.*?\})' http")


def test_there_are_examples() -> None:
    """The README and its manuals show an example in Python and one over HTTP."""
    assert {name for name, _ in PYTHON} >= {"docs/python.md"}
    assert {name for name, _ in BODIES} >= {"docs/http.md"}


@pytest.mark.parametrize(("name", "example"), PYTHON, ids=[name for name, _ in PYTHON])
def test_python_examples_run(
    name: str,
    example: str,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every example in Python runs as it stands and prints an outcome."""
    for setting in ("corpus", "index", "model"):
        monkeypatch.setenv(f"CHATBOT_{setting.upper()}", str(getattr(settings, setting)))

    exec(compile(example, name, "exec"), {})

    assert capsys.readouterr().out.splitlines()[0] in ("answer", "not_covered", "notice")


@pytest.mark.parametrize(("name", "body"), BODIES, ids=[name for name, _ in BODIES])
def test_bodies_keep_the_contract(name: str, body: str) -> None:
    """Every request that a manual shows has the form of the data contract."""
    assert Asked.model_validate_json(body).question, name
