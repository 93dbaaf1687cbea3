"""Templates escape what they are given, and never leave out what is missing."""

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from chatbot.web.templating import make_templates


def test_values_are_escaped(tmp_path: Path) -> None:
    """A value is shown as text, whatever markup it holds; the filter ``lines`` keeps its line ends."""
    (tmp_path / "one.html").write_text("{{ text }}|{{ text|lines }}", encoding="utf-8")
    shown = make_templates(tmp_path).get_template("one.html").render(text="<b>\nx")
    assert shown == "&lt;b&gt;\nx|&lt;b&gt;<br>x"


def test_missing_value_is_an_error(tmp_path: Path) -> None:
    """A template with a value that nobody gave raises an error."""
    (tmp_path / "one.html").write_text("{{ text }}", encoding="utf-8")
    with pytest.raises(UndefinedError):
        make_templates(tmp_path).get_template("one.html").render()
