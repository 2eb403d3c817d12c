"""What subscribers see of an item whose content changes: `update_policy`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from feedhub import generator
from feedhub.hub.selection import Selection
from feedhub.model import DuplicatePolicy, FeedHead, Output, PollResult, Site
from feedhub.ports import Store
from tests.fresh import fresh_store
from tests.sample_hub import claim, make_catalogue, make_entry, make_feed, make_output, poll
from tests.times import DAY, HOUR, MINUTE, NOW

SILENT = make_output("silent")
AGAIN = make_output("again", update_policy="republish")
NEVER = make_output("never", update_policy="never")
FEEDS = (make_feed("one"), make_feed("two"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = fresh_store(tmp_path / "hub.sqlite")
    opened.apply(make_catalogue(*FEEDS, outputs=[SILENT, AGAIN, NEVER]), NOW)
    yield opened
    opened.close()


def say(store: Store, text: str, now: datetime = NOW, number: int = 1, **changes: Any) -> None:
    """Have the feed `one` say something in its item of some number."""
    entry = make_entry(number, content=f"<p>{text}</p>", content_hash=text, **changes)
    poll(store, entry, now=now)


def items(store: Store, output: Output, now: datetime = NOW) -> list[dict[str, Any]]:
    """Return what an output's JSON Feed lists."""
    stories = Selection(store, lambda: now).select(output)
    documents = generator.render(replace(output, formats=("json",)), stories, Site(), NOW, "1")
    listed: list[dict[str, Any]] = json.loads(documents[0].body)["items"]
    return listed


def test_by_default_content_is_replaced(store: Store) -> None:
    """The id and the date stay, `updated` moves, and the words are the new ones."""
    say(store, "first")
    (before,) = items(store, SILENT)
    say(store, "second", NOW + HOUR)
    (after,) = items(store, SILENT)
    assert after["content_html"] == "<p>second</p>"
    assert [after[key] == before[key] for key in ("id", "date_published", "date_modified")] == [
        True,
        True,
        False,
    ]


def test_a_changed_item_comes_as_new(store: Store) -> None:
    """It has an id and a date of its own, says what it revises, and stands above what is older."""
    say(store, "first", published_at=NOW - 3 * HOUR)
    poll(store, make_entry(2, "two"))
    (_, before) = items(store, AGAIN)
    say(store, "second", NOW + 2 * HOUR, published_at=NOW - 3 * HOUR)
    (after, other) = items(store, AGAIN)
    assert (before["content_html"], after["content_html"]) == ("<p>first</p>", "<p>second</p>")
    assert after["id"] != before["id"] == after["_feedhub"]["revises"]
    assert after["date_published"] == after["date_modified"] == "2026-11-23T14:00:00+00:00"
    assert other["url"] == "https://two.example/2"
    assert items(store, AGAIN) == items(store, AGAIN)
    assert [item["id"] for item in items(store, SILENT)] == [other["id"], before["id"]]


def test_it_comes_even_if_it_had_left_the_list(store: Store) -> None:
    """A new version of an item beyond `limit` is listed, at the cost of the oldest."""
    say(store, "first", published_at=NOW - DAY)
    poll(store, *(make_entry(number, "two") for number in range(2, 5)))
    short = replace(AGAIN, limit=3)
    assert "https://one.example/1" not in [item["url"] for item in items(store, short)]
    say(store, "second", NOW + 2 * HOUR, published_at=NOW - DAY)
    assert items(store, short)[0]["url"] == "https://one.example/1"
    assert len(items(store, short)) == 3


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"published_at": NOW + 2 * HOUR, "updated_at": NOW + 2 * HOUR}, id="dates alone"),
        pytest.param({"tags": frozenset({"x"})}, id="tags alone"),
    ],
)
def test_a_bump_is_no_news(store: Store, change: dict[str, Any]) -> None:
    """A publisher who moves dates, or a rule that tags, brings nothing back."""
    say(store, "first")
    (before,) = items(store, AGAIN)
    say(store, "first", NOW + 2 * HOUR, **change)
    (after,) = items(store, AGAIN)
    assert [after[key] == before[key] for key in ("id", "date_published", "date_modified")] == [True] * 3


def test_a_counter_does_not_flood(store: Store) -> None:
    """A text that changes with every poll comes as new once an hour at most, and five times in all."""
    ids = set()
    for minute in range(0, 24 * 60, 15):
        say(store, f"seen {minute} times", NOW + minute * MINUTE)
        ids.add(items(store, AGAIN)[0]["id"])
    assert len(ids) == 1 + 5


def test_another_copy_is_no_new_version(tmp_path: Path) -> None:
    """When a preferred feed brings the story too, its text is shown and the item stays the same."""
    store = fresh_store(tmp_path / "hub.sqlite")
    catalogue = make_catalogue(*FEEDS, outputs=[AGAIN])
    news = replace(catalogue.categories["news"], duplicates=DuplicatePolicy(prefer=("two",)))
    store.apply(replace(catalogue, categories={"news": news}), NOW)
    say(store, "first", link="https://x.example/1")
    (before,) = items(store, AGAIN)
    poll(store, make_entry(1, "two", link="https://x.example/1"), now=NOW + 2 * HOUR)
    (after,) = items(store, AGAIN)
    assert after["content_html"] != before["content_html"]
    assert after["id"] == before["id"]
    store.close()


def test_ids_return_with_the_policy(store: Store) -> None:
    """An output that begins to republish floods nobody, and one that ceases to shows its first ids."""
    store.apply(make_catalogue(*FEEDS, outputs=[SILENT]), NOW)
    say(store, "first")
    (before,) = items(store, SILENT)
    say(store, "second", NOW + 2 * HOUR)
    changed = replace(SILENT, update_policy="republish")
    store.apply(make_catalogue(*FEEDS, outputs=[changed]), NOW + 3 * HOUR)
    assert items(store, changed)[0]["id"] == before["id"]
    say(store, "third", NOW + 4 * HOUR)
    assert items(store, changed)[0]["id"] != before["id"]
    store.apply(make_catalogue(*FEEDS, outputs=[SILENT]), NOW + 5 * HOUR)
    assert items(store, SILENT)[0]["id"] == before["id"]


def test_never_is_for_ever(store: Store) -> None:
    """Edits, merges, rules and a renamed feed leave an item as it came into the output, byte for byte."""
    say(store, "first", link="https://x.example/1")
    (before,) = items(store, NEVER)
    say(store, "second", NOW + HOUR, link="https://x.example/1", title="Another title")
    assert items(store, NEVER) == [before]
    poll(store, make_entry(1, "two", link="https://x.example/1"), now=NOW + 2 * HOUR)
    assert len(items(store, SILENT)[0]["_feedhub"]["sources"]) == 2
    assert items(store, NEVER) == [before]
    renamed = (replace(FEEDS[0], title="New name", tags=frozenset({"tagged"})), FEEDS[1])
    store.apply(make_catalogue(*renamed, outputs=[SILENT, NEVER]), NOW + 3 * HOUR)
    assert items(store, SILENT)[0]["_feedhub"]["tags"] == ["tagged"]
    assert items(store, NEVER) == [before]


def test_what_never_changes_is_not_kept_twice(store: Store) -> None:
    """Without a change nothing is kept; what is kept goes with the policy, and with the body."""
    say(store, "first")
    say(store, "other", number=2)
    assert kept(store) == 0
    say(store, "second", NOW + HOUR)
    say(store, "third", NOW + 2 * HOUR)
    assert kept(store) == 1
    store.apply(make_catalogue(*FEEDS, outputs=[SILENT]), NOW + 3 * HOUR)
    assert kept(store) == 0


def test_retention_holds_for_what_is_kept(store: Store) -> None:
    """The first version of a story goes when its body does."""
    say(store, "first")
    say(store, "second", NOW + HOUR)
    assert kept(store) == 1
    store.apply(make_catalogue(FEEDS[1], outputs=[SILENT, NEVER]), NOW + 400 * DAY)
    assert store.purge(NOW + 400 * DAY)
    assert kept(store) == 0
    assert items(store, NEVER, NOW + 400 * DAY) == []


def kept(store: Store) -> int:
    """Return how many first versions the database holds."""
    with store._database.read() as connection:  # type: ignore[attr-defined]
        return int(connection.exec_driver_sql("select count(*) from first_version").scalar())


def test_a_feed_that_names_itself_anew_changes_nothing(store: Store) -> None:
    """The source of an item keeps the name under which it was published."""
    say(store, "first")
    (before,) = items(store, NEVER)
    (claimed,) = claim(store, "one", now=NOW + HOUR)
    state = replace(claimed.state, head=FeedHead(title="Renamed by itself"))
    result = PollResult("one", "unchanged", state, NOW + 2 * HOUR, NOW + HOUR)
    store.commit_polls([(claimed.token, result)], NOW + HOUR)
    assert items(store, SILENT)[0]["_feedhub"]["sources"][0]["feed_title"] == "Renamed by itself"
    assert items(store, NEVER) == [before]
