"""The manual of the JSON API as one static HTML page, made from the models of the data contract."""

import json
from collections.abc import Iterator, Mapping
from typing import get_args

from pydantic import BaseModel

from chatbot.answering.contract import Answered, Asked, Refused
from chatbot.web.paths import ASK_PATH
from chatbot.web.templating import TEMPLATES

_SECTIONS = (("What is sent", Asked), ("What comes back", Answered), ("When no reply is given", Refused))


def render_api_docs(description: str, refusals: Mapping[int, str]) -> str:
    """The page: what is sent, what comes back, and what each status of ``refusals`` means."""
    return TEMPLATES.get_template("api_docs.html").render(
        path=ASK_PATH,
        description=description,
        example=json.dumps(Asked.model_config["json_schema_extra"]["example"]),  # type: ignore[index]  # set in Asked
        sections=[(title, list(_with_inner(model))) for title, model in _SECTIONS],
        refusals=refusals,
        form_of=_form,
    )


def _with_inner(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A model, then the models of its fields."""
    yield model
    for field in model.model_fields.values():
        for part in get_args(field.annotation):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from _with_inner(part)


def _form(model: type[BaseModel], name: str) -> str:
    """What a field holds, in a few words."""
    schema = model.model_json_schema()["properties"][name]
    options = schema.get("anyOf", [schema])
    forms = [" | ".join(option["enum"]) if "enum" in option else option.get("type", "object") for option in options]
    inner = schema.get("items", {})
    of = inner.get("$ref", "").rpartition("/")[2] or inner.get("type", "")
    return f"list of {of}" if of else " or ".join(forms)
