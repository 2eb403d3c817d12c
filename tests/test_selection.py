"""Which stories an output shows: its limits and its first items."""

from __future__ import annotations

from dataclasses import replace

import pytest

from feedhub.hub.selection import Selection
from feedhub.model import DuplicatePolicy, Entry, Output
from feedhub.ports import Store
from tests.sample_hub import make_catalogue, make_entry, make_feed, make_output, poll
from tests.times import HOUR, MINUTE, NOW


def many(feed: str, count: int, *, hours: int = 1) -> list[Entry]:
    """Return entries of a feed, the first the newest."""
    return [
        make_entry(number, feed, published_at=NOW - hours * HOUR - number * MINUTE)
        for number in range(1, count + 1)
    ]


def shown(store: Store, output: Output) -> list[str]:
    """Return the guids of what an output shows, in its order."""
    return [story.entry.guid for story in Selection(store, lambda: NOW).select(output)]


def test_a_fast_feed_does_not_drown_slow_ones(store: Store) -> None:
    """Each feed has its newest items, so many at most; `limit` comes after."""
    output = make_output(per_feed_limit=2)
    store.apply(make_catalogue(make_feed("fast"), make_feed("slow"), outputs=[output]), NOW)
    poll(store, *many("fast", 15), *many("slow", 3, hours=9))
    assert shown(store, output) == ["fast-1", "fast-2", "slow-1", "slow-2"]
    assert shown(store, replace(output, limit=3)) == ["fast-1", "fast-2", "slow-1"]
    assert len(shown(store, replace(output, per_feed_limit=None))) == 18


def test_a_merged_story_counts_for_the_feed_that_is_shown(store: Store) -> None:
    """A story of two feeds takes room of the one whose copy is shown, and of that alone."""
    output = make_output(per_feed_limit=1)
    feeds = [make_feed("one"), make_feed("two")]
    catalogue = make_catalogue(*feeds, outputs=[output])
    news = replace(catalogue.categories["news"], duplicates=DuplicatePolicy(prefer=("two",)))
    store.apply(replace(catalogue, categories={"news": news}), NOW)
    shared = make_entry(1, "one")
    poll(store, shared, make_entry(2, "one", published_at=NOW - 2 * HOUR))
    poll(store, make_entry(1, "two", link=shared.link, content=shared.content, title=shared.title))
    poll(store, make_entry(3, "two", published_at=NOW - 3 * HOUR))
    assert shown(store, output) == ["two-1", "one-2"]


def test_the_most_widespread_of_each_feed_come_first(store: Store) -> None:
    """With `order: sources` a feed keeps its most widespread items, not its newest."""
    output = make_output(per_feed_limit=1, order="sources")
    store.apply(make_catalogue(make_feed("one"), make_feed("two"), outputs=[output]), NOW)
    poll(store, *(entries := many("one", 3)))
    copied = entries[2]
    poll(store, make_entry(9, "two", link=copied.link, content=copied.content, title=copied.title))
    assert shown(store, output) == ["one-3"]


@pytest.mark.parametrize(
    ("initial", "old"), [(0, []), (2, ["one-1", "one-2"]), (None, ["one-1", "one-2", "one-3"])]
)
def test_a_new_output_begins_with_few_items(store: Store, initial: int | None, old: list[str]) -> None:
    """Of what was there before it was declared, the newest come along; what comes later is never left out."""
    store.apply(make_catalogue(make_feed("one")), NOW)
    poll(store, *many("one", 3))
    output = make_output("new", initial_items=initial)
    store.apply(make_catalogue(make_feed("one"), outputs=[make_output(), output]), NOW)
    assert shown(store, output) == old
    poll(store, make_entry(9, "one", published_at=NOW), now=NOW + MINUTE)
    assert shown(store, output) == ["one-9", *old]


def test_items_of_one_instant_are_counted_too(store: Store) -> None:
    """Undated items that were seen together are no way round `initial_items`."""
    store.apply(make_catalogue(make_feed("one")), NOW - HOUR)
    poll(store, *(make_entry(number, published_at=None, first_seen_at=NOW - HOUR) for number in range(1, 10)))
    output = make_output("new", initial_items=4)
    store.apply(make_catalogue(make_feed("one"), outputs=[output]), NOW)
    assert len(shown(store, output)) == 4
