"""Which entries are one story."""

from __future__ import annotations

from feedhub.model import DuplicatePolicy
from tests.store_contract.fixtures import StoreFixtures
from tests.store_world import World, entry, feed, output
from tests.times import MINUTE


class MergingContract(StoreFixtures):
    """The same story in several feeds is one."""

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
