"""When to poll again, how far to back off, whether a feed has moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub import policy
from feedhub.model import Feed, FeedState, Hop
from tests.times import NOW

FEED = Feed(
    id="f",
    url="https://a.example/feed",
    category="news",
    domain="a.example",
    interval=timedelta(minutes=30),
    max_interval=timedelta(days=1),
)
STATE = FeedState(feed_id="f", url=FEED.url)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("hint", "ttl_s", "minutes"),
    [
        (timedelta(0), 0, 30),
        (timedelta(minutes=5), 0, 30),
        (timedelta(hours=2), 0, 120),
        (timedelta(0), 3600, 60),
        (timedelta(hours=2), 3600, 120),
        (timedelta(days=365), 0, 24 * 60),
    ],
)
def test_server_can_ask_for_more_time_up_to_a_cap(hint: timedelta, ttl_s: int, minutes: int) -> None:
    """max-age and ttl lengthen the interval, never shorten it, and count up to max_interval."""
    at = policy.next_poll(FEED, replace(STATE, ttl_s=ttl_s), hint=hint, jitter=0.0, now=NOW)
    assert at - NOW == minutes * MINUTE


def test_jitter_only_adds() -> None:
    """Jitter puts a poll off by up to a tenth, so that a server's wish is always kept."""
    at = policy.next_poll(FEED, STATE, hint=timedelta(0), jitter=1.0, now=NOW)
    assert at - NOW == 33 * MINUTE


@pytest.mark.parametrize(
    ("gaps_h", "minutes"),
    [((), 30), ((1, 1, 1), 30), ((4, 4, 4), 120), ((400, 400), 24 * 60), ((0.01, 0.01), 15)],
)
def test_adaptive_interval_follows_the_feed(gaps_h: tuple[float, ...], minutes: int) -> None:
    """An adaptive feed is polled twice per usual gap, between min_interval and max_interval."""
    state = replace(STATE, intervals_s=tuple(int(gap * 3600) for gap in gaps_h))
    feed = replace(FEED, adaptive=True)
    at = policy.next_poll(feed, state, hint=timedelta(0), jitter=0.0, now=NOW)
    assert at - NOW == minutes * MINUTE


@pytest.mark.parametrize(
    ("failures", "reason", "retry_after", "hours"),
    [
        (1, "timeout", None, 0.5),
        (2, "timeout", None, 1),
        (5, "dns", None, 8),
        (60, "not-found", None, 24),
        (1, "throttled", None, 1),
        (1, "throttled", timedelta(hours=3), 3),
        (1, "throttled", timedelta(seconds=1), 0.5),
        (3, "throttled", timedelta(hours=3), 12),
        (9, "throttled", timedelta(hours=3), 24),
        (1, "throttled", timedelta(days=90), 7 * 24),
        (1, "gone", None, 36_500 * 24),
    ],
)
def test_failures_back_off(failures: int, reason: str, retry_after: timedelta | None, hours: float) -> None:
    """The wait doubles up to a day, a Retry-After is kept for up to a week, a 410 ends polling."""
    state = replace(STATE, failures=failures)
    retry_at = NOW + retry_after if retry_after else None
    at = policy.next_try(FEED, state, reason=reason, retry_at=retry_at, jitter=0.0, now=NOW)
    assert at - NOW == timedelta(hours=hours)


def test_long_dead_feeds_are_tried_weekly() -> None:
    """A feed that has not worked for a month is tried once a week."""
    state = replace(STATE, failures=90, first_polled_at=NOW - timedelta(days=90))
    at = policy.next_try(FEED, state, reason="dns", retry_at=None, jitter=0.0, now=NOW)
    assert at - NOW == timedelta(days=7)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"cache-control": "max-age=600"}, 600),
        ({"cache-control": 'public, MAX-AGE="600"'}, 600),
        ({"cache-control": "max-age=-1"}, 0),
        ({"cache-control": "max-age=1e9"}, 0),
        ({"cache-control": "no-cache, max-age=600"}, 0),
        ({"cache-control": "max-age=60", "expires": "Mon, 23 Nov 2026 13:00:00 GMT"}, 60),
        ({"expires": "Mon, 23 Nov 2026 13:00:00 GMT"}, 3600),
        ({"expires": "Mon, 23 Nov 2026 13:00:00 GMT", "date": "Mon, 23 Nov 2026 12:30:00 GMT"}, 1800),
        ({"expires": "0"}, 0),
        ({"expires": "Mon, 23 Nov 1999 13:00:00 GMT"}, 0),
    ],
)
def test_freshness_of_a_response(headers: dict[str, str], seconds: int) -> None:
    """Cache-Control wins over Expires, and what is broken counts as absent."""
    assert policy.freshness(headers, NOW) == timedelta(seconds=seconds)


@given(st.text(), st.text(), st.text())
def test_no_header_value_raises(cache_control: str, expires: str, date: str) -> None:
    """Whatever a server writes into its headers, a wait comes out that is not negative."""
    headers = {"cache-control": cache_control, "expires": expires, "date": date}
    assert policy.freshness(headers, NOW) >= timedelta(0)


@pytest.mark.parametrize(
    ("hours", "days", "expected"),
    [
        ((), (), NOW),
        ((12, 13), (), NOW + timedelta(hours=2)),
        ((), (0,), NOW + timedelta(hours=12)),
        (tuple(range(24)), (), NOW),
        ((), tuple(range(7)), NOW),
    ],
)
def test_skip_hours_and_days(hours: tuple[int, ...], days: tuple[int, ...], expected: datetime) -> None:
    """The first hour that is not skipped; a feed that skips everything is polled all the same."""
    assert policy.skipped(NOW, hours, days) == expected


def test_rhythm_ignores_imports_and_undated() -> None:
    """Entries of one instant and without a date say nothing about how often a feed posts."""
    dates = [NOW, NOW, None, NOW - timedelta(hours=1), NOW - timedelta(hours=3)]
    assert policy.rhythm(dates) == (3600, 7200)


def test_validators_expire() -> None:
    """After eight days without a whole document it is asked for unconditionally."""
    state = replace(STATE, etag='"x"', last_modified="then", validated_at=NOW - timedelta(days=7))
    assert policy.validators(state, NOW) == ('"x"', "then")
    assert policy.validators(state, NOW + timedelta(days=2)) == ("", "")


def hop(status: int, location: str) -> Hop:
    return Hop(url="https://a.example/feed", status=status, location=location)


def test_a_move_needs_several_polls_over_days() -> None:
    """A permanent redirect is followed for good only after three polls over three days."""
    state = STATE
    for day in (0, 1, 2):
        state = policy.observe_move(FEED, state, [hop(301, "https://b.example/")], NOW + timedelta(days=day))
        assert state.url == FEED.url
    assert state.moved_count == 3
    state = policy.observe_move(FEED, state, [hop(308, "https://b.example/")], NOW + timedelta(days=3))
    assert state.url == "https://b.example/"


@pytest.mark.parametrize(
    "hops",
    [
        [],
        [hop(302, "https://b.example/")],
        [hop(307, "https://b.example/"), hop(301, "https://c.example/")],
    ],
)
def test_temporary_redirects_are_no_move(hops: list[Hop]) -> None:
    """302 and 307 move nothing, and a poll without redirect forgets a suspected move."""
    suspected = replace(STATE, moved_url="https://b.example/", moved_since_at=NOW, moved_count=2)
    assert policy.observe_move(FEED, suspected, hops, NOW + timedelta(days=9)) == STATE


def test_a_chain_is_a_move_as_far_as_it_is_permanent() -> None:
    """In 301, 302 the first hop's target is where the feed has moved."""
    state = policy.observe_move(
        FEED, STATE, [hop(301, "https://b.example/"), hop(302, "https://c.example/")], NOW
    )
    assert state.moved_url == "https://b.example/"
