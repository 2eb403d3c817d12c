"""The few statements that SQLite and PostgreSQL spell differently, and rows in bulk. Nothing else knows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import chain, islice
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    SelectBase,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import sqlite

from feedhub.store.codec import dump

T = TypeVar("T")
Rows = Iterable[tuple[Any, ...]]
Names = tuple[str, ...]

AT_MOST_BOUND = 5000
"""Values in one IN list; SQLite takes 32,766, PostgreSQL 65,535."""


def add(connection: Connection, table: Table, columns: Names, rows: Rows) -> None:
    """Insert rows that are not there yet. Rows follow `columns`."""
    _write(connection, _insert(connection.dialect, table, columns), columns, rows)


def fill(connection: Connection, table: Table, columns: Names, rows: Rows) -> None:
    """Insert many short rows; those that the table has already stay. Rows follow `columns`.

    A statement takes twenty-five, and costs half of what they do one by one.
    """
    values, size = list(chain.from_iterable(rows)), len(columns)
    whole = len(values) - len(values) % (size * _FILLED_AT_ONCE)
    for part, count in ((values[:whole], _FILLED_AT_ONCE), (values[whole:], 1)):
        names = tuple(f"{name}_{row}" for row in range(count) for name in columns)
        statement = _fill(connection.dialect, table, columns, count)
        _write(connection, statement, names, zip(*[iter(part)] * (size * count), strict=True))


def upsert(connection: Connection, table: Table, columns: Names, rows: Rows) -> None:
    """Insert rows, or replace what the table has under their primary keys. Rows follow `columns`."""
    _write(connection, _upsert(connection.dialect, table, columns), columns, rows)


def change(connection: Connection, table: Table, columns: Names, rows: Rows) -> None:
    """Change the rows with some ids. Rows follow `columns`, and end with the id."""
    _write(connection, _update(connection.dialect, table, columns), (*columns, _ID), rows)


def remove(connection: Connection, table: Table, columns: Names, rows: Rows) -> None:
    """Delete the rows that have these values in `columns`."""
    _write(connection, _delete(connection.dialect, table, columns), columns, rows)


def rows(connection: Connection, statement: SelectBase, **parameters: Any) -> list[tuple[Any, ...]]:
    """Return what a select finds as plain tuples of the driver's types: a boolean is 0 or 1.

    For selects that are made once and run often: SQLAlchemy's own rows cost as much as SQLite's search.
    """
    (sql, order), constants = _select(connection.dialect, statement)
    values = constants | parameters
    given: Any = values if order is None else tuple(values[name] for name in order)
    cursor: Any = connection.connection.cursor()
    try:
        cursor.execute(sql, given)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    finally:
        cursor.close()
    return found


def pairs(name: str) -> Any:
    """Return a parameter of many pairs as a table with the columns `first` and `second`, to join with.

    SQLite searches no index for `(a, b) IN (…)`; PostgreSQL will spell this `unnest`. The parameter is
    given as `many(values)`.
    """
    item = func.json_each(bindparam(name)).table_valued("value", name="pair").c.value
    return select(
        func.json_extract(item, "$[0]").label("first"), func.json_extract(item, "$[1]").label("second")
    ).subquery()


def among(column: ColumnElement[int], name: str) -> ColumnElement[bool]:
    """Return the condition that a column is in a parameter of many integers, given as `many(values)`."""
    return column.in_(select(each(name).c.value))


def each(name: str) -> Any:
    """Return a parameter of many integers, given as `many(values)`, as a table of one column, `value`."""
    return func.json_each(bindparam(name)).table_valued("value", name="one")


def many(values: Collection[Any]) -> str:
    """Return integers or pairs as one parameter."""
    return dump(list(values))


def batches(values: Collection[T], size: int = AT_MOST_BOUND) -> Iterator[list[T]]:
    """Yield values in lists that fit one IN."""
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch


_FILLED_AT_ONCE = 25
_ID = "row_id"
"""The parameter of `change` that is not a column to be set."""

Statement = tuple[str, Names | None]
"""SQL and, where its parameters go by place, their order."""


@lru_cache(maxsize=256)
def _select(dialect: Dialect, statement: SelectBase) -> tuple[Statement, dict[str, Any]]:
    """Return a select's SQL and the parameters that it brings along."""
    compiled = statement.compile(dialect=dialect)
    order = compiled.positiontup
    return (str(compiled), None if order is None else tuple(order)), dict(compiled.params)


@lru_cache(maxsize=256)
def _insert(dialect: Dialect, table: Table, columns: Names) -> Statement:
    return _compile(dialect, insert(table), columns)


@lru_cache(maxsize=256)
def _fill(dialect: Dialect, table: Table, columns: Names, count: int) -> Statement:
    values: Any = [{name: bindparam(f"{name}_{row}") for name in columns} for row in range(count)]
    if dialect.name == "sqlite":
        # Not ON CONFLICT: then each statement notes how it may be taken back, which takes four times as long.
        return _compile(dialect, insert(table).prefix_with("OR IGNORE").values(values), None)
    return _compile(dialect, _inserting(dialect, table).values(values).on_conflict_do_nothing(), None)


@lru_cache(maxsize=256)
def _upsert(dialect: Dialect, table: Table, columns: Names) -> Statement:
    statement = _inserting(dialect, table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in columns if name not in keys}
    return _compile(dialect, statement.on_conflict_do_update(index_elements=keys, set_=changed), columns)


def _inserting(dialect: Dialect, table: Table) -> Any:
    if dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # a seventh of SQLAlchemy, for who has it

    return postgresql.insert(table)


@lru_cache(maxsize=256)
def _update(dialect: Dialect, table: Table, columns: Names) -> Statement:
    return _compile(dialect, update(table).where(table.c.id == bindparam(_ID)), columns)


@lru_cache(maxsize=256)
def _delete(dialect: Dialect, table: Table, columns: Names) -> Statement:
    return _compile(
        dialect, delete(table).where(and_(*(table.c[name] == bindparam(name) for name in columns))), columns
    )


def _compile(dialect: Dialect, statement: Any, columns: Names | None) -> Statement:
    compiled = statement.compile(dialect=dialect, column_keys=columns and list(columns))
    order = compiled.positiontup
    return str(compiled), None if order is None else tuple(order)


def _write(connection: Connection, statement: Statement, names: Names, rows: Rows) -> None:
    """Run a statement for each row of parameters with these names.

    Rows go to the driver as tuples, one by one: SQLAlchemy's own executemany takes a list of dictionaries and
    costs twice as much.
    """
    if not rows:
        return
    sql, order = statement
    given: Any = rows
    if order is None:
        given = (dict(zip(names, row, strict=True)) for row in rows)
    elif order != names:
        places = [names.index(name) for name in order]
        given = (tuple([row[place] for place in places]) for row in rows)
    cursor: Any = connection.connection.cursor()
    try:
        cursor.executemany(sql, given)
    finally:
        cursor.close()
