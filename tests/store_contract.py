"""What every store promises, whatever database is behind it: a backend's test class inherits it all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from feedhub.errors import StoreError
from feedhub.model import DuplicatePolicy, FeedHead, FetchOptions, Listed, Site
from feedhub.ports import Store
from tests.conftest import NOW
from tests.store_details_contract import DetailsContract
from tests.store_world import (
    DAY,
    HOUR,
    LEASE,
    MINUTE,
    SECOND,
    OpenStore,
    World,
    catalogue,
    committed,
    document,
    entry,
    feed,
    output,
    rule,
    where,
)


class StoreFixtures:
    """What a backend gives: `open` opens the one database of a test as often as it is called."""

    @pytest.fixture
    def open(self) -> OpenStore:
        raise NotImplementedError

    @pytest.fixture
    def store(self, open: OpenStore) -> Store:
        return open()

    @pytest.fixture
    def world(self, store: Store) -> World:
        return World(store)


class ApplyContract(StoreFixtures):
    """A catalogue is put in force."""

    def test_nothing_works_before_a_catalogue(self, store: Store) -> None:
        """Claiming without a catalogue says so."""
        with pytest.raises(StoreError, match="apply"):
            store.claim_feeds(NOW, limit=1, lease=LEASE)

    def test_new_feeds_are_due_at_once(self, world: World) -> None:
        """A new feed is due now, with its configured address and nothing else known."""
        world.apply(feed("a"), feed("b"))
        assert world.store.next_due() == NOW
        claims = world.claim()
        assert {claim.feed_id for claim in claims} == {"a", "b"}
        assert claims[0].state.url == "https://a.example/feed"
        assert claims[0].state.last_polled_at is None

    def test_many_new_feeds_are_spread(self, world: World) -> None:
        """Of very many new feeds a thousand are due at once, the rest within ten minutes."""
        world.apply(*(feed(f"f{number}") for number in range(1500)))
        assert len(world.claim(limit=5000)) == 1000
        world.now += 10 * MINUTE
        assert len(world.claim(limit=5000)) == 1500

    def test_an_unchanged_catalogue_changes_nothing(self, world: World) -> None:
        """Applied again, no schedule moves and no output is dirty."""
        given = catalogue([feed("a")], [output("all")], [rule("r", "x", title="On")])
        world.force(given)
        world.poll("a", entry("a", "one"))
        world.build()
        before = world.store.statuses(), world.stories(), world.store.next_due()
        world.now += MINUTE
        world.force(given)
        assert (world.store.statuses(), world.stories(), world.store.next_due()) == before
        assert not world.build()

    def test_a_changed_address_forgets_validators(self, world: World) -> None:
        """Another URL is another document: due now, without ETag, failures or the mark of being gone."""
        world.apply(feed("a"))
        claim = world.claim_one("a")
        state = replace(claim.state, gone=True, failures=3, moved_url="https://x.example/", etag='"1"')
        result = world.result(claim, entry("a", "one"), throttled_until=NOW + DAY)
        world.commit((claim, replace(result, outcome="failed", state=state)))
        world.apply(feed("a", url="https://new.example/feed", host="new.example"))
        assert world.store.next_due() == NOW
        (claim,) = world.claim(since=NOW + SECOND)
        assert claim.state.url == "https://new.example/feed"
        assert (claim.state.etag, claim.state.failures, claim.state.moved_url) == ("", 0, "")
        assert not claim.state.gone

    def test_a_poll_of_the_old_address_comes_too_late(self, world: World) -> None:
        """What was in flight when the URL changed is dropped: it would bring the old address back."""
        world.apply(feed("a"))
        claim = world.claim_one("a")
        world.apply(feed("a", url="https://new.example/feed"))
        (report,) = world.commit((claim, world.result(claim, entry("a", "one"))))
        assert not report.accepted
        assert world.claim_one("a").state.url == "https://new.example/feed"

    def test_a_moved_feed_takes_its_entries_along(self, world: World) -> None:
        """After a change of category the same stories, ids and dates are in the new category's output."""
        outputs = [output("category/news"), output("category/tech")]
        world.apply(feed("a"), feed("b", "tech"), outputs=outputs)
        world.poll("a", entry("a", "one"), entry("a", "two"))
        before = {story.id: story.published_at for story in world.stories("category/news")}
        world.apply(feed("a", "tech"), feed("b", "tech"), outputs=outputs)
        assert {story.id: story.published_at for story in world.stories("category/tech")} == before
        assert {story.category for story in world.stories("category/tech")} == {"tech"}
        assert not world.stories("category/news")
        assert {"category/news", "category/tech"} <= world.build()

    def test_a_moved_feed_merges_where_it_is_now(self, world: World) -> None:
        """Its entries are found by duplicates in the new category and by none in the old one."""
        world.apply(feed("a"), feed("b"), feed("c", "tech"))
        link = "https://origin.example/story"
        world.poll("a", entry("a", "one", link=link))
        world.apply(feed("a", "tech"), feed("b"), feed("c", "tech"))
        assert world.poll("b", entry("b", "other", link=link)).merged == 0
        assert world.poll("c", entry("c", "third", link=link)).merged == 1
        assert {len(story.sources) for story in world.stories()} == {1, 2}

    def test_a_merged_story_splits_when_one_feed_moves(self, world: World) -> None:
        """The id stays with the founder; the other entry is a story of its own from then on."""
        outputs = [output("category/news"), output("category/tech"), output("all")]
        world.apply(feed("a"), feed("b"), outputs=outputs)
        link = "https://origin.example/story"
        world.poll("a", entry("a", "one", link=link))
        world.poll("b", entry("b", "two", link=link))
        (old,) = world.stories()
        world.apply(feed("a"), feed("b", "tech"), outputs=outputs)
        (kept,), (apart,) = world.stories("category/news"), world.stories("category/tech")
        assert kept.id == old.id != apart.id
        assert [source.feed_id for source in kept.sources] == ["a"]
        assert [(source.feed_id, source.matched_by) for source in apart.sources] == [("b", "first")]
        assert len(world.stories()) == 2

    def test_a_removed_feed_leaves_and_comes_back(self, world: World) -> None:
        """Off the YAML it is not polled and shows nothing; put back its stories are as before, none new."""
        world.apply(feed("a"), feed("b"))
        old = [entry("a", f"old{number}", hours=number + 1) for number in range(5)]
        world.poll("a", *old)
        world.poll("b", entry("b", "other"))
        before = world.stories()
        world.now += HOUR
        world.apply(feed("b"))
        assert world.titles() == {"other"}
        assert [status.feed_id for status in world.store.statuses()] == ["b"]
        assert "a" not in world.claimed(since=world.now + SECOND)
        world.now += DAY
        world.apply(feed("a"), feed("b"))
        assert world.stories() == before
        assert world.poll("a", *old).new == 0
        assert world.stories() == before

    def test_removing_one_source_shows_in_the_output(self, world: World) -> None:
        """A story that another feed tells too stays, without the removed source, and is built again."""
        world.apply(feed("a"), feed("b"))
        link = "https://origin.example/story"
        world.poll("a", entry("a", "one", link=link))
        world.poll("b", entry("b", "two", link=link))
        world.build()
        world.apply(feed("a"))
        (story,) = world.stories()
        assert [source.feed_id for source in story.sources] == ["a"]
        assert world.build() == {"all"}

    def test_a_feeds_title_shows_in_the_output(self, world: World) -> None:
        """A changed title of a feed has the outputs that name it built again."""
        world.apply(feed("a"), feed("b", "tech"), outputs=[output("all"), output("category/tech")])
        world.poll("a", entry("a", "one"))
        world.poll("b", entry("b", "two"))
        world.build()
        outputs = [output("all"), output("category/tech")]
        world.apply(feed("a", title="New name"), feed("b", "tech"), outputs=outputs)
        assert world.build() == {"all"}
        assert {source.feed_title for story in world.stories() for source in story.sources} == {
            "New name",
            "b",
        }

    def test_rules_are_applied_to_what_is_stored(self, world: World) -> None:
        """A rule added tags and drops what is stored; taken away, all is as before, dates included."""
        outputs = [output("all"), output("tag/big")]
        world.apply(feed("a"), outputs=outputs)
        world.poll("a", entry("a", "one", title="Big news of the day"), entry("a", "two"))
        before = world.stories()
        world.build()
        world.now += DAY
        world.apply(feed("a"), outputs=outputs, rules=[rule("r", "big", title="big")])
        assert world.titles("tag/big") == {"one"}
        assert world.build() == {"all", "tag/big"}
        world.apply(feed("a"), outputs=outputs, rules=[rule("d", drop=True, title="big")])
        assert (world.titles(), world.titles("tag/big")) == ({"two"}, set())
        assert world.build() == {"all", "tag/big"}
        world.apply(feed("a"), outputs=outputs)
        assert world.stories() == before

    def test_a_poll_under_the_old_rules_gets_the_new_ones(self, world: World) -> None:
        """What was in flight when the rules changed is judged by those in force when it is committed."""
        world.apply(feed("a"))
        claim = world.claim_one("a")
        result = world.result(claim, entry("a", "one"), entry("a", "two", title="Sponsored message"))
        world.now += SECOND
        world.apply(feed("a"), rules=[rule("d", drop=True, title="sponsored")])
        world.commit((claim, result))
        assert world.titles() == {"one"}

    def test_what_another_configuration_wrote_is_brought_in_line(self, open: OpenStore) -> None:
        """A daemon that still has the old rules commits; the next apply of the new ones mends it."""
        daemon, command = World(open()), World(open())
        daemon.apply(feed("a"))
        claim = daemon.claim_one("a")
        new = catalogue([feed("a")], [output("all")], [rule("d", drop=True, title="sponsored")])
        command.force(new)
        daemon.now += SECOND
        daemon.commit((claim, daemon.result(claim, entry("a", "one", title="Sponsored message"))))
        command.force(new)
        assert not command.stories()

    def test_feed_tags_are_applied_to_what_is_stored(self, world: World) -> None:
        """A tag added to a feed is on its stored stories, and gone when it is taken away."""
        world.apply(feed("a"), outputs=[output("tag/x")])
        world.poll("a", entry("a", "one"))
        world.apply(feed("a", tags=frozenset({"x"})), outputs=[output("tag/x")])
        assert world.titles("tag/x") == {"one"}
        world.apply(feed("a"), outputs=[output("tag/x")])
        assert not world.titles("tag/x")

    def test_outputs_come_change_and_go(self, world: World) -> None:
        """A new or changed output is filled and dirty, the others are not; a removed one leaves nothing."""
        world.apply(feed("a"))
        world.poll("a", entry("a", "one"), entry("a", "two"))
        world.build()
        best = output("best", where=where(title="on"))
        world.apply(feed("a"), outputs=[output("all"), best])
        assert world.build() == {"best"}
        assert world.titles("best") == {"one", "two"}
        world.apply(feed("a"), outputs=[output("all"), replace(best, where=where(feed="b"))])
        assert world.build() == {"best"}
        assert not world.titles("best")
        world.apply(feed("a"))
        assert [path for path, _ in world.store.documents()] == ["all.atom"]
        assert not world.stories("best")
        assert not world.build()
        world.apply(feed("a"), outputs=[output("all"), best])
        assert world.build() == {"best"}
        assert world.titles("best") == {"one", "two"}

    def test_a_build_of_a_removed_output_publishes_nothing(self, world: World) -> None:
        """An output that is removed while it is built leaves no document behind."""
        world.apply(feed("a"), outputs=[output("all"), output("best")])
        claims = {claim.path: claim for claim in world.store.claim_builds(NOW, limit=9, lease=LEASE)}
        world.apply(feed("a"))
        assert not committed(world.store, claims["best"], [document("best.atom", "x")])
        assert not world.store.documents()

    def test_a_changed_site_dirties_every_output(self, world: World) -> None:
        """Title and address of the hub are in every document."""
        world.apply(feed("a"), outputs=[output("all"), output("best")])
        world.build()
        world.apply(feed("a"), outputs=[output("all"), output("best")], site=Site(title="New"))
        assert world.build() == {"all", "best"}

    def test_a_shorter_interval_counts_from_the_last_poll(self, world: World) -> None:
        """Who asks for ten minutes instead of thirty need not wait for the thirty to pass."""
        world.apply(feed("a"))
        world.poll("a")
        assert world.store.next_due() == NOW + 30 * MINUTE
        world.apply(feed("a", interval=10 * MINUTE))
        assert world.store.next_due() == NOW + 10 * MINUTE

    def test_a_feed_that_failed_is_due_when_it_is_set_up_anew(self, world: World) -> None:
        """Whoever mends a password or a limit sees at once whether that was it; a Retry-After holds."""
        old, new = (FetchOptions(username="me", password=word) for word in ("old", "new"))
        world.apply(feed("a", fetch=old), feed("b", fetch=old), feed("c"))
        until = NOW + 2 * HOUR
        world.poll("a", outcome="failed", next_poll_at=NOW + HOUR)
        world.poll("b", outcome="failed", throttled_until=until, next_poll_at=until)
        world.poll("c", next_poll_at=NOW + HOUR)
        world.apply(feed("a", fetch=old, title="X"), feed("b", fetch=new), feed("c", fetch=new))
        assert world.claimed() == []
        world.apply(feed("a", fetch=new), feed("b", fetch=new), feed("c", fetch=new))
        assert world.claimed() == ["a"]

    def test_a_clock_that_went_back_freezes_nobody(self, world: World) -> None:
        """What was polled in what is now the future is due now, and its domain's budget starts anew."""
        world.now += 30 * DAY
        shared = {"spacing": SECOND}
        world.apply(feed("a", domain="x.example"), feed("b", domain="x.example"), **shared)
        world.poll("a")
        world.now = NOW
        world.apply(feed("a", domain="x.example"), feed("b", domain="x.example"), **shared)
        polled = set(world.claimed())
        world.now += SECOND
        assert polled | set(world.claimed()) == {"a", "b"}


class ScheduleContract(StoreFixtures):
    """Who is polled now."""

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
        )
        world.commit((claim, replace(result, state=state)))
        assert world.claim_one("a").state == state


class EntriesContract(StoreFixtures):
    """Results become stories."""

    def test_new_then_unchanged(self, world: World) -> None:
        """Entries are new once; the same ones again change nothing and dirty nothing."""
        world.apply(feed("a"))
        entries = entry("a", "one"), entry("a", "two")
        report = world.poll("a", *entries)
        assert (report.new, report.updated, report.merged, report.dirty) == (2, 0, 0, {"all"})
        before = world.stories()
        world.build()
        world.now += HOUR
        report = world.poll("a", *entries)
        assert (report.new, report.updated, report.dirty) == (0, 0, frozenset())
        assert world.stories() == before
        assert not world.build()

    def test_an_edit_moves_updated_alone(self, world: World) -> None:
        """New content keeps id, published and order; `updated` is when we saw the change."""
        world.apply(feed("a"))
        world.poll("a", entry("a", "one"), entry("a", "two", hours=2))
        before = {story.entry.guid: story for story in world.stories()}
        world.now += HOUR
        report = world.poll("a", entry("a", "one", hours=99, content="<p>Wholly rewritten by now</p>"))
        assert (report.new, report.updated) == (0, 1)
        after = {story.entry.guid: story for story in world.stories()}
        old, new = before["one"], after["one"]
        assert (new.id, new.published_at, new.ordered_at) == (old.id, old.published_at, old.ordered_at)
        assert new.updated_at == world.now
        assert "rewritten" in new.entry.content
        assert new.entry.first_seen_at == old.entry.first_seen_at
        assert after["two"] == before["two"]

    def test_the_publishers_word_on_the_edit_is_taken(self, world: World) -> None:
        """An `updated` between the last one and now is believed; one that is not is replaced by now."""
        world.apply(feed("a"))
        world.poll("a", entry("a", "one"))
        world.now += HOUR
        said = NOW + MINUTE
        world.poll("a", entry("a", "one", content="<p>First edit of this</p>", updated_at=said))
        assert world.stories()[0].updated_at == said
        world.poll("a", entry("a", "one", content="<p>Second edit</p>", updated_at=NOW - DAY))
        assert world.stories()[0].updated_at == world.now

    def test_dates_alone_move_nothing(self, world: World) -> None:
        """A publisher that re-dates its items makes nothing new."""
        world.apply(feed("a"))
        world.poll("a", entry("a", "one", hours=5))
        (before,) = world.stories()
        world.now += HOUR
        report = world.poll("a", entry("a", "one", hours=0, updated_at=world.now))
        assert report.updated == 0
        (after,) = world.stories()
        assert (after.published_at, after.updated_at) == (before.published_at, before.updated_at)

    def test_an_undated_entry_is_dated_once(self, world: World) -> None:
        """Without a date the first sight counts, for ever."""
        world.apply(feed("a"))
        world.poll("a", entry("a", "one", hours=None))
        world.now += DAY
        world.poll("a", entry("a", "one", hours=None, content="<p>Edited the day after</p>"))
        (story,) = world.stories()
        assert (story.published_at, story.ordered_at) == (NOW, NOW)

    def test_a_date_to_come_is_cut_to_the_first_sight(self, world: World) -> None:
        """Nothing stays on top of a list by being dated next year."""
        world.apply(feed("a"))
        world.poll("a", entry("a", "one", hours=-9000))
        assert world.stories()[0].ordered_at == NOW

    def test_a_changed_guid_is_repaired(self, world: World) -> None:
        """The same item under a new guid stays the same story; either guid names it from then on."""
        world.apply(feed("a"))
        old, new = entry("a", "one"), entry("a", "one", key="guid:new", guid="new")
        world.poll("a", old)
        (before,) = world.stories()
        world.now += DAY
        assert world.poll("a", new).new == 0
        (after,) = world.stories()
        assert (after.id, after.published_at, after.updated_at) == (
            before.id,
            before.published_at,
            before.updated_at,
        )
        assert after.entry.guid == "new"
        assert world.poll("a", old).new == 0
        assert world.poll("a", old, new).new == 0
        assert len(world.stories()) == 1

    def test_items_listed_side_by_side_stay_two(self, world: World) -> None:
        """Two items of a document are two stories, though link, title and text are one."""
        world.apply(feed("a"))
        first, second = entry("a", "one"), entry("a", "one", key="guid:two", guid="two")
        assert world.poll("a", first, second).new == 2
        world.now += DAY
        assert world.poll("a", first, second, entry("a", "one", key="guid:three", guid="three")).new == 1
        assert len(world.stories()) == 3

    def test_one_story_in_two_feeds(self, world: World) -> None:
        """The same link in two feeds of a category is one story that names both."""
        world.apply(feed("a", tags=frozenset({"x"})), feed("b", tags=frozenset({"y"})))
        link = "https://origin.example/story"
        world.poll("a", entry("a", "one", link=link))
        (before,) = world.stories()
        world.now += MINUTE
        report = world.poll("b", entry("b", "two", link=link))
        assert (report.new, report.merged, report.dirty) == (1, 1, {"all"})
        (story,) = world.stories()
        assert (story.id, story.published_at) == (before.id, before.published_at)
        assert [(one.feed_id, one.matched_by) for one in story.sources] == [("a", "first"), ("b", "link")]
        assert story.tags == {"x", "y"}

    def test_the_preferred_copy_is_shown(self, world: World) -> None:
        """`prefer` decides whose copy is shown, also when it comes later; the id stays."""
        world.apply(feed("a"), feed("b"), duplicates=DuplicatePolicy(prefer=("b",)))
        link = "https://origin.example/story"
        world.poll("a", entry("a", "one", link=link))
        (before,) = world.stories()
        world.poll("b", entry("b", "two", link=link))
        (story,) = world.stories()
        assert (story.entry.guid, story.id) == ("two", before.id)
        world.apply(feed("a"), feed("b"))
        assert world.stories()[0].entry.guid == "one"

    def test_two_feeds_of_a_story_in_one_batch(self, world: World) -> None:
        """Results committed together merge as if they had come one after the other."""
        world.apply(feed("a"), feed("b"))
        link = "https://origin.example/story"
        claims = world.claim()
        one = world.result(claims[0], entry("a", "one", link=link))
        two = world.result(claims[1], entry("b", "two", link=link))
        reports = world.commit((claims[0], one), (claims[1], two))
        assert [report.merged for report in reports] == [0, 1]
        assert [len(story.sources) for story in world.stories()] == [2]

    def test_other_categories_are_other_stories(self, world: World) -> None:
        """Nothing merges across categories."""
        world.apply(feed("a"), feed("b", "tech"))
        link = "https://origin.example/story"
        world.poll("a", entry("a", "one", link=link))
        assert world.poll("b", entry("b", "two", link=link)).merged == 0
        assert len(world.stories()) == 2

    def test_a_scope_can_be_wider_or_narrower(self, world: World) -> None:
        """With `scope: all` a story is in the categories of all its feeds; with `feed` each feed is alone."""
        feeds = (feed("a"), feed("b", "tech"), feed("c", "tech"))
        outputs = (output("all"), output("category/news"), output("category/tech"))
        everywhere, apart = DuplicatePolicy(scope="all"), DuplicatePolicy(scope="feed")
        link = "https://origin.example/story"
        world.apply(*feeds, outputs=outputs, duplicates=everywhere)
        world.poll("a", entry("a", "one", link=link))
        assert world.poll("b", entry("b", "two", link=link)).merged == 1
        (story,) = world.stories()
        assert [world.stories(f"category/{name}") for name in ("news", "tech")] == [[story], [story]]
        world.apply(*feeds, outputs=outputs)
        assert {one.entry.guid for one in world.stories("category/news")} == {"one"}
        assert {one.entry.guid for one in world.stories("category/tech")} == {"two"}
        assert story.id in {one.id for one in world.stories()}
        assert world.poll("c", entry("c", "three", link=link)).merged == 1
        world.apply(*feeds, outputs=outputs, duplicates=apart)
        assert world.titles() == {"one", "two", "three"}
        world.poll("b")
        renamed = entry("b", "two", link=link, key="guid:new", guid="new")
        report = world.poll("b", renamed, entry("b", "four", link=link))
        assert (report.new, report.merged) == (1, 0)

    def test_a_key_counts_once_a_document(self, world: World) -> None:
        """Of two entries with one key in one result the first is kept."""
        world.apply(feed("a"))
        report = world.poll("a", entry("a", "one"), entry("a", "one", title="Another item altogether"))
        assert report.new == 1
        assert world.stories()[0].entry.title == entry("a", "one").title

    def test_a_first_document_shows_its_newest_alone(self, world: World) -> None:
        """Of a backlog `initial_items` are shown, the rest is stored; later ones are all shown."""
        world.apply(feed("a", initial_items=3))
        backlog = [entry("a", f"old{number}", hours=number + 1) for number in range(10)]
        assert world.poll("a", *backlog, backlog=True).new == 10
        assert world.titles() == {"old0", "old1", "old2"}
        assert world.store.statuses()[0].entries == 10
        world.now += HOUR
        world.poll("a", entry("a", "fresh", hours=-0.5), *backlog)
        assert world.titles() == {"fresh", "old0", "old1", "old2"}
        world.poll("a", entry("a", "old9", content="<p>An edit of what is hidden</p>"))
        assert "old9" not in world.titles()

    def test_dropped_entries_do_not_count_as_shown(self, world: World) -> None:
        """What a rule drops takes no place of `initial_items`, and is stored."""
        world.apply(feed("a", initial_items=2), rules=[rule("d", drop=True, title="sponsored")])
        entries = [
            entry("a", f"e{n}", hours=n + 1, title="Sponsored" if n < 2 else f"Item {n}") for n in range(5)
        ]
        world.poll("a", *entries, backlog=True)
        assert world.titles() == {"e2", "e3"}

    def test_private_feeds_merge_with_nobody(self, world: World) -> None:
        """A feed with credentials shares no story and is in no public output."""
        outputs = [output("all"), output("mine", private=True)]
        world.apply(feed("a"), feed("p", private=True), outputs=outputs)
        link = "https://origin.example/story"
        world.poll("a", entry("a", "one", link=link))
        assert world.poll("p", entry("p", "secret", link=link)).merged == 0
        assert world.titles() == {"one"}
        assert world.titles("mine") == {"one", "secret"}
        sources = [source for story in world.stories("mine") for source in story.sources]
        assert all("p.example/feed" not in source.feed_url for source in sources)

    def test_a_feed_that_turns_private_leaves_at_once(self, world: World) -> None:
        """Its part of a merged story goes with it; nothing public names it any more."""
        world.apply(feed("a"), feed("b"))
        link = "https://origin.example/story"
        world.poll("a", entry("a", "one", link=link))
        world.poll("b", entry("b", "two", link=link))
        world.build()
        world.apply(feed("a"), feed("b", private=True))
        (story,) = world.stories()
        assert [source.feed_id for source in story.sources] == ["a"]
        assert world.build() == {"all"}
        assert world.poll("b", entry("b", "three", link=link + "3")).new == 1
        assert world.titles() == {"one"}

    def test_min_sources(self, world: World) -> None:
        """A story comes into an output when enough feeds tell it."""
        world.apply(feed("a"), feed("b"), outputs=[output("hot", min_sources=2)])
        link = "https://origin.example/story"
        world.poll("a", entry("a", "one", link=link))
        assert not world.stories("hot")
        assert world.poll("b", entry("b", "two", link=link)).dirty == {"hot"}
        assert len(world.stories("hot")) == 1

    def test_a_feeds_new_name_shows_at_once(self, world: World) -> None:
        """A feed that renames itself has the outputs that name it built again."""
        world.apply(feed("a"))
        world.poll("a", entry("a", "one"))
        world.build()
        assert world.poll("a", entry("a", "one"), head=FeedHead("New name")).dirty == {"all"}
        assert world.stories()[0].sources[0].feed_title == "New name"

    def test_the_order_is_by_date_then_id(self, world: World) -> None:
        """Newest first, ties by id; `limit` and `since` cut."""
        world.apply(feed("a"))
        world.poll("a", *(entry("a", f"e{n}", hours=1 + n // 4) for n in range(12)))
        stories = world.stories()
        assert stories == sorted(stories, key=lambda story: (-story.ordered_at.timestamp(), story.id))
        assert world.stories(limit=5) == stories[:5]
        assert world.store.stories("all", limit=99, since=NOW - 2 * HOUR) == stories[:8]
        assert world.store.stories("nowhere", limit=99) == []

    def test_purged_entries_stay_away(self, world: World) -> None:
        """Past the retention the body goes; if the feed lists the item again it does not come back."""
        world.apply(feed("a"), retention=30 * DAY)
        old, kept = entry("a", "old"), entry("a", "kept")
        world.poll("a", old, kept)
        world.now += 40 * DAY
        world.poll("a", kept, entry("a", "fresh"))
        world.build()
        assert world.store.purge(world.now) == 1
        assert world.store.purge(world.now) == 0
        assert world.titles() == {"kept", "fresh"}
        assert world.build() == {"all"}
        assert world.poll("a", old, kept).new == 0
        assert world.titles() == {"kept", "fresh"}
        assert not world.store.find(old.guid, limit=9)

    def test_purged_entries_stay_away_under_other_guids(self, world: World) -> None:
        """A site that gives new guids to everything it ever published brings nothing back."""
        world.apply(feed("a"), feed("b"), retention=30 * DAY)
        old = [
            entry("a", "plain"),
            entry("a", "short", content="<p>Some</p>"),
            entry("a", "bare", content=""),
        ]
        renamed = [replace(one, key=f"guid:new-{one.guid}", guid=f"new-{one.guid}") for one in old]
        fresh = entry("a", "fresh", link=old[0].link, title="Another title", hours=3)
        world.poll("a", *old)
        world.now += 40 * DAY
        world.poll("a")
        assert world.store.purge(world.now) == 3
        assert world.poll("a", *renamed, fresh).new == 1
        assert world.titles() == {"fresh"}
        assert world.poll("b", entry("b", "theirs", link=old[1].link)).new == 1
        assert world.poll("a", *old, *renamed).new == 0

    def test_a_removed_feed_is_purged(self, world: World) -> None:
        """What a feed off the YAML listed last is kept for the retention and no longer."""
        world.apply(feed("a"), feed("b"), retention=30 * DAY)
        world.poll("a", entry("a", "one"))
        world.apply(feed("b"), retention=30 * DAY)
        world.now += 29 * DAY
        assert world.store.purge(world.now) == 0
        world.now += 2 * DAY
        assert world.store.purge(world.now) == 1
        world.apply(feed("a"), feed("b"), retention=30 * DAY)
        assert world.poll("a", entry("a", "one")).new == 0
        assert not world.stories()

    def test_a_purged_part_leaves_its_story(self, world: World) -> None:
        """When one of two entries is purged the story goes on with the other under its id."""
        world.apply(feed("a"), feed("b"), retention=30 * DAY)
        link = "https://origin.example/story"
        world.poll("a", entry("a", "one", link=link))
        world.poll("b", entry("b", "two", link=link))
        (before,) = world.stories()
        world.now += 31 * DAY
        world.poll("a")
        world.poll("b", entry("b", "two", link=link))
        assert world.store.purge(world.now) == 1
        (after,) = world.stories()
        assert (after.id, after.published_at) == (before.id, before.published_at)
        assert [source.feed_id for source in after.sources] == ["b"]

    def test_find(self, world: World) -> None:
        """By id, link, guid, or a part of the title whatever its case; the newest first."""
        world.apply(feed("a"))
        one = entry("a", "one", hours=1, title="A Große 100% story")
        two = entry("a", "two", hours=2, title="Another STORY of it")
        world.poll("a", two, one)
        stories = world.stories()
        assert world.store.find("story", limit=9) == stories
        assert world.store.find("story", limit=1) == stories[:1]
        assert world.store.find("100% s", limit=9) == stories[:1]
        assert world.store.find("0%t", limit=9) == []
        for text in (stories[1].id, two.link, two.guid):
            assert world.store.find(text, limit=9) == [stories[1]]

    def test_statuses_count(self, world: World) -> None:
        """Each feed's entries, the stories it has part in, its last poll and why it failed."""
        world.apply(feed("a"), feed("b", title="Bee"))
        link = "https://origin.example/story"
        world.poll("a", entry("a", "one", link=link), entry("a", "two"))
        world.poll("b", entry("b", "three", link=link), warnings=("odd date",), status=200)
        world.poll("b", outcome="failed", reason="http", error="HTTP 500", status=500)
        a, b = world.store.statuses()
        assert (a.feed_id, a.entries, a.stories, a.last_outcome) == ("a", 2, 2, "updated")
        assert (b.title, b.entries, b.stories) == ("Bee", 1, 1)
        assert (b.last_outcome, b.last_status, b.reason, b.error) == ("failed", 500, "http", "HTTP 500")
        assert b.next_poll_at == NOW + 30 * MINUTE
        assert b.state.last_success_at == NOW


class BuildsContract(StoreFixtures):
    """Outputs become documents."""

    def test_documents_are_kept_as_given(self, world: World) -> None:
        """Bytes, type, ETag and date come back; what was never published is None."""
        world.apply(feed("a"))
        (claim,) = world.store.claim_builds(NOW, limit=9, lease=LEASE)
        assert (claim.path, claim.created_at) == ("all", NOW)
        made = document("all.atom", "bytes")
        assert committed(world.store, claim, [made])
        assert world.store.document("all.atom") == made
        assert world.store.documents() == [("all.atom", made.etag)]
        assert world.store.document("else.atom") is None

    def test_created_at_stays(self, world: World) -> None:
        """An output's first declaration is its date for ever."""
        world.apply(feed("a"))
        world.now += DAY
        world.apply(feed("a"), site=Site(title="New"))
        (claim,) = world.store.claim_builds(world.now, limit=9, lease=LEASE)
        assert claim.created_at == NOW

    def test_what_is_dirtied_while_it_is_built_stays_dirty(self, world: World) -> None:
        """A commit between claim and build is not forgotten."""
        world.apply(feed("a"))
        (claim,) = world.store.claim_builds(NOW, limit=9, lease=LEASE)
        world.poll("a", entry("a", "one"))
        assert world.store.claim_builds(NOW, limit=9, lease=LEASE) == []
        assert committed(world.store, claim, [document("all.atom")])
        assert world.build() == {"all"}
        assert not world.build()

    def test_a_lost_build_is_dropped(self, world: World) -> None:
        """A slow old build never overwrites a newer one."""
        world.apply(feed("a"))
        (slow,) = world.store.claim_builds(NOW, limit=9, lease=LEASE)
        world.now += LEASE
        (claim,) = world.store.claim_builds(world.now, limit=9, lease=LEASE)
        assert committed(world.store, claim, [document("all.atom", "new")])
        assert not committed(world.store, slow, [document("all.atom", "old")])
        found = world.store.document("all.atom")
        assert found is not None
        assert found.body == b"new"

    def test_unchanged_bytes_keep_their_row(self, world: World) -> None:
        """The date of a document moves with its bytes alone; a format that is no longer made goes."""
        world.apply(feed("a"))
        (claim,) = world.store.claim_builds(NOW, limit=9, lease=LEASE)
        first = [document("all.atom", "same"), document("all.rss", "rss")]
        committed(world.store, claim, first)
        world.poll("a", entry("a", "one"))
        (claim,) = world.store.claim_builds(NOW, limit=9, lease=LEASE)
        committed(world.store, claim, [replace(first[0], modified_at=NOW + DAY)])
        assert world.store.document("all.atom") == first[0]
        assert world.store.document("all.rss") is None

    def test_limit_of_builds(self, world: World) -> None:
        """As many builds are handed out as asked for, each once."""
        world.apply(feed("a"), outputs=[output(f"o{n}") for n in range(5)])
        one = world.store.claim_builds(NOW, limit=3, lease=LEASE)
        two = world.store.claim_builds(NOW, limit=3, lease=LEASE)
        assert len({claim.path for claim in (*one, *two)}) == 5

    def test_version_moves_with_what_is_listed(self, world: World) -> None:
        """An output's mark stays while nothing happens, and differs once a story comes, changes or leaves."""
        world.apply(feed("a"), feed("b"), outputs=[output("all"), output("b", where=where(feed="b"))])
        first = world.store.versions()
        assert world.store.versions() == first
        world.poll("a", entry("a", "one"))
        second = world.store.versions()
        assert second["all"] != first["all"]
        assert second["b"] == first["b"]
        world.poll("a", entry("a", "one", title="Something else altogether"))
        assert world.store.versions()["all"] != second["all"]

    def test_nearest_story(self, world: World) -> None:
        """The last story before an instant and the first after it are found, of this output alone."""
        world.apply(feed("a"), feed("b"), outputs=[output("all"), output("b", where=where(feed="b"))])
        world.poll("a", *(entry("a", f"e{hours}", hours=hours) for hours in (1, 50, 99)))
        assert world.store.nearest("all", before=NOW - 2 * HOUR) == NOW - 50 * HOUR
        assert world.store.nearest("all", after=NOW - 60 * HOUR) == NOW - 50 * HOUR
        assert world.store.nearest("all", before=NOW - 99 * HOUR) is None
        assert world.store.nearest("all", after=NOW - HOUR) is None
        assert world.store.nearest("b", before=NOW) is None

    def test_story_by_its_id(self, world: World) -> None:
        """A story is found by its id with the outputs that list it; one that none lists is not."""
        world.apply(feed("a"), outputs=[output("all"), output("b", where=where(feed="b"))])
        world.poll("a", entry("a", "one"))
        (story,) = world.stories()
        assert world.store.story(story.id) == Listed(story, ("all",))
        assert world.store.story("urn:uuid:none") is None
        world.apply(feed("a"), outputs=[output("b", where=where(feed="b"))])
        assert world.store.story(story.id) is None


class StoreContract(ApplyContract, ScheduleContract, EntriesContract, BuildsContract, DetailsContract):
    """All of it."""
