"""Outputs as rows: declared, changed, and put away with their documents; what is put away keeps its row."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import xxhash
from sqlalchemy import Connection, select, update

from feedhub.model import Output, Site
from feedhub.store import editions, schema, shelves
from feedhub.store.codec import dump, to_us
from feedhub.store.dialect import add, batches, change
from feedhub.store.lookup import next_id

_OUTPUT = schema.output.c


def declare(connection: Connection, outputs: Mapping[str, Output], site: Site, now: datetime) -> None:
    """Insert and change outputs by their paths. What is new or differs is dirty."""
    stored = {
        row.path: row
        for batch in batches(sorted(outputs))
        for row in connection.execute(select(schema.output).where(_OUTPUT.path.in_(batch)))
    }
    of_site = digest(site)
    added, changed = [], []
    id = next_id(connection, _OUTPUT.id)
    for path, one in sorted(outputs.items()):
        mark = f"{of_site}{digest(one)}"
        row = stored.get(path)
        if row is None:
            added.append((id, path, True, mark, to_us(now), 1, 0, 0))
            id += 1
        elif not row.active or row.digest != mark:
            changed.append((True, mark, row.serial + 1, row.id))
    names = ("id", "path", "active", "digest", "created_at", "serial", "built", "building")
    add(connection, schema.output, names, added)
    change(connection, schema.output, ("active", "digest", "serial"), changed)
    shelves.make_stale(connection, [id for *_, id in changed])


def put_away(connection: Connection, paths: Iterable[str]) -> None:
    """Take outputs out of force, their documents along."""
    for batch in batches(sorted(paths)):
        ids = list(connection.scalars(select(_OUTPUT.id).where(_OUTPUT.active, _OUTPUT.path.in_(batch))))
        connection.execute(
            update(schema.output)
            .where(_OUTPUT.id.in_(ids))
            .values(active=False, lease_token=None, lease_until=None)
        )
        documents = select(schema.document.c.path).where(schema.document.c.output.in_(ids))
        editions.forget(connection, connection.scalars(documents).all())


def output_ids(connection: Connection) -> dict[str, int]:
    """Return the row ids of the outputs in force, by their paths."""
    rows = connection.execute(select(_OUTPUT.path, _OUTPUT.id).where(_OUTPUT.active))
    return {row.path: row.id for row in rows}


def digest(value: object) -> str:
    """Return a digest of configuration values that is the same in every process."""
    return xxhash.xxh3_128_hexdigest(dump(_plain(value)).encode())


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return [type(value).__name__, *(_plain(getattr(value, field.name)) for field in fields)]
    if isinstance(value, Mapping):
        return [[key, _plain(value[key])] for key in sorted(value)]
    if isinstance(value, set | frozenset):
        return sorted(_plain(item) for item in value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.total_seconds() if isinstance(value, timedelta) else value
