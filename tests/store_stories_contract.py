"""What every store promises about entries and the stories they make."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from feedhub.model import Category, DuplicatePolicy, Enclosure, Person, Podcast, Transcript
from feedhub.ports import Store
from tests.sample_hub import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    dirty,
    listed,
    make_catalogue,
    make_entry,
    make_feed,
    make_output,
    make_rule,
    only_story,
    poll,
)

SAME = {"link": "https://publisher.example/story", "title": "The same story told twice"}


class StoriesContract:
    """Inherited by `StoreContract`."""

    def test_an_entry_comes_back_whole(self, store: Store) -> None:
        """Whatever an entry carries is there when it is published."""
        store.apply(make_catalogue(), NOW)
        entry = make_entry(
            summary="短い",
            authors=(Person("Ada", uri="https://ada.example/"),),
            categories=("a", "b"),
            updated_at=NOW - MINUTE,
            enclosures=(Enclosure("https://one.example/a.mp3", "audio/mpeg", 0, duration_s=60),),
            image="https://one.example/a.png",
            language="zh",
            comments="https://one.example/c",
            source_title="Elsewhere",
            source_url="https://elsewhere.example/",
            podcast=Podcast(duration_s=61, transcripts=(Transcript("https://one.example/t"),)),
        )
        poll(store, entry)
        story = only_story(store)
        assert story.entry == entry
        (source,) = story.sources
        assert (source.feed_id, source.feed_title, source.feed_url) == (
            "one",
            "one",
            "https://one.example/feed",
        )
        assert (source.matched_by, source.link, source.first_seen_at) == ("first", entry.link, NOW)

    @pytest.mark.parametrize(
        ("published", "updated", "expected"),
        [
            (-HOUR, None, (-HOUR, -HOUR)),
            (None, None, (timedelta(0), timedelta(0))),
            (DAY, None, (timedelta(0), timedelta(0))),
            (-DAY, -HOUR, (-DAY, -HOUR)),
            (-HOUR, -DAY, (-HOUR, -HOUR)),
            (-DAY, DAY, (-DAY, timedelta(0))),
            (None, -HOUR, (timedelta(0), timedelta(0))),
        ],
    )
    def test_dates(
        self,
        store: Store,
        published: timedelta | None,
        updated: timedelta | None,
        expected: tuple[timedelta, timedelta],
    ) -> None:
        """A story is dated by its feed, but never later than when it was first seen; undated, by that."""
        store.apply(make_catalogue(), NOW)
        entry = make_entry(published_at=published and NOW + published, updated_at=updated and NOW + updated)
        poll(store, entry)
        story = only_story(store)
        assert (story.published_at - NOW, story.updated_at - NOW) == expected
        assert story.ordered_at == story.published_at

    def test_newest_first(self, store: Store) -> None:
        """An output lists its newest stories, those of one instant by id, and stops at the limit."""
        store.apply(make_catalogue(), NOW)
        poll(store, *(make_entry(number, published_at=NOW - (number % 3) * HOUR) for number in range(30)))
        stories = store.stories("all", limit=1000)
        assert [(-story.ordered_at.timestamp(), story.id) for story in stories] == sorted(
            (-story.ordered_at.timestamp(), story.id) for story in stories
        )
        assert store.stories("all", limit=7) == stories[:7]
        assert len(store.stories("all", limit=100, since=NOW - HOUR)) == 20
        assert store.stories("no such output", limit=5) == []

    def test_seen_again(self, store: Store) -> None:
        """An entry that comes again unchanged changes nothing, whatever it says of when it was seen."""
        store.apply(make_catalogue(), NOW)
        poll(store, make_entry())
        before = only_story(store)
        dirty(store)
        (report,) = poll(store, make_entry(first_seen_at=NOW + DAY), now=NOW + DAY)
        assert (report.new, report.updated, report.dirty) == (0, 0, frozenset())
        assert only_story(store) == before
        assert dirty(store) == set()

    def test_changed(self, store: Store) -> None:
        """A changed item keeps id and date and tells when it changed; its outputs are dirty."""
        store.apply(make_catalogue(), NOW)
        poll(store, make_entry())
        before = only_story(store)
        dirty(store)
        later = NOW + DAY
        changed = make_entry(
            title="Corrected", content_hash="corrected", published_at=later, first_seen_at=later
        )
        (report,) = poll(store, changed, now=later)
        after = only_story(store)
        assert (report.new, report.updated, report.dirty) == (0, 1, frozenset({"all"}))
        assert after.entry.title == "Corrected"
        assert after.entry.first_seen_at == NOW
        assert (after.id, after.published_at, after.ordered_at) == (
            before.id, before.published_at, before.ordered_at,
        )  # fmt: skip
        assert after.updated_at == later
        assert dirty(store) == {"all"}

    def test_the_publisher_says_when(self, store: Store) -> None:
        """A change is dated by the publisher where that can be: after the last, not in the future."""
        store.apply(make_catalogue(), NOW)
        poll(store, make_entry())
        moments = []
        for number, said in enumerate((NOW + MINUTE, NOW - 9 * DAY, NOW + 99 * DAY), 1):
            poll(
                store,
                make_entry(content_hash=f"version {number}", updated_at=said),
                now=NOW + number * HOUR,
            )
            moments.append(only_story(store).updated_at - NOW)
        assert moments == [MINUTE, 2 * HOUR, 3 * HOUR]

    def test_a_key_counts_once_a_document(self, store: Store) -> None:
        """Of two items with one key in a document the first is taken."""
        store.apply(make_catalogue(), NOW)
        (report,) = poll(store, make_entry(), make_entry(title="Second", content_hash="second"))
        assert report.new == 1
        assert listed(store) == [make_entry().title]

    def test_merged(self, store: Store) -> None:
        """Entries of a category that tell the same are one story with both sources and all tags."""
        feeds = (make_feed("one", tags=frozenset("a"), title="One"), make_feed("two", tags=frozenset("b")))
        store.apply(make_catalogue(*feeds), NOW)
        poll(store, make_entry(1, "one", tags=frozenset("a"), **SAME))
        before = only_story(store)
        dirty(store)
        later = NOW + HOUR
        entry = make_entry(2, "two", tags=frozenset("b"), first_seen_at=later, **SAME)
        (report,) = poll(store, entry, now=later)
        after = only_story(store)
        assert (report.new, report.merged, report.dirty) == (1, 1, frozenset({"all"}))
        assert [(one.feed_id, one.matched_by) for one in after.sources] == [("one", "first"), ("two", "link")]
        assert after.sources[1].reason
        assert after.tags == {"a", "b"}
        assert (after.id, after.published_at, after.updated_at, after.entry) == (
            before.id, before.published_at, before.updated_at, before.entry,
        )  # fmt: skip

    def test_merged_within_a_batch(self, store: Store) -> None:
        """Two entries that come in one commit merge like any others."""
        store.apply(make_catalogue(make_feed("one"), make_feed("two")), NOW)
        reports = poll(store, make_entry(1, "one", **SAME), make_entry(2, "two", **SAME))
        assert [report.merged for report in reports] == [0, 1]
        assert len(only_story(store).sources) == 2

    def test_a_preferred_copy(self, store: Store) -> None:
        """A preferred copy replaces what is shown; id and date stay, and `updated` says so."""
        catalogue = make_catalogue(make_feed("one"), make_feed("two"))
        policy = DuplicatePolicy(prefer=("two",))
        catalogue = replace(catalogue, categories={"news": Category("news", "News", "news", policy)})
        store.apply(catalogue, NOW)
        poll(store, make_entry(1, "one", **SAME))
        before = only_story(store)
        poll(store, make_entry(2, "two", **SAME), now=NOW + HOUR)
        after = only_story(store)
        assert after.entry.feed_id == "two"
        assert [one.feed_id for one in after.sources] == ["two", "one"]
        assert (after.id, after.published_at) == (before.id, before.published_at)
        assert after.updated_at == NOW + HOUR

    def test_categories_do_not_mix(self, store: Store) -> None:
        """Entries of two categories, or of a private feed and another, are never one story."""
        feeds = (make_feed("one"), make_feed("two", category="other"), make_feed("three", private=True))
        store.apply(make_catalogue(*feeds), NOW)
        poll(store, *(make_entry(1, name, **SAME) for name in ("one", "two", "three")))
        assert len(store.find(SAME["title"], limit=10)) == 3
        assert len(listed(store)) == 2

    def test_private(self, store: Store) -> None:
        """A private feed's stories are in private outputs alone, and its address is not published."""
        outputs = (make_output("all"), make_output("mine", private=True))
        store.apply(make_catalogue(make_feed("one", private=True), outputs=outputs), NOW)
        poll(store, make_entry())
        assert listed(store, "all") == []
        story = only_story(store, "mine")
        assert story.private
        assert story.sources[0].feed_url == ""

    def test_guid_changed(self, store: Store) -> None:
        """The same item under a new guid is no new item, neither when the old guid returns."""
        store.apply(make_catalogue(), NOW)
        poll(store, make_entry())
        before = only_story(store)
        old = NOW + 400 * DAY
        (report,) = poll(store, make_entry(key="guid:new", guid="new", first_seen_at=old), now=old)
        assert (report.new, report.merged) == (0, 0)
        after = only_story(store)
        assert (after.id, after.published_at, after.updated_at) == (
            before.id, before.published_at, before.updated_at,
        )  # fmt: skip
        assert (after.entry.key, after.entry.guid) == ("guid:new", "new")
        (report,) = poll(store, make_entry(first_seen_at=old), now=old + HOUR)
        assert report.new == 0
        assert only_story(store) == after

    def test_backlog(self, store: Store) -> None:
        """Of a feed's first document the newest `initial_items` are listed; the rest is kept, unlisted."""
        store.apply(make_catalogue(make_feed(initial_items=3)), NOW)
        entries = [make_entry(number, published_at=NOW - number * DAY) for number in range(1, 11)]
        (report,) = poll(store, *reversed(entries), backlog=True)
        assert report.new == 10
        assert listed(store) == [entry.title for entry in entries[:3]]
        assert len(store.find("Item number", limit=100)) == 10
        poll(store, replace(entries[7], content_hash="changed"), make_entry(11), now=NOW + HOUR)
        assert len(listed(store)) == 4

    def test_dropped_entries_take_no_place(self, store: Store) -> None:
        """What a rule drops does not count among the `initial_items`."""
        store.apply(make_catalogue(make_feed(initial_items=2)), NOW)
        dates = [NOW - number * DAY for number in range(1, 5)]
        entries = [make_entry(number, published_at=date) for number, date in enumerate(dates)]
        poll(store, replace(entries[0], dropped="ads"), *entries[1:], backlog=True)
        assert listed(store) == [entry.title for entry in entries[1:3]]

    def test_dropped(self, store: Store) -> None:
        """What a rule dropped is kept, and makes no output dirty."""
        store.apply(make_catalogue(), NOW)
        dirty(store)
        (report,) = poll(store, make_entry(dropped="ads"))
        assert (report.new, report.dirty) == (1, frozenset())
        assert listed(store) == []
        assert dirty(store) == set()
        assert store.find("one-1", limit=5)[0].entry.dropped == "ads"

    def test_absent_is_not_gone(self, store: Store) -> None:
        """An entry that a later document lacks stays where it is."""
        store.apply(make_catalogue(), NOW)
        poll(store, make_entry(1))
        poll(store, make_entry(2), now=NOW + HOUR)
        assert len(listed(store)) == 2

    def test_polled_under_old_rules(self, store: Store) -> None:
        """A poll that was under way when the rules changed is stored under the new ones."""
        store.apply(make_catalogue(), NOW)
        rule = make_rule("ads", {"title": "item"}, drop=True)
        store.apply(make_catalogue(rules=(rule,)), NOW + MINUTE)
        poll(store, make_entry(), polled_at=NOW)
        assert listed(store) == []

    def test_find(self, store: Store) -> None:
        """A story is found by id, link, guid or a part of its title in any case; no pattern is one."""
        store.apply(make_catalogue(), NOW)
        poll(store, make_entry(1, title="Ä 100% sure"), make_entry(2))
        first = next(story for story in store.stories("all", limit=9) if story.entry.guid == "one-1")
        for text in (first.id, first.entry.link, "one-1", "100% SURE"):
            assert store.find(text, limit=5) == [first], text
        assert store.find("%", limit=5) == [first]
        assert store.find("one-3", limit=5) == []
        assert len(store.find("e", limit=1)) == 1
