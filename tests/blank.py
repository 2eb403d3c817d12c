"""An entry that says nothing, for tests to say what theirs is about."""

from __future__ import annotations

from feedhub.model import Entry
from tests.times import NOW

BLANK = Entry(
    feed_id="",
    key="",
    guid="",
    link="",
    title="",
    summary="",
    content="",
    authors=(),
    categories=(),
    published_at=None,
    updated_at=None,
    first_seen_at=NOW,
    enclosures=(),
    image="",
    language="",
    comments="",
    source_title="",
    source_url="",
    podcast=None,
    content_hash="",
)
