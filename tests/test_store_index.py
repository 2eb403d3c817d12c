"""The index of look-up keys: where a key lies makes no difference to what is found."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from feedhub.model import Story
from feedhub.store import index
from tests.fresh import fresh_store
from tests.store_world import World, entry, feed
from tests.times import HOUR

Rows = list[tuple[int, int]]


@pytest.mark.parametrize("at_most", [0, 60])
def test_young_keys_find_what_old_ones_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_most: int
) -> None:
    """Copies, renamed entries and changed ones are known by keys that are young, by old ones, and by some of
    each; no key is in both places."""
    stories, old, young = played(tmp_path / "young.db")
    assert old
    assert young
    monkeypatch.setattr(index, "YOUNG_AT_MOST", at_most)
    others, grown, left = played(tmp_path / "other.db")
    assert others == stories
    assert sorted([*grown, *left]) == sorted({*old, *young})
    assert len(left) <= at_most


def played(file: Path) -> tuple[list[Story], Rows, Rows]:
    """Return what becomes of some polls: stories, and the rows of old keys and of young ones."""
    world = World(fresh_store(file))
    world.apply(feed("a"), feed("b"))
    names = [f"item {number}" for number in range(12)]
    for name in names:
        world.now += HOUR / 4
        world.poll("a", entry("a", name))
    world.poll("a", entry("a", names[0], title="Another title"), entry("a", names[-1], content="<p>Less</p>"))
    for name in (names[1], names[-2]):
        copied = entry("a", name)
        copy = entry("b", f"copy of {name}", title=copied.title, content=copied.content)
        assert world.poll("b", copy).merged == 1
    for name in (names[2], names[-3]):
        renamed = replace(entry("a", name), key=f"guid:new {name}", guid=f"new {name}")
        assert world.poll("a", renamed).new == 0
    stories = world.stories()
    world.store.close()
    with closing(sqlite3.connect(file)) as connection:
        old, young = (
            connection.execute(f"SELECT slot, entry FROM {table}").fetchall()
            for table in ("match_key", "young_key")
        )
    return stories, old, young
