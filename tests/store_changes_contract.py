"""What every store promises when the catalogue changes, and when time passes."""

from __future__ import annotations

from dataclasses import replace

from feedhub.model import FeedHead, Site
from feedhub.ports import Store
from tests.sample_hub import (
    DAY,
    HOUR,
    LEASE,
    MINUTE,
    NOW,
    claim,
    dirty,
    listed,
    make_catalogue,
    make_entry,
    make_feed,
    make_output,
    make_result,
    make_rule,
    only_story,
    poll,
    state_of,
)
from tests.store_outputs_contract import make_document
from tests.store_stories_contract import SAME

TWO = (make_feed("one"), make_feed("two"))
COLOURS = (make_output("red", {"tag": "red"}), make_output("other", {"not": {"tag": "red"}}))


class ChangesContract:
    """Inherited by `StoreContract`."""

    def test_nothing_changed(self, store: Store) -> None:
        """The same catalogue again changes nothing: no feed is due, no output dirty, no lease lost."""
        catalogue = make_catalogue(*TWO)
        store.apply(catalogue, NOW)
        poll(store, make_entry())
        dirty(store)
        (two,) = claim(store, "two")
        store.apply(catalogue, NOW + MINUTE)
        assert dirty(store) == set()
        assert store.claim_feeds(NOW + MINUTE, limit=9, lease=LEASE) == []
        (report,) = store.commit_polls([(two.token, make_result(two))], NOW + MINUTE)
        assert report.accepted

    def test_removed_and_put_back(self, store: Store) -> None:
        """A removed feed is polled no more and leaves the outputs; put back, its items are as they were."""
        store.apply(make_catalogue(*TWO), NOW)
        poll(store, make_entry(1, "one"), make_entry(1, "two"))
        before = store.stories("all", limit=9)
        dirty(store)
        (two,) = claim(store, "two", now=NOW + HOUR)
        store.apply(make_catalogue(make_feed("one")), NOW + HOUR)
        assert dirty(store) == {"all"}
        assert [story.entry.feed_id for story in store.stories("all", limit=9)] == ["one"]
        assert [status.feed_id for status in store.statuses()] == ["one"]
        (report,) = store.commit_polls([(two.token, make_result(two, make_entry(2, "two")))], NOW + HOUR)
        assert not report.accepted
        store.apply(make_catalogue(*TWO), NOW + DAY)
        assert dirty(store) == {"all"}
        assert store.stories("all", limit=9) == before
        (report,) = poll(store, make_entry(1, "two"), now=NOW + DAY)
        assert (report.new, report.updated) == (0, 0)

    def test_a_source_removed(self, store: Store) -> None:
        """A story whose winner's feed is removed shows its other source; id and date stay."""
        store.apply(make_catalogue(*TWO), NOW)
        poll(store, make_entry(1, "one", **SAME))
        poll(store, make_entry(1, "two", **SAME), now=NOW + MINUTE)
        before = only_story(store)
        store.apply(make_catalogue(make_feed("two")), NOW + HOUR)
        after = only_story(store)
        assert [source.feed_id for source in after.sources] == ["two"]
        assert (after.id, after.published_at, after.updated_at) == (
            before.id, before.published_at, NOW + HOUR,
        )  # fmt: skip

    def test_rules_edited(self, store: Store) -> None:
        """An edited rule is applied to what is stored: items move between outputs, ids and dates stay."""
        store.apply(make_catalogue(outputs=COLOURS), NOW)
        poll(store, make_entry())
        before = only_story(store, "other")
        dirty(store)
        red = make_rule("red", {"title": "item"}, "red")
        store.apply(make_catalogue(outputs=COLOURS, rules=(red,)), NOW + HOUR)
        assert listed(store, "other") == []
        after = only_story(store, "red")
        assert after.tags == {"red"}
        assert (after.id, after.published_at, after.updated_at) == (
            before.id, before.published_at, before.updated_at,
        )  # fmt: skip
        assert dirty(store) == {"red", "other"}
        drop = make_rule("ads", {"title": "item"}, drop=True)
        store.apply(make_catalogue(outputs=COLOURS, rules=(drop,)), NOW + HOUR)
        assert listed(store, "red") + listed(store, "other") == []
        store.apply(make_catalogue(outputs=COLOURS), NOW + HOUR)
        assert only_story(store, "other") == before

    def test_tags_edited(self, store: Store) -> None:
        """A feed's new tags reach the entries it has brought before, and no other feed's."""
        store.apply(make_catalogue(*TWO, outputs=COLOURS), NOW)
        poll(store, make_entry(1, "one"), make_entry(1, "two"))
        feeds = (make_feed("one", tags=frozenset({"red"})), make_feed("two"))
        store.apply(make_catalogue(*feeds, outputs=COLOURS), NOW + HOUR)
        assert only_story(store, "red").entry.feed_id == "one"
        assert only_story(store, "other").entry.feed_id == "two"

    def test_outputs_edited(self, store: Store) -> None:
        """A new output lists what is stored, a removed one and its documents are gone, others stay clean."""
        store.apply(make_catalogue(outputs=(make_output("all"), make_output("old"))), NOW)
        poll(store, make_entry())
        for build in store.claim_builds(NOW, limit=9, lease=LEASE):
            store.commit_build(build, [make_document(f"{build.path}.atom")], NOW)
        store.apply(make_catalogue(outputs=(make_output("all"), make_output("new"))), NOW + HOUR)
        assert len(listed(store, "new")) == 1
        assert [path for path, _ in store.documents()] == ["all.atom"]
        (build,) = store.claim_builds(NOW + HOUR, limit=9, lease=LEASE)
        assert (build.path, build.created_at) == ("new", NOW + HOUR)
        store.apply(make_catalogue(outputs=(make_output("all"), make_output("old"))), NOW + HOUR)
        assert not store.commit_build(build, [make_document("new.atom")], NOW + HOUR)
        (build,) = store.claim_builds(NOW + HOUR, limit=9, lease=LEASE)
        assert (build.path, build.created_at) == ("old", NOW)
        assert len(listed(store, "old")) == 1

    def test_titles_edited(self, store: Store) -> None:
        """An output is rebuilt when its own title, its feed's or the hub's changes."""
        edits = [
            make_catalogue(),
            make_catalogue(site=Site(title="Renamed")),
            make_catalogue(outputs=[make_output("all", title="Renamed")]),
            make_catalogue(make_feed(title="Renamed")),
        ]
        for number, catalogue in enumerate(edits):
            dirty(store)
            store.apply(catalogue, NOW)
            assert dirty(store) == {"all"}, number
            poll(store, make_entry(), now=NOW + number * HOUR)
        assert only_story(store).sources[0].feed_title == "Renamed"

    def test_a_feed_renames_itself(self, store: Store) -> None:
        """What a feed calls itself is shown unless the YAML says better; outputs follow a new name."""
        store.apply(make_catalogue(), NOW)
        poll(store, make_entry())
        dirty(store)
        (one,) = claim(store, now=NOW + HOUR)
        state = replace(one.state, head=FeedHead("Its own title", "https://one.example/"))
        (report,) = store.commit_polls([(one.token, make_result(one, state=state))], NOW + HOUR)
        assert report.dirty == {"all"}
        (source,) = only_story(store).sources
        assert (source.feed_title, source.feed_url) == ("Its own title", "https://one.example/")
        store.apply(make_catalogue(make_feed(title="Configured")), NOW + HOUR)
        assert only_story(store).sources[0].feed_title == "Configured"

    def test_category_moved(self, store: Store) -> None:
        """A feed moved to another category takes its entries along, ids stay, and duplicates are looked
        for there."""
        feeds = (make_feed("one"), make_feed("two", category="other"), make_feed("three"))
        outputs = (make_output("news", {"category": "news"}), make_output("other", {"category": "other"}))
        store.apply(make_catalogue(*feeds, outputs=outputs), NOW)
        poll(store, make_entry(1, "one", **SAME))
        before = only_story(store, "news")
        moved = (replace(feeds[0], category="other"), *feeds[1:])
        store.apply(make_catalogue(*moved, outputs=outputs), NOW + HOUR)
        assert listed(store, "news") == []
        assert only_story(store, "other") == replace(before, category="other")
        poll(store, make_entry(2, "two", **SAME), make_entry(3, "three", **SAME), now=NOW + HOUR)
        assert [source.feed_id for source in only_story(store, "other").sources] == ["one", "two"]
        assert only_story(store, "news").entry.feed_id == "three"

    def test_category_moved_apart(self, store: Store) -> None:
        """A source that moves to another category leaves its story, whose id stays, for one of its own."""
        outputs = (make_output("news", {"category": "news"}), make_output("other", {"category": "other"}))
        store.apply(make_catalogue(*TWO, outputs=outputs), NOW)
        poll(store, make_entry(1, "one", **SAME), make_entry(1, "two", **SAME))
        before = only_story(store, "news")
        store.apply(make_catalogue(TWO[0], replace(TWO[1], category="other"), outputs=outputs), NOW + HOUR)
        kept, apart = only_story(store, "news"), only_story(store, "other")
        assert (kept.id, [source.feed_id for source in kept.sources]) == (before.id, ["one"])
        assert apart.id != before.id
        assert [(source.feed_id, source.matched_by) for source in apart.sources] == [("two", "first")]
        assert dirty(store) == {"news", "other"}

    def test_url_changed(self, store: Store) -> None:
        """Another address is due at once and asked without the old one's validators; a poll of the old one
        that is under way counts no more."""
        store.apply(make_catalogue(), NOW)
        poll(store, make_entry())
        assert state_of(store).etag
        (old,) = claim(store, now=NOW + MINUTE)
        store.apply(make_catalogue(make_feed(url="https://new.example/feed")), NOW + MINUTE)
        (report,) = store.commit_polls([(old.token, make_result(old, make_entry(2)))], NOW + MINUTE)
        assert not report.accepted
        (new,) = store.claim_feeds(NOW + MINUTE, limit=9, lease=LEASE)
        assert (new.state.url, new.state.etag) == ("https://new.example/feed", "")
        assert len(listed(store)) == 1

    def test_interval_shortened(self, store: Store) -> None:
        """A shorter interval counts from the last success; a longer one from the next poll on."""
        store.apply(make_catalogue(), NOW)
        poll(store, next_poll_at=NOW + DAY)
        store.apply(make_catalogue(make_feed(interval=10 * MINUTE)), NOW + MINUTE)
        assert store.next_due() == NOW + 10 * MINUTE
        store.apply(make_catalogue(make_feed(interval=DAY)), NOW + MINUTE)
        assert store.next_due() == NOW + 10 * MINUTE

    def test_purge(self, store: Store) -> None:
        """Bodies beyond the retention that no feed lists go; the identity stays, and nothing comes back."""
        store.apply(make_catalogue(retention=30 * DAY), NOW)
        poll(store, make_entry(1), make_entry(2))
        dirty(store)
        late = NOW + 31 * DAY
        assert store.purge(late) == 0
        (one,) = claim(store, now=late)
        kept = replace(one.state, seen={make_entry(2).key: "2"})
        store.commit_polls([(one.token, make_result(one, state=kept))], late)
        assert store.purge(NOW + 29 * DAY) == 0
        assert store.purge(late) == 1
        assert store.purge(late) == 0
        assert listed(store) == [make_entry(2).title]
        assert dirty(store) == {"all"}
        assert store.find("one-1", limit=5) == []
        (report,) = poll(store, make_entry(1, content_hash="changed"), now=late + HOUR)
        assert (report.new, report.updated) == (0, 0)
        assert listed(store) == [make_entry(2).title]

    def test_found_again_after_purges(self, store: Store) -> None:
        """A new feed whose first document repeats an old story joins it as long as its body is kept."""
        store.apply(make_catalogue(*TWO), NOW)
        poll(store, make_entry(1, "one", **SAME))
        late = NOW + 40 * DAY
        store.purge(late)
        poll(store, make_entry(1, "two", first_seen_at=late, **SAME), now=late)
        assert len(only_story(store).sources) == 2

    def test_retention_of_removed_feeds(self, store: Store) -> None:
        """A removed feed's bodies go when the retention is over, listed or not."""
        store.apply(make_catalogue(*TWO, retention=30 * DAY), NOW)
        poll(store, make_entry(1, "two"))
        store.apply(make_catalogue(TWO[0], retention=30 * DAY), NOW + DAY)
        assert store.purge(NOW + 31 * DAY) == 1
