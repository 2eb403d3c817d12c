"""kill -9 on the way through a commit, a full disk, and a lock: all of it is stored, or nothing."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedhub.errors import StoreError
from feedhub.model import CommitReport, Entry, Story
from feedhub.store import SqlStore, open_store
from tests.fresh import fresh_store, put_empty
from tests.store_world import World, catalogue, committed, document, entry, feed, output
from tests.times import HOUR, LEASE, NOW

LINK = "https://origin.example/story"
FIRST = {"a": [entry("a", "one", link=LINK), entry("a", "two")], "b": [entry("b", "three")]}
SECOND = {
    "a": [entry("a", "one", link=LINK, content="<p>Edited since then</p>"), entry("a", "four")],
    "b": [entry("b", "five", link=LINK), entry("b", "three", key="guid:renamed", guid="renamed")],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "feedhub.db"


@pytest.fixture
def world(file: Path) -> Iterator[World]:
    opened = begin(file)
    yield opened
    opened.store.close()


def begin(file: Path, now: datetime = NOW) -> World:
    """Open the store and put the feeds in force, as a hub does when it starts."""
    return started(World(fresh_store(file), now))


def started(world: World) -> World:
    world.apply(feed("a"), feed("b"), outputs=[output("all"), output("category/news")])
    return world


def poll_all(world: World, documents: dict[str, list[Entry]]) -> list[CommitReport]:
    """Poll what is due and commit it in one batch."""
    claims = world.claim()
    return world.commit(*((one, world.result(one, *documents[one.feed_id])) for one in claims))


def in_child(work: Callable[[], None]) -> None:
    """Run something in a process of its own that may be killed."""
    pid = os.fork()
    if not pid:
        try:
            work()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


def die_at(world: World, count: int) -> None:
    """Have this process killed before the `count`th of SQLite's statements from now on, each row of many for
    itself."""
    store = world.store
    assert isinstance(store, SqlStore)
    left = [count]

    def step(_: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def follow(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_trace_callback(step)

    sa.event.listen(store._database._engine, "checkout", follow)


def told(world: World) -> list[tuple[object, ...]]:
    """Return what stories say, but for when it was said."""
    return [told_of(story) for story in world.stories()]


def told_of(story: Story) -> tuple[object, ...]:
    sources = tuple((source.feed_id, source.entry_id) for source in story.sources)
    return story.id, story.published_at, story.entry.content, sources


def test_killed_before_every_fifth_statement_of_a_commit(tmp_path: Path, world: World) -> None:
    """Wherever kill -9 hits, the poll is due again at once, and then all is as if nothing had happened."""
    poll_all(world, FIRST)
    world.now += HOUR
    poll_all(world, SECOND)
    expected, moments = told(world), 0
    for moment in range(0, 500, 5):
        file = tmp_path / str(moment) / "feedhub.db"
        reached = tmp_path / f"{moment}.reached"

        def work(file: Path = file, reached: Path = reached, moment: int = moment) -> None:
            child = begin(file)
            poll_all(child, FIRST)
            child.build()
            child.now += HOUR
            claims = child.claim()
            die_at(child, moment)
            child.commit(*((one, child.result(one, *SECOND[one.feed_id])) for one in claims))
            reached.touch()
            os.kill(os.getpid(), signal.SIGKILL)

        in_child(work)
        again = begin(file, world.now)
        before = told(again)
        reports = poll_all(again, SECOND)
        assert told(again) == expected
        assert sum(status.entries for status in again.store.statuses()) == 5
        assert again.build() == {"all", "category/news"}
        again.store.close()
        if reached.exists():
            assert (before, reports) == (expected, [])
            break
        assert [report.accepted for report in reports] == [True, True]
        assert before != expected
        moments += 1
    assert moments > 10


def test_killed_between_build_and_file(world: World, file: Path) -> None:
    """An output whose build died is dirty at the next start, whoever had claimed it."""
    poll_all(world, FIRST)
    world.build()
    world.now += HOUR

    def work() -> None:
        child = begin(file, world.now)
        poll_all(child, SECOND)
        (claim, *_) = child.store.claim_builds(child.now, limit=9, lease=LEASE)
        die_at(child, 3)
        committed(child.store, claim, [document("all.atom", "half")])

    in_child(work)
    again = begin(file, world.now)
    assert again.build() == {"all", "category/news"}
    again.store.close()


def test_a_full_disk_changes_nothing_and_passes(world: World) -> None:
    """Claims, commits, builds and edits of the YAML fail whole while the disk is full; then all goes on."""
    poll_all(world, FIRST)
    world.build()
    world.now += HOUR
    before = told(world)
    claims = world.claim()
    huge = [entry("a", f"huge{number}", content="<p>" + "long " * 5000) for number in range(50)]
    batch = [
        (claims[0], world.result(claims[0], *huge)),
        (claims[1], world.result(claims[1], *SECOND["b"])),
    ]
    limit_pages(world.store, 80)
    with pytest.raises(StoreError, match="disk is full"):
        world.commit(*batch)
    assert told(world) == before
    builds = world.store.claim_builds(world.now, limit=9, lease=LEASE)
    assert builds == []
    feeds = [feed(f"f{number}") for number in range(3000)]
    with pytest.raises(StoreError, match="disk is full"):
        world.apply(*feeds)
    assert [status.feed_id for status in world.store.statuses()] == ["a", "b"]
    limit_pages(world.store, 1_000_000)
    reports = world.commit(*batch)
    assert [report.accepted for report in reports] == [True, True]
    assert reports[0].new == 50


def test_a_catalogue_that_could_not_be_stored_is_not_in_force(world: World) -> None:
    """When the very commit of an edit fails, results are still judged by the catalogue before it."""
    claims = world.claim()
    store = world.store
    assert isinstance(store, SqlStore)

    def fail(_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    sa.event.listen(store._database._engine, "commit", fail)
    with pytest.raises(StoreError, match="disk is full"):
        store.apply(catalogue([feed("c")]), world.now)
    sa.event.remove(store._database._engine, "commit", fail)
    reports = world.commit(*((one, world.result(one, *FIRST[one.feed_id])) for one in claims))
    assert [(report.accepted, report.new) for report in reports] == [(True, 2), (True, 1)]
    assert world.build() == {"all", "category/news"}


def limit_pages(store: object, pages: int) -> None:
    """Let the database grow no further than so many pages: SQLite's stand-in for a full disk."""
    assert isinstance(store, SqlStore)
    engine = store._database._engine
    engine.dispose()

    @sa.event.listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")


def test_a_lock_of_another_program_passes(tmp_path: Path) -> None:
    """While another program holds the database nothing is lost: the same results are taken afterwards."""
    put_empty(tmp_path / "feedhub.db")
    world = started(World(open_store(f"sqlite:///{tmp_path / 'feedhub.db'}?timeout=0.05")))
    claims = world.claim()
    batch = [(one, world.result(one, *FIRST[one.feed_id])) for one in claims]
    with closing(sqlite3.connect(tmp_path / "feedhub.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another program holds the database"):
            world.commit(*batch)
        assert world.stories() == []
    assert [report.new for report in world.commit(*batch)] == [2, 1]
    world.store.close()


def test_what_dead_processes_left_is_swept(tmp_path: Path) -> None:
    """A killed process leaves no file behind for ever, with or without a lease."""

    def work() -> None:
        begin(tmp_path / "feedhub.db")
        os.kill(os.getpid(), signal.SIGKILL)

    for _ in range(3):
        in_child(work)
    world = begin(tmp_path / "feedhub.db")
    assert len(list((tmp_path / "owners").iterdir())) == 1
    world.store.close()
    assert not list((tmp_path / "owners").iterdir())
