"""Who is polled now: leases, hosts' concurrency, and one budget a registrable domain."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, true, update

from feedhub.model import Claim, Feed
from feedhub.store import schema
from feedhub.store.codec import maybe_at, to_us
from feedhub.store.dialect import batches, upsert, where, write
from feedhub.store.owner import Owner
from feedhub.store.polls import STATE
from feedhub.store.settle import Book

_FEED = schema.feed.c


def claim_feeds(
    connection: Connection,
    book: Book,
    now: datetime,
    *,
    limit: int,
    lease: timedelta,
    ids: Collection[str] | None,
    since: datetime | None,
    owner: Owner,
) -> list[Claim]:
    """Lease what is due, or not polled since `since`; the rest of a busy domain gets slots in the future.

    A due feed is touched at most twice: it is claimed, or it reserves its domain's next free slot and is
    claimed then. Nothing is scanned but what can be claimed: hosts with no room are left out by name.
    """
    at = to_us(now)
    taken: list[Row[Any]] = []
    busy = _leases(connection, at)
    budget = _Budget(connection, at, to_us(now + book.catalogue.spacing) - at)
    per_host = book.catalogue.per_host
    while len(taken) < limit:
        full = [host for host, count in busy.items() if count >= per_host]
        rows = _candidates(connection, at, full, ids, since, [row.id for row in taken])
        for row in rows:
            if len(taken) == limit:
                break
            if busy[row.host] < per_host and budget.grants(row):
                busy[row.host] += 1
                taken.append(row)
        budget.write()
        if len(rows) < LOOKED_AT:
            break
    return _lease(connection, taken, to_us(now + lease), owner)


def release(connection: Connection, tokens: Iterable[str]) -> None:
    """Give leases back; the feeds are due as before."""
    for batch in batches(list(tokens)):
        connection.execute(
            update(schema.feed).where(_FEED.lease_token.in_(batch)).values(lease_token=None, lease_until=None)
        )


def release_dead(connection: Connection, owner: Owner) -> None:
    """Give back what processes that have died had claimed: feeds and builds."""
    for table in (schema.feed, schema.output):
        token = table.c.lease_token
        held = connection.scalars(select(token).where(token.is_not(None))).all()
        for batch in batches([one for one in held if owner.is_dead(one)]):
            connection.execute(
                update(table).where(token.in_(batch)).values(lease_token=None, lease_until=None)
            )


def next_due(connection: Connection) -> datetime | None:
    """Return when the next active feed can be claimed: when it is due, or when its lease has run out."""
    waiting = select(func.min(_FEED.next_poll_at)).where(_FEED.active, _FEED.lease_until.is_(None))
    leased = select(func.min(_FEED.lease_until)).where(_FEED.active, _FEED.lease_until.is_not(None))
    instants = [connection.scalar(waiting), connection.scalar(leased)]
    return maybe_at(min((at for at in instants if at is not None), default=None))


def next_slot(connection: Connection, ids: Collection[str] | None) -> datetime | None:
    """Return the next slot that a feed has reserved of its domain."""
    statement = select(func.min(_FEED.next_poll_at)).where(_FEED.active, _FEED.reserved)
    if ids is not None:
        statement = statement.where(_FEED.name.in_(ids))
    return maybe_at(connection.scalar(statement))


LOOKED_AT = 200
"""Due feeds read at a time: some go to hosts that are busy, some only reserve a slot."""

AT_ONCE = 1000
"""So many new feeds are due at once; workers, hosts and domains bound what that means."""

FIRST_SPREAD = timedelta(minutes=10)


def spread(feeds: list[Feed], now: datetime) -> list[datetime]:
    """Return when new feeds are first polled: a thousand at once, the rest over ten minutes or their own
    interval, so that a first start is no burst."""
    late = max(len(feeds) - AT_ONCE, 1)
    return [
        now + min(FIRST_SPREAD * max(place - AT_ONCE, 0) / late, feed.interval)
        for place, feed in enumerate(feeds)
    ]


class _Budget:
    """The domains' slots as this claim sees and moves them. Instants are microseconds."""

    def __init__(self, connection: Connection, now: int, spacing: int) -> None:
        self._connection = connection
        self._now = now
        self._spacing = spacing
        self._domains: dict[str, tuple[int, int]] = {}
        self._nudged: set[str] = set()
        self._reserved: list[tuple[int, bool, int]] = []

    def grants(self, row: Row[Any]) -> bool:
        """Return whether a feed may be asked now; if not, it has a slot when this returns.

        Slots are kept in the order they were given. Who comes in its slot but too soon after another that
        came late waits a moment; when several do (the hub was down), the rest queue up again.
        """
        if not row.domain or not self._spacing:
            return True
        last_at, free_at = self._domain(row.domain)
        if (row.reserved or free_at <= self._now) and last_at + self._spacing <= self._now:
            self._domains[row.domain] = (self._now, max(free_at, self._now + self._spacing))
            return True
        if row.reserved and row.domain not in self._nudged:
            self._nudged.add(row.domain)
            slot = last_at + self._spacing
            self._domains[row.domain] = (last_at, max(free_at, slot + self._spacing))
        else:
            slot = max(free_at, last_at + self._spacing, self._now + self._spacing)
            self._domains[row.domain] = (last_at, slot + self._spacing)
        self._reserved.append((slot, True, row.id))
        return False

    def write(self) -> None:
        """Store the slots."""
        statement = update(schema.feed).where(where(schema.feed, "id"))
        write(self._connection, statement, ("next_poll_at", "reserved", "at_id"), self._reserved)
        rows = [(name, *slots) for name, slots in self._domains.items()]
        upsert(self._connection, schema.domain, ("name", "last_at", "free_at"), rows)
        self._reserved.clear()

    def _domain(self, name: str) -> tuple[int, int]:
        if name not in self._domains:
            table = schema.domain.c
            row = self._connection.execute(
                select(table.last_at, table.free_at).where(table.name == name)
            ).one_or_none()
            self._domains[name] = (row.last_at, row.free_at) if row else (0, 0)
        return self._domains[name]


def _leases(connection: Connection, now: int) -> Counter[str]:
    """Return how many polls are in flight at each host."""
    statement = (
        select(_FEED.host, func.count().label("polls")).where(_FEED.lease_until > now).group_by(_FEED.host)
    )
    return Counter({row.host: row.polls for row in connection.execute(statement)})


def _candidates(
    connection: Connection,
    now: int,
    full: list[str],
    ids: Collection[str] | None,
    since: datetime | None,
    taken: list[int],
) -> list[Row[Any]]:
    columns = (_FEED.id, _FEED.name, _FEED.host, _FEED.domain, _FEED.reserved)
    conditions: list[ColumnElement[bool]] = [
        _FEED.active,
        or_(_FEED.lease_until.is_(None), _FEED.lease_until <= now),
        _due(now, since, by_hand=ids is not None),
        _FEED.host.not_in(full),
        _FEED.id.not_in(taken),
    ]
    if ids is not None:
        conditions.append(_FEED.name.in_(ids))
    order = (_FEED.next_poll_at, _FEED.id)
    return list(connection.execute(select(*columns).where(*conditions).order_by(*order).limit(LOOKED_AT)))


def _due(now: int, since: datetime | None, *, by_hand: bool) -> ColumnElement[bool]:
    """Return the condition of being due. What is asked for by hand need not be due, nor even not be gone,
    but a Retry-After and a reserved slot hold for it too."""
    if since is None:
        return _FEED.next_poll_at <= now
    return and_(
        or_(_FEED.last_polled_at.is_(None), _FEED.last_polled_at < to_us(since)),
        or_(_FEED.throttled_until.is_(None), _FEED.throttled_until <= now),
        or_(_FEED.reserved.is_(False), _FEED.next_poll_at <= now),
        true() if by_hand else _FEED.gone.is_(False),
    )


def _lease(connection: Connection, rows: list[Row[Any]], until: int, owner: Owner) -> list[Claim]:
    tokens = {row.id: owner.token() for row in rows}
    statement = update(schema.feed).where(where(schema.feed, "id"))
    leases = [(token, until, False, id) for id, token in tokens.items()]
    write(connection, statement, ("lease_token", "lease_until", "reserved", "at_id"), leases)
    states: dict[int, Any] = {}
    for batch in batches(list(tokens)):
        seen = schema.seen.c
        joined = schema.feed.outerjoin(schema.seen, seen.feed == _FEED.id)
        columns = (_FEED.id, _FEED.state, seen.entries)
        for id, state, entries in connection.execute(
            select(*columns).select_from(joined).where(_FEED.id.in_(batch))
        ):
            states[id] = (state, json.loads(entries) if entries else {})
    return [
        Claim(row.name, tokens[row.id], STATE.unpack(state, feed_id=row.name, seen=seen))
        for row in rows
        for state, seen in [states[row.id]]
    ]
