"""What is too old: bodies go, identities stay, so that nothing comes back as new."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, delete, select

from feedhub.store import schema
from feedhub.store.apply import restory
from feedhub.store.codec import to_us
from feedhub.store.keys import oldest_slot
from feedhub.store.records import load
from feedhub.store.settle import Book

ENTRIES_AT_ONCE = 2000


def purge(connection: Connection, known: Book, now: datetime) -> int:
    """Turn entries beyond the retention that no feed lists any more into tombstones; return how many.

    Look-up keys beyond every window go too. Call again while it returns something: it takes a part at a time.
    """
    window = max((one.duplicates.window for one in known.catalogue.categories.values()), default=None)
    if window is not None:
        oldest = oldest_slot(now - window)
        connection.execute(delete(schema.match_key).where(schema.match_key.c.slot < oldest))
    entry = schema.entry.c
    old = connection.execute(
        select(entry.id, entry.story, entry.feed, entry.key)
        .where(entry.alive, entry.first_seen_at < to_us(now - known.catalogue.retention))
        .order_by(entry.first_seen_at)
    ).all()
    listed: dict[int, set[str]] = {}
    doomed: dict[int, set[int]] = defaultdict(set)
    count = 0
    for row in old:
        if row.feed not in listed:
            listed[row.feed] = _listed(connection, row.feed)
        if row.key not in listed[row.feed]:
            doomed[row.story].add(row.id)
            count += 1
        if count == ENTRIES_AT_ONCE:
            break
    records = [
        replace(
            record,
            parts=tuple(
                replace(part, alive=False) if part.id in doomed[record.id] else part for part in record.parts
            ),
        )
        for record in load(connection, list(doomed)).values()
    ]
    restory(connection, known, records, now)
    return count


def _listed(connection: Connection, feed: int) -> set[str]:
    text = connection.scalar(select(schema.seen.c.entries).where(schema.seen.c.feed == feed))
    return set(json.loads(text)) if text else set()
