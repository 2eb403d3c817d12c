"""Which stories new entries may belong to: asked of the indexes for a whole commit at once, the entries that
come in it among them. Of a story no more is read than its entries' titles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from sqlalchemy import Connection

from feedhub.merger import shortlist
from feedhub.model import Entry
from feedhub.store import index, lookup
from feedhub.store.keys import (
    Dates,
    Probes,
    dates,
    digests,
    own_link,
    probes,
    slots,
    undated_between,
)
from feedhub.store.lookup import SAME_AT_MOST, Head
from feedhub.store.records import Origin
from feedhub.store.settle import Book

FeedKey = tuple[int, str]
"""A feed, and the key of one of its entries."""


class Candidates:
    """The entries that share keys with some new ones.

    `ids` are the row ids that these get if they are stored, in the order in which they came: each may belong
    to what is stored and to what came before it.
    """

    def __init__(
        self,
        connection: Connection,
        arrivals: Mapping[FeedKey, tuple[Origin, Entry]],
        book: Book,
        first_id: int,
    ) -> None:
        self.ids = {name: id for id, name in enumerate(arrivals, first_id)}
        self.slots: dict[int, list[int]] = {}
        """What each of the new entries that were taken in is found under."""
        asked, undated = _ask(connection, arrivals, book)
        same = Counter(chain.from_iterable([one.same for one in asked.values()]))
        alike = Counter(chain.from_iterable([one.alike for one in asked.values()]))
        under, linked = _search(connection, same, alike, [one.link for one in asked.values()])
        # What is dated asks for its own slots too: those that nothing else asks for are most, and of no use.
        once = 0 if undated else 1
        wanted = {slot for times in (same, alike) for slot, count in times.items() if count > once}
        self._slots = {self.ids[name]: one.slots for name, one in asked.items()}
        shared = {}
        for (name, one), id in zip(asked.items(), self.ids.values(), strict=True):
            shared[name] = _sharing(one, under, linked.get(one.link, ()))
            for slot in wanted.intersection(one.slots):
                if slot in under:
                    under[slot].append(id)
                else:
                    under[slot] = [id]
            if one.link[1]:
                linked.setdefault(one.link, []).append(id)
        stored = {id for one in shared.values() for ids in one for id in ids if id < first_id}
        heads = lookup.heads(connection, stored)
        self._stories = {id: head.story for id, head in heads.items()}
        for (name, (_, entry)), id in zip(arrivals.items(), self.ids.values(), strict=True):
            heads[id] = Head(0, name[0], entry.title)
        self._worth = {name: _worth(heads[self.ids[name]], one, heads) for name, one in shared.items()}
        self.stored = {self._stories[id] for ids in self._worth.values() for id in ids if id in self._stories}
        """The stories of the database that may have to be compared with one of the new entries."""

    def stories(self, name: FeedKey) -> set[int]:
        """Return the stories that a new entry has to be compared with."""
        known = self._stories
        return {known[id] for id in self._worth[name] if id in known}

    def add(self, id: int, story: int) -> None:
        """Take in one of the new entries, part of a story now; those that are not taken in nobody finds."""
        self._stories[id] = story
        self.slots[id] = self._slots[id]


class _Asked(NamedTuple):
    """What is looked up for one entry: its link, as its feed's own; slots of its exact keys; and those of
    likeness, of each key (whose kind is in `kinds`) as many as there are `shelves` on which it may stand.
    `slots` is what it is found under itself."""

    link: tuple[int, int]
    same: list[int]
    alike: list[int]
    kinds: list[str]
    shelves: int
    slots: list[int]


class _Shared(NamedTuple):
    """The entries that share an exact key with one, and those that share keys of likeness as ranked."""

    same: set[int]
    alike: dict[int, bool]


_Under = dict[int, list[int]]
_Linked = dict[tuple[int, int], list[int]]


def _search(
    connection: Connection, same: Collection[int], alike: Collection[int], links: Iterable[tuple[int, int]]
) -> tuple[_Under, _Linked]:
    """Return the stored entries under slots of exact keys and of likeness, and those of links of feeds."""
    under: _Under = {}
    for wanted, at_most in ((same, SAME_AT_MOST), (alike, shortlist.CROWD)):
        for slot, id in index.under(connection, wanted, at_most):
            if slot in under:
                under[slot].append(id)
            else:
                under[slot] = [id]
    linked: _Linked = {}
    for feed, link, id in lookup.under_links(connection, {link for link in links if link[1]}):
        linked.setdefault((feed, link), []).append(id)
    return under, linked


def _sharing(asked: _Asked, under: _Under, linked: Sequence[int]) -> _Shared:
    """Return what shares keys with an entry; `linked` are its feed's own entries of its link."""
    same = {id for slot in asked.same if slot in under for id in under[slot][-SAME_AT_MOST:]}
    same.update(linked[-SAME_AT_MOST:])
    kinds, shelves = asked.kinds, asked.shelves
    found: list[tuple[str, list[int]]] = []
    last = -1
    for place, slot in enumerate(asked.alike):
        if slot in under:
            newest, key = under[slot][-shortlist.CROWD :], place // shelves
            if key == last:
                found[-1][1].extend(newest)
            else:
                found.append((kinds[key], newest))
                last = key
    return _Shared(same, shortlist.rank(found) if found else {})


def _worth(own: Head, shared: _Shared, heads: Mapping[int, Head]) -> set[int]:
    """Return which of the entries that share keys with one are worth comparing with it."""
    found = {id for id in shared.same if id in heads}
    room = shortlist.AT_MOST
    for id, strong in shared.alike.items():
        head = heads.get(id, own)
        if head.feed == own.feed:
            continue  # whoever publishes two items means two
        if not shortlist.one_subject(own.title, head.title, alike=strong):
            continue
        found.add(id)
        room -= 1
        if not room:
            break
    return found


def _ask(
    connection: Connection, arrivals: Mapping[FeedKey, tuple[Origin, Entry]], book: Book
) -> tuple[dict[FeedKey, _Asked], bool]:
    """Return what is looked up for each of some entries, and whether undated ones are."""
    places = {}
    for name, (origin, entry) in arrivals.items():
        at = dates(entry)
        places[name] = at, probes(at, book.policy(origin.category).window)
    undated = _any_undated(connection, places.values())
    asked = {}
    for name, (origin, entry) in arrivals.items():
        found, (at, near) = digests(origin.scope, entry), places[name]
        shelves = near.alike + near.undated if undated else near.alike
        asked[name] = _Asked(
            (origin.id, own_link(entry)),
            [week | digest for week in near.same for digest in found.same],
            [shelf | digest for digest in found.alike for shelf in shelves],
            found.kinds,
            len(shelves),
            slots(found, at),
        )
    return asked, undated


def _any_undated(connection: Connection, places: Collection[tuple[Dates, Probes]]) -> bool:
    """Tell whether there are undated entries among some new ones or those that they could be copies of: most
    hubs have none, and look-ups among them are half of all."""
    if not all(at.told for at, _ in places):
        return True
    weeks = {week for _, near in places for week in near.undated}
    return bool(weeks) and index.has_any(connection, *undated_between(weeks))
