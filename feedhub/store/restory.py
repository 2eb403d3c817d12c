"""Stored stories derived again: after a change of the catalogue, or of what is kept of their entries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from feedhub import rules
from feedhub.store import schema
from feedhub.store.codec import to_us
from feedhub.store.dialect import batches
from feedhub.store.lookup import next_id
from feedhub.store.names import grown
from feedhub.store.records import Origin, Part, Record, load, placed
from feedhub.store.settle import Book, settle, split
from feedhub.store.writing import Changed, dirtied, mark_dirty, write_records

STORIES_AT_ONCE = 1000


def stories_with(connection: Connection, feeds: Collection[int]) -> list[int]:
    """Return the stories in which some feeds have a part."""
    entry = schema.entry.c
    found: set[int] = set()
    for batch in batches(feeds):
        found.update(connection.scalars(select(entry.story).distinct().where(entry.feed.in_(batch))))
    return sorted(found)


def rederive(
    connection: Connection, known: Book, stories: Sequence[int], before: Mapping[int, Origin], now: datetime
) -> Book:
    """Derive stories again from their entries: tags, drops, content, outputs. What differs is written.

    Returns the book with what the entries name.

    Args:
        before: feeds that changed, as they were; entries that leave their scope leave their story too.
    """
    mint = next_id(connection, schema.story.c.id)
    for batch in batches(stories, STORIES_AT_ONCE):
        changes: list[Changed] = []
        records = load(connection, batch).values()
        derived = [
            stored._replace(parts=tuple(_ruled(part, known) for part in stored.parts)) for stored in records
        ]
        known, _ = grown(connection, known, (part for one in derived for part in one.parts), now)
        for stored, ruled in zip(records, derived, strict=True):
            old = stored._replace(parts=tuple(_as_before(part, before) for part in stored.parts))
            kept, *apart = (settle(one, known, to_us(now)) for one in split(ruled, mint))
            mint += len(apart)
            if kept != old:
                changes.append((old, kept))
            changes += [(None, one) for one in apart]
        _write(connection, known, changes)
    return known


def store(connection: Connection, known: Book, records: Sequence[Record], now: datetime) -> None:
    """Settle and store stories whose entries were changed."""
    stored = load(connection, [record.id for record in records])
    _write(connection, known, [(stored[record.id], settle(record, known, to_us(now))) for record in records])


def _write(connection: Connection, known: Book, changes: list[Changed]) -> None:
    write_records(connection, known, changes)
    mark_dirty(connection, dirtied(changes))


def _as_before(part: Part, before: Mapping[int, Origin]) -> Part:
    if part.origin.id not in before:
        return part
    return part._replace(origin=placed(before[part.origin.id], part.entry))


def _ruled(part: Part, known: Book) -> Part:
    feed = known.catalogue.feeds.get(part.origin.name)
    if feed is None or not part.alive:
        return part
    catalogue = known.catalogue
    entry = rules.apply(catalogue.rules, feed, part.entry, catalogue.terms, part.origin.title)
    if entry == part.entry:
        return part
    return part._replace(entry=entry, origin=placed(part.origin._replace(category=feed.category), entry))
