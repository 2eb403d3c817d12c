"""Slots: what the merger looks up, as one integer each, so that the index stays near in time.

A slot is a bit for keys of likeness, one for those by when an old entry was seen, a week (13 bits) and a
digest of scope, kind and value (48 bits). New entries thus fall into small parts of the index, look-ups touch
the weeks of the window alone, and what is too old goes by range. Digests may collide: the merger compares
the real keys of candidates.
"""

from __future__ import annotations

import functools
from datetime import datetime, timedelta

from xxhash import xxh3_64_intdigest

from feedhub.merger import LIKENESS_KINDS, LOOKUP_KINDS
from feedhub.model import Entry
from feedhub.store.codec import EPOCH

_WEEK = timedelta(weeks=1)
_WEEKS_AT_MOST = (1 << 13) - 1
_WEEK_BITS = 48
_DIGEST = (1 << _WEEK_BITS) - 1
_HEX_DIGITS = _WEEK_BITS // 4
_ALIKE = 1 << 62
_NO_WEEK = _ALIKE | _DIGEST
_SEEN = 1 << 61


def scope(kind: str, category: str, feed_id: str) -> str:
    """Return the space in which an entry's duplicates are looked for: that of a `feed`, a `category` or
    `all`."""
    return {"feed": f"feed\n{feed_id}", "all": "all"}.get(kind, f"category\n{category}")


def slots(scope: str, entry: Entry) -> list[int]:
    """Return the slots under which an entry is found: in the week of its date, and if it was seen in a later
    one, in that too. By likeness only what has no date looks there: the years of a first document would be
    a crowd to everyone else."""
    found = digests(scope, entry)
    dated, seen = (_week(at) << _WEEK_BITS for at in (_date(entry), entry.first_seen_at))
    under = [dated | digest for _, digest in found]
    if seen != dated:
        under += [seen | digest | (_SEEN if digest & _ALIKE else 0) for _, digest in found]
    return under


def weeks_around(entry: Entry, window: timedelta) -> list[int]:
    """Return what makes slots of digests, in which duplicates may be: the weeks near the entry's date and
    near when it was seen."""
    seen, date = entry.first_seen_at, _date(entry)
    weeks = {*range(_week(date - window), _week(min(date + window, seen)) + 1)}
    weeks.update(range(_week(seen - window), _week(seen) + 1))
    found = [week << _WEEK_BITS for week in weeks]
    return found if entry.published_at else found + [week | _SEEN for week in found]


def digests(scope: str, entry: Entry) -> list[tuple[str, int]]:
    """Return the kind of each look-up key with its digest: its slot but for the week."""
    salts = _salts(scope)
    return [
        (kind, int(value[:_HEX_DIGITS], 16) ^ salts[kind])
        for kind, value in entry.match_keys
        if kind in salts
    ]


def digest_of(slot: int) -> int:
    """Return the digest that a slot was made of."""
    return slot & _NO_WEEK


def own_link(entry: Entry) -> int:
    """Return the digest of an entry's link key, by which its own feed finds it at any age; 0: it has none."""
    for kind, value in entry.match_keys:
        if kind == "link":
            return int(value[:_HEX_DIGITS], 16)
    return 0


def outdated(exact: datetime, alike: datetime) -> tuple[tuple[int, int], ...]:
    """Return the ranges, ends excluded, of the slots before the weeks of two instants: of exact keys and
    of those of likeness."""
    starts = (0, exact), (_ALIKE, alike), (_ALIKE | _SEEN, alike)
    return tuple((start, start | _week(at) << _WEEK_BITS) for start, at in starts)


@functools.lru_cache(maxsize=1024)
def _salts(scope: str) -> dict[str, int]:
    """Return what makes equal values of other scopes and kinds other digests, with the bit of likeness."""
    return {
        kind: xxh3_64_intdigest(f"{scope}\n{kind}".encode()) & _DIGEST
        | (_ALIKE if kind in LIKENESS_KINDS else 0)
        for kind in LOOKUP_KINDS
    }


def _date(entry: Entry) -> datetime:
    """Return when an entry is from, as far as it can be believed."""
    return min(entry.published_at or entry.first_seen_at, entry.first_seen_at)


def _week(at: datetime) -> int:
    return min(max((at - EPOCH) // _WEEK, 0), _WEEKS_AT_MOST)
