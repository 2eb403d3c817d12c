"""Changes of feeds' health, noted with the polls that showed them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from feedhub import policy
from feedhub.model import CommitReport, FeedState
from tests.store_world import World, entry, feed
from tests.times import DAY, HOUR, NOW

RHYTHM = (7200, 3600, 3600)


@pytest.fixture
def world(world: World) -> World:
    world.apply(feed("a"), feed("b"))
    return world


def fail(world: World, name: str = "a", reason: str = "http", *, gone: bool = False) -> CommitReport:
    """Have a poll fail."""
    world.now += HOUR
    claim = world.claim_one(name)
    failed = world.result(
        claim,
        outcome="failed",
        reason=reason,
        status=500,
        error="it said no",
        state=replace(claim.state, failures=claim.state.failures + 1, last_polled_at=world.now, gone=gone),
    )
    (report,) = world.commit((claim, failed))
    return report


def succeed(world: World, name: str = "a", *, last: timedelta = HOUR) -> None:
    """Have a poll succeed whose document has a rhythm, and its newest entry so long ago."""
    world.now += HOUR
    claim = world.claim_one(name)
    result = world.result(claim, entry(name, f"e{world.now}"))
    state = replace(result.state, failures=0, gone=False, intervals_s=RHYTHM, last_entry_at=world.now - last)
    world.commit((claim, replace(result, state=state)))


def states(world: World) -> list[tuple[str, str]]:
    """Return the changes, oldest first."""
    return [(change.feed_id, change.state) for change in reversed(world.store.changes(limit=100))]


def test_down_and_recovered(world: World) -> None:
    """A feed is down at its third failure in a row, once, and recovers with the next success."""
    succeed(world)
    for _ in range(5):
        fail(world)
    succeed(world)
    succeed(world)
    assert states(world) == [("a", "down"), ("a", "recovered")]
    recovered, down = world.store.changes(limit=2)
    assert (down.reason, down.status, down.error, down.before) == ("http", 500, "it said no", "up")
    assert (recovered.before, recovered.reason) == ("down", "")
    assert recovered.number > down.number
    assert world.store.changes(limit=1) == [recovered]


def test_never_read(world: World) -> None:
    """A feed that could not be read the first time is down at once; one that could is no news."""
    fail(world, "a")
    succeed(world, "b")
    assert states(world) == [("a", "down")]


def test_gone(world: World) -> None:
    """A feed that its publisher calls gone is told so once."""
    succeed(world)
    fail(world, reason="gone", gone=True)
    assert states(world) == [("a", "gone")]


def test_silent_and_heard_again(world: World) -> None:
    """A feed that brings nothing for longer than its rhythm is silent once it is noticed, and recovers."""
    succeed(world)
    assert world.store.notice(world.now + 22 * HOUR) == 0
    assert world.store.notice(world.now + DAY) == 1
    assert world.store.notice(world.now + DAY) == 0
    fail(world)
    assert {one.feed_id: one.health for one in world.store.statuses()} == {"a": "silent", "b": ""}
    succeed(world)
    assert states(world) == [("a", "silent"), ("a", "recovered")]


def test_silent_from_the_start(world: World) -> None:
    """A feed that has been silent for years when it is added is known as silent, and no news."""
    succeed(world, last=900 * DAY)
    assert world.store.statuses()[0].health == "silent"
    assert world.store.notice(world.now + DAY) == 0
    assert states(world) == []


def test_private_feeds_are_not_told(world: World) -> None:
    """Changes of private feeds, and of feeds that are not listed any more, are not told."""
    fail(world, "a")
    fail(world, "b")
    world.apply(feed("a", private=True))
    assert states(world) == []


def test_what_the_owner_should_put_right(world: World) -> None:
    """Ids and dates of known entries that change while the text does not are warnings of the feed."""
    texts = {"title": "The same words as ever", "content": "<p>A text that stays as it is.</p>"}
    first = entry("a", "one", link="https://a.example/x", **texts)
    world.poll("a", first)
    world.now += HOUR
    again = replace(first, key="guid:two", guid="two")
    world.poll("a", again)
    assert "ids of known entries change from poll to poll (1)" in world.store.statuses()[0].warnings[0]
    world.now += HOUR
    world.poll("a", replace(again, published_at=NOW))
    assert "dates of known entries change (1)" in world.store.statuses()[0].warnings[0]


STATE = FeedState("a", "https://a.example/", last_polled_at=NOW, last_success_at=NOW)
RHYTHMS = [
    ((), None),
    ((3600, 3600), None),
    ((3600, 3600, 3600), DAY),
    ((60, 86_400, 60), 3 * DAY),
    ((10**9, 10**9, 10**9), 3 * 365 * DAY),
]


@pytest.mark.parametrize(("gaps", "patience"), RHYTHMS)
def test_own_rhythm(gaps: tuple[int, ...], patience: timedelta | None) -> None:
    """Silence is measured by a feed's own gaps, and never within a day."""
    due = policy.silent_at(replace(STATE, intervals_s=gaps, last_entry_at=NOW))
    assert due == (None if patience is None else NOW + patience)


CONDITIONS = [
    (STATE, "updated", "up"),
    (STATE, "unchanged", "up"),
    (replace(STATE, failures=1), "failed", "unsteady"),
    (replace(STATE, failures=3), "failed", "down"),
    (replace(STATE, failures=1, last_success_at=None), "failed", "down"),
    (replace(STATE, gone=True, failures=1), "failed", "gone"),
    (FeedState("a", ""), "", "new"),
]


@pytest.mark.parametrize(("state", "outcome", "expected"), CONDITIONS)
def test_condition(state: FeedState, outcome: str, expected: str) -> None:
    """How a feed fares follows from its last poll and its failures."""
    assert policy.condition(outcome, state) == expected
