"""A feed's health in plain words: what is known of it goes in, sentences come out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from feedhub.model import FeedStatus

LEVELS = ("gone", "failing", "unsteady", "new", "well")
"""Worst first: `unsteady` failed but for fewer than `FAILING_AFTER` times, `new` was never polled."""
FAILING_AFTER = 3

_REASONS = {
    "bad-url": ("The address is not one that can be asked for.", "Correct the URL in the configuration."),
    "scheme": ("Only http and https addresses are read.", "Correct the URL in the configuration."),
    "address": (
        "The address belongs to a private network and was refused.",
        "If you trust it, list it under fetch.allow_private.",
    ),
    "dns": ("The host name was not found.", "Check the spelling; the site may have closed."),
    "connect": ("The server did not take the connection.", "It may be down; it is asked again."),
    "tls": ("The server's certificate could not be verified.", "Its owner has to renew it."),
    "timeout": ("The server was too slow.", "It is asked again, less often."),
    "too-large": ("The document is larger than allowed.", "Raise fetch.max_bytes if it is meant to be."),
    "headers": ("The server's answer has broken headers.", "It is asked again."),
    "redirects": (
        "The address redirects in circles, or too often.",
        "Open it in a browser, copy where it ends.",
    ),
    "encoding": ("The compressed answer was broken.", "It is asked again."),
    "truncated": ("The answer ended too early.", "It is asked again."),
    "throttled": (
        "The server asked us to come less often.",
        "We wait as long as it said; a longer interval helps.",
    ),
    "gone": ("The publisher says that the feed is gone for good.", "Remove it from the configuration."),
    "not-found": ("There is no document at this address.", "Look for the feed's new address on the site."),
    "denied": ("The server refused us.", "It may need a login, or does not want to be read by programs."),
    "http": ("The server answered with an error.", "It is asked again."),
    "offline": ("No feed can be reached: the network seems to be down.", "It is asked again in minutes."),
    "network": ("The connection broke.", "It is asked again."),
    "empty": ("The document is empty.", "It is asked again."),
    "html": ("There is a web page at this address, not a feed.", "Look for the feed's address on that page."),
    "not-a-feed": ("The document is not a feed.", "Check the URL in the configuration."),
    "too-complex": ("The document is too deeply nested to be read.", "Tell its publisher."),
    "memory": ("Reading the document took too much memory.", "Tell its publisher."),
    "loop": ("The feed is one of this hub's own outputs.", "Remove it from the configuration."),
    "bug": ("FeedHub itself made a mistake.", "Please report it; the log has the details."),
    "malformed": ("The document is too broken to be read.", "Tell its publisher; it is asked again."),
}


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """One line of the status page. `level` is one of `LEVELS`; `says` and `advice` are sentences or empty."""

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
    next_poll_at: datetime | None
    warnings: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the line with its instants as ISO 8601 text."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }


def judge(statuses: Collection[FeedStatus]) -> list[FeedHealth]:
    """Return the feeds' health, the worst first, then by title."""
    feeds = [_judge_one(status) for status in statuses]
    return sorted(feeds, key=lambda feed: (LEVELS.index(feed.level), feed.title.casefold(), feed.id))


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
    """Say a span roughly: `a moment`, `40 seconds`, `5 minutes`, `3 hours`, `12 days`."""
    seconds = int(abs(span).total_seconds())
    for size, name in ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "a moment"


def _judge_one(status: FeedStatus) -> FeedHealth:
    state = status.state
    level = _level(status)
    says, advice = ("", "") if level in ("new", "well") else _explain(status)
    if state.moved_url and level == "well":
        says = f"The publisher says that the feed has moved to {_shown_address(state.moved_url)}."
        advice = "Put the new address into the configuration."
    return FeedHealth(
        id=status.feed_id,
        title=status.title or state.head.title or status.feed_id,
        address=_shown_address(status.url),
        category=status.category,
        level=level,
        says=says,
        advice=advice,
        detail=_without_secrets(status.error) if says and level != "well" else "",
        entries=status.entries,
        stories=status.stories,
        failures=state.failures,
        http_status=status.last_status,
        last_polled_at=state.last_polled_at,
        last_success_at=state.last_success_at,
        next_poll_at=status.next_poll_at,
        warnings=tuple(map(_without_secrets, status.warnings)),
    )


def _level(status: FeedStatus) -> str:
    if status.state.gone:
        return "gone"
    if status.state.last_polled_at is None:
        return "new"
    if status.last_outcome == "failed" or status.state.failures:
        never_read = status.state.last_success_at is None
        return "failing" if never_read or status.state.failures >= FAILING_AFTER else "unsteady"
    return "well"


def _explain(status: FeedStatus) -> tuple[str, str]:
    reason = "gone" if status.state.gone else status.reason
    says, advice = _REASONS.get(reason, ("It could not be read.", "It is asked again."))
    if reason in ("http", "denied") and status.last_status:
        says = f"{says[:-1]} (HTTP {status.last_status})."
    return says, advice


def _without_secrets(text: str) -> str:
    return _URL.sub(lambda found: _shown_address(found[0]), text)


_URL = re.compile(r"https?://[^\s'\"<>]+")


def _shown_address(url: str) -> str:
    """Return a URL without what may be a secret: user, password and query stay out of a public page."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{port}{parts.path}{'?…' if parts.query else ''}"
