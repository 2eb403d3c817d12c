"""What is known of feeds and stories, for a person who asks."""

from __future__ import annotations

import json

from sqlalchemy import Connection, or_, select

from feedhub.model import FeedStatus, Story
from feedhub.store import schema
from feedhub.store.codec import maybe_at
from feedhub.store.polls import STATE
from feedhub.store.records import load


def statuses(connection: Connection) -> list[FeedStatus]:
    """Return every active feed's health, by id."""
    feed = schema.feed.c
    return [
        FeedStatus(
            feed_id=row.name,
            url=row.url,
            category=row.category,
            title=row.shown_title,
            state=STATE.unpack(row.state, feed_id=row.name, seen={}),
            next_poll_at=maybe_at(row.next_poll_at),
            entries=row.entries,
            stories=row.stories,
            health=row.health,
            throttled_until=maybe_at(row.throttled_until),
            last_outcome=row.outcome,
            last_status=row.status,
            reason=row.reason,
            error=row.error,
            warnings=tuple(json.loads(row.warnings)),
            shown_url=row.shown_url,
        )
        for row in connection.execute(select(schema.feed).where(feed.active).order_by(feed.name))
    ]


def find(connection: Connection, text: str, *, limit: int) -> list[Story]:
    """Return stories by public id, link, guid, or a part of a title; the newest first."""
    entry, story = schema.entry.c, schema.story.c
    matching = (
        select(entry.story)
        .join(schema.story, story.id == entry.story)
        .where(
            entry.alive,
            or_(
                story.name == text,
                entry.link == text,
                entry.guid == text,
                entry.title.icontains(text, autoescape=True),
            ),
        )
        .group_by(entry.story, story.ordered_at)
        .order_by(story.ordered_at.desc(), entry.story)
        .limit(limit)
    )
    ids = list(connection.scalars(matching))
    found = load(connection, ids)
    return [found[id].story() for id in ids]
