"""The documentation of every key, made from the models: a JSON Schema for editors, a table for people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from feedhub.config.models import File

_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
_SECTIONS = {
    "Hub": "`hub`",
    "Server": "`server`",
    "Pages": "`pages`",
    "Fetch": "`fetch`; down to `allow_private` in `defaults`, a category or a feed too",
    "Defaults": "`defaults`, a category, a feed",
    "Category": "`categories.NAME`",
    "Feed": "`categories.NAME.feeds[]`, `feeds[]`",
    "Entry": "`entry` of a feed with `format: json` or `html`",
    "Detail": "`detail` of such a feed; the keys of `entry`, and:",
    "Auth": "`auth`",
    "Moves": "`moves`",
    "Dates": "`dates`",
    "Links": "`canonical_links`",
    "Duplicates": "`duplicates`",
    "Rule": "`rules[]`, in a category and a feed too",
    "Set": "`set` of a rule",
    "Tags": "`tags` at the top of the file",
    "Output": "`outputs.NAME`",
    "Login": "`auth` of an output",
    "Exporters": "`exporters`",
    "Jekyll": "`exporters.jekyll`",
    "Corrections": "`corrections`",
}


def schema() -> dict[str, Any]:
    """Return a JSON Schema (draft 2020-12) of the YAML, for editors."""
    made = File.model_json_schema(by_alias=True, mode="validation")
    made["patternProperties"] = {"^x-": {}}
    for shape in (made, *made["$defs"].values()):
        for value in shape["properties"].values():
            if "default" in value and value["default"] is None:
                del value["default"]  # says nothing, but editors would offer it
    return {"$schema": _SCHEMA, **made, "title": "FeedHub configuration"}


def reference() -> str:
    """Return Markdown tables of every key: type, default, meaning."""
    made = schema()
    shapes: Mapping[str, Any] = made["$defs"]
    parts = [_table("The file", "the top of the file", made["properties"])]
    told: set[str] = set()
    for name, where in _SECTIONS.items():
        properties = {
            key: value
            for key, value in shapes[name]["properties"].items()
            if key not in told or name in ("Category", "Feed")
        }
        if name == "Fetch":
            told = set(properties) - {"workers", "processes", "per_host", "spacing", "private_pace"}
        if name in ("Category", "Feed"):
            above = shapes["Defaults"]["properties"].keys() - {"duplicates"}
            properties = {key: value for key, value in properties.items() if key not in above}
        if name == "Detail":
            properties = {
                key: value for key, value in properties.items() if key not in shapes["Entry"]["properties"]
            }
        parts.append(_table(name, where, properties))
    return "\n\n".join(parts) + "\n"


def _table(name: str, where: str, properties: Mapping[str, Any]) -> str:
    rows = [f"**{name}** ({where})", "", "| key | type | default | meaning |", "|---|---|---|---|"]
    rows += [
        f"| `{key}` | {_type(value)} | {_default(value)} | {_cell(value.get('description', ''))} |"
        for key, value in properties.items()
    ]
    return "\n".join(rows)


def _default(value: Mapping[str, Any]) -> str:
    default = value.get("default")
    if default is None:
        return ""
    if isinstance(default, list):
        return f"`[{', '.join(default)}]`"
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _type(value: Mapping[str, Any]) -> str:
    return _cell(", ".join(dict.fromkeys(_types(value))))


def _types(value: Mapping[str, Any]) -> Iterator[str]:
    if value.get("title") == "condition":
        yield "condition"
    elif "anyOf" in value:
        for option in value["anyOf"]:
            yield from _types(option)
    elif "enum" in value:
        yield from (f"`{choice}`" for choice in value["enum"])
    elif "const" in value:
        yield f"`{value['const']}`"
    elif "$ref" in value:
        name = value["$ref"].rsplit("/", 1)[1]
        yield f"mapping ({'Output' if name == 'OutputSettings' else name})"
    elif value.get("type") == "array":
        items = [kind for kind in _types(value["items"]) if kind]
        yield f"list of {' or '.join(dict.fromkeys(items))}"
    elif value.get("type") == "object" and "additionalProperties" in value:
        yield f"mapping of {', '.join(dict.fromkeys(_types(value['additionalProperties'])))}"
    elif value.get("type") != "null":
        kind = value.get("type", "any")
        names = {"string": "text", "integer": "number", "boolean": "true/false", "object": "mapping"}
        # pydantic titles a property with its name; only the kinds of values.py have a title of their own
        yield (
            value["title"]
            if value.get("title") in _KINDS
            else names.get(kind if isinstance(kind, str) else "", "any")
        )


_KINDS = frozenset(
    {"duration", "size", "URL", "time zone", "encoding", "slug", "id", "address or network", "condition"}
)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
