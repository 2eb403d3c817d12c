"""A catalogue is put in force: its feeds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from feedhub.errors import StoreError
from feedhub.model import FetchOptions
from feedhub.ports import Store
from tests.store_contract.fixtures import StoreFixtures
from tests.store_world import World, catalogue, entry, feed, output, rule
from tests.times import DAY, HOUR, LEASE, MINUTE, NOW, SECOND


class ApplyingContract(StoreFixtures):
    """Feeds come, change, move and go."""

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
