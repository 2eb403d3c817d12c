"""Seeing before believing: preview and plan change nothing and say what would be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import feedparser
import pytest

from feedhub import config
from feedhub.cli.preview import named
from feedhub.errors import UsageError
from tests.command import Workplace
from tests.feeds import Item, rss
from tests.publisher import Publishers


@pytest.fixture
def work(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def polled(work: Workplace, publishers: Publishers) -> dict[str, Any]:
    """Poll one feed of three items and return the configuration."""
    items = (Item("a", "Rust news"), Item("b", "Sponsored rust", hours=2), Item("c", "Other", hours=3))
    config = {
        "feeds": [{"id": "one", "url": publishers.put(rss(*items)), "tags": "given"}],
        "outputs": {"rust": {"from": {"title": "rust"}}},
    }
    work.configure(config)
    work.run("poll")
    return config


def test_a_preview_shows_what_an_output_would_publish(work: Workplace, publishers: Publishers) -> None:
    """As a table or as the feed itself, by the file as it is written, published or not."""
    config = polled(work, publishers)
    before = work.files()
    work.configure({**config, "outputs": {"rest": {"from": {"not": {"title": "rust"}}}}})
    table = work.run("preview", "rest")
    assert "Other" in table
    assert "Rust news" not in table
    parsed = feedparser.parse(work.run("preview", "rest", "--format", "atom"))
    assert [entry.title for entry in parsed.entries] == ["Other"]
    work.run("preview", "nothing", code=1)
    assert "rest" in work.stderr
    assert work.files() == before


def test_a_plan_says_what_an_edit_would_change(work: Workplace, publishers: Publishers) -> None:
    """What subscribers would see as new, what leaves, which outputs and feeds come and go."""
    config = polled(work, publishers)
    assert "Nothing would change" in work.run("plan")
    before = work.files()
    second = publishers.put(rss(Item("x")), path="/second")
    work.configure(
        {
            "feeds": [*config["feeds"], {"id": "two", "url": second}],
            "rules": [
                {"when": {"title": "sponsored"}, "drop": True},
                {"when": {"title": "other"}, "tag": "given"},
            ],
            "outputs": {"rest": {"from": {"not": {"title": "rust"}}}},
        }
    )
    plan = json.loads(work.run("plan", "--json"))
    assert plan["feeds_added"] == ["two"]
    assert plan["feeds_removed"] == []
    edits = {edit["path"]: edit for edit in plan["outputs"]}
    gone = {"gains": [], "loses": ["Sponsored rust"], "seen_as_new": 0}
    assert edits["all"] == {"path": "all", "what": "changed", **gone}
    assert edits["rest"] == {
        "path": "rest", "what": "new", "gains": ["Other"], "loses": [], "seen_as_new": 0
    }  # fmt: skip
    assert edits["rust"]["what"] == "gone"
    said = work.run("plan")
    assert "Adds 1 feed: two (their items are not counted below; plan --poll asks them)" in said
    assert "Output all would lose 1 item, in silence\n" in said
    assert "Output rest would be new, with 1 item\n" in said
    assert "    - Sponsored rust" in said
    assert work.files() == before
    work.configure(config)
    assert "Nothing would change" in work.run("plan")


def test_a_plan_tells_news_from_what_comes_back(work: Workplace, publishers: Publishers) -> None:
    """Items that newer ones had crowded out were seen before; those of added feeds count once these are
    asked, into a copy."""
    one = {"id": "one", "category": "a", "url": publishers.put(rss(Item("a"), Item("b", hours=2)))}
    two = {"id": "two", "url": publishers.put(rss(Item("x", hours=9)), path="/two")}
    small = {"small": {"from": {"feed": ["one", "two"]}, "limit": 2}}
    work.configure({"feeds": [one], "outputs": small})
    work.run("poll")
    publishers.put(rss(Item("c", hours=-99), Item("a"), Item("b", hours=2)))
    work.run("poll", "--all")
    work.configure(
        {"feeds": [{**one, "category": "z"}, two], "outputs": {"small": {**small["small"], "limit": 9}}}
    )
    before = work.files()
    said = work.run("plan", "--poll")
    assert "Adds 1 feed: two\nMoves one from category a to z\n" in said
    assert "Output small would gain 2 items; its subscribers would see 1 as new\n" in said
    assert work.files() == before
    assert [asked.path for asked in publishers.asked].count("/two") == 1


def test_an_output_is_found_as_a_person_names_it(work: Workplace) -> None:
    """By path, address or title, in any case; what is meant by an unknown name is suggested."""
    work.configure(
        {"feeds": [{"url": "https://a.example/", "tags": "given"}], "outputs": {"rust": {"from": "given"}}}
    )
    catalogue = config.load(work.file, {}).catalogue
    for name in ("rust", "Rust", "/rust.atom", "https://hub.example/rust.json"):
        assert named(catalogue, name).path == "rust"
    assert named(catalogue, "given").path == "tag/given"
    assert named(catalogue, "general").path == "category/general"
    with pytest.raises(UsageError, match="did you mean rust"):
        named(catalogue, "rsut")
