"""What is kept no longer."""

from __future__ import annotations

from dataclasses import replace

from tests.store_contract.fixtures import StoreFixtures
from tests.store_world import World, entry, feed
from tests.times import DAY


class PurgingContract(StoreFixtures):
    """What is purged stays away, and takes nothing else along."""

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
