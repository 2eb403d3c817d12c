"""Stored stories follow a new configuration a part at a time, so that nobody waits long for the lock.

While some do not follow yet, `meta` says from which story on, and nothing is built: no half of an edit is
published. What is left over when a process dies is done by the next one that has the same configuration.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import Connection, delete, select, update

from feedhub.store import names, schema, shelves
from feedhub.store.codec import dump, from_us, to_us
from feedhub.store.concern import Concern, last_story
from feedhub.store.corrections import enforce
from feedhub.store.definition import Definition, definition, packed, unpacked
from feedhub.store.dialect import upsert
from feedhub.store.polls import DECIDED_BY
from feedhub.store.records import Origin, origins
from feedhub.store.restory import rederive, stories_with
from feedhub.store.settle import Book

DERIVED_AT_ONCE = 150
"""Stories that one transaction derives."""
LOOKED_AT_ONCE = 2000
BATCH = 150
ABANDONED_AFTER = timedelta(minutes=1)
"""How long builds wait for a process that derives no more: one with another configuration cannot go on where
it was."""

FOLLOWED = "followed"
"""The name under which `meta` has the definition that stories follow; while some are to be derived, the one
that these follow."""
UNDER_WAY = "under way"
"""The name under which `meta` has how far deriving is."""
CHANGED_FEEDS = "changed feeds"
"""The name under which `meta` has the feeds that changed, as they were; apart, for there may be thousands."""

_META, _OUTPUT = schema.meta.c, schema.output.c


@dataclass(frozen=True, slots=True)
class Left:
    """What is left to derive for the configuration with a digest: stories `after` one, some of them because
    `feeds` changed, by row ids as they were. `at` is when the last part was done."""

    digest: str
    after: int
    at: datetime
    feeds: Mapping[int, Origin]


class Part(NamedTuple):
    """Some stories to derive, and the last one that was looked at for them; what was left then."""

    stories: list[int]
    end: int
    left: Left


def begin(connection: Connection, known: Book, before: Mapping[int, Origin], now: datetime) -> Book:
    """Have stories follow a configuration from now on, and derive a first part of them.

    Args:
        before: feeds that changed, as they were.
    """
    is_now = origins(connection, before)
    moved = {id for id, feed in before.items() if _space(feed) != _space(is_now[id])}
    # At once: their look-up keys are others, and what is private now must not wait.
    known = rederive(connection, known, stories_with(connection, moved), before, now)
    decided_by, left = _value(connection, DECIDED_BY), _left(connection)
    same = decided_by == known.digest
    if not same and (left is not None or not decided_by):
        # Some stories follow the configuration before, some that before it, or what a stranger wrote.
        _forget(connection, FOLLOWED)
    feeds = {id: feed for id, feed in before.items() if id not in moved}
    after = last_story(connection) if left is None else left.after
    if feeds or not same:
        after = 0
    if left is not None:
        feeds |= {id: feed for id, feed in left.feeds.items() if id not in moved}
    _save(connection, DECIDED_BY, known.digest)
    _save(connection, CHANGED_FEEDS, dump([[*one[:-1], dict(one.scopes)] for one in feeds.values()]))
    _note(connection, Left(known.digest, after, now, feeds))
    part = look(connection, known, at_most=BATCH)
    return derive(connection, known, part, now) if part else known


def look(connection: Connection, known: Book, *, at_most: int = LOOKED_AT_ONCE) -> Part | None:
    """Return the next stories to derive, among so many at most; None if none are left, or another
    configuration asks for them."""
    left = _left(connection)
    if left is None or left.digest != known.digest:
        return None
    followed = _value(connection, FOLLOWED)
    before = unpacked(followed) if followed else None
    concern = Concern(connection, known, before, _definition(known), left.feeds)
    found: list[int] = []
    looked, end = 0, left.after
    while len(found) < DERIVED_AT_ONCE and looked < at_most:
        ids = concern.next_after(end, BATCH)
        if not ids:
            return Part(found, last_story(connection), left)
        found += concern.among(ids)
        looked, end = looked + len(ids), ids[-1]
    return Part(found, end, left)


def derive(connection: Connection, known: Book, part: Part, now: datetime) -> Book:
    """Derive some stories, unless another process has meanwhile; after the last of them builds go on."""
    left = _left(connection)
    if left is None or (left.digest, left.after) != (part.left.digest, part.left.after):
        return known
    known = rederive(connection, known, part.stories, left.feeds, now)
    if part.end < last_story(connection):
        _note(connection, replace(left, after=part.end, at=now))
        _recall_builds(connection)
        return known
    _save(connection, FOLLOWED, packed(_definition(known)))
    _forget(connection, UNDER_WAY)
    _forget(connection, CHANGED_FEEDS)
    known = names.put_away_idle(connection, known)
    shelves.follow(connection, known)
    enforce(connection, known, now)
    return known


def under_way(connection: Connection, now: datetime) -> bool:
    """Tell whether stories are being derived, or were a moment ago, so that nothing may be built of them."""
    left = _left(connection)
    return left is not None and abs(now - left.at) < ABANDONED_AFTER  # a clock may have been put back


def _recall_builds(connection: Connection) -> None:
    """Have what is being built of stories as they were come too late."""
    leased = update(schema.output).where(_OUTPUT.lease_token.is_not(None))
    connection.execute(leased.values(lease_token=None, lease_until=None))


def _space(feed: Origin) -> tuple[object, ...]:
    """Return what decides where a feed's entries are merged."""
    return feed.category, feed.private, feed.scopes


def _definition(known: Book) -> Definition:
    return definition(known.configured, naming=bool(known.names or known.configured.naming.sources))


def _left(connection: Connection) -> Left | None:
    text = _value(connection, UNDER_WAY)
    if not text:
        return None
    plain = json.loads(text)
    feeds = _feeds(_value(connection, CHANGED_FEEDS))
    return Left(plain["digest"], plain["after"], from_us(plain["at"]), feeds)


@functools.lru_cache(maxsize=1)
def _feeds(text: str) -> Mapping[int, Origin]:
    return MappingProxyType({row[0]: Origin(*row) for row in json.loads(text)})


def _note(connection: Connection, left: Left) -> None:
    plain = {"digest": left.digest, "after": left.after, "at": to_us(left.at)}
    _save(connection, UNDER_WAY, dump(plain))


def _value(connection: Connection, name: str) -> str:
    return connection.scalar(select(_META.value).where(_META.name == name)) or ""


def _save(connection: Connection, name: str, value: str) -> None:
    upsert(connection, schema.meta, ("name", "value"), [(name, value)])


def _forget(connection: Connection, name: str) -> None:
    connection.execute(delete(schema.meta).where(_META.name == name))
