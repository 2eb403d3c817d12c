"""Which outputs a story belongs to, without asking each of thousands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from feedhub.model import AllOf, AnyOf, Condition, Match, Output, Story
from feedhub.rules.facts import holds, story_facts
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
            output = replace(given, where=ageless(given.where))
            anchors = _anchors(output.where)
            if anchors is None:
                self._free.append(output)
            else:
                for anchor in anchors:
                    self._anchored[anchor].append(output)

    def matching(self, story: Story) -> frozenset[str]:
        """Return the paths of the outputs that a story belongs to, or will at some age.

        A story whose shown entry was dropped is in none, a private one in private outputs alone.
        """
        if story.entry.dropped:
            return frozenset()
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
            and holds(output.where, facts)
        )


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
