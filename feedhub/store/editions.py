"""The editions of a document: which of its items are newer than one that somebody has.

Each item is kept with the number of the edition since which it is there without a break, so that an edition
is a number and an ETag: whoever has it has every item that is there since that number or an earlier one.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from feedhub.model import Document, News
from feedhub.packing import unpack
from feedhub.store import schema
from feedhub.store.codec import from_us
from feedhub.store.dialect import add

KEPT = 300
"""Editions of each document: a busy one's last hours, and some 25 KB."""
_ITEM = struct.Struct("<QI")
_DOCUMENT, _EDITION = schema.document.c, schema.edition.c


def numbered(document: Document, before: tuple[int, bytes] | None) -> tuple[int, bytes]:
    """Return a new edition's number, and its items each with the number since which it is there."""
    number, packed = before or (0, b"")
    since = dict(_ITEM.iter_unpack(packed))
    items = b"".join(_ITEM.pack(item, since.get(item, number + 1)) for item in document.items)
    return number + 1, items


def record(connection: Connection, editions: Sequence[tuple[str, int, str]]) -> None:
    """Remember editions (path, number, ETag), and forget those that are too old."""
    add(connection, schema.edition, ("path", "number", "etag"), editions)
    for path, number, _ in editions:
        if number > KEPT:
            old = delete(schema.edition).where(_EDITION.path == path, _EDITION.number <= number - KEPT)
            connection.execute(old)


def news(connection: Connection, path: str, etags: Sequence[str]) -> News | None:
    """Return a document and what is new in it since the newest of some editions; None if none is known."""
    row = connection.execute(select(schema.document).where(_DOCUMENT.path == path)).one_or_none()
    if row is None:
        return None
    newest = select(_EDITION.number, _EDITION.etag).where(_EDITION.path == path, _EDITION.etag.in_(etags))
    base = connection.execute(newest.order_by(_EDITION.number.desc()).limit(1)).one_or_none()
    if base is None:
        return None
    items = list(_ITEM.iter_unpack(row.since))
    return News(
        replace(unpacked(row), items=tuple(item for item, _ in items)),
        tuple(place for place, (_, number) in enumerate(items) if number > base.number),
        base.etag,
    )


def unpacked(row: Row[Any]) -> Document:
    """Return a document as it was published; its row has it packed."""
    body = unpack(row.body)
    return Document(row.path, body, row.content_type, row.etag, from_us(row.modified_at), packed=row.body)


def forget(connection: Connection, paths: Sequence[str]) -> None:
    """Remove documents with all their editions."""
    if not paths:
        return
    for table, column in ((schema.edition, _EDITION.path), (schema.document, _DOCUMENT.path)):
        connection.execute(delete(table).where(column.in_(paths)))
