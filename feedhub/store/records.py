"""Stories and their entries as the tables have them, read whole and turned into the model's."""

from __future__ import annotations

import functools
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import chain
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from feedhub.merger import LIKENESS_KINDS
from feedhub.model import Entry, Source, Story
from feedhub.store import schema
from feedhub.store.codec import Codec, dump, from_us, load_short, maybe_at
from feedhub.store.dialect import among, many, rows
from feedhub.store.keys import scope

ENTRY = Codec(
    Entry,
    omit=(
        "feed_id",
        "key",
        "guid",
        "link",
        "title",
        "first_seen_at",
        "content_hash",
        "tags",
        "dropped",
        "match_keys",
    ),
)


class Origin(NamedTuple):
    """A feed as its entries need it."""

    id: int
    name: str
    active: bool
    category: str
    private: bool
    title: str
    url: str
    site: str
    scopes: Mapping[str, str] = MappingProxyType({})
    """Where duplicates are looked for, by category, where it is not as usual; under "" what is usual, if that
    is not the category itself."""

    @property
    def scope(self) -> str:
        """The space in which its entries' duplicates are looked for: a private feed is alone in its own."""
        kind = "feed" if self.private else self.scopes.get(self.category) or self.scopes.get("", "category")
        return scope(kind, self.category, self.name)


def placed(feed: Origin, entry: Entry) -> Origin:
    """Return a feed as one of its entries needs it: in the category that the entry names, if it names one."""
    own = dict(entry.overrides).get("category") or entry.category
    return feed._replace(category=own) if own else feed


class Part(NamedTuple):
    """One entry's part in a story. Without its body (not `alive`) it is an identity and no more."""

    id: int
    origin: Origin
    entry: Entry
    alive: bool = True
    backlog: bool = False
    matched_by: str = "first"
    score: float = 1.0
    reason: str = ""

    @property
    def shown(self) -> bool:
        """Whether it counts in what is published."""
        return self.alive and self.origin.active and not self.entry.dropped


class Record(NamedTuple):
    """One story with all its entries in order of arrival. Instants are microseconds.

    `winner` is the id of the entry whose content is shown, `shown_hash` its content's, `outputs` the ids
    of the outputs it is a member of.
    """

    id: int
    name: str
    category: str
    published_at: int
    updated_at: int
    ordered_at: int
    winner: int
    parts: tuple[Part, ...]
    shown_hash: str = ""
    visible: bool = False
    private: bool = False
    outputs: tuple[int, ...] = ()
    related: tuple[str, ...] = ()
    version: int = 0
    renewed_at: int | None = None

    def story(self) -> Story:
        """Return the story as it is shown; one that is not, as its entries are."""
        present = [part for part in self.parts if part.alive and part.origin.active]
        parts = [part for part in present if not part.entry.dropped] or present or self.parts
        first = next((part for part in parts if part.id == self.winner), parts[0])
        return Story(
            id=self.name,
            category=self.category,
            entry=first.entry.shown(),
            sources=tuple(source(part) for part in [first, *(part for part in parts if part is not first)]),
            tags=first.entry.tags.union(*(part.entry.tags for part in parts)),
            published_at=from_us(self.published_at),
            updated_at=from_us(self.updated_at),
            ordered_at=from_us(self.ordered_at),
            private=self.private,
            related=self.related,
            version=self.version,
            renewed_at=maybe_at(self.renewed_at),
        )


def packed(entry: Entry) -> tuple[str, str]:
    """Return an entry's match keys and what is kept of it as JSON, as the table has them."""
    return _pack_keys(entry.match_keys), ENTRY.pack(entry)


def tombstone(entry: Entry) -> tuple[str, str]:
    """Return the same of an entry whose body goes: its date, and the exact keys by which the same item is
    known if it comes again under another guid."""
    plain = ENTRY.plain(entry)
    keys = _pack_keys(pair for pair in entry.match_keys if pair[0] not in LIKENESS_KINDS)
    return keys, dump({name: plain[name] for name in ("published_at",) if name in plain})


def _pack_keys(keys: Iterable[tuple[str, str]]) -> str:
    """Return kinds and values line by line: as JSON they would be a third of many an entry."""
    return "\n".join(chain.from_iterable(keys))


def _unpack_keys(text: str) -> tuple[tuple[str, str], ...]:
    lines = text.split("\n") if text else []
    return tuple(zip(lines[::2], lines[1::2], strict=True))


def load(connection: Connection, ids: Collection[int]) -> dict[int, Record]:
    """Return stories by their row ids, each with all its entries."""
    if not ids:
        return {}
    wanted = {"stories": many(ids)}
    entries: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(_ENTRIES, wanted):
        entries[row.story].append(row)
    found = origins(connection, {row.feed for group in entries.values() for row in group})
    return {row.id: _record(row, entries[row.id], found) for row in connection.execute(_STORIES, wanted)}


def marks(connection: Connection, ids: Collection[int]) -> dict[int, tuple[object, ...]]:
    """Return what changes whenever a story does, by the stories' row ids: its revision, and how its feeds are
    shown, which no revision counts."""
    if not ids:
        return {}
    wanted = {"stories": many(ids)}
    feeds: dict[int, set[int]] = defaultdict(set)
    for story, feed in rows(connection, _FEEDS_OF, **wanted):
        feeds[story].add(feed)
    found = origins(connection, set().union(*feeds.values()))
    return {
        id: (revision, *(found[feed][: len(_SHOWN)] for feed in sorted(feeds[id])))
        for id, revision in rows(connection, _REVISIONS, **wanted)
    }


def origins(connection: Connection, ids: Collection[int]) -> dict[int, Origin]:
    """Return feeds by their row ids."""
    scopes = known_scopes(connection)
    return {row.id: Origin(*row, scopes) for row in connection.execute(_ORIGINS, {"feeds": many(ids)})}


def known_scopes(connection: Connection) -> Mapping[str, str]:
    """Return where duplicates are looked for by the configuration in force, as `Origin.scopes` has it."""
    found = rows(connection, _SCOPES)
    return _parsed(found[0][0] if found else "{}")


@functools.lru_cache(maxsize=4)
def _parsed(scopes: str) -> Mapping[str, str]:
    found: dict[str, str] = json.loads(scopes)
    return found


SCOPES = "scopes"
"""The name under which `meta` has `Origin.scopes` as JSON."""

_FEED = schema.feed.c
_SCOPES = select(schema.meta.c.value).where(schema.meta.c.name == SCOPES)
_STORIES = select(schema.story).where(among(schema.story.c.id, "stories"))
_REVISIONS = select(schema.story.c.id, schema.story.c.revision).where(among(schema.story.c.id, "stories"))
_FEEDS_OF = select(schema.entry.c.story, schema.entry.c.feed).where(among(schema.entry.c.story, "stories"))
_ENTRIES = select(schema.entry).where(among(schema.entry.c.story, "stories")).order_by(schema.entry.c.id)
_SHOWN = (
    _FEED.id,
    _FEED.name,
    _FEED.active,
    _FEED.category,
    _FEED.private,
    _FEED.shown_title,
    _FEED.shown_url,
    _FEED.shown_site,
)
_ORIGINS = select(*_SHOWN).where(among(_FEED.id, "feeds"))


def _record(row: Any, entries: list[Any], origins: Mapping[int, Origin]) -> Record:
    return Record(
        id=row.id,
        name=row.name,
        category=row.category,
        published_at=row.published_at,
        updated_at=row.updated_at,
        ordered_at=row.ordered_at,
        winner=row.winner,
        parts=tuple(_part(entry, origins[entry.feed]) for entry in entries),
        shown_hash=row.shown_hash,
        visible=row.visible,
        private=row.private,
        outputs=load_short(row.outputs),
        related=load_short(row.related),
        version=row.version,
        renewed_at=row.renewed_at,
    )


def _part(row: Any, origin: Origin) -> Part:
    entry = ENTRY.unpack(
        row.data or "{}",
        feed_id=origin.name,
        key=row.key,
        guid=row.guid,
        link=row.link,
        title=row.title,
        first_seen_at=from_us(row.first_seen_at),
        content_hash=row.content_hash,
        tags=frozenset(load_short(row.tags)),
        dropped=row.dropped,
        match_keys=_unpack_keys(row.match_keys),
    )
    return Part(
        row.id, placed(origin, entry), entry, row.alive, row.backlog, row.matched_by, row.score, row.reason
    )


def source(part: Part) -> Source:
    """Return an entry's part in a story as it is shown."""
    entry = part.entry.shown()
    return Source(
        feed_id=entry.feed_id,
        feed_title=part.origin.title,
        feed_url=part.origin.url,
        feed_site=part.origin.site,
        entry_id=entry.guid or entry.key,
        link=entry.link,
        title=entry.title,
        published_at=entry.published_at,
        first_seen_at=entry.first_seen_at,
        matched_by=part.matched_by,
        score=part.score,
        reason=part.reason,
        category=part.origin.category,
    )
