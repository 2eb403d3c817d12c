"""Our feedgen extension: what feedgen 1.0.0 leaves out or gets wrong, added to the trees it builds.

RSS: dates (feedgen's go through `locale.setlocale`, which is process-wide), links beside rel=self, authors,
media, podcast. Atom: entry links with rel, type and length, `source`, languages. feedgen makes one instance
for the feed and one for each entry, and calls `extend_atom` or `extend_rss` when it writes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import TypeAlias

from lxml import etree

from feedhub.generator.channel import MEDIA_TYPES, Channel
from feedhub.generator.items import Item
from feedhub.model import Chapter, Enclosure, Place, Podcast, Source

Element: TypeAlias = etree._Element

ATOM = "{http://www.w3.org/2005/Atom}"
CHAPTERS = "{http://podlove.org/simple-chapters}"
DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
GEORSS = "{http://www.georss.org/georss}"
HISTORY = "{http://purl.org/syndication/history/1.0}"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
MEDIA = "{http://search.yahoo.com/mrss/}"
PODCAST = "{https://podcastindex.org/namespace/1.0}"
XML = "{http://www.w3.org/XML/1998/namespace}"


class ChannelExtension:
    """The head of a feed: what `channel` says, if it is set."""

    channel: Channel | None = None

    def extend_ns(self) -> dict[str, str]:
        """Return the prefixes that the document declares."""
        spaces = {"dc": DUBLIN_CORE, "georss": GEORSS, "itunes": ITUNES, "media": MEDIA, "podcast": PODCAST}
        if self.channel is not None and self.channel.archived:
            spaces["fh"] = HISTORY
        return {prefix: space.strip("{}") for prefix, space in spaces.items()}

    def extend_atom(self, feed: Element) -> Element:
        """Mark a page of an archive; feedgen writes a feed's own Atom links whole."""
        if self.channel is not None and self.channel.archived:
            _add(feed, HISTORY + "archive")
        return feed

    def extend_rss(self, rss: Element) -> Element:
        """Add lastBuildDate and the links to hubs and to the other formats."""
        if self.channel is None:
            return rss
        head = rss[0]
        _add(head, "lastBuildDate", rfc822(self.channel.updated_at))
        for name, url in self.channel.urls.items():
            if name != "rss":
                _add(head, ATOM + "link", href=url, rel="alternate", type=MEDIA_TYPES[name])
        for hub in self.channel.hubs:
            _add(head, ATOM + "link", href=hub, rel="hub")
        for rel, address in self.channel.pages:
            _add(head, ATOM + "link", href=f"{address}.rss", rel=rel, type=MEDIA_TYPES["rss"])
        if self.channel.archived:
            _add(head, HISTORY + "archive")
        return rss


class ItemExtension:
    """One entry of a feed; `item` must be set before feedgen writes."""

    item: Item

    def extend_ns(self) -> dict[str, str]:
        """Return nothing: the feed's extension declares the prefixes."""
        return {}

    def extend_atom(self, entry: Element) -> Element:
        """Add links, source, media and language."""
        item = self.item
        if item.language:
            entry.set(XML + "lang", item.language)
        for enclosure in item.enclosures:
            _add(entry, "link", rel="enclosure", href=enclosure.url, type=enclosure.type,
                 length=_digits(enclosure.length), title=enclosure.title)  # fmt: skip
        if item.comments:
            _add(entry, "link", rel="replies", href=item.comments, type="text/html")
        if item.via:
            _add(entry, "link", rel="via", href=item.via, title=item.via_title)
        for other in item.others:
            if other.link:
                _add(entry, "link", rel="related", href=other.link, title=other.feed_title)
        for one in item.related:
            if one.link:
                _add(entry, "link", rel="related", href=one.link, title=one.title)
        for source in item.sources[:1]:
            _atom_source(entry, source, item)
        if item.image:
            _add(entry, MEDIA + "thumbnail", url=item.image)
        if item.place:
            _add_place(entry, item.place)
        if item.podcast:
            _add_marks(entry, item.podcast.marks)
        return entry

    def extend_rss(self, element: Element) -> Element:
        """Add dates, authors, media and podcast elements."""
        item = self.item
        _add(element, "pubDate", rfc822(item.published_at))
        if item.updated_at != item.published_at:
            _add(element, ATOM + "updated", item.updated_at.isoformat())
        _rss_authors(element, item)
        for enclosure in item.enclosures[1:]:
            _media_content(element, enclosure)
        if item.image:
            _add(element, MEDIA + "thumbnail", url=item.image)
        if item.podcast:
            _podcast(element, item.podcast)
        if item.place:
            _add_place(element, item.place)
        return element


def play_time(milliseconds: int) -> str:
    """Return a time from the beginning of an episode: `00:03:07.250` (RFC 2326 section 3.6)."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"


def rfc822(at: datetime) -> str:
    """Return an instant in UTC as RSS wants it: `Mon, 02 Mar 2026 09:30:00 GMT`."""
    return format_datetime(at, usegmt=True)


def _atom_source(entry: Element, source: Source, item: Item) -> None:
    """Add the feed of a story (RFC 4287 section 4.2.11).

    Its own atom:id is not known, its address stands for it; its `updated` is the story's. It is the author of
    an entry that names none, which would fall to the hub otherwise (section 4.2.1).
    """
    address = source.feed_url or source.feed_site
    if not address:
        return
    element = _add(entry, "source")
    _add(element, "id", address)
    _add(element, "title", source.feed_title)
    _add(element, "updated", item.updated_at.isoformat())
    if not item.authors:
        _add(_add(element, "author"), "name", source.feed_title)
    for rel, href in (("self", source.feed_url), ("alternate", source.feed_site)):
        if href:
            _add(element, "link", rel=rel, href=href)


def _rss_authors(element: Element, item: Item) -> None:
    """Add a lone author with an address as `author`, which wants one, others by name as `dc:creator`.

    Both on one item say the same twice (the validator's DuplicateItemSemantics).
    """
    if len(item.authors) == 1 and item.authors[0].email:
        _add(element, "author", f"{item.authors[0].email} ({item.authors[0].name})")
        return
    for author in item.authors:
        _add(element, DUBLIN_CORE + "creator", author.name)


def _media_content(element: Element, enclosure: Enclosure) -> None:
    _add(element, MEDIA + "content", url=enclosure.url, type=enclosure.type,
         fileSize=_digits(enclosure.length), duration=_digits(enclosure.duration_s))  # fmt: skip


def _podcast(element: Element, podcast: Podcast) -> None:
    values = {
        "duration": _digits(podcast.duration_s),
        "episode": podcast.episode,
        "season": podcast.season,
        "episodeType": podcast.episode_type,
        "explicit": podcast.explicit,
    }
    for name, value in values.items():
        if value:
            _add(element, ITUNES + name, value)
    if podcast.image:
        _add(element, ITUNES + "image", href=podcast.image)
    if podcast.chapters:
        _add(element, PODCAST + "chapters", url=podcast.chapters, type="application/json+chapters")
    for transcript in podcast.transcripts:
        _add(element, PODCAST + "transcript", url=transcript.url, type=transcript.type,
             language=transcript.language)  # fmt: skip
    _add_marks(element, podcast.marks)


def _add_marks(element: Element, marks: Sequence[Chapter]) -> None:
    # Few feeds list chapters themselves: the prefix is declared where it is used.
    if not marks:
        return
    chapters = etree.SubElement(
        element, CHAPTERS + "chapters", nsmap={"psc": CHAPTERS.strip("{}")}, version="1.2"
    )
    for mark in marks:
        _add(chapters, CHAPTERS + "chapter", start=play_time(mark.start_ms), title=mark.title, href=mark.url,
             image=mark.image)  # fmt: skip


def _add_place(element: Element, place: Place) -> None:
    _add(
        element,
        GEORSS + place.shape,
        " ".join(f"{degrees:.9g}" for point in place.points for degrees in point),
    )


def _digits(number: int | None) -> str:
    return "" if number is None else str(number)


def _add(parent: Element, name: str, text: str = "", **attributes: str) -> Element:
    """Append an element; attributes without a value are left out."""
    element = etree.SubElement(parent, name, {key: value for key, value in attributes.items() if value})
    if text:
        element.text = text
    return element
