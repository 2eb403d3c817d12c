"""What pydantic found wrong, as sentences for people with the place in the file."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from feedhub.config.document import Document, Trail
from feedhub.config.models import File

_MEANT = {
    "string_type": "a text is meant here",
    "int_type": "a whole number is meant here",
    "int_parsing": "a whole number is meant here",
    "int_from_float": "a whole number is meant here",
    "bool_type": "true or false is meant here",
    "bool_parsing": "true or false is meant here",
    "list_type": "a list is meant here",
    "dict_type": "a mapping (key: value) is meant here",
    "model_type": "a mapping (key: value) is meant here",
    "model_attributes_type": "a mapping (key: value) is meant here",
}


def check(document: Document) -> File:
    """Read a document as a `File`, noting every mistake in it; what is wrong is left out of the result."""
    data = document.data
    if data is None:
        return File()
    if not isinstance(data, dict):
        document.note((), f"a configuration is a mapping (hub: ..., feeds: ...), not {_kind(data)}")
        return File()
    data = {key: value for key, value in data.items() if not key.startswith("x-")}
    removed: set[Trail] = set()
    for _ in range(100):
        try:
            return File.model_validate(data)
        except ValidationError as error:
            wrong = error.errors(include_url=False)
        for found in wrong:
            trail, message = _sentence(found)
            if trail not in removed:  # else it is wrong because something in it was removed for being wrong
                document.note(trail, message, key=found["type"] == "extra_forbidden")
        trails = [_plain(found["loc"]) for found in wrong]
        removed |= {trail[:length] for trail in trails for length in range(len(trail))}
        data = _without(data, trails)
    return File()


def closest(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean x?)` for the known word that looks most like this one, or nothing."""
    by_folded = {name.casefold(): name for name in known}
    close = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return f" (did you mean {by_folded[close[0]]}?)" if close else ""


def _sentence(found: ErrorDetails) -> tuple[Trail, str]:
    trail = _plain(found["loc"])
    kind, context = found["type"], found.get("ctx", {})
    if kind == "extra_forbidden":
        return trail, _unknown_key(trail)
    if kind == "missing":
        return trail[:-1], f"{trail[-1]} is missing"
    if kind == "literal_error":
        return trail, f"one of {_choices(context)} is meant here{_close_choice(found['input'], context)}"
    if kind in _MEANT:
        shown = _kind(found["input"])
        return trail, f"{_MEANT[kind]}, not {shown}" if shown else _MEANT[kind]
    if kind == "value_error":
        return trail, str(context["error"])
    return trail, _bound(kind, context) or found["msg"]


def _bound(kind: str, context: Mapping[str, Any]) -> str:
    match kind:
        case "greater_than_equal":
            return f"must be at least {context['ge']}"
        case "less_than_equal":
            return f"must be at most {context['le']}"
        case "greater_than":
            return "must be longer than nothing"
        case "too_short" | "string_too_short":
            return "must not be empty"
        case "too_long":
            return f"at most {context['max_length']} values are meant here"
        case "string_too_long":
            return f"longer than {context['max_length']} characters"
    return ""


def _unknown_key(trail: Trail) -> str:
    key = str(trail[-1])
    model = _model_at(trail[:-1])
    names = _names(model) if model else []
    hint = closest(key, names)
    if not hint:
        homes = [
            name for name, field in File.model_fields.items() if key in _names(_model_of(field.annotation))
        ]
        home = next(iter(homes), "")
        hint = f" (it belongs under {home})" if home and model is File else ""
    return f"unknown key {key}{hint}"


def _names(model: type[BaseModel] | None) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _model_at(trail: Trail) -> type[BaseModel] | None:
    """Return the model that stands at a trail."""
    here: Any = File
    for step in trail:
        model = _model_of(here)
        if model is not None:
            field = model.model_fields.get(str(step)) or model.model_fields.get(f"{step}_")
            here = field.annotation if field else None
        else:
            here = next(
                (get_args(part)[-1] for part in _parts(here) if get_origin(part) in (list, dict)), None
            )
    return _model_of(here)


def _model_of(annotation: Any) -> type[BaseModel] | None:
    return next(
        (part for part in _parts(annotation) if isinstance(part, type) and issubclass(part, BaseModel)), None
    )


def _parts(annotation: Any) -> list[Any]:
    """Return an annotation's alternatives, without Annotated and None."""
    if get_origin(annotation) is Annotated:
        return _parts(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [part for option in get_args(annotation) for part in _parts(option)]
    return [annotation]


def _choices(context: Mapping[str, Any]) -> str:
    return str(context["expected"]).replace("'", "").replace(" or ", ", ")


def _close_choice(given: object, context: Mapping[str, Any]) -> str:
    return closest(given, _choices(context).split(", ")) if isinstance(given, str) else ""


def _kind(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case None:
            return "nothing"
        case int():
            return "a number"
        case str():
            return "text" if value else "nothing"
    return ""


def _plain(loc: Iterable[str | int]) -> Trail:
    return tuple(step for step in loc if step != "[key]")


def _without(data: Any, trails: list[Trail]) -> Any:
    """Return the data without the values that are wrong, so that everything else can still be checked.

    An item of a list becomes None, which keeps the places of the others; where that is not possible, what
    holds the value goes.
    """
    tree: dict[Any, Any] = {}
    for trail in trails:
        branch = tree
        for step in trail:
            branch = branch.setdefault(step, {})
    return _pruned(data, tree)


def _pruned(data: Any, tree: Mapping[Any, Any]) -> Any:
    if not tree:
        return None
    if isinstance(data, dict):
        if any(not below and key not in data for key, below in tree.items()):
            return None  # a key is missing: the mapping goes
        kept = {key: _pruned(value, tree[key]) if key in tree else value for key, value in data.items()}
        return {key: value for key, value in kept.items() if key not in tree or value is not None}
    if isinstance(data, list):
        below = {step: part for step, part in tree.items() if isinstance(step, int)} or tree.get("feeds", {})
        if not below or (
            not any(isinstance(item, dict) for item in data) and any(not below[i] for i in below)
        ):
            return None
        return [_pruned(item, below[index]) if index in below else item for index, item in enumerate(data)]
    return None
