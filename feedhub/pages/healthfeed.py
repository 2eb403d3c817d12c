"""Feeds' changes of health as a feed of its own: an item for each, never among the stories."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from feedhub.generator import text
from feedhub.generator.atom_rss import atom
from feedhub.generator.channel import Channel
from feedhub.generator.items import Item
from feedhub.model import Document, HealthChange, Site, etag_of
from feedhub.pages.reasons import explain, shown_address, without_secrets

PATH = "health.atom"
ITEMS = 100
_HEADS = {"down": "Down", "gone": "Gone", "silent": "Silent", "recovered": "Recovered"}
_RECOVERED = {
    "down": "It can be read again.",
    "gone": "It is there again.",
    "silent": "It brings new entries again.",
}


def health_feed(changes: Sequence[HealthChange], site: Site, version: str, empty_since: datetime) -> Document:
    """Return the feed of changes, the newest first; `empty_since` is its date while there are none."""
    updated_at = max((change.at for change in changes), default=empty_since).replace(microsecond=0)
    title = f"{text.line(site.title)}: health of its sources"
    channel = Channel(
        id=f"urn:uuid:{uuid5(NAMESPACE_URL, f'{site.url}{PATH}')}",
        title=title,
        description="Feeds that went down, are gone, fell silent or recovered.",
        page=f"{site.url}status.html",
        urls={"atom": f"{site.url}{PATH}"},
        author=text.line(site.author) or text.line(site.title) or "FeedHub",
        language="en",
        hubs=(),
        home=site.url,
        version=version,
        updated_at=updated_at,
    )
    body = atom(channel, [_item(change, site) for change in changes])
    return Document(PATH, body, "application/atom+xml; charset=utf-8", etag_of(body), updated_at)


def sentence(change: HealthChange) -> str:
    """Say what happened to a feed."""
    match change.state:
        case "recovered":
            return _RECOVERED.get(change.before, "It is well again.")
        case "silent":
            return "It has brought nothing for longer than its own rhythm. Look at the publisher's site."
    return " ".join(explain("gone" if change.state == "gone" else change.reason, change.status))


def _item(change: HealthChange, site: Site) -> Item:
    said = [text.escaped(sentence(change)), text.escaped(shown_address(change.url))]
    if change.error:
        said.append(text.escaped(text.excerpt(text.line(without_secrets(change.error)), 500)))
    name = text.excerpt(text.line(change.title), 120) or change.feed_id
    at = change.at.replace(microsecond=0)
    mark = f"{site.url}health/{change.feed_id}/{change.state}/{change.at.isoformat()}"
    return Item(
        id=f"urn:uuid:{uuid5(NAMESPACE_URL, mark)}",
        title=f"{_HEADS[change.state]}: {name}",
        titled=True,
        link=f"{site.url}status.html#{change.feed_id}",
        content="".join(f"<p>{part}</p>" for part in said),
        summary="",
        lead="",
        also_in="",
        authors=(),
        categories=(change.state,),
        tags=(),
        category="",
        enclosures=(),
        image="",
        language="en",
        comments="",
        via="",
        via_title="",
        podcast=None,
        sources=(),
        others=(),
        related=(),
        published_at=at,
        updated_at=at,
    )
