"""Conditions: YAML nodes and one-line queries read into `model.Condition`, every mistake with its place."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import NamedTuple

from feedhub.errors import FeedHubError
from feedhub.model import AllOf, AnyOf, Condition, Match, Not, Pattern, Within
from feedhub.rules.facts import FIELDS
from feedhub.rules.folding import fold
from feedhub.rules.pattern import EXPRESSIONS, read_pattern
from feedhub.rules.quantity import QUANTITIES, read_interval
from feedhub.rules.query import Both, Either, Negation, Query, QueryError, Term, parse_query

Path = tuple[str | int, ...]

NAME_FIELDS = frozenset({"tag", "category", "term", "feed", "language", "host"})
MEDIA = frozenset({"audio", "video", "image", "text", "application"})
MAX_DEPTH = 32


class ConditionError(FeedHubError):
    """A condition says something that cannot be meant; `path` leads to it inside the node, and `offset` to
    the place in the text that stands there, if that is a query."""

    def __init__(self, path: Path, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.message = message
        self.offset = offset


class Asked(NamedTuple):
    """One value that a condition asks for, and where it stands; `expression`: it is a regular one."""

    field: str
    value: str
    path: Path
    offset: int | None
    expression: bool


class Reading(NamedTuple):
    """A condition and all it asks for."""

    condition: Condition
    asked: tuple[Asked, ...]


def compile_condition(node: object) -> Condition:
    """Read a condition from plain YAML values.

    A text is a query in one line (`query.py`). A mapping's keys must all hold: a field with one value or a
    list of values (any of them), `all` and `any` with conditions, `not` with one. Plain text is a substring
    without regard to case, accents and width; for the fields that name something (tag, category, term, feed,
    language, host) it is the whole name. `/…/flags` is a regular expression. Quantities (words, sources,
    published, age) are compared.

    Raises ConditionError at the first mistake.
    """
    return read_condition(node).condition


def read_condition(node: object, *, guest: bool = False) -> Reading:
    """Read a condition as `compile_condition` does, and say what it asks for; from a guest, `read_pattern`
    says what that means."""
    reader = _Reader(guest)
    return Reading(reader.read(node, ()), tuple(reader.asked))


class _Reader:
    def __init__(self, guest: bool) -> None:
        self._guest = guest
        self.asked: list[Asked] = []

    def read(self, node: object, path: Path) -> Condition:
        if len(path) > 2 * MAX_DEPTH:
            raise ConditionError(path, f"conditions nest deeper than {MAX_DEPTH} levels")
        if isinstance(node, str):
            return self._query(node, path)
        if isinstance(node, (list, tuple)):
            raise ConditionError(path, "a list is no condition; write any: [...] or all: [...]")
        if not isinstance(node, Mapping):
            raise ConditionError(
                path,
                f"a condition is a mapping such as {{title: word}} or a query such as 'title:word', "
                f"not {_shown(node)}",
            )
        if not node:
            raise ConditionError(path, "an empty condition; name a field, or all, any, not")
        parts = tuple(self._key(key, value, path) for key, value in node.items())
        return parts[0] if len(parts) == 1 else AllOf(parts)

    def _key(self, key: object, value: object, path: Path) -> Condition:
        if not isinstance(key, str):
            raise ConditionError(path, f"{_shown(key)} is no field")
        here = (*path, key)
        if key == "not":
            return Not(self.read(value, here))
        if key in ("all", "any"):
            parts = tuple(self.read(part, place) for part, place in _listed(value, here))
            if not parts:
                raise ConditionError(here, f"{key} needs at least one condition")
            return AllOf(parts) if key == "all" else AnyOf(parts)
        if key not in FIELDS:
            raise ConditionError(here, _unknown(key, "all", "any", "not"))
        values = [_Value(_text(item, place, key), False, place, None) for item, place in _listed(value, here)]
        if not values:
            raise ConditionError(here, f"{key} needs at least one value")
        return self._test(key, values)

    def _query(self, text: str, path: Path) -> Condition:
        try:
            return self._node(parse_query(text), path, 0)
        except QueryError as error:
            raise ConditionError(path, error.message, error.offset) from error

    def _node(self, query: Query, path: Path, depth: int) -> Condition:
        if depth > MAX_DEPTH:
            raise ConditionError(path, f"conditions nest deeper than {MAX_DEPTH} levels")
        match query:
            case Both(parts):
                return AllOf(tuple(self._node(part, path, depth + 1) for part in parts))
            case Either(parts):
                return AnyOf(tuple(self._node(part, path, depth + 1) for part in parts))
            case Negation(part):
                return Not(self._node(part, path, depth + 1))
            case Term(field, value, quoted, field_at, value_at):
                if field and field not in FIELDS:
                    hint = _unknown(field) + "; a text with a colon in it stands in quotes"
                    raise ConditionError(path, hint, field_at)
                if not field and not quoted and value in ("and", "or", "not"):
                    hint = f'write {value.upper()} in capitals, or "{value}" in quotes to look for the word'
                    raise ConditionError(path, hint, value_at)
                if not value.strip():
                    raise ConditionError(path, _EMPTY, value_at)
                return self._test(field or "text", [_Value(value, quoted, path, value_at)])

    def _test(self, field: str, values: list[_Value]) -> Condition:
        """Return the test of one field: any of the values."""
        tests: list[Condition] = []
        patterns: list[Pattern] = []
        for value in values:
            try:
                if field in QUANTITIES:
                    tests.append(Within(field, *read_interval(field, value.text), value.text))
                else:
                    patterns.append(_pattern(field, value, self._guest))
            except ValueError as error:
                raise ConditionError(value.path, str(error), value.offset) from error
            expression = bool(patterns) and patterns[-1].kind in EXPRESSIONS
            self.asked.append(Asked(field, value.text, value.path, value.offset, expression))
        if tests:
            return tests[0] if len(tests) == 1 else AnyOf(tuple(tests))
        found = Match(field, tuple(patterns), " or ".join(value.text for value in values))
        return Not(found) if field == "enclosure" and found.text.lower() == "false" else found


class _Value(NamedTuple):
    text: str
    quoted: bool
    path: Path
    offset: int | None


def _pattern(field: str, value: _Value, guest: bool) -> Pattern:
    if field == "enclosure" and value.text.lower() in ("true", "false"):
        return Pattern("any", "")
    if field == "enclosure" and value.text.lower() in MEDIA:
        return Pattern("prefix", f"{value.text.lower()}/")
    kind = "exact" if field in NAME_FIELDS else "substring"
    if value.quoted:
        return Pattern(kind, fold(value.text))
    return read_pattern(value.text, kind=kind, guest=guest)


_EMPTY = "an empty text matches nothing and everything; write what to look for"


def _listed(value: object, path: Path) -> list[tuple[object, Path]]:
    if isinstance(value, (list, tuple)):
        return [(item, (*path, index)) for index, item in enumerate(value)]
    return [(value, path)]


def _text(value: object, path: Path, field: str) -> str:
    """Return a value as text; what YAML may have read as something else must be quoted: 3.10, yes, null."""
    if isinstance(value, str):
        if not value.strip():
            raise ConditionError(path, _EMPTY)
        return value
    if isinstance(value, bool) and field == "enclosure":
        return str(value).lower()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Mapping):
        raise ConditionError(
            path, "a text is wanted here, not a mapping; conditions nest under all, any, not"
        )
    raise ConditionError(path, f"a text is wanted here, not {_shown(value)}; put it in quotes")


def _unknown(key: str, *words: str) -> str:
    close = get_close_matches(key.casefold(), [*FIELDS, *words], n=1)
    if close:
        return f"unknown field {key}; did you mean {close[0]}?"
    also = f"; also {', '.join(words)}" if words else ""
    return f"unknown field {key}; the fields are {', '.join(FIELDS)}{also}"


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, (str, int, float)) else f"a {type(value).__name__}"
