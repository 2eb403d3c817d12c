"""The index of look-up keys: rows of a slot and an entry, the new ones apart until there are many.

Keys are digests, so that each row lands on a page of its own, which is then written to the disk twice: it was
four fifths of what a commit of fifty entries writes. Young rows share a few pages, and come to the others'
in one go, in their order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import chain, repeat
from typing import Any

from sqlalchemy import Connection, Select, Table, and_, bindparam, delete, func, insert, select, union_all

from feedhub.store import schema
from feedhub.store.dialect import each, fill, many, remove, rows

YOUNG_AT_MOST = 40_000
"""Rows that are kept apart: 0.7 MB."""

Keys = tuple[int, Collection[int]]
"""An entry, and slots."""


def put(connection: Connection, gone: Collection[Keys], came: Collection[Keys]) -> None:
    """Take in under which slots entries are found from now on, and no longer."""
    for table in _TABLES:
        remove(connection, table, _COLUMNS, _pairs(gone))
    count = sum(len(slots) for _, slots in came)
    if count > max((entry for entry, _ in came), default=0):  # a first fill: its rows are most of each page
        fill(connection, schema.match_key, _COLUMNS, _pairs(came))
        return
    fill(connection, schema.young_key, _COLUMNS, _pairs(came))
    if came and rows(connection, _YOUNG)[0][0] > YOUNG_AT_MOST:
        connection.execute(_GROW_UP)
        connection.execute(delete(schema.young_key))


def under(connection: Connection, slots: Collection[int], at_most: int) -> list[tuple[Any, ...]]:
    """Return (slot, entry) for what the merger looks up, the newest entries of each slot in their order: as
    many as are wanted, twice at most."""
    if not slots:
        return []
    statement = _UNDER if rows(connection, _ANY_YOUNG) else _UNDER_OLD
    return rows(connection, statement, slots=many(sorted(slots)), at_most=at_most)


def has_any(connection: Connection, first: int, last: int) -> bool:
    """Tell whether anything is looked up from one slot to another, both included."""
    return bool(rows(connection, _ANY, first=first, last=last))


def drop(connection: Connection, first: int, end: int) -> None:
    """Forget all slots from one to another, which is excluded."""
    for table in _TABLES:
        connection.execute(delete(table).where(table.c.slot >= first, table.c.slot < end))


_TABLES = (schema.match_key, schema.young_key)
_COLUMNS = ("slot", "entry")


def _pairs(keys: Iterable[Keys]) -> Iterator[tuple[int, int]]:
    return chain.from_iterable(zip(slots, repeat(entry)) for entry, slots in keys)


def _newest(table: Table) -> Select[Any]:
    # From the newest entry of a slot down to the last one wanted: ranking a slot reads it whole, and that of
    # a common word grows with the archive (6,700 entries of 160,000).
    asked, of_slot = each("slots"), table.alias().c
    last = (
        select(of_slot.entry)
        .where(of_slot.slot == asked.c.value)
        .order_by(of_slot.entry.desc())
        .limit(1)
        .offset(bindparam("at_most") - 1)
        .scalar_subquery()
    )
    wanted = and_(table.c.slot == asked.c.value, table.c.entry >= func.coalesce(last, 0))
    return select(table.c.slot, table.c.entry).select_from(asked.join(table, wanted))


def _between(table: Table) -> Select[Any]:
    return select(table.c.slot).where(table.c.slot >= bindparam("first"), table.c.slot <= bindparam("last"))


# Made once: to build a statement costs SQLAlchemy more than to run it.
_UNDER = union_all(*map(_newest, _TABLES)).order_by("entry")
_UNDER_OLD = _newest(schema.match_key).order_by("entry")
_ANY = union_all(*map(_between, _TABLES)).limit(1)
_ANY_YOUNG = select(schema.young_key.c.slot).limit(1)
_YOUNG = select(func.count()).select_from(schema.young_key)
_GROW_UP = insert(schema.match_key).from_select(
    _COLUMNS, select(schema.young_key).order_by(*schema.young_key.primary_key)
)
