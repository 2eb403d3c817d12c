"""Rules: conditions, the tags and drops they decide, and the outputs a story belongs to. Pure.

A condition is read once (`compile_condition`) and is plain data from then on, so that it can be sent to
worker processes; what it needs to run (RE2 programs) is made where it runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from feedhub.model import Entry, Feed, Rule
from feedhub.rules.condition import ConditionError, compile_condition
from feedhub.rules.facts import FIELDS, entry_facts, holds, reason
from feedhub.rules.outputs import OutputIndex

__all__ = ["FIELDS", "ConditionError", "OutputIndex", "Verdict", "apply", "compile_condition", "verdicts"]


def apply(rules: Sequence[Rule], feed: Feed, entry: Entry) -> Entry:
    """Return the entry with its tags (the feed's and the rules') and the name of the rule that dropped it.

    Rules run in order and see the tags given so far; the first drop ends them. Tags and drops that the entry
    had before are forgotten, so that applying rules again after an edit derives them anew.
    """
    tags, dropped = feed.tags, ""
    facts = entry_facts(entry, feed, tags)
    for rule in rules:
        if not holds(rule.when, facts):
            continue
        tags = facts.tags = tags | rule.tags
        if rule.drop:
            dropped = rule.name
            break
    if tags == entry.tags and dropped == entry.dropped:
        return entry
    return replace(entry, tags=tags, dropped=dropped)


class Verdict(NamedTuple):
    """What one rule said of an entry, and why, in words."""

    rule: str
    held: bool
    why: str


def verdicts(rules: Sequence[Rule], feed: Feed, entry: Entry) -> tuple[Verdict, ...]:
    """Return each rule's verdict in order, for `explain`; the rules after a drop were not asked."""
    facts = entry_facts(entry, feed, feed.tags)
    found: list[Verdict] = []
    dropped = ""
    for rule in rules:
        if dropped:
            found.append(Verdict(rule.name, False, f"not asked: dropped by {dropped}"))
            continue
        held = holds(rule.when, facts)
        found.append(Verdict(rule.name, held, reason(rule.when, facts)))
        if held:
            facts.tags = facts.tags | rule.tags
            dropped = rule.name if rule.drop else ""
    return tuple(found)
