"""What a feed document said, before anything is judged or cleaned.

Text is as the document has it once XML escapes, CDATA and the charset are undone: a title or content
may be HTML and may be hostile. An empty string means absent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Person:
    """An author; any field may be empty (RFC 4287 section 3.2)."""

    name: str = ""
    email: str = ""
    uri: str = ""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that belongs to an entry: RSS `enclosure`, Atom `link rel=enclosure`, `media:content`."""

    url: str
    type: str = ""
    length: int | None = None
    title: str = ""
    duration_s: int | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """A `podcast:transcript`."""

    url: str
    type: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of an episode, which begins `start_ms` after the episode does (Podlove Simple Chapters 1.2)."""

    start_ms: int
    title: str
    url: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True)
class Podcast:
    """What the itunes and podcast namespaces add to an entry.

    `chapters` is where a file lists them, `marks` are those that the feed itself lists.
    """

    duration_s: int | None = None
    episode: str = ""
    season: str = ""
    episode_type: str = ""
    explicit: str = ""
    image: str = ""
    chapters: str = ""
    transcripts: tuple[Transcript, ...] = ()
    marks: tuple[Chapter, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry is on earth (GeoRSS): a `point`, `line`, `polygon` or `box`. `points` are pairs of
    latitude and longitude in degrees: a box has two corners, the last of a polygon is its first."""

    shape: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Placement:
    """What a source that is no feed says of an entry beside its own fields: the category it is published
    under instead of the feed's, more tags, and where the rest of it is told."""

    category: str = ""
    tags: tuple[str, ...] = ()
    detail_url: str = ""


@dataclass(frozen=True, slots=True)
class RawEntry:
    """One item as its document has it; links are resolved against xml:base and the feed's URL.

    `*_type` is `text` or `html` (XHTML content arrives serialised, as `html`). `content` is the fullest
    body (`content:encoded`, `atom:content`, `content_html`), `summary` the short one; a feed with one
    body has it in `content` when the format's element is a content element, else in `summary`.
    `canonical` is a link that names the original (`feedburner:origLink`), `source_*` the feed that an
    aggregator says it took the item from. Dates are aware UTC or None. `base` is the absolute URL that
    relative links inside `content` and `summary` are resolved against; empty when none is known.
    """

    id: str = ""
    link: str = ""
    title: str = ""
    title_type: str = "html"
    summary: str = ""
    summary_type: str = "html"
    content: str = ""
    content_type: str = "html"
    authors: tuple[Person, ...] = ()
    categories: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    enclosures: tuple[Enclosure, ...] = ()
    image: str = ""
    language: str = ""
    comments: str = ""
    canonical: str = ""
    source_title: str = ""
    source_url: str = ""
    podcast: Podcast | None = None
    place: Place | None = None
    base: str = ""
    placement: Placement | None = None


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A whole document; entries in document order.

    `format` is feedparser's name (`rss20`, `rss10`, `atom10`, `atom03`, …) or `json1`, `json11`.
    `ttl` and `update_period` ask for a longest staleness, `skip_hours` are UTC hours 0-23, `skip_days`
    weekdays with Monday 0. `partial` marks a truncated document: what is missing means nothing.
    `warnings` say what was repaired or guessed, in sentences for the feed's owner.
    """

    format: str
    title: str = ""
    link: str = ""
    self_url: str = ""
    subtitle: str = ""
    language: str = ""
    image: str = ""
    generator: str = ""
    rights: str = ""
    authors: tuple[Person, ...] = ()
    categories: tuple[str, ...] = ()
    updated: datetime | None = None
    ttl: timedelta | None = None
    update_period: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    hubs: tuple[str, ...] = ()
    entries: tuple[RawEntry, ...] = ()
    encoding: str = ""
    partial: bool = False
    warnings: tuple[str, ...] = ()
