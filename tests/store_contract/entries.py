"""What becomes of the entries of a poll."""

from __future__ import annotations

from tests.store_contract.fixtures import StoreFixtures
from tests.store_world import World, entry, feed
from tests.times import DAY, HOUR, MINUTE, NOW


class EntriesContract(StoreFixtures):
    """Entries are stored once, with ids and dates that stay."""

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
