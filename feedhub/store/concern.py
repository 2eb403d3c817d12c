"""Which stored stories an edit of the configuration concerns; deriving the others would change nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import Connection, exists, func, select

from feedhub import rules
from feedhub.model import Catalogue, Condition, Entry, Rule
from feedhub.rules import OutputIndex
from feedhub.store import schema
from feedhub.store.codec import EPOCH
from feedhub.store.definition import Definition
from feedhub.store.dialect import among, batches, many, rows
from feedhub.store.records import ENTRY, Record, load
from feedhub.store.settle import Book, settle

_STORY, _ENTRY, _FEED = schema.story.c, schema.entry.c, schema.feed.c
_OF_COLUMNS = frozenset({"title", "link", "host", "feed"})
"""The fields of an entry that need no look at its data."""
_COLUMNS = (
    select(_ENTRY.story, _ENTRY.feed, _FEED.name, _ENTRY.title, _ENTRY.link)
    .join_from(schema.entry, schema.feed, _FEED.id == _ENTRY.feed)
    .where(among(_ENTRY.story, "stories"))
)


class Concern:
    """What an edit concerns: all stories, if it is not known what they follow now (`before` is None).

    `feeds` are those whose own settings changed too, by their row ids.
    """

    def __init__(
        self,
        connection: Connection,
        book: Book,
        before: Definition | None,
        now: Definition,
        feeds: Collection[int],
    ) -> None:
        self._connection = connection
        self._book = book
        self._feeds = frozenset(feeds)
        self._everything = before is None or before.rest != now.rest
        changed: list[str] = []
        self._conditions: dict[str, tuple[Condition, ...]] = {}
        self._looks_at_outputs = False
        if before is not None and not self._everything:
            changed = [path for path, one in now.outputs.items() if before.outputs.get(path) != one]
            self._conditions = conditions_by_feed(before, now, book.catalogue)
            self._looks_at_outputs = bool(changed) or not before.outputs.keys() <= now.outputs.keys()
        self._changed = frozenset(book.outputs[path] for path in changed)
        outputs = book.catalogue.outputs
        self._only_changed = replace(book, index=OutputIndex(outputs[path] for path in changed))
        asked = {
            field for each in set(self._conditions.values()) for one in each for field in rules.fields_of(one)
        }
        self._by_columns = not self._looks_at_outputs and asked <= _OF_COLUMNS
        everywhere = self._everything or len(self._conditions) == len(book.catalogue.feeds)
        self._anywhere = everywhere or self._looks_at_outputs
        self._looked_through: frozenset[int] = frozenset()
        if not self._anywhere:
            self._looked_through = self._feeds | _ids(connection, self._conditions)

    def next_after(self, story: int, limit: int) -> list[int]:
        """Return the next stories, after one, that are to be looked at, by their row ids."""
        found = select(_STORY.id).where(_STORY.id > story).order_by(_STORY.id).limit(limit)
        if self._anywhere:
            return list(self._connection.scalars(found))
        part = exists().where(_ENTRY.story == _STORY.id, among(_ENTRY.feed, "feeds"))
        return list(self._connection.scalars(found.where(part), {"feeds": many(self._looked_through)}))

    def among(self, ids: Sequence[int]) -> list[int]:
        """Return those of some stories that the edit concerns."""
        if self._everything:
            return list(ids)
        if not self._by_columns:
            return [id for id, record in load(self._connection, ids).items() if self._concerns(record)]
        found = {
            story
            for story, feed, name, title, link in rows(self._connection, _COLUMNS, stories=many(ids))
            if feed in self._feeds or (name in self._conditions and self._touches(_bare(name, title, link)))
        }
        return sorted(found)

    def _concerns(self, record: Record) -> bool:
        for part in record.parts:
            if part.origin.id in self._feeds or (part.alive and self._touches(part.entry)):
                return True
        stored = frozenset(record.outputs)
        if not self._looks_at_outputs:
            return False
        # Of the others the story is, or is not, a member as it was.
        return (
            not stored <= self._book.paths.keys()
            or stored & self._changed != set(settle(record, self._only_changed, 0).outputs)
        )  # fmt: skip

    def _touches(self, entry: Entry) -> bool:
        """Tell whether rules that differ may hold for an entry."""
        conditions = self._conditions.get(entry.feed_id, ())
        return bool(conditions) and rules.concern(
            conditions, self._book.catalogue.feeds[entry.feed_id], entry
        )


def _ids(connection: Connection, feeds: Collection[str]) -> set[int]:
    return {
        id
        for batch in batches(feeds)
        for id in connection.scalars(select(_FEED.id).where(_FEED.name.in_(batch)))
    }


def conditions_by_feed(
    before: Definition, now: Definition, catalogue: Catalogue
) -> dict[str, tuple[Condition, ...]]:
    """Return conditions of which one holds for every entry that other rules make something else of, by feed;
    many feeds share the rules of their category."""
    known: dict[tuple[int, int], tuple[Condition, ...]] = {}
    none: tuple[Rule, ...] = ()
    found = {}
    for name in catalogue.feeds:
        own, its = before.feeds.get(name, none), now.feeds.get(name, none)
        key = (id(own), id(its))
        if key not in known:
            known[key] = rules.touching((*own, *before.rules), (*its, *now.rules))
        if known[key]:
            found[name] = known[key]
    return found


def last_story(connection: Connection) -> int:
    """Return the newest story's row id."""
    return connection.scalar(select(func.max(_STORY.id))) or 0


def _bare(feed: str, title: str, link: str) -> Entry:
    """Return an entry of which no more is known."""
    return ENTRY.unpack(
        "{}", feed_id=feed, key="", guid="", link=link, title=title, first_seen_at=EPOCH, content_hash="",
        tags=frozenset(), dropped="",
    )  # fmt: skip
