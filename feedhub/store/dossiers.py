"""Stories with all that is known of them: found for `explain`, listed for `duplicates`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from feedhub.model import Dossier, Witness
from feedhub.store import schema
from feedhub.store.corrections import named_entries, was
from feedhub.store.records import Record, load, source
from feedhub.store.related import with_related
from feedhub.store.settle import Book

_ENTRY, _STORY = schema.entry.c, schema.story.c


def find(connection: Connection, known: Book, text: str, *, limit: int) -> list[Dossier]:
    """Return the stories that a text means: exactly, else by an entry's title, else by a part of one."""
    exact: ColumnElement[bool] = or_(
        _STORY.name == text, _ENTRY.reason == was(text), _ENTRY.id.in_(named_entries(connection, text))
    )
    titled = func.lower(_ENTRY.title) == func.lower(text)
    for condition in (exact, titled, _ENTRY.title.icontains(text, autoescape=True)):
        ids = list(connection.scalars(_newest().where(condition).limit(limit)))
        if ids:
            return _dossiers(connection, known, ids)
    return []


def merged(connection: Connection, known: Book, category: str, *, limit: int) -> list[Dossier]:
    """Return the newest stories of a category (of all) that have more than one entry."""
    statement = _newest().having(func.count() > 1).limit(limit)
    if category:
        statement = statement.where(_STORY.category == category)
    return _dossiers(connection, known, list(connection.scalars(statement)))


def archive(connection: Connection, known: Book, feed: str, *, skip: int, limit: int) -> list[Dossier]:
    """Return some of all stories, or of those in which a feed has a part, the newest first."""
    statement = _newest().offset(skip).limit(limit)
    if feed:
        row = select(schema.feed.c.id).where(schema.feed.c.name == feed).scalar_subquery()
        statement = statement.where(_ENTRY.feed == row)
    return _dossiers(connection, known, list(connection.scalars(statement)))


def _newest() -> Select[int]:
    return (
        select(_STORY.id)
        .join_from(schema.story, schema.entry, _ENTRY.story == _STORY.id)
        .group_by(_STORY.id, _STORY.ordered_at)
        .order_by(_STORY.ordered_at.desc(), _STORY.id)
    )


def _dossiers(connection: Connection, known: Book, ids: Sequence[int]) -> list[Dossier]:
    records = load(connection, ids)
    stories = with_related(connection, [records[id].story() for id in ids])
    return [
        Dossier(story, _witnesses(record), _outputs(known, record), record.visible)
        for story, record in zip(stories, (records[id] for id in ids), strict=True)
    ]


def _witnesses(record: Record) -> tuple[Witness, ...]:
    return tuple(
        Witness(part.entry, source(part), part.alive, part.backlog, part.origin.active)
        for part in record.parts
    )


def _outputs(known: Book, record: Record) -> tuple[str, ...]:
    return tuple(sorted(known.paths[id] for id in record.outputs if id in known.paths))
