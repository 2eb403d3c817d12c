"""A catalogue is put in force: its rules and outputs."""

from __future__ import annotations

from dataclasses import replace

from feedhub.model import Site
from tests.store_contract.fixtures import StoreFixtures
from tests.store_world import (
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
from tests.times import DAY, LEASE, NOW, SECOND


class RederivingContract(StoreFixtures):
    """What is stored follows the rules and outputs in force."""

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
        """What was polled by other rules, whenever, is judged by those in force when it is committed."""
        world.apply(feed("a"))
        before = world.catalogue
        claim = world.claim_one("a")
        result = world.result(claim, entry("a", "one"), entry("a", "two", title="Sponsored message"))
        world.apply(feed("a"), rules=[rule("d", drop=True, title="sponsored")])
        world.commit((claim, result), by=before)
        assert world.titles() == {"one"}

    def test_a_poll_of_a_feed_set_up_otherwise_follows_its_settings(self, world: World) -> None:
        """So it is where not the rules for all have changed but a feed's tags and own rules."""
        outputs = [output("all"), output("tag/x")]
        world.apply(feed("a"), feed("b"), outputs=outputs)
        before = world.catalogue
        results = [(one, world.result(one, entry(one.feed_id, one.feed_id))) for one in world.claim("a", "b")]
        own = (rule("d", drop=True, title="on"),)
        world.apply(feed("a", tags=frozenset({"x"})), feed("b", rules=own), outputs=outputs)
        world.commit(*results, by=before)
        assert (world.titles(), world.titles("tag/x")) == ({"a"}, {"a"})

    def test_a_poll_under_rules_that_are_not_in_force_gets_those_that_are(self, world: World) -> None:
        """What was polled by a configuration that could not be put in force follows the one before."""
        world.apply(feed("a"))
        new = catalogue([feed("a")], [output("all")], [rule("d", drop=True, title="on")])
        claim = world.claim_one("a")
        world.catalogue, before = new, world.catalogue
        result = world.result(claim, entry("a", "one"))
        assert result.entries[0].dropped
        world.catalogue = before
        world.commit((claim, result), by=new)
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
