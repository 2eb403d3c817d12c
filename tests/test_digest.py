"""Digests: one item a period, when its time has come, never changed after."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from feedhub.hub import shelving
from feedhub.hub.periods import following, latest
from feedhub.model import Digest, StepSpec
from feedhub.ports import Step
from feedhub.web import adhoc
from tests.outputs_world import OutputsWorld
from tests.sample_hub import make_catalogue, make_entry, make_feed, make_output
from tests.times import DAY, HOUR, NOW

DAILY = make_output("news", title="News", digest=Digest(7, 0), content="summary")
FEEDS = (make_feed("one", title="Feed <one>"), make_feed("two", title="Another"))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[OutputsWorld]:
    made = OutputsWorld(tmp_path)
    made.apply(make_catalogue(*FEEDS, outputs=[DAILY]))
    yield made
    made.store.close()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("digest", "now", "last", "due"),
    [
        (Digest(7, 0), "2026-11-23T12:00", "2026-11-23T07:00", "2026-11-24T07:00"),
        (Digest(7, 0), "2026-11-23T07:00", "2026-11-23T07:00", "2026-11-24T07:00"),
        (Digest(7, 0, 0), "2026-11-22T23:59", "2026-11-16T07:00", "2026-11-23T07:00"),
        (Digest(7, 0, 6), "2026-11-23T12:00", "2026-11-22T07:00", "2026-11-29T07:00"),
        (Digest(0, 30, None, "Asia/Shanghai"), "2026-11-23T12:00", "2026-11-22T16:30", "2026-11-23T16:30"),
        # Berlin: the clocks go back on 25 October 2026 at 01:00 UTC, forward on 29 March at 01:00 UTC.
        (Digest(7, 0, None, "Europe/Berlin"), "2026-10-25T05:00", "2026-10-24T05:00", "2026-10-25T06:00"),
        (Digest(2, 30, None, "Europe/Berlin"), "2026-10-25T03:00", "2026-10-25T00:30", "2026-10-26T01:30"),
        (Digest(7, 0, None, "Europe/Berlin"), "2026-03-29T04:00", "2026-03-28T06:00", "2026-03-29T05:00"),
        (Digest(2, 30, None, "Europe/Berlin"), "2026-03-29T00:00", "2026-03-28T01:30", "2026-03-29T01:30"),
    ],
)
def test_when_a_digest_is_due(digest: Digest, now: str, last: str, due: str) -> None:
    """Once a day or week at a time of the hub's zone, on days of 23 and 25 hours too."""
    assert (latest(digest, at(now)), following(digest, at(now))) == (at(last), at(due))


def items(world: OutputsWorld) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = world.feed("news")["items"]
    return listed


def test_a_period_has_one_item(world: OutputsWorld) -> None:
    """When the time has come, though nothing else happens, all that came is in one item, by its sources."""
    world.say(make_entry(1, title="A & B"), make_entry(2, "two"), make_entry(3))
    assert items(world) == []
    assert world.wait(NOW + 18 * HOUR) == 0
    assert world.wait(NOW + 19 * HOUR) == 1
    (item,) = items(world)
    assert (item["title"], item["date_published"]) == ("News, 2026-11-24", "2026-11-24T07:00:00+00:00")
    body = item["content_html"]
    assert body.index("<h3>Another</h3>") < body.index("<h3>Feed &lt;one&gt;</h3>")
    assert '<li><a href="https://one.example/1">A &amp; B</a>' in body
    assert body.count("<li>") == 3
    world.files()


def test_an_issue_has_a_page(world: OutputsWorld) -> None:
    """An issue can be looked up by its id like a story, as long as its output is published."""
    world.say(make_entry(1))
    world.wait(NOW + 19 * HOUR)
    (item,) = items(world)
    listed = world.store.story(item["id"])
    assert listed is not None
    assert (listed.story.entry.title, listed.outputs) == ("News, 2026-11-24", ("news",))
    world.apply(make_catalogue(*FEEDS))
    assert world.store.story(item["id"]) is None


def test_an_issue_is_never_rewritten(world: OutputsWorld) -> None:
    """Later edits, removals and latecomers change no byte of it; a story is in one issue alone."""
    world.say(make_entry(1), make_entry(2))
    world.wait(NOW + 19 * HOUR)
    before = world.files()
    assert world.wait(NOW + 20 * HOUR) == 0
    world.say(make_entry(1, content="<p>edited</p>", content_hash="edited"), at=NOW + 21 * HOUR)
    assert world.files() == before
    world.say(make_entry(3, published_at=NOW - DAY), at=NOW + 22 * HOUR)
    assert world.files() == before
    world.wait(NOW + 19 * HOUR + DAY)
    (second, first) = items(world)
    assert second["content_html"].count("<li>") == 1
    assert "https://one.example/3" in second["content_html"]
    assert first["id"] != second["id"]
    assert first["content_html"].count("<li>") == 2


def test_an_empty_period_gives_no_item(world: OutputsWorld) -> None:
    """Days without news pass in silence, also while the hub was away."""
    world.wait(NOW + 3 * DAY)
    assert items(world) == []
    world.say(make_entry(1), at=NOW + 3 * DAY)
    assert items(world) == []
    world.wait(NOW + 9 * DAY)
    (item,) = items(world)
    assert item["title"] == "News, 2026-12-02"


def test_what_was_there_before_is_in_no_issue(tmp_path: Path) -> None:
    """A digest declared over an archive begins with what comes from then on."""
    world = OutputsWorld(tmp_path)
    world.apply(make_catalogue(*FEEDS))
    world.say(make_entry(1))
    world.apply(make_catalogue(*FEEDS, outputs=[make_output(), DAILY]))
    world.say(make_entry(2), at=NOW + HOUR)
    world.wait(NOW + 19 * HOUR)
    (item,) = items(world)
    assert item["content_html"].count("<li>") == 1
    world.store.close()


def test_a_fast_feed_leaves_room_in_a_digest(world: OutputsWorld) -> None:
    """`per_feed_limit` counts in each issue, and what it leaves out comes in no later one."""
    world.apply(make_catalogue(*FEEDS, outputs=[replace(DAILY, per_feed_limit=1, content="none")]))
    world.say(*(make_entry(number) for number in range(1, 6)), make_entry(9, "two"))
    world.wait(NOW + 19 * HOUR)
    world.wait(NOW + 19 * HOUR + DAY)
    (item,) = items(world)
    assert item["content_html"].count("<li>") == 2


@pytest.mark.parametrize(
    ("query", "count"), [("q=title:news", 2), ("q=number29", 1), ("limit=1", 1), ("q=number8", 0)]
)
def test_a_query_finds_issues(world: OutputsWorld, query: str, count: int) -> None:
    """A query on a digest lists its issues, whole as they were published, by title and by what they tell."""
    terse = replace(DAILY, content="none")
    world.apply(make_catalogue(*FEEDS, outputs=[terse]))
    world.say(*(make_entry(number) for number in range(1, 30, 2)))
    world.wait(NOW + 19 * HOUR)
    world.say(*(make_entry(number) for number in range(2, 30, 2) if number != 8), at=NOW + 21 * HOUR)
    world.wait(NOW + 19 * HOUR + DAY)
    asked, standing = adhoc.read_query(parse_qsl(query), terse), world.store.standing("news")
    assert asked
    assert standing
    stories = world.hub.select(adhoc.wanted(terse, asked))
    site = world.hub.catalogue.site
    found = adhoc.found(
        terse, "json", asked, stories, site=site, standing=standing, now=world.now, version="1"
    )
    listed = json.loads(found.body)["items"]
    assert len(listed) == count
    assert all(item in items(world) for item in listed)


def quiet() -> Step:
    """A user's step that leaves out what it does not want to hear of."""
    return lambda entries, context: [entry for entry in entries if "noise" not in entry.title]


def test_what_steps_leave_out_does_not_stand_in_the_way(
    world: OutputsWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much waits of which the output's steps leave nothing, what comes after it is told."""
    monkeypatch.setattr(shelving, "ISSUE_AT_MOST", 2)
    quietly = replace(DAILY, steps=(StepSpec("tests.test_digest:quiet"),))
    world.apply(make_catalogue(*FEEDS, outputs=[quietly]))
    noise = [make_entry(number, title="noise", published_at=NOW - DAY) for number in range(1, 6)]
    world.say(*noise, make_entry(9, title="News at last"))
    world.wait(NOW + 19 * HOUR)
    (item,) = items(world)
    assert "News at last" in item["content_html"]
    assert "noise" not in item["content_html"]
    assert world.wait(NOW + 20 * HOUR) == 0
    world.say(*(make_entry(number, title="noise") for number in range(10, 15)), at=NOW + 21 * HOUR)
    world.wait(NOW + 19 * HOUR + DAY)
    assert (len(items(world)), world.store.shelf("news").waiting) == (1, 0)


def test_a_digest_survives_a_restart(world: OutputsWorld, tmp_path: Path) -> None:
    """Another process over the same data publishes the same issues."""
    world.say(make_entry(1))
    world.wait(NOW + 19 * HOUR)
    before = world.files()
    world.store.close()
    again = OutputsWorld(tmp_path)
    again.now = NOW + 20 * HOUR + timedelta(minutes=5)
    again.apply(make_catalogue(*FEEDS, outputs=[DAILY]))
    assert again.files() == before
    world.store = again.store
