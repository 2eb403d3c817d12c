"""Ids and dates that subscribers can trust, whatever publishers do between polls: by the real command."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.command import Workplace
from tests.feeds import Item, rss
from tests.publisher import Publishers
from tests.times import NOW

ROUNDS = 3
AHEAD = (NOW - datetime.now(UTC)) / timedelta(hours=1) - 24 * 30
"""The `hours` of an item that is dated 30 days after the tests run."""

TEXT = "<p>The harbour was closed for nine hours on Tuesday after a crane fell onto the quay at berth {}.</p>"
SHARED = "https://origin.example/story"


def items(count: int = 3) -> list[Item]:
    return [Item(f"i{n}", f"Crane {n} fell", TEXT.format(n), hours=n + 1.0) for n in range(count)]


def guids_change(turn: int) -> list[Item]:
    return [replace(item, guid=f"{item.name}-{turn}") for item in items()]


def guids_and_texts_change(turn: int) -> list[Item]:
    return [replace(item, guid=f"{item.name}-{turn}", text=TEXT.format(turn * 100)) for item in items()]


def guids_and_links_change(turn: int) -> list[Item]:
    return [
        replace(item, guid=f"{item.name}-{turn}", link=f"https://a.example/{turn}/{item.name}")
        for item in items()
    ]


def by_the_minute(turn: int) -> list[Item]:
    return [replace(item, hours=(item.hours or 0) + 0.1) for item in guids_and_texts_change(turn)]


def moving_by_the_minute(turn: int) -> list[Item]:
    return [replace(item, hours=(item.hours or 0) + 0.1) for item in guids_and_links_change(turn)]


def undated_with_sessions(turn: int) -> list[Item]:
    return [replace(item, hours=None) for item in guids_and_links_change(turn)]


def one_guid_for_all(turn: int) -> list[Item]:
    return [replace(item, guid="same") for item in items(4)][turn % 2 :]


def dates_move(turn: int) -> list[Item]:
    return [replace(item, hours=(item.hours or 0) - 0.1 * turn) for item in items()]


def no_dates(turn: int) -> list[Item]:
    return [replace(item, hours=None) for item in items()][:: 1 if turn % 2 else -1]


def from_the_future(turn: int) -> list[Item]:
    return [replace(item, hours=AHEAD - turn) for item in items()]


def the_first_copy(turn: int) -> list[Item]:
    return [Item("first", "A crane fell", link=SHARED, hours=5)]


def the_preferred_copy(turn: int) -> list[Item]:
    return [Item("better", "A crane fell, and why", link=SHARED, hours=4)] if turn else []


FEEDS: dict[str, tuple[Callable[[int], list[Item]], dict[str, Any]]] = {
    "churn": (guids_change, {}),
    "edited-churn": (guids_and_texts_change, {"identity": "link"}),
    "moving-churn": (guids_and_links_change, {"identity": "title"}),
    "timed-churn": (by_the_minute, {}),
    "timed-moves": (moving_by_the_minute, {}),
    "sessions": (undated_with_sessions, {}),
    "same-guid": (one_guid_for_all, {}),
    "re-dated": (dates_move, {}),
    "undated": (no_dates, {}),
    "clamped": (from_the_future, {"dates": {"future": "clamp"}}),
    "ignored": (from_the_future, {"dates": {"future": "ignore"}}),
    "copies": (the_first_copy, {}),
    "preferred": (the_preferred_copy, {"category": "copies"}),
}

Seen = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def polled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workplace, list[dict[str, Seen]]]]:
    """The hub, and what each category published after each round, by id."""
    publishers = Publishers()
    work = Workplace(tmp_path_factory.mktemp("identity"))
    rounds: list[dict[str, Seen]] = []
    for turn in range(ROUNDS):
        feeds = [
            {
                "id": name,
                "category": name,
                "url": publishers.put(rss(*make(turn)), f"127.0.6.{place}"),
                **settings,
            }
            for place, (name, (make, settings)) in enumerate(FEEDS.items(), 1)
        ]
        work.configure({"feeds": feeds, "categories": {"copies": {"duplicates": {"prefer": "preferred"}}}})
        work.run("poll", "--all")
        rounds.append(
            {
                name: {item["id"]: item for item in work.items(f"category/{name}")}
                for name in FEEDS
                if name != "preferred"
            }
        )
    yield work, rounds
    publishers.close()


@pytest.fixture
def hub(polled: tuple[Workplace, list[dict[str, Seen]]]) -> Workplace:
    return polled[0]


@pytest.fixture
def rounds(polled: tuple[Workplace, list[dict[str, Seen]]]) -> list[dict[str, Seen]]:
    return polled[1]


@pytest.mark.parametrize("name", [name for name in FEEDS if name != "preferred"])
def test_nothing_comes_twice_and_no_date_moves(rounds: list[dict[str, Seen]], name: str) -> None:
    """Round after round: the same ids under the same dates, none more."""
    first, *later = (turn[name] for turn in rounds)
    for turn in later:
        assert {id: item["date_published"] for id, item in turn.items()} == {
            id: item["date_published"] for id, item in first.items()
        }


@pytest.mark.parametrize("name", ["churn", "moving-churn", "re-dated", "undated", "clamped", "ignored"])
def test_what_says_the_same_is_not_updated(rounds: list[dict[str, Seen]], name: str) -> None:
    """Another guid or date is no change of content; another link alone is."""
    first, *later = (turn[name] for turn in rounds)
    for turn in later:
        for id, item in turn.items():
            moved = item["date_modified"] != first[id]["date_modified"]
            assert moved == (name == "moving-churn")


def test_an_edit_moves_updated(rounds: list[dict[str, Seen]]) -> None:
    """Under another guid too, where the link is the identity."""
    modified = [{item["date_modified"] for item in turn["edited-churn"].values()} for turn in rounds]
    assert max(modified[0]) < min(modified[1]) <= max(modified[1]) < min(modified[2])


def test_no_item_is_from_the_future(hub: Workplace, rounds: list[dict[str, Seen]]) -> None:
    """Clamped to when it was first seen, or taken as undated: in lists it is the same, `explain` knows."""
    for name in ("clamped", "ignored", "undated"):
        assert len(rounds[0][name]) == 3
        for item in rounds[-1][name].values():
            assert datetime.fromisoformat(item["date_published"]) <= datetime.now(UTC)
    for name, dated in (("clamped", True), ("ignored", False)):
        told = [
            json.loads(hub.run("explain", "--json", id))[0]["entries"][0]["published"]
            for id in list(rounds[-1][name])[:1]
        ]
        assert [date is not None for date in told] == [dated]


def test_one_guid_for_all_is_told_apart(rounds: list[dict[str, Seen]]) -> None:
    """Four items under one guid are four, also when the first has left the document."""
    assert [len(turn["same-guid"]) for turn in rounds] == [4, 4, 4]


def test_a_preferred_copy_that_comes_later(rounds: list[dict[str, Seen]]) -> None:
    """Its content is shown; id and published stay, `updated` moves once."""
    (before,), (after,), (last,) = (list(turn["copies"].values()) for turn in rounds)
    assert (before["title"], after["title"]) == ("A crane fell", "A crane fell, and why")
    assert before["id"] == after["id"]
    assert before["date_published"] == after["date_published"]
    assert before["date_modified"] < after["date_modified"] == last["date_modified"]
    assert [source["feed"] for source in after["_feedhub"]["sources"]] == ["preferred", "copies"]
