"""A feed's health in plain words: what is known of it goes in, sentences come out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any

from feedhub import policy
from feedhub.model import Feed, FeedStatus
from feedhub.pages.reasons import explain, shown_address, without_secrets
from feedhub.pages.views import json_ready

LEVELS = ("gone", "failing", "silent", "unsteady", "new", "well")
"""Worst first: `unsteady` failed but not often enough to be failing, `silent` brings nothing for longer than
its own rhythm, `new` was never polled."""
_LEVELS = {"gone": "gone", "down": "failing", "unsteady": "unsteady", "new": "new"}
_LATE = 1.2
"""A next poll that lies this many intervals off, jitter included, was put off by something."""


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """One line of the status page. `level` is one of `LEVELS`; `says` and `advice` are sentences or empty.

    `why_next` says why it is polled when it is. `moved_to` is the address to put at `place`, a file and
    line of the configuration, if the feed has moved; `gaps_s` are the seconds between its newest entries.
    """

    id: str
    title: str
    address: str
    category: str
    level: str
    says: str
    advice: str
    detail: str
    entries: int
    stories: int
    failures: int
    http_status: int | None
    last_polled_at: datetime | None
    last_success_at: datetime | None
    last_entry_at: datetime | None
    next_poll_at: datetime | None
    why_next: str
    moved_to: str
    place: str
    gaps_s: tuple[int, ...]
    warnings: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the line with its instants as ISO 8601 text."""
        made: dict[str, Any] = json_ready(self)
        return made


def judge(statuses: Collection[FeedStatus], feeds: Mapping[str, Feed], now: datetime) -> list[FeedHealth]:
    """Return the feeds' health, the worst first, then by title."""
    found = [_judge_one(status, feeds.get(status.feed_id), now) for status in statuses]
    return sorted(found, key=lambda feed: (LEVELS.index(feed.level), feed.title.casefold(), feed.id))


def summarise(feeds: Collection[FeedHealth]) -> str:
    """Say in a sentence how many feeds there are and how they fare."""
    if not feeds:
        return "No feeds are polled yet."
    counts = Counter(feed.level for feed in feeds)
    total = f"{len(feeds)} feed{'' if len(feeds) == 1 else 's'}"
    if counts["well"] == len(feeds):
        return f"{total}, all well."
    words = {"well": "well", "new": "waiting for the first poll"}
    return (
        f"{total}: "
        + ", ".join(
            f"{counts[level]} {words.get(level, level)}" for level in reversed(LEVELS) if counts[level]
        )
        + "."
    )


def in_words(span: timedelta) -> str:
    """Say a span roughly: `40 seconds`, `5 minutes`, `3 hours`, `12 days`; `a moment` if it is none."""
    seconds = int(span.total_seconds())
    for size, name in ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "a moment"


def to_the_minute(span: timedelta) -> str:
    """Say a span no more exactly than a page can that stays the same for a minute."""
    return in_words(span) if span >= timedelta(minutes=1) else "a moment"


def _judge_one(status: FeedStatus, feed: Feed | None, now: datetime) -> FeedHealth:
    state = status.state
    level = _level(status, now)
    says, advice = _explanation(status, level, now)
    moved = state.moved_url if state.moved_url and state.moved_url != status.url else ""
    return FeedHealth(
        id=status.feed_id,
        title=status.title or state.head.title or status.feed_id,
        address=shown_address(status.url),
        category=status.category,
        level=level,
        says=says,
        advice=advice,
        detail=without_secrets(status.error) if level in ("failing", "unsteady", "gone") else "",
        entries=status.entries,
        stories=status.stories,
        failures=state.failures,
        http_status=status.last_status,
        last_polled_at=state.last_polled_at,
        last_success_at=state.last_success_at,
        last_entry_at=state.last_entry_at,
        next_poll_at=None if state.gone else status.next_poll_at,
        why_next=_why_next(status, feed, now),
        moved_to=shown_address(moved) if moved else "",
        place=PurePath(feed.place).name if feed and moved else "",
        gaps_s=state.intervals_s,
        warnings=tuple(map(without_secrets, status.warnings)),
    )


def _level(status: FeedStatus, now: datetime) -> str:
    found = policy.condition(status.last_outcome, status.state)
    if found != "up":
        return _LEVELS[found]
    due = policy.silent_at(status.state)
    return "silent" if due and due <= now else "well"


def _explanation(status: FeedStatus, level: str, now: datetime) -> tuple[str, str]:
    state = status.state
    if level == "silent" and state.last_entry_at:
        longest = in_words(timedelta(seconds=max(state.intervals_s)))
        since = in_words(now - state.last_entry_at)
        return (
            f"It has brought nothing for {since}; its longest gap lately was {longest}.",
            "It may have moved without a word: look at the publisher's site.",
        )
    if level in ("gone", "failing", "unsteady"):
        return explain("gone" if state.gone else status.reason, status.last_status)
    return "", ""


def _why_next(status: FeedStatus, feed: Feed | None, now: datetime) -> str:
    """Say why a feed is polled next when it is."""
    state, due = status.state, status.next_poll_at
    if state.gone:
        return "Not any more, unless it is polled by name."
    if due is None or due <= now or feed is None or state.last_polled_at is None:
        return ""
    if status.throttled_until and status.throttled_until > now:
        return "The server asked to be left alone until then."
    if status.reason == "offline":
        return "The network was down; it is tried again soon."
    wait = due - state.last_polled_at
    if state.failures:
        alive = state.last_success_at or state.first_polled_at
        if alive and now - alive > policy.FAILING_LONG:
            return f"It has not worked for {in_words(now - alive)}: it is tried once a week."
        return f"The wait grows with each failure, up to {in_words(feed.max_interval)}."
    if wait > feed.interval * _LATE:
        if state.ttl_s > feed.interval.total_seconds():
            return f"The feed asks to be left alone for {in_words(timedelta(seconds=state.ttl_s))}."
        if state.skip_hours or state.skip_days:
            return "The feed names hours or days in which it is not to be asked."
        if feed.adaptive:
            return "It goes by the feed's own rhythm."
        return "The server says that what it sent stays fresh until then."
    if feed.adaptive and state.intervals_s:
        return "It goes by the feed's own rhythm."
    return f"Every {in_words(feed.interval)}, as configured."
