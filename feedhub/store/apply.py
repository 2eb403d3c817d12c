"""A new catalogue is put in force: feeds and outputs follow it, and so does what is stored."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import xxhash
from sqlalchemy import Connection, Row, delete, select, update

from feedhub import rules
from feedhub.model import Catalogue, Feed, FeedState
from feedhub.store import schema
from feedhub.store.codec import dump, to_us
from feedhub.store.dialect import add, batches, upsert, where, write
from feedhub.store.lookup import next_id
from feedhub.store.polls import STATE, shown
from feedhub.store.records import Part, Record, load
from feedhub.store.schedule import spread
from feedhub.store.settle import Book, book, settle, split
from feedhub.store.writing import Changed, dirtied, mark_dirty, write_records

STORIES_AT_ONCE = 1000

_FEED, _OUTPUT = schema.feed.c, schema.output.c


def apply(connection: Connection, catalogue: Catalogue, now: datetime) -> Book:
    """Bring what is stored in line with a catalogue and return it ready for deciding."""
    touched = _apply_feeds(connection, catalogue, now)
    _apply_outputs(connection, catalogue, now)
    known = book(catalogue, _output_ids(connection))
    stories = {
        "rules": digest(catalogue.rules),
        "categories": digest(catalogue.categories),
        "outputs": digest(
            [(one.path, one.where, one.min_sources, one.private) for one in outputs_of(catalogue)]
        ),
    }
    if stories == _noted(connection, stories):
        _restory(connection, known, touched, now)
    else:
        _restory(connection, known, None, now)
        upsert(connection, schema.meta, ("name", "value"), list(stories.items()))
    return known


def digest(value: object) -> str:
    """Return a digest of configuration values that is the same in every process."""
    return xxhash.xxh3_128_hexdigest(dump(_plain(value)).encode())


def outputs_of(catalogue: Catalogue) -> Iterable[Any]:
    """Return the outputs in a fixed order."""
    return [catalogue.outputs[path] for path in sorted(catalogue.outputs)]


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return [type(value).__name__, *(_plain(getattr(value, field.name)) for field in fields)]
    if isinstance(value, Mapping):
        return [[key, _plain(value[key])] for key in sorted(value)]
    if isinstance(value, set | frozenset):
        return sorted(_plain(item) for item in value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.total_seconds() if isinstance(value, timedelta) else value


def _noted(connection: Connection, names: Iterable[str]) -> dict[str, str]:
    meta = schema.meta.c
    rows = connection.execute(select(meta.name, meta.value).where(meta.name.in_(list(names))))
    return {row.name: row.value for row in rows}


_SETTINGS = ("url", "category", "title", "tags", "host", "domain", "private", "interval_s")


def _settings(feed: Feed) -> tuple[object, ...]:
    return (
        feed.url,
        feed.category,
        feed.title,
        dump(sorted(feed.tags)),
        feed.host,
        feed.domain,
        feed.private,
        feed.interval.total_seconds(),
    )


def _apply_feeds(connection: Connection, catalogue: Catalogue, now: datetime) -> set[int]:
    """Insert, change and retire feeds; return those whose stories may look different."""
    columns = (
        _FEED.id, _FEED.name, _FEED.active, _FEED.state, _FEED.next_poll_at, _FEED.last_polled_at,
        _FEED.outcome, *(_FEED[name] for name in _SETTINGS),
    )  # fmt: skip
    stored = {row.name: row for row in connection.execute(select(*columns))}
    new = [feed for name, feed in catalogue.feeds.items() if name not in stored]
    changed, touched = [], set()
    for name, feed in catalogue.feeds.items():
        row = stored.get(name)
        if row is None or (row.active and tuple(row[-len(_SETTINGS) :]) == _settings(feed)):
            continue
        changed.append((*_settings(feed), *_changed_feed(row, feed, now), row.id))
        touched.add(row.id)
    names = (*_SETTINGS, "active", "state", "shown_title", "shown_url", "next_poll_at", "at_id")
    write(connection, update(schema.feed).where(where(schema.feed, "id")), names, changed)
    retired = [row.id for name, row in stored.items() if row.active and name not in catalogue.feeds]
    for batch in batches(retired):
        connection.execute(
            update(schema.feed)
            .where(_FEED.id.in_(batch))
            .values(active=False, next_poll_at=None, lease_token=None, lease_until=None, reserved=False)
        )
    _add_feeds(connection, new, now)
    return touched | set(retired)


def _changed_feed(row: Row[Any], feed: Feed, now: datetime) -> tuple[object, ...]:
    """Return the columns that follow from changed settings.

    Another address is another document: nothing that vouched for the old one holds. A feed that comes back
    is due; one whose interval changed is due when the new one has passed since its last success.
    """
    state = STATE.unpack(row.state, feed_id=feed.id, seen={})
    due_at = row.next_poll_at
    if row.url != feed.url:
        state = FeedState(
            feed_id=feed.id,
            url=feed.url,
            head=state.head,
            first_polled_at=state.first_polled_at,
            last_success_at=state.last_success_at,
        )
        due_at = to_us(now)
    elif not row.active or due_at is None:
        due_at = to_us(now) if not state.gone else None
    elif row.interval_s != feed.interval.total_seconds() and row.outcome != "failed" and row.last_polled_at:
        due_at = min(due_at, row.last_polled_at + to_us_span(feed.interval))
    title, url = shown(feed.title, feed.url, state, feed.id, private=feed.private)
    return True, STATE.pack(state), title, url, due_at


def to_us_span(span: timedelta) -> int:
    """Return a span in microseconds."""
    return span // timedelta(microseconds=1)


def _add_feeds(connection: Connection, feeds: list[Feed], now: datetime) -> None:
    first = next_id(connection, _FEED.id)
    rows = []
    for id, (feed, due_at) in enumerate(zip(feeds, spread(feeds, now), strict=True), first):
        state = FeedState(feed_id=feed.id, url=feed.url)
        title, url = shown(feed.title, feed.url, state, feed.id, private=feed.private)
        rows.append(
            (
                id,
                feed.id,
                True,
                *_settings(feed),
                title,
                url,
                to_us(due_at),
                STATE.pack(state),
                *_UNPOLLED.values(),
            )
        )
    names = (
        "id", "name", "active", *_SETTINGS, "shown_title", "shown_url", "next_poll_at", "state", *_UNPOLLED,
    )  # fmt: skip
    add(connection, schema.feed, names, rows)


_UNPOLLED: dict[str, object] = {
    "reserved": False,
    "gone": False,
    "outcome": "",
    "reason": "",
    "error": "",
    "warnings": "[]",
    "listed": 0,
    "elapsed_s": 0.0,
    "size": 0,
    "entries": 0,
    "stories": 0,
    "seen_digest": 0,
}
"""What a feed's row says before its first poll."""


def _apply_outputs(connection: Connection, catalogue: Catalogue, now: datetime) -> None:
    """Insert, change and retire outputs. What is new or differs is dirty, what is gone takes its documents
    along."""
    stored = {row.path: row for row in connection.execute(select(schema.output))}
    site = digest(catalogue.site)
    added = []
    id = next_id(connection, _OUTPUT.id)
    for one in outputs_of(catalogue):
        mark = f"{site}{digest(one)}"
        row = stored.get(one.path)
        if row is None:
            added.append((id, one.path, True, mark, to_us(now), 1, 0, 0))
            id += 1
        elif not row.active or row.digest != mark:
            connection.execute(
                update(schema.output)
                .where(_OUTPUT.id == row.id)
                .values(active=True, digest=mark, serial=_OUTPUT.serial + 1)
            )
    names = ("id", "path", "active", "digest", "created_at", "serial", "built", "building")
    add(connection, schema.output, names, added)
    gone = [row.id for path, row in stored.items() if row.active and path not in catalogue.outputs]
    for batch in batches(gone):
        connection.execute(update(schema.output).where(_OUTPUT.id.in_(batch)).values(active=False))
        connection.execute(delete(schema.document).where(schema.document.c.output.in_(batch)))


def _output_ids(connection: Connection) -> dict[str, int]:
    rows = connection.execute(select(_OUTPUT.path, _OUTPUT.id).where(_OUTPUT.active))
    return {row.path: row.id for row in rows}


def _restory(connection: Connection, known: Book, feeds: set[int] | None, now: datetime) -> None:
    """Derive the stories of some feeds (None: of all) again: tags, drops, content, dates, outputs."""
    statement = select(schema.entry.c.story).distinct().order_by(schema.entry.c.story)
    if feeds is None:
        ids = list(connection.scalars(statement))
    else:
        ids = [
            id
            for batch in batches(list(feeds))
            for id in connection.scalars(statement.where(schema.entry.c.feed.in_(batch)))
        ]
    at = to_us(now)
    for batch in batches(sorted(set(ids)), STORIES_AT_ONCE):
        changes: list[Changed] = []
        for id, old in load(connection, batch).items():
            ruled = replace(old, parts=tuple(_ruled(part, known) for part in old.parts))
            kept, *apart = split(ruled, next_id(connection, schema.story.c.id))
            changes.append((old, settle(kept, known, at)))
            if apart:
                # Written at once, since the next split mints ids after these.
                changes += [(None, settle(record, known, at)) for record in apart]
                _write(connection, changes)
                changes = []
            elif changes[-1][0] == changes[-1][1]:
                changes.pop()
            assert id == kept.id
        _write(connection, changes)


def _write(connection: Connection, changes: list[Changed]) -> None:
    write_records(connection, changes)
    mark_dirty(connection, dirtied(changes))


def _ruled(part: Part, known: Book) -> Part:
    feed = known.feed(part.origin.name)
    if feed is None or not part.alive:
        return part
    entry = rules.apply(known.catalogue.rules, feed, part.entry)
    return part if entry == part.entry else replace(part, entry=entry)


def restory(connection: Connection, known: Book, records: Sequence[Record], now: datetime) -> None:
    """Settle stories whose parts were changed, and store them."""
    stored = load(connection, [record.id for record in records])
    _write(connection, [(stored[record.id], settle(record, known, to_us(now))) for record in records])
