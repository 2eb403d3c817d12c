"""Which stored stories new entries may belong to: asked of the indexes for a whole commit at once, and kept
current while its entries come in. Of a story no more is read than its entries' titles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import Connection

from feedhub.merger import LIKENESS_KINDS, shortlist
from feedhub.model import Entry
from feedhub.store import lookup
from feedhub.store.keys import digest_of, digests, own_link, weeks_around
from feedhub.store.lookup import CANDIDATES_AT_MOST as _SAME
from feedhub.store.lookup import Head
from feedhub.store.records import Origin
from feedhub.store.settle import Book

Name = tuple[int, str]
"""An entry's feed and key."""


class Candidates:
    """The entries that share keys with some new ones."""

    def __init__(
        self, connection: Connection, arrivals: Mapping[Name, tuple[Origin, Entry]], book: Book
    ) -> None:
        self._keys: dict[Name, list[tuple[str, int]]] = {}
        self._under: defaultdict[int, list[int]] = defaultdict(list)
        self._linked: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        self._words: dict[int, frozenset[str]] = {}
        exact: set[int] = set()
        alike: set[int] = set()
        for name, (origin, entry) in arrivals.items():
            self._keys[name] = keys = digests(origin.scope, entry)
            like = [digest for kind, digest in keys if kind in LIKENESS_KINDS]
            same = [digest for kind, digest in keys if kind not in LIKENESS_KINDS]
            for week in weeks_around(entry, book.policy(origin.category).window):
                alike.update([week | digest for digest in like])
                exact.update([week | digest for digest in same])
        found = lookup.under_slots(connection, exact, _SAME)
        found += lookup.under_slots(connection, alike, shortlist.CROWD)
        for id, slot in sorted((id, slot) for slot, id in found):
            self._under[digest_of(slot)].append(id)
        links = {(origin.id, own_link(entry)) for origin, entry in arrivals.values()}
        for feed, link, id in lookup.under_links(connection, {link for link in links if link[1]}):
            self._linked[feed, link].append(id)
        wanted = {id for ids in self._linked.values() for id in ids}
        sharing = {name: self._sharing(name) for name in arrivals} if found else {}
        self._heads = lookup.heads(
            connection, wanted.union(*(ids for both in sharing.values() for ids in both))
        )
        self.stored = {self._heads[id].story for ids in self._linked.values() for id in ids}
        """The stories of the database that may have to be compared with one of the new entries."""
        for name, both in sharing.items():
            self.stored |= self._stories(*arrivals[name], *both)

    def stories(self, origin: Origin, entry: Entry) -> set[int]:
        """Return the stories that a new entry has to be compared with."""
        linked = self._linked.get((origin.id, own_link(entry)), ())
        found = self._stories(origin, entry, *self._sharing((origin.id, entry.key)))
        found.update(self._heads[id].story for id in linked[-_SAME:])
        return found

    def add(self, id: int, story: int, origin: Origin, entry: Entry) -> None:
        """Take in one of the new entries, part of a story now."""
        self._heads[id] = Head(story, origin.id, entry.title)
        for _, digest in self._keys[origin.id, entry.key]:
            self._under[digest].append(id)
        if link := own_link(entry):
            self._linked[origin.id, link].append(id)

    def _stories(self, origin: Origin, entry: Entry, same: set[int], alike: dict[int, bool]) -> set[int]:
        found = {self._heads[id].story for id in same}
        room = shortlist.AT_MOST
        words: frozenset[str] | None = None
        for id, strong in alike.items():
            head = self._heads.get(id)
            if head is None or head.feed == origin.id:
                continue  # whoever publishes two items means two
            if not strong:
                words = shortlist.words(entry.title) if words is None else words
                if not shortlist.one_subject(words, self._words_of(id, head.title)):
                    continue
            found.add(head.story)
            room -= 1
            if not room:
                break
        return found

    def _sharing(self, name: Name) -> tuple[set[int], dict[int, bool]]:
        """Return the entries that share an exact key, and those that share keys of likeness as ranked."""
        same: set[int] = set()
        alike = []
        for kind, digest in self._keys[name]:
            if ids := self._under.get(digest):
                if kind in LIKENESS_KINDS:
                    alike.append((kind, ids[-shortlist.CROWD :]))
                else:
                    same.update(ids[-_SAME:])
        return same, shortlist.rank(alike)

    def _words_of(self, id: int, title: str) -> frozenset[str]:
        if id not in self._words:
            self._words[id] = shortlist.words(title)
        return self._words[id]
