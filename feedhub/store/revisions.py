"""What has changed since somebody looked: stories by their revision."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, and_, or_, select

from feedhub.model import Listed, Mark, Revised
from feedhub.store import schema
from feedhub.store.dialect import upsert
from feedhub.store.records import load
from feedhub.store.related import with_related

LINEAGE = "lineage"
_META, _STORY, _OUTPUT = schema.meta.c, schema.story.c, schema.output.c


def begin(connection: Connection) -> None:
    """Name the store, if it has no name yet."""
    if not _lineage(connection):
        renew(connection)


def renew(connection: Connection) -> None:
    """Name the store anew: whoever follows its changes begins again."""
    upsert(connection, schema.meta, ("name", "value"), [(LINEAGE, secrets.token_hex(8))])


def revised(connection: Connection, after: Mark, limit: int) -> Revised:
    """Return stories that changed after a mark, the oldest change first."""
    lineage = _lineage(connection)
    anew = after.lineage != lineage
    revision, story = (0, 0) if anew else (after.revision, after.story)
    later = or_(_STORY.revision > revision, and_(_STORY.revision == revision, _STORY.id > story))
    rows = connection.execute(
        select(_STORY.id, _STORY.revision).where(later).order_by(_STORY.revision, _STORY.id).limit(limit)
    ).all()
    records = load(connection, [row.id for row in rows])
    shown = with_related(connection, [records[row.id].story() for row in rows])
    paths = {
        row.id: row.path for row in connection.execute(select(_OUTPUT.id, _OUTPUT.path).where(_OUTPUT.active))
    }
    listed = tuple(
        Listed(
            one, tuple(sorted(paths[id] for id in record.outputs if id in paths)) if record.visible else ()
        )
        for one, record in zip(shown, (records[row.id] for row in rows), strict=True)
    )
    last = (rows[-1].revision, rows[-1].id) if rows else (revision, story)
    return Revised(listed, Mark(lineage, *last), anew)


def _lineage(connection: Connection) -> str:
    return connection.scalar(select(_META.value).where(_META.name == LINEAGE)) or ""
