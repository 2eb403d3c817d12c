"""Which stored stories new entries may belong to: asked of the indexes for a whole commit at once, and kept
current while its entries come in. Of a story no more is read than its entries' titles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import Connection

from feedhub.merger import LIKENESS_KINDS, shortlist
from feedhub.model import Entry
from feedhub.store import lookup
from feedhub.store.keys import own_link, slots, slots_around
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
        self._exact: dict[Name, list[int]] = {}
        self._alike: dict[Name, list[tuple[str, list[int]]]] = {}
        for name, (origin, entry) in arrivals.items():
            around = slots_around(origin.scope, entry, book.policy(origin.category).window)
            self._exact[name] = [slot for kind, near in around if kind not in LIKENESS_KINDS for slot in near]
            self._alike[name] = [(kind, near) for kind, near in around if kind in LIKENESS_KINDS]
        self._under: dict[int, list[int]] = defaultdict(list)
        self._linked: dict[tuple[int, int], list[int]] = defaultdict(list)
        self._words: dict[int, frozenset[str]] = {}
        self._read_slots(connection)
        links = {(origin.id, own_link(entry)) for origin, entry in arrivals.values()}
        for feed, link, id in lookup.under_links(connection, {link for link in links if link[1]}):
            self._linked[feed, link].append(id)
        wanted = {id for ids in self._linked.values() for id in ids}
        for name in arrivals:
            wanted.update(self._same(name), self._ranked(name))
        self._heads = lookup.heads(connection, wanted)

    def stories(self, origin: Origin, entry: Entry) -> set[int]:
        """Return the stories that a new entry has to be compared with."""
        name = (origin.id, entry.key)
        found = {self._heads[id].story for id in self._linked.get((origin.id, own_link(entry)), ())[-_SAME:]}
        found.update(self._heads[id].story for id in self._same(name))
        room = shortlist.AT_MOST
        for id, strong in self._ranked(name).items():
            head = self._heads.get(id)
            if head is None or head.feed == origin.id:
                continue  # whoever publishes two items means two
            if strong or shortlist.one_subject(self._words_of(id, head.title), shortlist.words(entry.title)):
                found.add(head.story)
                room -= 1
                if not room:
                    break
        return found

    def add(self, id: int, story: int, origin: Origin, entry: Entry) -> None:
        """Take in an entry that is part of a story now."""
        self._heads[id] = Head(story, origin.id, entry.title)
        for slot in slots(origin.scope, entry):
            self._under[slot].append(id)
        if link := own_link(entry):
            self._linked[origin.id, link].append(id)

    def _read_slots(self, connection: Connection) -> None:
        exact = {slot for near in self._exact.values() for slot in near}
        alike = {slot for keys in self._alike.values() for _, near in keys for slot in near}
        found = lookup.under_slots(connection, exact, _SAME)
        found += lookup.under_slots(connection, alike, shortlist.CROWD)
        for slot, id in sorted(found):
            self._under[slot].append(id)

    def _same(self, name: Name) -> set[int]:
        return {id for slot in self._exact[name] if slot in self._under for id in self._under[slot][-_SAME:]}

    def _ranked(self, name: Name) -> dict[int, bool]:
        found = []
        for kind, near in self._alike[name]:
            ids = [id for slot in near if slot in self._under for id in self._under[slot][-shortlist.CROWD :]]
            if ids:
                found.append((kind, ids))
        return shortlist.rank(found)

    def _words_of(self, id: int, title: str) -> frozenset[str]:
        if id not in self._words:
            self._words[id] = shortlist.words(title)
        return self._words[id]
