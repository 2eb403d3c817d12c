"""What to look up for an entry: exact keys of link, guid and content, and sketches of title and body.

A sketch is a few min-hashes: two texts agree in one with the likelihood of their Jaccard similarity
(Broder 1997), so a handful of equal look-ups finds what is alike. Titles are sets of pairs of terms.
A body has two sketches: of its opening, by which an excerpt finds the full text, and of the whole,
by which a reprint under another opening is found.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import combinations

from xxhash import xxh3_64_intdigest as hash64

from feedhub.merger.boilerplate import FOLDED, Boilerplate, folded, spans, without
from feedhub.merger.links import link_key
from feedhub.merger.text import (
    TITLE_LIMIT,
    beginning,
    is_unspaced,
    normalise,
    squash_body,
    strip_body,
    strip_title,
    terms,
    tokens,
)
from feedhub.model import Entry, Feed, LinkPolicy

LINK = "link"
GUID = "guid"
CONTENT = "content"
TITLE_SKETCH = ("t0", "t1", "t2", "t3", "t4", "t5")
BODY_SKETCH = ("b0", "b1", "b2", "b3")

LOOKUP_KINDS: frozenset[str] = frozenset({LINK, GUID, CONTENT, *TITLE_SKETCH, *BODY_SKETCH})
"""The kinds that an index must answer for; any other is kept beside the entry for verification."""

LIKENESS_KINDS: frozenset[str] = frozenset({*TITLE_SKETCH, *BODY_SKETCH})
"""The look-up kinds that only find what is alike: of no use once an entry is older than the window."""


_NOTHING_SHARED = Boilerplate()


def keys(
    entry: Entry, *, feed: Feed | None = None, boilerplate: Boilerplate = _NOTHING_SHARED
) -> tuple[tuple[str, str], ...]:
    """Return the (kind, value) pairs under which the entry can be found by its duplicates.

    Values of the look-up kinds are ASCII, 12 or 32 characters. A kind occurs once; one that has no evidence
    is absent. `boilerplate` is what the entries of its document share.
    """
    pairs = []
    policy = feed.links if feed else LinkPolicy()
    link = link_key(entry.link, policy)
    if link:
        pairs.append((LINK, _digest(link)))
    guid = link if entry.guid == entry.link else _global_id(entry.guid, policy)
    if guid:
        pairs.append((GUID, _digest(guid)))
    title = normalise(entry.title[:TITLE_LIMIT])
    field, markup = ("c", entry.content) if len(entry.content) >= len(entry.summary) else ("s", entry.summary)
    body = beginning(markup)
    exact = "".join(body.lower().split())
    if len(exact) < _MIN_CONTENT and "<blockquote" in markup:  # nothing of its own: the quote is what it says
        body = beginning(markup, quoted=True)
        exact = "".join(body.lower().split())
    if len(exact) >= _MIN_CONTENT:
        heading = " ".join(tokens(title))
        if len(heading) + len(exact) >= 2 * _MIN_CONTENT:
            pairs.append((CONTENT, _digest(f"{heading}\n{exact}")))
    body = normalise(body)
    if found := folded(entry, boilerplate):
        pairs.append((FOLDED, found))
        title, body = without(title, spans(found, "t")), without(body, spans(found, field))
    pairs += zip(TITLE_SKETCH, _title_sketch(terms(strip_title(title))), strict=False)
    pairs += zip(BODY_SKETCH, _body_sketch(squash_body(strip_body(body))), strict=False)
    return tuple(pairs)


_GLOBAL_ID = re.compile(
    r"tag:.{12,}|urn:.{16,}|[0-9a-fA-F]{32,64}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
)
_MIN_CONTENT = 30
"""Characters below which an equal text is no evidence: `Read more`; with its title it takes twice that."""
_MAX_TERMS = 10
_MIN_SKETCH = 30
_TITLE_POINTS = tuple((point << 64) // 6 for point in range(6))
_BODY_POINTS = tuple(point << 62 for point in (0, 2, 1, 3))
_OPENING = 160
# A feature starts at an anchor, so that an inserted sentence moves no feature but its own. The opening
# takes what overlaps; of the whole, one letter in ten or so is an anchor in each script.
_OPENING_LATIN = re.compile(rb"(?=([aeo].{8}))", re.S)
_OPENING_ANY = re.compile(r"(?=(.{9}))", re.S)
_OPENING_UNSPACED = re.compile(r"(?=(.{5}))", re.S)
_WHOLE_LATIN = re.compile(rb"d.{11}", re.S)
_WHOLE_ANY = re.compile("[dоαا이의].{11}", re.S)
_WHOLE_UNSPACED = re.compile("[いのでしに的一是不在有年公和中国].{5}", re.S)


def _global_id(guid: str, policy: LinkPolicy) -> str:
    """Return a guid that no two publishers choose by chance, a page's folded like a link; else nothing."""
    if guid.startswith(("http://", "https://")):
        return link_key(guid, policy)
    return guid if _GLOBAL_ID.fullmatch(guid) else ""


def _digest(text: str) -> str:
    # Not a fast hash: who can make two texts collide could hide another publisher's story.
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _title_sketch(found: frozenset[str]) -> list[str]:
    hashes = sorted([hash64(term.encode("utf-8", "surrogatepass")) for term in found])[:_MAX_TERMS]
    return _sketch([one ^ other for one, other in combinations(hashes, 2)], _TITLE_POINTS)


def _body_sketch(text: str) -> list[str]:
    if len(text) < _MIN_SKETCH:
        return []
    if text.isascii():
        data = text.encode("ascii")
        opening, whole = _OPENING_LATIN.findall(data[:_OPENING]), _WHOLE_LATIN.findall(data)
    else:
        unspaced = is_unspaced(text)
        opening = _encoded(_OPENING_UNSPACED if unspaced else _OPENING_ANY, text[:_OPENING])
        whole = _encoded(_WHOLE_UNSPACED if unspaced else _WHOLE_ANY, text)
    dense = list(map(hash64, opening))
    if len(text) <= 2 * _OPENING or len(whole) < 8:
        return _sketch(dense, _BODY_POINTS)
    return _sketch(dense, _BODY_POINTS[:2]) + _sketch(list(map(hash64, whole)), _BODY_POINTS[2:])


def _encoded(feature: re.Pattern[str], text: str) -> list[bytes]:
    return [found.encode("utf-8", "surrogatepass") for found in feature.findall(text)]


def _sketch(hashes: list[int], points: Sequence[int]) -> list[str]:
    """Return a min-hash a point: the first hash at or after it, cyclically."""
    if not hashes:
        return []
    hashes.sort()
    count = len(hashes)
    return [f"{hashes[bisect_left(hashes, point) % count] >> 16:012x}" for point in points]
