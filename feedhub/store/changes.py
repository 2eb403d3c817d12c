"""When feeds went from well to ill and back: noted in the commit of the poll that showed it; silence, which
no poll shows, when somebody looks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from feedhub import policy
from feedhub.model import HealthChange, PollResult
from feedhub.store import schema
from feedhub.store.codec import from_us, to_us
from feedhub.store.dialect import add, change

KEPT = 5000
NOTICED_AT_ONCE = 1000

_FEED, _CHANGE = schema.feed.c, schema.health_change.c
_COLUMNS = ("feed", "at", "state", "before", "reason", "status", "error")


def note(connection: Connection, polled: Sequence[tuple[int, str, PollResult]]) -> None:
    """Note what some polls changed: each a feed's row id, its health before, and the result."""
    rows = []
    for id, before, result in polled:
        now_is = policy.health(before, result.outcome, result.state, result.polled_at)
        # What a first poll finds well, or silent since long, is no news.
        if now_is == before or (not before and now_is in ("up", "silent")):
            continue
        state = "recovered" if now_is == "up" else now_is
        told = ("", None, "") if state == "recovered" else (result.reason, result.status, result.error)
        rows.append((id, to_us(result.polled_at), state, before, *told))
    add(connection, schema.health_change, _COLUMNS, rows)


def notice(connection: Connection, now: datetime) -> int:
    """Note which feeds have fallen silent, some at a time, and forget the oldest changes; return how many."""
    silent = (
        select(_FEED.id, _FEED.silent_at)
        .where(_FEED.health == "up", _FEED.silent_at <= to_us(now), _FEED.active)
        .limit(NOTICED_AT_ONCE)
    )
    ids = [row.id for row in connection.execute(silent)]
    if not ids:
        return 0
    change(connection, schema.feed, ("health",), [("silent", id) for id in ids])
    rows = [(id, to_us(now), "silent", "up", "", None, "") for id in ids]
    add(connection, schema.health_change, _COLUMNS, rows)
    newest = connection.scalar(select(func.max(_CHANGE.id))) or 0
    connection.execute(delete(schema.health_change).where(_CHANGE.id <= newest - KEPT))
    return len(ids)


def changes(connection: Connection, *, limit: int) -> list[HealthChange]:
    """Return the newest changes of public feeds that are listed, the newest first."""
    rows = connection.execute(
        select(schema.health_change, _FEED.name, _FEED.shown_title, _FEED.url)
        .join(schema.feed, _FEED.id == _CHANGE.feed)
        .where(_FEED.active, _FEED.private.is_(False))
        .order_by(_CHANGE.id.desc())
        .limit(limit)
    )
    return [
        HealthChange(
            row.id,
            row.name,
            row.shown_title,
            row.url,
            from_us(row.at),
            row.state,
            row.before,
            row.reason,
            row.status,
            row.error,
        )
        for row in rows
    ]
