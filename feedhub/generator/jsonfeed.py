"""JSON Feed 1.1, with everything we know about a story's sources under `_feedhub`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from feedhub.generator import text
from feedhub.generator.channel import Channel
from feedhub.generator.items import Item
from feedhub.model import Chapter, Enclosure, Person, Place, Related, Source


def json_head(channel: Channel) -> tuple[bytes, bytes]:
    """Return what stands before and after the items of a JSON Feed (https://www.jsonfeed.org/version/1.1/)."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": channel.page,
        "feed_url": channel.urls.get("json", ""),
        "next_url": next((f"{url}.json" for rel, url in channel.pages if rel == "prev-archive"), ""),
        "description": channel.description,
        "language": channel.language,
        "authors": [{"name": channel.author}],
        "hubs": [{"type": "WebSub", "url": hub} for hub in channel.hubs],
        "_feedhub": {"generator": "FeedHub", "version": channel.version},
    }
    return _dump(_present(feed)).removesuffix(b"}") + b',"items":[', b"]}\n"


def json_items(items: Sequence[Item]) -> list[bytes]:
    """Return each item as a JSON Feed has it."""
    return [_dump(_item(item)) for item in items]


def _item(item: Item) -> dict[str, Any]:
    body = item.content or item.summary
    summary = text.plain(item.summary) if item.content else ""
    return _present(
        {
            "id": item.id,
            "url": item.link,
            "title": item.title if item.titled else "",
            "content_html": body,
            "content_text": "" if body else item.title,
            "summary": summary,
            "image": item.image,
            "date_published": item.published_at.isoformat(),
            "date_modified": item.updated_at.isoformat(),
            "authors": [_author(author) for author in item.authors],
            "tags": list(item.categories),
            "language": item.language,
            "attachments": [_attachment(enclosure, item) for enclosure in item.enclosures],
        }
    ) | {
        "_feedhub": {
            "sources": [_source(source) for source in item.sources],
            "tags": list(item.tags),
            "category": item.category,
        }
        | _present(
            {
                "related": [_related(one) for one in item.related],
                "revises": item.revises,
                "dropped": item.dropped,
                "place": _place(item.place) if item.place else "",
                "chapters": [_chapter(mark) for mark in item.podcast.marks] if item.podcast else [],
            }
        )
    }


def _chapter(mark: Chapter) -> dict[str, Any]:
    """Return a chapter with the names that a file of chapters has (Podcasting 2.0)."""
    return {"startTime": mark.start_ms / 1000} | _present(
        {"title": mark.title, "url": mark.url, "img": mark.image}
    )


def _author(author: Person) -> dict[str, Any]:
    return _present({"name": author.name, "url": author.uri})


def _attachment(enclosure: Enclosure, item: Item) -> dict[str, Any]:
    """Return an attachment; an episode's duration is that of its first file, if that can be played."""
    duration_s = enclosure.duration_s
    playable = enclosure.type.startswith(("audio/", "video/")) and enclosure == item.enclosures[0]
    if duration_s is None and item.podcast and playable:
        duration_s = item.podcast.duration_s
    return _present(
        {
            "url": enclosure.url,
            "mime_type": enclosure.type,
            "title": enclosure.title,
            "size_in_bytes": enclosure.length,
            "duration_in_seconds": duration_s,
        }
    )


def _source(source: Source) -> dict[str, Any]:
    """Return one source. `matched_by` and `score` say why it was taken for the same story."""
    published = source.published_at.isoformat() if source.published_at else ""
    return {
        "feed": source.feed_id,
        "feed_title": source.feed_title,
        "entry_id": source.entry_id,
        "url": source.link,
        "title": source.title,
        "matched_by": source.matched_by,
        "score": round(source.score, 3),
    } | _present({"published": published})


def _place(place: Place) -> dict[str, Any]:
    """Return a place: its points are pairs of latitude and longitude."""
    return {"shape": place.shape, "points": place.points}


def _related(one: Related) -> dict[str, Any]:
    """Return another story about the same event."""
    return _present({"id": one.id, "title": one.title, "url": one.link})


def _present(members: dict[str, Any]) -> dict[str, Any]:
    """Return the members that have a value."""
    return {name: value for name, value in members.items() if value not in ("", None, [])}


def _dump(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
