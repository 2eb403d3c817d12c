"""What the rules make of an entry: its tags, what replaces its words, whether it is dropped. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from feedhub.model import Entry, Feed, Rule, TermTags
from feedhub.rules.facts import Facts, entry_facts, holds, reason
from feedhub.rules.folding import fold
from feedhub.rules.template import filled

NO_TERMS = TermTags()
TERMS_AT_MOST = 50
LABEL_AT_MOST = 100


def apply(
    rules: Sequence[Rule], feed: Feed, entry: Entry, terms: TermTags = NO_TERMS, feed_title: str = ""
) -> Entry:
    """Return the entry with its tags (the feed's, its source's, its terms', the rules'), overrides, and who
    dropped it.

    The feed's rules come first, then `rules`; each sees what those before it did, the first drop or stop
    ends them. What the entry had of this before is forgotten, so that applying rules again after an edit
    derives it anew. `feed_title` is what templates show of the feed, by default its configured title.
    """
    facts = entry_facts(entry, feed, _first_tags(feed, entry, terms))
    overrides: dict[str, str] = {}
    dropped = ""
    for rule in chain(feed.rules, rules):
        if not holds(rule.when, facts):
            continue
        facts = _done(rule, facts, overrides, feed_title or feed.title or feed.id)
        if rule.drop or rule.stop:
            dropped = rule.name if rule.drop else ""
            break
    derived = (facts.tags, dropped, tuple(sorted(overrides.items())))
    if derived == (entry.tags, entry.dropped, entry.overrides):
        return entry
    return replace(entry, tags=derived[0], dropped=derived[1], overrides=derived[2])


class Verdict(NamedTuple):
    """What one rule said of an entry, and why, in words."""

    rule: str
    held: bool
    why: str


def verdicts(
    rules: Sequence[Rule], feed: Feed, entry: Entry, terms: TermTags = NO_TERMS, feed_title: str = ""
) -> tuple[Verdict, ...]:
    """Return each rule's verdict in the order of `apply`, for `explain`; the rules after the end were not
    asked."""
    facts = entry_facts(entry, feed, _first_tags(feed, entry, terms))
    found: list[Verdict] = []
    ended = ""
    for rule in chain(feed.rules, rules):
        if ended:
            found.append(Verdict(rule.name, False, f"not asked: {ended}"))
            continue
        held = holds(rule.when, facts)
        found.append(Verdict(rule.name, held, reason(rule.when, facts)))
        if held:
            facts = _done(rule, facts, {}, feed_title or feed.title or feed.id)
            if rule.drop or rule.stop:
                ended = f"{'dropped' if rule.drop else 'stopped'} by {rule.name}"
    return tuple(found)


def _first_tags(feed: Feed, entry: Entry, terms: TermTags) -> frozenset[str]:
    """Return the tags that an entry has before any rule is asked."""
    return feed.tags.union(entry.labels, term_tags(terms, entry))


def term_tags(terms: TermTags, entry: Entry) -> frozenset[str]:
    """Return the tags that the publisher's own categories stand for.

    One that nothing maps is its own tag where that is wanted: on one line, in lower case, so that spellings
    meet; what could not be written as a tag in the configuration (too long, an address) is none.
    """
    if not terms.names and not terms.others:
        return frozenset()
    return frozenset(_term_tags(terms, entry.categories[:TERMS_AT_MOST]))


def _term_tags(terms: TermTags, given: Sequence[str]) -> Iterator[str]:
    for term in given:
        folded = fold(" ".join(term.split()))
        known = terms.names.get(folded)
        if known is not None:
            yield from known
        elif terms.others:
            label = " ".join(term.split()).lower()
            if label and len(label) <= LABEL_AT_MOST and label.isprintable() and "/" not in label[:1]:
                yield label


def _done(rule: Rule, facts: Facts, overrides: dict[str, str], feed_title: str) -> Facts:
    """Carry out what a rule says; `overrides` are added to."""
    if rule.untag:
        facts.tags = frozenset(tag for tag in facts.tags if fold(tag) not in rule.untag)
    facts.tags = facts.tags | rule.tags
    if not rule.set:
        return facts
    values = _values(facts, feed_title)
    made = {
        field: text if field == "category" else filled(text, values, link=field == "link")
        for field, text in rule.set
    }
    changed = {field: text for field, text in made.items() if text}
    overrides |= changed
    category = changed.pop("category", facts.category)
    entry = replace(facts.entry, **changed)  # type: ignore[arg-type]  # title and link are texts
    return facts.replaced(entry, category)


def _values(facts: Facts, feed_title: str) -> dict[str, str]:
    entry = facts.entry
    return {
        "title": entry.title,
        "link": entry.link,
        "author": ", ".join(who.name or who.email for who in entry.authors),
        "category": facts.category,
        "feed": entry.feed_id,
        "feed_title": feed_title,
        "host": next(iter(facts.values("host")), ""),
        "language": entry.language,
        "published": facts.published_at.date().isoformat(),
    }
