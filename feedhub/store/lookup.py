"""What a commit asks of the indexes before it decides."""

from __future__ import annotations

import functools
from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, select

from feedhub.store import schema
from feedhub.store.dialect import among, many, pairs, rows

SAME_AT_MOST = 20
"""Entries looked at under one key, newest first: a home page that is every entry's link names them all."""


class Head(NamedTuple):
    """What is read of an entry before it is known to matter: its story (0: none yet), its feed, and its
    title."""

    story: int
    feed: int
    title: str


def identities(connection: Connection, keys: Collection[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Return the entries that (feed, key) pairs belong to."""
    return {(feed, key): entry for feed, key, entry in rows(connection, _IDENTITIES, keys=many(keys))}


def under_links(connection: Connection, links: Collection[tuple[int, int]]) -> list[tuple[Any, ...]]:
    """Return (feed, link, entry) for the links of feeds' own entries, the newest of each in their order."""
    if not links:
        return []
    return rows(connection, _UNDER_LINKS, links=many(links), at_most=SAME_AT_MOST)


def heads(connection: Connection, entries: Collection[int]) -> dict[int, Head]:
    """Return entries by their row ids."""
    if not entries:
        return {}
    found = rows(connection, _HEADS, entries=many(sorted(entries)))
    return {id: Head(story, feed, title) for id, story, feed, title in found}


def next_id(connection: Connection, column: Any) -> int:
    """Return what follows the highest value of a column: of ids, the first unused one. Safe in a writing
    transaction: there is one at a time."""
    last: int = rows(connection, _last(column))[0][0]
    return last + 1


@functools.cache
def _last(column: Any) -> Select[Any]:
    return select(func.coalesce(func.max(column), 0))


def _place(group: list[ColumnElement[int]], entry: ColumnElement[int]) -> ColumnElement[int]:
    """Return an entry's place in its group, the newest first, from 1."""
    return func.row_number().over(partition_by=group, order_by=entry.desc()).label("place")


def _make_identities() -> Select[Any]:
    table, wanted = schema.identity.c, pairs("keys")
    matching = and_(table.feed == wanted.c.first, table.key == wanted.c.second)
    return select(schema.identity).select_from(wanted.join(schema.identity, matching))


def _make_under_links() -> Select[Any]:
    table, wanted = schema.entry.c, pairs("links")
    matching = and_(table.feed == wanted.c.first, table.own_link == wanted.c.second)
    ranked = (
        select(table.feed, table.own_link, table.id, _place([table.feed, table.own_link], table.id))
        .select_from(wanted.join(schema.entry, matching))
        .subquery()
    )
    columns = (ranked.c.feed, ranked.c.own_link, ranked.c.id)
    return select(*columns).where(ranked.c.place <= bindparam("at_most")).order_by(ranked.c.id)


def _make_heads() -> Select[Any]:
    table = schema.entry.c
    return select(table.id, table.story, table.feed, table.title).where(among(table.id, "entries"))


# Made once: to build a statement costs SQLAlchemy more than to run it.
_IDENTITIES = _make_identities()
_UNDER_LINKS = _make_under_links()
_HEADS = _make_heads()
