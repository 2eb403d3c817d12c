"""`feedhub test-rule`: stored entries judged by a condition, nothing changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from feedhub.cli import trial
from feedhub.rules import compile_condition
from tests.command import Workplace
from tests.fresh import fresh_store
from tests.store_world import World, entry, feed


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    opened = fresh_store(tmp_path / "data/feedhub.sqlite")
    made = World(opened)
    made.apply(feed("a"), feed("b"))
    same = {"title": "Rust 1.90 is out for everyone", "link": "https://x.example/rust"}
    made.poll("a", entry("a", "1", **same), entry("a", "2", title="Gardening"))  # type: ignore[arg-type]
    made.poll("b", entry("b", "3", **same))  # type: ignore[arg-type]
    yield made
    opened.close()


def test_entries_are_judged_one_by_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every stored entry is judged, page by page, each by its own feed; the reason names what decided."""
    monkeypatch.setattr(trial, "PAGE", 1)
    condition = compile_condition("title:rust -feed:b")
    judged = [
        (one.entry.guid, one.held, one.why)
        for dossier in trial.archive(world.store, "")
        for one in trial.of_entries(condition, dossier, "")
    ]
    assert sorted(judged) == [
        ("1", True, "title matches rust and feed does not match b"),
        ("2", False, "title does not match rust"),
        ("3", False, "feed matches b"),
    ]
    of_b = [
        one
        for dossier in trial.archive(world.store, "b")
        for one in trial.of_entries(condition, dossier, "b")
    ]
    assert [one.entry.guid for one in of_b] == ["3"]


def test_stories_are_judged_as_outputs_do(world: World) -> None:
    """A query for sources or age judges each story once."""
    condition = compile_condition("sources:>=2 age:<1d")
    now = world.now + timedelta(hours=1)
    judged = [
        (one.entry.title, one.held)
        for dossier in trial.archive(world.store, "")
        for one in trial.of_story(condition, dossier, now)
    ]
    assert sorted(judged) == [("Gardening", False), ("Rust 1.90 is out for everyone", True)]


@pytest.fixture
def work(tmp_path: Path, world: World) -> Workplace:
    made = Workplace(tmp_path)
    made.configure(
        {
            "feeds": [
                {"id": name, "url": f"https://{name}.example/feed", "category": "news"} for name in ("a", "b")
            ]
        }
    )
    assert world.now
    return made


def test_the_command(work: Workplace) -> None:
    """Matches come as a table with a count, or as JSON; a mistake is pointed at, and ends with 2."""
    told = json.loads(work.run("test-rule", "title:rust", "--json", "--limit", "1"))
    assert (told["judged"], told["asked"], told["matching"], len(told["matches"])) == ("entries", 3, 2, 1)
    assert told["matches"][0]["why"] == "title matches rust"
    shown = work.run("test-rule", "title:rust", "--feed", "a")
    assert "Rust 1.90 is out" in shown
    assert work.stderr.endswith("1 of 2 entries match in 1 story.\n")
    work.run("test-rule", "日本 titel:x", code=2)
    assert work.stderr.startswith("日本 titel:x\n     ^ unknown field titel; did you mean title?")
    assert "Rust 1.90" in work.run("test-rule", "{title: rust, not: {feed: b}}")
    work.run("test-rule", "{titel: rust}", code=2)
    assert work.stderr.endswith("unknown field titel; did you mean title?\n")
    work.run("test-rule", "category:nwes")
    assert work.stderr.endswith("No category is called nwes (did you mean news?).\n")
    work.run("test-rule", "x", "--feed", "nope", code=1)
