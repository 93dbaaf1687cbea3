"""What docs/changing.md says is true."""

import re

from chatbot.settings import ROOT, Settings

TEXT = (ROOT / "docs" / "changing.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \|$", TEXT, re.MULTILINE)


def quoted(text: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", text)


def test_twenty_changes() -> None:
    """There are twenty changes, numbered in order, and each names a file."""
    assert [int(number) for number, *_ in ROWS] == list(range(1, 21))
    assert [change for _, change, files, _ in ROWS if not any("." in name for name in quoted(files))] == []


def test_every_file_exists() -> None:
    """Every file or folder in backticks exists; ``about.toml`` and ``questions.toml`` belong to an article."""
    paths = [name for name in quoted(TEXT) if "/" in name or re.search(r"\.(?:py|toml|md|txt|lock|css)$", name)]
    of_an_article = {path.name for path in (ROOT / "corpus").glob("*/*.toml")}

    assert [name for name in paths if not (ROOT / name).exists() and name not in of_an_article] == []


def test_every_name_stands_in_a_file_of_its_row() -> None:
    """Every function, constant and setting in backticks occurs in a file that the same row names, or in its article."""
    article = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "corpus").glob("*/*.toml"))
    missing = []
    for number, _, files, remark in ROWS:
        names = [name for name in quoted(f"{files} {remark}") if (ROOT / name).is_file() and "safetensors" not in name]
        source = article + "".join((ROOT / name).read_text(encoding="utf-8") for name in names)
        terms = [name for name in quoted(remark) if re.fullmatch(r"\w+", name) and name != "build"]
        missing += [(number, term) for term in terms if not re.search(rf"\b{re.escape(_plain(term))}\b", source)]

    assert missing == []


def _plain(term: str) -> str:
    """A setting by the name of its field; any other name as it is."""
    field = term.removeprefix("CHATBOT_").lower()
    return field if term.startswith("CHATBOT_") and hasattr(Settings(), field) else term
