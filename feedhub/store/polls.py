"""Results of polls taken back under their tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import xxhash
from sqlalchemy import Connection, or_, select, update

from feedhub import policy
from feedhub.model import Catalogue, CommitReport, Feed, FeedState, PollResult
from feedhub.store import firsts, schema
from feedhub.store.changes import note
from feedhub.store.codec import Codec, dump, maybe_us, to_us
from feedhub.store.commit import Tally, commit_entries
from feedhub.store.corrections import concerned, enforce
from feedhub.store.dialect import among, change, many, rows, upsert
from feedhub.store.records import Origin, Record, known_scopes, load
from feedhub.store.restory import stories_with
from feedhub.store.settle import Book
from feedhub.store.telling import told
from feedhub.store.writing import mark_dirty

DECIDED_BY = "decided by"
"""The name under which `meta` has the digest of the catalogue that the stories were derived with."""

STATE = Codec(FeedState, omit=("feed_id", "seen", "known"))


def commit_polls(
    connection: Connection,
    book: Book,
    results: Sequence[tuple[str, PollResult]],
    now: datetime,
    *,
    by: Catalogue | None,
) -> tuple[list[CommitReport], Book]:
    """Store results whose lease still holds; return a report on each, in order, and the book in force now."""
    leased = _leased(connection, [token for token, _ in results])
    taken: list[tuple[_Leased, PollResult]] = []
    places: list[int | None] = []
    for token, result in results:
        row = leased.pop(token, None)
        if row is None or row.name != result.feed_id or result.feed_id not in book.catalogue.feeds:
            places.append(None)
        else:
            places.append(len(taken))
            taken.append((row, result))
    scopes = known_scopes(connection)
    origins = [_origin(row, result, scopes) for row, result in taken]
    arrived = [(origin, result) for origin, (_, result) in zip(origins, taken, strict=True)]
    tallies, book = commit_entries(connection, book, arrived, now, by=by)
    for (row, _), origin, tally in zip(taken, origins, tallies, strict=True):
        if (row.shown_title, row.shown_url, row.shown_site) != (
            origin.title,
            origin.url,
            origin.site,
        ) and row.entries:
            tally.dirty |= outputs_of(connection, origin.id)
            _keep_as_named(connection, book, origin)
    _write_feeds(connection, taken, origins, tallies)
    for _, result in taken:
        _hold_back(connection, book.catalogue.feeds[result.feed_id], _throttled_until(result))
    if concerned(book, {result.feed_id for (_, result), one in zip(taken, tallies, strict=True) if one.new}):
        enforce(connection, book, now)
    _note_stranger(connection, book)
    mark_dirty(connection, frozenset().union(*(tally.dirty for tally in tallies)))
    reports = [
        CommitReport(result.feed_id, accepted=False)
        if place is None
        else _report(result, tallies[place], book)
        for (_, result), place in zip(results, places, strict=True)
    ]
    return reports, book


def outputs_of(connection: Connection, feed: int) -> set[int]:
    """Return the outputs that show a story of a feed."""
    entry, story = schema.entry.c, schema.story.c
    statement = (
        select(story.outputs)
        .distinct()
        .join_from(schema.entry, schema.story, entry.story == story.id)
        .where(entry.feed == feed, story.visible)
    )
    return {output for (outputs,) in connection.execute(statement) for output in json.loads(outputs)}


def _keep_as_named(connection: Connection, book: Book, renamed: Origin) -> None:
    """Keep a feed's stories as they name it, for outputs in which no item ever changes."""
    if book.lasting:
        stories = load(connection, stories_with(connection, [renamed.id])).values()
        firsts.keep(connection, book, [(story, _renamed(story, renamed)) for story in stories])


def _renamed(story: Record, feed: Origin) -> Record:
    parts = (
        part._replace(origin=part.origin._replace(title=feed.title, url=feed.url))
        if part.origin.id == feed.id
        else part
        for part in story.parts
    )
    return story._replace(parts=tuple(parts))


_FEED_COLUMNS = (
    "shown_title",
    "shown_url",
    "shown_site",
    "next_poll_at",
    "reserved",
    "throttled_until",
    "lease_token",
    "lease_until",
    "last_polled_at",
    "gone",
    "outcome",
    "status",
    "reason",
    "error",
    "warnings",
    "listed",
    "elapsed_s",
    "size",
    "entries",
    "stories",
    "state",
    "health",
    "silent_at",
    "seen_digest",
)


class _Leased(NamedTuple):
    """A feed as the result of its poll finds it."""

    id: int
    name: str
    url: str
    category: str
    title: str
    private: bool
    shown_title: str
    shown_url: str
    shown_site: str
    entries: int
    stories: int
    seen_digest: int
    warnings: str
    health: str
    lease_token: str


_LEASED = select(*(schema.feed.c[name] for name in _Leased._fields)).where(
    among(schema.feed.c.lease_token, "tokens")
)


def _leased(connection: Connection, tokens: Sequence[str]) -> dict[str, _Leased]:
    found = map(_Leased._make, rows(connection, _LEASED, tokens=many(tokens)))
    return {row.lease_token: row for row in found}


def _origin(row: _Leased, result: PollResult, scopes: Mapping[str, str]) -> Origin:
    private = bool(row.private)
    telling = told(row.title, row.url, result.state, row.name, private=private)
    return Origin(row.id, row.name, True, row.category, private, *telling, scopes)


def _write_feeds(
    connection: Connection,
    taken: Sequence[tuple[_Leased, PollResult]],
    origins: Sequence[Origin],
    tallies: Sequence[Tally],
) -> None:
    changed, seen = [], []
    for (row, result), origin, tally in zip(taken, origins, tallies, strict=True):
        digest = row.seen_digest
        if result.outcome == "updated":  # else no document was read
            listed, known = dump(dict(result.state.seen)), result.state.known
            digest = xxhash.xxh3_64_intdigest((listed + known).encode()) >> 1
            if digest != row.seen_digest:
                seen.append((row.id, listed, known))
        changed.append((*_feed_row(row, result, origin, tally), digest, row.id))
    change(connection, schema.feed, _FEED_COLUMNS, changed)
    upsert(connection, schema.seen, ("feed", "entries", "known"), seen)
    note(connection, [(row.id, row.health, result) for row, result in taken])


def _feed_row(row: _Leased, result: PollResult, origin: Origin, tally: Tally) -> tuple[object, ...]:
    return (
        origin.title,
        origin.url,
        origin.site,
        None if result.state.gone else to_us(result.next_poll_at),
        False,
        maybe_us(_throttled_until(result)),
        None,
        None,
        to_us(result.polled_at),
        result.state.gone,
        result.outcome,
        result.status,
        result.reason,
        result.error,
        # What was said of a document holds until there is another.
        row.warnings if result.outcome == "unchanged" else dump((*result.warnings, *tally.warnings())),
        result.listed,
        result.elapsed_s,
        result.size,
        row.entries + tally.new,
        row.stories + tally.stories,
        STATE.pack(result.state),
        policy.health(row.health, result.outcome, result.state, result.polled_at),
        maybe_us(policy.silent_at(result.state)),
    )


def _throttled_until(result: PollResult) -> datetime | None:
    """Return until when a server wants to be left alone, as far as the schedule heeds it."""
    return result.throttled_until and min(result.throttled_until, result.next_poll_at)


def _hold_back(connection: Connection, feed: Feed, until: datetime | None) -> None:
    """Put off the feeds that share a throttled one's host or domain. Private hosts are exempt."""
    if until is None or not feed.domain or feed.throttle_scope == "feed":
        return
    table, at = schema.feed.c, to_us(until)
    others = [table.active, table.domain == feed.domain]
    if feed.throttle_scope == "host":
        others.append(table.host == feed.host)
    earlier = or_(table.throttled_until.is_(None), table.throttled_until < at)
    connection.execute(update(schema.feed).where(*others, earlier).values(throttled_until=at))
    connection.execute(
        update(schema.feed).where(*others, table.next_poll_at < at).values(next_poll_at=at, reserved=False)
    )


_IN_FORCE = select(schema.meta.c.value).where(schema.meta.c.name == DECIDED_BY)


def _note_stranger(connection: Connection, book: Book) -> None:
    """Have the next `apply` derive all stories again if another process has put another catalogue in force:
    what was committed now follows the old one."""
    in_force = rows(connection, _IN_FORCE)
    if in_force != [(book.digest,)]:
        upsert(connection, schema.meta, ("name", "value"), [(DECIDED_BY, "")])


def _report(result: PollResult, tally: Tally, book: Book) -> CommitReport:
    dirty = frozenset(book.paths[id] for id in tally.dirty if id in book.paths)
    return CommitReport(result.feed_id, True, tally.new, tally.updated, tally.merged, dirty)
