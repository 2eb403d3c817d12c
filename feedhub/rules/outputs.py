"""Which outputs a story belongs to, without asking each of thousands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from feedhub.model import AllOf, AnyOf, Condition, Match, Not, Output, Story
from feedhub.rules.facts import Facts, holds, reason, story_facts
from feedhub.rules.folding import fold
from feedhub.rules.logic import ageless

Anchor = tuple[str, str]
_ANCHOR_FIELDS = frozenset({"tag", "category", "feed"})
_NAMES = frozenset({"exact", "verbatim"})


class OutputIndex:
    """Outputs by the tags, categories and feeds that their conditions cannot do without."""

    def __init__(self, outputs: Iterable[Output]) -> None:
        self._anchored: dict[Anchor, list[Output]] = defaultdict(list)
        self._free: list[Output] = []
        for given in outputs:
            chosen = given.dropped_from and ageless(given.dropped_from)
            output = replace(given, where=ageless(given.where), dropped_from=chosen)
            anchors = _anchors(chosen or output.where)
            if anchors is None:
                self._free.append(output)
            else:
                for anchor in anchors:
                    self._anchored[anchor].append(output)

    def matching(self, story: Story) -> frozenset[str]:
        """Return the paths of the outputs that a story belongs to, or will at some age.

        A story whose shown entry was dropped is in those of what was dropped alone, a private one in private
        outputs alone.
        """
        facts = story_facts(story)
        sources = len(facts.feeds)
        candidates = list(self._free)
        for field in _ANCHOR_FIELDS:
            for name in facts.folded(field):
                candidates += self._anchored.get((field, name), ())
        return frozenset(
            output.path
            for output in {output.path: output for output in candidates}.values()
            if sources >= output.min_sources
            and (output.private or not story.private)
            and belongs(output, facts)
        )


def belongs(output: Output, facts: Facts) -> bool:
    """Tell whether an output has a story with these facts, as far as its conditions are asked."""
    if facts.entry.dropped:
        return output.dropped_from is not None and holds(output.dropped_from, facts)
    return holds(output.where, facts)


def why_dropped(output: Output, facts: Facts) -> str:
    """Say why the output of what another one leaves out has a story."""
    if facts.entry.dropped:
        return f"rule: {facts.entry.dropped}"
    match output.where:
        case AllOf((*_, Not(filters))):
            return reason(filters, facts)
    return ""


def _anchors(condition: Condition) -> frozenset[Anchor] | None:
    """Return names of which a story must have one for the condition to hold; None if there is no such set."""
    match condition:
        case Match(field, patterns, _):
            if field in _ANCHOR_FIELDS and all(pattern.kind in _NAMES for pattern in patterns):
                return frozenset((field, fold(pattern.value)) for pattern in patterns)
            return None
        case AllOf(parts):
            found = [anchors for part in parts if (anchors := _anchors(part)) is not None]
            return min(found, key=len, default=None)
        case AnyOf(parts):
            each = [_anchors(part) for part in parts]
            return None if None in each else frozenset().union(*(anchors for anchors in each if anchors))
        case _:
            return None
