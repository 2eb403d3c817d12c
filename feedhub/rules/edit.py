"""What an edit of the rules can change of entries that stay as they are. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from feedhub.model import Condition, Entry, Feed, Rule
from feedhub.rules.facts import entry_facts, holds
from feedhub.rules.logic import loosened

_SEEN_IN = {"title": ("title", "text"), "link": ("link", "host"), "category": ("category",)}
"""The fields in which conditions see what rules set."""


def touching(before: Sequence[Rule], now: Sequence[Rule]) -> tuple[Condition, ...]:
    """Return conditions of which one at least holds for every entry that the one rules and the others make
    something else of.

    Where none of them holds, no rule that only one of the two has is ever carried out, and what is left is
    the same rules in the same order. What a condition asks for that rules change themselves (tags, what is
    set) is not known without running them: it is taken to be as would make it hold.
    """
    first = _alike(before, now)
    last = _alike(before[first:][::-1], now[first:][::-1])
    changed = (*before[first : len(before) - last], *now[first : len(now) - last])
    moved = {place for rule in (*before, *now) for field, _ in rule.set for place in _SEEN_IN[field]}
    return tuple(dict.fromkeys(loosened(rule.when, {"tag", *moved}) for rule in changed))


def concern(conditions: Sequence[Condition], feed: Feed, entry: Entry) -> bool:
    """Tell whether one of such conditions holds for an entry of a feed."""
    facts = entry_facts(entry, feed, frozenset())
    return any(holds(condition, facts) for condition in conditions)


def _alike(rules: Sequence[Rule], others: Sequence[Rule]) -> int:
    """Return how many rules at the beginning do the same. A name is told of what is dropped alone."""
    count = 0
    for one, other in zip(rules, others, strict=False):
        if one != other and (one.drop or other.drop or _unnamed(one) != _unnamed(other)):
            break
        count += 1
    return count


def _unnamed(rule: Rule) -> tuple[object, ...]:
    return rule.when, rule.tags, rule.untag, rule.set, rule.stop
