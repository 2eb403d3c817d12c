"""When to poll a feed again, how far to back off, and whether it has moved for good.

Pure: instants and jitter come in as arguments. Sources: RFC 9111 section 4.2 (freshness), RSS 2.0
(`ttl`, `skipHours`, `skipDays`), RFC 9110 sections 10.2.3 (Retry-After) and 15.4 (redirects).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise
from statistics import median

from feedhub.model import Feed, FeedState, Hop, ParsedFeed

VALIDATORS_LIVE = timedelta(days=8)
"""Some servers answer 304 for ever: after this long without a 200 the whole document is asked for."""

FAILING_LONG = timedelta(days=30)
WEEKLY = timedelta(days=7)
NEVER = timedelta(days=36_500)
THROTTLED_AT_LEAST = timedelta(hours=1)
RETRY_AT_MOST = timedelta(days=7)
JITTER = 0.1

RHYTHM_ENTRIES = 10
PERMANENT = frozenset({301, 308})
MOVED_POLLS = 3
MOVED_FOR = timedelta(days=3)


def next_poll(feed: Feed, state: FeedState, *, hint: timedelta, jitter: float, now: datetime) -> datetime:
    """Return when to poll again after a success.

    Args:
        state: after this poll, with what its document asks for.
        hint: how long the response's headers ask to be left alone, zero if they do not (`freshness`).
        jitter: between 0 and 1; up to a tenth of the interval is added.
    Returns: aware UTC, later than `now`; not sooner than the hint or ttl, which count up to `max_interval`.
    """
    asked = max(hint, timedelta(seconds=state.ttl_s))
    wait = max(interval(feed, state), min(asked, feed.max_interval))
    return skipped(now + wait * (1 + JITTER * jitter), state.skip_hours, state.skip_days)


def next_try(
    feed: Feed, state: FeedState, *, reason: str, retry_at: datetime | None, jitter: float, now: datetime
) -> datetime:
    """Return when to try again after a failure; `state` already counts it.

    The wait doubles from the feed's interval up to a day (`max_interval`), and is a week once nothing has
    worked for 30 days. A throttled feed waits an hour at least, and never less than its Retry-After.
    A feed that is gone (410) is not tried again.
    """
    if reason == "gone":
        return now + NEVER
    wait = min(feed.interval * (1 << min(state.failures - 1, 20)), max(feed.max_interval, feed.interval))
    if reason == "throttled" and feed.domain:
        wait = max(wait, THROTTLED_AT_LEAST)
    alive_at = state.last_success_at or state.first_polled_at
    if alive_at and now - alive_at > FAILING_LONG:
        wait = max(wait, WEEKLY)
    at = now + wait * (1 + JITTER * jitter)
    return max(at, min(retry_at, now + RETRY_AT_MOST)) if retry_at else at


def interval(feed: Feed, state: FeedState) -> timedelta:
    """Return the feed's own interval: as configured or, if adaptive, half its usual gap between entries."""
    if not (feed.adaptive and state.intervals_s):
        return feed.interval
    usual = timedelta(seconds=median(state.intervals_s) / 2)
    return min(max(usual, feed.min_interval), feed.max_interval)


def freshness(headers: Mapping[str, str], now: datetime) -> timedelta:
    """Return how long a response says it stays fresh; zero if it does not say.

    Cache-Control's max-age wins over Expires (RFC 9111 section 5.3); broken values count as absent.
    """
    lifetime = max_age(headers)
    if lifetime is None and (expires := instant(headers.get("expires", ""))):
        lifetime = expires - (instant(headers.get("date", "")) or now)
    return max(lifetime or timedelta(0), timedelta(0))


def ttl_s(parsed: ParsedFeed) -> int:
    """Return how many seconds a document asks to be left alone: the longer of ttl and sy:updatePeriod."""
    return int(max(parsed.ttl or timedelta(0), parsed.update_period or timedelta(0)).total_seconds())


def max_age(headers: Mapping[str, str]) -> timedelta | None:
    """Return Cache-Control's max-age; None if there is none, zero if the answer must not be cached."""
    found = None
    for directive in headers.get("cache-control", "").lower().split(","):
        name, _, value = directive.strip().partition("=")
        if name in ("no-cache", "no-store"):
            return timedelta(0)
        digits = value.strip('" ')
        if name == "max-age" and digits.isascii() and digits.isdigit():
            found = timedelta(seconds=min(int(digits[:12]), 31_536_000))
    return found


def instant(value: str) -> datetime | None:
    """Return an HTTP date as aware UTC; None if it is not one."""
    try:
        at = parsedate_to_datetime(value)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def skipped(at: datetime, hours: Collection[int], days: Collection[int]) -> datetime:
    """Return the first instant not before `at` that lies in no skipped hour (UTC) and on no skipped day."""
    if len(hours) >= 24 or len(days) >= 7:
        return at
    for _ in range(8 * 24):
        if at.hour not in hours and at.weekday() not in days:
            break
        at = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return at


def rhythm(published: Iterable[datetime | None]) -> tuple[int, ...]:
    """Return the seconds between a document's newest entries, newest gap first; entries of one instant
    (an import) and undated ones do not count."""
    newest = sorted({at for at in published if at}, reverse=True)[: RHYTHM_ENTRIES + 1]
    return tuple(int((later - earlier).total_seconds()) for later, earlier in pairwise(newest))


def validators(state: FeedState, now: datetime) -> tuple[str, str]:
    """Return the ETag and Last-Modified to send; both empty when the last 200 is too long ago."""
    if state.validated_at is None or now - state.validated_at > VALIDATORS_LIVE:
        return "", ""
    return state.etag, state.last_modified


def observe_move(state: FeedState, hops: Sequence[Hop], now: datetime) -> FeedState:
    """Return the state with what the redirects of a successful poll say about a move.

    Only an unbroken chain of 301/308 from the first request on counts. Once the same target was seen
    `MOVED_POLLS` times over `MOVED_FOR`, the feed is asked for there. Why wait: a maintenance page behind a
    301 would otherwise take the address away for good (Vienna#1546).
    """
    target = ""
    for hop in hops:
        if hop.status not in PERMANENT:
            break
        target = hop.location
    if not target:
        if state.moved_url == state.url:
            return state
        return replace(state, moved_url="", moved_since_at=None, moved_count=0)
    if target != state.moved_url or state.moved_since_at is None:
        return replace(state, moved_url=target, moved_since_at=now, moved_count=1)
    state = replace(state, moved_count=state.moved_count + 1)
    if state.moved_count >= MOVED_POLLS and state.moved_since_at and now - state.moved_since_at >= MOVED_FOR:
        return replace(state, url=target)
    return state
