"""What a configuration says in vain: rules that no entry can reach, outputs that can never have an item.

Told from names alone (feeds, categories, tags), never guessed: where these do not decide, nothing is said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from feedhub import model
from feedhub.config.feeds import FeedList, Place
from feedhub.config.ruling import Ruling
from feedhub.errors import Problem
from feedhub.rules import Prospect, age_bounds, can_hold, fields_of, fold, follows

COMPARED_AT_MOST = 300
"""Rules of one list that are held against each other: it takes their square."""
_NAMES = frozenset({"feed", "category", "tag"})
_SET_CHANGES = {"title": {"title", "text"}, "link": {"link", "host"}, "category": {"category"}}


class Group(NamedTuple):
    """Feeds that only their names tell apart: what is known of their entries before and after all rules."""

    category: str
    feeds: frozenset[str]
    before: Prospect
    after: Prospect


def idle_parts(
    ruling: Ruling,
    found: FeedList,
    categories: Mapping[str, model.Category],
    outputs: Mapping[str, model.Output],
    places: Mapping[str, Place],
    known: Iterable[Problem],
) -> Iterator[Problem]:
    """Yield a warning for each rule, category and output that is there in vain, with what to do.

    `places` are those of the outputs that the file names; what a `known` warning speaks of is left out.
    """
    said = {(problem.file, problem.path) for problem in known}
    reached: set[int] = set()
    # Where entries name their categories and tags themselves, names decide nothing.
    groups = [] if found.named else list(_groups(ruling, found, reached))
    for problem in (
        *_unreached(ruling, groups, reached),
        *_shadowed(ruling),
        *_empty(ruling, found),
        *_barren(found, categories, outputs, places, groups),
    ):
        if not any(problem.file == file and _within(path, problem.path) for file, path in said):
            said.add((problem.file, problem.path))
            yield problem


def _groups(ruling: Ruling, found: FeedList, reached: set[int]) -> Iterator[Group]:
    """Yield the feeds in groups; `reached` takes the ids of the rules that some entry may be asked for."""
    moved = _moved(ruling)
    given = None if ruling.terms.others else {tag for tags in ruling.terms.names.values() for tag in tags}
    alike: defaultdict[tuple[str, frozenset[str], int], list[str]] = defaultdict(list)
    worded = {id(one.rule) for one in ruling.written if _NAMES.isdisjoint(fields_of(one.rule.when))}
    chains = {id(chain): chain for chain in ruling.chains.values()}
    for name, listed in found.listed.items():
        tags = frozenset((*listed.space.tags, *(listed.content.tags or ())))
        alike[listed.space.name, tags, id(ruling.chains[name])].append(name)
    for (category, tags, chain), names in alike.items():
        feeds = frozenset(map(fold, names))
        spaces = frozenset(map(fold, (category, *moved)))
        before = prospect = Prospect(feeds, spaces, None if given is None else _folded((*tags, *given)))
        for rule in (*chains[chain], *ruling.rules):
            if id(rule) in worded or can_hold(rule.when, prospect):
                reached.add(id(rule))
                if prospect.tags is not None and rule.tags:
                    prospect = replace(prospect, tags=prospect.tags | _folded(rule.tags))
        yield Group(category, feeds, before, prospect)


def _unreached(ruling: Ruling, groups: list[Group], reached: set[int]) -> Iterator[Problem]:
    for rule, place, _ in ruling.written:
        if id(rule) not in reached and groups:
            why = _why(rule.when, [group.before for group in groups], [group.after for group in groups])
            yield place.problem(f"no entry can ever be this: {why}")


def _shadowed(ruling: Ruling) -> Iterator[Problem]:
    for _, several in groupby(ruling.written, key=lambda one: one.owner):
        rules = list(several)[:COMPARED_AT_MOST]
        enders = [number for number, one in enumerate(rules) if one.rule.drop or one.rule.stop]
        for number, (rule, place, _) in enumerate(rules):
            for earlier in (one for one in enders if one < number):
                changed = {field for one in rules[earlier:number] for field in _changes(one.rule)}
                if changed.isdisjoint(fields_of(rule.when)) and follows(rules[earlier].rule.when, rule.when):
                    ender = rules[earlier]
                    verb = "drops" if ender.rule.drop else "stops"
                    what = f"{ender.rule.name}, in {ender.place.line()}, {verb} all that it is about"
                    yield place.problem(f"this is never asked: {what}; put it above that")
                    break


def _changes(rule: model.Rule) -> Iterator[str]:
    if rule.tags or rule.untag:
        yield "tag"
    for field, _ in rule.set:
        yield from _SET_CHANGES[field]


def _empty(ruling: Ruling, found: FeedList) -> Iterator[Problem]:
    used = {listed.space.name for listed in found.listed.values()} | _moved(ruling)
    for name, space in found.spaces.items():
        if name not in used and space.place:
            yield space.place.problem(f"the category {name} has no feeds: give it some, or remove it")


def _barren(
    found: FeedList,
    categories: Mapping[str, model.Category],
    outputs: Mapping[str, model.Output],
    places: Mapping[str, Place],
    groups: list[Group],
) -> Iterator[Problem]:
    hidden = frozenset(fold(feed.id) for feed in found.feeds.values() if feed.private)
    everything = list(_of_stories(categories, groups, frozenset()))
    public = list(_of_stories(categories, groups, hidden)) if hidden else everything
    for path, place in places.items():
        output = outputs.get(path)
        if output is None or not groups:
            continue
        low = age_bounds(output.where).low
        if output.max_age and low is not None and low >= output.max_age.total_seconds():
            yield place.problem("this can never have an item: it asks for older ones than its max_age allows")
            continue
        mine = everything if output.private else public
        fitting = [one for one in mine if can_hold(output.where, one)]
        if any(len(one.feeds) >= output.min_sources for one in fitting):
            continue
        if fitting:
            most = max(len(one.feeds) for one in fitting)
            feeds = "1 feed" if most == 1 else f"{most} feeds"
            why = f"min_sources is {output.min_sources}, and {feeds} at most can tell a story here"
        elif not output.private and any(can_hold(output.where, one) for one in everything):
            why = "its feeds are private; give it private: true, or the feeds public: true"
        else:
            why = _why(output.where, mine, mine)
        yield place.problem(f"this can never have an item: {why}")


def _of_stories(
    categories: Mapping[str, model.Category], groups: Iterable[Group], without: frozenset[str]
) -> Iterator[Prospect]:
    """Yield what is known of the stories of each space in which they are merged."""
    spaces: defaultdict[str, list[Group]] = defaultdict(list)
    for group in groups:
        for name in {fold(group.category)} | group.before.categories:
            spaces[name].append(group)
    scopes = {fold(name): one.duplicates.scope for name, one in categories.items()}
    wide = [name for name in spaces if scopes.get(name) == "all"]
    for several in [*([name] for name in spaces), *([wide] if wide else [])]:
        inside = [group for name in several for group in spaces[name] if group.feeds - without]
        tags = [group.after.tags for group in inside]
        if inside:
            yield Prospect(
                frozenset().union(*(group.feeds for group in inside)) - without,
                frozenset(several),
                None if None in tags else frozenset().union(*(one for one in tags if one is not None)),
            )


def _why(condition: model.Condition, before: list[Prospect], after: list[Prospect]) -> str:
    """Say why a condition can hold for none of some prospects, and what to do."""
    parts = condition.parts if isinstance(condition, model.AllOf) else (condition,)
    for part in parts:
        if any(can_hold(part, one) for one in before):
            continue
        if any(can_hold(part, one) for one in after):
            return "its tag is given by rules below it alone; move it below them"
        match part:
            case model.Match("category", _, text):
                return f"no feed is in the category {text}"
            case model.Match("tag", _, text):
                return f"nothing that it is asked about gets the tag {text}"
    return "no feed is all of that at once"


def _moved(ruling: Ruling) -> set[str]:
    """Return the categories that rules move entries to."""
    return {value for one in ruling.written for field, value in one.rule.set if field == "category"}


def _folded(names: Collection[str]) -> frozenset[str]:
    return frozenset(map(fold, names))


def _within(path: str, outer: str) -> bool:
    return path == outer or path.startswith((f"{outer}.", f"{outer}["))
