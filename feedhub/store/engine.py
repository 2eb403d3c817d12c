"""The database itself: opening, its settings, transactions, and what becomes of its errors.

Synchronous is FULL: what was committed survives a power cut. With NORMAL the last transactions could be
forgotten whole and their entries fetched again, but not an entry that its feed has dropped since. It costs
3 to 5 ms on a commit of twenty polls.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL

from feedhub.errors import StoreError
from feedhub.store.schema import REVISION, metadata

BUSY_S = 10.0
"""How long a writer waits for another process's transaction. `?timeout=` in the URL overrides it."""

_VERSION = sa.Table(
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32)),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""Where Alembic looks up the revision."""

CACHE_KIB = 12_288
WAL_PAGES = 4000


class Database:
    """One database, opened and of this program's schema. Safe to use from several threads."""

    def __init__(self, url: str) -> None:
        address = _address(url)
        self._name = address.database or url
        self.file = Path(self._name).absolute()
        self.folder = self.file.parent
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # It holds tokens and what private feeds say: for its owner alone. SQLite's other files follow it.
            with suppress(FileExistsError):
                os.close(os.open(self.file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except OSError as error:
            raise StoreError(f"{self.folder}: {error.strerror}; choose another data folder") from error
        self._engine = _engine(address)
        # Threads queue here instead of in SQLite's busy handler, which sleeps and retries.
        self._writing = threading.Lock()
        try:
            with self._errors():
                self._prepare()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that sees one state of the database throughout."""
        with self._errors(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open the transaction that writes: one at a time, all or nothing."""
        with self._errors(), self._writing, self._engine.connect() as connection:
            writer = connection.execution_options(feedhub_writes=True)
            with writer.begin():
                yield writer

    def copy(self, target: Path) -> None:
        """Write a compact copy, whole as of one moment; others may go on writing meanwhile."""
        with self._errors(), self._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("VACUUM INTO ?", (str(target),))

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _prepare(self) -> None:
        with self.read() as connection:
            found = _revision(connection, self._name)
        if found is None:
            self._create()
        elif found != REVISION:
            self._migrate(found)
        # Set last, for it changes the file: one that we refuse stays as it is.
        with self._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA journal_mode=WAL")

    def _create(self) -> None:
        """Make the tables of a new database as they are now: what migrations would lead to."""
        with self.write() as connection:
            if _revision(connection, self._name) is None:  # another process may have done it meanwhile
                metadata.create_all(connection, checkfirst=False)
                _VERSION.create(connection)
                connection.execute(sa.insert(_VERSION).values(version_num=REVISION))

    def _migrate(self, found: str) -> None:
        # Alembic costs 0.2 s to import, and most starts find nothing to do.
        from alembic import command
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if found not in known:
            raise StoreError(
                f"{self._name}: written by a newer FeedHub (schema {found}, this one knows {REVISION}); "
                "update FeedHub, or choose another data folder"
            )
        with self.write() as connection:
            # Another process may have done it meanwhile.
            if _revision(connection, self._name) != REVISION:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sa.exc.OperationalError, sqlite3.OperationalError) as error:
            raise StoreError(f"{self._name}: {_advice(error)}") from error
        except (sa.exc.DatabaseError, sqlite3.DatabaseError) as error:
            cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
            if type(cause) is not sqlite3.DatabaseError:
                raise  # A constraint or a statement that is wrong: a bug, not the file's fault.
            raise StoreError(f"{self._name}: {_advice(error)}") from error


def _address(url: str) -> URL:
    try:
        address = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise StoreError(f"{url}: no database address; write sqlite:///path/to/file.db") from error
    if address.get_backend_name() != "sqlite":
        raise StoreError(f"{address.render_as_string()}: only sqlite:///path/to/file.db is supported")
    if address.database in (None, "", ":memory:"):
        raise StoreError(f"{url}: the store needs a file, because several connections share it")
    return address


def _engine(address: URL) -> Engine:
    patience = {} if "timeout" in address.query else {"timeout": BUSY_S}
    engine = sa.create_engine(address, connect_args=patience, max_overflow=50)

    @sa.event.listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own BEGIN is lazy and knows no IMMEDIATE; ours is below.
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        connection.execute(f"PRAGMA wal_autocheckpoint={WAL_PAGES}")

    @sa.event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        # A reader that turns into a writer is refused at once if another wrote meanwhile; so writers say so.
        writes = connection.get_execution_options().get("feedhub_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _revision(connection: Connection, name: str) -> str | None:
    """Return the migration a database is at, None if it is empty."""
    tables = sa.inspect(connection).get_table_names()
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise StoreError(f"{name}: a database of another program; choose another data folder")
    found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return found


def _advice(error: Exception) -> str:
    said = str(error.orig) if isinstance(error, sa.exc.DBAPIError) else str(error)
    for part, advice in _ADVICE.items():
        if part in said:
            return advice
    return said


_ADVICE = {
    "locked": "another program holds the database; close it, or try again",
    "full": "the disk is full; nothing was lost, free some space and it goes on",
    "readonly": "the database cannot be written to; check its permissions",
    "unable to open": "the database cannot be opened; check the folder's permissions",
    "not a database": "not a database; move it away to start anew, or restore a backup",
    "malformed": "the database is damaged; restore a backup, or move it away to start anew",
}
