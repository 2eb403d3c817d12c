"""What one poll knows before it starts, and what it says when it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from feedhub.model.entry import Entry


@dataclass(frozen=True, slots=True)
class FeedHead:
    """What a feed says about itself, sanitised."""

    title: str = ""
    link: str = ""
    subtitle: str = ""
    language: str = ""
    image: str = ""
    format: str = ""
    encoding: str = ""
    hubs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedState:
    """What the store remembers of a feed between polls.

    `url` is where to ask: the configured address, or where it moved for good. `validated_at` is the last
    200 that `etag` and `last_modified` came with. `seen` maps the key of each entry in the last whole
    document to its raw hash, so that unchanged entries are recognised before any HTML work; to nothing while
    the entry is kept without the details that its source tells elsewhere.
    `moved_*` is the permanent redirect under observation: where to, since when, how often seen.
    """

    feed_id: str
    url: str
    etag: str = ""
    last_modified: str = ""
    validated_url: str = ""
    """The address that the validators came from, after redirects; they are sent nowhere else."""
    body_hash: str = ""
    validated_at: datetime | None = None
    seen: Mapping[str, str] = field(default_factory=dict)
    known: str = ""
    """What is known of the items of an earlier document by their bytes, in the poller's own form."""
    head: FeedHead = field(default_factory=FeedHead)
    failures: int = 0
    first_polled_at: datetime | None = None
    last_polled_at: datetime | None = None
    last_success_at: datetime | None = None
    moved_url: str = ""
    moved_since_at: datetime | None = None
    moved_count: int = 0
    gone: bool = False
    intervals_s: tuple[int, ...] = ()
    """Seconds between recent entries, newest first: the feed's own rhythm."""
    last_entry_at: datetime | None = None
    """When the newest entry was published; when we saw the last one, if that has no later date."""
    ttl_s: int = 0
    """How long the last document asked to be left alone (`ttl`, `sy:updatePeriod`)."""
    skip_hours: tuple[int, ...] = ()
    """UTC hours, sorted, in which the last document asked not to be polled."""
    skip_days: tuple[int, ...] = ()
    """Weekdays, Monday 0, sorted, likewise."""
    pending: Mapping[str, int] = field(default_factory=dict)
    """Keys of listed entries whose details are yet to be asked for, with how often that was in vain."""
    read_as: str = ""
    """A digest of how the entries were found in the last document, where it was no feed."""


SLOW_AFTER = timedelta(seconds=2)
"""A feed whose poll takes longer is slow: it may use only a part of what there is to poll with."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A feed handed out under a lease: the token proves it when the result comes back."""

    feed_id: str
    token: str
    state: FeedState
    slow: bool = False
    """Its last poll took longer than `SLOW_AFTER`."""


@dataclass(frozen=True, slots=True)
class PollResult:
    """The outcome of one poll: the whole next state, and the entries that are new or changed.

    `outcome` is `updated` (a new document), `unchanged` (304 or the same bytes) or `failed`; `reason` and
    `error` say why it failed, `status` is the HTTP status if there was one. `state` is what to remember:
    validators in it belong to a document whose entries are in this result or already kept. `backlog` is
    True when the feed had never been read before.
    """

    feed_id: str
    outcome: str
    state: FeedState
    next_poll_at: datetime
    polled_at: datetime
    entries: tuple[Entry, ...] = ()
    listed: int = 0
    """How many entries the document has."""
    backlog: bool = False
    status: int | None = None
    reason: str = ""
    error: str = ""
    warnings: tuple[str, ...] = ()
    throttled_until: datetime | None = None
    elapsed_s: float = 0.0
    size: int = 0


@dataclass(frozen=True, slots=True)
class CommitReport:
    """What a commit did: counts of entries, and the paths of outputs that must be rebuilt.

    `accepted` is False when the lease was lost in the meantime and the result was dropped.
    """

    feed_id: str
    accepted: bool = True
    new: int = 0
    updated: int = 0
    merged: int = 0
    dirty: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """One feed's health, as `feedhub status` and `/status` show it."""

    feed_id: str
    url: str
    category: str
    title: str
    state: FeedState
    next_poll_at: datetime | None
    entries: int
    stories: int
    health: str
    """How it fares as far as changes of that were noted: empty, `up`, `down`, `gone` or `silent`."""
    throttled_until: datetime | None
    last_outcome: str
    last_status: int | None
    reason: str
    error: str
    warnings: tuple[str, ...]
    shown_url: str = ""
    """Its address, if everyone may be told it."""


@dataclass(frozen=True, slots=True)
class HealthChange:
    """A feed went from well to ill or back. `state` is `down`, `gone`, `silent` or `recovered`, `before` what
    it was; `reason`, `status` and `error` are those of the poll that showed it."""

    number: int
    feed_id: str
    title: str
    url: str
    at: datetime
    state: str
    before: str
    reason: str
    status: int | None
    error: str
