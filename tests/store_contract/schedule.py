"""When a feed is polled."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from feedhub.model import FeedHead
from tests.store_contract.fixtures import StoreFixtures
from tests.store_world import OpenStore, World, entry, feed
from tests.times import DAY, HOUR, LEASE, MINUTE, NOW, SECOND


class ScheduleContract(StoreFixtures):
    """Feeds are due, wait for their turns, and for what servers ask."""

    def test_the_longest_overdue_comes_first(self, world: World) -> None:
        """Feeds are handed out in the order in which they came due, as many as are asked for."""
        names = ["c", "a", "b"]
        world.apply(*(feed(name) for name in names))
        for name in names:
            world.poll(name)
            world.now += SECOND
        world.now += HOUR
        assert world.claimed(limit=2) == ["c", "a"]
        assert world.claimed(limit=2) == ["b"]

    def test_what_is_not_due_is_left_alone(self, world: World) -> None:
        """Nothing comes before its time, but for who asks for it; and that one once a round."""
        world.apply(feed("a"), feed("b"))
        world.poll("a")
        world.poll("b")
        since = world.now + SECOND
        world.now += MINUTE
        assert world.claimed() == []
        (claim,) = world.claim("a", since=since)
        world.commit((claim, world.result(claim)))
        assert world.claimed("a", since=since) == []
        assert world.claimed(since=since) == ["b"]

    def test_per_host(self, world: World) -> None:
        """So many polls of one host at a time, whatever else is due."""
        feeds = [*(feed(f"x{n}", host="x.example") for n in range(5)), feed("y")]
        world.apply(*feeds, per_host=2)
        claims = world.claim()
        assert sorted(claim.feed_id for claim in claims) == ["x0", "x1", "y"]
        assert world.claimed() == []
        world.commit((claims[0], world.result(claims[0])))
        assert world.claimed() == ["x2"]
        assert world.claimed(since=NOW + DAY) == []

    @pytest.mark.parametrize("by_hand", [False, True])
    def test_a_domains_feeds_take_turns(self, world: World, by_hand: bool) -> None:
        """Ten feeds of a domain are asked a spacing apart, at whatever moments claims come, in due order,
        and none waits longer than its turn."""
        feeds = [feed(f"x{n}", host=f"{n}.x.example", domain="x.example") for n in range(10)]
        world.apply(*feeds, feed("y"), spacing=SECOND)
        since = {"since": NOW + SECOND} if by_hand else {}
        if by_hand:
            for one in world.claim(limit=1):
                world.commit((one, world.result(one)))
            world.now += DAY
            since = {"since": world.now}
        start, asked, claims = world.now, [], []
        for _ in range(200):
            for claim in world.claim(**since):
                if claim.feed_id != "y":
                    asked.append((world.now, claim.feed_id))
                    claims.append((claim, world.result(claim)))
            world.commit(*claims[-1:])
            world.now += timedelta(milliseconds=70)
        assert len({name for _, name in asked}) == len(asked) == 10
        times = [at for at, _ in asked]
        assert all(later - earlier >= SECOND for earlier, later in pairwise(times))
        assert times[-1] - start <= 11 * SECOND
        assert by_hand or [name for _, name in asked] == [f"x{n}" for n in range(10)]
        assert world.store.next_slot() is None

    def test_a_late_claim_keeps_the_turns(self, world: World) -> None:
        """Slots that passed unused do not send a feed to the end of the row, nor let two through at once."""
        feeds = [feed(f"x{n}", host=f"{n}.x.example", domain="x.example") for n in range(4)]
        world.apply(*feeds, spacing=SECOND)
        assert world.claimed() == ["x0"]
        world.now += 10 * SECOND
        assert world.claimed() == ["x1"]
        world.now += SECOND / 2
        assert world.claimed() == []
        world.now += SECOND / 2
        assert world.claimed() == ["x2"]
        world.now += SECOND
        assert world.claimed() == ["x3"]

    def test_turns_survive_a_restart(self, open: OpenStore) -> None:
        """A hub that is started again knows when it last asked a domain, and who waits for it."""
        feeds = [feed(f"x{n}", host=f"{n}.x.example", domain="x.example") for n in range(3)]
        world = World(open())
        world.apply(*feeds, spacing=MINUTE)
        (claim,) = world.claim()
        world.commit((claim, world.result(claim)))
        world.store.close()
        again = World(open(), NOW + SECOND)
        again.apply(*feeds, spacing=MINUTE)
        assert again.claimed() == []
        assert again.store.next_slot() == NOW + MINUTE
        assert again.store.next_slot(["x2"]) == NOW + 2 * MINUTE
        again.now = NOW + MINUTE
        assert again.claimed() == ["x1"]

    def test_a_crowded_domain_holds_nobody_up(self, world: World) -> None:
        """Of thousands of feeds on one domain one is asked and the rest wait; the other domains' go on."""
        crowd = [feed(f"x{n}", host="x.example", domain="x.example") for n in range(900)]
        world.apply(*crowd, *(feed(f"y{n}") for n in range(20)), spacing=SECOND)
        claimed = world.claimed(limit=21)
        assert sum(name.startswith("y") for name in claimed) == 20
        assert world.store.next_slot() == NOW + SECOND

    def test_a_taken_over_reservation_is_over_when_it_is_polled(self, world: World) -> None:
        """A result that comes after its lease ran out, but before anybody else's claim, ends the wait."""
        feeds = [feed(f"x{n}", host=f"{n}.x.example", domain="x.example") for n in range(2)]
        world.apply(*feeds, spacing=HOUR)
        (claim,) = world.claim()
        world.now += LEASE
        assert world.claimed() == []  # Both wait for the domain now.
        world.commit((claim, world.result(claim)))
        assert world.store.next_slot(["x0"]) is None

    def test_retry_after_holds_for_everybody(self, world: World) -> None:
        """A throttled feed is not asked before its Retry-After, not even by hand."""
        world.apply(feed("a"))
        until = NOW + HOUR
        world.poll("a", outcome="failed", throttled_until=until, next_poll_at=until)
        world.now = until - SECOND
        assert world.claimed() == []
        assert world.claimed("a", since=world.now) == []
        world.now = until
        assert world.claimed() == ["a"]

    def test_retry_after_holds_for_the_domain(self, world: World) -> None:
        """Where one feed was throttled its domain's others wait as long: 429 is about who asks."""
        shared = {"domain": "x.example", "throttle_scope": "domain"}
        feeds = [feed(f"x{n}", host=f"{n}.x.example", **shared) for n in range(3)]
        world.apply(*feeds, feed("y"), spacing=SECOND)
        until = NOW + HOUR
        world.poll("x0", outcome="failed", throttled_until=until, next_poll_at=until)
        world.now += MINUTE
        assert world.claimed() == ["y"]
        assert world.claimed(since=world.now) == []
        world.now = until + SECOND
        assert len([name for name in world.claimed() if name != "y"]) == 1

    def test_a_boundless_retry_after_is_bounded(self, world: World) -> None:
        """The schedule knows how long a Retry-After may be; the feed is asked again then."""
        world.apply(feed("a"))
        week = NOW + 7 * DAY
        world.poll("a", outcome="failed", throttled_until=NOW + 4000 * DAY, next_poll_at=week)
        assert world.store.next_due() == week
        world.now = week
        assert world.claimed("a", since=week) == ["a"]

    def test_what_is_gone_is_asked_by_name_alone(self, world: World) -> None:
        """After a 410 a feed is never due; who names it may try once more."""
        world.apply(feed("a"))
        claim = world.claim_one("a")
        result = world.result(claim)
        world.commit((claim, replace(result, outcome="failed", state=replace(result.state, gone=True))))
        world.now += 400 * DAY
        assert world.store.next_due() is None
        assert world.claimed() == []
        assert world.claimed(since=world.now) == []
        assert world.claimed("a", since=world.now) == ["a"]

    def test_state_comes_back_whole(self, world: World) -> None:
        """The next claim knows everything that the last poll said to remember."""
        world.apply(feed("a"))
        claim = world.claim_one("a")
        result = world.result(claim, entry("a", "one"))
        state = replace(
            result.state,
            intervals_s=(60, 70),
            skip_hours=(1, 2),
            moved_since_at=NOW,
            head=FeedHead("T", hubs=("h",)),
            known="something of the poller's own",
        )
        world.commit((claim, replace(result, state=state)))
        assert world.claim_one("a").state == state
