"""The few statements that SQLite and PostgreSQL spell differently, and rows in bulk. Nothing else knows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, bindparam, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Delete, Insert, Update

T = TypeVar("T")

AT_MOST_BOUND = 5000
"""Values in one IN list; SQLite takes 32,766, PostgreSQL 65,535."""


def upsert(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows, or replace what the table has under their primary keys. Rows follow `columns`."""
    make: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = make(table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in columns if name not in keys}
    write(connection, statement.on_conflict_do_update(index_elements=keys, set_=changed), columns, rows)


def add(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows that are not there yet. Rows follow `columns`."""
    write(connection, insert(table), columns, rows)


def write(
    connection: Connection,
    statement: Insert | Update | Delete,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Run a statement for each row of parameters named `columns`.

    Rows go to the driver as tuples: SQLAlchemy's own executemany takes dictionaries and costs twice as much.
    """
    if not rows:
        return
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(columns))
    if compiled.positiontup is None:
        connection.exec_driver_sql(str(compiled), [dict(zip(columns, row, strict=True)) for row in rows])
        return
    if list(columns) != compiled.positiontup:
        order = [columns.index(name) for name in compiled.positiontup]
        rows = [tuple(row[place] for place in order) for row in rows]
    connection.exec_driver_sql(str(compiled), list(rows))


def where(table: Table, *names: str) -> Any:
    """Return the condition that some columns equal parameters named `at_` and their names."""
    first, *rest = (table.c[name] == bindparam(f"at_{name}") for name in names)
    condition = first
    for part in rest:
        condition = condition & part
    return condition


def batches(values: Collection[T], size: int = AT_MOST_BOUND) -> Iterator[list[T]]:
    """Yield values in lists that fit one IN."""
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch
