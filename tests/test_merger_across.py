"""An output that spans categories shows a story once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from feedhub.merger import once
from feedhub.model import Entry, Source, Story
from tests.sample_stories import make_entry
from tests.times import NOW


def story(name: str, category: str, *keys: str, hours: int = 0, tag: str = "") -> Story:
    """A story with exact keys, so many hours old."""
    at = NOW - timedelta(hours=hours)
    entry: Entry = replace(make_entry(), match_keys=tuple(("link", key) for key in keys))
    source = Source(name, name, "", name, "", name, at, at, "first")
    return Story(name, category, entry, (source,), frozenset({tag} - {""}), at, at, at)


def test_the_oldest_stays_and_names_all() -> None:
    """A newer story of another category with the same link is left out, its source and tag kept."""
    new, other, old = (
        story("new", "a", "x", tag="t"),
        story("other", "a", "y", hours=1),
        story("old", "b", "x", hours=2),
    )
    shown = once([new, other, old])
    assert [one.id for one in shown] == ["other", "old"]
    assert [source.feed_id for source in shown[1].sources] == ["old", "new"]
    assert shown[1].tags == {"t"}


def test_one_category_stays_as_it_was_decided() -> None:
    """What the merger told apart inside a category is not merged when an output is built."""
    assert len(once([story("one", "a", "x"), story("two", "a", "x", hours=1)])) == 2


def test_without_a_common_key_nothing_changes() -> None:
    """Stories of several categories come back as they came."""
    stories = [story("one", "a", "x"), story("two", "b", "y", hours=1), story("three", "b", hours=2)]
    assert once(stories) == stories
