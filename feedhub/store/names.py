"""Categories and tags that only entries name: an address each for ever, an output while a feed names it.

What the configuration declares is not among them. No address is given twice: a name that is put away and
comes back finds its own again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import NamedTuple

from sqlalchemy import Connection, select

from feedhub import slugs
from feedhub.model import Catalogue, Category, Entry, Match, Output, Pattern
from feedhub.rules import OutputIndex, fold
from feedhub.store import schema, tokens
from feedhub.store.codec import to_us
from feedhub.store.declared import declare, output_ids, put_away
from feedhub.store.dialect import add, batches, change, upsert
from feedhub.store.lookup import next_id
from feedhub.store.records import Part, load
from feedhub.store.settle import Book, Name, settle
from feedhub.store.writing import Changed, dirtied, mark_dirty, write_records

REVISION = "names"
"""The name under which `meta` has a number that grows whenever the table changes."""

_NAME, _FEED, _META = schema.name.c, schema.feed.c, schema.meta.c
_REVISION = select(_META.value).where(_META.name == REVISION)


class Growth(NamedTuple):
    """A book with what entries have named, and the names for which there was no room."""

    book: Book
    refused: frozenset[Name] = frozenset()


def named(entry: Entry) -> Iterator[Name]:
    """Yield the categories and tags that an entry's source gave it, as far as no rule took them away."""
    if entry.dropped:
        return
    if entry.category and "category" not in dict(entry.overrides):
        yield Name("category", entry.category)
    for label in entry.labels:
        if label in entry.tags:
            yield Name("tag", label)


def with_names(connection: Connection, book: Book) -> Book:
    """Return a book of what is configured with what entries have named so far."""
    configured = book.configured
    outputs: dict[str, Output] = {}
    categories: dict[str, Category] = {}
    known: dict[Name, bool] = {}
    rows = (
        select(_NAME.kind, _NAME.text, _NAME.slug, _FEED.private)
        .join_from(schema.name, schema.feed, _FEED.id == _NAME.feed)
        .where(_NAME.active)
        .order_by(_NAME.id)
    )
    for kind, text, slug, private in connection.execute(rows):
        name = Name(kind, text)
        if not declares(configured, name):
            known[name] = private
            outputs[f"{kind}/{slug}"] = _output(configured, name, slug, private=private)
            if kind == "category":
                categories[text] = Category(text, text, slug, configured.naming.duplicates)
    catalogue = configured
    if known:
        catalogue = replace(
            configured,
            outputs={**configured.outputs, **outputs},
            categories={**configured.categories, **categories},
        )
    return replace(book, catalogue=catalogue, names=known, names_at=connection.scalar(_REVISION) or "")


def indexed(connection: Connection, book: Book) -> Book:
    """Return a book that finds the outputs of its catalogue, which all are declared."""
    ids, outputs = output_ids(connection), book.catalogue.outputs
    by_policy = {
        policy: frozenset(ids[path] for path, one in outputs.items() if one.update_policy == policy)
        for policy in ("republish", "never")
    }
    return replace(
        book,
        index=OutputIndex(outputs.values()),
        outputs=ids,
        paths={id: path for path, id in ids.items()},
        renewing=by_policy["republish"],
        lasting=by_policy["never"],
        shelving=frozenset(ids[path] for path, one in outputs.items() if one.digest or one.archive),
        archiving=frozenset(ids[path] for path, one in outputs.items() if one.archive),
    )


def refreshed(connection: Connection, book: Book) -> Book:
    """Return the book with what other processes have changed of the names."""
    if not book.configured.naming.sources or (connection.scalar(_REVISION) or "") == book.names_at:
        return book
    return indexed(connection, with_names(connection, book))


def grown(connection: Connection, book: Book, parts: Iterable[Part], now: datetime) -> Growth:
    """Return the book with what some entries name, each with its output, as far as there is room."""
    naming = book.configured.naming
    if not naming.sources:
        return Growth(book)
    fresh = _fresh(book, parts)
    if not fresh:
        return Growth(book)
    before = refreshed(connection, book)
    room = max(naming.limit - len(before.names), 0)
    refused = frozenset([name for name in fresh if name not in before.names][room:])
    taken = {name: feed for name, feed in fresh.items() if name not in refused}
    if not taken:
        return Growth(before, refused)
    _take_in(connection, before.catalogue, taken)
    after = with_names(connection, before)
    known = before.catalogue.outputs
    changed = {path: one for path, one in after.catalogue.outputs.items() if known.get(path) != one}
    opened = known.keys() & changed.keys()
    put_away(connection, opened)
    declare(connection, changed, before.configured.site, now)
    tokens.mint(connection, after.catalogue)
    after = indexed(connection, after)
    if opened:
        expel_private(connection, after, now)
    return Growth(after, refused)


def expel_private(connection: Connection, book: Book, now: datetime) -> None:
    """Take private stories out of what entries of public feeds name too: it is not private any more."""
    public = {book.outputs[path] for path, one in book.catalogue.outputs.items() if not one.private}
    story = schema.story.c
    private = connection.execute(select(story.id, story.outputs).where(story.private)).all()
    ids = [row.id for row in private if not public.isdisjoint(json.loads(row.outputs))]
    for batch in batches(ids):
        records = load(connection, batch).values()
        changes: list[Changed] = [(record, settle(record, book, to_us(now))) for record in records]
        write_records(connection, book, changes)
        mark_dirty(connection, dirtied(changes))


def give_way(connection: Connection, configured: Catalogue) -> None:
    """Give another address to names whose own the configuration has given to something else."""
    rows = connection.execute(select(_NAME.id, _NAME.kind, _NAME.text, _NAME.slug)).all()
    addresses = _Addresses(connection, configured)
    moved = [
        (addresses.mint(name), row.id)
        for row in rows
        if f"{row.kind}/{row.slug}" in configured.outputs
        and not declares(configured, name := Name(row.kind, row.text))
    ]
    if moved:
        change(connection, schema.name, ("slug",), moved)
        _note_change(connection)


def put_away_idle(connection: Connection, book: Book) -> Book:
    """Return the book without what no feed names any more and no story is listed under."""
    rows = connection.execute(
        select(_NAME.id, _NAME.kind, _NAME.slug, _FEED.name.label("feed"))
        .join_from(schema.name, schema.feed, _FEED.id == _NAME.feed)
        .where(_NAME.active)
    )
    sources = book.configured.naming.sources
    idle = [row for row in rows if row.kind not in sources.get(row.feed, ())]
    member = schema.member.c
    gone = [
        row
        for row in idle
        if (output := book.outputs.get(f"{row.kind}/{row.slug}")) is None
        or connection.scalar(select(member.story).where(member.output == output).limit(1)) is None
    ]
    if not gone:
        return book
    change(connection, schema.name, ("active",), [(False, row.id) for row in gone])
    put_away(connection, {f"{row.kind}/{row.slug}" for row in gone}.difference(book.configured.outputs))
    _note_change(connection)
    return indexed(connection, with_names(connection, book))


def declares(configured: Catalogue, name: Name) -> bool:
    """Tell whether the configuration says itself how such a name is published, or that it is not."""
    return fold(name.text) in configured.naming.declared.get(name.kind, ())


def _fresh(book: Book, parts: Iterable[Part]) -> dict[Name, int]:
    """Return what entries name that has no output yet, or a private one but a public feed; and the feed."""
    fresh: dict[Name, Part] = {}
    for part in parts:
        if not (part.alive and part.origin.active):
            continue
        for name in named(part.entry):
            if declares(book.configured, name):
                continue
            known = book.names.get(name)
            if (known is None or known > part.origin.private) and (
                name not in fresh or fresh[name].origin.private
            ):
                fresh[name] = part
    return {name: part.origin.id for name, part in fresh.items()}


def _take_in(connection: Connection, catalogue: Catalogue, feeds: Mapping[Name, int]) -> None:
    """Put names in force, each as of a feed, those that are new with an address."""
    stored = {
        Name(row.kind, row.text): row.id
        for batch in batches(sorted({name.text for name in feeds}))
        for row in connection.execute(select(_NAME.id, _NAME.kind, _NAME.text).where(_NAME.text.in_(batch)))
    }
    again = [(True, feed, stored[name]) for name, feed in feeds.items() if name in stored]
    change(connection, schema.name, ("active", "feed"), again)
    addresses = _Addresses(connection, catalogue)
    first = next_id(connection, _NAME.id)
    new = [(name, feed) for name, feed in feeds.items() if name not in stored]
    rows = [
        (id, name.kind, name.text, addresses.mint(name), True, feed)
        for id, (name, feed) in enumerate(new, first)
    ]
    add(connection, schema.name, ("id", "kind", "text", "slug", "active", "feed"), rows)
    _note_change(connection)


class _Addresses:
    """The addresses that are taken, by whatever is or was published there; and new ones."""

    def __init__(self, connection: Connection, catalogue: Catalogue) -> None:
        self._taken = set(catalogue.outputs)
        self._taken.update(
            f"{kind}/{slug}" for kind, slug in connection.execute(select(_NAME.kind, _NAME.slug))
        )

    def mint(self, name: Name) -> str:
        """Return a slug for a name that nothing else has: its own, or that with a hash of it behind."""
        word = slugs.slug(name.text)
        for found in self._candidates(word, name.text):
            if f"{name.kind}/{found}" not in self._taken:
                self._taken.add(f"{name.kind}/{found}")
                return found
        raise AssertionError("candidates never end")

    @staticmethod
    def _candidates(word: str, text: str) -> Iterator[str]:
        yield word
        for turn in count():
            yield slugs.suffixed(word, text + "\0" * turn)


def _output(configured: Catalogue, name: Name, slug: str, *, private: bool) -> Output:
    return replace(
        configured.naming.output,
        path=f"{name.kind}/{slug}",
        title=name.text,
        kind=name.kind,
        where=Match(name.kind, (Pattern("verbatim", name.text),), name.text),
        private=private or configured.naming.output.private,
    )


def _note_change(connection: Connection) -> None:
    number = int(connection.scalar(_REVISION) or 0) + 1
    upsert(connection, schema.meta, ("name", "value"), [(REVISION, str(number))])
