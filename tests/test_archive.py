"""Archives by RFC 5005 section 4: who comes late finds everything, and pages are left alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from feedhub.hub import shelving
from feedhub.pages import HubState
from feedhub.rules import compile_condition
from feedhub.web import create_app
from tests.outputs_world import OutputsWorld, links
from tests.sample_hub import make_catalogue, make_entry, make_feed, make_output, make_rule
from tests.sample_site import serving
from tests.times import DAY, HOUR, MINUTE, NOW

OUTPUT = make_output("news", archive=True, limit=6)
BASE = "http://127.0.0.1:8000/news"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OutputsWorld]:
    monkeypatch.setattr(shelving, "PAGE_ITEMS", 4)
    made = OutputsWorld(tmp_path)
    made.apply(make_catalogue(make_feed(), outputs=[OUTPUT]))
    yield made
    made.store.close()


def bring(world: OutputsWorld, *numbers: int) -> None:
    """Have entries come one a minute, each as new as its number is high."""
    for number in numbers:
        at = NOW + number * MINUTE
        world.say(make_entry(number, published_at=at), at=at)


def everything(world: OutputsWorld) -> list[str]:
    """Follow the archive from the feed to its end and return the addresses of all items, the newest first."""
    found: list[str] = []
    address = f"{BASE}.json"
    while address:
        feed = json.loads((world.public / address.removeprefix("http://127.0.0.1:8000/")).read_bytes())
        found += [item["url"] for item in feed["items"]]
        address = feed.get("next_url", "")
    return list(dict.fromkeys(found))


def test_late_subscribers_lose_nothing(world: OutputsWorld) -> None:
    """The feed and the pages behind it have every story that there ever was, in every format."""
    bring(world, *range(1, 16))
    assert everything(world) == [f"https://one.example/{number}" for number in range(15, 0, -1)]
    files = world.files()
    assert sorted({name.rpartition(".")[0] for name in files}) == [
        "news", "news/archive/1", "news/archive/2", "news/archive/3",
    ]  # fmt: skip
    for form in ("atom", "rss"):
        assert links(files[f"news.{form}"]) == {"prev-archive": f"{BASE}/archive/3.{form}"}
        assert links(files[f"news/archive/1.{form}"]) == {
            "archive": "", "current": f"{BASE}.{form}", "next-archive": f"{BASE}/archive/2.{form}",
        }  # fmt: skip
        assert links(files[f"news/archive/3.{form}"]) == {
            "archive": "", "current": f"{BASE}.{form}", "prev-archive": f"{BASE}/archive/2.{form}",
        }  # fmt: skip
    assert world.feed("news/archive/2")["feed_url"] == f"{BASE}/archive/2.json"


def test_one_new_story_rewrites_no_page(world: OutputsWorld) -> None:
    """Pages are the same bytes for ever; a new page changes the head of the one before, and no other."""
    bring(world, *range(1, 12))
    before = world.files()
    bring(world, 12)
    after = world.files()
    changed = {name.rpartition(".")[0] for name in after if after[name] != before.get(name)}
    assert changed == {"news", "news/archive/2", "news/archive/3"}
    assert world.feed("news/archive/3")["items"][0]["url"] == "https://one.example/12"
    bring(world, 13, 14, 15)
    later = world.files()
    assert {name for name in later if later[name] != after[name]} == {"news.atom", "news.json", "news.rss"}


def test_a_corrected_story_rewrites_its_own_page(world: OutputsWorld) -> None:
    """What a publisher or a rule changes, changes one page; what leaves, leaves it; an empty page goes."""
    bring(world, *range(1, 13))
    before = world.files()
    at = NOW + 2 * MINUTE
    edited = make_entry(2, published_at=at, content="<p>right</p>", content_hash="right")
    world.say(edited, at=NOW + HOUR)
    after = world.files()
    assert {name.rpartition(".")[0] for name in after if after[name] != before[name]} == {"news/archive/1"}
    assert b"right" in after["news/archive/1.atom"]
    rules = [make_rule("gone", {"title": [f"number{number} " for number in (5, 6, 7, 8)]}, drop=True)]
    world.apply(make_catalogue(make_feed(), outputs=[OUTPUT], rules=rules))
    left = world.files()
    assert "news/archive/2.atom" not in left
    assert links(left["news/archive/3.atom"])["prev-archive"] == f"{BASE}/archive/1.atom"
    assert links(left["news/archive/1.atom"])["next-archive"] == f"{BASE}/archive/3.atom"
    assert len(everything(world)) == 8


def test_what_the_feed_shows_no_more_waits_a_day_at_most(world: OutputsWorld) -> None:
    """A story that comes late, below the feed's end, has a page the next day, though it be not full."""
    bring(world, *range(1, 9))
    late = make_entry(99, published_at=NOW - DAY)
    world.say(late, at=NOW + HOUR)
    assert "https://one.example/99" not in everything(world)
    world.wait(NOW + DAY + 3 * HOUR)
    assert "https://one.example/99" in everything(world)
    assert len(everything(world)) == 9


@pytest.mark.parametrize(("age", "pages"), [("<2h", {"1", "2"}), (">2d", set())])
def test_ages_hold_for_an_archive(world: OutputsWorld, age: str, pages: set[str]) -> None:
    """What the feed has shown is archived though it is too old for it now; what it has yet to show waits."""
    output = replace(OUTPUT, where=compile_condition({"age": age}))
    world.apply(make_catalogue(make_feed(), outputs=[output]))
    bring(world, *range(1, 9))
    world.wait(NOW + 5 * HOUR)
    assert {Path(name).stem for name in world.files() if "archive" in name} == pages
    world.wait(NOW + 3 * DAY)
    assert {Path(name).stem for name in world.files() if "archive" in name} == {"1", "2"}


def test_an_archive_begins_with_all_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Turned on late, it has what came before; a new title renews every page; turned off, it is gone."""
    monkeypatch.setattr(shelving, "PAGE_ITEMS", 4)
    monkeypatch.setattr(shelving, "PAGES_AT_ONCE", 2)
    world = OutputsWorld(tmp_path)
    world.apply(make_catalogue(make_feed(), outputs=[replace(OUTPUT, archive=False)]))
    world.say(*(make_entry(number, published_at=NOW - number * HOUR) for number in range(1, 19)))
    assert len(everything(world)) == 6
    world.apply(make_catalogue(make_feed(), outputs=[OUTPUT]))
    assert len(everything(world)) == 18
    world.apply(make_catalogue(make_feed(), outputs=[replace(OUTPUT, title="Renamed")]))
    assert all(b"Renamed" in body for body in world.files().values())
    world.apply(make_catalogue(make_feed(), outputs=[replace(OUTPUT, archive=False)]))
    assert set(world.files()) == {"news.atom", "news.json", "news.rss"}
    world.store.close()


def test_an_archive_survives_a_restart(world: OutputsWorld, tmp_path: Path) -> None:
    """Another process heals its files and goes on where this one was."""
    bring(world, *range(1, 10))
    before = world.files()
    world.store.close()
    (tmp_path / "public" / "news" / "archive" / "1.atom").unlink()
    again = OutputsWorld(tmp_path)
    again.now = NOW + HOUR
    again.apply(make_catalogue(make_feed(), outputs=[OUTPUT]))
    assert again.files() == before
    bring(again, 10, 11, 12)
    assert len(everything(again)) == 12
    world.store = again.store


def test_the_waiting_time_is_told_to_the_clock(world: OutputsWorld) -> None:
    """Nothing is built while nothing changes and nobody waits too long."""
    bring(world, 1, 2)
    assert world.wait(NOW + 5 * HOUR) == 0


def test_pages_are_served_as_they_are_published(world: OutputsWorld) -> None:
    """A page has the bytes of its file, packed or not, and its own validators; there are no others."""
    bring(world, *range(1, 9))
    file = world.public / "news" / "archive" / "1.atom"
    app = create_app(
        world.store,
        lambda: world.hub.catalogue,
        world.hub,
        version="1",
        health=lambda: HubState(1, 1, NOW),
        clock=lambda: world.now,
    )
    with serving(app) as base:
        plain = ask(f"{base}/news/archive/1.atom", {"Accept-Encoding": "identity"})
        packed = ask(f"{base}/news/archive/1.atom", {"Accept-Encoding": "gzip"})
        assert plain.read() == file.read_bytes()
        assert packed.read() == file.with_name("1.atom.gz").read_bytes()
        for answer in (plain, packed):
            with pytest.raises(HTTPError, match="304"):
                ask(f"{base}/news/archive/1.atom", {"If-None-Match": answer.headers["ETag"]})
        for path in (
            "news/archive/3.atom",
            "news/archive/0.atom",
            "news/archive/x.atom",
            "all/archive/1.atom",
        ):
            with pytest.raises(HTTPError, match="404"):
                ask(f"{base}/{path}")


def ask(url: str, headers: Mapping[str, str] | None = None) -> Any:
    """Send a request through no proxy."""
    opener = build_opener(ProxyHandler({}))
    return opener.open(Request(url, headers=dict(headers or {})), timeout=10)
