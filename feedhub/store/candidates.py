"""Which stored stories new entries may belong to: asked of the indexes for a whole commit at once, and kept
current while its entries come in. Of a story no more is read than its entries' titles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from feedhub.merger import shortlist
from feedhub.model import Entry
from feedhub.store import lookup
from feedhub.store.keys import Digests, Probes, digests, own_link, probes, slots, undated_between
from feedhub.store.lookup import SAME_AT_MOST, Head
from feedhub.store.records import Origin
from feedhub.store.settle import Book

Name = tuple[int, str]
"""An entry's feed and key."""


class Candidates:
    """The entries that share keys with some new ones."""

    def __init__(
        self, connection: Connection, arrivals: Mapping[Name, tuple[Origin, Entry]], book: Book
    ) -> None:
        self._asked = _ask(connection, arrivals, book)
        self._under: dict[int, list[int]] = {}
        self._linked: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        self.slots: dict[int, list[int]] = {}
        """What each of the new entries is found under."""
        self._came: set[int] = set()
        """The slots into which entries came since the database was asked."""
        self._search(connection)
        links = {(origin.id, own_link(entry)) for origin, entry in arrivals.values()}
        for feed, link, id in lookup.under_links(connection, [link for link in links if link[1]]):
            self._linked[feed, link].append(id)
        self._shared = {name: self._sharing(asked) for name, asked in self._asked.items()}
        wanted = {id for ids in self._linked.values() for id in ids}
        wanted.update(*(ids for both in self._shared.values() for ids in both))
        self._heads = lookup.heads(connection, wanted)
        self.stored = {self._heads[id].story for ids in self._linked.values() for id in ids}
        """The stories of the database that may have to be compared with one of the new entries."""
        for name, shared in self._shared.items():
            self.stored |= self._stories(*arrivals[name], shared)

    def stories(self, origin: Origin, entry: Entry) -> set[int]:
        """Return the stories that a new entry has to be compared with."""
        name = origin.id, entry.key
        asked = self._asked[name]
        if not (self._came.isdisjoint(asked.same) and self._came.isdisjoint(asked.alike)):
            self._shared[name] = self._sharing(asked)
        found = self._stories(origin, entry, self._shared[name])
        linked = self._linked.get((origin.id, own_link(entry)), ())
        found.update(self._heads[id].story for id in linked[-SAME_AT_MOST:])
        return found

    def add(self, id: int, story: int, origin: Origin, entry: Entry) -> None:
        """Take in one of the new entries, part of a story now."""
        self._heads[id] = Head(story, origin.id, entry.title)
        self.slots[id] = under = slots(self._asked[origin.id, entry.key].digests, entry)
        for slot in under:
            self._under.setdefault(slot, []).append(id)
        self._came.update(under)
        if link := own_link(entry):
            self._linked[origin.id, link].append(id)

    def _search(self, connection: Connection) -> None:
        """Read what is under the slots that are asked for."""
        same = {slot for asked in self._asked.values() for slot in asked.same}
        alike = {slot for asked in self._asked.values() for slot in asked.alike}
        for wanted, at_most in ((same, SAME_AT_MOST), (alike, shortlist.CROWD)):
            for slot, id in lookup.under_slots(connection, wanted, at_most):
                self._under.setdefault(slot, []).append(id)

    def _sharing(self, asked: _Asked) -> _Shared:
        under = self._under
        same = {id for slot in asked.same if slot in under for id in under[slot][-SAME_AT_MOST:]}
        places = [place for place, slot in enumerate(asked.alike) if slot in under]
        if not places:
            return _Shared(same, {})
        alike: dict[int, list[int]] = {}
        for place in places:
            newest = under[asked.alike[place]][-shortlist.CROWD :]
            key = place // asked.shelves
            alike[key] = [*alike[key], *newest] if key in alike else newest
        kinds = asked.digests.alike
        return _Shared(same, shortlist.rank([(kinds[key][0], ids) for key, ids in alike.items()]))

    def _stories(self, origin: Origin, entry: Entry, shared: _Shared) -> set[int]:
        found = {self._heads[id].story for id in shared.same}
        room = shortlist.AT_MOST
        words: frozenset[str] | None = None
        for id, strong in shared.alike.items():
            head = self._heads.get(id)
            if head is None or head.feed == origin.id:
                continue  # whoever publishes two items means two
            if not strong:
                words = shortlist.words(entry.title) if words is None else words
                if not shortlist.one_subject(words, shortlist.words(head.title)):
                    continue
            found.add(head.story)
            room -= 1
            if not room:
                break
        return found


class _Asked(NamedTuple):
    """What is looked up for one entry: slots of its exact keys; those of likeness, of each key as many as
    there are shelves on which it may stand."""

    digests: Digests
    same: list[int]
    alike: list[int]
    shelves: int


class _Shared(NamedTuple):
    """The entries that share an exact key with one, and those that share keys of likeness as ranked."""

    same: set[int]
    alike: dict[int, bool]


def _ask(
    connection: Connection, arrivals: Mapping[Name, tuple[Origin, Entry]], book: Book
) -> dict[Name, _Asked]:
    places = {
        name: probes(entry, book.policy(origin.category).window) for name, (origin, entry) in arrivals.items()
    }
    undated = _any_undated(connection, arrivals, places.values())
    asked = {}
    for name, (origin, entry) in arrivals.items():
        found, at = digests(origin.scope, entry), places[name]
        shelves = at.alike + at.undated if undated else at.alike
        asked[name] = _Asked(
            found,
            [week | digest for digest in found.same for week in at.same],
            [shelf | digest for _, digest in found.alike for shelf in shelves],
            len(shelves),
        )
    return asked


def _any_undated(
    connection: Connection, arrivals: Mapping[Name, tuple[Origin, Entry]], places: Collection[Probes]
) -> bool:
    """Tell whether there are undated entries among some new ones or those that they could be copies of: most
    hubs have none, and look-ups among them are half of all."""
    if any(entry.published_at is None for _, entry in arrivals.values()):
        return True
    weeks = {week for at in places for week in at.undated}
    return bool(weeks) and lookup.any_slot(connection, *undated_between(weeks))
