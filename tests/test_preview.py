"""Seeing before believing: preview and plan change nothing and say what would be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import feedparser
import pytest

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
    assert edits["all"] == {"path": "all", "what": "changed", "gains": [], "loses": ["Sponsored rust"]}
    assert edits["rest"] == {"path": "rest", "what": "new", "gains": ["Other"], "loses": []}
    assert edits["rust"]["what"] == "gone"
    said = work.run("plan")
    assert "all: gains 0 items, which its subscribers see as new, and loses 1, which leave silently" in said
    assert "    - Sponsored rust" in said
    assert work.files() == before
    work.configure(config)
    assert "Nothing would change" in work.run("plan")
