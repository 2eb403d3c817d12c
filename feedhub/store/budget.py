"""One budget a registrable domain: its feeds are asked a spacing apart, in the order they came due."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from feedhub.store import schema
from feedhub.store.dialect import batches, change, upsert

_DOMAIN = schema.domain.c


def resting(now: int, spacing: int) -> Select[Any]:
    """Return the select of the domains that may not be asked yet."""
    return select(_DOMAIN.name).where(_DOMAIN.last_at > now - spacing)


class Budget:
    """The domains' slots as one claim sees and moves them. Instants and the spacing are microseconds."""

    def __init__(self, connection: Connection, now: int, spacing: int) -> None:
        self._connection = connection
        self._now = now
        self._spacing = spacing
        self._domains: dict[str, tuple[int, int]] = {}
        self._moved: set[str] = set()
        self._reserved: list[tuple[int, bool, int]] = []

    def read(self, rows: list[Row[Any]]) -> None:
        """Take in the domains of some feeds."""
        names = {row.domain for row in rows if row.domain}.difference(self._domains)
        self._domains |= dict.fromkeys(names, _NEVER) | _read(self._connection, names)

    def grants(self, row: Row[Any]) -> bool:
        """Return whether a feed may be asked now; if not, it has a slot when this returns.

        Slots are kept once given. Who comes in its slot, but too soon after another that came late, waits
        untouched until its domain has rested.
        """
        if not row.domain or not self._spacing:
            return True
        last_at, free_at = self._domains[row.domain]
        rested_at = last_at + self._spacing
        if (row.reserved or free_at <= self._now) and rested_at <= self._now:
            self._move(row.domain, self._now, max(free_at, self._now + self._spacing))
            return True
        if not row.reserved:
            slot = max(free_at, rested_at, self._now + self._spacing)
            self._move(row.domain, last_at, slot + self._spacing)
            self._reserved.append((slot, True, row.id))
        return False

    def write(self) -> None:
        """Store the slots."""
        change(self._connection, schema.feed, ("next_poll_at", "reserved"), self._reserved)
        rows = [(name, *self._domains[name]) for name in sorted(self._moved)]
        upsert(self._connection, schema.domain, ("name", "last_at", "free_at"), rows)
        self._reserved.clear()
        self._moved.clear()

    def _move(self, domain: str, last_at: int, free_at: int) -> None:
        self._domains[domain] = (last_at, free_at)
        self._moved.add(domain)


_NEVER = (0, 0)


def _read(connection: Connection, names: Collection[str]) -> dict[str, tuple[int, int]]:
    """Return when domains were last asked, and their first slot that nobody has."""
    return {
        row.name: (row.last_at, row.free_at)
        for batch in batches(names)
        for row in connection.execute(select(schema.domain).where(_DOMAIN.name.in_(batch)))
    }
