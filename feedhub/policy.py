"""When to poll a feed again, how far to back off, and whether it has moved for good.

Pure: instants and jitter come in as arguments. Sources: RFC 9111 section 4.2 (freshness), RSS 2.0
(`ttl`, `skipHours`, `skipDays`), RFC 9110 sections 10.2.3 (Retry-After) and 15.4 (redirects).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise
from statistics import median

from feedhub.model import Feed, FeedState, Hop, ParsedFeed, PollResult

VALIDATORS_LIVE = timedelta(days=8)
"""Some servers answer 304 for ever: after this long without a 200 the whole document is asked for."""

FAILING_LONG = timedelta(days=30)
WEEKLY = timedelta(days=7)
NEVER = timedelta(days=36_500)
THROTTLED_AT_LEAST = timedelta(hours=1)
RETRY_AT_MOST = timedelta(days=7)
JITTER = 0.1

RHYTHM_ENTRIES = 10
RHYTHM_AT_LEAST = 3
DOWN_AFTER = 3
SILENT_AT_LEAST = timedelta(days=1)
LONGEST_GAP = timedelta(days=365)
PERMANENT = frozenset({301, 308})
DEAD = frozenset({"not-found", "gone", "dns"})

UNREACHED = frozenset({"dns", "connect"})
OFFLINE_FROM = 3
OFFLINE_RETRY = timedelta(minutes=5)


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

    The wait doubles from the feed's interval, or the Retry-After if that is longer, up to a day
    (`max_interval`), and is a week once nothing has worked for 30 days. A throttled feed never waits less
    than its Retry-After, an hour if it has none. A feed that is gone (410) is not tried again.
    """
    if reason == "gone":
        return now + NEVER
    asked = min(max(retry_at - now, timedelta(0)), RETRY_AT_MOST) if retry_at else timedelta(0)
    growth = 1 << min(max(state.failures - 1, 0), 20)
    wait = max(min(max(feed.interval, asked) * growth, max(feed.max_interval, feed.interval)), asked)
    if reason == "throttled" and feed.domain and not retry_at:
        wait = max(wait, THROTTLED_AT_LEAST)
    alive_at = state.last_success_at or state.first_polled_at
    if alive_at and now - alive_at > FAILING_LONG:
        wait = max(wait, WEEKLY)
    return now + wait * (1 + JITTER * jitter)


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


def last_entry(
    published: Iterable[datetime | None], before: datetime | None, now: datetime, *, is_news: bool
) -> datetime | None:
    """Return when a feed's last entry came, None if it never had one.

    That is when the newest was published, but for the future; where that is not later than `before`, when the
    one before it came, and yet there is news, it is now: an entry without a date, or one that is backdated.
    """
    newest = max((at for at in published if at and at <= now), default=None)
    if newest and (before is None or newest > before):
        return newest
    return now if is_news else before


def condition(outcome: str, state: FeedState) -> str:
    """Return how a feed fares after a poll: `gone`, `down`, `unsteady` (it failed, but not often enough to be
    down), `new` (never polled) or `up`. One that was never read is down at its first failure."""
    if state.gone:
        return "gone"
    if state.last_polled_at is None:
        return "new"
    if outcome != "failed" and not state.failures:
        return "up"
    return "down" if state.failures >= DOWN_AFTER or state.last_success_at is None else "unsteady"


def silent_at(state: FeedState) -> datetime | None:
    """Return from when on a feed is silent for longer than its own rhythm: thrice its longest gap lately, a
    day at least. None: it has no rhythm yet."""
    if state.last_entry_at is None or len(state.intervals_s) < RHYTHM_AT_LEAST:
        return None
    longest = min(timedelta(seconds=max(state.intervals_s)), LONGEST_GAP)
    return state.last_entry_at + max(3 * longest, SILENT_AT_LEAST)


def health(before: str, outcome: str, state: FeedState, now: datetime) -> str:
    """Return the noted health of a feed after a poll: `up`, `down`, `gone` or `silent`; as before while it is
    unsteady. A feed that is silent already when it is first read is noted so."""
    found = condition(outcome, state)
    if found != "up":
        return before if found in ("unsteady", "new") else found
    due = silent_at(state)
    return "silent" if due and due <= now and before in ("", "silent") else "up"


def validators(state: FeedState, now: datetime) -> tuple[str, str]:
    """Return the ETag and Last-Modified to send; both empty when the last 200 is too long ago."""
    if state.validated_at is None or now - state.validated_at > VALIDATORS_LIVE:
        return "", ""
    return state.etag, state.last_modified


def observe_move(feed: Feed, state: FeedState, hops: Sequence[Hop], now: datetime) -> FeedState:
    """Return the state with what the redirects of a successful poll say about a move.

    Only an unbroken chain of 301/308 from the first request on counts. Once the same target was seen
    `feed.moved_polls` times over `feed.moved_after`, the feed is asked for there. Why wait: a maintenance
    page behind a 301 would otherwise take the address away for good (Vienna#1546).
    """
    target = ""
    for hop in hops:
        if hop.status not in PERMANENT:
            break
        target = hop.location
    if not target:
        if state.moved_url in ("", state.url):
            return state
        return replace(state, moved_url="", moved_since_at=None, moved_count=0)
    since, count = state.moved_since_at, state.moved_count + 1
    if target != state.moved_url or since is None:
        since, count = now, 1
    believed = count >= feed.moved_polls and now - since >= feed.moved_after
    return replace(
        state,
        url=target if believed else state.url,
        moved_url=target,
        moved_since_at=since,
        moved_count=count,
    )


def back_home(feed: Feed, state: FeedState, reason: str) -> FeedState:
    """Return the state after a failure where a feed had moved to: the configured address gets another chance
    once the new one is dead, or fails as often as it took to be believed."""
    if state.url == feed.url or not (reason in DEAD or state.failures >= feed.moved_polls):
        return state
    return replace(
        state,
        url=feed.url,
        moved_url="",
        moved_since_at=None,
        moved_count=0,
        gone=False,
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """What the latest polls say of our own way to the network: public domains that could not be reached
    since one last answered. Private hosts say nothing about it."""

    silent: frozenset[str] = frozenset()

    @property
    def offline(self) -> bool:
        """Whether it is the network that is down, not so many publishers at once."""
        return len(self.silent) >= OFFLINE_FROM

    def after(self, feed: Feed, result: PollResult) -> Reach:
        """Return what is known with one more result."""
        if not feed.domain:
            return self
        if result.reason not in UNREACHED:
            return Reach()
        return self if self.offline else Reach(self.silent | {feed.domain})

    def judged(self, before: FeedState, result: PollResult) -> PollResult:
        """Return a result as it counts: while the network is down a feed that cannot be reached is not to
        blame, backs off from nobody, and is tried again soon. `before` is the state before the poll."""
        if not self.offline or result.reason not in UNREACHED:
            return result
        return replace(
            result,
            state=replace(before, last_polled_at=result.polled_at),
            next_poll_at=min(result.next_poll_at, result.polled_at + OFFLINE_RETRY),
            reason="offline",
            error=f"no feed can be reached, the network seems to be down; this one: {result.error}",
        )
