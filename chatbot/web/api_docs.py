"""An OpenAPI document as a plain page: no script, nothing from another host."""

import html
import json
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

STYLE = """:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:auto}
pre{overflow:auto;padding:1rem;border:1px solid}table{border-collapse:collapse;width:100%}
td,th{border:1px solid;padding:.3rem .6rem;text-align:left;vertical-align:top}"""


def render_api_docs(document: Schema) -> str:
    """Every operation of an OpenAPI document: what to send, what comes back, with which status."""
    operations = "".join(
        _operation(path, method, operation, document)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    )
    title = html.escape(document["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}: API</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head><body>'
        f'<h1>{title}: API</h1><p>For programs: <a href="openapi.json">openapi.json</a></p>{operations}</body></html>'
    )


def _operation(path: str, method: str, operation: Schema, document: Schema) -> str:
    content = operation["requestBody"]["content"]["application/json"]["schema"]
    example = html.escape(json.dumps(content.get("example", {})))
    answers = operation["responses"].items()
    return (
        f"<h2><code>{method.upper()} {html.escape(path)}</code></h2><p>{html.escape(operation['description'])}</p>"
        f"<pre>curl -H 'Authorization: Bearer YOUR-KEY' -H 'Content-Type: application/json' \\\n"
        f"  -d '{example}' https://YOUR-SITE{html.escape(path)}</pre>"
        f"<h3>What is sent</h3>{''.join(_tables(content, document))}<h3>What comes back</h3>"
        + "".join(_answer(status, answer, document) for status, answer in answers if status.startswith("2"))
        + "<h3>When no reply is given</h3><ul>"
        + "".join(
            f"<li><b>{status}</b> {html.escape(answer['description'])}</li>"
            for status, answer in answers
            if not status.startswith("2")
        )
        + "</ul>"
        + "".join(_answer("", answer, document) for _, answer in list(answers)[-1:])
    )


def _answer(status: str, answer: Schema, document: Schema) -> str:
    schema = answer["content"]["application/json"]["schema"]
    return f"<p><b>{status}</b></p>" * bool(status) + "".join(_tables(schema, document))


def _tables(schema: Schema, document: Schema) -> Iterator[str]:
    """A table of the fields of an object, then one of each object within it."""
    schema = _resolved(schema, document)
    needed, inner = schema.get("required", []), []
    yield f"<p>{html.escape(schema.get('description', ''))}</p><table><tr><th>field</th><th>form</th><th></th></tr>"
    for name, field in schema["properties"].items():
        form = _form(field, document)
        item = field.get("items", field)
        if "$ref" in item:
            inner.append(item)
        said = html.escape(field.get("description", ""))
        must = "" if name in needed else " (may be left out)"
        yield f"<tr><td><code>{html.escape(name)}</code></td><td>{html.escape(form)}{must}</td><td>{said}</td></tr>"
    yield "</table>"
    for item in inner:
        yield f"<h4>{html.escape(_form(item, document))}</h4>"
        yield from _tables(item, document)


def _resolved(schema: Schema, document: Schema) -> Schema:
    """The schema itself where another is named in its place."""
    if "$ref" not in schema:
        return schema
    found: Schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def _form(field: Schema, document: Schema) -> str:
    """What a field holds, in a few words."""
    if "enum" in field:
        return " | ".join(field["enum"])
    if "anyOf" in field:
        return " or ".join(_form(option, document) for option in field["anyOf"])
    if "$ref" in field:
        return str(_resolved(field, document)["title"])
    return f"list of {_form(field['items'], document)}" if field["type"] == "array" else str(field["type"])
