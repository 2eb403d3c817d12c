"""Stories to publish: a plain one, and one in which everything is set."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from feedhub.model import (
    AllOf,
    Chapter,
    Enclosure,
    Entry,
    Output,
    Person,
    Place,
    Podcast,
    Site,
    Source,
    Story,
    Transcript,
)
from tests.blank import BLANK

SITE = Site(
    title="Sample hub",
    url="https://feeds.example.org/",
    description="Feeds for the tests",
    author="Ada Example",
    language="en",
    hubs=("https://hub.example.org/",),
)
OUTPUT = Output(
    path="tag/python", title="Python", kind="tag", where=AllOf(()), description="All about Python"
)
CREATED_AT = datetime(2026, 1, 1, tzinfo=UTC)


def make_entry(number: int = 1, **changes: Any) -> Entry:
    """Return an entry of the feed `one`."""
    link = f"https://one.example/posts/{number}"
    entry = replace(
        BLANK,
        feed_id="one",
        key=f"guid:{link}",
        guid=link,
        link=link,
        title=f"Post {number}",
        content=f"<p>This is post {number}.</p>",
        authors=(Person("Bob Writer"),),
        published_at=datetime(2026, 3, number, 9, 30, tzinfo=UTC),
        first_seen_at=datetime(2026, 3, number, 10, tzinfo=UTC),
    )
    return replace(entry, **changes)


def make_source(feed_id: str = "one", number: int = 1, **changes: Any) -> Source:
    """Return the part that a feed has in story `number`."""
    source = Source(
        feed_id=feed_id,
        feed_title=f"Feed {feed_id}",
        feed_url=f"https://{feed_id}.example/feed.xml",
        entry_id=f"guid:https://{feed_id}.example/posts/{number}",
        link=f"https://{feed_id}.example/posts/{number}",
        title=f"Post {number}",
        published_at=datetime(2026, 3, number, 9, 30, tzinfo=UTC),
        first_seen_at=datetime(2026, 3, number, 10, tzinfo=UTC),
        matched_by="first",
    )
    return replace(source, **changes)


def make_story(number: int = 1, *, entry: dict[str, Any] | None = None, **changes: Any) -> Story:
    """Return story `number` of day `number` in March; `entry` changes its entry."""
    published_at = datetime(2026, 3, number, 9, 30, tzinfo=UTC)
    story = Story(
        id=f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
        category="programming",
        entry=make_entry(number, **(entry or {})),
        sources=(make_source(number=number),),
        tags=frozenset({"python"}),
        published_at=published_at,
        updated_at=published_at,
        ordered_at=published_at,
    )
    return replace(story, **changes)


def full_story(number: int = 5) -> Story:
    """Return a story in which every field is set."""
    return make_story(
        number,
        entry={
            "title": "AT&T <script> & “Größe” 21世纪",
            "summary": "<p>A <b>short</b> one</p>",
            "content": '<p>Long &amp; <a href="https://one.example/x?a=1&amp;b=2">linked</a></p><ul><li>1</li></ul>',
            "authors": (
                Person("Bob Writer", "bob@one.example", "https://one.example/bob"),
                Person("王小明"),
                Person("", "eve@one.example"),
            ),
            "categories": ("Python", "Release <notes>", "经济"),
            "enclosures": (
                Enclosure("https://one.example/cover.jpg", "", 1000),
                Enclosure("https://one.example/show.mp3", "audio/mpeg", 12345, "The show", 605),
            ),
            "image": "https://one.example/picture.png",
            "language": "de",
            "comments": "https://one.example/posts/5#comments",
            "source_title": "The origin",
            "source_url": "https://origin.example/feed",
            "podcast": Podcast(
                duration_s=605,
                episode="7",
                season="2",
                episode_type="full",
                explicit="no",
                image="https://one.example/show.png",
                chapters="https://one.example/chapters.json",
                transcripts=(Transcript("https://one.example/show.vtt", "text/vtt", "de"),),
                marks=(Chapter(0, "Hello"), Chapter(3_725_250, "<Ears> & all", "https://one.example/ears")),
            ),
            "place": Place("line", ((48.85, 2.35), (-33.8688, 151.2093))),
        },
        sources=(
            make_source("one", number),
            make_source("two", number, matched_by="link", feed_title="Feed <two> & more"),
            make_source("two", number + 1, matched_by="content"),
            make_source("three", number, matched_by="near", score=0.91234, published_at=None),
        ),
        tags=frozenset({"python", "releases", "21世纪"}),
        updated_at=datetime(2026, 3, number, 12, 0, 1, 250000, tzinfo=UTC),
    )
