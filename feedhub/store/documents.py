"""The documents that outputs became, with what they were lately."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from feedhub.model import Build, Document
from feedhub.packing import pack
from feedhub.store import editions, schema, shelves
from feedhub.store.codec import maybe_us, to_us
from feedhub.store.dialect import upsert

_OUTPUT, _DOCUMENT = schema.output.c, schema.document.c
_COLUMNS = ("path", "output", "content_type", "etag", "modified_at", "edition", "since", "body")


def commit_builds(connection: Connection, builds: Sequence[Build]) -> list[bool]:
    """Store what outputs became. One stays dirty if it was dirtied while it was built."""
    tokens = [build.claim.token for build in builds]
    leased = connection.execute(
        select(_OUTPUT.id, _OUTPUT.serial, _OUTPUT.building, _OUTPUT.lease_token).where(
            _OUTPUT.active, _OUTPUT.lease_token.in_(tokens)
        )
    )
    rows = {row.lease_token: row for row in leased}
    for build in builds:
        if (row := rows.get(build.claim.token)) is not None:
            _replace(connection, row.id, build)
            shelves.turn(connection, row.id, build, outdated=row.serial != row.building)
            done = update(schema.output).where(_OUTPUT.id == row.id)
            stale_at = maybe_us(build.stale_at)
            connection.execute(
                done.values(built=row.building, stale_at=stale_at, lease_token=None, lease_until=None)
            )
    return [token in rows for token in tokens]


def _replace(connection: Connection, output: int, build: Build) -> None:
    documents = build.documents
    columns = (_DOCUMENT.edition, _DOCUMENT.since, _DOCUMENT.path, _DOCUMENT.etag)
    found = connection.execute(select(*columns).where(_DOCUMENT.output == output)).all()
    stored = {old.path: old for old in found}
    changed = [one for one in documents if one.path not in stored or stored[one.path].etag != one.etag]
    numbers = [
        editions.numbered(one, (old.edition, old.since) if (old := stored.get(one.path)) else None)
        for one in changed
    ]
    rows = [
        (
            one.path,
            output,
            one.content_type,
            one.etag,
            to_us(one.modified_at),
            *number,
            one.packed or pack(one.body),
        )
        for one, number in zip(changed, numbers, strict=True)
    ]
    upsert(connection, schema.document, _COLUMNS, rows)
    editions.record(
        connection,
        [(one.path, number, one.etag) for one, (number, _) in zip(changed, numbers, strict=True)],
    )
    editions.forget(connection, sorted(set(stored) - build.kept - {one.path for one in documents}))


def document(connection: Connection, path: str) -> Document | None:
    """Return a published document."""
    row = connection.execute(select(schema.document).where(_DOCUMENT.path == path)).one_or_none()
    return editions.unpacked(row) if row else None


def documents(connection: Connection) -> list[tuple[str, str]]:
    """Return (path, etag) of every published document."""
    statement = select(_DOCUMENT.path, _DOCUMENT.etag).order_by(_DOCUMENT.path)
    return [(path, etag) for path, etag in connection.execute(statement)]
