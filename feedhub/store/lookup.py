"""What a commit asks of the indexes before it decides."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, func, select, tuple_

from feedhub.store import schema
from feedhub.store.dialect import batches

CANDIDATES_AT_MOST = 20
"""Entries looked at under one key, newest first: a home page that is every entry's link names them all."""


def identities(connection: Connection, keys: Collection[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Return the entries that (feed, key) pairs belong to."""
    table = schema.identity.c
    return {
        (row.feed, row.key): row.entry
        for batch in batches(keys)
        for row in connection.execute(select(schema.identity).where(tuple_(table.feed, table.key).in_(batch)))
    }


def under_slots(connection: Connection, slots: Collection[int]) -> list[tuple[int, int]]:
    """Return (slot, entry) for what the merger looks up, the newest entries of each slot."""
    table = schema.match_key.c
    return [
        (slot, entry)
        for batch in batches(slots)
        for slot, entry in connection.execute(
            _newest(table.entry, [table.slot], table.slot.in_(batch), schema.match_key)
        )
    ]


def under_links(connection: Connection, links: Collection[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Return (feed, link, entry) for the links of feeds' own entries, the newest of each."""
    table = schema.entry.c
    return [
        (feed, link, entry)
        for batch in batches(links)
        for feed, link, entry in connection.execute(
            _newest(
                table.id,
                [table.feed, table.own_link],
                tuple_(table.feed, table.own_link).in_(batch),
                schema.entry,
            )
        )
    ]


def stories_of(connection: Connection, entries: Collection[int]) -> dict[int, int]:
    """Return the story of each entry."""
    table = schema.entry.c
    return {
        row.id: row.story
        for batch in batches(entries)
        for row in connection.execute(select(table.id, table.story).where(table.id.in_(batch)))
    }


def next_id(connection: Connection, column: Any) -> int:
    """Return the first unused id of a table. Safe in a writing transaction: there is one at a time."""
    return int(connection.scalar(select(func.coalesce(func.max(column), 0)))) + 1


def _newest(entry: Any, group: list[Any], condition: Any, table: Any) -> Any:
    """Return the select of a group's columns and its newest entries."""
    place = func.row_number().over(partition_by=group, order_by=entry.desc()).label("place")
    ranked = select(*group, entry.label("entry"), place).where(condition).select_from(table).subquery()
    columns = [column for column in ranked.c if column.name != "place"]
    return select(*columns).where(ranked.c.place <= CANDIDATES_AT_MOST)
