"""What we keep of a feed's item, and the stories that are made of entries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from feedhub.model.raw import Enclosure, Person, Place, Podcast


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of one feed, normalised: safe HTML, plain-text title, absolute http(s) links, legal text.

    `key` is its identity inside its feed and never changes. `content` and `summary` are sanitised HTML,
    either may be empty. `published_at` is what the feed says (None: it does not), `first_seen_at` when we
    first saw it. `content_hash` covers what a reader would see: title, link, body, authors, enclosures;
    not the dates. `tags` come from the feed and the rules; `dropped` names the rule that dropped it;
    `overrides` are (field, text) pairs that rules put in the place of title, link or category: the entry
    itself stays what its feed said, `shown` is what readers get. `category` is the entry's own where its
    source names one, empty: its feed's; `labels` are the tags that its source gives it. `match_keys` are
    what the merger looks up, as (kind, value) pairs.
    """

    feed_id: str
    key: str
    guid: str
    link: str
    title: str
    summary: str
    content: str
    authors: tuple[Person, ...]
    categories: tuple[str, ...]
    published_at: datetime | None
    updated_at: datetime | None
    first_seen_at: datetime
    enclosures: tuple[Enclosure, ...]
    image: str
    language: str
    comments: str
    source_title: str
    source_url: str
    podcast: Podcast | None
    content_hash: str
    tags: frozenset[str] = frozenset()
    dropped: str = ""
    match_keys: tuple[tuple[str, str], ...] = ()
    category: str = ""
    labels: tuple[str, ...] = ()
    overrides: tuple[tuple[str, str], ...] = ()
    place: Place | None = None

    def shown(self) -> Entry:
        """Return the entry as readers get it, with what rules set."""
        if not self.overrides:
            return self
        changed: dict[str, Any] = dict(self.overrides)
        return replace(self, **changed, overrides=())


@dataclass(frozen=True, slots=True)
class Source:
    """One feed's part in a story: where it said so, and why it was taken for the same story.

    `matched_by` is `first` for the entry that founded the story (`split` if a person had it stand alone),
    else `link`, `content`, `near` or `manual`; `score` is the likeness from 0 to 1 (1.0 for an exact key),
    `reason` says it in words.
    """

    feed_id: str
    feed_title: str
    feed_url: str
    entry_id: str
    link: str
    title: str
    published_at: datetime | None
    first_seen_at: datetime
    matched_by: str
    score: float = 1.0
    reason: str = ""
    category: str = ""
    """The feed's, or the entry's own."""
    feed_site: str = ""
    """The feed's home page. `feed_url` is empty where the feed's address is nobody's business."""


@dataclass(frozen=True, slots=True)
class Related:
    """Another story about the same event, as far as a reader may follow it."""

    id: str
    title: str
    link: str


@dataclass(frozen=True, slots=True)
class Story:
    """The entries of a category that tell the same thing; what an output publishes.

    `id` (an `urn:uuid:`) and `published_at` are minted once and never change. `ordered_at` is what lists
    sort by: never later than when we first saw it. `updated_at` moves only when the published content
    changed. `entry` is the winner, whose content is shown; `sources` holds every entry, the winner's first.
    `tags` are those of all entries together. `private` stories come from feeds with credentials.
    `related` are the ids of stories about the same event that were not taken for the same story, `see_also`
    those of them that an output may name, read when it is built. `version` counts how often its content was
    published anew, `renewed_at` is when it was last, for outputs whose `update_policy` is `republish`.
    """

    id: str
    category: str
    entry: Entry
    sources: tuple[Source, ...]
    tags: frozenset[str]
    published_at: datetime
    updated_at: datetime
    ordered_at: datetime
    private: bool = False
    related: tuple[str, ...] = ()
    see_also: tuple[Related, ...] = ()
    version: int = 0
    renewed_at: datetime | None = None

    def __hash__(self) -> int:
        """Hash what tells stories apart, and versions of one: all fields take ten times as long."""
        return hash((self.id, self.updated_at, self.tags, self.entry.title, self.entry.content))
