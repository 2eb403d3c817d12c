"""Slots: what the merger looks up, as one integer each, so that the index stays near in time.

A slot is a bit for keys of likeness, two for the shelf, a week (12 bits) and a digest of scope, kind and
value (48 bits). New entries thus fall into small parts of the index, look-ups touch the weeks of the window
alone, and what is too old goes by range. Digests may collide: the merger compares the candidates' real keys.

Exact keys stand in the week of an entry's date and, where it is another, in that of when it was seen. Keys
of likeness have three shelves: by date; undated entries by when they were seen; and for these to find, what
was dated earlier than it was seen, by a few of its keys: the years of a first document would be a crowd to
everyone else.
"""

from __future__ import annotations

import functools
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from xxhash import xxh3_64_intdigest

from feedhub.merger import BODY_SKETCH, LIKENESS_KINDS, LOOKUP_KINDS, TITLE_SKETCH
from feedhub.model import Entry
from feedhub.store.codec import to_us

_MICROSECOND = timedelta(microseconds=1)
_WEEK_US = 7 * 86_400 * 1_000_000
_WEEKS_AT_MOST = (1 << 12) - 1
_WEEK_BITS = 48
_DIGEST = (1 << _WEEK_BITS) - 1
_HEX_DIGITS = _WEEK_BITS // 4
_ALIKE = 1 << 62
_LATE = 1 << 61
_UNDATED = 1 << 60
_LATE_KINDS = frozenset((*TITLE_SKETCH[::2], *BODY_SKETCH[::2]))


class Digests(NamedTuple):
    """An entry's look-up keys: their slots but for shelf and week; of those of likeness the kinds too."""

    same: list[int]
    alike: list[int]
    kinds: list[str]


def scope(kind: str, category: str, feed_id: str) -> str:
    """Return the space in which an entry's duplicates are looked for: that of a `feed`, a `category` or
    `all`."""
    return {"feed": f"feed\n{feed_id}", "all": "all"}.get(kind, f"category\n{category}")


def digests(scope: str, entry: Entry) -> Digests:
    """Return what an entry is looked up by in a scope."""
    salts = _salts(scope)
    found = Digests([], [], [])
    for kind, value in entry.match_keys:
        if kind in LIKENESS_KINDS:
            found.alike.append(int(value, 16) ^ salts[kind])
            found.kinds.append(kind)
        elif kind in salts:
            found.same.append(int(value[:_HEX_DIGITS], 16) ^ salts[kind])
    return found


class Dates(NamedTuple):
    """When an entry is from, as far as its date can be believed, and when it was seen, both in microseconds;
    `told`: its feed says the former."""

    dated: int
    seen: int
    told: bool


def dates(entry: Entry) -> Dates:
    """Return what decides about an entry's shelves."""
    seen = to_us(entry.first_seen_at)
    if entry.published_at is None:
        return Dates(seen, seen, told=False)
    return Dates(min(to_us(entry.published_at), seen), seen, told=True)


def slots(found: Digests, at: Dates) -> list[int]:
    """Return the slots under which an entry of these digests and dates is found."""
    dated, seen = _week(at.dated), _week(at.seen)
    under = [dated | digest for digest in found.same]
    if seen != dated:
        under += [seen | digest for digest in found.same]
        late = seen | _LATE
        under += [
            late | digest
            for digest, kind in zip(found.alike, found.kinds, strict=True)
            if kind in _LATE_KINDS
        ]
    shelf = dated if at.told else seen | _UNDATED
    under += [shelf | digest for digest in found.alike]
    return under


class Probes(NamedTuple):
    """What makes slots of an entry's digests, where its duplicates may be: for exact keys, for those of
    likeness, and for these where there are undated entries."""

    same: list[int]
    alike: list[int]
    undated: list[int]


def probes(at: Dates, window: timedelta) -> Probes:
    """Return where to look for an entry: in the weeks near its date and near when it was seen."""
    window_us = window // _MICROSECOND
    latest, first, seen_first = min(at.dated + window_us, at.seen), at.dated - window_us, at.seen - window_us
    return _probes(
        first // _WEEK_US, latest // _WEEK_US, seen_first // _WEEK_US, at.seen // _WEEK_US, at.told
    )


@functools.lru_cache(maxsize=4096)
def _probes(first: int, last: int, seen_first: int, seen_last: int, told: bool) -> Probes:
    dated, seen = _weeks(first, last), _weeks(seen_first, seen_last)
    alike = dated if told else [*seen, *(week | _LATE for week in seen)]
    return Probes([*{*dated, *seen}], alike, [week | _UNDATED for week in seen])


def undated_between(weeks: Collection[int]) -> tuple[int, int]:
    """Return the range, ends included, of the slots of undated entries in some weeks of `Probes.undated`."""
    return _ALIKE | min(weeks), _ALIKE | max(weeks) | _DIGEST


def own_link(entry: Entry) -> int:
    """Return the digest of an entry's link key, by which its own feed finds it at any age; 0: it has none."""
    for kind, value in entry.match_keys:
        if kind == "link":
            return int(value[:_HEX_DIGITS], 16)
    return 0


def outdated(exact: datetime, alike: datetime) -> tuple[tuple[int, int], ...]:
    """Return the ranges, ends excluded, of the slots before the weeks of two instants: of exact keys and
    of those of likeness."""
    starts = (0, exact), (_ALIKE, alike), (_ALIKE | _LATE, alike), (_ALIKE | _UNDATED, alike)
    return tuple((start, start | _week(to_us(at))) for start, at in starts)


@functools.lru_cache(maxsize=1024)
def _salts(scope: str) -> dict[str, int]:
    """Return what makes equal values of other scopes and kinds other digests, with the bit of those of
    likeness."""
    salts = {kind: xxh3_64_intdigest(f"{scope}\n{kind}".encode()) & _DIGEST for kind in LOOKUP_KINDS}
    return {kind: salt | _ALIKE if kind in LIKENESS_KINDS else salt for kind, salt in salts.items()}


def _weeks(first: int, last: int) -> list[int]:
    """Return all weeks from one to another, each in its place in a slot."""
    return [week << _WEEK_BITS for week in range(_bounded(first), _bounded(last) + 1)]


def _week(at: int) -> int:
    """Return the week of an instant in its place in a slot."""
    return _bounded(at // _WEEK_US) << _WEEK_BITS


def _bounded(week: int) -> int:
    return min(max(week, 0), _WEEKS_AT_MOST)
