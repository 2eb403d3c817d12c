"""Conditions: the YAML's nodes read into `model.Condition`, every mistake with its place."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from feedhub.errors import FeedHubError
from feedhub.model import AllOf, AnyOf, Condition, Match, Not
from feedhub.rules.facts import FIELDS
from feedhub.rules.pattern import read_pattern

Path = tuple[str | int, ...]

EXACT_FIELDS = frozenset({"tag", "category", "term", "feed", "language", "host"})
MAX_DEPTH = 32


class ConditionError(FeedHubError):
    """A condition says something that cannot be meant; `path` leads to it inside the node."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message


def compile_condition(node: object) -> Condition:
    """Read a condition from plain YAML values.

    A mapping's keys must all hold: a field with one value or a list of values (any of them), `all` and `any`
    with conditions, `not` with one. Plain text is a case-insensitive substring; for the fields that name
    something (tag, category, term, feed, language, host) it is the whole name. `/…/flags` is a regular
    expression for any field.

    Raises ConditionError at the first mistake.
    """
    return _read(node, ())


def _read(node: object, path: Path) -> Condition:
    if len(path) > 2 * MAX_DEPTH:
        raise ConditionError(path, f"conditions nest deeper than {MAX_DEPTH} levels")
    if isinstance(node, (list, tuple)):
        raise ConditionError(path, "a list is no condition; write any: [...] or all: [...]")
    if not isinstance(node, Mapping):
        raise ConditionError(path, f"a condition is a mapping such as {{title: word}}, not {_shown(node)}")
    if not node:
        raise ConditionError(path, "an empty condition; name a field, or all, any, not")
    parts = tuple(_read_key(key, value, path) for key, value in node.items())
    return parts[0] if len(parts) == 1 else AllOf(parts)


def _read_key(key: object, value: object, path: Path) -> Condition:
    if not isinstance(key, str):
        raise ConditionError(path, f"{_shown(key)} is no field")
    here = (*path, key)
    if key == "not":
        return Not(_read(value, here))
    if key in ("all", "any"):
        parts = tuple(_read(part, place) for part, place in _listed(value, here))
        if not parts:
            raise ConditionError(here, f"{key} needs at least one condition")
        return AllOf(parts) if key == "all" else AnyOf(parts)
    if key not in FIELDS:
        close = get_close_matches(key.casefold(), [*FIELDS, "all", "any", "not"], n=1)
        hint = (
            f"did you mean {close[0]}?"
            if close
            else f"the fields are {', '.join(FIELDS)}; also all, any, not"
        )
        raise ConditionError(here, f"unknown field {key}; {hint}")
    values = tuple((_text(item, place), place) for item, place in _listed(value, here))
    if not values:
        raise ConditionError(here, f"{key} needs at least one value")
    patterns = []
    for text, place in values:
        try:
            patterns.append(read_pattern(text, exact=key in EXACT_FIELDS))
        except ValueError as error:
            raise ConditionError(place, str(error)) from error
    return Match(key, tuple(patterns), " or ".join(text for text, _ in values))


def _listed(value: object, path: Path) -> list[tuple[object, Path]]:
    if isinstance(value, (list, tuple)):
        return [(item, (*path, index)) for index, item in enumerate(value)]
    return [(value, path)]


def _text(value: object, path: Path) -> str:
    """Return a value as text; what YAML may have read as something else must be quoted: 3.10, yes, null."""
    if isinstance(value, str):
        if not value.strip():
            raise ConditionError(path, "an empty text matches nothing and everything; write what to look for")
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Mapping):
        raise ConditionError(
            path, "a text is wanted here, not a mapping; conditions nest under all, any, not"
        )
    raise ConditionError(path, f"a text is wanted here, not {_shown(value)}; put it in quotes")


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, (str, int, float)) else f"a {type(value).__name__}"
