"""What is too old: bodies go, identities stay, so that nothing comes back as new."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from feedhub.store import index, schema
from feedhub.store.codec import to_us
from feedhub.store.keys import outdated
from feedhub.store.records import load
from feedhub.store.restory import store
from feedhub.store.settle import Book

ENTRIES_AT_ONCE = 2000


def purge(connection: Connection, known: Book, now: datetime) -> int:
    """Turn entries beyond the retention that no feed lists any more into tombstones; return how many.

    Look-up keys that find nothing any more go too. Call again while it returns something: it takes a part
    at a time.
    """
    _purge_keys(connection, known, now)
    entry = schema.entry.c
    old = connection.execute(
        select(entry.id, entry.story, entry.feed, entry.key)
        .where(entry.alive, entry.first_seen_at < to_us(now - known.catalogue.retention))
        .order_by(entry.first_seen_at)
    )
    listed: dict[int, set[str]] = {}
    doomed: dict[int, set[int]] = defaultdict(set)
    count = 0
    for row in old.all():
        if row.feed not in listed:
            listed[row.feed] = _listed(connection, row.feed)
        if row.key not in listed[row.feed]:
            doomed[row.story].add(row.id)
            count += 1
        if count == ENTRIES_AT_ONCE:
            break
    records = [
        record._replace(
            parts=tuple(
                part._replace(alive=False) if part.id in doomed[record.id] else part for part in record.parts
            ),
        )
        for record in load(connection, list(doomed)).values()
    ]
    store(connection, known, records, now)
    return count


def _purge_keys(connection: Connection, known: Book, now: datetime) -> None:
    """Likeness is looked for in the window alone; an exact key must find what a new feed's first document
    repeats, so it stays as long as the bodies."""
    window = max((one.duplicates.window for one in known.catalogue.categories.values()), default=timedelta(0))
    for first, end in outdated(now - max(known.catalogue.retention, window), now - window):
        index.drop(connection, first, end)


def _listed(connection: Connection, feed: int) -> set[str]:
    """Return the keys that a feed's last document had; a feed that is polled no more lists nothing."""
    table, seen = schema.feed.c, schema.seen.c
    joined = schema.seen.join(schema.feed, table.id == seen.feed)
    text = connection.scalar(select(seen.entries).select_from(joined).where(seen.feed == feed, table.active))
    return set(json.loads(text)) if text else set()
