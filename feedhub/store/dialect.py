"""The few statements that SQLite and PostgreSQL spell differently, and rows in bulk. Nothing else knows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, bindparam, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Delete, Insert, Update

from feedhub.store.codec import dump

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


def pairs(values: Collection[tuple[int, int | str]]) -> Any:
    """Return pairs as a table with the columns `first` and `second`, to join with.

    SQLite searches no index for `(a, b) IN (…)`; PostgreSQL will spell this `unnest`.
    """
    rows = func.json_each(dump(list(values))).table_valued("value", name="pair")
    item = rows.c.value
    return select(
        func.json_extract(item, "$[0]").label("first"), func.json_extract(item, "$[1]").label("second")
    ).subquery()


def among(column: ColumnElement[int], values: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that a column is one of very many integers, handed over as one parameter."""
    rows = func.json_each(dump(list(values))).table_valued("value", name="one")
    return column.in_(select(rows.c.value))


def batches(values: Collection[T], size: int = AT_MOST_BOUND) -> Iterator[list[T]]:
    """Yield values in lists that fit one IN."""
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch
