"""Atom 1.0 and RSS 2.0 through feedgen and our extension to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from feedgen.feed import FeedGenerator

from feedhub.generator.channel import MEDIA_TYPES, Channel, Item
from feedhub.generator.extension import ChannelExtension, ItemExtension


def atom(channel: Channel) -> bytes:
    """Return the channel as an Atom document (RFC 4287)."""
    feed = _feed(channel, updated_at=channel.updated_at)
    feed.id(channel.id)
    feed.author(name=channel.author)
    feed.link(href=channel.page, rel="alternate", type="text/html")
    for name, url in channel.urls.items():
        feed.link(href=url, rel="self" if name == "atom" else "alternate", type=MEDIA_TYPES[name])
    for hub in channel.hubs:
        feed.link(href=hub, rel="hub")
    feed.generator("FeedHub", version=channel.version, uri=channel.home)
    for item in channel.items:
        _atom_entry(_entry(feed, item), item)
    return _document(feed.atom_str())


def rss(channel: Channel) -> bytes:
    """Return the channel as an RSS 2.0 document."""
    feed = _feed(channel, updated_at=_UNSAID)
    # feedgen takes the last link for the channel's own.
    if "rss" in channel.urls:
        feed.link(href=channel.urls["rss"], rel="self", type=MEDIA_TYPES["rss"])
    feed.link(href=channel.page, rel="alternate")
    feed.generator(f"FeedHub {channel.version}")
    for item in channel.items:
        _rss_item(_entry(feed, item), item)
    return _document(feed.rss_str())


class _Unsaid(datetime):
    """A date that feedgen takes for none.

    It writes RSS dates through `locale.setlocale`, which is process-wide and not safe under threads, and has
    no way to leave lastBuildDate out; the extension writes it instead.
    """

    def __bool__(self) -> bool:
        return False


_UNSAID = _Unsaid(1970, 1, 1, tzinfo=UTC)


def _feed(channel: Channel, *, updated_at: datetime) -> Any:
    feed = FeedGenerator()
    feed.register_extension("feedhub", ChannelExtension, ItemExtension)
    feed.feedhub.channel = channel
    feed.title(channel.title)
    feed.description(channel.description)
    feed.updated(updated_at)
    if channel.language:
        feed.language(channel.language)
    return feed


def _entry(feed: Any, item: Item) -> Any:
    entry = feed.add_entry(order="append")
    entry.feedhub.item = item
    entry.id(item.id)
    # Plain text, escaped once for XML. RSS leaves open whether a title is HTML: feedparser, newsboat and
    # sfeed give `AT&T <script>` back as it is only so, and Atom's default type says it for those who ask.
    entry.title(item.title)
    for category in item.categories:
        entry.category(term=category)
    return entry


def _atom_entry(entry: Any, item: Item) -> None:
    entry.published(item.published_at)
    entry.updated(item.updated_at)
    for author in item.authors:
        entry.author(name=author.name, email=author.email, uri=author.uri)
    if item.link:
        entry.link(href=item.link, rel="alternate")
    if item.summary:
        entry.summary(item.summary + ("" if item.content else item.also_in), type="html")
    if item.content:
        entry.content(item.content + item.also_in, type="html")
    elif not item.link:
        # RFC 4287 section 4.1.2: an entry without an alternate link has content.
        entry.content(item.title, type="text")


def _rss_item(entry: Any, item: Item) -> None:
    if item.link:
        entry.link(href=item.link, rel="alternate")
    if item.content:
        entry.content(item.content + item.also_in)
        entry.description(item.lead)
    elif item.summary:
        entry.description(item.summary + item.also_in)
    for enclosure in item.enclosures[:1]:
        entry.enclosure(enclosure.url, str(enclosure.length or 0), enclosure.type)
    if item.comments:
        entry.comments(item.comments)
    for source in item.sources[:1]:
        if source.feed_url:
            entry.source(source.feed_url, source.feed_title)


def _document(body: bytes) -> bytes:
    return body + b"\n"
