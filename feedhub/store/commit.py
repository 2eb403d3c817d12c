"""Results of polls become entries and stories: decided against what is stored, written in one go."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from feedhub import merger, rules
from feedhub.model import Catalogue, Entry, PollResult
from feedhub.store import lookup, schema
from feedhub.store.candidates import Candidates, FeedKey
from feedhub.store.codec import to_us
from feedhub.store.corrections import named
from feedhub.store.dialect import add
from feedhub.store.names import grown, refreshed
from feedhub.store.names import named as naming
from feedhub.store.records import Origin, Part, Record, load, placed
from feedhub.store.settle import Book, Name, found, settle, split
from feedhub.store.writing import ALONE, Changed, dirtied, write_records

RELATED_AT_MOST = 8
"""Stories that one names as about the same event, for the sake of those that come later."""


@dataclass(slots=True)
class Tally:
    """What one result did: counts of entries, and the outputs that it dirtied.

    `stories` counts the stories that the feed had no part in before, `renamed` the entries whose ids changed
    while the text did not, `redated` those that are dated anew likewise, `unpublished` are the categories and
    tags that its entries name and that have no output for want of room.
    """

    new: int = 0
    updated: int = 0
    merged: int = 0
    stories: int = 0
    renamed: int = 0
    redated: int = 0
    dirty: set[int] = field(default_factory=set)
    unpublished: set[Name] = field(default_factory=set)

    def warnings(self) -> tuple[str, ...]:
        """Say what the feed's owner should put right."""
        said = []
        if self.renamed:
            said.append(
                f"ids of known entries change from poll to poll ({self.renamed}): the first ones stay"
            )
        if self.redated:
            said.append(f"dates of known entries change ({self.redated}): the first ones stay")
        if self.unpublished:
            count, example = len(self.unpublished), min(self.unpublished).text
            said.append(
                f"{count} categories and tags that entries name, such as {example!r}, have no output of "
                "their own: there are as many as hub.dynamic_outputs allows"
            )
        return tuple(said)


def commit_entries(
    connection: Connection,
    book: Book,
    results: Sequence[tuple[Origin, PollResult]],
    now: datetime,
    *,
    by: Catalogue | None,
) -> tuple[list[Tally], Book]:
    """Store the entries of some results, merge them into stories and put these into their outputs.

    `by` is the catalogue whose rules they went through; None: the one in force. Returns the book with what
    the entries name, too.
    """
    tallies = [Tally() for _ in results]
    if not any(result.entries for _, result in results):
        return tallies, book
    book = refreshed(connection, book)
    merge = _Merge(connection, book, results, now)
    for tally, (origin, result) in zip(tallies, results, strict=True):
        entries = _ruled(result, origin, book.catalogue, by)
        hidden = _hidden(result, entries, book)
        for place, entry in enumerate(entries):
            merge.take(tally, origin, entry, result.state.seen, backlog=place in hidden)
    return tallies, merge.close()


class _Merge:
    """One commit under way: what it may need is read at once, what it decides is written at once."""

    def __init__(
        self, connection: Connection, book: Book, results: Sequence[tuple[Origin, PollResult]], now: datetime
    ) -> None:
        self._connection = connection
        self._book = book
        self._now = now
        self._arrived: set[FeedKey] = set()
        self._new_identities: list[tuple[int, str, int]] = []
        self._touched: dict[int, list[Tally]] = defaultdict(list)
        arrivals: dict[FeedKey, tuple[Origin, Entry]] = {}
        for origin, result in results:
            for entry in result.entries:
                arrivals.setdefault((origin.id, entry.key), (placed(origin, entry), entry))
        self._identities = lookup.identities(connection, arrivals.keys())
        new = {name: arrival for name, arrival in arrivals.items() if name not in self._identities}
        self._candidates = Candidates(connection, new, book, lookup.next_id(connection, schema.entry.c.id))
        known = lookup.heads(connection, set(self._identities.values())).values()
        self._stored = load(connection, self._candidates.stored.union(head.story for head in known))
        self._records = dict(self._stored)
        self._story_of = {part.id: record.id for record in self._records.values() for part in record.parts}
        self._by_name = {record.name: record.id for record in self._records.values()}
        self._next_story = lookup.next_id(connection, schema.story.c.id)

    def take(
        self, tally: Tally, origin: Origin, entry: Entry, listed: Collection[str], *, backlog: bool
    ) -> None:
        """Decide about one entry: known, known under another key, or new. A key counts once a document.

        `listed` are the keys of its document.
        """
        name = (origin.id, entry.key)
        if name in self._arrived:
            return
        self._arrived.add(name)
        origin = placed(origin, entry)
        if (known := self._identities.get(name)) is not None:
            self._renew(tally, known, origin, entry, repaired=False)
            return
        id, policy = self._candidates.ids[name], self._book.policy(origin.category)
        near, founds = self._near(origin, name), "first"
        if named(self._book.catalogue.splits, entry):
            near, founds = [one for one in near if one.entry.feed_id == entry.feed_id], ALONE
        match merger.decide(entry, near, policy, self._now, listed):
            case merger.Repair(story_id=story_id, key=key):
                parts = self._records[self._by_name[story_id]].parts
                known = next(p.id for p in parts if p.origin.id == origin.id and p.entry.key == key)
                self._identify(origin, entry, known)
                self._renew(tally, known, origin, entry, repaired=True)
            case merger.Join() as join:
                record = self._records[self._by_name[join.story_id]]
                part = Part(id, origin, entry, True, backlog, join.matched_by, join.score, join.reason)
                tally.merged += 1
                tally.stories += all(other.origin.id != origin.id for other in record.parts)
                related = tuple(dict.fromkeys((*record.related, *join.related)))
                self._add(tally, part, record._replace(parts=(*record.parts, part), related=related))
                self._relate(tally, join.story_id, join.related)
            case merger.Found(related=related):
                part, story = Part(id, origin, entry, True, backlog, founds), merger.story_id(entry)
                tally.stories += 1
                self._add(tally, part, found(self._next_story, story, part, related))
                self._relate(tally, story, related)
                self._next_story += 1

    def close(self) -> Book:
        """Settle what was touched and write it; return the book it is settled by."""
        now = to_us(self._now)
        touched = [
            (part, tallies) for id, tallies in self._touched.items() for part in self._records[id].parts
        ]
        self._book, refused = grown(self._connection, self._book, (part for part, _ in touched), self._now)
        if refused:
            for part, tallies in touched:
                for tally in tallies:
                    tally.unpublished |= refused.intersection(naming(part.entry))
        changes: list[Changed] = []
        for id, tallies in self._touched.items():
            kept, *apart = split(self._records[id], self._next_story)
            self._next_story += len(apart)
            made: list[Changed] = [(self._stored.get(id), settle(kept, self._book, now))]
            made += [(None, settle(one, self._book, now)) for one in apart]
            changes += made
            dirty = dirtied(made)
            for tally in tallies:
                tally.dirty |= dirty
        write_records(self._connection, self._book, changes, self._candidates.slots)
        add(self._connection, schema.identity, ("feed", "key", "entry"), self._new_identities)
        return self._book

    def _near(self, origin: Origin, name: FeedKey) -> list[merger.Candidate]:
        """Return the entries of the stories to compare an entry with, newest first; of its own feed the
        tombstones too."""
        stories = self._candidates.stories(name)
        if not stories:
            return []
        parts = sorted(
            (
                (part, story)
                for story in stories
                if story in self._records
                for part in self._records[story].parts
                if part.alive or part.origin.id == origin.id
            ),
            key=lambda pair: (pair[0].entry.first_seen_at, pair[0].id),
            reverse=True,
        )
        return [merger.Candidate(self._records[story].name, part.entry, part.alive) for part, story in parts]

    def _renew(self, tally: Tally, id: int, origin: Origin, entry: Entry, *, repaired: bool) -> None:
        """Take over what the feed now says of a known entry. What is a tombstone stays one."""
        record = self._records[self._story_of[id]]
        part = next(part for part in record.parts if part.id == id)
        if not part.alive:
            return
        # An old key may come again beside the new one: the entry does not turn back.
        named = entry if repaired else replace(entry, key=part.entry.key, guid=part.entry.guid)
        renewed = replace(named, first_seen_at=part.entry.first_seen_at)
        if renewed == part.entry:
            return
        tally.renamed += repaired
        same_text = renewed.content_hash == part.entry.content_hash
        tally.redated += same_text and renewed.published_at != part.entry.published_at
        tally.updated += not same_text
        now_is = part._replace(entry=renewed, origin=origin)
        parts = tuple(now_is if part.id == id else part for part in record.parts)
        self._records[record.id] = record._replace(parts=parts)
        self._touched[record.id].append(tally)

    def _add(self, tally: Tally, part: Part, record: Record) -> None:
        """Take in a new entry, and its story as it is with it."""
        tally.new += 1
        self._story_of[part.id] = record.id
        self._records[record.id] = record
        self._by_name[record.name] = record.id
        self._touched[record.id].append(tally)
        self._identify(part.origin, part.entry, part.id)
        if part.matched_by != ALONE:
            self._candidates.add(part.id, record.id)

    def _relate(self, tally: Tally, name: str, related: Sequence[str]) -> None:
        """Have the stories about the same event name this one in turn."""
        for other in related:
            record = self._records[self._by_name[other]]
            if name not in record.related and len(record.related) < RELATED_AT_MOST:
                self._records[record.id] = record._replace(related=(*record.related, name))
                self._touched[record.id].append(tally)

    def _identify(self, origin: Origin, entry: Entry, id: int) -> None:
        self._identities[origin.id, entry.key] = id
        self._new_identities.append((origin.id, entry.key, id))


def _ruled(result: PollResult, origin: Origin, known: Catalogue, by: Catalogue | None) -> Sequence[Entry]:
    """Return a result's entries under the rules in force, if they went through others: those of a catalogue
    that was replaced while the poll was under way, or of one that could not be put in force."""
    feed = known.feeds[result.feed_id]
    if by is None or (by.rules == known.rules and by.terms == known.terms and by.feeds.get(feed.id) == feed):
        return result.entries
    return [rules.apply(known.rules, feed, entry, known.terms, origin.title) for entry in result.entries]


def _hidden(result: PollResult, entries: Sequence[Entry], book: Book) -> set[int]:
    """Return the places of a first document's entries that are kept but make no story visible: all but the
    newest `initial_items` that no rule dropped, of each category that entries name."""
    if not result.backlog:
        return set()

    def date(place: int) -> datetime:
        entry = entries[place]
        return min(entry.published_at or entry.first_seen_at, entry.first_seen_at)

    hidden, most = set(), book.catalogue.feeds[result.feed_id].initial_items
    shown: Counter[str] = Counter()
    for place in sorted(range(len(entries)), key=date, reverse=True):
        category = entries[place].category
        if shown[category] >= most:
            hidden.add(place)
        elif not entries[place].dropped:
            shown[category] += 1
    return hidden
