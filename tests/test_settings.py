"""Settings from the environment."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from chatbot.errors import SettingsError
from chatbot.settings import RENAMED, ROOT, Settings


def test_defaults_hold_without_an_environment() -> None:
    """Nothing needs to be set, and other variables are none of ours."""
    assert Settings.from_environment({"HOME": "/root", "PORT": "1"}) == Settings()


def test_every_kind_of_value_is_read() -> None:
    """Texts, paths, numbers and switches are read as what they are."""
    environ = {
        "CHATBOT_INDEX": "/tmp/x",
        "CHATBOT_PORT": "8000",
        "CHATBOT_ANSWER_THRESHOLD": "0.25",
        "CHATBOT_ALLOW_DOWNLOAD": "TRUE",
        "CHATBOT_HOST": "0.0.0.0",
    }
    expected = Settings(index=Path("/tmp/x"), port=8000, answer_threshold=0.25, allow_download=True, host="0.0.0.0")

    assert Settings.from_environment(environ) == expected


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CHATBOT_PORT", "many"),
        ("CHATBOT_ANSWER_THRESHOLD", ""),
        ("CHATBOT_ALLOW_DOWNLOAD", "maybe"),
        ("CHATBOT_PROT", "1"),
        ("CHATBOT_BASE_PATH", "family-support"),
        ("CHATBOT_BASE_PATH", "/family-support/"),
        ("CHATBOT_BASE_PATH", '/"><script>'),
        ("CHATBOT_LOG_FORMAT", "xml"),
        ("CHATBOT_QUESTIONS_PER_MINUTE", "nan"),
        ("CHATBOT_QUESTIONS_PER_MINUTE", "inf"),
        ("CHATBOT_QUESTIONS_PER_MINUTE", "0"),
        ("CHATBOT_QUESTION_BURST", "0"),
        ("CHATBOT_LONGEST_BODY", "-5"),
        ("CHATBOT_RELOAD_SECONDS", "-1"),
        ("CHATBOT_ANSWER_THRESHOLD", "-0.1"),
        ("CHATBOT_ANSWER_THRESHOLD", "nan"),
        ("CHATBOT_PORT", "99999"),
        ("CHATBOT_PORT", "0"),
        ("CHATBOT_EXIT_ADDRESS", "javascript:alert(1)"),
        ("CHATBOT_EXIT_ADDRESS", 'https://a.example/"><script>'),
        ("CHATBOT_FRAME_ANCESTORS", "*; script-src *"),
        ("CHATBOT_FRAME_ANCESTORS", "*"),
        ("CHATBOT_FRAME_ANCESTORS", "https://a.example\r\nset-cookie: a"),
        ("CHATBOT_TRUSTED_PROXY", "127.0.0.1, 10.0.0.1"),
        ("CHATBOT_API_KEY", "a\nb"),
        ("CHATBOT_CLUSTER", "file:///etc/passwd"),
    ],
)
def test_what_cannot_be_used_is_refused(variable: str, value: str) -> None:
    """A value that is no value, and a name that is no setting, are refused by name with the next step."""
    words = variable.removeprefix("CHATBOT_").lower().replace("_", " ")
    with pytest.raises(SettingsError, match=f"{variable}|{words}") as caught:
        Settings.from_environment({variable: value})
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CHATBOT_EXIT_ADDRESS", "https://www.google.com/search?q=weather&hl=en#top"),
        ("CHATBOT_FRAME_ANCESTORS", "https://clinic.example https://*.clinic.example:8443"),
        ("CHATBOT_TRUSTED_PROXY", "::1"),
        ("CHATBOT_HOST", "localhost"),
        ("CHATBOT_MONITOR_PORT", "0"),
        ("CHATBOT_RELOAD_SECONDS", "0"),
        ("CHATBOT_LANGUAGES", "en es"),
    ],
)
def test_what_can_be_meant_is_taken(variable: str, value: str) -> None:
    """An ordinary value of a setting that has a form is taken as it is."""
    name = variable.removeprefix("CHATBOT_").lower()
    given = getattr(Settings.from_environment({variable: value}), name)
    assert given == type(given)(value)


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_old_names_are_refused_with_the_new_one(old: str, new: str) -> None:
    """A setting under the name that it had before is refused, and the message says its name of today."""
    assert new in {field.name for field in fields(Settings)}
    with pytest.raises(SettingsError, match=f"CHATBOT_{new.upper()}"):
        Settings.from_environment({f"CHATBOT_{old.upper()}": "1"})


def test_the_page_is_private_by_default() -> None:
    """Without a word from the operator nothing is downloaded and only this machine is served."""
    assert (Settings().allow_download, Settings().host, Settings().trusted_proxy) == (False, "127.0.0.1", "")


def test_every_setting_is_documented() -> None:
    """The table of settings names every setting once, in groups, with the value that it has when nothing is set."""
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `CHATBOT_(\w+)` \| (?:`([^`]*)`)? *\| (.+) \|$", text, re.MULTILINE)
    shown = {name.lower(): default for name, default, _ in rows}

    assert len(shown) == len(rows)
    assert shown == {field.name: _written(getattr(Settings(), field.name)) for field in fields(Settings)}


def _written(value: object) -> str:
    """A default as an operator would write it."""
    if isinstance(value, bool):
        return str(int(value))
    return str(value.relative_to(ROOT)) if isinstance(value, Path) else str(value)
