"""The rules of a configuration: for all, for a category, for a feed; their tags, and the map of terms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from feedhub import model
from feedhub.config import models
from feedhub.config.conditions import Conditions
from feedhub.config.feeds import FeedList, Place, Space
from feedhub.config.sources import Sources
from feedhub.config.wording import closest
from feedhub.errors import Problem
from feedhub.rules import check_template, fold


class Written(NamedTuple):
    """A rule and where it is written; `owner` is whose list it stands in."""

    rule: model.Rule
    place: Place
    owner: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """The rules for all feeds, the map of terms, and every tag that something can give, in order.

    `chains` are the rules of each feed, paused or not; `written` are all rules and drops, owner by owner.
    """

    rules: tuple[model.Rule, ...]
    terms: model.TermTags
    tags: tuple[str, ...]
    chains: Mapping[str, tuple[model.Rule, ...]]
    written: tuple[Written, ...]


def resolve_ruling(sources: Sources, found: FeedList, conditions: Conditions) -> Ruling:
    """Return what holds for all feeds; what holds for some is put into `found.feeds`."""
    reader = _Rules(sources, found, conditions)
    for_all: list[model.Rule] = []
    for loaded in sources.yaml:
        place = Place(loaded.document, ("rules",))
        for index, rule in enumerate(loaded.content.rules or ()):
            if rule is not None:
                for_all += reader.rule(rule, f"rule {len(for_all) + 1}", place, index, given={})
    chains: dict[str, tuple[model.Rule, ...]] = {}
    of_spaces = {name: reader.of_space(space) for name, space in found.spaces.items()}
    for name, listed in found.listed.items():
        chain = reader.of_feed(name, listed.content, listed.space, listed.place, of_spaces[listed.space.name])
        chains[name] = chain
        if chain and name in found.feeds:
            found.feeds[name] = replace(found.feeds[name], rules=chain)
    aliases = dict(_aliases(sources))
    given = set(found.tags) | reader.tags | {tag for tags in aliases.values() for tag in tags}
    given |= {tag for space in found.spaces.values() for tag in space.tags}
    terms = _terms(sources, aliases, sorted(given))
    conditions.warnings += _alike(sources, given)
    if not terms.others and not found.may_name("tag"):
        conditions.warnings += reader.idle(given)
    return Ruling(tuple(for_all), terms, tuple(sorted(given)), chains, tuple(reader.written))


def doubts(ruling: Ruling, found: FeedList, conditions: Conditions) -> Iterator[Problem]:
    """Return a warning for each name in a condition that nothing has, and for what can never hold."""
    known: dict[str, tuple[str, str, Sequence[str]]] = {
        "feed": ("there is no feed", "'feedhub status' lists the ids", tuple(found.places))
    }
    any_tag, any_category = ruling.terms.others or found.may_name("tag"), found.may_name("category")
    if not any_category:
        known["category"] = ("there is no category", "declare it under categories", tuple(found.spaces))
    if not any_tag:
        known["tag"] = ("nothing gives the tag", "give it to a feed or by a rule", ruling.tags)
    if not any_tag and not any_category:
        names = (*ruling.tags, *found.spaces)
        advice = "from takes these, all, or a query, but no other output"
        known["name"] = ("there is no tag or category", advice, names)
    return conditions.doubts(known)


class Chain(NamedTuple):
    """What a category's entries go through. Its feeds that have none of their own share the tuple `whole`."""

    filters: tuple[model.Rule, ...]
    rules: tuple[model.Rule, ...]
    whole: tuple[model.Rule, ...]


class _Rules:
    """Reads rules of every level; gathers the tags that they give and take."""

    def __init__(self, sources: Sources, found: FeedList, conditions: Conditions) -> None:
        self._found = found
        self._conditions = conditions
        self._taken: list[tuple[str, Place]] = []
        self._moving = any(rule.set and rule.set.category for rule in _all_rules(sources, found))
        self.tags: set[str] = set()
        self.written: list[Written] = []

    def of_space(self, space: Space) -> Chain:
        """Return what all feeds of a category go through."""
        owner, given = f"category {space.name}", {"category": space.name}
        places = {
            key: Place(place.document, place.trail[:-1])
            for key, place in space.places.items()
            if key in space.ruling
        }
        keep, drop = space.ruling.get("keep"), space.ruling.get("drop")
        filters = tuple(self._filters(keep, drop, places, owner, given))
        rules: list[model.Rule] = []
        for index, rule in enumerate(space.ruling.get("rules", ())):
            if rule is not None:
                place = space.places["rules"]
                rules += self.rule(rule, f"rule {len(rules) + 1} of {owner}", place, index, given=given)
        return Chain(filters, tuple(rules), (*filters, *rules))

    def of_feed(
        self, name: str, content: models.Feed, space: Space, place: Place, above: Chain
    ) -> tuple[model.Rule, ...]:
        """Return what a feed's entries go through: filters first, in both its own before its category's."""
        owner, given = f"feed {name}", {"feed": name, "category": space.name}
        filters = list(
            self._filters(content.keep, content.drop, {"keep": place, "drop": place}, owner, given)
        )
        rules: list[model.Rule] = []
        inner = Place(place.document, (*place.trail, "rules"))
        for index, rule in enumerate(content.rules or ()):
            if rule is not None:
                rules += self.rule(rule, f"rule {len(rules) + 1} of {owner}", inner, index, given=given)
        return (*filters, *above.filters, *rules, *above.rules) if filters or rules else above.whole

    def rule(
        self, rule: models.Rule, name: str, place: Place, index: int, *, given: Mapping[str, str]
    ) -> Iterator[model.Rule]:
        """Yield a rule, or nothing if it is wrong."""
        if self._moving:  # a rule before may have moved the entry
            given = {field: name for field, name in given.items() if field != "category"}
        when = self._conditions.of_entries(rule.when, place, index, "when", given=given)
        replaced = tuple(self._set(rule.set, place, index)) if rule.set else ()
        tags = frozenset((*(rule.tag or ()), *(rule.tags or ())))
        self.tags |= tags
        self._taken += (
            (tag, Place(place.document, (*place.trail, index, "untag"))) for tag in rule.untag or ()
        )
        if when is not None:
            made = model.Rule(
                name=rule.name or name,
                when=when,
                tags=tags,
                drop=bool(rule.drop),
                untag=frozenset(fold(tag) for tag in rule.untag or ()),
                set=replaced,
                stop=bool(rule.stop),
            )
            owner = name.partition(" of ")[2]
            self.written.append(Written(made, Place(place.document, (*place.trail, index, "when")), owner))
            yield made

    def idle(self, given: Iterable[str]) -> Iterator[Problem]:
        """Return a warning for each tag that is taken away and never given."""
        folded = {fold(tag): tag for tag in given}
        for tag, place in self._taken:
            if fold(tag) not in folded:
                hint = closest(tag, folded.values()) or ": there is nothing to take away"
                yield place.problem(f"nothing gives the tag {tag}{hint}")

    def _filters(
        self, keep: object, drop: object, places: Mapping[str, Place], owner: str, given: Mapping[str, str]
    ) -> Iterator[model.Rule]:
        if keep is not None:
            condition = self._conditions.of_entries(keep, places["keep"], "keep", given=given)
            if condition is not None:
                yield model.Rule(f"keep of {owner}", model.Not(condition), drop=True)
        if drop is not None:
            condition = self._conditions.of_entries(drop, places["drop"], "drop", given=given)
            if condition is not None:
                made = model.Rule(f"drop of {owner}", condition, drop=True)
                place = places["drop"]
                self.written.append(Written(made, Place(place.document, (*place.trail, "drop")), owner))
                yield made

    def _set(self, content: models.Set, place: Place, index: int) -> Iterator[tuple[str, str]]:
        for field, text in content.given().items():
            try:
                if field != "category":
                    check_template(text, link=field == "link")
                elif text not in self._found.spaces:
                    raise ValueError(
                        f"there is no category {text}{closest(text, self._found.spaces)}; "
                        "declare it under categories"
                    )
                yield field, text
            except ValueError as error:
                place.note(str(error), index, "set", field)


def _all_rules(sources: Sources, found: FeedList) -> Iterator[models.Rule]:
    lists = [loaded.content.rules for loaded in sources.yaml]
    lists += [space.ruling.get("rules") for space in found.spaces.values()]
    lists += [listed.content.rules for listed in found.listed.values()]
    return (rule for rules in lists for rule in rules or () if rule is not None)


def _aliases(sources: Sources) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Return the tags of each mapped term, folded; the first file to name it wins, a second is noted."""
    first: dict[str, Place] = {}
    for loaded in sources.yaml:
        for term, tags in ((loaded.content.tags and loaded.content.tags.map) or {}).items():
            folded = fold(" ".join(term.split()))
            place = Place(loaded.document, ("tags", "map", term))
            if folded in first:
                loaded.document.note(
                    place.trail, f"{term} is mapped already, in {first[folded].line()}", key=True
                )
                continue
            first[folded] = place
            yield folded, tuple(tags or ())


def _terms(sources: Sources, aliases: Mapping[str, tuple[str, ...]], given: Iterable[str]) -> model.TermTags:
    """Return the map of terms. A tag of the map is a term for itself, with `all` every tag is."""
    wish = ""
    for loaded in sources.yaml:
        own = loaded.content.tags
        if own is None or own.from_entries is None:
            continue
        if wish:
            loaded.document.note(("tags", "from_entries"), "from_entries is set already, in another file")
        wish = wish or own.from_entries
    if wish == "none" or not (wish or aliases):
        return model.TermTags()
    targets = {tag for tags in aliases.values() for tag in tags} if wish != "all" else given
    return model.TermTags({**{fold(tag): (tag,) for tag in targets}, **aliases}, wish == "all")


def _alike(sources: Sources, tags: Iterable[str]) -> Iterator[Problem]:
    """Return a warning for tags that conditions cannot tell apart."""
    folded: dict[str, str] = {}
    for tag in sorted(tags):
        other = folded.setdefault(fold(tag), tag)
        if other != tag:
            first = sources.yaml[0].document
            message = f"the tags {other} and {tag} differ in case or accents alone: both are published"
            yield Problem(first.name, 0, 0, "", f"{message}; write them alike")
