"""What can be told of a condition without looking at any entry. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from feedhub.model import AllOf, AnyOf, Condition, Match, Not, Within
from feedhub.rules.folding import fold
from feedhub.rules.quantity import Interval


def fields_of(condition: Condition) -> Iterator[str]:
    """Return every field that a condition looks at."""
    match condition:
        case Match(field=field) | Within(field=field):
            yield field
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from fields_of(part)
        case Not(part):
            yield from fields_of(part)


def ageless(condition: Condition) -> Condition:
    """Return a condition that holds for all that this one may hold for at some time. What is decided once and
    stored is decided by this."""
    return loosened(condition, {"age"})


def loosened(condition: Condition, fields: Collection[str]) -> Condition:
    """Return a condition that holds for all that this one may hold for, whatever some fields are: their tests
    always speak for it."""
    return condition if set(fields).isdisjoint(fields_of(condition)) else _loosened(condition, fields, True)


def _loosened(condition: Condition, fields: Collection[str], favour: bool) -> Condition:
    match condition:
        case Match(field=field) | Within(field=field) if field in fields:
            return AllOf(()) if favour else AnyOf(())
        case AllOf(parts):
            return AllOf(tuple(_loosened(part, fields, favour) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_loosened(part, fields, favour) for part in parts))
        case Not(part):
            return Not(_loosened(part, fields, not favour))
        case _:
            return condition


def age_bounds(condition: Condition) -> Interval:
    """Return the seconds of age outside of which a condition cannot hold."""
    match condition:
        case Within("age", low, high, _):
            return Interval(low, high)
        case AllOf(parts):
            each = [age_bounds(part) for part in parts]
            return Interval(
                max((one.low for one in each if one.low is not None), default=None),
                min((one.high for one in each if one.high is not None), default=None),
            )
    return Interval(None, None)


def contradiction(condition: Condition, given: Mapping[str, str], single: Collection[str]) -> str:
    """Say why a condition can never hold, empty if it may.

    Args:
        given: fields whose value is known beforehand.
        single: fields of names that have one value at most.
    """
    match condition:
        case Within(field, low, high, text):
            return f"{field} is never {text}" if low is not None and high is not None and low >= high else ""
        case Match(field, _, text):
            names = _names(condition)
            if names is not None and field in given and fold(given[field]) not in names:
                return f"{field} is {given[field]} here, never {text}"
            return ""
        case AllOf(parts):
            return next(
                (why for part in parts if (why := contradiction(part, given, single))), ""
            ) or _disagreement(tuple(_flat(condition)), single)
        case AnyOf(parts):
            each = [contradiction(part, given, single) for part in parts]
            return each[0] if each and all(each) else ""
        case Not(_):
            return ""


def _flat(condition: Condition) -> Iterator[Condition]:
    if isinstance(condition, AllOf):
        for part in condition.parts:
            yield from _flat(part)
    else:
        yield condition


def _disagreement(parts: tuple[Condition, ...], single: Collection[str]) -> str:
    """Say which two of the parts, which must all hold, cannot hold together."""
    names: dict[str, tuple[frozenset[str], str]] = {}
    bounds: defaultdict[str, list[Within]] = defaultdict(list)
    for part in parts:
        if isinstance(part, Within):
            bounds[part.field].append(part)
        elif isinstance(part, Not) and part.part in parts:
            return "one part of it excludes the other"
        elif isinstance(part, Match) and part.field in single and (own := _names(part)) is not None:
            before, text = names.get(part.field, (own, part.text))
            if not before & own:
                return f"{part.field} is never {text} and {part.text} at once"
            names[part.field] = before & own, part.text
    for field, tests in bounds.items():
        low = max((one.low for one in tests if one.low is not None), default=None)
        high = min((one.high for one in tests if one.high is not None), default=None)
        if low is not None and high is not None and low >= high:
            return f"{field} is never {' and '.join(one.text for one in tests)} at once"
    return ""


def _names(test: Match) -> frozenset[str] | None:
    """Return the names of which the field must be one; None if the test asks for something else too."""
    exact = all(pattern.kind == "exact" for pattern in test.patterns)
    return frozenset(pattern.value for pattern in test.patterns) if exact else None
