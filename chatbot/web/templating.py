"""Jinja2 environments: every value is escaped unless a template says ``safe``, and a missing one is an error."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from chatbot.web.reply_text import escaped


def make_templates(folder: Path) -> Environment:
    """The templates of a folder. The filter ``lines`` keeps the line ends of a text."""
    templates = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["lines"] = lambda text: Markup(escaped(text))
    return templates


TEMPLATES = make_templates(Path(__file__).resolve().parent / "templates")
