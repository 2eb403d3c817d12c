"""What a person corrects: entries taken out of a story for good, stories that are one after all.

A name of an entry is `FEED/KEY`, its key or the first of it, or `FEED/` before its link or guid. A story's id
stays with its founding entry; an entry that is split off stands alone from then on: it joins nothing, and
nothing joins it. Of stories merged the one minted first keeps its id. The other leaves the outputs without a
word, its entries stay known, and if they are split off again it returns as it was, with id and date.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select

from feedhub import merger
from feedhub.errors import UsageError
from feedhub.model import Entry
from feedhub.store import revisions, schema
from feedhub.store.codec import to_us
from feedhub.store.lookup import next_id
from feedhub.store.records import Part, Record, load
from feedhub.store.settle import Book, found, settle
from feedhub.store.writing import ALONE, Changed, dirtied, mark_dirty, write_records

MIN_KEY = 8
"""Characters of a key that name an entry."""


def split(connection: Connection, known: Book, names: Sequence[str], now: datetime) -> list[str]:
    """Make each entry a story of its own; return the ids of these. UsageError for a name that is not one."""
    made = []
    for name in names:
        (entry,) = _one(connection, name)
        made.append(_split(connection, known, entry, now))
    return made


def merge(connection: Connection, known: Book, names: Sequence[str], now: datetime) -> str:
    """Make one story of those that have these names (an entry's, or a story's id); return its id."""
    stories = []
    for name in names:
        ids = _stories(connection, name) if name.startswith("urn:") else []
        stories += ids or [_story(connection, entry) for entry in _one(connection, name)]
    return _merge(connection, known, stories, now)


def enforce(connection: Connection, known: Book, now: datetime) -> None:
    """Bring what is stored in line with the corrections of the configuration; what is not known yet waits."""
    for name in known.catalogue.splits:
        entries = named_entries(connection, name)
        if len(entries) == 1:
            _split(connection, known, entries[0], now)
    for group in known.catalogue.merges:
        stories = [
            _story(connection, entry) for name in group for entry in named_entries(connection, name)[:1]
        ]
        if len(set(stories)) > 1:
            try:
                _merge(connection, known, stories, now)
            except UsageError:
                continue  # Feeds of two categories, for now.


def concerned(known: Book, feeds: Collection[str]) -> bool:
    """Tell whether new entries of some feeds may wait to be merged by hand."""
    return any(name.partition("/")[0] in feeds for group in known.catalogue.merges for name in group)


def named(names: Iterable[str], entry: Entry) -> bool:
    """Tell whether one of the names is an entry's."""
    for name in names:
        feed, _, rest = name.partition("/")
        if feed == entry.feed_id and (
            rest in (entry.link, entry.guid) or (len(rest) >= MIN_KEY and entry.key.startswith(rest))
        ):
            return True
    return False


def named_entries(connection: Connection, name: str) -> list[int]:
    """Return the entries of a name; a link or guid alone may be those of several feeds."""
    entry, identity, feed = schema.entry.c, schema.identity.c, schema.feed.c
    owner, _, rest = name.partition("/")
    id = connection.scalar(select(feed.id).where(feed.name == owner)) if rest else None
    if id is None:
        said: ColumnElement[bool] = or_(entry.link == name, entry.guid == name)
    else:
        said = and_(entry.feed == id, or_(entry.link == rest, entry.guid == rest))
        if len(rest) >= MIN_KEY:
            keyed = select(identity.entry).where(
                identity.feed == id, identity.key >= rest, identity.key < rest + "~"
            )
            if ids := sorted(set(connection.scalars(keyed))):
                return ids
    return list(connection.scalars(select(entry.id).where(said).order_by(entry.id)))


def was(name: str) -> str:
    """Return the reason that the founding entry of a story merged by hand carries: it knows its old id."""
    return f"merged by hand; it was {name}"


def _one(connection: Connection, name: str) -> list[int]:
    entries = named_entries(connection, name)
    if not entries:
        raise UsageError(f"no entry {name}; 'feedhub explain' shows the names of a story's entries")
    if len(entries) > 1:
        raise UsageError(f"{len(entries)} entries are {name}; take a name that 'feedhub explain' shows")
    return entries


def _stories(connection: Connection, name: str) -> list[int]:
    story = schema.story.c
    return list(connection.scalars(select(story.id).where(story.name == name)))


def _story(connection: Connection, entry: int) -> int:
    table = schema.entry.c
    return int(connection.scalars(select(table.story).where(table.id == entry)).one())


def _split(connection: Connection, known: Book, entry: int, now: datetime) -> str:
    """Make an entry a story of its own, unless it is one."""
    story = _story(connection, entry)
    old = load(connection, [story])[story]
    part = next(part for part in old.parts if part.id == entry)
    rest = tuple(other for other in old.parts if other is not part)
    if part.matched_by == ALONE and not rest:
        return old.name
    alone = part._replace(matched_by=ALONE, score=1.0, reason="split off by hand")
    mint = next_id(connection, schema.story.c.id)
    if part is _founder(old):
        own = old._replace(parts=(alone,))
        stays = _founded(mint, rest[0], "first", rest[1:]) if rest else own
    else:
        own = _founded(mint, part, ALONE, ())
        stays = old._replace(parts=rest)
    changes: list[Changed] = [
        (old if one.id == old.id else None, settle(one, known, to_us(now)))
        for one in {record.id: record for record in (own, stays)}.values()
    ]
    write_records(connection, known, changes)
    mark_dirty(connection, dirtied(changes))
    return own.name


def _founded(id: int, part: Part, matched_by: str, rest: tuple[Part, ...]) -> Record:
    """Return the story of an entry: as it was, if it had been one before it was merged by hand."""
    before = part.reason.removeprefix(was("")) if part.reason.startswith(was("")) else ""
    reason = "split off by hand" if matched_by == ALONE else ""
    founder = part._replace(matched_by=matched_by, score=1.0, reason=reason)
    story = found(id, before or merger.story_id(part.entry), founder)
    return story._replace(parts=(founder, *rest))


def _founder(record: Record) -> Part:
    return next((part for part in record.parts if part.matched_by in ("first", ALONE)), record.parts[0])


def _merge(connection: Connection, known: Book, ids: Iterable[int], now: datetime) -> str:
    records = sorted(load(connection, set(ids)).values(), key=lambda record: (not record.visible, record.id))
    if len(records) < 2:
        raise UsageError("that is one story already" if records else "no such story")
    kept, *others = records
    if len({part.origin.scope for record in records for part in record.parts}) > 1:
        raise UsageError(
            "stories are merged inside one category, and those of a private feed not with others"
        )
    parts = [p._replace(matched_by="first") if p.matched_by == ALONE else p for p in kept.parts]
    for other in others:
        founder = _founder(other)
        parts += [
            part._replace(
                matched_by="manual",
                score=1.0,
                reason=was(other.name) if part is founder else part.reason or "merged by hand",
            )
            for part in other.parts
        ]
    names = {record.name for record in records}
    related = dict.fromkeys(name for record in records for name in record.related if name not in names)
    one = kept._replace(parts=tuple(sorted(parts, key=lambda part: part.id)), related=tuple(related))
    emptied: list[Changed] = [
        (other, other._replace(parts=(), outputs=(), visible=False)) for other in others
    ]
    changed = (kept, settle(one, known, to_us(now)))
    write_records(connection, known, [changed, *emptied])
    mark_dirty(connection, dirtied([changed]).union(*(other.outputs for other in others)))
    connection.execute(delete(schema.story).where(schema.story.c.id.in_([other.id for other in others])))
    revisions.renew(connection)
    return one.name
