"""Why a story is where it is: each rule's verdict on its entries, where its tags are from, and for each
output it could be in whether it is, and why. Pure but for `select`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from feedhub import rules
from feedhub.cli.status import span
from feedhub.cli.wording import counted
from feedhub.model import Catalogue, Dossier, Output, Story, Witness
from feedhub.rules.ruling import term_tags


@dataclass(frozen=True, slots=True)
class Place:
    """An output, whether it lists the story now, and why or why not."""

    path: str
    listed: bool
    why: str


@dataclass(frozen=True, slots=True)
class Testimony:
    """An entry of the story, what became of it, and what each rule said of it."""

    witness: Witness
    state: str
    verdicts: tuple[rules.Verdict, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """Everything there is to say of one story; `tags` are pairs of a tag and where it is from."""

    dossier: Dossier
    entries: tuple[Testimony, ...]
    tags: tuple[tuple[str, str], ...]
    places: tuple[Place, ...]


def account(
    dossier: Dossier, catalogue: Catalogue, select: Callable[[Output], Sequence[Story]], now: datetime
) -> Account:
    """Return the account of a story; `select` returns what an output lists."""
    entries = tuple(
        Testimony(witness, _state(witness, dossier, catalogue), _verdicts(witness, catalogue))
        for witness in dossier.witnesses
    )
    tags = tuple((tag, ", ".join(_givers(tag, entries, catalogue))) for tag in sorted(dossier.story.tags))
    places = tuple(_places(dossier, catalogue, select, now))
    return Account(dossier, entries, tags, places)


def _state(witness: Witness, dossier: Dossier, catalogue: Catalogue) -> str:
    if not witness.kept:
        return "its content is gone, beyond the retention"
    if not witness.listed:
        return "its feed is not in the configuration any more"
    if witness.entry.dropped:
        return f"dropped by {witness.entry.dropped}"
    shown = (
        witness.entry.key == dossier.story.entry.key and witness.entry.feed_id == dossier.story.entry.feed_id
    )
    state = "its copy is shown" if shown else "a copy"
    return f"{state}; {_backlog(witness, catalogue)}" if witness.backlog else state


def _backlog(witness: Witness, catalogue: Catalogue) -> str:
    feed = catalogue.feeds.get(witness.entry.feed_id)
    room = f" ({feed.initial_items})" if feed else ""
    return f"it came with its feed's first document, beyond initial_items{room}"


def _verdicts(witness: Witness, catalogue: Catalogue) -> tuple[rules.Verdict, ...]:
    feed = catalogue.feeds.get(witness.entry.feed_id)
    if feed is None or not witness.kept:
        return ()
    return rules.verdicts(catalogue.rules, feed, witness.entry, catalogue.terms, witness.source.feed_title)


def _givers(tag: str, entries: Sequence[Testimony], catalogue: Catalogue) -> Iterator[str]:
    """Yield who gives a tag: feeds, what their items name, publishers' own categories, rules."""
    named: set[str] = set()
    for told in entries:
        feed = catalogue.feeds.get(told.witness.entry.feed_id)
        if feed is None:
            continue
        if tag in feed.tags:
            named.add(f"feed {feed.id}")
        if tag in told.witness.entry.labels:
            named.add(f"items of {feed.id}")
        if tag in term_tags(catalogue.terms, told.witness.entry):
            named.add(f"categories of {feed.id}")
        held = {verdict.rule for verdict in told.verdicts if verdict.held}
        named.update(
            rule.name for rule in (*feed.rules, *catalogue.rules) if rule.name in held and tag in rule.tags
        )
    yield from sorted(named) or ["an earlier configuration"]


def _places(
    dossier: Dossier, catalogue: Catalogue, select: Callable[[Output], Sequence[Story]], now: datetime
) -> Iterator[Place]:
    """Yield the outputs that list the story, then those that one could expect to."""
    facts = rules.story_facts(dossier.story, now)
    hidden = _hidden(dossier, catalogue)
    found = []
    for path, output in sorted(catalogue.outputs.items()):
        beside = output.dropped_from is not None
        holds = rules.belongs(output, facts) if beside else rules.holds(output.where, facts)
        if not (holds or path in dossier.outputs or output.kind == "named"):
            continue
        why_not = ("" if beside else hidden) or _refused(output, dossier.story, facts, holds=holds)
        if not why_not and path in dossier.outputs:
            why_not = _beyond(output, dossier.story, select(output), now)
        elif not why_not:
            why_not = "not yet: it is decided when the configuration is applied"
        why = rules.why_dropped(output, facts) if beside else rules.reason(output.where, facts)
        found.append(Place(path, not why_not, why_not or why or "everything"))
    yield from sorted(found, key=lambda place: not place.listed)


def _hidden(dossier: Dossier, catalogue: Catalogue) -> str:
    """Return why no output at all lists a story; empty if some may."""
    shown = [witness for witness in dossier.witnesses if witness.shown]
    if not shown:
        states = dict.fromkeys(_state(witness, dossier, catalogue) for witness in dossier.witnesses)
        return "; ".join(states)
    return "" if dossier.visible else _backlog(shown[0], catalogue)


def _refused(output: Output, story: Story, facts: rules.Facts, *, holds: bool) -> str:
    """Return why a story is no member of an output; empty if it should be."""
    if story.private and not output.private:
        feeds = ", ".join(dict.fromkeys(source.feed_id for source in story.sources))
        return f"private: {feeds} may not be shown in a public output (public: true on the feed allows it)"
    if not holds:
        return rules.reason(output.where, facts)
    sources = len({source.feed_id for source in story.sources})
    if sources < output.min_sources:
        return f"{sources} of the {output.min_sources} feeds that min_sources asks for"
    return ""


def _beyond(output: Output, story: Story, listed: Sequence[Story], now: datetime) -> str:
    """Return why an output does not list a member; empty if it does, as a digest does each in its turn."""
    if output.digest is not None or any(one.id == story.id for one in listed):
        return ""
    own = {(source.feed_id, source.entry_id) for source in story.sources}
    for one in listed:
        if own.intersection((source.feed_id, source.entry_id) for source in one.sources):
            return f"it shows as {one.id} there, the older one of category {one.category}"
    if output.max_age and story.ordered_at < now - output.max_age:
        return f"older than its max_age ({span(output.max_age.total_seconds())})"
    own_feed = sum(one.entry.feed_id == story.entry.feed_id for one in listed)
    if output.per_feed_limit is not None and own_feed >= output.per_feed_limit:
        return f"beyond its per_feed_limit: it has {own_feed} items of {story.entry.feed_id}"
    if len(listed) >= output.limit:
        return f"beyond its limit of {counted(output.limit, 'item')}"
    if not output.steps:
        return "older than the initial_items that the output began with"
    return "left out by one of the output's steps"
