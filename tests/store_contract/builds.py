"""What is published."""

from __future__ import annotations

from dataclasses import replace

from feedhub.model import Listed, Site
from tests.store_contract.fixtures import StoreFixtures
from tests.store_world import World, committed, document, entry, feed, output, where
from tests.times import DAY, HOUR, LEASE, NOW


class BuildsContract(StoreFixtures):
    """A build takes the place of the one before, whole or not at all."""

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
