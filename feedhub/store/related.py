"""The other stories about the same event, by name: what an output may say of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, select

from feedhub.model import Related, Story
from feedhub.store import schema
from feedhub.store.dialect import batches


def with_related(connection: Connection, stories: Sequence[Story]) -> list[Story]:
    """Return stories with what is published of those they are related to.

    One that is not visible is left out, and a private one where the story itself is not.
    """
    named = {name for story in stories for name in story.related}
    if not named:
        return list(stories)
    entry, story = schema.entry.c, schema.story.c
    statement = select(story.name, story.private, entry.title, entry.link).join_from(
        schema.story, schema.entry, entry.id == story.winner
    )
    found = {
        row.name: row
        for batch in batches(named)
        for row in connection.execute(
            statement.where(story.name.in_(batch), story.visible, story.outputs != "[]")
        )
    }
    return [
        replace(
            one,
            see_also=tuple(
                Related(name, found[name].title, found[name].link)
                for name in one.related
                if name in found and (one.private or not found[name].private)
            ),
        )
        for one in stories
    ]
