"""Who is asked how often: slow feeds beside quick ones, a person's impatience, a network that is down."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from feedhub import policy
from feedhub.cli.status import moved
from feedhub.dispatch import Inline
from feedhub.model import Claim, Feed, FeedState, PollResult
from feedhub.policy import Reach
from tests.sample_hub import Held, make_hub
from tests.store_world import World, catalogue, feed
from tests.times import HOUR, MINUTE, NOW, SECOND


def drag(world: World, *feeds: Feed) -> None:
    """Put feeds in force of which those named slow... took long the last time."""
    world.apply(*feeds)
    for one in feeds:
        world.poll(one.id, elapsed_s=9.0 if one.id.startswith("slow") else 0.1)
    world.now += HOUR


def test_slow_feeds_come_beside_the_others(world: World) -> None:
    """Feeds that were slow last time have a number of their own and take nobody's place."""
    drag(world, *(feed(f"slow{n}") for n in range(5)), *(feed(f"quick{n}") for n in range(3)))
    claims = world.claim(limit=2, slow=2)
    assert sorted(claim.slow for claim in claims) == [False, False, True, True]
    assert {claim.feed_id[:4] for claim in world.claim(limit=9, slow=0)} == {"quic"}
    assert {claim.feed_id[:4] for claim in world.claim(limit=9, slow=9)} == {"slow"}


def test_slow_feeds_leave_a_turn_at_their_host(world: World) -> None:
    """Of a host's turns one is left to those that are not slow."""
    drag(world, *(feed(f"slow{n}", host="h.example") for n in range(5)), feed("quick", host="h.example"))
    assert [claim.feed_id for claim in world.claim()] == ["slow0", "quick"]


def test_a_public_host_is_left_a_pause(world: World) -> None:
    """Fifty refreshes by hand in a row are one request; a private host is its owner's own to ask."""
    world.apply(feed("public", domain="public.example"), feed("private"))
    asked = []
    for _ in range(50):
        for claim in world.claim("public", "private", since=world.now):
            asked.append(claim.feed_id)
            world.commit((claim, world.result(claim)))
        world.now += SECOND
    assert (asked.count("public"), asked.count("private")) == (1, 50)
    world.now += 5 * MINUTE
    assert world.claimed("public", since=world.now) == ["public"]


@pytest.mark.parametrize(
    ("scope", "held"), [("feed", set()), ("host", {"same host"}), ("domain", {"same host", "same domain"})]
)
def test_who_waits_with_a_throttled_feed(world: World, scope: str, held: set[str]) -> None:
    """Retry-After holds for the feed, its host or its domain, as configured, and is in the store."""
    names = {"same host": "a.x.example", "same domain": "b.x.example", "other": "y.example"}
    throttled = feed("throttled", host="a.x.example", domain="x.example", throttle_scope=scope)
    world.apply(throttled, *(feed(n, host=host, domain=host[-9:]) for n, host in names.items()))
    until = world.now + HOUR
    world.poll("throttled", outcome="failed", throttled_until=until, next_poll_at=until)
    assert set(world.claimed()) == set(names) - held


def test_a_new_feed_waits_with_its_throttled_host(world: World) -> None:
    """A feed that is added while its host wants to be left alone is first asked after that."""
    public = {"host": "a.example", "domain": "a.example"}
    world.apply(feed("throttled", **public))
    until = world.now + HOUR
    world.poll("throttled", outcome="failed", throttled_until=until, next_poll_at=until)
    world.apply(
        feed("throttled", **public), feed("new", **public), feed("own", throttle_scope="feed", **public)
    )
    assert world.claimed() == ["own"]
    assert world.claimed("new", since=world.now) == []
    world.now = until
    assert world.claimed("new") == ["new"]


def test_warnings_last_as_long_as_their_document(world: World) -> None:
    """A 304 does not take back what was said of the document that still holds."""
    world.apply(feed("a"))
    world.poll("a", warnings=("no charset",))
    world.poll("a", outcome="unchanged")
    assert world.store.statuses()[0].warnings == ("no charset",)
    world.poll("a")
    assert world.store.statuses()[0].warnings == ()


def failed(one: Feed, reason: str, *, failures: int = 1) -> PollResult:
    state = FeedState(feed_id=one.id, url=one.url, failures=failures)
    return PollResult(one.id, "failed", state, NOW + HOUR, NOW, reason=reason, error="no")


def test_an_outage_blames_no_feed() -> None:
    """When public hosts fail one after another and none answers, it is the network: no feed backs off."""
    reach = Reach()
    feeds = [feed(f"f{n}", domain=f"f{n}.example") for n in range(4)]
    for one in feeds:
        assert not reach.offline
        assert reach.judged(FeedState(one.id, one.url), failed(one, "dns")).reason == "dns"
        reach = reach.after(one, failed(one, "dns"))
        if reach.offline:
            break
    before = FeedState(feeds[3].id, feeds[3].url, failures=2)
    judged = reach.judged(before, failed(feeds[3], "connect", failures=3))
    assert (judged.reason, judged.state.failures) == ("offline", 2)
    assert judged.next_poll_at == NOW + policy.OFFLINE_RETRY
    assert reach.judged(before, failed(feeds[3], "http")).reason == "http"
    assert not reach.after(feeds[3], failed(feeds[3], "http")).offline


def test_the_hub_notices_an_outage_and_its_end(world: World, tmp_path: Path) -> None:
    """With the name server gone no feed is blamed, all are soon tried again; then all is as before."""
    down = True

    def poll(one: Feed, claim: Claim) -> PollResult:
        if down:
            return replace(failed(one, "dns"), polled_at=world.now, next_poll_at=world.now + HOUR)
        return world.result(claim)

    hub = make_hub(world.store, tmp_path, dispatcher=Inline(poll), clock=lambda: world.now)
    world.catalogue = catalogue([feed(f"f{n}", domain=f"f{n}.example") for n in range(9)])
    hub.apply(world.catalogue)
    with capture_logs() as logged:
        assert [polled.result.reason for polled in hub.poll_due()] == ["offline"] * 9
    told = [one for one in logged if one["log_level"] == "warning"]
    assert [one["event"] for one in told] == ["network is down", "not reached"]
    assert told[1]["feeds"] == 9
    assert sum(status.state.failures for status in world.store.statuses()) == 0
    world.now, down = world.now + policy.OFFLINE_RETRY, False
    assert [polled.result.outcome for polled in hub.poll_due()] == ["updated"] * 9


def test_one_dead_domain_is_no_outage() -> None:
    """Many feeds of one domain, or of private hosts, say nothing about the network."""
    reach = Reach()
    for n in range(9):
        reach = reach.after(feed(f"a{n}", domain="a.example"), failed(feed("a"), "dns"))
        reach = reach.after(feed(f"b{n}"), failed(feed("b"), "connect"))
    assert not reach.offline


def test_what_hangs_holds_no_worker(world: World, tmp_path: Path) -> None:
    """A poll that only waits frees its worker after a moment, up to the most that may be in flight."""
    held = Held(2)
    hub = make_hub(world.store, tmp_path, dispatcher=held, clock=lambda: world.now)
    hub.apply(catalogue([feed(f"hang{n}") for n in range(20)]))
    started = []
    for _ in range(6):
        hub._polling._claim(None, None)
        started.append(len(held.started))
        world.now += SECOND
    assert started == [2, 4, 6, 8, 8, 8]


def test_a_clock_put_back_freezes_nobody(world: World, tmp_path: Path) -> None:
    """What was put off to an instant of a wrong clock is due once the clock is right."""
    held = Held(2)
    hub = make_hub(world.store, tmp_path, dispatcher=held, clock=lambda: world.now)
    world.now += timedelta(days=300)
    hub.apply(catalogue([feed("a")]))
    world.catalogue = hub.catalogue
    world.poll("a")
    hub._polling._claim(None, None)
    world.now = NOW
    hub._polling._claim(None, None)
    assert held.names() == ["a"]


def test_a_moved_feed_keeps_asking_there(world: World) -> None:
    """Where a feed has moved to is in the store: a restart asks there too, status names the line."""
    world.apply(feed("a"))
    claim = world.claim_one("a")
    there = replace(claim.state, url="https://b.example/", moved_url="https://b.example/")
    world.commit((claim, world.result(replace(claim, state=there))))
    world.force(world.catalogue)
    (status,) = world.store.statuses()
    assert (status.state.url, status.state.moved_url) == ("https://b.example/", "https://b.example/")
    assert moved(status, "feeds.yaml:3") == "moved for good: put https://b.example/ into feeds.yaml:3"
