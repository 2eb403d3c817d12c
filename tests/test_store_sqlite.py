"""What is SQLite's own: the file, other processes, kill -9."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from feedhub.errors import StoreError
from feedhub.store import SqlStore, migrations, open_store, schema
from feedhub.store.engine import Database
from tests.sample_hub import make_catalogue, make_entry, make_feed, make_result, only_story, poll
from tests.times import DAY, HOUR, LEASE, NOW


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/data/hub.db"


def test_opened_again(url: str) -> None:
    """What was committed is there in the next process, under the same ids."""
    store = open_store(url)
    store.apply(make_catalogue(), NOW)
    poll(store, make_entry())
    before = only_story(store)
    store.close()
    store = open_store(url)
    assert store.stories("all", limit=9) == [before]
    store.apply(make_catalogue(), NOW)
    assert [report.new for report in poll(store, make_entry(), now=NOW + HOUR)] == [0]
    store.close()


def test_a_new_database_is_its_owners_alone(tmp_path: Path) -> None:
    """It holds tokens, and what private feeds say; so do the files that SQLite has beside it."""
    with closing(open_store(f"sqlite:///{tmp_path / 'new.sqlite'}")) as store:
        store.apply(make_catalogue(), NOW)
        files = [file for file in tmp_path.iterdir() if file.name.startswith("new.sqlite")]
        assert len(files) == 3
        assert all(file.stat().st_mode & 0o077 == 0 for file in files)


def test_closed_twice(url: str, tmp_path: Path) -> None:
    """A store that is closed once more closes no file that others have opened since."""
    store = open_store(url)
    store.close()
    with ExitStack() as files:
        opened = [files.enter_context((tmp_path / f"{number}").open("w")) for number in range(20)]
        store.close()
        assert all(os.fstat(file.fileno()) for file in opened)


def test_migrations_make_the_schema(url: str, tmp_path: Path) -> None:
    """A database made by the migrations has the tables, indexes and revision of one that is made anew."""
    open_store(url).close()
    migrated = sa.create_engine(f"sqlite:///{tmp_path}/migrated.db")
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with migrated.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    made = []
    for engine in (migrated, sa.create_engine(url)):
        with engine.connect() as connection:
            context = MigrationContext.configure(connection)
            assert context.get_current_revision() == schema.REVISION
            assert compare_metadata(context, schema.metadata) == []
            rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
            made.append({name: sorted(re.findall(r"[^,\s]+", sql)) for name, sql in rows})
        engine.dispose()
    assert made[0] == made[1]


def test_settings(url: str) -> None:
    """The file is in WAL mode; a commit waits for no disk."""
    database = Database(url)
    with database.read() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
    database.close()


def test_read_by_index(url: str) -> None:
    """What polls and builds read is found by index: no statement of theirs scans a table that grows."""
    store = open_store(url)
    store.apply(make_catalogue(), NOW)
    statements = set()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.add(statement)

    engine = store._database._engine
    sa.event.listen(engine, "before_cursor_execute", note)
    poll(store, make_entry(1), make_entry(2))
    poll(store, make_entry(1, content_hash="changed"), make_entry(3), now=NOW + HOUR)
    store.stories("all", limit=9)
    store.next_due()
    store.next_slot()
    store.claim_feeds(NOW + DAY, limit=5, lease=LEASE)
    store.purge(NOW + DAY)
    sa.event.remove(engine, "before_cursor_execute", note)
    scans = []
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        for statement in statements:
            if statement.split()[0] in ("SELECT", "UPDATE", "DELETE"):
                plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", ["0"] * statement.count("?"))
                scans += [
                    (step, statement) for *_, step in plan if re.match("SCAN (?!json_each|pair|one)", step)
                ]
    # Few rows, and all of them wanted: what is in flight, the feeds asked for by name, those that wait.
    found = [step for step, _ in scans if step.split()[1] in GROWING and "feed_waiting" not in step]
    assert found == [], scans
    store.close()


GROWING = ("feed", "seen", "entry", "identity", "match_key", "young_key", "story", "member", "document")


def _damage_header(file: Path) -> None:
    file.write_bytes(b"this is no database" * 100)


def _damage_pages(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))


def _make_newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


def _make_foreign(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_damage_header, "not a database"),
        (_damage_pages, "damaged"),
        (_make_newer, "newer FeedHub .schema 9999"),
        (_make_foreign, "another program"),
    ],
)
def test_refused(url: str, tmp_path: Path, spoil: Callable[[Path], None], message: str) -> None:
    """A file that is damaged, newer than the program or another program's is refused in one line and left
    as it is."""
    open_store(url).close()
    file = tmp_path / "data" / "hub.db"
    spoil(file)
    before = file.read_bytes()
    with pytest.raises(StoreError, match=message) as caught:
        open_store(url)
    assert "\n" not in str(caught.value)
    assert str(file) in str(caught.value)
    assert file.read_bytes() == before


@pytest.mark.parametrize("url", ["no address", "sqlite://", "sqlite:///:memory:", "mysql://h/d"])
def test_no_such_storage(url: str) -> None:
    """An address that cannot hold the store is refused with a hint."""
    with pytest.raises(StoreError, match=r"sqlite:///|needs a file"):
        open_store(url)


def test_no_folder(tmp_path: Path) -> None:
    """A data folder that cannot be made is an error that names it."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="choose another data folder"):
        open_store(f"sqlite:///{tmp_path}/file/hub.db")


def test_tables_that_cannot_be_made_leave_nothing(url: str, tmp_path: Path) -> None:
    """The tables are made in one transaction: where that fails half-way the file stays as it was."""
    folder = tmp_path / "data"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "hub.db")) as connection, connection:
        # One of the tables is in its way.
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.execute("CREATE TABLE story (id INTEGER)")
    with pytest.raises(StoreError, match="already exists"):
        open_store(url)
    with closing(sqlite3.connect(folder / "hub.db")) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert tables == {"alembic_version", "story"}


def test_locked(url: str, tmp_path: Path) -> None:
    """While another program writes, readers go on and a writer says that it waited; then all is well."""
    store = open_store(f"{url}?timeout=0.05")
    store.apply(make_catalogue(), NOW)
    poll(store, make_entry())
    with closing(sqlite3.connect(tmp_path / "data" / "hub.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert len(store.stories("all", limit=9)) == 1
        with pytest.raises(StoreError, match="another program holds the database"):
            store.claim_feeds(NOW, limit=1, lease=LEASE)
        other.execute("ROLLBACK")
    assert len(poll(store, make_entry(2), now=NOW + HOUR)) == 1
    store.close()


def test_full(url: str) -> None:
    """When the disk is full a commit fails whole, and succeeds once there is room."""
    store = open_store(url)
    store.apply(make_catalogue(), NOW)
    (one,) = store.claim_feeds(NOW, limit=1, lease=LEASE)
    entries = [make_entry(number, content="long " * 2000) for number in range(100)]
    batch = [(one.token, make_result(one, *entries))]
    with _at_most_pages(store, 60), pytest.raises(StoreError, match="disk is full"):
        store.commit_polls(batch, NOW)
    assert store.stories("all", limit=9) == []
    (report,) = store.commit_polls(batch, NOW)
    assert report.new == 100
    store.close()


@contextmanager
def _at_most_pages(store: SqlStore, pages: int) -> Iterator[None]:
    """Let the database grow no further: SQLite's own stand-in for a full disk."""
    engine = store._database._engine

    def set_limit(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    def lift_limit(connection: sa.Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count=1073741823")

    sa.event.listen(engine, "begin", set_limit)
    yield
    sa.event.remove(engine, "begin", set_limit)
    sa.event.listen(engine, "begin", lift_limit)


def test_threads(url: str) -> None:
    """Several threads may claim, commit and read at once; each feed is handed out once."""
    store = open_store(url)
    names = [f"f{number}" for number in range(60)]
    store.apply(make_catalogue(*(make_feed(name) for name in names)), NOW)

    def work(_: int) -> list[str]:
        done = []
        while claims := store.claim_feeds(NOW, limit=3, lease=LEASE):
            results = [(one.token, make_result(one, make_entry(1, one.feed_id))) for one in claims]
            store.commit_polls(results, NOW)
            done += [one.feed_id for one in claims]
            store.stories("all", limit=5)
        return done

    with ThreadPoolExecutor(6) as pool:
        done = [name for names in pool.map(work, range(6)) for name in names]
    assert sorted(done) == sorted(names)
    assert len(store.stories("all", limit=100)) == 60
    store.close()


CLAIM = """
import sys
from feedhub.store import open_store
from tests.sample_hub import *
from tests.times import *
store = open_store(sys.argv[1])
store.apply(make_catalogue(*(make_feed(f"f{n}") for n in range(100))), NOW)
print("ready", flush=True)
sys.stdin.readline()
while claims := store.claim_feeds(NOW, limit=3, lease=LEASE):
    for one in claims:
        print(one.feed_id)
sys.stdin.readline()
"""

COMMIT = """
import sys
from itertools import count
from feedhub.store import open_store
from tests.sample_hub import *
from tests.times import *
store = open_store(sys.argv[1])
store.apply(make_catalogue(), NOW)
for round in count(len(store.stories("all", limit=10**6)) // 20):
    poll(store, *(make_entry(round * 20 + n) for n in range(20)), now=NOW + (round + 1) * HOUR)
    print(round, flush=True)
"""


@pytest.fixture
def run(url: str) -> Iterator[Callable[[str], Popen[str]]]:
    """Start Python programs on the store; whatever still runs at the end is killed."""
    started = []

    def run(program: str) -> Popen[str]:
        command = [sys.executable, "-c", program, url]
        process = Popen(command, stdin=PIPE, stdout=PIPE, text=True, cwd=Path(__file__).parents[1])
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def test_two_processes(run: Callable[[str], Popen[str]]) -> None:
    """Two daemons on one store share the feeds: each is handed out to one of them."""
    both = [run(CLAIM), run(CLAIM)]
    for process in both:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    outputs = [process.communicate("\n")[0].split() for process in both]
    assert sorted(outputs[0] + outputs[1]) == sorted(f"f{number}" for number in range(100))


def test_killed(url: str, run: Callable[[str], Popen[str]]) -> None:
    """kill -9 at any moment of a commit loses no committed entry, leaves no half and doubles nothing."""
    committed = -1
    for _ in range(3):
        process = run(COMMIT)
        assert process.stdout
        for _ in range(3):
            committed = int(process.stdout.readline())
        process.kill()
        committed = max([committed, *map(int, process.communicate()[0].split())])
        store = open_store(url)
        numbers = sorted(int(story.entry.guid.split("-")[1]) for story in store.stories("all", limit=10**6))
        assert numbers == list(range(len(numbers)))
        assert len(numbers) % 20 == 0
        assert (committed + 1) * 20 <= len(numbers) <= (committed + 2) * 20
        (status,) = store.statuses()
        assert status.entries == len(numbers)
        store.close()
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_the_dead_hold_no_lease(url: str, run: Callable[[str], Popen[str]]) -> None:
    """What a killed process had claimed is due at the next start; what a living one holds is not."""
    living = open_store(url)
    living.apply(make_catalogue(*(make_feed(f"f{number}") for number in range(100))), NOW)
    assert len(living.claim_feeds(NOW, limit=10, lease=LEASE)) == 10
    process = run(CLAIM)
    assert process.stdin
    assert process.stdout
    process.stdin.write("\n")
    process.stdin.flush()
    assert [process.stdout.readline() for _ in range(50)]
    process.kill()
    process.wait()
    store = open_store(url)
    store.apply(make_catalogue(*(make_feed(f"f{number}") for number in range(100))), NOW)
    assert len(store.claim_feeds(NOW, limit=100, lease=LEASE)) == 90
    store.close()
    living.close()
