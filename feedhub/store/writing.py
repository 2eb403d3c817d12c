"""Changed stories and their entries, written in bulk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import Connection, update

from feedhub.store import firsts, index, schema, shelves
from feedhub.store.codec import dump_short, to_us
from feedhub.store.dialect import add, among, change, many, remove
from feedhub.store.keys import dates, digests, own_link, slots
from feedhub.store.lookup import next_id
from feedhub.store.records import Part, Record, packed, tombstone
from feedhub.store.settle import Book

ALONE = "split"
"""How an entry was matched that a person split off: it founds a story, and no other entry finds it."""

Changed = tuple[Record | None, Record]
"""A story as it is stored (None: it is new) and as it is to be."""


_NO_SLOTS: Mapping[int, list[int]] = MappingProxyType({})


def write_records(
    connection: Connection,
    book: Book,
    changes: Sequence[Changed],
    known_slots: Mapping[int, list[int]] = _NO_SLOTS,
) -> None:
    """Store new and changed stories with their entries, look-up keys and memberships.

    An entry belongs to one story before and one after; it may move between the stories given. `known_slots`
    are those of new entries, where they have been made already.
    """
    firsts.keep(connection, book, changes)
    shelves.put(connection, book, changes)
    _write_parts(connection, changes, known_slots)
    _write_stories(connection, changes)
    gone, came = [], []
    for old, new in changes:
        before = set(old.outputs) if old else set()
        gone += [_member(output, new) for output in before.difference(new.outputs)]
        came += [_member(output, new) for output in new.outputs if output not in before]
    names = ("output", "ordered_at", "tie", "story")
    remove(connection, schema.member, names, gone)
    add(connection, schema.member, names, came)


def dirtied(changes: Iterable[Changed]) -> set[int]:
    """Return the outputs that show something else after some changes."""
    dirty: set[int] = set()
    for old, new in changes:
        if old is None:
            dirty.update(new.outputs)
        elif (old.outputs or new.outputs) and old.story() != new.story():
            dirty.update(old.outputs, new.outputs)
        else:
            dirty.update(set(old.outputs) ^ set(new.outputs))
    return dirty


def mark_dirty(connection: Connection, outputs: Collection[int]) -> None:
    """Have outputs built again."""
    if outputs:
        connection.execute(_DIRTY, {"outputs": many(outputs)})


_OUTPUT = schema.output.c
_DIRTY = update(schema.output).where(among(_OUTPUT.id, "outputs")).values(serial=_OUTPUT.serial + 1)
_ENTRY_COLUMNS = tuple(schema.entry.c.keys())
_STORY_COLUMNS = tuple(schema.story.c.keys())


def _write_parts(
    connection: Connection, changes: Sequence[Changed], known_slots: Mapping[int, list[int]]
) -> None:
    stored = {part.id: (part, old.id) for old, _ in changes if old for part in old.parts}
    added, changed = [], []
    keys_gone: list[index.Keys] = []
    keys_came: list[index.Keys] = []
    for _, new in changes:
        for part in new.parts:
            before = stored.get(part.id)
            if before is None:
                added.append(_entry_row(part, new.id))
                under = known_slots.get(part.id)
                keys_came.append((part.id, _slots(part) if under is None else under))
            elif before != (part, new.id):
                changed.append((*_entry_row(part, new.id), part.id))
                old_slots, new_slots = set(_slots(before[0])), set(_slots(part))
                keys_gone.append((part.id, old_slots - new_slots))
                keys_came.append((part.id, new_slots - old_slots))
    add(connection, schema.entry, _ENTRY_COLUMNS, added)
    change(connection, schema.entry, _ENTRY_COLUMNS, changed)
    index.put(connection, keys_gone, keys_came)


def _slots(part: Part) -> list[int]:
    if not part.alive or part.matched_by == ALONE:
        return []
    return slots(digests(part.origin.scope, part.entry), dates(part.entry))


def _entry_row(part: Part, story: int) -> tuple[object, ...]:
    entry = part.entry
    return (
        part.id,
        part.origin.id,
        story,
        part.alive,
        part.backlog,
        to_us(entry.first_seen_at),
        own_link(entry),
        part.matched_by,
        part.score,
        part.reason,
        entry.key,
        entry.guid,
        entry.link,
        entry.title,
        entry.content_hash,
        entry.dropped,
        dump_short(tuple(sorted(entry.tags))),
        *(packed(entry) if part.alive else tombstone(entry)),
    )


def _write_stories(connection: Connection, changes: Sequence[Changed]) -> None:
    revision = next_id(connection, schema.story.c.revision)
    added = [(*_story_row(new), revision) for old, new in changes if old is None]
    add(connection, schema.story, _STORY_COLUMNS, added)
    rows = [
        (*row, revision, new.id)
        for old, new in changes
        if old is not None and ((row := _story_row(new)) != _story_row(old) or old.story() != new.story())
    ]
    change(connection, schema.story, _STORY_COLUMNS, rows)
    reworded = [(new.id,) for old, new in changes if old is not None and _face(old) != _face(new)]
    add(connection, schema.unsearched, ("story",), reworded)


def _face(record: Record) -> tuple[object, ...]:
    """Return what the search depends on."""
    return record.shown_hash, record.winner, record.visible, record.private


def _story_row(record: Record) -> tuple[object, ...]:
    return (
        record.id,
        record.name,
        record.category,
        record.winner,
        record.shown_hash,
        record.published_at,
        record.updated_at,
        record.ordered_at,
        record.visible,
        record.private,
        dump_short(record.outputs),
        dump_short(record.related),
        record.version,
        record.renewed_at,
    )


def _member(output: int, record: Record) -> tuple[int, int, int, int]:
    return output, record.ordered_at, tie(record.name), record.id


def tie(name: str) -> int:
    """Return what orders stories of one instant: descending, it is ascending by public id (`urn:uuid:`)."""
    return int(name[9:17] + name[18:22], 16) ^ 0xFFFF_FFFF_FFFF
