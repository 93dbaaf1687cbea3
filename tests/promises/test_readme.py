"""What the README says is true."""

import re
import shlex

import pytest

from chatbot.answering.pipeline import AnswerPipeline
from chatbot.commands.cli import main
from chatbot.settings import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [
    "README.md",
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


def blocks() -> list[list[str]]:
    """The lines of every fenced block."""
    return [block.splitlines() for block in re.findall(r"^```\w*\n(.*?)^```", README, re.DOTALL | re.MULTILINE)]


def commands(start: str) -> list[list[str]]:
    """The words of every command that a fenced block gives and that starts like this, without comments."""
    lines = [line.partition("  #")[0] for block in blocks() for line in block]
    return [shlex.split(line.partition("<")[0]) for line in lines if line.startswith(start)]


def targets() -> set[str]:
    """The targets of the Makefile that have a recipe or need something."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


def test_readme_opens_with_the_promise_and_two_commands() -> None:
    """The first things to read are the promise and the two commands."""
    assert blocks()[0][0].startswith("make chat ")
    assert blocks()[0][1].startswith("make test ")
    assert "word for word" in " ".join(README.partition("```")[0].split())


def test_make_targets_exist() -> None:
    """Every make target that the README names is in the Makefile."""
    named = {words[1] for words in commands("make ")} | set(re.findall(r"`make (\w+)`", README))

    assert {"chat", "test"} <= named <= targets()


@pytest.mark.parametrize("words", commands("python -m chatbot"), ids=" ".join)
def test_commands_exist(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Every command that the README gives is one that the help explains, with the same options."""
    with pytest.raises(SystemExit, match="0"):
        main([words[3], "--help"])
    trace = capsys.readouterr().out

    assert [word for word in words if word.startswith("--") and word not in trace] == []


def test_every_command_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """No command is left out of the README."""
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    (listed,) = re.findall(r"\{([\w,]+)\}", capsys.readouterr().out.partition("\n\n")[0])

    assert set(listed.split(",")) == {words[3] for words in commands("python -m chatbot")}


def test_map_is_true() -> None:
    """The map of the README names every package, and nothing that is not there."""
    (block,) = [block for block in blocks() if block[0] == "chatbot/"]
    named = {name.rstrip("/") for line in block for name in re.findall(r"(?:^  |\| )([a-z]+/)", line)}
    packages = {path.parent.name for path in (ROOT / "chatbot").glob("*/__init__.py")}

    assert named == packages


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    """Every link to a file of ours leads to one."""
    path = ROOT / name
    links = re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))

    assert [link for link in links if ":" not in link and not (path.parent / link).exists()] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_modules_named_in_documents_exist(name: str) -> None:
    """Every file of the package or of the tests that a document names exists."""
    text = (ROOT / name).read_text(encoding="utf-8")
    files = {path.name for folder in ("chatbot", "tests") for path in (ROOT / folder).rglob("*.py")} | {"app.py"}

    assert sorted(set(re.findall(r"\b\w+\.py\b", text)) - files) == []


def test_settings_named_exist() -> None:
    """Every environment variable that the README names is a setting."""
    source = (ROOT / "chatbot" / "settings.py").read_text(encoding="utf-8")
    for name in re.findall(r"CHATBOT_([A-Z_]+\w)", README):
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
