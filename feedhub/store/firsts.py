"""What an output that never changes an item shows of stories that have changed since they came into it.

A story is kept when it changes or leaves, so that what never changes takes no room.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, delete, select

from feedhub.model import Story
from feedhub.store import schema
from feedhub.store.codec import Codec
from feedhub.store.dialect import add, among, batches, many
from feedhub.store.records import Record
from feedhub.store.settle import Book

STORY = Codec(Story)
_FIRST = schema.first_version.c
_STORED = select(_FIRST.output, _FIRST.story).where(among(_FIRST.story, "stories"))


def keep(connection: Connection, book: Book, changes: Sequence[tuple[Record | None, Record]]) -> None:
    """Keep stories (as stored, and as they are to be) for the outputs that show them as they are now.

    What has lost its body is not kept, and neither is what was kept of it.
    """
    if not book.lasting:
        return
    dead = {new.id for _, new in changes if not any(part.alive for part in new.parts)}
    shown = [(old, new) for old, new in changes if old and not book.lasting.isdisjoint(old.outputs)]
    for batch in batches(dead):
        connection.execute(delete(schema.first_version).where(_FIRST.story.in_(batch)))
    kept = {
        (output, old.id): story
        for old, new in shown
        if new.id not in dead and (old.outputs != new.outputs or old.story() != new.story())
        for story in [old.story()]
        for output in book.lasting.intersection(old.outputs)
    }
    known = {tuple(row) for row in connection.execute(_STORED, {"stories": many({id for _, id in kept})})}
    rows = [(*pair, STORY.pack(story)) for pair, story in kept.items() if pair not in known]
    add(connection, schema.first_version, ("output", "story", "data"), rows)


def first(connection: Connection, output: int, ids: Collection[int]) -> dict[int, Story]:
    """Return the stories, by their row ids, of which an output shows another version than there is now."""
    stored = select(_FIRST.story, _FIRST.data).where(_FIRST.output == output, among(_FIRST.story, "stories"))
    rows = connection.execute(stored, {"stories": many(ids)})
    return {row.story: STORY.unpack(row.data) for row in rows}


def forget_others(connection: Connection, outputs: Collection[int]) -> None:
    """Forget what is kept for all but some outputs."""
    connection.execute(delete(schema.first_version).where(_FIRST.output.not_in(outputs)))
