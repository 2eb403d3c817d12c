"""What outputs have done with their stories: those of an archive's pages and of a digest's issues.

A story comes to an output's shelf when it becomes a member and waits (`page` 0) until it is put on a page. It
is on one page at most.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, delete, func, insert, literal, select, update

from feedhub.model import Build, Listed, Shelf, Story
from feedhub.store import schema
from feedhub.store.codec import from_us, to_us
from feedhub.store.dialect import add, among, many, remove
from feedhub.store.firsts import STORY, first
from feedhub.store.records import Record
from feedhub.store.settle import Book
from feedhub.store.shown import ShownStories

BEGINNING = 0
"""The number of a page that says since when there is a shelf."""

_SHELF, _PAGE, _MEMBER, _OUTPUT = schema.shelf.c, schema.page.c, schema.member.c, schema.output.c
_COLUMNS = ("output", "number", "at", "stale", "name", "data")
_ON_SHELF = select(_SHELF.output, _SHELF.story, _SHELF.page).where(among(_SHELF.story, "stories"))
_Pair = tuple[int, int]


def put(connection: Connection, book: Book, changes: Sequence[tuple[Record | None, Record]]) -> None:
    """Have stories (as stored, and as they are to be) wait on the shelves of the outputs that they come into,
    and leave those that they leave; pages of an archive that show what has changed are stale."""
    if not book.shelving:
        return
    came: dict[_Pair, int] = {}
    gone: set[_Pair] = set()
    differ: set[_Pair] = set()
    for old, new in changes:
        before = book.shelving.intersection(old.outputs) if old else frozenset[int]()
        after = book.shelving.intersection(new.outputs)
        came |= {(output, new.id): _seen_at(new) for output in after - before}
        gone |= {(output, new.id) for output in before - after}
        if old and (both := before & after) and old.story() != new.story():
            differ |= {(output, new.id) for output in both}
    stories = {story for _, story in (*came, *gone, *differ)}
    rows = connection.execute(_ON_SHELF, {"stories": many(stories)})
    found = {(row.output, row.story): row.page for row in rows}
    columns = ("output", "story", "page", "at")
    add(connection, schema.shelf, columns, [(*pair, 0, at) for pair, at in came.items() if pair not in found])
    # An issue of a digest stays as it was, and its stories come into no other.
    leaving = [pair for pair in gone if pair in found and (not found[pair] or pair[0] in book.archiving)]
    remove(connection, schema.shelf, ("output", "story"), leaving)
    for output, page in {(pair[0], found[pair]) for pair in (*leaving, *differ) if found.get(pair)}:
        stale = update(schema.page).where(_PAGE.output == output, _PAGE.number == page)
        connection.execute(stale.values(stale=True))


def follow(connection: Connection, book: Book) -> None:
    """Clear the shelves of outputs that have none any more, and fill those of new archives with all there is.

    A digest begins with what comes from now on.
    """
    for table, column in ((schema.shelf, _SHELF.output), (schema.page, _PAGE.output)):
        connection.execute(delete(table).where(column.not_in(book.shelving)))
    begun = set(connection.scalars(select(_PAGE.output).where(_PAGE.number == BEGINNING)))
    for output in sorted(book.shelving - begun):
        connection.execute(delete(schema.shelf).where(_SHELF.output == output))
        if output in book.archiving:
            members = select(_MEMBER.output, _MEMBER.story, literal(0), _MEMBER.ordered_at)
            rows = insert(schema.shelf).from_select(
                ["output", "story", "page", "at"], members.where(_MEMBER.output == output)
            )
            connection.execute(rows)
        add(connection, schema.page, _COLUMNS, [(output, BEGINNING, to_us(book.applied_at), False, "", "")])


def shelf(connection: Connection, path: str) -> Shelf:
    """Return how an output's shelf stands."""
    output = select(_OUTPUT.id).where(_OUTPUT.path == path, _OUTPUT.active).scalar_subquery()
    waits = (_SHELF.output == output, _SHELF.page == 0)
    count, oldest = connection.execute(select(func.count(), func.min(_SHELF.at)).where(*waits)).one()
    pages = connection.execute(
        select(_PAGE.number, _PAGE.at, _PAGE.stale).where(_PAGE.output == output).order_by(_PAGE.number)
    ).all()
    return Shelf(
        waiting=count,
        oldest_at=None if oldest is None else from_us(oldest),
        pages=tuple(row.number for row in pages if row.number != BEGINNING),
        stale=frozenset(row.number for row in pages if row.stale and row.number != BEGINNING),
        last_at=from_us(pages[-1].at) if pages else None,
    )


def on_page(
    connection: Connection, shown: ShownStories, path: str, page: int, *, before: int | None, limit: int
) -> list[Story]:
    """Return the stories on a page of an output's shelf (0: those that wait), the oldest first.

    `before` leaves out what came to it then or later.
    """
    statement = (
        select(_SHELF.story, _OUTPUT.id)
        .join_from(schema.shelf, schema.story, schema.story.c.id == _SHELF.story)
        .join(schema.output, _OUTPUT.id == _SHELF.output)
        .where(_OUTPUT.path == path, _OUTPUT.active, _SHELF.page == page)
        .order_by(schema.story.c.ordered_at, schema.story.c.name.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(_SHELF.at < before)
    rows = connection.execute(statement).all()
    ids = [row.story for row in rows]
    found = shown.read(connection, ids)
    if rows:
        found |= first(connection, rows[0].id, ids)
    return [found[id] for id in ids]


def issues(connection: Connection, path: str, limit: int) -> list[Story]:
    """Return the newest issues of a digest, the newest first."""
    statement = (
        select(_PAGE.data)
        .join_from(schema.page, schema.output, _OUTPUT.id == _PAGE.output)
        .where(_OUTPUT.path == path, _OUTPUT.active, _PAGE.number != BEGINNING)
        .order_by(_PAGE.number.desc())
        .limit(limit)
    )
    return [STORY.unpack(data) for data in connection.scalars(statement)]


def issue(connection: Connection, name: str) -> Listed | None:
    """Return an issue of a digest by its id."""
    row = connection.execute(
        select(_PAGE.data, _OUTPUT.path)
        .join_from(schema.page, schema.output, _OUTPUT.id == _PAGE.output)
        .where(_PAGE.name == name, _PAGE.name != "", _OUTPUT.active)
    ).first()
    return Listed(STORY.unpack(row.data), (row.path,)) if row else None


def turn(connection: Connection, output: int, build: Build, *, outdated: bool) -> None:
    """Put stories on an output's new pages and remove those that are empty; what is passed over leaves.

    `outdated`: stories have changed since the pages were made; then they are stale.
    """
    connection.execute(delete(schema.page).where(_PAGE.output == output, _PAGE.number.in_(build.emptied)))
    passed = _row_ids(connection, build.passed)
    remove(connection, schema.shelf, ("output", "story"), [(output, story) for story in passed])
    for page in build.pages:
        ids = _row_ids(connection, page.stories)
        told = (page.issue.id, STORY.pack(page.issue)) if page.issue else ("", "")
        stale = outdated and page.issue is None
        add(connection, schema.page, _COLUMNS, [(output, page.number, to_us(page.at), stale, *told)])
        waiting = (_SHELF.output == output, _SHELF.page == 0, among(_SHELF.story, "stories"))
        put_there = update(schema.shelf).where(*waiting).values(page=page.number)
        connection.execute(put_there, {"stories": many(ids)})
    if build.fresh and not outdated:
        renewed = update(schema.page).where(_PAGE.output == output, _PAGE.number.in_(build.fresh))
        connection.execute(renewed.values(stale=False))


def _row_ids(connection: Connection, stories: Collection[str]) -> list[int]:
    story = schema.story.c
    return list(connection.scalars(select(story.id).where(story.name.in_(stories)))) if stories else []


def make_stale(connection: Connection, outputs: Collection[int]) -> None:
    """Have the pages of some outputs made anew: their settings are others."""
    connection.execute(update(schema.page).where(_PAGE.output.in_(outputs)).values(stale=True))


def _seen_at(record: Record) -> int:
    return max(to_us(part.entry.first_seen_at) for part in record.parts)
