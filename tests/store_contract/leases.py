"""Who may poll a feed."""

from __future__ import annotations

from dataclasses import replace

from tests.store_contract.fixtures import StoreFixtures
from tests.store_world import OpenStore, World, entry, feed
from tests.times import LEASE, NOW, SECOND


class LeasesContract(StoreFixtures):
    """A feed is polled by one at a time, and a result that comes too late is dropped."""

    def test_a_claim_is_exclusive(self, world: World) -> None:
        """A feed in flight is not handed out again until its lease has run out."""
        world.apply(feed("a"))
        assert world.claimed() == ["a"]
        assert world.claimed() == []
        assert world.claimed(since=NOW + SECOND) == []
        world.now += LEASE
        assert world.claimed() == ["a"]

    def test_a_released_feed_is_due_as_before(self, world: World) -> None:
        """Giving a claim back costs the feed nothing."""
        world.apply(feed("a"))
        (claim,) = world.claim()
        world.store.release([claim.token])
        world.store.release([])
        assert world.claimed() == ["a"]

    def test_a_late_result_is_dropped(self, world: World) -> None:
        """Once another holds the lease the first worker's result changes nothing."""
        world.apply(feed("a"))
        (late,) = world.claim()
        world.now += LEASE
        (claim,) = world.claim()
        reports = world.commit(
            (late, world.result(late, entry("a", "late"))), (claim, world.result(claim, entry("a", "one")))
        )
        assert [report.accepted for report in reports] == [False, True]
        assert world.titles() == {"one"}
        (again,) = world.commit((claim, world.result(claim, entry("a", "twice"))))
        assert not again.accepted

    def test_a_result_for_another_feed_is_dropped(self, world: World) -> None:
        """A token proves one feed's claim and no other's."""
        world.apply(feed("a"), feed("b"))
        claim = world.claim_one("a")
        (report,) = world.commit((claim, replace(world.result(claim), feed_id="b")))
        assert not report.accepted

    def test_two_stores_share_the_work(self, open: OpenStore) -> None:
        """Two processes on one database are handed different feeds."""
        one, two = World(open()), World(open())
        for world in (one, two):
            world.apply(*(feed(f"f{number}") for number in range(10)))
        first, second = set(one.claimed(limit=6)), set(two.claimed(limit=6))
        assert len(first) == 6
        assert len(second) == 4
        assert not first & second

    def test_the_leases_of_the_dead_come_back(self, open: OpenStore) -> None:
        """What a closed store had claimed is handed out again at the next start, builds included; what a
        living one holds is not."""
        dead, alive = World(open()), World(open())
        dead.apply(feed("a"), feed("b"))
        alive.apply(feed("a"), feed("b"))
        assert dead.claimed("a") == ["a"]
        assert alive.claimed("b") == ["b"]
        assert dead.store.claim_builds(NOW, limit=9, lease=LEASE)
        dead.store.close()
        third = World(open())
        third.apply(feed("a"), feed("b"))
        assert third.claimed() == ["a"]
        assert third.build() == {"all"}
