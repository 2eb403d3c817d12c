"""What pages show of a real store: outputs by day, their neighbours, stories that may be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from feedhub.generator import issue
from feedhub.hub.selection import Selection
from feedhub.model import Digest, Output, Site, Story
from feedhub.pages import Days, Pages, Shelf
from tests.sample_stories import make_story
from tests.store_world import World, entry, feed, output, where
from tests.times import DAY, HOUR, NOW


class Chosen(Selection):
    """A selection of just these stories."""

    chosen: Sequence[Story] = ()

    def select(self, output: Output, now: datetime | None = None, *, limit: int | None = None) -> list[Story]:
        return list(self.chosen)


def shelf(world: World, chosen: Sequence[Story] | None = None) -> Shelf:
    """Return what pages show of a world now, or of some stories."""
    selection = Selection(world.store, lambda: world.now)
    if chosen is not None:
        selection = Chosen(world.store, lambda: world.now)
        selection.chosen = chosen
    return Shelf(world.store, world.catalogue, selection, lambda: world.now)


def fill(world: World, hours: list[float], **changes: Any) -> Shelf:
    """Publish stories of so many hours ago in one output, and return the shelf."""
    world.apply(feed("a", initial_items=500), outputs=[output("all", **changes)])
    world.poll("a", *(entry("a", f"e{place}", hours=one) for place, one in enumerate(hours)))
    return shelf(world)


def ages(world: World, lines: Any) -> list[float]:
    """Return how many hours ago the stories of some lines were."""
    return [(world.now - line.ordered_at) / HOUR for line in lines]


def test_way_through_the_days(world: World) -> None:
    """From the newest stories one comes, day by day that has stories, to the oldest, and back."""
    found = fill(world, [1, 2, 30, 100])
    (everything,) = found.outputs.values()
    newest = found.newest(everything)
    assert ages(world, newest.lines) == [1, 2, 30, 100]
    assert (newest.newer, newest.older) == ("", "")
    today = found.of_day(everything, date(2026, 11, 23))
    assert today is not None
    assert ages(world, today.lines) == [1, 2]
    assert (today.newer, today.older) == ("", "all/2026-11-22.html")
    before = found.of_day(everything, date(2026, 11, 22))
    assert before is not None
    assert (before.newer, before.older) == ("all/2026-11-23.html", "all/2026-11-19.html")
    oldest = found.of_day(everything, date(2026, 11, 19))
    assert oldest is not None
    assert (oldest.newer, oldest.older) == ("all/2026-11-22.html", "")
    assert found.of_day(everything, date(2026, 11, 21)) is None


def test_newest_lead_to_the_rest(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the newest stories end within a day, that day's page is next; a long day has several parts."""
    monkeypatch.setattr("feedhub.pages.shelf.NEWEST", 2)
    monkeypatch.setattr("feedhub.pages.shelf.DAY_PART", 2)
    found = fill(world, [1, 2, 3, 4, 5, 30])
    (everything,) = found.outputs.values()
    assert found.newest(everything).older == "all/2026-11-23.html"
    parts = [found.of_day(everything, date(2026, 11, 23), part) for part in (1, 2, 3, 4)]
    assert [part and ages(world, part.lines) for part in parts] == [[1, 2], [3, 4], [5], None]
    assert [part and (part.newer, part.older) for part in parts[:3]] == [
        ("", "all/2026-11-23.2.html"),
        ("all/2026-11-23.html", "all/2026-11-23.3.html"),
        ("all/2026-11-23.2.html", "all/2026-11-22.html"),
    ]


def test_days_are_the_hubs_own(world: World) -> None:
    """A day begins and ends in the hub's time zone."""
    world.apply(feed("a"), outputs=[output("all")], site=Site(timezone="Asia/Shanghai"))
    world.poll(
        "a", entry("a", "late", hours=1), entry("a", "early", hours=19.5), entry("a", "before", hours=20.5)
    )
    (everything,) = shelf(world).outputs.values()
    days = [shelf(world).of_day(everything, date(2026, 11, day)) for day in (22, 23)]
    assert [day and ages(world, day.lines) for day in days] == [[20.5], [1, 19.5]]


@pytest.mark.parametrize(
    ("changes", "last"),
    [({}, True), ({"max_age": 2 * DAY}, False), ({"order": "sources"}, False), ({"limit": 1}, True)],
)
def test_no_page_shows_more_than_its_output(world: World, changes: dict[str, Any], last: bool) -> None:
    """What is too old for an output has no page there; one that ranks has its best alone."""
    found = fill(world, [1, 100], **changes)
    (everything,) = found.outputs.values()
    assert (found.of_day(everything, date(2026, 11, 19)) is not None) == last


def test_issue_of_a_digest(world: World) -> None:
    """An issue stands whole on its output's page and leads nowhere else; a digest has no days."""
    digest = output("daily", digest=Digest(7, 0, None, "UTC"))
    world.apply(feed("a"), outputs=[digest])
    world.poll("a", entry("a", "one", hours=1))
    (listed,) = world.stories("daily")
    told = issue(digest, [listed], Site(), world.now, world.now.date())
    found = shelf(world, [told])
    newest = found.newest(digest)
    (line,) = newest.lines
    assert line.page == f"daily.html#{told.id.removeprefix('urn:uuid:')}"
    assert listed.entry.link in line.body
    assert (newest.older, found.of_day(digest, date(2026, 11, 23))) == ("", None)
    page = Pages("1").output(Site(), digest, newest, "daily.html", {})
    assert f'id="{told.id.removeprefix("urn:uuid:")}"' in page


def test_dropped_stories_lead_to_their_publishers(world: World) -> None:
    """What an output leaves out is on no other page: its titles lead away, and it says why."""
    dropped = output("all.dropped", kind="dropped", dropped_from=where())
    world.apply(feed("a"), outputs=[dropped])
    story = make_story(5)
    story = replace(story, entry=replace(story.entry, dropped="rule: <short>"))
    newest = shelf(world, [story]).newest(dropped)
    assert (newest.lines[0].page, newest.lines[0].link) == ("", "https://one.example/posts/5")
    page = Pages("1").output(Site(), dropped, newest, "all.dropped.html", {})
    assert 'class="u-url" href="https://one.example/posts/5"' in page
    assert "Left out: <bdi>rule: &lt;short&gt;</bdi>" in page


@pytest.mark.parametrize(("weekday", "expected"), [(None, "every day"), (4, "every Friday")])
def test_a_digest_without_issues_says_when_one_comes(weekday: int | None, expected: str) -> None:
    """Before its first issue a digest's page says when to expect one."""
    page = Pages("1").output(
        Site(), output("daily", digest=Digest(7, 0, weekday, "Asia/Tokyo")), Days(()), "daily.html", {}
    )
    assert f"One comes {expected} at 07:00 (Asia/Tokyo), if there is news." in page


def test_card_has_the_newest(world: World) -> None:
    """A card has an output's five newest titles, that of everything ten."""
    found = fill(world, [float(hour) for hour in range(1, 15)])
    assert len(found.card(found.outputs["all"]).newest) == 5
    found = fill(world, [], kind="all")
    assert len(found.card(found.outputs["all"]).newest) == 10
    assert NOW - found.card(found.outputs["all"]).newest[0].ordered_at == HOUR


def test_only_public_stories_have_a_page(world: World) -> None:
    """A story has a page while a public output lists it, whatever private ones do."""
    outputs = [output("open", where=where(feed="a")), output("closed", private=True)]
    world.apply(feed("a"), feed("b"), feed("c", private=True), outputs=outputs)
    for name in ("a", "b", "c"):
        world.poll(name, entry(name, f"of {name}"))
    stories = {story.entry.feed_id: story.id for story in world.stories("closed")}
    assert set(stories) == {"a", "b", "c"}
    seen = {name: shelf(world).story(id) for name, id in stories.items()}
    assert {name: view and [home.page for home in view.homes] for name, view in seen.items()} == {
        "a": ["open.html"],
        "b": None,
        "c": None,
    }
