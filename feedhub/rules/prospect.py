"""What conditions can come to: whether one can hold, as far as names tell, whether it follows from another.

Where names do not decide, an answer is the careful one: it can hold, it does not follow.
"""

from __future__ import annotations

from dataclasses import dataclass

from feedhub.model import AllOf, AnyOf, Condition, Match, Not, Pattern, Within

_PART_OF = {("title", "text"), ("content", "text")}


@dataclass(frozen=True, slots=True)
class Prospect:
    """What is known beforehand of some entries or stories; names are folded.

    Each has one or more of `feeds`, one or more of `categories` and any of `tags` (None: any at all).
    """

    feeds: frozenset[str]
    categories: frozenset[str]
    tags: frozenset[str] | None


def can_hold(condition: Condition, prospect: Prospect) -> bool:
    """Say whether a condition may hold for any of what a prospect speaks of."""
    return _outcomes(condition, prospect)[0]


def _outcomes(condition: Condition, prospect: Prospect) -> tuple[bool, bool]:
    """Return whether a condition may hold, and whether it may not."""
    match condition:
        case Match(field, patterns, _):
            return _named(field, patterns, prospect)
        case Within("sources", low, high, _):
            fits = (low is None or low <= len(prospect.feeds)) and (high is None or high > 1)
            return fits, True
        case Within():
            return True, True
        case AllOf(parts):
            each = [_outcomes(part, prospect) for part in parts]
            return all(may for may, _ in each), any(may_not for _, may_not in each)
        case AnyOf(parts):
            each = [_outcomes(part, prospect) for part in parts]
            return any(may for may, _ in each), all(may_not for _, may_not in each)
        case Not(part):
            may, may_not = _outcomes(part, prospect)
            return may_not, may


def _named(field: str, patterns: tuple[Pattern, ...], prospect: Prospect) -> tuple[bool, bool]:
    known = {"feed": prospect.feeds, "category": prospect.categories, "tag": prospect.tags}.get(field)
    if known is None or any(pattern.kind != "exact" for pattern in patterns):
        return True, True
    asked = {pattern.value for pattern in patterns}
    return not asked.isdisjoint(known), field == "tag" or not known <= asked


def follows(condition: Condition, other: Condition) -> bool:
    """Say whether a condition is sure to hold wherever another one does."""
    if condition == other:
        return True
    if isinstance(condition, AllOf):
        return all(follows(part, other) for part in condition.parts)
    if isinstance(other, AnyOf):
        return all(follows(condition, part) for part in other.parts)
    if isinstance(condition, AnyOf) and any(follows(part, other) for part in condition.parts):
        return True
    match condition, other:
        case _, AllOf(parts):
            return any(follows(condition, part) for part in parts)
        case Not(part), Not(narrow):
            return follows(narrow, part)
        case Match(field, wide, _), Match(own, narrow_patterns, _):
            return (field == own or (own, field) in _PART_OF) and all(
                any(_implied(one, by) for one in wide) for by in narrow_patterns
            )
        case Within(field, low, high, _), Within(own, lowest, highest, _):
            return (
                field == own
                and (low is None or (lowest is not None and lowest >= low))
                and (high is None or (highest is not None and highest <= high))
            )
    return False


def _implied(pattern: Pattern, by: Pattern) -> bool:
    """Say whether a text that fits one pattern fits another."""
    if pattern == by or pattern.kind == "any":
        return True
    return pattern.kind == "substring" and by.kind in ("substring", "exact") and pattern.value in by.value
