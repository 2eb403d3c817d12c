"""What the stored stories follow, as JSON: enough of a configuration to tell what another one changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from feedhub.model import AllOf, AnyOf, Catalogue, Condition, Match, Not, Pattern, Rule, Within
from feedhub.store.codec import dump
from feedhub.store.declared import digest


@dataclass(frozen=True, slots=True)
class Definition:
    """`rest` is a digest of what every story may depend on, `outputs` has one of what decides about each
    output's stories, by path. `feeds` are the feeds that have rules of their own."""

    rest: str
    rules: tuple[Rule, ...]
    feeds: Mapping[str, tuple[Rule, ...]]
    outputs: Mapping[str, str]

    def chain(self, feed: str) -> tuple[Rule, ...]:
        """Return what a feed's entries go through."""
        return (*self.feeds.get(feed, ()), *self.rules)


def definition(catalogue: Catalogue, *, naming: bool) -> Definition:
    """Return what stories depend on by a configuration, but for single feeds' settings.

    `naming`: entries name categories or tags, so that it matters which are declared.
    """
    paths = sorted(catalogue.outputs) if naming else []
    names = catalogue.naming if naming else replace(catalogue.naming, declared={})
    duplicates = {name: one.duplicates for name, one in catalogue.categories.items()}
    return Definition(
        digest((catalogue.terms, duplicates, names, paths)),
        catalogue.rules,
        {name: feed.rules for name, feed in catalogue.feeds.items() if feed.rules},
        {
            path: digest((one.where, one.dropped_from, one.min_sources, one.private))
            for path, one in catalogue.outputs.items()
        },
    )


def packed(one: Definition) -> str:
    """Return a definition as JSON; chains that feeds share stand there once."""
    chains = {id(chain): chain for chain in one.feeds.values()}
    places = {key: place for place, key in enumerate(chains)}
    return dump(
        {
            "rest": one.rest,
            "rules": [_plain(rule) for rule in one.rules],
            "chains": [[_plain(rule) for rule in chain] for chain in chains.values()],
            "feeds": {name: places[id(chain)] for name, chain in one.feeds.items()},
            "outputs": dict(one.outputs),
        }
    )


def unpacked(text: str) -> Definition:
    """Return the definition that JSON stands for."""
    plain = json.loads(text)
    chains = [tuple(map(_rule, chain)) for chain in plain["chains"]]
    return Definition(
        plain["rest"],
        tuple(map(_rule, plain["rules"])),
        {name: chains[place] for name, place in plain["feeds"].items()},
        plain["outputs"],
    )


def _plain(rule: Rule) -> list[Any]:
    return [
        rule.name,
        _plain_condition(rule.when),
        sorted(rule.tags),
        rule.drop,
        sorted(rule.untag),
        rule.set,
        rule.stop,
    ]


def _rule(plain: list[Any]) -> Rule:
    name, when, tags, drop, untag, given, stop = plain
    return Rule(
        name, _condition(when), frozenset(tags), drop, frozenset(untag), tuple(map(tuple, given)), stop
    )


def _plain_condition(condition: Condition) -> list[Any]:
    match condition:
        case Match(field, patterns, text):
            return ["match", field, [[one.kind, one.value] for one in patterns], text]
        case Within(field, low, high, text):
            return ["within", field, low, high, text]
        case AllOf(parts):
            return ["all", *map(_plain_condition, parts)]
        case AnyOf(parts):
            return ["any", *map(_plain_condition, parts)]
        case Not(part):
            return ["not", _plain_condition(part)]


def _condition(plain: list[Any]) -> Condition:
    match plain:
        case ["match", field, patterns, text]:
            return Match(field, tuple(Pattern(*one) for one in patterns), text)
        case ["within", field, low, high, text]:
            return Within(field, low, high, text)
        case ["all", *parts]:
            return AllOf(tuple(map(_condition, parts)))
        case ["any", *parts]:
            return AnyOf(tuple(map(_condition, parts)))
        case _:
            return Not(_condition(plain[1]))
