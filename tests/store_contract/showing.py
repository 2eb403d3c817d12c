"""Which stories are shown, and how they are found."""

from __future__ import annotations

from feedhub.model import FeedHead
from tests.store_contract.fixtures import StoreFixtures
from tests.store_world import World, entry, feed, output, rule
from tests.times import HOUR, MINUTE, NOW


class ShowingContract(StoreFixtures):
    """Stories are listed, found and counted."""

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
