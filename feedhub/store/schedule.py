"""Who is polled now: leases, and hosts' concurrency. The domains' budgets are in `budget`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    case,
    func,
    not_,
    or_,
    select,
    true,
    update,
)

from feedhub.model import SLOW_AFTER, Claim, Feed
from feedhub.store import schema
from feedhub.store.budget import Budget, resting
from feedhub.store.codec import maybe_at, to_us
from feedhub.store.dialect import batches, change
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
    slow: int,
    lease: timedelta,
    ids: Collection[str] | None,
    since: datetime | None,
    owner: Owner,
) -> list[Claim]:
    """Lease what is due, or not polled since `since`; the rest of a busy domain gets slots in the future.

    A due feed is touched at most twice: it is claimed, or it reserves its domain's next free slot and is
    claimed then. Nothing is scanned but what can be claimed: hosts with no room are left out by name, and
    so is who has a slot of a domain that was asked a moment ago.
    """
    at = to_us(now)
    taken: list[Row[Any]] = []
    room = _Room(connection, at, book.catalogue.per_host, limit, slow)
    spacing = book.catalogue.spacing // timedelta(microseconds=1)
    budget = Budget(connection, at, spacing)
    while room.left > 0:
        left_out = [
            *room.left_out(),
            _FEED.id.in_([row.id for row in taken]),
            _FEED.reserved & _FEED.domain.in_(resting(at, spacing)),
        ]
        rows = _candidates(connection, _due(at, since, by_hand=ids is not None), left_out, ids, at)
        budget.read(rows)
        for row in rows:
            if room.left <= 0:
                break
            if room.has(row) and budget.grants(row):
                room.take(row)
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


def next_slot(connection: Connection, book: Book, ids: Collection[str] | None) -> datetime | None:
    """Return when the next feed that waits for its domain may be polled: in its slot, but not too soon after
    another that came late."""
    spacing = book.catalogue.spacing // timedelta(microseconds=1)
    waiting = select(_FEED.domain, func.min(_FEED.next_poll_at).label("slot")).where(_FEED.reserved)
    if ids is not None:
        waiting = waiting.where(_FEED.name.in_(ids))
    first = waiting.group_by(_FEED.domain).subquery()
    domain = schema.domain.c
    rested_at = func.coalesce(domain.last_at, 0) + spacing
    at = case((first.c.slot < rested_at, rested_at), else_=first.c.slot)
    joined = first.outerjoin(schema.domain, domain.name == first.c.domain)
    return maybe_at(connection.scalar(select(func.min(at)).select_from(joined)))


LOOKED_AT = 200
"""Due feeds read at a time: some go to hosts that are busy, some only reserve a slot."""

BY_HAND_PAUSE = timedelta(minutes=5)
"""How soon after its last poll a public host is asked again by hand: nobody's impatience is its load."""

AT_ONCE = 1000
"""So many new feeds are due at once; workers, hosts and domains bound what that means."""

FIRST_SPREAD = timedelta(minutes=10)


def spread(feeds: list[Feed], now: datetime) -> list[datetime]:
    """Return when new feeds are first polled: a thousand at once, the rest over ten minutes or their own
    interval, so that a first start is no burst."""
    late = max(len(feeds) - AT_ONCE, 1)
    return [
        now + min(FIRST_SPREAD * max(count - AT_ONCE, 0) / late, feed.interval)
        for count, feed in enumerate(feeds, 1)
    ]


_SLOW = _FEED.elapsed_s > SLOW_AFTER.total_seconds()


class _Room:
    """What may still be claimed: `left` feeds, and beside them some of those that were slow last time. At
    each host `per_host`, of whose turns the slow leave one to the others."""

    def __init__(self, connection: Connection, now: int, per_host: int, left: int, slow: int) -> None:
        self.left = left
        self._slow_left = slow
        self._per_host = per_host
        self._slow_per_host = max(per_host - 1, 1)
        self._busy = _leases(connection, now)
        self._dragged = _leases(connection, now, _SLOW)

    def left_out(self) -> list[ColumnElement[bool]]:
        """Return the conditions of what there is no room for."""
        full = [host for host, count in self._busy.items() if count >= self._per_host]
        dragged = [host for host, count in self._dragged.items() if count >= self._slow_per_host]
        return [_FEED.host.in_(full), _SLOW & _FEED.host.in_(dragged) if self._slow_left > 0 else _SLOW]

    def has(self, row: Row[Any]) -> bool:
        """Return whether there is room for a feed."""
        if row.slow and (self._slow_left <= 0 or self._dragged[row.host] >= self._slow_per_host):
            return False
        return self._busy[row.host] < self._per_host

    def take(self, row: Row[Any]) -> None:
        """Count a feed in."""
        self._busy[row.host] += 1
        if row.slow:
            self._dragged[row.host] += 1
            self._slow_left -= 1
        else:
            self.left -= 1


def _leases(connection: Connection, now: int, which: ColumnElement[bool] | None = None) -> Counter[str]:
    """Return how many polls are in flight at each host."""
    statement = (
        select(_FEED.host, func.count().label("polls"))
        .where(_FEED.lease_until > now, true() if which is None else which)
        .group_by(_FEED.host)
    )
    return Counter({row.host: row.polls for row in connection.execute(statement)})


def _candidates(
    connection: Connection,
    due: ColumnElement[bool],
    left_out: Sequence[ColumnElement[bool]],
    ids: Collection[str] | None,
    now: int,
) -> list[Row[Any]]:
    columns = (_FEED.id, _FEED.name, _FEED.host, _FEED.domain, _FEED.reserved, _SLOW.label("slow"))
    conditions = [
        _FEED.active,
        or_(_FEED.lease_until.is_(None), _FEED.lease_until <= now),
        due,
        *(not_(condition) for condition in left_out),
    ]
    if ids is not None:
        conditions.append(_FEED.name.in_(ids))
    order = (_FEED.next_poll_at, _FEED.id)
    return list(connection.execute(select(*columns).where(*conditions).order_by(*order).limit(LOOKED_AT)))


def _due(now: int, since: datetime | None, *, by_hand: bool) -> ColumnElement[bool]:
    """Return the condition of being due. What is asked for by hand need not be due, nor even not be gone,
    but a Retry-After and a reserved slot hold for it too, and a public host is left a pause."""
    if since is None:
        return _FEED.next_poll_at <= now
    return and_(
        or_(
            _FEED.last_polled_at.is_(None),
            _FEED.last_polled_at < to_us(since - BY_HAND_PAUSE),
            and_(_FEED.domain == "", _FEED.last_polled_at < to_us(since)),
        ),
        or_(_FEED.throttled_until.is_(None), _FEED.throttled_until <= now),
        or_(_FEED.reserved.is_(False), _FEED.next_poll_at <= now),
        true() if by_hand else _FEED.gone.is_(False),
    )


def _lease(connection: Connection, rows: list[Row[Any]], until: int, owner: Owner) -> list[Claim]:
    tokens = {row.id: owner.token() for row in rows}
    leases = [(token, until, False, id) for id, token in tokens.items()]
    change(connection, schema.feed, ("lease_token", "lease_until", "reserved"), leases)
    states: dict[int, Any] = {}
    for batch in batches(list(tokens)):
        seen = schema.seen.c
        joined = schema.feed.outerjoin(schema.seen, seen.feed == _FEED.id)
        columns = (_FEED.id, _FEED.state, seen.entries, seen.known)
        for id, state, entries, known in connection.execute(
            select(*columns).select_from(joined).where(_FEED.id.in_(batch))
        ):
            apart = {"seen": json.loads(entries), "known": known} if entries else {}
            states[id] = {"text": state, **apart}
    return [
        Claim(row.name, tokens[row.id], STATE.unpack(feed_id=row.name, **states[row.id]), row.slow)
        for row in rows
    ]
