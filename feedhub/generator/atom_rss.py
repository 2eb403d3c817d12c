"""Atom 1.0 and RSS 2.0 through feedgen and our extension to it: heads and items apart, to be put together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from feedhub.generator.channel import MEDIA_TYPES, Channel
from feedhub.generator.extension import ChannelExtension, ItemExtension
from feedhub.generator.items import Item


def atom(channel: Channel, items: Sequence[Item]) -> bytes:
    """Return a whole Atom document."""
    head, tail = atom_head(channel)
    return b"".join((head, *atom_items(items), tail))


def atom_head(channel: Channel) -> tuple[bytes, bytes]:
    """Return what stands before and after the entries of an Atom document (RFC 4287)."""
    feed = _feed(channel.title, channel.description, channel.updated_at)
    feed.feedhub.channel = channel
    if channel.language:
        feed.language(channel.language)
    feed.id(channel.id)
    feed.author(name=channel.author)
    feed.link(href=channel.page, rel="alternate", type="text/html")
    for name, url in channel.urls.items():
        feed.link(href=url, rel="self" if name == "atom" else "alternate", type=MEDIA_TYPES[name])
    for hub in channel.hubs:
        feed.link(href=hub, rel="hub")
    for rel, address in channel.pages:
        feed.link(href=f"{address}.atom", rel=rel, type=MEDIA_TYPES["atom"])
    feed.generator("FeedHub", version=channel.version, uri=channel.home)
    return _halves(feed.atom_str(), b"</feed>")


def atom_items(items: Sequence[Item]) -> list[bytes]:
    """Return each item as an Atom entry."""
    feed = _feed("-", "-", _UNSAID)
    feed.updated(datetime(1970, 1, 1, tzinfo=UTC))
    feed.id("-")
    for item in items:
        _atom_entry(_entry(feed, item), item)
    return _cut(feed.atom_str(), b"<entry", b"</entry>")


def rss_head(channel: Channel) -> tuple[bytes, bytes]:
    """Return what stands before and after the items of an RSS 2.0 document."""
    feed = _feed(channel.title, channel.description, _UNSAID)
    feed.feedhub.channel = channel
    if channel.language:
        feed.language(channel.language)
    # feedgen takes the last link for the channel's own.
    if "rss" in channel.urls:
        feed.link(href=channel.urls["rss"], rel="self", type=MEDIA_TYPES["rss"])
    feed.link(href=channel.page, rel="alternate")
    feed.generator(f"FeedHub {channel.version}")
    return _halves(feed.rss_str(), b"</channel>")


def rss_items(items: Sequence[Item]) -> list[bytes]:
    """Return each item as RSS has it."""
    feed = _feed("-", "-", _UNSAID)
    feed.link(href="-", rel="alternate")
    for item in items:
        _rss_item(_entry(feed, item), item)
    return _cut(feed.rss_str(), b"<item>", b"</item>")


def _halves(document: bytes, end: bytes) -> tuple[bytes, bytes]:
    """Return a document without items, parted where they belong."""
    head, mark, tail = document.rpartition(end)
    return head, mark + tail + b"\n"


def _cut(document: bytes, start: bytes, end: bytes) -> list[bytes]:
    """Return the elements of a document that begin and end so, which hold none of their kind.

    In what lxml writes `<` stands for nothing but markup, as long as there is no CDATA.
    """
    return [start + part[: part.index(end) + len(end)] for part in document.split(start)[1:]]


class _Unsaid(datetime):
    """A date that feedgen takes for none.

    It writes RSS dates through `locale.setlocale`, which is process-wide and not safe under threads, and has
    no way to leave lastBuildDate out; the extension writes it instead.
    """

    def __bool__(self) -> bool:
        return False


_UNSAID = _Unsaid(1970, 1, 1, tzinfo=UTC)


def _feed(title: str, description: str, updated_at: datetime) -> Any:
    from feedgen.feed import FeedGenerator  # with dateutil 5 ms: what is unchanged needs neither

    feed = FeedGenerator()
    feed.register_extension("feedhub", ChannelExtension, ItemExtension)
    feed.title(title)
    feed.description(description)
    feed.updated(updated_at)
    return feed


def _entry(feed: Any, item: Item) -> Any:
    entry = feed.add_entry(order="append")
    entry.feedhub.item = item
    entry.id(item.id)
    # Plain text, escaped once for XML. RSS leaves open whether a title is HTML: feedparser, newsboat and
    # sfeed give `AT&T <script>` back as it is only so, and Atom's default type says it for those who ask.
    entry.title(item.title)
    # All at once: feedgen goes through those it has with each call.
    entry.category([{"term": category} for category in item.categories])
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
        if address := source.feed_url or source.feed_site:
            entry.source(address, source.feed_title)
