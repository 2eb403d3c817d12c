"""Which outputs a story belongs to, without asking each of thousands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

from feedhub.model import AllOf, AnyOf, Condition, Match, Not, Output, Story
from feedhub.rules.facts import Facts, holds, reason, story_facts
from feedhub.rules.folding import fold
from feedhub.rules.logic import ageless, fields_of

Anchor = tuple[str, str]
_ANCHOR_FIELDS = frozenset({"tag", "category", "feed"})
_NAMES = frozenset({"exact", "verbatim"})
_SIFTED_AT_MOST = 5000


class Labels(NamedTuple):
    """What most outputs ask of a story: its categories, tags and feeds, whether it is private, and whether
    its shown entry was dropped."""

    categories: tuple[str, ...]
    tags: frozenset[str]
    feeds: tuple[str, ...]
    private: bool
    dropped: bool = False


class _Sifted(NamedTuple):
    """The outputs of all stories with some labels, and those that look at their texts too."""

    sure: frozenset[str]
    unsure: tuple[Output, ...]


class _Anchored(NamedTuple):
    """An output, and the names that a story must have all of."""

    output: Output
    wanted: frozenset[Anchor]


class OutputIndex:
    """Outputs by the tags, categories and feeds that their conditions cannot do without."""

    def __init__(self, outputs: Iterable[Output]) -> None:
        self._anchored: dict[Anchor, list[_Anchored]] = defaultdict(list)
        self._free: list[Output] = []
        self._by_labels: set[str] = set()
        self._sifted: dict[Labels, _Sifted] = {}
        for given in outputs:
            chosen = given.dropped_from and ageless(given.dropped_from)
            output = replace(given, where=ageless(given.where), dropped_from=chosen)
            groups = _anchors(chosen or output.where)
            if not groups:
                self._free.append(output)
            wanted = frozenset[Anchor]().union(*(group for group in groups if len(group) == 1))
            for anchor in min(groups, key=len, default=()):
                self._anchored[anchor].append(_Anchored(output, wanted))
            asked = {*fields_of(output.where), *(fields_of(chosen) if chosen else ())}
            if _ANCHOR_FIELDS.issuperset(asked):
                self._by_labels.add(output.path)

    def matching(self, story: Story) -> frozenset[str]:
        """Return the paths of the outputs that a story belongs to, or will at some age.

        A story whose shown entry was dropped is in those of what was dropped alone, a private one in private
        outputs alone.
        """
        facts = story_facts(story)
        dropped = bool(story.entry.dropped)
        labels = Labels(facts.categories, facts.tags, facts.feeds, story.private, dropped)
        return self._of(labels, lambda: facts)

    def of_labels(self, labels: Labels, story: Callable[[], Story]) -> frozenset[str]:
        """Return the same of a story that is made only if its labels leave a question, as they rarely do."""
        return self._of(labels, lambda: story_facts(story()))

    def _of(self, labels: Labels, facts: Callable[[], Facts]) -> frozenset[str]:
        sifted = self._sifted.get(labels)
        if sifted is None:
            if len(self._sifted) >= _SIFTED_AT_MOST:
                self._sifted.clear()
            sifted = self._sifted[labels] = self._sift(labels, facts())
        if not sifted.unsure:
            return sifted.sure
        asked = facts()
        return sifted.sure.union([output.path for output in sifted.unsure if belongs(output, asked)])

    def _sift(self, labels: Labels, facts: Facts) -> _Sifted:
        sources = len(labels.feeds)
        names = {(field, name) for field in _ANCHOR_FIELDS for name in facts.folded(field)}
        candidates = list(self._free)
        for name in names:
            candidates += [one.output for one in self._anchored.get(name, ()) if one.wanted <= names]
        sure, unsure = [], []
        for output in {output.path: output for output in candidates}.values():
            if sources >= output.min_sources and (output.private or not labels.private):
                if output.path not in self._by_labels:
                    unsure.append(output)
                elif belongs(output, facts):
                    sure.append(output.path)
        return _Sifted(frozenset(sure), tuple(unsure))


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


def _anchors(condition: Condition) -> tuple[frozenset[Anchor], ...]:
    """Return groups of names, of each of which a story must have one for the condition to hold."""
    match condition:
        case Match(field, patterns, _):
            if field in _ANCHOR_FIELDS and all(pattern.kind in _NAMES for pattern in patterns):
                return (frozenset((field, fold(pattern.value)) for pattern in patterns),)
            return ()
        case AllOf(parts):
            return tuple(group for part in parts for group in _anchors(part))
        case AnyOf(parts):
            each = [min(_anchors(part), key=len, default=None) for part in parts]
            groups = [group for group in each if group is not None]
            return (frozenset[Anchor]().union(*groups),) if len(groups) == len(each) else ()
        case _:
            return ()
